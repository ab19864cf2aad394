"""Chromium, as every test with a browser starts it."""

import contextlib
from collections.abc import Iterator, Sequence

from playwright.sync_api import Browser, sync_playwright

# As root there is no sandbox, in containers little shared memory; nothing calls home.
FLAGS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
)


@contextlib.contextmanager
def browser_at(program: str, without: Sequence[str] = ()) -> Iterator[Browser]:
    """Chromium at `program`, without a window; `without`: flags that Playwright would add."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=list(FLAGS), ignore_default_args=list(without)
        )
        try:
            yield browser
        finally:
            browser.close()
