"""Looking at the support channel as agents do: cards, their threads, what only one of them sees."""

from care.record.ids import ConversationId
from tests.support.looped import until
from tests.support.slack import Slack
from tests.support.slack_world import Posted


def card_of(team: Slack, conversation: ConversationId) -> Posted:
    """The card of a conversation, once its transcript is told."""
    support = team.channels["support"]
    mark = f"#{conversation}"

    def found() -> list[Posted]:
        return [p for p in team.to(support) if p.mrkdwn.split("\n")[0].endswith(mark)]

    card = until(found)[0]
    team.wait(support, 1, thread=card.ts)
    return card


def whispers_to(team: Slack, user: str) -> list[str]:
    """What only this person was told."""
    return [w["text"] for w in team.whispers if w["user"] == team.users[user]]
