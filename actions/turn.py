"""One turn as an action sees it: what was said, what is known, and how to answer."""

from collections.abc import Iterator
from typing import Any

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Tracker

Event = dict[str, Any]
Button = dict[str, str]


class Turn:
    """The customer's message, the conversation so far, and the answer being given."""

    def __init__(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> None:
        self.dispatcher = dispatcher
        self.tracker = tracker
        self.domain = domain
        self.refused = False

    # ---- answering ----

    def say(self, response: str, **values: Any) -> None:
        """Give the answer `response` of the domain, its placeholders filled from `values`."""
        self.dispatcher.utter_message(response=response, **values)

    def say_with(self, response: str, buttons: list[Button]) -> None:
        """Give the answer `response` with these buttons."""
        self.dispatcher.utter_message(response=response, buttons=buttons)

    def say_in_language(self, response: str) -> None:
        """Give `response` in the language of this message, also before the slot follows it."""
        chosen = self.variation(response)
        self.dispatcher.utter_message(
            text=chosen.get("text"), buttons=chosen.get("buttons") or [], utter_action=response
        )

    def effect(self, name: str, **fields: Any) -> None:
        """Ask the care server to do `name` (docs/developers/contracts.md lists them)."""
        self.dispatcher.utter_message(json_message={"careline": {"effect": name, **fields}})

    # ---- what was said now ----

    @property
    def sender(self) -> str:
        """The conversation's id."""
        return str(self.tracker.sender_id)

    @property
    def message(self) -> dict[str, Any]:
        """The message as understood: intent, entities, decision, passages, language."""
        return self.tracker.latest_message or {}

    @property
    def text(self) -> str:
        """What the customer wrote; '' where they pressed a button."""
        text = str(self.message.get("text") or "")
        return "" if text.startswith("/") else text

    @property
    def pressed(self) -> bool:
        """Whether the message is a button, not words."""
        return str(self.message.get("text") or "").startswith("/")

    @property
    def intent(self) -> str:
        """The recognised intent, '' without one."""
        return str((self.message.get("intent") or {}).get("name") or "")

    @property
    def candidates(self) -> list[dict[str, Any]]:
        """Likeliest intents, best first, as the decision lists them."""
        return list((self.message.get("decision") or {}).get("candidates") or [])

    @property
    def language(self) -> str:
        """Language of the message as detected ('en' where nothing is known)."""
        return str(self.message.get("language") or self.slot("language") or "en")

    @property
    def metadata(self) -> dict[str, Any]:
        """What the gateway says about the message (never the customer)."""
        for event in reversed(self.events):
            if event.get("event") == "user":
                return event.get("metadata") or self.message.get("metadata") or {}
        return self.message.get("metadata") or {}

    @property
    def internal(self) -> bool:
        """Whether a colleague asks, not a customer."""
        return bool(self.metadata.get("audience") == "internal")

    def entity(self, name: str) -> str | None:
        """The last value of an entity in this message."""
        found = [
            item["value"]
            for item in self.message.get("entities") or []
            if item.get("entity") == name and item.get("value")
        ]
        return str(found[-1]) if found else None

    # ---- what is known ----

    def slot(self, name: str) -> Any:
        """The value of a slot, None where unset or unknown."""
        return self.tracker.slots.get(name)

    @property
    def events(self) -> list[Event]:
        """The conversation's events, oldest first."""
        return list(self.tracker.events or [])

    @property
    def form(self) -> str | None:
        """The form that is being filled in."""
        name = (self.tracker.active_loop or {}).get("name")
        return str(name) if name else None

    @property
    def requested(self) -> str | None:
        """The slot that was asked for last."""
        value = self.slot("requested_slot")
        return str(value) if value else None

    def messages(self) -> list[Event]:
        """Events of the customer's messages, the present one first."""
        return [event for event in reversed(self.events) if event.get("event") == "user"]

    def intents_before(self) -> list[str]:
        """Intents of the customer's messages, the present one first."""
        return [
            str(((event.get("parse_data") or {}).get("intent") or {}).get("name") or "")
            for event in self.messages()
        ]

    @property
    def further_request(self) -> bool:
        """Whether this is a second request found in the same message as the one before."""
        asked = [event for event in self.events if event.get("event") == "user"][-2:]
        ids = {event.get("message_id") for event in asked}
        return len(asked) == 2 and len(ids) == 1 and None not in ids

    def said_before(self) -> list[str]:
        """Names of the answers between the previous message and this one, in order."""
        return [name for name, turn in self._answers() if turn == 1]

    def said_now(self) -> list[str]:
        """Names of the answers already given to this message."""
        return [name for name, turn in self._answers() if turn == 0]

    def said_since_form_began(self, *names: str) -> int:
        """How often any of these answers was given since the active form was opened."""
        count = 0
        for event in reversed(self.events):
            if event.get("event") == "active_loop" and event.get("name"):
                break
            count += _answer_name(event) in names
        return count

    def _answers(self) -> Iterator[tuple[str, int]]:
        turn, found = 0, []
        for event in reversed(self.events):
            if event.get("event") == "user":
                turn += 1
            if turn > 1:
                break
            if name := _answer_name(event):
                found.append((name, turn))
        return reversed(found)

    # ---- what the domain holds ----

    def variation(self, response: str) -> dict[str, Any]:
        """The variation of an answer that fits the message's language, else the plain one."""
        listed = (self.domain.get("responses") or {}).get(response) or [{}]
        for item in listed:
            wanted = {c.get("name"): c.get("value") for c in item.get("condition") or []}
            if wanted == {"language": self.language}:
                return dict(item)
        plain = [item for item in listed if not item.get("condition")]
        return dict((plain or listed)[0])

    def about(self, response: str, key: str) -> str:
        """A metadata entry (`title`, `offers`, …) of an answer, '' without one."""
        return str((self.variation(response).get("metadata") or {}).get(key) or "")

    def has_response(self, response: str) -> bool:
        """Whether the domain has this answer."""
        return bool((self.domain.get("responses") or {}).get(response))


def _answer_name(event: Event) -> str:
    if event.get("event") != "bot":
        return ""
    return str((event.get("metadata") or {}).get("utter_action") or "")
