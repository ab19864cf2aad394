"""The desk's pictures in docs/images, made anew: `python -m tests.desk.shots`.

Starts the whole product with its trained model on a folder of its own, lets a morning happen
(scene.py) and photographs it. Takes about two minutes.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.desk.desk import Desk
from tests.desk.office import Office, hashed_password
from tests.desk.scene import Scene, morning, shot, talk
from tests.support import services
from tests.support.browser import browser_at
from tests.support.customer import WebCustomer
from tests.support.product import Product
from tests.support.server import ROOT

IMAGES = ROOT / "docs" / "images"
SCREEN = {"width": 1180, "height": 620}
LARGEST = 150 * 1024


def main(folder: Path = IMAGES) -> int:
    """Make all pictures; returns the exit status."""
    with tempfile.TemporaryDirectory(prefix="careline-shots-") as place:
        product = Product(Path(place)).start()
        record = product.care.record()
        try:
            with browser_at(services.chromium()) as browser:
                office = Office(product.care, record, browser, hashed_password())
                scene = morning(office, viewport=SCREEN)
                made = [*agents_pictures(scene, folder), *leads_pictures(scene, folder)]
        finally:
            record.close()
            product.stop()
    for path in made:
        print(f"{path.stat().st_size:>7} {path.name}")
    return int(any(path.stat().st_size > LARGEST for path in made))


def agents_pictures(scene: Scene, folder: Path) -> list[Path]:
    """What an agent sees."""
    desk, page = scene.desk, scene.desk.page
    expect(page.get_by_text("is looking at this too")).to_be_visible()
    made = [shot(desk.view("All").page, folder / "desk-inbox.png")]
    page.emulate_media(color_scheme="dark")
    made.append(shot(page, folder / "desk-dark.png"))
    page.emulate_media(color_scheme="light")
    for key, name in (("t", "transfer"), ("z", "snooze"), ("?", "keys")):
        page.locator("#main").focus()
        page.keyboard.press(key)
        made.append(_dialog(page, folder / f"desk-{name}.png"))
    desk.transcript.get_by_role("button", name="Correct what was understood").nth(1).click()
    expect(page.locator(".choice").nth(3)).to_be_visible()
    made.append(_dialog(page, folder / "desk-fix.png"))
    desk.composer.press_sequentially("/")
    expect(page.locator(".offers")).to_be_visible()
    made.append(_part(page.locator(".talk-main"), folder / "desk-canned.png"))
    page.keyboard.press("Escape")
    desk.composer.fill("")
    page.set_viewport_size({"width": 390, "height": 780})
    page.reload()
    expect(desk.transcript).to_be_visible()
    made.append(shot(page, folder / "desk-phone.png"))
    return made


def leads_pictures(scene: Scene, folder: Path) -> list[Path]:
    """What a supervisor sees beside that."""
    lead, office = scene.lead, scene.office
    _corrected(scene)
    office.until(lambda: _counted(lead), 60)
    made = []
    steps: list[tuple[str, Callable[[], object]]] = [
        ("review", lambda: expect(lead.page.locator(".review-card").first).to_be_visible()),
        ("cases", lambda: expect(lead.page.locator(".case").first).to_be_visible()),
        ("insight", lambda: expect(lead.page.locator("[data-measure]").first).to_be_visible()),
    ]
    for name, ready in steps:
        office.go(lead, f"/desk/{name}")
        ready()
        made.append(shot(lead.page, folder / f"desk-{name}.png"))
    lead.page.get_by_role("button", name="Weekly customer agenda").click()
    lead.page.get_by_role("button", name="Write the agenda").click()
    expect(lead.page.locator(".agenda-item").first).to_be_visible()
    lead.page.get_by_role("button", name="Dismiss").click()
    made.append(shot(lead.page, folder / "desk-agenda.png"))
    return made


def _corrected(scene: Scene) -> None:
    """Somebody writes what the assistant may not know; Bo says what it meant."""
    said = "the wardrobe fellows left me with a heap of boards and cleared off"
    web = WebCustomer(scene.office.server.url, name="Hugo Petit")
    guest = talk(scene.office, web, "Hugo Petit", said, "I want to talk to a person")
    desk = scene.colleague.open_id(guest.conversation_id)
    desk.transcript.get_by_role("button", name="Correct what was understood").first.click()
    desk.page.get_by_role("searchbox", name="Search topics").fill("delivery_")
    desk.page.locator(".choice:enabled").nth(1).click()
    expect(desk.bubble(said, "customer")).to_contain_text("means delivery_")


def _counted(lead: Desk) -> bool:
    measures = lead.api("GET", "/insight")["body"]["measures"]
    return any(one["key"] == "csat" and one["n"] for one in measures)


def _dialog(page: Page, path: Path) -> Path:
    """A picture of the dialog that is open, which is closed then."""
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    made = _part(dialog, path)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    return made


def _part(part: Locator, path: Path) -> Path:
    part.page.wait_for_timeout(400)
    part.screenshot(path=path, animations="disabled", caret="hide")
    return path


if __name__ == "__main__":
    sys.exit(main())
