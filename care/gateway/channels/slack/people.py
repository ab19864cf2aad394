"""Who a Slack user is: asked once an hour, never longer than Slack waits for our answer."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from time import monotonic
from typing import Any

from slack_sdk.errors import SlackApiError

from care.background import end
from care.gateway.channels.slack.client import NETWORK, Client

PATIENCE = 1.8
"""Seconds to wait for Slack's word on a person, within the three that Slack waits for ours."""
FRESH = 3600.0
MOST = 5000


@dataclass(frozen=True, slots=True)
class Person:
    """What Slack says of a user. `member`: belongs to our own workspace, not as a guest."""

    user: str
    name: str | None = None
    email: str | None = None
    locale: str | None = None
    member: bool = False
    bot: bool = False

    @property
    def context(self) -> dict[str, Any]:
        """The client's language, as a hint."""
        return {"locale": self.locale} if self.locale else {}


class People:
    """Remembers persons for an hour, in this process."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._known: OrderedDict[str, tuple[float, Person]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Person | None]] = {}

    def known(self, user: str) -> Person | None:
        """The person, if asked lately."""
        found = self._known.get(user)
        return found[1] if found and monotonic() - found[0] < FRESH else None

    async def find(self, user: str, patience: float = PATIENCE) -> Person | None:
        """The person; None where Slack does not say so in time (it is asked on)."""
        if (person := self.known(user)) is not None:
            return person
        task = self._asking.get(user)
        if task is None:
            task = self._asking[user] = asyncio.create_task(self._ask(user))
            task.add_done_callback(lambda _: self._asking.pop(user, None))
        try:
            return await asyncio.wait_for(asyncio.shield(task), patience)
        except TimeoutError:
            return None

    def forget(self, user: str) -> None:
        """The person has changed."""
        self._known.pop(user, None)

    async def stop(self) -> None:
        """Leave questions under way."""
        await end(self._asking.values())

    async def _ask(self, user: str) -> Person | None:
        try:
            answer = await self.client.web.users_info(user=user, include_locale=True)
        except (SlackApiError, *NETWORK):
            return None
        person = _person(user, answer.get("user") or {}, self.client.team)
        self._known[user] = (monotonic(), person)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return person


def _person(user: str, found: dict[str, Any], team: str | None) -> Person:
    profile = found.get("profile") or {}
    name = profile.get("display_name") or profile.get("real_name") or found.get("real_name")
    outside = ("is_restricted", "is_ultra_restricted", "is_stranger", "is_bot", "deleted")
    member = bool(team) and found.get("team_id") == team
    locale = found.get("locale")
    return Person(
        user,
        name=str(name)[:200] if name else None,
        email=str(profile["email"]) if profile.get("email") else None,
        locale=str(locale).replace("_", "-") if locale else None,
        member=member and not any(found.get(mark) for mark in outside),
        bot=bool(found.get("is_bot")),
    )
