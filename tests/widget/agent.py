"""An agent at the desk's API: signs in, claims, replies, as the desk's browser app does."""

from typing import Any

import requests

from tests.support.server import CareServer


class DeskAgent:
    """The owner of the care server, signed in."""

    def __init__(self, server: CareServer) -> None:
        assert server.owner is not None
        email, password = server.owner
        self.url = server.url
        self.http = requests.Session()
        self.http.headers.update({"X-Careline": "desk", "Origin": server.url})
        form = {"email": email, "password": password}
        answer = self.http.post(
            f"{self.url}/desk/sign-in", data=form, allow_redirects=False, timeout=20
        )
        assert answer.status_code == 303, answer.text
        self._keys = 0

    def post(self, conversation_id: int, action: str, **body: Any) -> None:
        """One action on a conversation."""
        path = f"{self.url}/api/desk/conversations/{conversation_id}/{action}"
        answer = self.http.post(path, json=body, timeout=20)
        assert answer.status_code < 300, answer.text

    def claim(self, conversation_id: int) -> None:
        """Take the conversation."""
        self.post(conversation_id, "claim")

    def reply(self, conversation_id: int, text: str) -> None:
        """Write to the customer."""
        self._keys += 1
        self.post(conversation_id, "replies", key=f"reply-{self._keys}-{id(self)}", text=text)
