"""What the gateway accepts, and how it refuses the rest."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from care.care import Care
from care.files import Files, find_file
from care.gateway.accept import Incoming, Pace, Refused, accept_message, check_text
from care.record.ids import Author
from tests.support.talk import by, said, until, write


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "empty"),
        ("   \n ", "empty"),
        ("\u200b\u200b", "empty"),
        ("a" * 2001, "too_long"),
        ("a" * 20_000, "too_long"),
        ("nul\x00", "bad_text"),
        ("bell\x07", "bad_text"),
        ("\ud800", "bad_text"),
        (None, "bad_text"),
        (17, "bad_text"),
    ],
)
def test_what_cannot_be_a_message_is_refused_with_its_reason(raw: object, code: str) -> None:
    with pytest.raises(Refused) as refused:
        check_text(raw, 2000)
    assert refused.value.code == code
    assert 400 <= refused.value.status < 500


@pytest.mark.parametrize("raw", ["ok", "\U0001f600\U0001f600", "zwei\nZeilen\r\nhier", "a" * 2000])
def test_what_people_write_is_accepted(raw: str) -> None:
    assert check_text(raw, 2000) == raw.replace("\r\n", "\n")


async def test_the_same_message_again_is_the_same_message(care: Care) -> None:
    first = await write(care, "hello", key="k1")
    again = await write(care, "hello", key="k1")
    assert again.duplicate
    assert again.message_id == first.message_id
    messages = await until(care, first.conversation_id, lambda found: len(found) == 2)
    assert by(Author.CUSTOMER, messages) == ["hello"]


async def test_a_file_belongs_to_its_message_as_soon_as_that_is_accepted(care: Care) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield b"%PDF-1.4"

    files = Files(care.settings.var_dir / "files", care.record, 1000)
    kept = await files.save(content(), "bill.pdf", "web:ana", Author.CUSTOMER)
    sent: dict[str, Any] = {"kind": "file", "payload": {"files": [kept.as_json()]}}
    incoming = Incoming("web", "web:ana", "web:ana", "k1", **sent)
    accepted = await care.record.write(accept_message, incoming, care.settings)
    found = await care.record.read(find_file, kept.id)
    assert found is not None
    assert found.message_id == accepted.message_id


async def test_a_refused_message_leaves_the_conversation_as_it_was(care: Care) -> None:
    first = await write(care, "hello")
    with pytest.raises(Refused):
        await write(care, "x" * 20_000)
    messages = await until(care, first.conversation_id, lambda found: len(found) == 2)
    assert by(Author.CUSTOMER, messages) == ["hello"]


async def test_an_unknown_button_and_one_of_another_customer_are_refused(care: Care) -> None:
    mine = await write(care, "topic", sender="web:ana")
    await until(care, mine.conversation_id, lambda found: len(found) == 3)

    def token(connection: object) -> str:
        row = connection.exec_driver_sql("SELECT token FROM buttons ORDER BY position").first()  # type: ignore[attr-defined]
        return str(row[0])

    offered = await care.record.read(token)
    with pytest.raises(Refused, match="no longer there"):
        await write(care, None, sender="web:bruno", button=offered)
    with pytest.raises(Refused, match="no longer there"):
        await write(care, None, sender="web:ana", button="invented")
    used = await write(care, None, sender="web:ana", button=offered)
    messages = await until(care, used.conversation_id, lambda found: len(found) == 5)
    assert messages[3].text == "Yes"
    assert messages[3].payload["command"] == "/feedback_helpful"


async def test_a_burst_is_slowed_down_and_nothing_of_it_is_lost(
    care: Care, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All at one moment, however long this machine takes to write twenty messages.
    monkeypatch.setattr("care.gateway.accept.monotonic", lambda: 0.0)
    sent = [await write(care, f"m{n}") for n in range(20)]
    with pytest.raises(Refused) as refused:
        await write(care, "one more")
    assert refused.value.status == 429
    found = await said(care, sent[0].conversation_id)
    assert len(by(Author.CUSTOMER, found)) == 20


def test_a_sender_who_goes_on_and_on_is_slowed_down_alone() -> None:
    pace = Pace(3)
    for _ in range(3):
        pace.check("web:ana")
    with pytest.raises(Refused):
        pace.check("web:ana")
    pace.check("web:bruno")
