"""The compose file and the Dockerfiles are valid, and keep what is inner inside."""

import json
import os
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from care.settings import Settings, variable_of

ROOT = Path(__file__).resolve().parents[1]
SECRETS = ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "CARELINE_ASSISTANT_TOKEN",
           "CARELINE_INNER_TOKEN")  # fmt: skip
BIN = ROOT / ".venv" / "bin"
OF_THE_IMAGE = ("var_dir", "host", "port", "inner_host", "inner_port", "data_dir", "train_command")
"""Settings that the images and the compose file fix: changed, nothing would find each other."""
OF_THE_ACTIONS = ("inner_url", "llm_url", "llm_model", "llm_key", "llm_timeout")


def _compose(environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    program = str(BIN / "docker-compose")
    command = [program, "-f", str(ROOT / "docker-compose.yml"), "--env-file", "/dev/null", "config"]
    clean = {k: v for k, v in os.environ.items() if k not in SECRETS}
    return subprocess.run(
        [*command, "--format", "json"],
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services, as Compose itself reads them."""
    done = _compose(dict.fromkeys(SECRETS, "test"))
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)["services"]
    return found


def test_without_secrets_compose_refuses_and_says_what_to_do() -> None:
    done = _compose({})
    assert done.returncode != 0
    assert "make env" in done.stderr


def test_what_env_sets_reaches_the_program_that_reads_it() -> None:
    given = {"CARELINE_LLM_URL": "http://model:8080/v1", "CARELINE_SHOP_NAME": "Oak & Son"}
    done = _compose({**dict.fromkeys(SECRETS, "test"), **given})
    found = json.loads(done.stdout)["services"]
    assert found["actions"]["environment"]["CARELINE_LLM_URL"] == "http://model:8080/v1"
    assert found["care"]["environment"]["CARELINE_SHOP_NAME"] == "Oak & Son"
    assert not found["care"]["environment"]["CARELINE_BOT_NAME"]  # left out: not set


def test_every_setting_can_be_set(services: dict[str, Any]) -> None:
    care, actions = (set(services[name]["environment"]) for name in ("care", "actions"))
    for entry in fields(Settings):
        name = variable_of(entry.name)
        assert (name in actions) or entry.name not in OF_THE_ACTIONS, name
        assert (name in care) != (entry.name in (*OF_THE_ACTIONS, *OF_THE_IMAGE)), name


def test_only_the_care_server_is_reachable_from_outside(services: dict[str, Any]) -> None:
    published = {name for name, service in services.items() if service.get("ports")}
    assert published == {"care"}
    outer = {name for name, service in services.items() if "outer" in service["networks"]}
    assert outer == {"care"}


def test_every_long_running_service_has_a_health_check(services: dict[str, Any]) -> None:
    lasting = {name for name in services if name != "prepare"}
    assert {name for name in lasting if "healthcheck" in services[name]} == lasting


def test_our_processes_cannot_gain_rights(services: dict[str, Any]) -> None:
    for name in ("care", "prepare", "assistant", "trainer", "actions"):
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["read_only"] is True


def test_what_the_trainer_learns_lies_where_the_assistant_finds_it(
    services: dict[str, Any],
) -> None:
    assert services["care"]["environment"]["CARELINE_TRAINER_URL"] == "http://trainer:5006"
    homes = [services[name]["volumes"] for name in ("trainer", "assistant")]
    assert [(v["source"], v["target"]) for volumes in homes for v in volumes] == [
        ("learnt", "/app/models/learnt")
    ] * 2
    assert services["trainer"]["image"] == services["assistant"]["image"]
    secret = "CARELINE_ASSISTANT_TOKEN"
    tokens = {services[n]["environment"][secret] for n in ("care", "trainer", "assistant")}
    assert len(tokens) == 1


@pytest.mark.parametrize("name", ["care", "actions", "assistant"])
def test_dockerfiles_are_clean_and_do_not_run_as_root(name: str) -> None:
    file = ROOT / "docker" / f"{name}.Dockerfile"
    done = subprocess.run(
        [BIN / "hadolint", file], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout
    users = [line for line in file.read_text().splitlines() if line.startswith("USER ")]
    assert users[-1:] == ["USER 10001"]


def test_everything_a_dockerfile_copies_is_in_the_repository() -> None:
    for file in (ROOT / "docker").glob("*.Dockerfile"):
        for line in file.read_text().splitlines():
            if line.startswith("COPY ") and "--from" not in line:
                for source in line.split()[1:-1]:
                    assert (ROOT / source).exists(), f"{file.name}: {source}"


def test_secrets_are_generated_once_and_only_for_the_owner(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    script = shutil.copy(ROOT / "scripts" / "write_env.py", tmp_path / "scripts")
    for _ in range(2):
        subprocess.run([BIN / "python", script], check=True, capture_output=True, timeout=60)
    lines = (tmp_path / ".env").read_text().splitlines()
    assert [line.partition("=")[0] for line in lines] == list(SECRETS)
    assert len({line.partition("=")[2] for line in lines}) == len(SECRETS)
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
