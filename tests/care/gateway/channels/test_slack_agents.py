"""Agents who live in Slack: card, claim, thread both ways, notes, form, command, the desk's rules."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from care.handoff.ownership import do_claim
from care.record.feedback import feedback_of
from care.record.ids import AgentId, Author, ConversationId, Owner
from care.record.messages import Message, messages_of
from care.record.presence import presences
from tests.support.looped import until
from tests.support.slack import Slack
from tests.support.slack_room import card_of, whispers_to
from tests.support.talk import add_agent, write
from tests.support.threaded import ThreadedCare

ON = "postgresql"


@pytest.fixture(scope="module")
def bo(slack_care: ThreadedCare) -> AgentId:
    """Bo is an agent at the desk under the address that Slack knows."""
    return slack_care.do(add_agent(slack_care.care, "Bo"))


@pytest.fixture(scope="module")
def cy(slack_care: ThreadedCare) -> AgentId:
    """So is Cy."""
    return slack_care.do(add_agent(slack_care.care, "Cy"))


def test_a_handoff_on_the_website_is_a_card_and_a_conversation_both_ways(
    slack_team: Slack, slack_care: ThreadedCare, bo: AgentId
) -> None:
    conversation = _handoff(slack_care, "web:kim")
    card = card_of(slack_team, conversation)
    assert list(card.buttons) == ["Claim", "Resolve"]
    assert "asked for a person" in card.mrkdwn
    support = slack_team.channels["support"]
    transcript = slack_team.wait(support, 1, thread=card.ts)[0].mrkdwn
    assert "hello there" in transcript
    assert "You said: hello there" in transcript
    assert slack_team.press("bo", card, "Claim") == 200
    slack_care.until(lambda: _owner(slack_care, conversation) == (Owner.AGENT, bo))
    slack_team.say("bo", "Hello, I look *now*", channel=support, thread=card.ts)
    slack_team.say("bo", "// ask the carrier first", channel=support, thread=card.ts)
    said = _until_said(slack_care, conversation, "ask the carrier first")
    assert [(m.text, m.public) for m in said if m.author is Author.AGENT] == [
        ("Hello, I look *now*", True),
        ("ask the carrier first", False),
    ]
    assert _audited(slack_care, conversation)[-1] == ("message.sent", bo, {"from": "slack"})
    slack_care.do(write(slack_care.care, "thank you", sender="web:kim"))
    until(lambda: any("thank you" in p.mrkdwn for p in slack_team.to(support, card.ts)))
    lines = "\n".join(p.mrkdwn for p in slack_team.to(support, card.ts))
    assert "ask the carrier" not in lines
    assert lines.count("I look") == 0  # what stands in the thread is not told to it again


def test_the_second_to_claim_is_told_who_has_it(
    slack_team: Slack, slack_care: ThreadedCare, bo: AgentId, cy: AgentId
) -> None:
    conversation = _handoff(slack_care, "web:lou")
    card = card_of(slack_team, conversation)
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda who: slack_team.press(who, card, "Claim"), ["bo", "cy"]))
    slack_care.until(lambda: _owner(slack_care, conversation)[0] == Owner.AGENT)
    _, agent = _owner(slack_care, conversation)
    loser = "cy" if agent == bo else "bo"
    winner = "Bo" if agent == bo else "Cy"
    whispers = until(lambda: whispers_to(slack_team, loser))
    assert whispers[-1] == f"{winner} has this conversation."
    support = slack_team.channels["support"]
    slack_team.say(loser, "I answer too", channel=support, thread=card.ts)
    until(lambda: len(whispers_to(slack_team, loser)) == len(whispers) + 1)
    assert "I answer too" not in [m.text for m in _said(slack_care, conversation)]


def test_an_agent_at_the_desk_and_one_in_slack_never_both_own_it(
    slack_team: Slack, slack_care: ThreadedCare, bo: AgentId, cy: AgentId
) -> None:
    conversation = _handoff(slack_care, "web:max")
    card = card_of(slack_team, conversation)
    slack_care.do(slack_care.care.record.write(do_claim, conversation, cy))
    slack_care.do(slack_care.care.gateway.changed(conversation))
    before = len(whispers_to(slack_team, "bo"))
    slack_team.press("bo", card, "Claim")
    until(lambda: len(whispers_to(slack_team, "bo")) > before)
    assert _owner(slack_care, conversation) == (Owner.AGENT, cy)
    slack_care.do(slack_care.care.gateway.reply(conversation, cy, "desk1", "from the desk"))
    support = slack_team.channels["support"]
    until(lambda: any("Cy (desk)" in p.mrkdwn for p in slack_team.to(support, card.ts)))

    def shown() -> bool:
        changed = [c for c in slack_team.called("chat.update") if c["ts"] == card.ts]
        return "Cy has this conversation" in str(changed[-1:])

    until(shown)


def test_who_is_no_agent_can_do_nothing(slack_team: Slack, slack_care: ThreadedCare) -> None:
    conversation = _handoff(slack_care, "web:nia")
    card = card_of(slack_team, conversation)
    slack_team.press("ana", card, "Claim")
    until(lambda: whispers_to(slack_team, "ana"))
    assert "not an agent" in whispers_to(slack_team, "ana")[-1]
    assert _owner(slack_care, conversation) == (Owner.QUEUE, None)
    support = slack_team.channels["support"]
    slack_team.say("ana", "let me help", channel=support, thread=card.ts)
    until(lambda: len(whispers_to(slack_team, "ana")) == 2)
    assert "let me help" not in [m.text for m in _said(slack_care, conversation)]
    assert "not an agent" in slack_team.slash("ana", "queue")


def test_resolving_asks_for_reason_and_tags_and_closes_the_card(
    slack_team: Slack, slack_care: ThreadedCare, bo: AgentId
) -> None:
    conversation = _handoff(slack_care, "web:oda")
    card = card_of(slack_team, conversation)
    slack_team.press("bo", card, "Claim")
    slack_care.until(lambda: _owner(slack_care, conversation)[1] == bo)
    seen = len(slack_team.views)
    slack_team.press("bo", card, "Resolve")
    view = until(lambda: slack_team.views[seen:])[0]
    answer = slack_team.submit("bo", view, tags="late, <b>bold</b>")
    assert answer["response_action"] == "errors"
    assert slack_team.submit("bo", view, tags="Late, carrier", note="called them") == {}
    rows = slack_care.until(
        lambda: slack_care.rows(
            f"SELECT tag FROM conversation_tags WHERE conversation_id = {conversation} ORDER BY tag"
        )
    )
    assert [row["tag"] for row in rows] == ["carrier", "late"]
    said = _until_said(slack_care, conversation, "How did we do?")
    notes = [m.text for m in said if not m.public and m.kind == "note"]
    assert notes == ["Resolve: Solved\ncalled them"]
    changed = until(
        lambda: [
            c
            for c in slack_team.called("chat.update")
            if c["ts"] == card.ts and "Resolved by Bo" in str(c["blocks"])
        ]
    )
    assert "actions" not in str(changed[-1]["blocks"])
    assert slack_care.read(feedback_of, conversation) == []
    assert _audited(slack_care, conversation)[-1] == (
        "conversation.resolved",
        bo,
        {"from": "slack"},
    )


def test_the_command_sets_presence_and_shows_the_queue(
    slack_team: Slack, slack_care: ThreadedCare, bo: AgentId
) -> None:
    conversation = _handoff(slack_care, "web:pia")
    card_of(slack_team, conversation)
    assert "online" in slack_team.slash("bo", "online")
    seen = slack_care.read(presences)[bo]
    assert seen.wanted == "online"
    assert "away" in slack_team.slash("bo", "away")
    assert slack_care.read(presences)[bo].wanted == "busy"
    answer = slack_team.slash("bo", "queue")
    assert "Yours:" in answer
    assert f"#{conversation}" in answer
    assert "/care online" in slack_team.slash("bo", "what")


def test_a_file_of_the_agent_reaches_the_customers_record(
    slack_team: Slack, slack_care: ThreadedCare, cy: AgentId
) -> None:
    conversation = _handoff(slack_care, "web:quin")
    card = card_of(slack_team, conversation)
    slack_team.press("cy", card, "Claim")
    slack_care.until(lambda: _owner(slack_care, conversation)[1] == cy)
    support = slack_team.channels["support"]
    shared = {
        "type": "message",
        "subtype": "file_share",
        "channel": support,
        "user": slack_team.users["cy"],
        "ts": "1800000000.000100",
        "thread_ts": card.ts,
        "text": "the form",
        "channel_type": "channel",
    }
    slack_team.share("cy", support, "form.pdf", b"%PDF-1.4 " + b"x" * 300, "")
    listed = slack_team.as_user("cy", "files.list")["files"]
    file = next(f for f in listed if f["name"] == "form.pdf")
    slack_team.event({**shared, "files": [file]})
    said = _until_said(slack_care, conversation, "the form")
    sent = next(m for m in said if m.text == "the form")
    assert [f["name"] for f in sent.payload["files"]] == ["form.pdf"]


def _handoff(care: ThreadedCare, sender: str) -> ConversationId:
    first = care.do(write(care.care, "hello there", sender=sender))
    care.until(lambda: len(_said(care, first.conversation_id)) == 2)
    care.do(write(care.care, "a person please", sender=sender))
    care.until(lambda: _owner(care, first.conversation_id)[0] == Owner.QUEUE)
    return first.conversation_id


def _audited(care: ThreadedCare, conversation: ConversationId) -> list[tuple[str, int, Any]]:
    query = f"SELECT * FROM audit WHERE target = 'conversation:{conversation}' ORDER BY id"
    return [(row["action"], row["agent_id"], row["data"]) for row in care.rows(query)]


def _owner(care: ThreadedCare, conversation: ConversationId) -> tuple[str, Any]:
    query = f"SELECT owner, agent_id FROM conversations WHERE id = {conversation}"
    row = care.rows(query)[0]
    return row["owner"], row["agent_id"]


def _said(care: ThreadedCare, conversation: ConversationId) -> list[Message]:
    return care.read(messages_of, conversation)


def _until_said(care: ThreadedCare, conversation: ConversationId, words: str) -> list[Message]:
    care.until(lambda: words in [m.text for m in _said(care, conversation)])
    return _said(care, conversation)
