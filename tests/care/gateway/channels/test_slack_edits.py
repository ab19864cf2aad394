"""An agent in Slack changes or deletes a reply that the customer has: on each channel, or a word why
not."""

from collections.abc import Callable

import pytest

from care.handoff.ownership import do_claim, do_release
from care.record.ids import AgentId, Author, ConversationId
from care.record.messages import Message, messages_of
from tests.support.looped import until
from tests.support.slack import Slack
from tests.support.slack_room import card_of, whispers_to
from tests.support.slack_rules import Fault as SlackFault
from tests.support.slack_world import Posted
from tests.support.talk import add_agent, write
from tests.support.telegram import Telegram
from tests.support.telegram_rules import Fault
from tests.support.threaded import ThreadedCare

TEAM = "T000000001"


@pytest.fixture(scope="module")
def bo(all_care: ThreadedCare) -> AgentId:
    """Bo is an agent under the address that Slack knows."""
    return all_care.do(add_agent(all_care.care, "Bo"))


class Thread:
    """What Bo does in the thread of a conversation."""

    def __init__(self, team: Slack, care: ThreadedCare, bo: AgentId, sender: str) -> None:
        self.team, self.care = team, care
        self.conversation = care.conversation(sender)
        self.card: Posted = card_of(team, self.conversation)
        self.room = team.channels["support"]
        care.do(care.care.record.write(do_claim, self.conversation, bo))
        care.do(care.care.gateway.changed(self.conversation))

    def say(self, words: str) -> str:
        """Bo writes; returns the stamp once it is in the record."""
        stamp = self.team.say("bo", words, channel=self.room, thread=self.card.ts)
        self.until(lambda said: any(m.external_id and stamp in m.external_id for m in said))
        return stamp

    def edit(self, stamp: str, words: str) -> None:
        """Bo edits."""
        self.team.as_user("bo", "chat.update", channel=self.room, ts=stamp, text=words)

    def delete(self, stamp: str) -> None:
        """Bo deletes."""
        self.team.as_user("bo", "chat.delete", channel=self.room, ts=stamp)

    def until(self, true: Callable[[list[Message]], bool]) -> None:
        """Wait until the record is as wanted."""
        self.care.until(lambda: true(self.care.read(messages_of, self.conversation)))

    def told(self, words: str) -> None:
        """Wait until Bo alone is told something."""
        until(lambda: any(words in said for said in whispers_to(self.team, "bo")))


def test_on_telegram_the_customers_message_changes_and_goes(
    tg: Telegram, slack_team: Slack, all_care: ThreadedCare, bo: AgentId
) -> None:
    tg.say(71, "a person please")
    thread = Thread(slack_team, all_care, bo, "tg:71")
    stamp = thread.say("it comes on *Monday*")
    tg_sent = until(lambda: [s for s in tg.to(71) if "comes on" in s.text])[0]
    number = tg_sent.number
    thread.edit(stamp, "it comes on Tuesday & early")
    until(lambda: tg_sent.text == "<b>Bo:</b> it comes on Tuesday &amp; early")
    thread.edit(stamp, "// it comes on Tuesday")
    thread.told("cannot become a note")
    thread.delete(stamp)
    until(lambda: number not in [s.number for s in tg.to(71)])
    thread.until(lambda said: any(m.deleted_at and m.edited_at for m in said))


def test_a_change_that_telegram_does_not_allow_is_told_in_the_thread(
    tg: Telegram, slack_team: Slack, all_care: ThreadedCare, bo: AgentId
) -> None:
    tg.say(72, "a person please")
    thread = Thread(slack_team, all_care, bo, "tg:72")
    stamp = thread.say("one")
    until(lambda: [s for s in tg.to(72) if "one" in s.text])
    words = "Bad Request: message can't be deleted for everyone"
    tg.faults.append(Fault("deleteMessage", 500, "Internal Server Error", chat=72))
    tg.faults.append(Fault("deleteMessage", 400, words, chat=72))
    thread.delete(stamp)
    lines = until(
        lambda: [
            p.mrkdwn
            for p in slack_team.to(thread.room, thread.card.ts)
            if "Not delivered" in p.mrkdwn
        ]
    )
    assert "the customer still has what was sent first" in lines[-1]
    assert "can't be deleted" in lines[-1]
    thread.say("two")
    until(lambda: [s for s in tg.to(72) if "two" in s.text])


def test_a_long_reply_that_becomes_short_leaves_nothing_behind(
    tg: Telegram, slack_team: Slack, all_care: ThreadedCare, bo: AgentId
) -> None:
    tg.say(73, "a person please")
    thread = Thread(slack_team, all_care, bo, "tg:73")
    before = len(until(lambda: [s for s in tg.to(73) if "joined" in s.text] and tg.to(73)))
    stamp = thread.say("first " + "long words " * 700)
    tg.wait(73, before + 2)
    thread.edit(stamp, "short")
    until(lambda: [s.text for s in tg.to(73)][before:] == ["<b>Bo:</b> short"])


def test_in_slack_and_on_the_website_it_changes_and_goes(
    slack_team: Slack, all_care: ThreadedCare, bo: AgentId
) -> None:
    slack_team.say("ana", "a person please")
    sender = f"sl:{TEAM}:{slack_team.users['ana']}"
    thread = Thread(slack_team, all_care, bo, sender)
    room = slack_team.dm("ana")
    stamp = thread.say("it comes on Monday")
    sent = until(lambda: [p for p in slack_team.to(room) if "Monday" in p.mrkdwn])[0]
    thread.edit(stamp, "it comes on Tuesday")
    changed = until(lambda: [c for c in slack_team.called("chat.update") if c["ts"] == sent.ts])
    assert "*Bo:* it comes on Tuesday" in str(changed[-1]["blocks"])
    slack_team.faults.append(SlackFault("chat.delete", "ratelimited", 429, {"Retry-After": "1"}))
    thread.delete(stamp)
    until(lambda: [c["ts"] for c in slack_team.called("chat.delete")] == [sent.ts, sent.ts])

    conversation = _on_the_website(all_care, "web:e1")
    thread = Thread(slack_team, all_care, bo, "web:e1")
    stamp = thread.say("it comes on Monday")
    thread.edit(stamp, "it comes on Tuesday")
    thread.until(lambda said: "it comes on Tuesday" in [m.text for m in said])
    events = "SELECT kind, public FROM events WHERE conversation_id ="
    rows = all_care.rows(f"{events} {conversation} ORDER BY seq DESC")
    assert (rows[0]["kind"], bool(rows[0]["public"])) == ("message.updated", True)


def test_notes_are_changed_in_the_record_and_stay_notes(
    slack_team: Slack, all_care: ThreadedCare, bo: AgentId
) -> None:
    _on_the_website(all_care, "web:e2")
    thread = Thread(slack_team, all_care, bo, "web:e2")
    stamp = thread.say("// ask Tim")
    thread.edit(stamp, "// ask Tom")
    thread.until(lambda said: ("ask Tom", False) in [(m.text, m.public) for m in said])
    thread.edit(stamp, "ask Tom")
    thread.told("This stays a note")
    thread.delete(stamp)
    thread.until(lambda said: any(m.text == "ask Tom" and m.deleted_at for m in said))


def test_who_no_longer_has_the_conversation_changes_nothing(
    slack_team: Slack, all_care: ThreadedCare, bo: AgentId
) -> None:
    _on_the_website(all_care, "web:e3")
    thread = Thread(slack_team, all_care, bo, "web:e3")
    stamp = thread.say("mine")
    all_care.do(all_care.care.record.write(do_release, thread.conversation, bo))
    thread.edit(stamp, "not mine")
    thread.told("stays as it was")
    said = all_care.read(messages_of, thread.conversation)
    assert [m.text for m in said if m.author is Author.AGENT and m.public][-1] == "mine"


def _on_the_website(care: ThreadedCare, sender: str) -> ConversationId:
    """A customer of the website asks for a person."""
    return care.do(write(care.care, "a person please", sender=sender)).conversation_id
