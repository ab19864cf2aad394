"""A website customer over HTTP, as the widget is one: sends again with the same key until taken."""

import time
import uuid
from typing import Any

import requests


class WebCustomer:
    """One website session. `accepted`: what the server said 202 to, by key."""

    def __init__(self, url: str, **session: Any) -> None:
        self.url = url
        self.http = requests.Session()
        opened = self.http.post(f"{url}/api/widget/sessions", json=session, timeout=60)
        assert opened.status_code == 201, opened.text
        self.state: dict[str, Any] = opened.json()
        self.http.headers["Authorization"] = f"Bearer {self.state['token']}"
        self.accepted: dict[str, str] = {}

    @classmethod
    def again(cls, url: str, other: "WebCustomer") -> "WebCustomer":
        """The same session, on another server."""
        same = cls.__new__(cls)
        same.url, same.state, same.accepted = url, other.state, {}
        same.http = requests.Session()
        same.http.headers["Authorization"] = f"Bearer {other.state['token']}"
        return same

    def send(self, text: str, seconds: float = 60) -> str:
        """Send until accepted, with one key; returns the key."""
        return self._post({"text": text}, text, seconds)

    def press(self, token: str, seconds: float = 60) -> str:
        """Press a quick reply."""
        return self._post({"button": token}, token, seconds)

    def events(self, after: int = 0) -> list[dict[str, Any]]:
        """Events after a number, without waiting."""
        answer = self.http.get(
            f"{self.url}/api/widget/events", params={"after": after, "wait": 0}, timeout=10
        )
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["events"]
        return found

    def messages(self) -> list[dict[str, Any]]:
        """All messages, as the customer sees them."""
        return [
            event["data"]["message"]
            for event in self.events()
            if event.get("kind") == "message.created"
        ]

    def wait_for(self, author: str, count: int, seconds: float = 60) -> list[dict[str, Any]]:
        """Wait until there are `count` messages of an author; returns all messages."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.messages()
            if sum(1 for message in found if message["author"] == author) >= count:
                return found
            time.sleep(0.1)
        raise AssertionError([(m["author"], m["text"]) for m in self.messages()])

    def _post(self, body: dict[str, str], what: str, seconds: float) -> str:
        key, end = uuid.uuid4().hex, time.monotonic() + seconds
        while True:
            try:
                answer = self.http.post(
                    f"{self.url}/api/widget/messages", json={"key": key, **body}, timeout=10
                )
                if answer.status_code == 202:
                    self.accepted[key] = what
                    return key
                assert answer.status_code in (429, 503), answer.text
            except requests.RequestException:
                pass
            assert time.monotonic() < end, "never accepted"
            time.sleep(0.2)
