"""How the widget looks and reads for everyone: WCAG 2.2 AA, sizes, directions, themes, policies."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from tests.widget.chat import Chat, Open, new_chat
from tests.widget.host_site import HostSite

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page, context: str | None = "careline-widget") -> list[str]:
    """What axe finds, inside the widget or (None) on the whole page.

    Nothing moves meanwhile: colours of a panel that is still coming up are none it will have.
    """
    page.emulate_media(reduced_motion="reduce")
    options = {"runOnly": {"type": "tag", "values": TAGS}}
    found = Axe().run(page, context=context, options=options)
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found.response["violations"]]


def fill(chat: Chat) -> Chat:
    """A chat with everything in it."""
    chat.open()
    for text, shown in (
        ("markdown", "Delivery"),
        ("cards", "Our chairs"),
        ("topic", "It takes"),
        ("choices", "Which one?"),
    ):
        chat.say(text)
        expect(chat.bubble(shown)).to_be_visible()
    chat.say("rate nps")
    expect(chat.widget.locator(".score")).to_have_count(11)
    chat.say("person")
    expect(chat.info).to_contain_text("You are number")
    return chat


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(browser: Browser, site: HostSite, scheme: str) -> None:
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    chat = fill(new_chat(context, f"{site.url}/"))
    assert violations(chat.page) == []
    chat.widget.get_by_role("button", name="No", exact=True).click()
    chat.widget.locator(".score").first.click()
    expect(chat.widget.locator(".rating textarea")).to_be_visible()
    assert violations(chat.page) == []
    chat.widget.locator("summary").click()
    chat.widget.get_by_role("button", name="Leave a message").first.click()
    expect(chat.widget.locator("form.form")).to_be_visible()
    assert violations(chat.page) == []
    context.close()


def test_strict_policy_with_trusted_types_is_never_violated(visit: Open) -> None:
    chat = fill(visit("/strict"))
    chat.widget.locator(".composer input[type=file]").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": PNG}
    )
    expect(chat.widget.locator("canvas")).to_be_visible()
    chat.page.reload()
    chat.open()
    expect(chat.bubble("Our chairs")).to_be_visible()
    expect(chat.widget.locator("canvas")).to_be_visible()
    assert chat.api("violations") == []


def test_full_screen_on_a_phone(browser: Browser, site: HostSite) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        is_mobile=True,
        has_touch=True,
        reduced_motion="reduce",
    )
    chat = new_chat(context, f"{site.url}/").open()
    box = chat.panel.bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 844)
    expect(chat.launcher).to_be_hidden()
    chat.asks("from my phone")
    chat.widget.get_by_role("button", name="Close chat").click()
    expect(chat.panel).to_be_hidden()
    expect(chat.launcher).to_be_focused()
    context.close()


def test_arabic_page_gets_arabic_from_right_to_left(visit: Open) -> None:
    chat = visit("/arabic").open()
    expect(chat.text).to_have_attribute("placeholder", "اكتب رسالة")
    assert chat.widget.evaluate("(e) => getComputedStyle(e).direction") == "rtl"
    panel, launcher = chat.panel.bounding_box(), chat.launcher.bounding_box()
    assert panel is not None
    assert launcher is not None
    assert panel["x"] < 100
    assert launcher["x"] < 100
    chat.asks("مرحبا")
    own = chat.bubble("مرحبا", "customer").bounding_box()
    assert own is not None
    assert own["x"] - panel["x"] < panel["width"] / 2


def test_locale_follows_the_page_and_can_be_changed(visit: Open) -> None:
    chat = visit("/german").open()
    expect(chat.text).to_have_attribute("placeholder", "Nachricht schreiben")
    chat.asks("Guten Tag")
    chat.api("Careline.setLocale('fr')")
    expect(chat.text).to_have_attribute("placeholder", "Écrivez un message")
    expect(chat.bubble("You said: Guten Tag")).to_be_visible()


def test_hostile_css_of_the_page_does_not_reach_the_chat(visit: Open) -> None:
    chat = visit("/hostile")
    expect(chat.launcher).to_be_visible()
    chat.open().asks("still readable?")
    bubble = chat.bubble("You said")
    assert bubble.evaluate("(e) => getComputedStyle(e).fontSize") == "15px"
    assert bubble.evaluate("(e) => getComputedStyle(e).color") == "rgb(29, 35, 32)"
    box = chat.panel.bounding_box()
    assert box is not None
    assert box["height"] > 400


@pytest.mark.parametrize(("width", "height"), [(320, 568), (550, 400)])
def test_narrow_pages_and_200_percent_zoom_lose_nothing(
    browser: Browser, site: HostSite, width: int, height: int
) -> None:
    """A window of 1100 x 800 at 200 % is one of 550 x 400."""
    context = browser.new_context(viewport={"width": width, "height": height})
    chat = new_chat(context, f"{site.url}/").open().asks("fits")
    for part in (chat.text, chat.send_button, chat.widget.get_by_role("button", name="Close")):
        expect(part).to_be_in_viewport(ratio=1)
    assert chat.panel.evaluate("(e) => e.scrollWidth <= e.clientWidth")
    assert chat.log.evaluate("(e) => e.scrollWidth <= e.clientWidth")
    context.close()


def test_targets_are_at_least_24_pixels(visit: Open) -> None:
    chat = fill(visit())
    chat.widget.locator("summary").click()
    for target in chat.widget.locator("button:visible, summary:visible").all():
        box = target.bounding_box()
        assert box is not None
        name = target.get_attribute("aria-label") or target.inner_text()
        assert min(box["width"], box["height"]) >= 24, name


def test_reduced_motion_moves_nothing(browser: Browser, site: HostSite) -> None:
    context = browser.new_context(reduced_motion="reduce")
    chat = new_chat(context, f"{site.url}/").open()
    names = chat.panel.evaluate(
        "(e) => [e, ...e.querySelectorAll('*')].map((n) => getComputedStyle(n).animationName)"
    )
    assert set(names) == {"none"}
    context.close()


def test_forced_colours_keep_borders_around_messages(browser: Browser, site: HostSite) -> None:
    context = browser.new_context(forced_colors="active")
    chat = new_chat(context, f"{site.url}/").open().asks("in forced colours")
    width = chat.bubble("You said").evaluate("(e) => getComputedStyle(e).borderTopWidth")
    assert width == "1px"
    context.close()


def test_shop_sets_colours_by_custom_properties(visit: Open) -> None:
    chat = visit()
    chat.api(
        "document.documentElement.style.setProperty('--careline-accent', 'rgb(10, 20, 120)'),"
        "document.documentElement.style.setProperty('--careline-radius', '2px')"
    )
    chat.open()
    paint = "(e) => getComputedStyle(e).backgroundColor"
    assert chat.launcher.evaluate(paint) == "rgb(10, 20, 120)"
    assert chat.widget.locator(".head").evaluate(paint) == "rgb(10, 20, 120)"
    assert chat.panel.evaluate("(e) => getComputedStyle(e).borderTopLeftRadius") == "2px"


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)
