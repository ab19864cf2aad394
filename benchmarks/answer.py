"""Time from the customer's POST to the answer on the screen, in a real browser.

Beside it, in the same run and on the same questions: the POST alone until the answer is recorded,
and the same trained assistant asked through Rasa's own REST channel with Rasa's own SQL tracker
store. Loopback only; bounded by QUESTIONS.
"""

import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from playwright.sync_api import Page, sync_playwright

from tests.support import services
from tests.support.customer import WebCustomer
from tests.support.ports import free_port, wait_for_http
from tests.support.product import RASA, Product
from tests.support.server import ROOT

QUESTIONS = [
    "how long does delivery take",
    "which payment methods do you accept",
    "what is your refund policy",
    "do you have gift cards",
    "where are your shops",
    "is there a warranty",
]
ROUNDS = 8

SEND_AND_WATCH = """async (text) => {
  const root = document.querySelector('careline-widget').shadowRoot;
  const count = () => root.querySelectorAll('.m.bot').length;
  const before = count();
  const shown = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer in 20 s')), 20000);
    const watch = new MutationObserver(() => {
      if (count() > before) {
        watch.disconnect();
        clearTimeout(timer);
        requestAnimationFrame(() => resolve(performance.now()));
      }
    });
    watch.observe(root, {childList: true, subtree: true});
  });
  const start = performance.now();
  window.Careline.send(text);
  return (await shown) - start;
}"""


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="careline-bench-") as name:
        folder = Path(name)
        product = Product(folder, {"CARELINE_MESSAGES_PER_MINUTE": "100000"}).start()
        try:
            screen = _on_the_screen(product)
            recorded = _until_recorded(product)
        finally:
            product.stop()
        with _rasa_alone(folder) as address:
            rest = _through_rasa(address)
    print(f"conditions: {platform.machine()}, {os.cpu_count()} cores, loopback, SQLite, "
          f"{len(screen)} questions each, one customer, answer without action call")  # fmt: skip
    print(f"{'milliseconds':58} {'p50':>7} {'p95':>7}")
    for title, times in (
        ("customer's POST to answer on the screen (Chromium)", screen),
        ("customer's POST to answer recorded and sent (long-poll)", recorded),
        ("same model, Rasa's own REST channel, SQL tracker store", rest),
    ):
        print(f"{title:58} {_part(times, 50):7.1f} {_part(times, 95):7.1f}")


def _questions() -> Iterator[str]:
    for _ in range(ROUNDS):
        yield from QUESTIONS


def _on_the_screen(product: Product) -> list[float]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=services.chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.goto(product.url)
        _open(page)
        times = []
        for question in _questions():
            times.append(float(page.evaluate(SEND_AND_WATCH, question)))
            page.wait_for_timeout(150)
        browser.close()
    return times


def _open(page: Page) -> None:
    page.wait_for_function("window.Careline")
    page.evaluate("window.Careline.open()")
    page.locator("careline-widget textarea").wait_for()


def _until_recorded(product: Product) -> list[float]:
    times = []
    customer = WebCustomer(product.url)
    for question in _questions():
        after = customer.state["last_seq"]
        started = time.perf_counter()
        customer.send(question)
        answered = False
        while not answered:
            events = customer.http.get(
                f"{product.url}/api/widget/events", params={"after": after, "wait": 20}, timeout=30
            ).json()["events"]
            after = max([after, *(event.get("seq", 0) for event in events)])
            answered = any(
                event.get("data", {}).get("message", {}).get("author") == "bot" for event in events
            )
        times.append((time.perf_counter() - started) * 1000)
        customer.state["last_seq"] = after
        time.sleep(0.15)
    return times


@contextmanager
def _rasa_alone(folder: Path) -> Iterator[str]:
    """`rasa run` on the newest model, with what Rasa brings itself."""
    port = free_port()
    endpoints = folder / "endpoints.yml"
    store = {"type": "SQL", "dialect": "sqlite", "db": str(folder / "rasa.db")}
    endpoints.write_text(json.dumps({"tracker_store": store}))
    credentials = folder / "credentials.yml"
    credentials.write_text(json.dumps({"rest": {}}))
    command = [str(RASA), "-m", "rasa", "run", "--model", "models", "--port", str(port), "-i", "127.0.0.1",
               "--credentials", str(credentials), "--endpoints", str(endpoints)]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RASA_TELEMETRY_ENABLED": "false"}
    with (folder / "rasa.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_for_http(f"http://127.0.0.1:{port}/", 180)
        yield f"http://127.0.0.1:{port}/webhooks/rest/webhook"
    finally:
        server.terminate()
        server.wait(30)


def _through_rasa(address: str) -> list[float]:
    times = []
    with requests.Session() as session:
        for question in _questions():
            started = time.perf_counter()
            answer = session.post(
                address, json={"sender": "bench", "message": question}, timeout=30
            )
            assert answer.json(), "Rasa gave no answer"
            times.append((time.perf_counter() - started) * 1000)
    return times


def _part(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[percent - 1]


if __name__ == "__main__":
    main()
