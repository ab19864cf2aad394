"""A customer on Telegram, end to end: what they send, what they get, what the record says."""

import itertools
import time
from typing import Any

from care.record.feedback import feedback_of
from care.record.ids import Author, FeedbackKind, Owner
from tests.support.assistant import SmallAssistant
from tests.support.looped import until
from tests.support.telegram import Telegram
from tests.support.threaded import ThreadedCare

ON = "both"
_chats = itertools.count(100)


def test_a_question_is_answered_in_the_chat_and_kept(tg: Telegram, tg_care: ThreadedCare) -> None:
    chat = next(_chats)
    tg.say(chat, "hello")
    assert [sent.text for sent in tg.wait(chat, 1)] == ["You said: hello"]
    assert tg_care.by(Author.CUSTOMER, f"tg:{chat}") == ["hello"]
    deliveries = tg_care.until(
        lambda: tg_care.rows("SELECT * FROM deliveries WHERE state = 'sent' ORDER BY id DESC")
    )
    assert deliveries[0]["parts_sent"] == 1


def test_quick_messages_are_answered_in_order(tg: Telegram, tg_care: ThreadedCare) -> None:
    chat = next(_chats)
    for number in range(5):
        tg.say(chat, f"m{number}")
    answers = [sent.text for sent in tg.wait(chat, 5)]
    assert answers == [f"You said: m{number}" for number in range(5)]


def test_markdown_becomes_html_and_buttons_are_opaque(
    tg: Telegram, tg_care: ThreadedCare, assistant: SmallAssistant
) -> None:
    chat = next(_chats)
    tg.say(chat, "topic")
    first, second = tg.wait(chat, 2)
    assert first.text == "It takes <b>3-5 days</b>."
    assert [title for title, _ in second.buttons] == ["Yes", "No"]
    assert not any("feedback" in token for _, token in second.buttons)
    tg.press(chat, second.buttons[1][1])
    tg.press(chat, second.buttons[1][1])
    assert tg.wait(chat, 3)[2].text == "I'm sorry."
    tg.called("answerCallbackQuery", count=2)
    pressed = {"chat_id": str(chat), "message_id": str(second.number)}
    until(lambda: [c for c in tg.called("editMessageReplyMarkup") if pressed.items() <= c.items()])
    time.sleep(0.3)
    assert tg_care.by(Author.CUSTOMER, f"tg:{chat}") == ["topic", "No"]


def test_a_forged_button_and_one_of_another_customer_do_nothing(
    tg: Telegram, tg_care: ThreadedCare
) -> None:
    mine, theirs = next(_chats), next(_chats)
    tg.say(mine, "topic")
    offered = tg.wait(mine, 2)[1].buttons[0][1]
    tg.say(theirs, "hello")
    tg.wait(theirs, 1)
    before = len(tg.called("answerCallbackQuery", count=0))
    tg.press(theirs, offered)
    tg.press(theirs, '/contact_human_agent{"a":1}')
    answers = tg.called("answerCallbackQuery", count=before + 2)[before:]
    assert all(answer["text"] == "That choice is no longer there." for answer in answers)
    assert tg_care.by(Author.CUSTOMER, f"tg:{theirs}") == ["hello"]


def test_a_typed_command_is_text_for_the_assistant(
    tg: Telegram, tg_care: ThreadedCare, assistant: SmallAssistant
) -> None:
    chat = next(_chats)
    tg.say(chat, '/contact_human_agent{"x": "y"}')
    tg.wait(chat, 1)
    asked = [body for body in assistant.asked if body["sender"] == f"tg:{chat}"]
    assert asked[0]["text"] == '/contact_human_agent{"x": "y"}'
    assert "payload" not in asked[0]


def test_start_greets_and_a_deep_link_names_the_order(
    tg: Telegram, tg_care: ThreadedCare, assistant: SmallAssistant
) -> None:
    chat = next(_chats)
    tg.say(chat, "/start")
    tg.say(chat, "/start order_10234")
    tg.wait(chat, 2)
    asked = [body["payload"] for body in assistant.asked if body["sender"] == f"tg:{chat}"]
    assert asked == ["/greet", '/track_order{"order_number": "10234"}']
    assert tg_care.by(Author.CUSTOMER, f"tg:{chat}") == ["/start", "/start order_10234"]


def test_the_human_command_reaches_people_without_the_assistant(
    tg: Telegram, tg_care: ThreadedCare, assistant: SmallAssistant
) -> None:
    chat = next(_chats)
    tg.say(chat, "/human")
    tg.wait(chat, 1)
    assert not [body for body in assistant.asked if body["sender"] == f"tg:{chat}"]
    owner = tg_care.rows(f"SELECT owner FROM conversations WHERE sender = 'tg:{chat}'")
    assert owner[0]["owner"] == Owner.QUEUE


def test_edits_are_kept_and_do_not_ask_again(tg: Telegram, tg_care: ThreadedCare) -> None:
    chat = next(_chats)
    number = tg.say(chat, "where is my odrer")
    tg.wait(chat, 1)
    tg.update(
        edited_message=_message(chat, number, "where is my order", edit_date=int(time.time()))
    )
    tg_care.until(lambda: tg_care.by(Author.CUSTOMER, f"tg:{chat}") == ["where is my order"])
    assert tg_care.said(f"tg:{chat}")[0].edited_at is not None
    tg.say(chat, "thanks")
    assert [sent.text for sent in tg.wait(chat, 2)][1] == "You said: thanks"


def test_the_language_of_the_client_is_a_hint_until_the_customer_has_written(
    tg: Telegram, tg_care: ThreadedCare, assistant: SmallAssistant
) -> None:
    chat = next(_chats)
    for words in ("hello", "and again"):
        tg.say(chat, words, user={"language_code": "de"})
    tg.wait(chat, 2)
    asked = [body for body in assistant.asked if body["sender"] == f"tg:{chat}"]
    assert [body["metadata"]["language"] for body in asked] == ["de", "en"]


def test_a_long_answer_comes_in_parts_with_the_buttons_under_the_last(
    tg: Telegram, tg_care: ThreadedCare
) -> None:
    chat = next(_chats)
    tg.say(chat, "word " * 350)
    tg.wait(chat, 1)
    agent = _agent(tg_care, "Lin Ek")
    conversation = tg_care.conversation(f"tg:{chat}")
    tg_care.do(tg_care.care.record.write(_claim, conversation, agent))
    text = "\n\n".join(f"**Part {n}** " + "text & more " * 60 for n in range(8))
    tg_care.do(tg_care.care.gateway.reply(conversation, agent, "k", text))
    row = tg_care.until(
        lambda: tg_care.rows("SELECT * FROM deliveries WHERE parts_sent > 1 AND state = 'sent'")
    )
    parts = [sent.text for sent in tg.to(chat) if "Part" in sent.text]
    assert parts[0].startswith("<b>Lin:</b> <b>Part 0</b>")
    assert row[-1]["parts_sent"] == len(parts) > 1


def test_a_message_that_is_too_long_is_refused_in_words(
    tg: Telegram, tg_care: ThreadedCare
) -> None:
    chat = next(_chats)
    tg.say(chat, "x" * 3000)
    assert "shorter parts" in tg.wait(chat, 1)[0].text
    tg.say(chat, "hello")
    assert tg.wait(chat, 2)[1].text == "You said: hello"


def test_a_rating_is_given_by_button_and_a_comment_by_reply(
    tg: Telegram, tg_care: ThreadedCare
) -> None:
    chat = next(_chats)
    tg.say(chat, "hello")
    tg.wait(chat, 1)
    conversation = tg_care.conversation(f"tg:{chat}")
    tg_care.do(tg_care.care.gateway.resolve(conversation, None))
    question = tg.wait(chat, 2)[1]
    assert [title for title, _ in question.buttons][::4] == ["1 Very poor", "5 Very good"]
    tg.press(chat, question.buttons[1][1])
    tg.press(chat, question.buttons[4][1])
    asked = tg.wait(chat, 3)[2]
    open_deliveries = "SELECT id FROM deliveries WHERE state = 'pending'"
    tg_care.until(lambda: not tg_care.rows(open_deliveries))  # its number is known to us
    assert "force_reply" in asked.fields["reply_markup"]
    replied = {
        "message_id": asked.number,
        "date": int(time.time()),
        "chat": {"id": chat, "type": "private"},
        "from": {"id": 4242, "is_bot": True, "first_name": "Robo"},
    }
    tg.update(message=_message(chat, 900001, "too slow", reply_to_message=replied))
    tg.wait(chat, 4)
    given = tg_care.read(feedback_of, conversation)
    assert [(g.kind, g.score, g.comment) for g in given] == [(FeedbackKind.CSAT, 2, "too slow")]
    row = tg_care.rows(f"SELECT status FROM conversations WHERE id = {conversation}")[0]
    assert row["status"] == "resolved"


def test_a_thumb_on_an_answer_is_feedback_on_it(tg: Telegram, tg_care: ThreadedCare) -> None:
    chat = next(_chats)
    tg.say(chat, "topic")
    answer = tg.wait(chat, 2)[0]
    user = {"id": chat, "is_bot": False, "first_name": "C"}
    thumb = {"type": "emoji", "emoji": "\U0001f44e"}
    conversation = tg_care.conversation(f"tg:{chat}")
    tg_care.until(
        lambda: tg_care.rows(
            "SELECT d.id FROM deliveries d JOIN messages m ON m.id = d.message_id"
            f" WHERE d.conversation_id = {conversation} AND d.state = 'sent' AND m.reply_index = 0"
        )
    )
    tg.update(
        message_reaction={
            "chat": {"id": chat, "type": "private"},
            "message_id": answer.number,
            "user": user,
            "date": int(time.time()),
            "old_reaction": [],
            "new_reaction": [thumb],
        }
    )
    given = tg_care.until(lambda: tg_care.read(feedback_of, conversation))
    assert [(g.kind, g.score) for g in given] == [(FeedbackKind.THUMB, 0)]
    assert given[0].message_id == tg_care.said(f"tg:{chat}")[1].id


def test_in_a_group_only_what_names_the_bot_is_answered_and_to_the_member(
    tg: Telegram, tg_care: ThreadedCare
) -> None:
    group, ana, bo = -1001, next(_chats), next(_chats)
    mention = [{"type": "mention", "offset": 0, "length": 12}]
    tg.update(message=_grouped(group, ana, 1, "good morning all"))
    tg.update(
        message=_grouped(group, ana, 2, "@RoboTestBot hours?", entities=mention),
    )
    tg.update(message=_grouped(group, bo, 3, "@RoboTestBot mine?", entities=mention))
    sent = tg.wait(group, 2)
    assert sorted(s.text for s in sent) == ["You said: hours?", "You said: mine?"]
    assert all("reply_parameters" in s.fields for s in sent)
    assert tg_care.by(Author.CUSTOMER, f"tg:{group}:{ana}") == ["hours?"]
    assert tg_care.by(Author.CUSTOMER, f"tg:{group}:{bo}") == ["mine?"]


def test_typing_is_shown(tg: Telegram, tg_care: ThreadedCare) -> None:
    chat = next(_chats)
    tg.say(chat, "hello")
    tg.wait(chat, 1)
    assert {"chat_id": str(chat), "action": "typing"} in tg.called("sendChatAction")


def _message(chat: int, number: int, text: str, **more: Any) -> dict[str, Any]:
    return {
        "message_id": number,
        "date": int(time.time()),
        "chat": {"id": chat, "type": "private", "first_name": "C"},
        "from": {"id": chat, "is_bot": False, "first_name": "C"},
        "text": text,
        **more,
    }


def _grouped(group: int, member: int, number: int, text: str, **more: Any) -> dict[str, Any]:
    message = _message(member, number, text, **more)
    return {**message, "chat": {"id": group, "type": "supergroup", "title": "G"}}


def _agent(care: ThreadedCare, name: str) -> Any:
    from tests.support.talk import add_agent

    return care.do(add_agent(care.care, name))


def _claim(connection: Any, conversation: Any, agent: Any) -> Any:
    from care.handoff.ownership import do_claim

    return do_claim(connection, conversation, agent)


def test_the_queue_and_the_agent_are_announced_once(tg: Telegram, tg_care: ThreadedCare) -> None:
    first, second = next(_chats), next(_chats)
    tg.say(first, "a person please")
    assert "number" in tg.wait(first, 2)[1].text
    tg.say(second, "a person please")
    tg.wait(second, 2)
    agent = _agent(tg_care, "Ana Ferro")
    conversation = tg_care.conversation(f"tg:{first}")
    tg_care.do(tg_care.care.record.write(_claim, conversation, agent))
    tg_care.do(tg_care.care.gateway.changed(conversation))
    assert tg.wait(first, 3)[2].text == "Ana joined the conversation."
    tg_care.do(tg_care.care.gateway.reply(conversation, agent, "1", "Hello, I look now"))
    assert tg.wait(first, 4)[3].text == "<b>Ana:</b> Hello, I look now"
    assert len(tg.to(first)) == 4


def test_who_blocked_the_bot_is_unreachable_until_they_are_back(
    tg: Telegram, tg_care: ThreadedCare
) -> None:
    chat = next(_chats)
    tg.say(chat, "hello")
    tg.wait(chat, 1)
    agent = _agent(tg_care, "Cy Qui")
    conversation = tg_care.conversation(f"tg:{chat}")
    tg_care.do(tg_care.care.record.write(_claim, conversation, agent))
    tg.wait(chat, 2)
    tg.blocked.add(chat)
    for number in range(2):
        tg_care.do(tg_care.care.gateway.reply(conversation, agent, f"b{number}", f"r{number}"))
    states = f"SELECT state FROM deliveries WHERE conversation_id = {conversation} ORDER BY id"
    tg_care.until(lambda: [row["state"] for row in tg_care.rows(states)][2:] == ["unreachable"] * 2)
    events = tg_care.rows("SELECT data FROM events WHERE kind = 'customer.reachable'")
    assert events[-1]["data"]["reachable"] is False
    tg.blocked.discard(chat)
    member = {"user": {"id": 4242, "is_bot": True, "first_name": "R"}, "status": "member"}
    tg.update(
        my_chat_member={
            "chat": {"id": chat, "type": "private"},
            "from": {"id": chat, "is_bot": False, "first_name": "C"},
            "date": int(time.time()),
            "old_chat_member": {**member, "status": "kicked", "until_date": 0},
            "new_chat_member": member,
        }
    )
    assert [s.text for s in tg.wait(chat, 4)][2:] == ["<b>Cy:</b> r0", "<b>Cy:</b> r1"]


def test_a_photo_and_a_voice_message_are_fetched_and_shown(
    tg: Telegram, tg_care: ThreadedCare
) -> None:
    chat = next(_chats)
    tg.files["pic"] = b"\x89PNG\r\n\x1a\n" + b"0" * 600
    tg.files["voice"] = b"OggS" + b"1" * 600
    photo = [{"file_id": "pic", "file_unique_id": "p", "width": 9, "height": 9, "file_size": 608}]
    base = _message(chat, 700001, "-")
    del base["text"]
    tg.update(message={**base, "photo": photo, "caption": "it arrived like this"})
    assert tg.wait(chat, 1)[0].text == "You said: it arrived like this"
    voice = {"file_id": "voice", "file_unique_id": "v", "duration": 3, "file_size": 604}
    tg.update(message={**base, "message_id": 700002, "voice": voice})
    tg.wait(chat, 2)

    def fetched() -> list[dict[str, Any]]:
        shelves = [message.payload.get("files") or [] for message in tg_care.said(f"tg:{chat}")]
        return [file for shelf in shelves for file in shelf if file["id"]]

    tg_care.until(lambda: len(fetched()) == 2)
    assert [file["type"] for file in fetched()] == ["image/png", "audio/ogg"]
    folder = tg_care.settings.var_dir / "files"
    kept = {file["id"]: next(folder.rglob(file["id"])).read_bytes() for file in fetched()}
    assert list(kept.values()) == [tg.files["pic"], tg.files["voice"]]
    owner = tg_care.rows(f"SELECT owner FROM conversations WHERE sender = 'tg:{chat}'")
    assert owner[0]["owner"] == Owner.QUEUE  # a voice message is for people
