"""One care server on one database for all tests here, with people and conversations for each."""

import itertools
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from care.record.agents import Role, do_add_agent, do_change_agent, do_sign_in
from care.record.events import last_seq
from care.record.ids import AgentId, ConversationId, TeamId
from care.record.record import Record, now
from care.record.schema import audit, conversations, customers, events
from care.record.teams import do_add_team
from tests.care.desk.colleague import Colleague
from tests.support.desk import new_conversation, new_waiting
from tests.support.threaded import ThreadedCare

_numbers = itertools.count(1)


@dataclass
class Office:
    """The server and ways to fill it. Nothing of an earlier test is in what a new team sees."""

    server: ThreadedCare

    @property
    def url(self) -> str:
        """Public address."""
        return self.server.url

    @property
    def record(self) -> Record:
        """The record that the server works on."""
        return self.server.care.record

    def colleague(
        self,
        role: Role = Role.AGENT,
        sight: str = "all",
        teams: tuple[TeamId, ...] = (),
        password_hash: str | None = None,
    ) -> Colleague:
        """A new agent, signed in."""
        number = next(_numbers)
        name, email = f"Agent {number}", f"agent{number}@desk.example"

        def add(connection: Connection) -> AgentId:
            settings = {"sight": sight}
            new = do_add_agent(connection, email, name, role, password_hash, settings, teams)
            do_change_agent(connection, new, capacity=100)
            return new

        new = self.record.write_now(add)
        return Colleague(self.url, new, name, email, self.sign_in(new))

    def sign_in(self, agent_id: AgentId) -> str:
        """One more session of an agent."""
        return self.record.write_now(do_sign_in, agent_id, "A test", 12)

    def team(self) -> TeamId:
        """A new team."""
        return self.record.write_now(do_add_team, f"Team {next(_numbers)}")

    def waiting(self, **values: Any) -> ConversationId:
        """A conversation that waits for people."""
        found = new_waiting(self.record, f"web:guest{next(_numbers)}", **values)
        self.wake()
        return found

    def of_bot(self, said: str = "hello", **values: Any) -> ConversationId:
        """A conversation that the bot has."""
        return new_conversation(self.record, f"web:guest{next(_numbers)}", said, **values)

    def crowd(self, count: int, **values: Any) -> list[ConversationId]:
        """Many waiting conversations at once, without words."""
        time = now()

        def fill(connection: Connection) -> list[ConversationId]:
            person = insert(customers).values(name="Crowd", created_at=time, last_seen_at=time)
            customer = connection.execute(person.returning(customers.c.id)).scalar_one()
            rows = [
                {
                    "sender": f"web:crowd{next(_numbers)}",
                    "customer_id": customer,
                    "channel": "web",
                    "owner": "queue",
                    "priority": ("urgent", "high", "normal", "low")[number % 4],
                    "opened_at": time,
                    "last_message_at": time,
                    "waiting_since": time,
                    **values,
                }
                for number in range(count)
            ]
            connection.execute(insert(conversations), rows)
            mine = select(conversations.c.id).where(conversations.c.customer_id == customer)
            return [ConversationId(one) for one in connection.execute(mine).scalars()]

        return self.record.write_now(fill)

    def wake(self) -> None:
        """Tell the server that the record was changed from outside."""
        self.server.do(self.server.care.bus.wake(None))

    def last_seq(self) -> int:
        """Number of the newest event."""
        return self.record.read_now(last_seq)

    def audited(self, conversation_id: int) -> list[tuple[int | None, str]]:
        """Who did what in a conversation, oldest first."""
        query = (
            select(audit.c.agent_id, audit.c.action)
            .where(audit.c.target == f"conversation:{conversation_id}")
            .order_by(audit.c.id)
        )
        return self.record.read_now(lambda c: [(r.agent_id, r.action) for r in c.execute(query)])

    def kinds(self, conversation_id: int) -> list[str]:
        """The kinds of a conversation's events, oldest first."""
        query = select(events.c.kind).where(events.c.conversation_id == conversation_id)
        query = query.order_by(events.c.seq)
        return self.record.read_now(lambda c: list(c.execute(query).scalars()))
