"""A customer in Slack, end to end over Socket Mode: direct messages, threads, buttons, files."""

from typing import Any

from care.record.feedback import feedback_of
from care.record.ids import Author, FeedbackKind
from tests.support.assistant import SmallAssistant
from tests.support.looped import until
from tests.support.slack import Slack
from tests.support.slack_world import BOT_USER
from tests.support.threaded import ThreadedCare

ON = "both"
TEAM = "T000000001"


def test_a_direct_message_is_answered_and_kept(
    slack_team: Slack, slack_care: ThreadedCare, assistant: SmallAssistant
) -> None:
    room = slack_team.dm("ana")
    slack_team.say("ana", "mail <mailto:a@example.com|a@example.com> &amp; <https://x.example|x>")
    posted = slack_team.wait(room, 1)
    sender = f"sl:{TEAM}:{slack_team.users['ana']}"
    words = "mail a@example.com & x (https://x.example)"
    assert slack_care.by(Author.CUSTOMER, sender) == [words]
    assert [body["text"] for body in assistant.asked if body["sender"] == sender] == [words]
    assert posted[0].mrkdwn == "You said: mail a@example.com &amp; x (https://x.example)"
    context = slack_care.until(
        lambda: slack_care.rows("SELECT c.name FROM customers c WHERE c.name IS NOT NULL")
    )
    assert context[0]["name"] in ("ana", "Ana Field")
    query = f"SELECT context FROM conversations WHERE sender = '{sender}'"
    slack_care.until(lambda: slack_care.rows(query)[0]["context"].get("locale") == "de-DE")


def test_a_mention_and_its_twin_are_one_message_and_the_thread_goes_on(
    slack_team: Slack, slack_care: ThreadedCare
) -> None:
    room = slack_team.channels["help"]
    slack_team.say("bo", "nobody asked the bot", channel=room)
    root = slack_team.say("bo", f"<@{BOT_USER}> opening hours?", channel=room)
    assert slack_team.wait(room, 1, thread=root)[0].mrkdwn == "You said: opening hours?"
    slack_team.say("cy", "I think nine", channel=room, thread=root)
    slack_team.say("bo", "and on Sunday?", channel=room, thread=root)
    assert slack_team.wait(room, 2, thread=root)[1].mrkdwn == "You said: and on Sunday?"
    slack_team.say("cy", f"<@{BOT_USER}> and for me?", channel=room, thread=root)
    slack_team.wait(room, 3, thread=root)
    sender = f"sl:{TEAM}:{room}:{root}"
    assert slack_care.by(Author.CUSTOMER, sender) == ["opening hours?", "and on Sunday?"]
    other = f"{sender}:{slack_team.users['cy']}"
    assert slack_care.by(Author.CUSTOMER, other) == ["and for me?"]
    assert slack_team.to(room) == []


def test_buttons_are_tokens_and_retire_when_pressed(
    slack_team: Slack, slack_care: ThreadedCare
) -> None:
    room = slack_team.channels["help"]
    root = slack_team.say("cy", f"<@{BOT_USER}> topic", channel=room)
    offer = slack_team.wait(room, 2, thread=root)[-1]
    assert list(offer.buttons) == ["Yes", "No"]
    assert "feedback" not in str(offer.blocks)
    assert slack_team.press("ana", offer, "No") == 200
    until(lambda: [w for w in slack_team.whispers if w["user"] == slack_team.users["ana"]])
    assert slack_team.press("cy", offer, "No") == 200
    assert slack_team.press("cy", offer, "No") == 200
    assert slack_team.wait(room, 3, thread=root)[-1].mrkdwn == "I'm sorry."
    changed = until(lambda: [c for c in slack_team.called("chat.update") if c["ts"] == offer.ts])
    blocks = str(changed[-1]["blocks"])
    assert "actions" not in blocks
    assert "Chosen: No" in blocks
    assert slack_care.by(Author.CUSTOMER, f"sl:{TEAM}:{room}:{root}") == ["topic", "No"]


def test_edits_and_deletions_reach_the_record(slack_team: Slack, slack_care: ThreadedCare) -> None:
    room = slack_team.dm("dee")
    first = slack_team.say("dee", "first")
    second = slack_team.say("dee", "secret")
    slack_team.wait(room, 2)
    slack_team.as_user("dee", "chat.update", channel=room, ts=first, text="first, better")
    slack_team.as_user("dee", "chat.delete", channel=room, ts=second)
    sender = f"sl:{TEAM}:{slack_team.users['dee']}"

    def seen() -> list[tuple[str, bool, bool]]:
        said = [m for m in slack_care.said(sender) if m.author is Author.CUSTOMER]
        return [(m.text, m.edited_at is not None, m.deleted_at is not None) for m in said]

    wanted = [("first, better", True, False), ("secret", False, True)]
    slack_care.until(lambda: seen() == wanted)
    assert len(slack_team.to(room)) == 2  # an edit is not asked again


def test_a_rating_in_slack_with_a_comment_in_a_form(
    slack_team: Slack, slack_care: ThreadedCare
) -> None:
    room = slack_team.dm("dee")
    before = len(slack_team.to(room))
    slack_team.say("dee", "bye")
    slack_team.wait(room, before + 1)
    conversation = slack_care.conversation(f"sl:{TEAM}:{slack_team.users['dee']}")
    slack_care.do(slack_care.care.gateway.resolve(conversation, None))
    question = slack_team.wait(room, before + 2)[-1]
    assert next(iter(question.buttons)) == "1 Very poor"
    slack_team.press("dee", question, "2 Poor")
    asked = slack_team.wait(room, before + 3)[-1]
    slack_team.press("dee", asked, "Add a comment")
    view = until(lambda: slack_team.views)[-1]
    slack_team.submit("dee", view, comment="too slow")
    slack_team.submit("dee", view, comment="too slow")
    slack_team.wait(room, before + 4)
    given = slack_care.read(feedback_of, conversation)
    assert [(g.kind, g.score, g.comment) for g in given] == [(FeedbackKind.CSAT, 2, "too slow")]


def test_a_file_is_fetched_and_an_agents_file_is_sent(
    slack_team: Slack, slack_care: ThreadedCare
) -> None:
    room = slack_team.dm("ana")
    picture = b"\x89PNG\r\n\x1a\n" + b"7" * 500
    slack_team.share("ana", room, "broken.png", picture, "it is broken")
    sender = f"sl:{TEAM}:{slack_team.users['ana']}"

    def kept() -> list[dict[str, Any]]:
        shelves = [m.payload.get("files") or [] for m in slack_care.said(sender)]
        return [file for shelf in shelves for file in shelf if file["id"]]

    file = slack_care.until(kept)[0]
    assert (file["name"], file["type"]) == ("broken.png", "image/png")
    folder = slack_care.settings.var_dir / "files"
    assert next(folder.rglob(file["id"])).read_bytes() == picture


def test_a_thumb_in_slack_is_feedback(slack_team: Slack, slack_care: ThreadedCare) -> None:
    room = slack_team.dm("bo")
    slack_team.say("bo", "topic")
    answer = slack_team.wait(room, 2)[0]
    conversation = slack_care.conversation(f"sl:{TEAM}:{slack_team.users['bo']}")
    sent = f"SELECT id FROM deliveries WHERE conversation_id = {conversation} AND state = 'sent'"
    slack_care.until(lambda: len(slack_care.rows(sent)) == 2)
    slack_team.as_user("bo", "reactions.add", channel=room, timestamp=answer.ts, name="thumbsup")
    given = slack_care.until(lambda: slack_care.read(feedback_of, conversation))
    assert [(g.kind, g.score) for g in given] == [(FeedbackKind.THUMB, 1)]
