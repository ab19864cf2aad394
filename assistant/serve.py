"""`python -m assistant.serve`: the assistant's process.

The same as `rasa run` with our channel, our stores and Rasa's HTTP API off, on an
inner address, and without TensorFlow (see lean.py; `--stock` imports everything).
The model comes from a folder on our own disk, never from elsewhere.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import logging
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

DEFAULT_PORT = 5005
ACTIONS_VARIABLE = "CARELINE_ACTIONS_URL"
# Touches what is read at first use: dates, telephone numbers, languages, and the encoder's memory.
_FIRST_WORDS = "Hi, where is order 10042 of 3 March? Please call me on 020 7946 0018"
_STALE = ("DeprecationWarning", "MovedIn20Warning", "pkg_resources", "Slot auto-fill")


def read_arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; addresses default to the environment."""
    parser = argparse.ArgumentParser("assistant.serve", description=__doc__)
    parser.add_argument("--host", default=os.environ.get("CARELINE_ASSISTANT_HOST", "127.0.0.1"))
    parser.add_argument(
        "--port", type=int, default=int(os.environ.get("CARELINE_ASSISTANT_PORT", DEFAULT_PORT))
    )
    parser.add_argument("--model", default="models", help="a model, or a folder to take the newest of")
    parser.add_argument("--endpoints", default="endpoints.yml")
    parser.add_argument("--credentials", default="credentials.yml")
    parser.add_argument("--stock", action="store_true", help="import Rasa with TensorFlow")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; turns under way are finished first."""
    began = time.monotonic()
    arguments = read_arguments(given)
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    if not arguments.stock:
        from assistant.lean import stand_in

        stand_in()
    _log()
    app = build_app(arguments)

    async def ready(_app: Any, _loop: Any) -> None:
        give_memory_back()
        took = time.monotonic() - began
        print(f"assistant: ready on {arguments.host}:{arguments.port} in {took:.1f} s", flush=True)

    app.register_listener(ready, "after_server_start")
    app.run(host=arguments.host, port=arguments.port, backlog=100, workers=1, access_log=False)


def give_memory_back() -> None:
    """Let the system have what loading needed and serving does not: 30 MB with glibc.

    What is loaded by then stays for good, so the collector need not look at it again.
    """
    gc.collect()
    gc.freeze()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _log() -> None:
    logging.basicConfig(
        level=os.environ.get("CARELINE_LOG_LEVEL", "WARNING"),
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    # The libraries of Rasa's day warn about each other; that tells an operator
    # nothing, and some of them switch such warnings on again.
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").addFilter(
        lambda record: not any(word in record.getMessage() for word in _STALE)
    )


def build_app(arguments: argparse.Namespace) -> Any:
    """The server with channel, stores and model; nothing runs yet."""
    from functools import partial

    import structlog
    from rasa.core.run import configure_app, create_http_input_channels, load_agent_on_start
    from rasa.core.utils import AvailableEndpoints

    from assistant.candidates import at_work
    from assistant.inbound import MOST_BODY_BYTES

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.root.getEffectiveLevel())
    )
    endpoints = AvailableEndpoints.read_endpoints(arguments.endpoints)
    actions = os.environ.get(ACTIONS_VARIABLE)
    if actions and endpoints.action:
        endpoints.action.url = actions
    if endpoints.model is not None or not os.path.exists(arguments.model):
        sys.exit(f"assistant: there is no model in {arguments.model}; run `make train` first")
    channels = create_http_input_channels(None, arguments.credentials)
    app = configure_app(channels, enable_api=False, endpoints=endpoints, port=arguments.port)
    app.ctx.model_folder = arguments.model
    app.config.REQUEST_MAX_SIZE = 4 * MOST_BODY_BYTES
    app.config.RESPONSE_TIMEOUT = 120
    model = at_work(Path(arguments.model)) or Path(arguments.model)
    app.register_listener(
        partial(load_agent_on_start, str(model), endpoints, None), "before_server_start"
    )
    app.register_listener(warm_up, "before_server_start")
    return app


async def warm_up(app: Any, _loop: Any) -> None:
    """Understand one message, so that the first customer does not wait for what is read once."""
    if app.ctx.agent.is_ready():
        await app.ctx.agent.parse_message(_FIRST_WORDS)


if __name__ == "__main__":
    main()
