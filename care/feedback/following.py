"""What follows from feedback by itself: a case for what must be acted on, the NPS question.

`FeedbackFollower(record, bus, changed)` reads every `feedback.received` event once, whatever channel
it came from.
"""

from collections.abc import Iterable

from sqlalchemy import Connection

from care.bus import Bus
from care.feedback.recovery import do_open_case, needs_case
from care.feedback.surveys import ASKED, nps_due
from care.gateway.answer import do_ask_rating
from care.record.events import Event
from care.record.follower import Changed, Follower
from care.record.ids import ConversationId, FeedbackId, FeedbackKind
from care.record.record import Record

NAME = "feedback"


class FeedbackFollower(Follower):
    """Opens cases and asks for recommendations."""

    def __init__(self, record: Record, bus: Bus, changed: Changed) -> None:
        super().__init__(record, bus, NAME, act_on, changed)


def act_on(connection: Connection, found: list[Event]) -> Iterable[ConversationId]:
    """Act on each feedback of a batch; returns the conversations that changed."""
    changed = []
    for event in found:
        if event.kind != "feedback.received" or event.conversation_id is None:
            continue
        kind, score = str(event.data.get("kind")), event.data.get("score")
        if needs_case(kind, score):
            do_open_case(connection, FeedbackId(event.data["feedback_id"]))
            changed.append(event.conversation_id)
        elif kind in ASKED and nps_due(connection, event.conversation_id):
            do_ask_rating(connection, event.conversation_id, FeedbackKind.NPS)
            changed.append(event.conversation_id)
    return changed
