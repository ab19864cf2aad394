"""What agents send along reaches customers: a picture as a picture, anything else as a file."""

from collections.abc import AsyncIterator

import pytest

from care.files import Files
from care.handoff.ownership import do_claim
from care.record.ids import AgentId, Author, ConversationId
from tests.support.looped import until
from tests.support.slack import Slack
from tests.support.talk import add_agent
from tests.support.telegram import Telegram
from tests.support.threaded import ThreadedCare

TEAM = "T000000001"
PICTURE = b"\x89PNG\r\n\x1a\n" + b"0" * 400
PAPER = b"%PDF-1.4 " + b"x" * 400


@pytest.fixture(scope="module")
def agent(all_care: ThreadedCare) -> AgentId:
    """An agent who answers."""
    return all_care.do(add_agent(all_care.care, "Ana"))


def test_a_picture_and_a_paper_reach_telegram_with_the_words_first(
    tg: Telegram, all_care: ThreadedCare, agent: AgentId
) -> None:
    tg.say(91, "a person please")
    conversation = _claimed(all_care, "tg:91", agent)
    _reply(all_care, conversation, agent, "tg:91")
    sent = until(lambda: [s for s in tg.to(91) if s.method == "sendDocument"] and tg.to(91))[-3:]
    assert [s.method for s in sent] == ["sendMessage", "sendPhoto", "sendDocument"]
    assert sent[0].text == "<b>Ana:</b> Here you are"
    assert [next(iter(s.fields["uploads"].values())) for s in sent[1:]] == [PICTURE, PAPER]


def test_they_reach_slack_in_the_customers_room(
    slack_team: Slack, all_care: ThreadedCare, agent: AgentId
) -> None:
    room, sender = slack_team.dm("ana"), f"sl:{TEAM}:{slack_team.users['ana']}"
    slack_team.say("ana", "a person please")
    conversation = _claimed(all_care, sender, agent)
    _reply(all_care, conversation, agent, sender)
    done = slack_team.called("files.completeUploadExternal", count=2)
    assert [call["channel_id"] for call in done] == [room, room]
    # A call is noted when it comes in; what it did is seen when it has been answered.
    states = f"SELECT state FROM deliveries WHERE conversation_id = {conversation}"
    all_care.until(lambda: {row["state"] for row in all_care.rows(states)} == {"sent"})
    names = {file["name"] for file in slack_team.as_user("ana", "files.list")["files"]}
    assert {"lamp.png", "invoice.pdf"} <= names


def _claimed(care: ThreadedCare, sender: str, agent: AgentId) -> ConversationId:
    conversation = care.conversation(sender)
    owner = f"SELECT owner FROM conversations WHERE id = {conversation}"
    care.until(lambda: care.rows(owner)[0]["owner"] == "queue")
    care.do(care.care.record.write(do_claim, conversation, agent))
    return conversation


def _reply(care: ThreadedCare, conversation: ConversationId, agent: AgentId, sender: str) -> None:
    files = Files(care.settings.var_dir / "files", care.care.record, 1_000_000)
    kept = [
        care.do(files.save(_bytes(content), name, sender, Author.AGENT)).id
        for name, content in (("lamp.png", PICTURE), ("invoice.pdf", PAPER))
    ]
    care.do(care.care.gateway.reply(conversation, agent, "files", "Here you are", kept))


async def _bytes(content: bytes) -> AsyncIterator[bytes]:
    yield content
