"""Each replacement inside Rasa does what the replaced code did, on the very code it was made for.

A changed fingerprint means that Rasa changed underneath: read the new code, decide
anew whether the replacement still fits, then write the new fingerprint here.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest
import rasa
import rasa.core.actions.action
import rasa.core.policies.memoization
import rasa.core.policies.rule_policy
import rasa.core.processor
import rasa.shared.core.trackers
import rasa.shared.utils.common
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event

from assistant import overrides

overrides.apply()

REPLACED = [
    ("rasa.shared.core.events", "Event.resolve_by_type"),
    ("rasa.core.actions.action", "RemoteAction._validate_action_result"),
    ("rasa.core.actions.action", "RemoteAction._action_call_format"),
    ("rasa.core.actions.action", "RemoteAction.run"),
    ("rasa.core.policies.rule_policy", "RulePolicy._find_action_from_rules"),
    ("rasa.core.policies.rule_policy", "RulePolicy._get_possible_keys"),
    ("rasa.core.policies.rule_policy", "RulePolicy._is_rule_applicable"),
    ("rasa.core.processor", "MessageProcessor.handle_message"),
    ("rasa.core.processor", "MessageProcessor.log_message"),
    ("rasa.core.processor", "MessageProcessor._handle_message_with_tracker"),
    ("rasa.core.processor", "MessageProcessor._run_action"),
    ("rasa.shared.core.trackers", "DialogueStateTracker.copy"),
    ("rasa.shared.core.trackers", "DialogueStateTracker.travel_back_in_time"),
    ("rasa.shared.core.trackers", "DialogueStateTracker.init_copy"),
    ("rasa.shared.core.trackers", "DialogueStateTracker.applied_events"),
    ("rasa.shared.core.domain", "Domain.states_for_tracker_history"),
    ("rasa.engine.runner.dask", "DaskGraphRunner.run"),
    ("rasa.engine.runner.dask", "DaskGraphRunner._build_dask_graph"),
    ("rasa.engine.graph", "GraphNode.__call__"),
]
FINGERPRINTS = json.loads((Path(__file__).parent / "replaced.json").read_text())


def source(module: str, name: str) -> str:
    """The code as it lies on disk, whatever runs in its place."""
    path = Path(str(rasa.__file__)).parents[1] / (module.replace(".", "/") + ".py")
    tree: Any = ast.parse(path.read_text(encoding="utf-8"))
    for part in name.split("."):
        tree = next(node for node in tree.body if getattr(node, "name", None) == part)
    return ast.dump(tree)


@pytest.mark.parametrize(("module", "name"), REPLACED)
def test_rasa_is_what_it_was(module: str, name: str) -> None:
    digest = hashlib.sha256(source(module, name).encode()).hexdigest()
    assert digest == FINGERPRINTS[f"{module}.{name}"]


def test_version() -> None:
    assert rasa.__version__ == "3.6.21"


def walked(type_name: str) -> Any:
    """Rasa's own way to an event's class."""
    classes = rasa.shared.utils.common.all_subclasses(Event)
    return next((found for found in classes if found.type_name == type_name), None)


@pytest.mark.parametrize(
    "type_name", sorted({c.type_name for c in rasa.shared.utils.common.all_subclasses(Event)})
)
def test_event_types(type_name: str) -> None:
    assert Event.resolve_by_type(type_name) is walked(type_name)
    assert Event.resolve_by_type(type_name) is walked(type_name)


def test_unknown_event_type() -> None:
    with pytest.raises(ValueError, match="Unknown event name"):
        Event.resolve_by_type("nonsense")
    assert Event.resolve_by_type("nonsense", Event) is Event
    with pytest.raises(ValueError, match="Unknown event name"):
        Event.resolve_by_type("nonsense")
    assert Event.resolve_by_type("topic") is None


GOOD: list[dict[str, Any]] = [
    {},
    {"events": [], "responses": []},
    {"events": [{"event": "slot", "name": "x", "value": 1}], "responses": [{"text": "x"}]},
    {"events": [{"event": "action", "name": "action_listen"}, {"event": "pause"}]},
]
BAD: list[Any] = [
    [],
    {"events": {}},
    {"events": [{"name": "x"}]},
    {"events": [{"event": "slot"}]},
    {"responses": ["text"]},
    {"responses": {}},
]


@pytest.mark.parametrize("answer", GOOD)
def test_valid_action_answers(answer: Any) -> None:
    jsonschema.validate(answer, RemoteAction.action_response_format_spec())
    assert RemoteAction("x", None)._validate_action_result(answer) is True


@pytest.mark.parametrize("answer", BAD)
def test_invalid_action_answers(answer: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(answer, RemoteAction.action_response_format_spec())
    with pytest.raises(jsonschema.ValidationError):
        RemoteAction("x", None)._validate_action_result(answer)


@pytest.mark.parametrize(
    "module", [rasa.core.processor, rasa.core.policies.memoization], ids=lambda m: m.__name__
)
def test_copies_are_only_for_the_log(module: ModuleType) -> None:
    """Every use of `copy` in the module is an argument of a log call."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(module)))
    logged = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "structlogger.debug"
        for inner in ast.walk(node)
    }
    used = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "copy"
    ]
    assert used
    assert all(id(node) in logged for node in used)


def test_graph_runs_as_with_dask(models: Path) -> None:
    """The same parse and the same prediction as by dask's scheduler."""
    from rasa.core.channels.channel import UserMessage
    from rasa.shared.core.events import ActionExecuted, UserUttered
    from rasa.shared.core.trackers import DialogueStateTracker

    from tests.assistant.dialogue import Stock

    processor = Stock(models).agent.processor
    assert processor is not None
    runner: Any = processor.graph_runner
    tracker = DialogueStateTracker("test:x", processor.domain.slots)
    tracker.update(ActionExecuted("action_listen"))
    tracker.update(UserUttered("jobs", {"name": "ask_jobs", "confidence": 1.0}))
    data = processor.model_metadata
    for target in (data.nlu_target, data.core_target):
        assert target is not None
        inputs = {"__message__": [UserMessage("parcel A12345")], "__tracker__": tracker}
        ours = runner.run(inputs=inputs, targets=[target])[target]
        theirs = by_dask(runner, inputs, target)
        if isinstance(ours, list):
            assert [m.as_dict() for m in ours] == [m.as_dict() for m in theirs]
        else:
            assert ours.__dict__ == theirs.__dict__


def by_dask(runner: Any, inputs: dict[str, Any], target: str) -> Any:
    """What DaskGraphRunner.run does."""
    import dask

    schema = runner._graph_schema.minimal_graph_schema([target])
    graph = runner._build_dask_graph(schema)
    runner._add_inputs_to_graph(inputs, graph)
    return dict(dask.get(graph, [target]))[target]


def test_stock_endpoint_gets_the_domain() -> None:
    """Without our endpoint the call is Rasa's own."""
    from rasa.shared.core.trackers import DialogueStateTracker

    tracker = DialogueStateTracker("test:x", [])
    call = RemoteAction("action_x", None)._action_call_format(tracker, Domain.empty())
    assert "domain" in call
    assert "domain_digest" not in call


def test_apply_again_changes_nothing() -> None:
    before = (Event.resolve_by_type, RemoteAction.run)
    overrides.apply()
    assert before == (Event.resolve_by_type, RemoteAction.run)
