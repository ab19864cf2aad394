"""What each platform gets for each kind of Markdown, word by word."""

import pytest

from care.gateway.rendering.slack_blocks import slack_message
from care.gateway.rendering.telegram_html import telegram_parts
from tests.support.telegram_rules import visible

HAIR = "\u200b"
DOT = "\u2022"
GOLDEN = {
    # name: (as written, Telegram's HTML, Slack's mrkdwn)
    "a sum with spaces": ("5 * 3 * 2", "5 * 3 * 2", "5 * 3 * 2"),
    "a sum without": ("5*3*2 = 30", "5*3*2 = 30", "5*3*2 = 30"),
    "a power": ("2**10 or 3**2", "2**10 or 3**2", f"2**{HAIR}10 or 3**{HAIR}2"),
    "a sum in code": ("`2*3*4`", "<code>2*3*4</code>", "`2*3*4`"),
    "a sum in an address": (
        "<https://a.example/2*3*4>",
        '<a href="https://a.example/2*3*4">https://a.example/2*3*4</a>',
        "<https://a.example/2*3*4|https://a.example/2*3*4>",
    ),
    "names with underscores": ("snake_case_name", "snake_case_name", "snake_case_name"),
    "styles": (
        "**b** *i* ~~s~~ `c`",
        "<b>b</b> <i>i</i> <s>s</s> <code>c</code>",
        "*b* _i_ ~s~ `c`",
    ),
    "a style inside a word": ("in**side**r", "in<b>side</b>r", f"in{HAIR}*side*{HAIR}r"),
    "styles in each other": ("***x***", "<b><i>x</i></b>", "*_x_*"),
    "a strong stretch over lines": ("**a\nb**", "<b>a</b><b>\n</b><b>b</b>", "*a*\n*b*"),
    "an escaped mark": (r"\*x\*", "*x*", f"*{HAIR}x*"),
    "raw HTML is text": (
        "<b>x</b><script>y</script>",
        "&lt;b&gt;x&lt;/b&gt;&lt;script&gt;y&lt;/script&gt;",
        "&lt;b&gt;x&lt;/b&gt;&lt;script&gt;y&lt;/script&gt;",
    ),
    "a line break in HTML is text": ("a<br>b", "a&lt;br&gt;b", "a&lt;br&gt;b"),
    "an ampersand": ("Linden & Oak", "Linden &amp; Oak", "Linden &amp; Oak"),
    "an entity stays as written": ("A &amp; B", "A &amp;amp; B", "A &amp;amp; B"),
    "Slack's own marks are text": (
        "<!channel> <@U123>",
        "&lt;!channel&gt; &lt;@U123&gt;",
        "&lt;!channel&gt; &lt;@U123&gt;",
    ),
    "a link": (
        "[shop](https://a.example/?q=1&r=2)",
        '<a href="https://a.example/?q=1&amp;r=2">shop</a>',
        "<https://a.example/?q=1&amp;r=2|shop>",
    ),
    "a mail link": (
        "[us](mailto:a@b.example)",
        '<a href="mailto:a@b.example">us</a>',
        "<mailto:a@b.example|us>",
    ),
    "a telephone": ("[call](tel:+4612)", '<a href="tel:+4612">call</a>', "<tel:+4612|call>"),
    "a script is no link": (
        "[x](javascript:alert(1))",
        "[x](javascript:alert(1))",
        "[x](javascript:alert(1))",
    ),
    "another scheme is no link": ("[x](ftp://a.example)", "x", "x"),
    "a bar in a link": (
        "[a|b](https://a.example/?q=a|b)",
        '<a href="https://a.example/?q=a%7Cb">a|b</a>',
        "<https://a.example/?q=a%7Cb|a\u2223b>",
    ),
    "a picture is its description": ("![a lamp](https://a.example/x.png)", "a lamp", "a lamp"),
    "a heading": ("# Head\ntext", "<b>Head</b>\n\ntext", "*Head*\n\ntext"),
    "lists in lists": (
        "- one\n  - two\n    1. three\n    2. four\n- five",
        f"{DOT} one\n  {DOT} two\n    1. three\n    2. four\n{DOT} five",
        f"{DOT} one\n  {DOT} two\n    1. three\n    2. four\n{DOT} five",
    ),
    "a list that goes on": ("3. three\n4. four", "3. three\n4. four", "3. three\n4. four"),
    "a quote": (
        "> one\n> two\n\nafter",
        "<blockquote>one\ntwo</blockquote>\n\nafter",
        "> one\n> two\n\nafter",
    ),
    "a quote of two paragraphs": (
        "> one\n>\n> two",
        "<blockquote>one\n\ntwo</blockquote>",
        "> one\n>\n> two",
    ),
    "a list in a quote": (
        "> - one\n> - two",
        f"<blockquote>{DOT} one\n{DOT} two</blockquote>",
        f"> {DOT} one\n> {DOT} two",
    ),
    "code over lines": (
        "```\na < b *c*\n```",
        "<pre>a &lt; b *c*</pre>",
        "```\na &lt; b *c*\n```",
    ),
    "lines stay lines": ("a\nb  \nc", "a\nb\nc", "a\nb\nc"),
    "a table stays as written": ("| a | b |\n|---|---|", "| a | b |\n|---|---|", "| a | b |\n|---|---|"),
}  # fmt: skip


@pytest.mark.parametrize(("written", "telegram", "slack"), GOLDEN.values(), ids=GOLDEN)
def test_markdown_as_each_platform_gets_it(written: str, telegram: str, slack: str) -> None:
    assert telegram_parts(written) == [telegram]
    assert visible(telegram, "HTML")
    assert [block["text"]["text"] for block in slack_message(written)["blocks"]] == [slack]


def test_the_plain_text_for_notifications_names_addresses() -> None:
    said = slack_message("**Pay** [here](https://a.example/pay), 5*3 & <b>")["text"]
    assert said == "Pay here (https://a.example/pay), 5*3 &amp; &lt;b&gt;"


@pytest.mark.parametrize("written", ["", " \n\t ", "\u200b \n"])
def test_nothing_visible_is_no_message(written: str) -> None:
    assert telegram_parts(written) in ([], [written.strip()])
    assert len(slack_message(written)["blocks"]) == len(telegram_parts(written))
