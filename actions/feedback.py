"""Feedback: thumbs, ratings with and without a comment, complaints and suggestions."""

import hashlib

from rasa_sdk.events import ActionExecutionRejected, SlotSet

from actions.base import CareAction, leave_form
from actions.ratings import rating_in
from actions.turn import Event, Turn

COMMENT_MAX = 1000
# A first message of this many words has told what happened; nobody is asked to say it twice.
TOLD_WORDS = 9
# What an answer to 'which number?' may be taken for.
UNCLEAR = ("nlu_fallback", "out_of_scope", "")
# A rating up to this is a bad one.
LOW = 2
# At most one rating is asked for in this many of the customer's messages.
RATING_PAUSE = 20


def give_thumb(turn: Turn, *, helpful: bool) -> list[Event]:
    """Record whether the answer helped; thank, or apologise and offer a person."""
    turn.effect("feedback", kind="thumb", score=int(helpful))
    turn.say("utter_glad_it_helped" if helpful else "utter_sorry_not_helpful")
    return []


class Helpful(CareAction):
    """The answer helped."""

    NAME = "action_feedback_helpful"

    async def act(self, turn: Turn) -> list[Event]:
        """Thumb up."""
        return give_thumb(turn, helpful=True)


class NotHelpful(CareAction):
    """The answer did not help."""

    NAME = "action_feedback_not_helpful"

    async def act(self, turn: Turn) -> list[Event]:
        """Thumb down, with the offer of a person."""
        return give_thumb(turn, helpful=False)


class Close(CareAction):
    """The customer needs nothing more: ask how it was, and say that the need is met."""

    NAME = "action_close"

    async def act(self, turn: Turn) -> list[Event]:
        """Ask for a rating, not too often; resolve where the customer said that this is all."""
        if not _rating_asked_lately(turn):
            turn.effect("ask_rating", kind="csat")
        if turn.intent == "nothing_else":
            turn.effect("resolved")
        return []


def _rating_asked_lately(turn: Turn) -> bool:
    seen = 0
    for event in reversed(turn.events):
        seen += event.get("event") == "user"
        if seen > RATING_PAUSE:
            return False
        custom = ((event.get("data") or {}).get("custom") or {}) if event else {}
        if (custom.get("careline") or {}).get("effect") == "ask_rating":
            return True
    return False


class ValidateRating(CareAction):
    """Reads the rating and the comment as customers give them."""

    NAME = "validate_rating_form"

    async def act(self, turn: Turn) -> list[Event]:
        """Take the rating as soon as it is known, so that it counts without a comment too."""
        if turn.requested == "rating_comment":
            return self._comment(turn)
        rating = rating_in(turn.entity("rating") or turn.text)
        if rating is not None:
            turn.effect("feedback", kind="csat", score=rating)
            return [
                SlotSet("rating", str(rating)),
                SlotSet("rating_comment", None),
                SlotSet("requested_slot", "rating_comment"),
            ]
        if turn.requested and turn.intent not in (*UNCLEAR, "give_rating"):
            return step_aside("rating_form", "rating")
        if turn.requested:
            turn.say("utter_rating_shape")
        return [SlotSet("rating", None), SlotSet("requested_slot", "rating")]

    @staticmethod
    def _comment(turn: Turn) -> list[Event]:
        if turn.intent in ("deny", "nothing_else"):
            return [SlotSet("rating_comment", ""), SlotSet("requested_slot", None)]
        comment = str(turn.slot("rating_comment") or "").strip()
        if turn.pressed or not comment:
            return step_aside("rating_form", "rating_comment")
        return [SlotSet("rating_comment", comment[:COMMENT_MAX]), SlotSet("requested_slot", None)]


class SubmitRating(CareAction):
    """The rating is complete."""

    NAME = "action_submit_rating"

    async def act(self, turn: Turn) -> list[Event]:
        """Add the comment to the rating; a bad one is answered with an offer."""
        score, comment = turn.slot("rating"), turn.slot("rating_comment")
        if not score:
            return []
        if comment:
            turn.effect("feedback", kind="csat", score=int(score), comment=comment, amends=True)
        turn.say("utter_rating_low" if int(score) <= LOW else "utter_rating_thanks")
        return [SlotSet("rating", None), SlotSet("rating_comment", None)]


class ValidateFeedback(CareAction):
    """Takes a complaint or suggestion in the customer's own words."""

    NAME = "validate_feedback_form"

    async def act(self, turn: Turn) -> list[Event]:
        """Take what was told; what the first message told already is not asked for again."""
        text = "" if turn.pressed else str(turn.slot("feedback_text") or "").strip()
        if turn.requested and (not text or _is_something_else(turn)):
            return step_aside("feedback_form", "feedback_text")
        told = bool(turn.requested) or len(text.split()) >= TOLD_WORDS
        return [
            SlotSet("feedback_text", text[:COMMENT_MAX] if told else None),
            SlotSet("requested_slot", None if told else "feedback_text"),
        ]


def _is_something_else(turn: Turn) -> bool:
    """Whether a message in the form is no account of what happened: a 'no', or a question."""
    question = turn.text.rstrip().endswith("?")
    topic = turn.about(f"utter_{turn.intent}", "kind") == "faq"
    return turn.intent in ("deny", "nothing_else") or (question and topic)


class AskFeedback(CareAction):
    """Asks what happened, or what should be better."""

    NAME = "action_ask_feedback_form_feedback_text"

    async def act(self, turn: Turn) -> list[Event]:
        """With understanding first."""
        suggested = feedback_kind(turn) == "suggestion"
        turn.say("utter_suggestion" if suggested else "utter_complaint")
        return []


class SubmitFeedback(CareAction):
    """The complaint or suggestion is told."""

    NAME = "action_submit_feedback"

    async def act(self, turn: Turn) -> list[Event]:
        """Record it; a complaint gets a reference and the offer of a person."""
        text = turn.slot("feedback_text")
        if not text:
            return []
        if feedback_kind(turn) == "suggestion":
            turn.effect("feedback", kind="suggestion", comment=text)
            turn.say("utter_suggestion_recorded")
            return [SlotSet("feedback_text", None)]
        reference = reference_of(turn)
        turn.effect("feedback", kind="complaint", comment=text, reference=reference)
        turn.say("utter_complaint_recorded", reference=reference)
        return []


def feedback_kind(turn: Turn) -> str:
    """`suggestion` or `complaint`: what the form was opened with, whatever was said in it."""
    opened = False
    for event in reversed(turn.events):
        opened = opened or (event.get("event"), event.get("name")) == (
            "active_loop",
            "feedback_form",
        )
        if opened and event.get("event") == "user":
            intent = ((event.get("parse_data") or {}).get("intent") or {}).get("name")
            return "suggestion" if intent == "suggestion" else "complaint"
    return "suggestion" if turn.intent == "suggestion" else "complaint"


def reference_of(turn: Turn) -> str:
    """A short reference for the customer; the same for the same message, so that replays agree."""
    asked = [event for event in turn.events if event.get("event") == "user"]
    message = str(asked[-1].get("message_id") or len(asked)) if asked else "0"
    digest = hashlib.sha256(f"{turn.sender}\n{message}".encode()).hexdigest()
    return f"C-{digest[:8].upper()}"


def step_aside(form: str, slot: str) -> list[Event]:
    """Leave the form and let the rules answer the message: it is about something else."""
    return [SlotSet(slot, None), *leave_form(), ActionExecutionRejected(form)]
