"""What every action has in common: it is timed, logged, and never leaves silence behind."""

import logging
import time
import traceback
from abc import ABC, abstractmethod

from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.turn import Event, Turn

log = logging.getLogger(__name__)


class CareAction(Action, ABC):
    """An action that reports its outcome and duration, and apologises when it fails.

    Subclasses give `NAME` and `act`. An exception in `act` becomes an apology with the offer of a
    person, an active form is closed, and only the kind of error is logged: messages of exceptions
    can hold what the customer wrote.
    """

    NAME = ""

    def name(self) -> str:
        """The name in domain.yml."""
        return self.NAME

    @abstractmethod
    async def act(self, turn: Turn) -> list[Event]:
        """Do the work; returns the events for the tracker."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[Event]:
        """Run `act`, report it, and turn a failure into an apology."""
        turn = Turn(dispatcher, tracker, dict(domain))
        began = time.perf_counter()
        try:
            events = await self.act(turn)
        except Exception as error:
            log.error("%s failed: %s", self.NAME, _place_of(error))
            dispatcher.messages.clear()
            turn.say("utter_action_failed")
            self._report(turn, "failed", began, type(error).__name__)
            return [*leave_form(), SlotSet("task", None)]
        self._report(turn, "refused" if turn.refused else "ok", began)
        return events

    def _report(self, turn: Turn, outcome: str, began: float, error: str | None = None) -> None:
        spent = round((time.perf_counter() - began) * 1000, 1)
        fields = {"action": self.NAME, "outcome": outcome, "duration_ms": spent}
        turn.effect("interaction", **fields, **({"error": error} if error else {}))


def leave_form() -> list[Event]:
    """Events that end whatever form is active, and what waited for it."""
    return [ActiveLoop(None), SlotSet("requested_slot", None), SlotSet("later", None)]


def _place_of(error: BaseException) -> str:
    """Kind and place of an error, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
