"""What the widget costs a page: bytes, requests and long tasks with and without it, in one run;
and its size beside other widgets, measured by packing what npm has of them.

The other packages are fetched with `npm pack` into a temporary folder; where npm does not have one
or cannot be reached its row says so and gives the published figure. Their figure is the gzip size
(level 9) of the browser bundle that the package ships, without what that bundle would load at run
time; ours is of what is sent, by the same gzip.
"""

import gzip
import json
import platform
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.support import services
from tests.support.assistant import SmallAssistant
from tests.support.server import ROOT, CareServer
from tests.widget.host_site import HostSite

BUILT = ROOT / "var" / "build" / "widget"
ROUNDS = 5
OTHERS = {
    "deep-chat": ("deep-chat@2.1.1", ("dist/deepChat.bundle.js",)),
    "rasa-webchat": ("rasa-webchat@1.0.1", ("lib/index.js",)),
    "RasaHQ chat-widget": (
        "@rasahq/chat-widget-ui",  # the name that its documentation gives
        ("dist/rasa-chatwidget/rasa-chatwidget.esm.js",),
    ),
    "botframework-webchat, minimal": ("botframework-webchat@4.18.0", ("dist/webchat-minimal.js",)),
    "socket.io-client": ("socket.io-client@4.8.1", ("dist/socket.io.min.js",)),
}
PUBLISHED = {
    "deep-chat": "111 KB",
    "rasa-webchat": "211 KB",
    "RasaHQ chat-widget": "51 KB",
    "botframework-webchat, minimal": "483 KB",
    "socket.io-client": "13.1 KB",
}
WATCH = (
    "window.tasks = []; new PerformanceObserver((list) => {"
    " for (const one of list.getEntries()) tasks.push(one.duration); })"
    ".observe({type: 'longtask', buffered: true});"
)


def main() -> None:
    """Measure and print."""
    print(f"{platform.machine()}, Python {platform.python_version()}; compare rows, not machines\n")
    print("Size in bytes, gzip -9")
    for name, size in sizes():
        print(f"  {name:34} {size}")
    print()
    with tempfile.TemporaryDirectory() as folder:
        costs(Path(folder))


def sizes() -> list[tuple[str, str]]:
    """Our parts as they are sent, and the others as they are shipped."""
    kept = json.loads((BUILT / "sizes.json").read_text())
    files = {
        part: packed(next(BUILT.glob(f"{part}*.js"))) for part in ("loader", "panel", "more")
    }
    first = files["loader"] + files["panel"]
    rows = [
        ("Careline: loader", f"{files['loader']:>9,}"),
        ("Careline: a first conversation", f"{first:>9,}  (loader and panel)"),
        ("Careline: forms and files", f"{files['more']:>9,}  (when one is opened)"),
        ("Careline: texts of one language", f"{kept['locale']:>9,}  (with the inbox's settings)"),
        ("Careline: all of it", f"{first + files['more'] + kept['locale']:>9,}"),
    ]
    return [*rows, *((name, other(name, *what)) for name, what in OTHERS.items())]


def packed(file: Path) -> int:
    """Size of a file in gzip."""
    return len(gzip.compress(file.read_bytes(), 9))


def other(name: str, package: str, paths: tuple[str, ...]) -> str:
    """Size of another widget's bundle; several paths: the first that exists."""
    published = f"published figure: {PUBLISHED[name]}"
    with tempfile.TemporaryDirectory() as folder:
        got = subprocess.run(
            ["npm", "pack", package, "--silent"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        archives = list(Path(folder).glob("*.tgz"))
        if got.returncode or not archives:
            return f"        -  (npm does not have {package}, or cannot be reached; {published})"
        with tarfile.open(archives[0]) as archive:
            archive.extractall(folder, filter="data")
        for path in paths:
            found = Path(folder) / "package" / path
            if found.is_file():
                return f"{packed(found):>9,}  ({package}, {path}; {published})"
        return f"        -  (none of {', '.join(paths)} in {package}; {published})"


def costs(folder: Path) -> None:
    """The same page without the widget, with it, and with the chat opened."""
    assistant = SmallAssistant().start()
    server = CareServer(folder, assistant.url).start()
    site = HostSite(server.url).start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=services.chromium(), args=["--no-sandbox"]
            )
            print(f"A page's first load, median of {ROUNDS}, loopback")
            print(
                f"  {'page':26} {'requests':>8} {'bytes':>8} {'load ms':>8} {'long tasks ms':>14}"
            )
            for name, path, opened in (
                ("without the widget", "/plain", False),
                ("with the widget", "/", False),
                ("with the chat opened", "/", True),
            ):
                rounds = [load(browser, f"{site.url}{path}", opened) for _ in range(ROUNDS)]
                middle = {key: sorted(r[key] for r in rounds)[ROUNDS // 2] for key in rounds[0]}
                print(
                    f"  {name:26} {middle['requests']:8.0f} {middle['bytes']:8.0f} "
                    f"{middle['load']:8.0f} {middle['tasks']:14.0f}"
                )
            browser.close()
    finally:
        site.stop()
        server.stop()
        assistant.close()


def load(browser: Browser, url: str, opened: bool) -> dict[str, float]:
    """One first visit: requests, bytes over the line, load time, time in long tasks."""
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(WATCH)
    line = context.new_cdp_session(page)
    seen: dict[str, float] = {"requests": 0, "bytes": 0}

    def finished(event: dict[str, Any]) -> None:
        seen["requests"] += 1
        seen["bytes"] += event["encodedDataLength"]

    line.on("Network.loadingFinished", finished)
    line.send("Network.enable")
    page.goto(url, wait_until="load")
    if opened:
        page.locator("careline-widget button.launcher").click()
        page.locator("careline-widget .panel").wait_for()
    page.wait_for_timeout(500)
    timing = "performance.getEntriesByType('navigation')[0].loadEventEnd"
    result = {
        **seen,
        "load": page.evaluate(timing),
        "tasks": page.evaluate("tasks.reduce((a, b) => a + b, 0)"),
    }
    context.close()
    return result


if __name__ == "__main__":
    main()
