"""Every setting of the product, in one table.

A setting comes from the environment (or `.env`), has a safe default, and is documented in
docs/operators/settings.md, which a test holds against this table. Secrets have no default: they
are generated into `var/secrets.json` on first use, readable by the owner only.
"""

import difflib
import json
import os
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

ELSEWHERE = {
    "CARELINE_ASSISTANT_HOST": ("127.0.0.1", "Address the assistant listens on."),
    "CARELINE_ASSISTANT_PORT": ("5005", "Port the assistant listens on."),
    "CARELINE_ACTIONS_URL": (
        "http://127.0.0.1:5055/webhook",
        "Where the assistant finds the action server.",
    ),
    "CARELINE_ACTIONS_HOST": ("127.0.0.1", "Address the action server listens on."),
    "CARELINE_ACTION_SECONDS": ("6", "Seconds the assistant waits for an action."),
    "CARELINE_TRACKER_URL": (
        "sqlite:///var/tracker.db",
        "Where the assistant keeps its conversations.",
    ),
    "CARELINE_VERSION": ("local", "Tag of the images in docker-compose.yml."),
    "CARELINE_PUBLISH": ("127.0.0.1:8000", "Address that docker-compose.yml publishes."),
    "CARELINE_BUILD_DIR": ("var/build", "Folder of the built browser parts."),
}
"""Settings that other programs of the product read: their default and meaning."""


class SettingError(ValueError):
    """A setting has a value that cannot be used; the message names it and says what is allowed."""


def setting(default: Any, doc: str, *, env: str | None = None, secret: bool = False) -> Any:
    """Declare one setting: its default, its meaning, and (if unusual) its variable's name."""
    return field(default=default, metadata={"doc": doc, "env": env, "secret": secret})


@dataclass(frozen=True)
class Settings:
    """The settings in force. Durations are seconds, sizes bytes, unless the name says otherwise."""

    var_dir: Path = setting(Path("var"), "Folder for everything that the product writes.")
    database_url: str = setting(
        "", "The care record. Empty: SQLite under the var folder.", env="DATABASE_URL"
    )
    redis_url: str = setting(
        "", "Redis for several processes. Empty: everything in one process.", env="REDIS_URL"
    )
    host: str = setting("127.0.0.1", "Address the care server listens on.")
    port: int = setting(8000, "Port of the care server.")
    inner_host: str = setting("127.0.0.1", "Address of the inner API, health and metrics.")
    inner_port: int = setting(8001, "Port of the inner API, health and metrics.")
    public_url: str = setting(
        "", "Address customers and agents use, as https://care.example. Empty: host and port."
    )
    assistant_url: str = setting("http://127.0.0.1:5005", "Where the assistant's channel is.")
    assistant_timeout: float = setting(
        8.0, "Seconds to wait for the assistant before people are told."
    )
    assistant_token: str = setting("", "Token between care server and assistant.", secret=True)
    inner_token: str = setting("", "Token of the inner API.", secret=True)
    message_max_chars: int = setting(2000, "Longest message a customer may send, in characters.")
    messages_per_minute: int = setting(
        60, "Messages one customer may send in a minute before being asked to slow down."
    )
    session_days: int = setting(30, "Days a customer's website session lasts.")
    sign_in_hours: int = setting(12, "Hours an agent's sign-in lasts without use.")
    reopen_hours: int = setting(24, "Hours after which a resolved conversation stays closed.")
    worker_lease: float = setting(30.0, "Seconds a worker may hold a conversation without a sign.")
    shop_name: str = setting("Linden & Oak", "Name of the shop, as customers see it.")
    bot_name: str = setting("Robo", "Name of the assistant, as customers see it.")
    demo_shop: bool = setting(
        True, "Show the demo shop with its orders and sign-in (0: no, for real customers)."
    )
    shop_url: str = setting(
        "", "The shop's order system (see docs/operators). Empty: the demo shop's orders."
    )
    shop_token: str = setting("", "Bearer token for the shop's order system.")
    inner_url: str = setting(
        "", "Where the action server finds the inner API. Empty: inner host and port."
    )
    llm_url: str = setting(
        "", "OpenAI-compatible endpoint that may phrase a found passage. Empty: off."
    )
    llm_model: str = setting("", "Model asked at that endpoint.")
    llm_key: str = setting("", "Key for that endpoint, if it wants one.")
    llm_timeout: float = setting(3.0, "Seconds to wait for a phrasing before quoting alone.")
    owner_email: str = setting("owner@careline.local", "E-mail address of the first owner.")
    smtp_url: str = setting(
        "", "Mail server, as smtp://user:password@host:587 (or smtps://). Empty: no mail is sent."
    )
    smtp_from: str = setting("", "Sender of mails, as Shop <care@shop.example>.")
    data_dir: Path = setting(Path("data"), "Folder of the assistant's training data.")
    train_command: str = setting(
        "assistant/.venv/bin/python -m assistant.learn",
        "How a supervisor's desk trains the assistant with reviewed corrections.",
    )
    trainer_url: str = setting(
        "", "A trainer in another container (see docker-compose.yml). Empty: trained here."
    )
    oidc_issuer: str = setting("", "OpenID Connect issuer for agents' sign-in. Empty: not offered.")
    oidc_client_id: str = setting("", "Client id at the OpenID Connect issuer.")
    oidc_client_secret: str = setting("", "Client secret at the OpenID Connect issuer.")
    oidc_name: str = setting("single sign-on", "What the sign-in button calls the issuer.")
    identity_secret: str = setting(
        "", "Key with which the shop signs its customers' identity (JWT, HS256).", secret=True
    )
    identity_public_key: str = setting(
        "",
        "PEM file of the shop's public key, for identities signed with RS256. Empty: HS256 only.",
    )
    file_max_bytes: int = setting(10_000_000, "Largest file that may be sent in a chat, in bytes.")
    telegram_token: str = setting("", "Token of the Telegram bot. Empty: no Telegram.")
    telegram_mode: str = setting(
        "polling", "How Telegram's news come: polling (no public address needed) or webhook."
    )
    telegram_webhook_secret: str = setting(
        "", "Secret that Telegram sends with every webhook call.", secret=True
    )
    telegram_api: str = setting("https://api.telegram.org", "Address of Telegram's Bot API.")
    slack_bot_token: str = setting("", "Bot token of the Slack app (xoxb-). Empty: no Slack.")
    slack_mode: str = setting(
        "socket", "How Slack's news come: socket (no public address needed) or webhook."
    )
    slack_app_token: str = setting("", "App-level token (xapp-) for Slack's Socket Mode.")
    slack_signing_secret: str = setting("", "Signing secret of the Slack app, for webhooks.")
    slack_api: str = setting("https://slack.com/api/", "Address of Slack's Web API.")
    slack_support_channel: str = setting(
        "", "Id of the Slack channel where agents get handoffs. Empty: agents only at the desk."
    )
    slack_members_internal: bool = setting(
        False, "Whether members of the own Slack workspace are colleagues (audience internal)."
    )
    chat_file_max_mb: int = setting(20, "Largest file taken over from a chat channel, in MB.")
    trusted_proxies: str = setting(
        "", "Comma-separated addresses of proxies whose X-Forwarded headers are believed."
    )
    log_level: str = setting("info", "How much is logged: debug, info, warning, error.")

    @property
    def record_url(self) -> str:
        """SQLAlchemy address of the care record."""
        if not self.database_url:
            return f"sqlite:///{self.var_dir / 'care.db'}"
        for prefix in ("postgresql://", "postgres://"):
            if self.database_url.startswith(prefix):
                return "postgresql+psycopg://" + self.database_url.removeprefix(prefix)
        return self.database_url

    @property
    def inner_base_url(self) -> str:
        """Address of the inner API, without a trailing slash."""
        return (self.inner_url or f"http://{self.inner_host}:{self.inner_port}").rstrip("/")

    @property
    def base_url(self) -> str:
        """Address customers use, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def variable_of(name: str) -> str:
    """The environment variable that sets the field `name`."""
    for entry in fields(Settings):
        if entry.name == name:
            return entry.metadata["env"] or f"CARELINE_{name.upper()}"
    raise KeyError(name)


def load_settings(
    environ: Mapping[str, str] | None = None, *, needs: Collection[str] | None = None
) -> Settings:
    """Read the settings from `environ` (default: `.env`, overridden by the process environment).

    `needs` names the secrets that this process uses (default: all). One of them that is not given
    is read from `var/secrets.json`, or made; where all are given, no file is touched.
    Raises SettingError for a value of the wrong kind or an unknown CARELINE_ name.
    """
    if environ is None:
        environ = {**_read_dotenv(Path(".env")), **os.environ}
    _refuse_unknown(environ)
    values: dict[str, Any] = {}
    for entry in fields(Settings):
        raw = environ.get(variable_of(entry.name))
        if raw is not None and raw != "":
            values[entry.name] = _convert(entry.name, raw, type(entry.default))
    return _with_secrets(Settings(**values), needs)


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    """A misspelt setting must not be ignored in silence."""
    known = {variable_of(entry.name) for entry in fields(Settings)} | set(ELSEWHERE)
    for name in environ:
        if name.startswith("CARELINE_") and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise SettingError(f"there is no setting {name}{hint}")


def write_run_env(settings: Settings) -> None:
    """Write the tokens that all processes must share to `run.env` (mode 0600)."""
    names = ("assistant_token", "inner_token")
    lines = [f"{variable_of(name)}={getattr(settings, name)}\n" for name in names]
    _write_private(settings.var_dir / "run.env", "".join(lines))


def _write_private(path: Path, content: str) -> None:
    """Replace a file at once, readable by the owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    draft.replace(path)


def _convert(name: str, raw: str, kind: type) -> Any:
    try:
        if kind is bool:
            return {"1": True, "true": True, "0": False, "false": False}[raw.lower()]
        return kind(raw)
    except (ValueError, KeyError):
        raise SettingError(f"{variable_of(name)} must be a {kind.__name__}, not {raw!r}") from None


def _with_secrets(settings: Settings, needs: Collection[str] | None) -> Settings:
    missing = [
        e.name
        for e in fields(Settings)
        if e.metadata["secret"]
        and not getattr(settings, e.name)
        and (needs is None or e.name in needs)
    ]
    if not missing:
        return settings
    stored = _stored_secrets(settings.var_dir / "secrets.json", missing)
    given = {e.name: getattr(settings, e.name) for e in fields(Settings)}
    return Settings(**{**given, **{name: stored[name] for name in missing}})


def _stored_secrets(path: Path, names: list[str]) -> dict[str, str]:
    """The secrets of `path`, where those missing are generated first (file mode 0600)."""
    stored: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    fresh = {name: secrets.token_urlsafe(32) for name in names if name not in stored}
    if fresh:
        stored |= fresh
        _write_private(path, json.dumps(stored, indent=1))
    return stored


def _read_dotenv(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    lines = (line.strip() for line in path.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {key.strip(): value.strip().strip("'\"") for key, _, value in pairs}
