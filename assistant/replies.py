"""What a message means as the reply to what was said last.

'No, keep it' means little alone and much after 'Shall I cancel it?'. A reply is read by its first
words, and only where a question is open: the classifier never sees the question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from assistant.decide import ONLY_GIVEN
from assistant.evidence import FALLBACK, OUT_OF_SCOPE, intent_of
from assistant.later import PERSON

YES, NO, STOP, RATING = "affirm", "deny", "stop", "give_rating"
THANKS, UPSET, CALL = "thank", "frustrated", "request_callback"
ORDER_FORM = "order_form"
_GLAD = set("\U0001f44d\U0001f44c\U0001f64f\u2764\U0001f60a\U0001f642\U0001f600\U0001f60d\U0001f389")
_ANGRY = set("\U0001f621\U0001f92c\U0001f620\U0001f44e\U0001f624")
TASKS = (
    "track_order",
    "change_order",
    "change_shipping_address",
    "track_refund",
    "check_invoice",
    "get_invoice",
)
CANCEL = "cancel_order"
ORDER_TASKS = (*TASKS, CANCEL)
_REASON = "it replies to what was asked"
_HELPED = "utter_did_that_help"
_NOTE = "utter_offer_to_note"
_ASKED_BACK = "utter_ask_back"
_SOMETHING_ELSE = "/nlu_fallback"
_ABOUT_NUMBER = "utter_about_number"
# Answers that ask for the number of an order, to look where it is.
_NUMBER_WELCOME = {
    "utter_still_waiting",
    "utter_delivery_period",
    "utter_track_order",
    "utter_order_without_number_person",
    "utter_delivery_missed",
}
_STARS = re.compile(r"\b([1-5])\s?(?:stars?\b|/\s?5\b|(?:out )?of (?:5|five)\b)", re.IGNORECASE)

_YES = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|well|oh)\W+)?(?:yes|yep|yeah|yup|yea|ya|sure|correct|exactly|absolutely"
    r"|definitely|of course|please do|go ahead|do it|do so|confirm(?:ed)?|that'?s right|i do"
    r"|i am sure|i'?m sure|ja|si|sí|oui|sim)\b",
    re.IGNORECASE,
)
_NO = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|well|oh|actually|sorry|hm+|then)\W+){0,2}(?:no|nope|nah|not|don'?t|do not|keep"
    r"|rather not|better not|leave it|wait|nein|non|não)\b",
    re.IGNORECASE,
)
_NEVER_MIND = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|well|oh|actually|no|sorry|hm+|ah)\W+){0,3}(?:never ?mind|nevermind"
    r"|forget (?:it|that|about it)|leave it|drop it|don'?t bother|(?:i(?:'ve| have)? )?changed my mind"
    r"|no wait|wait no|not any ?more|stop (?:it|that|this)|let'?s stop)\b",
    re.IGNORECASE,
)
_LACKS = re.compile(
    r"\b(?:don'?t|do not|can'?t|cannot|didn'?t|never|couldn'?t|haven'?t)\b.{0,24}?"
    r"\b(?:have|find|know|remember|got|get|recall|see)\b|\blost (?:it|the|that)\b"
    r"|\bno (?:idea|clue|(?:order )?number)\b|\bwithout (?:the |a )?number\b"
    r"|\bwhere (?:is|do i find|can i find|would i find) (?:it|that|the (?:order )?number)\b",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b(?:menschen?|mitarbeiter(?:in)?|berater(?:in)?|kundendienst|jemande?[mn]|persona|humano|agente"
    r"|asesora?|humain|conseill(?:er|ère)|quelqu'un|operatore|qualcuno|umano|pessoa|atendente"
    r"|alguém|alguien)\b",
    re.IGNORECASE,
)
_FEW_WORDS = 6


@dataclass(frozen=True)
class Open:
    """What waits for a reply: the slot that a form asks for, the names of what was said last, the
    payloads of its buttons, and whether it offers something."""

    requested: str | None = None
    form: str | None = None
    said: Sequence[str] = ()
    payloads: Sequence[str] = ()
    offers: bool = False

    @property
    def yes_or_no(self) -> bool:
        """Whether a plain yes or no answers it."""
        return self.offers or _HELPED in self.said or self.requested == "confirmed"


@dataclass(frozen=True)
class Reply:
    """The message as it is to be understood; `leaves`: the form that waits is given up first."""

    parsed: Mapping[str, Any]
    leaves: bool = False


def open_question(tracker: DialogueStateTracker, domain: Domain) -> Open:
    """What the last answer asked."""
    said = list(_said_last(tracker))
    names = [str(event.metadata.get("utter_action") or "") for event in said]
    buttons = [b for event in said for b in (event.data or {}).get("buttons") or []]
    slot = tracker.slots.get(REQUESTED_SLOT)
    return Open(
        slot.value if slot else None,
        tracker.active_loop_name,
        names,
        [str(button.get("payload") or "") for button in buttons],
        any(_offers(name, domain) for name in names),
    )


def as_reply(text: str, parsed: Mapping[str, Any], asked: Open) -> Reply:
    """The message read as a reply; unchanged where it is none.

    Args:
        text: what the customer wrote.
        parsed: how it was understood by itself.
        asked: what waits for a reply.
    """
    decision = parsed.get("decision") or {}
    answered = intent_of(parsed) not in (FALLBACK, OUT_OF_SCOPE)
    if decision.get("reason") == "language" and len(text.split()) > 1:
        return Reply(_as(parsed, PERSON)) if _PERSON.search(text) else Reply(parsed)
    if asked.form not in (None, ORDER_FORM):
        return Reply(parsed)
    if asked.form == ORDER_FORM:
        return _in_order_form(text, parsed, asked, answered)
    if answered and intent_of(parsed) not in (YES, NO):
        return Reply(parsed)
    if _NOTE in asked.said and (rated := _rated(text, parsed)):
        return Reply({**_as(parsed, RATING), "entities": rated})
    if decision.get("reason") == ONLY_GIVEN and _of_an_order(parsed, asked):
        return Reply(_as(parsed, TASKS[0]))
    if decision.get("reason") == ONLY_GIVEN and _entity(parsed, "phone"):
        return Reply(_as(parsed, CALL))
    if felt := _felt(text):
        return Reply(_as(parsed, felt if felt != YES or asked.yes_or_no else THANKS))
    yes = bool(_YES.match(text)) and intent_of(parsed) in (YES, FALLBACK, OUT_OF_SCOPE)
    topics = [p for p in asked.payloads if p != _SOMETHING_ELSE]
    if yes and _ASKED_BACK in asked.said and len(topics) == 1:
        return Reply(_as(parsed, topics[0].lstrip("/")))
    if asked.yes_or_no and not answered:
        if _YES.match(text):
            return Reply(_as(parsed, YES))
        if _NO.match(text):
            return Reply(_as(parsed, NO))
    return Reply(parsed)


def _felt(text: str) -> str | None:
    """What a message of nothing but little pictures says."""
    signs = set(text) - set(" \ufe0f\u200d")
    if not signs or any(c.isalnum() for c in signs):
        return None
    if signs & _ANGRY:
        return UPSET
    return YES if signs & _GLAD else None


def _of_an_order(parsed: Mapping[str, Any], asked: Open) -> bool:
    """Whether a bare number, or address after a number, can only be meant for looking it up."""
    if _entity(parsed, "order_number"):
        return bool(_NUMBER_WELCOME & set(asked.said))
    return _ABOUT_NUMBER in asked.said and _entity(parsed, "email")


def _rated(text: str, parsed: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The entities with the rating that a message holds; none without a rating."""
    entities = list(parsed.get("entities") or [])
    if _entity(parsed, "rating"):
        return entities
    stars = _STARS.search(text)
    return [*entities, {"entity": "rating", "value": stars[1]}] if stars else []


def _in_order_form(text: str, parsed: Mapping[str, Any], asked: Open, answered: bool) -> Reply:
    name = intent_of(parsed)
    if _NEVER_MIND.match(text):
        if answered and len(text.split()) > _FEW_WORDS and name not in (STOP, NO, YES):
            return Reply(parsed, leaves=True)
        return Reply(_as(parsed, NO if asked.requested == "confirmed" else STOP))
    if asked.requested == "confirmed":
        return _confirming(text, parsed, answered)
    given = _entity(parsed, "order_number") or _entity(parsed, "email")
    lacks = asked.requested == "order_number" and not given and _LACKS.search(text)
    if lacks and not (answered and name in ORDER_TASKS):
        return Reply(_as(parsed, NO))
    return Reply(parsed)


def _confirming(text: str, parsed: Mapping[str, Any], answered: bool) -> Reply:
    """Yes or no to what was read back, and what is asked besides."""
    said = YES if _YES.match(text) or _felt(text) == YES else NO if _NO.match(text) else None
    name = intent_of(parsed)
    if said is None or name == said:
        return Reply(parsed)
    if not answered or name in (YES, NO, STOP, CANCEL) or len(text.split()) < 4:
        return Reply(_as(parsed, said))
    besides = {"intent": name, "entities": parsed.get("entities") or []}
    if said == NO and name in TASKS:
        # 'No, change the address instead' is the next task, and says itself that this one ends.
        return Reply(parsed)
    also = [besides, *(r for r in parsed.get("also") or [] if r["intent"] != said)]
    return Reply({**_as(parsed, said), "also": also})


def _as(parsed: Mapping[str, Any], intent: str) -> dict[str, Any]:
    """The same message, understood as `intent`."""
    named = {"name": intent, "confidence": 1.0}
    decision = {**(parsed.get("decision") or {}), "kind": "answer", "intent": intent}
    decision.update(confidence=1.0, reason=_REASON)
    ranking = [r for r in parsed.get("intent_ranking") or [] if r.get("name") != intent]
    return {
        **parsed,
        "intent": named,
        "intent_ranking": [named, *ranking],
        "decision": decision,
        "also": [],
    }


def _entity(parsed: Mapping[str, Any], kind: str) -> bool:
    return any(e.get("entity") == kind for e in parsed.get("entities") or [])


def _said_last(tracker: DialogueStateTracker) -> Iterator[BotUttered]:
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return
        if isinstance(event, BotUttered):
            yield event


def _offers(name: str, domain: Domain) -> bool:
    if name.startswith("utter_decline_"):
        return True
    listed = domain.responses.get(name) or []
    return any((one.get("metadata") or {}).get("offers") for one in listed)
