"""Settings are read from one table, checked, documented; secrets are made and kept private."""

from dataclasses import fields
from pathlib import Path

import pytest

from care.settings import (
    ELSEWHERE,
    SettingError,
    Settings,
    load_settings,
    variable_of,
    write_run_env,
)

ROOT = Path(__file__).resolve().parents[2]


def _load(folder: Path, **environ: str) -> Settings:
    return load_settings({"CARELINE_VAR_DIR": str(folder), **environ})


def test_defaults_need_nothing_but_loopback(tmp_path: Path) -> None:
    settings = _load(tmp_path)
    assert settings.host == settings.inner_host == "127.0.0.1"
    assert settings.record_url == f"sqlite:///{tmp_path / 'care.db'}"


def test_secrets_are_made_once_and_readable_by_the_owner_only(tmp_path: Path) -> None:
    first, again = _load(tmp_path), _load(tmp_path)
    assert first.assistant_token == again.assistant_token
    assert len(first.assistant_token) >= 32
    assert first.assistant_token != first.inner_token
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0
    write_run_env(first)
    assert (tmp_path / "run.env").stat().st_mode & 0o077 == 0
    assert f"CARELINE_INNER_TOKEN={first.inner_token}\n" in (tmp_path / "run.env").read_text()


def test_a_process_that_is_given_its_secrets_touches_no_file(tmp_path: Path) -> None:
    environ = {"CARELINE_VAR_DIR": str(tmp_path / "var"), "CARELINE_INNER_TOKEN": "given"}
    settings = load_settings(environ, needs=["inner_token"])
    assert settings.inner_token == "given"
    assert settings.assistant_token == ""
    assert not (tmp_path / "var").exists()


def test_a_value_of_the_wrong_kind_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="CARELINE_PORT must be a int, not 'eighty'"):
        _load(tmp_path, CARELINE_PORT="eighty")


def test_a_misspelt_name_is_not_ignored(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="did you mean CARELINE_PORT"):
        _load(tmp_path, CARELINE_PROT="80")


@pytest.mark.parametrize("prefix", ["postgresql://", "postgres://"])
def test_a_postgresql_address_gets_its_driver(tmp_path: Path, prefix: str) -> None:
    settings = _load(tmp_path, DATABASE_URL=f"{prefix}careline@db/careline")
    assert settings.record_url == "postgresql+psycopg://careline@db/careline"


def test_every_setting_is_documented_as_it_is() -> None:
    page = (ROOT / "docs" / "operators" / "settings.md").read_text()
    for entry in fields(Settings):
        line = next((x for x in page.splitlines() if f"`{variable_of(entry.name)}`" in x), "")
        assert entry.metadata["doc"] in line, f"run scripts/write_settings.py: {entry.name}"
    for name, (default, doc) in ELSEWHERE.items():
        assert f"| `{name}` | `{default}` | {doc} |" in page
