"""A believable past in a record: conversations, handoffs, ratings, thumbs, over several weeks."""

import random
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, update

from care.feedback.recovery import do_close_case, do_open_case
from care.gateway.answer import do_ask_rating
from care.handoff.ownership import do_claim, do_hand_back, do_request_handoff, do_resolve
from care.record.agents import Role, do_add_agent
from care.record.conversations import do_current_or_open
from care.record.customers import do_find_or_add_customer
from care.record.events import do_add_event
from care.record.feedback import do_add_feedback
from care.record.handoffs import do_mark_first_reply
from care.record.ids import AgentId, Author, ConversationId, FeedbackKind, HandoffReason, MessageId
from care.record.messages import Draft, do_add_message, do_finish_message
from care.record.record import Record, now
from care.record.schema import (
    conversations,
    events,
    feedback,
    handoffs,
    messages,
)

TOPICS = ("delivery_time", "return_how", "refund_when", "payment_ways", "opening_hours")
QUESTIONS = (
    "Do you deliver to the islands?",
    "do you deliver to islands please",
    "Can I rent a sofa?",
    "is renting a sofa possible",
    "Which wood is the table made of?",
)


class History:
    """Writes the past in order, with a seeded dice; the same seed gives the same past."""

    def __init__(self, record: Record, seed: int = 1, days: int = 20) -> None:
        self.record = record
        self.dice = random.Random(seed)
        self.clock = now() - timedelta(days=days)
        self.agents = [
            record.write_now(do_add_agent, f"a{number}-{seed}@example.com", f"Agent {number}", role)
            for number, role in enumerate((Role.OWNER, Role.AGENT))
        ]

    def write(self, count: int) -> list[ConversationId]:
        """Add `count` conversations."""
        return [self.record.write_now(self._conversation, number) for number in range(count)]

    def _conversation(self, connection: Connection, number: int) -> ConversationId:
        dice, who = self.dice, f"web:{self.dice.randrange(10)}"
        customer = do_find_or_add_customer(connection, "web", who)
        sender = f"{who}-{number}-{dice.random()}"
        found = do_current_or_open(connection, sender, customer, dice.choice(("web", "telegram")))
        self.clock += timedelta(hours=dice.uniform(1, 13))
        start = self.clock
        turns = [self._turn(connection, found.id) for _ in range(dice.randint(1, 3))]
        if dice.random() < 0.4:
            self._people(connection, found.id)
        if dice.random() < 0.6:
            do_ask_rating(connection, found.id, FeedbackKind.CSAT)
        self._judge(connection, found.id, turns)
        if dice.random() < 0.5:
            do_resolve(connection, found.id, None)
        self._spread(connection, found.id, start)
        return found.id

    def _turn(self, connection: Connection, where: ConversationId) -> MessageId:
        dice, topic = self.dice, self.dice.choice(TOPICS)
        lost = dice.random() < 0.2
        words = dice.choice(QUESTIONS) if lost else f"about {topic}"
        asked, _ = do_add_message(
            connection, where, "web", Draft(author=Author.CUSTOMER, text=words, state="accepted")
        )
        if lost:
            data = {"message_id": asked, "candidates": []}
            do_add_event(connection, "question.unanswered", where, data, public=False)
        answer, _ = do_add_message(
            connection,
            where,
            "web",
            Draft(
                author=Author.BOT,
                text="…",
                reply_to=asked,
                reply_index=0,
                payload={"response": f"utter_{topic}", "metadata": {"kind": "faq"}},
            ),
        )
        intent = "nlu_fallback" if lost else topic
        do_finish_message(connection, asked, intent=intent, confidence=0.9, understanding={})
        return answer

    def _people(self, connection: Connection, where: ConversationId) -> None:
        dice, agent = self.dice, AgentId(self.dice.choice(self.agents))
        do_request_handoff(connection, where, dice.choice(list(HandoffReason)))
        if dice.random() < 0.8:
            do_claim(connection, where, agent)
            for _ in range(dice.randint(0, 3)):
                self._say(connection, where, Author.AGENT, agent)
                do_mark_first_reply(connection, where)
                self._say(connection, where, Author.CUSTOMER)
            end = dice.random()
            if end < 0.4:
                do_resolve(connection, where, agent)
            elif end < 0.6:
                do_hand_back(connection, where, agent)

    def _say(
        self,
        connection: Connection,
        where: ConversationId,
        author: Author,
        agent: AgentId | None = None,
    ) -> None:
        do_add_message(connection, where, "web", Draft(author=author, text="…", agent_id=agent))

    def _judge(
        self, connection: Connection, where: ConversationId, answers: list[MessageId]
    ) -> None:
        dice = self.dice
        if dice.random() < 0.5:
            thumb = int(dice.random() < 0.7)
            do_add_feedback(
                connection, where, FeedbackKind.THUMB, thumb, message_id=dice.choice(answers)
            )
        for kind, scores in (("csat", (1, 5)), ("ces", (1, 5)), ("nps", (0, 10))):
            if dice.random() < 0.4:
                score = dice.randint(*scores)
                given = do_add_feedback(connection, where, FeedbackKind(kind), score)
                if kind == "csat" and score <= 2:
                    case = do_open_case(connection, given)
                    if dice.random() < 0.5:
                        do_close_case(connection, case.id, self.agents[0], "done")
        if dice.random() < 0.1:
            words = dice.choice(("The parcel was late again", "parcel late again!"))
            do_add_feedback(connection, where, FeedbackKind.COMPLAINT, None, words)

    def _spread(self, connection: Connection, where: ConversationId, start: datetime) -> None:
        """Move everything that happened just now to the past, one step after the other."""
        moments: list[tuple[datetime, Any, Any, str]] = []
        for table, names in (
            (messages, ("created_at",)),
            (feedback, ("created_at",)),
            (events, ("created_at",)),
            (handoffs, ("requested_at", "claimed_at", "first_reply_at", "ended_at")),
        ):
            key = table.c.seq if table is events else table.c.id
            rows = connection.execute(table.select().where(table.c.conversation_id == where))
            for row in rows.all():
                for name in names:
                    at = row._mapping[name]
                    if at is not None:
                        moments.append((at, table, key == row._mapping[key.name], name))
        moments.sort(key=lambda item: item[0])
        opened = {"opened_at": start, "last_message_at": start}
        at, last = start, None
        for was, table, here, name in moments:
            if was != last:
                at, last = at + timedelta(seconds=self.dice.uniform(0.5, 400)), was
            connection.execute(update(table).where(here).values(**{name: at}))
        resolved = update(conversations).where(conversations.c.id == where)
        connection.execute(resolved.values(**opened))
        done = resolved.where(conversations.c.resolved_at.is_not(None))
        connection.execute(done.values(resolved_at=at))
