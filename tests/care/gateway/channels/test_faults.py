"""What the platforms' faults do to messages on their way: 429, 5xx, 400, a broken line."""

import itertools

from care.record.ids import Author
from tests.support.slack import Slack
from tests.support.slack_rules import Fault as SlackFault
from tests.support.telegram import Telegram
from tests.support.telegram_rules import Fault
from tests.support.threaded import ThreadedCare

TEAM = "T000000001"
_chats = itertools.count(4000)


def test_429_of_telegram_waits_as_long_as_it_says(tg: Telegram, tg_care: ThreadedCare) -> None:
    chat = next(_chats)
    words = "Too Many Requests: retry after 2"
    tg.faults.append(Fault("sendMessage", 429, words, {"retry_after": 2}, chat=chat))
    tg.say(chat, "hello")
    (taken,) = tg.wait(chat, 1)
    assert taken.at - tg.refused[-1] >= 2.0  # both by the platform's clock
    tg_care.until(lambda: _delivery(tg_care, f"tg:{chat}")["state"] == "sent")
    assert _delivery(tg_care, f"tg:{chat}")["attempts"] == 2


def test_500_and_an_unreadable_answer_of_telegram_are_tried_again(
    tg: Telegram, tg_care: ThreadedCare
) -> None:
    chat = next(_chats)
    tg.faults.append(Fault("sendMessage", 500, "Internal Server Error", chat=chat))
    tg.faults.append(Fault("sendMessage", 502, "Bad Gateway", chat=chat))
    tg.say(chat, "hello")
    assert [s.text for s in tg.wait(chat, 1)] == ["You said: hello"]
    tg_care.until(lambda: _delivery(tg_care, f"tg:{chat}")["state"] == "sent")
    assert _delivery(tg_care, f"tg:{chat}")["attempts"] == 3


def test_400_of_telegram_is_recorded_and_the_next_message_goes_on(
    tg: Telegram, tg_care: ThreadedCare
) -> None:
    chat = next(_chats)
    tg.faults.append(Fault("sendMessage", 400, "Bad Request: REPLY_MARKUP_INVALID", chat=chat))
    tg.say(chat, "first")
    tg.say(chat, "second")
    assert [s.text for s in tg.wait(chat, 1)] == ["You said: second"]
    states = tg_care.until(lambda: _states(tg_care, f"tg:{chat}", 2))
    assert states == [("failed", "Bad Request: REPLY_MARKUP_INVALID"), ("sent", None)]
    events = tg_care.rows("SELECT data FROM events WHERE kind = 'delivery.changed'")
    assert any("REPLY_MARKUP_INVALID" in str(event["data"]) for event in events)
    assert tg_care.by(Author.BOT, f"tg:{chat}") == ["You said: first", "You said: second"]


def test_html_that_telegram_cannot_read_is_sent_as_plain_words(
    tg: Telegram, tg_care: ThreadedCare
) -> None:
    chat = next(_chats)
    words = "Bad Request: can't parse entities: unsupported start tag"
    tg.faults.append(Fault("sendMessage", 400, words, chat=chat))
    tg.say(chat, "topic")
    assert tg.wait(chat, 2)[0].text == "It takes 3-5 days."


def test_a_part_that_was_sent_is_not_sent_again_after_a_fault(
    tg: Telegram, tg_care: ThreadedCare
) -> None:
    from care.handoff.ownership import do_claim
    from tests.support.talk import add_agent

    chat = next(_chats)
    tg.say(chat, "hello")
    tg.wait(chat, 1)
    agent = tg_care.do(add_agent(tg_care.care, "Part Agent"))
    conversation = tg_care.conversation(f"tg:{chat}")
    tg_care.do(tg_care.care.record.write(do_claim, conversation, agent))
    tg_care.do(tg_care.care.gateway.changed(conversation))
    tg.wait(chat, 2)
    text = "\n\n".join(f"Part {number} " + "word " * 700 for number in range(2))
    parts = tg.sent
    tg_care.do(tg_care.care.gateway.reply(conversation, agent, "k", text))
    tg.wait(chat, 3)
    tg.faults.append(Fault("sendMessage", 500, "Internal Server Error", chat=chat))
    tg.wait(chat, 4)
    tg_care.until(lambda: _delivery(tg_care, f"tg:{chat}")["state"] == "sent")
    said = [sent.text for sent in parts if sent.chat == chat][2:]
    assert len(said) == _delivery(tg_care, f"tg:{chat}")["parts_sent"] == len(set(said))


def test_telegram_down_and_back_loses_nothing(tg: Telegram, tg_care: ThreadedCare) -> None:
    chat = next(_chats)
    tg.say(chat, "before")
    tg.wait(chat, 1)
    tg.down = True
    troubles = tg_care.care.channels
    tg.say(chat, "during")
    tg_care.until(lambda: troubles.troubles, 90)
    assert "telegram" in troubles.troubles[0]
    tg.down = False
    assert [s.text for s in tg.wait(chat, 2, seconds=60)] == [
        "You said: before",
        "You said: during",
    ]
    tg_care.until(lambda: not troubles.troubles, 60)


def test_429_and_500_of_slack_are_waited_out(slack_team: Slack, slack_care: ThreadedCare) -> None:
    room = slack_team.dm("cy")
    user = slack_team.users["cy"]
    slow = {"Retry-After": "2"}
    slack_team.faults.append(SlackFault("chat.postMessage", "ratelimited", 429, slow, user))
    slack_team.faults.append(SlackFault("chat.postMessage", "internal_error", 500, {}, user))
    slack_team.say("cy", "hello")
    assert slack_team.wait(room, 1)[0].mrkdwn == "You said: hello"
    slack_care.until(lambda: _delivery(slack_care, f"sl:{TEAM}:{user}")["state"] == "sent")
    assert _delivery(slack_care, f"sl:{TEAM}:{user}")["attempts"] == 3


def test_a_closed_room_of_slack_is_unreachable_until_the_customer_writes(
    slack_team: Slack, slack_care: ThreadedCare
) -> None:
    room, user = slack_team.dm("bo"), slack_team.users["bo"]
    slack_team.faults.append(SlackFault("chat.postMessage", "channel_not_found", channel=user))
    slack_team.say("bo", "hello")
    sender = f"sl:{TEAM}:{user}"
    slack_care.until(
        lambda: _states(slack_care, sender, 1) == [("unreachable", "channel_not_found")]
    )
    slack_team.say("bo", "are you there")
    answers = [posted.mrkdwn for posted in slack_team.wait(room, 2)]
    assert answers == ["You said: hello", "You said: are you there"]


def test_blocks_that_slack_refuses_are_sent_as_text(
    slack_team: Slack, slack_care: ThreadedCare
) -> None:
    room, user = slack_team.dm("ana"), slack_team.users["ana"]
    slack_team.faults.append(SlackFault("chat.postMessage", "invalid_blocks", channel=user))
    slack_team.say("ana", "topic")
    first = slack_team.wait(room, 2)[0]
    assert (first.text, first.blocks) == ("It takes 3-5 days.", [])


def test_a_token_that_slack_refuses_is_told_and_nothing_is_given_up(
    slack_team: Slack, slack_care: ThreadedCare
) -> None:
    room, user = slack_team.dm("dee"), slack_team.users["dee"]
    slack_team.faults.append(SlackFault("chat.postMessage", "token_revoked", channel=user))
    slack_team.say("dee", "hello")
    channels = slack_care.care.channels
    slack_care.until(lambda: any("token_revoked" in trouble for trouble in channels.troubles))
    assert _delivery(slack_care, f"sl:{TEAM}:{user}")["state"] == "pending"
    assert slack_team.to(room) == []


def _delivery(care: ThreadedCare, sender: str) -> dict[str, object]:
    return care.until(lambda: _rows(care, sender))[-1]


def _states(care: ThreadedCare, sender: str, count: int) -> list[tuple[object, object]]:
    found = [(row["state"], row["error"]) for row in _rows(care, sender)]
    settled = len(found) == count and all(state != "pending" for state, _ in found)
    return found if settled else []


def _rows(care: ThreadedCare, sender: str) -> list[dict[str, object]]:
    return care.rows(
        "SELECT d.* FROM deliveries d JOIN conversations c ON c.id = d.conversation_id"
        f" WHERE c.sender = '{sender}' ORDER BY d.id"
    )
