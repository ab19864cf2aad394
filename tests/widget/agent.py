"""An agent at the desk's API: signs in, claims, replies, as the desk's browser app does."""

import json
from typing import Any

import requests
from websockets.sync.client import connect

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
        answer = self.http.post(path, json=body, timeout=60)
        assert answer.status_code < 300, answer.text

    def claim(self, conversation_id: int) -> None:
        """Take the conversation."""
        self.post(conversation_id, "claim")

    def types(self, conversation_id: int) -> None:
        """Write a reply for a moment, as the desk tells it: over its socket."""
        cookies = "; ".join(f"{one.name}={one.value}" for one in self.http.cookies)
        headers = {"Cookie": cookies, "Origin": self.url}
        address = f"{self.url.replace('http', 'ws')}/ws/desk"
        with connect(address, additional_headers=headers) as socket:
            socket.send(json.dumps({"type": "hello", "after": 0}))
            socket.recv(20)
            frame = {"type": "typing", "conversation_id": conversation_id, "mode": "reply"}
            socket.send(json.dumps(frame))
            socket.send(json.dumps({"type": "ping"}))
            while json.loads(socket.recv(20))["type"] != "pong":
                pass

    def reply(self, conversation_id: int, text: str) -> None:
        """Write to the customer."""
        self._keys += 1
        self.post(conversation_id, "replies", key=f"reply-{self._keys}-{id(self)}", text=text)
