"""Opening the desk in Chromium: milliseconds, elements, bytes. One empty browser for each round."""

from dataclasses import dataclass
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support import services

ROUNDS = 5
NOTE = """
window.__seen = {};
new MutationObserver(() => {
  for (const [name, what] of [['rows', 'a.row'], ['words', '.bubble-line']]) {
    if (!(name in window.__seen) && document.querySelector(what)) {
      window.__seen[name] = -1;
      requestAnimationFrame(() => { window.__seen[name] = performance.now(); });
    }
  }
}).observe(document, {childList: true, subtree: true});
"""
CLICK = "() => { window.__pressed = performance.now(); document.querySelector('a.row').click(); }"


@dataclass(frozen=True)
class Opening:
    """Medians: times in milliseconds, elements in the page, bytes over the line."""

    rows: float
    words: float
    elements: float
    bytes: float
    requests: float


def open_desk(url: str, token: str) -> Opening:
    """The desk with the view 'All', then its first conversation."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=services.chromium(),
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        rounds = [_once(browser, url, token) for _ in range(ROUNDS)]
        browser.close()
    middle = {name: median(one[name] for one in rounds) for name in rounds[0]}
    return Opening(**middle)


def _once(browser: Browser, url: str, token: str) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 1400, "height": 860}, locale="en-GB")
    context.add_cookies([{"name": "careline_desk", "value": token, "url": url}])
    page = context.new_page()
    page.add_init_script("sessionStorage.setItem('view', 'all');" + NOTE)
    line = context.new_cdp_session(page)
    seen: dict[str, float] = {"bytes": 0, "requests": 0}

    def finished(event: dict[str, Any]) -> None:
        seen["bytes"] += event["encodedDataLength"]
        seen["requests"] += 1

    line.on("Network.loadingFinished", finished)
    line.send("Network.enable")
    page.goto(f"{url}/desk")
    rows = _drawn(page, "rows")
    page.wait_for_load_state("networkidle")
    inbox = dict(seen)
    page.evaluate(CLICK)
    found = {
        "rows": rows,
        "words": _drawn(page, "words") - float(page.evaluate("window.__pressed")),
        "elements": float(page.evaluate("document.querySelectorAll('*').length")),
        **inbox,
    }
    context.close()
    return found


def _drawn(page: Page, what: str) -> float:
    """When `what` was on the screen, in milliseconds since the page was asked for."""
    while not (found := page.evaluate(f"window.__seen.{what} ?? 0")) > 0:
        page.wait_for_timeout(20)
    return float(found)
