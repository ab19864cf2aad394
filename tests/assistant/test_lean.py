"""The stand-ins stand in for modules that exist, and say no when they are used."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
import rasa

from assistant.lean import FOR_TRAINING, STAND_INS, NotServed, TooLate, stand_in, without_neural

ROOT = Path(__file__).parents[2]
SITE = Path(str(rasa.__file__)).parents[1]


def test_too_late() -> None:
    """Here everything is imported already."""
    with pytest.raises(TooLate):
        stand_in()


def test_a_stand_in_refuses_to_be_made() -> None:
    made = sys.modules["rasa.core.channels.slack"].SlackInput
    assert made.name() == "SlackInput"
    with pytest.raises(NotServed, match="--stock"):
        made("token")


ALL = {**STAND_INS, **FOR_TRAINING}


@pytest.mark.parametrize("name", [n for n in ALL if n.startswith("rasa.")])
def test_the_real_module_has_these_names(name: str) -> None:
    """A stand-in for something that Rasa no longer has would hide an error."""
    path = SITE / (name.replace(".", "/") + ".py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found.update(ast.unparse(target) for target in node.targets)
        elif isinstance(node, ast.ImportFrom):
            found.update(alias.asname or alias.name for alias in node.names)
    assert set(ALL[name]) <= found


def test_other_packages_are_installed() -> None:
    """Training and --stock need the real ones."""
    for name in {n.partition(".")[0] for n in STAND_INS}:
        code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({name!r}) is None)"
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0
    assert importlib.util.find_spec("assistant") is not None


OURS = {"name": "assistant.reading.MessageReader"}
MEMORY = {"name": "AugmentedMemoizationPolicy", "max_history": 6}


@pytest.mark.parametrize(
    ("pipeline", "policies", "plain"),
    [
        ([OURS], [MEMORY, {"name": "assistant.rules.IndexedRulePolicy"}], True),
        ([OURS, {"name": "DIETClassifier"}], [MEMORY], False),
        ([OURS], [MEMORY, {"name": "TEDPolicy"}], False),
        ([{"name": "shop.own.Component"}], [MEMORY], False),
        (None, [MEMORY], False),
        ([OURS], None, False),
    ],
)
def test_only_plain_configurations_are_trained_without_tensorflow(
    pipeline: object, policies: object, plain: bool
) -> None:
    assert without_neural({"pipeline": pipeline, "policies": policies}) is plain
