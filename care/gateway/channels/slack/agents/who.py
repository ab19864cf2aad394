"""Which agent a Slack user is: by e-mail address, a member of our own workspace, active."""

from care.gateway.channels.slack.people import People
from care.record.agents import Agent, find_agent
from care.record.record import Record


async def agent_of(record: Record, people: People, user: str) -> Agent | None:
    """The agent; None for everybody else, and where Slack does not say who it is."""
    person = await people.find(user)
    if person is None or not person.member or not person.email:
        return None
    agent = await record.read(find_agent, person.email)
    return agent if agent is not None and agent.active else None
