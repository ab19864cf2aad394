"""Runs the care server: `python -m care [prepare | serve | channels]`."""

import asyncio
import logging
import sys

import uvicorn

from care.app import inner_app, public_app
from care.care import build
from care.desk.first_owner import ensure_owner
from care.record.migrate import migrate
from care.record.record import Record
from care.settings import SettingError, load_settings, write_run_env


async def serve() -> None:
    """Serve the public and the inner address until told to stop."""
    settings = load_settings()
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    care = build(settings)
    common = {"log_level": "warning", "access_log": False, "ws_max_size": 64 * 1024}
    public = uvicorn.Server(
        uvicorn.Config(
            public_app(care),
            host=settings.host,
            port=settings.port,
            forwarded_allow_ips=settings.trusted_proxies or None,
            server_header=False,
            timeout_graceful_shutdown=5,
            **common,  # type: ignore[arg-type]
        )
    )
    inner = uvicorn.Server(
        uvicorn.Config(
            inner_app(care),
            host=settings.inner_host,
            port=settings.inner_port,
            **common,  # type: ignore[arg-type]
        )
    )
    inner_task = asyncio.create_task(inner.serve())
    await public.serve()
    inner.should_exit = True
    await inner_task


def prepare() -> None:
    """Bring the record to the newest schema; make the first owner and print the sign-in once.

    Writes the tokens that the processes share into `run.env`, for the process manager.
    """
    settings = load_settings()
    write_run_env(settings)
    migrate(settings.record_url)
    record = Record(settings.record_url)
    try:
        made = ensure_owner(record, settings)
    finally:
        record.close()
    if made:
        email, password = made
        print(f"The owner's sign-in, shown only now:\n  E-mail: {email}\n  Password: {password}")


def channels(arguments: list[str]) -> int:
    """Say what the set-up of Slack and Telegram lacks; returns the exit status."""
    from care.gateway.channels.check import run  # the platforms' libraries take seconds to load

    return run(load_settings(), arguments)


def main() -> int:
    """Run the command; returns the exit status."""
    command = sys.argv[1] if len(sys.argv) > 1 else "serve"
    try:
        if command == "prepare":
            prepare()
        elif command == "serve":
            asyncio.run(serve())
        elif command == "channels":
            return channels(sys.argv[2:])
        else:
            print(f"unknown command {command!r}: prepare, serve or channels", file=sys.stderr)
            return 2
    except SettingError as problem:
        print(f"A setting cannot be used: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
