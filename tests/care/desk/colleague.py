"""An agent as a program: calls of the desk's API and its socket, with a session of their own."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from care.record.ids import AgentId


@dataclass
class Colleague:
    """One signed-in agent."""

    url: str
    id: AgentId
    name: str
    email: str
    token: str
    http: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        """What a browser with the desk open sends."""
        self.http.headers.update({**self.cookie, "X-Careline": "desk", "Origin": self.url})

    @property
    def cookie(self) -> dict[str, str]:
        """The session as a header."""
        return {"Cookie": f"careline_desk={self.token}"}

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        """A call of the API, as it is answered."""
        url = f"{self.url}/api/desk{path}"
        if body is not None:
            more["json"] = body
        return self.http.request(method, url, timeout=60, **more)

    def get(self, path: str, **params: Any) -> Any:
        """What a call that must succeed answers."""
        answer = self.call("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def do(self, path: str, method: str = "POST", **body: Any) -> Any:
        """An action that must succeed."""
        answer = self.call(method, path, body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def refused(self, path: str, method: str = "POST", **body: Any) -> tuple[int, str]:
        """Status and code of an action that must be refused, with a sentence for people."""
        answer = self.call(method, path, body)
        assert answer.status_code >= 400, answer.text
        error = answer.json()["error"]
        assert error["message"].endswith(".")
        return answer.status_code, error["code"]

    def line(self, after: int = 0, headers: dict[str, str] | None = None) -> "Line":
        """The desk's socket, from event `after` on."""
        given = {"Origin": self.url, **self.cookie, **(headers or {})}
        socket = connect(
            f"{self.url.replace('http', 'ws')}/ws/desk",
            additional_headers={name: value for name, value in given.items() if name != "Origin"},
            origin=given["Origin"],  # type: ignore[arg-type]
            open_timeout=60,
        )
        with suppress(ConnectionClosed):  # who may not come in is not waited for
            socket.send(json.dumps({"type": "hello", "after": after}))
        return Line(socket)


@dataclass
class Line:
    """A socket of the desk."""

    socket: Connection

    def ready(self) -> tuple[int, list[dict[str, Any]]]:
        """The number from which it is live, and the events replayed before."""
        events: list[dict[str, Any]] = []
        while (frame := self.next())["type"] not in ("ready", "snapshot"):
            if frame["type"] == "event":
                events.append(frame)
        return int(frame["last_seq"]), events

    def next(self, seconds: float = 60) -> dict[str, Any]:
        """The next frame."""
        found: dict[str, Any] = json.loads(self.socket.recv(seconds))
        return found

    def events(self, until: int, seconds: float = 60) -> list[dict[str, Any]]:
        """The numbered events up to the first with a number of at least `until`."""
        found: list[dict[str, Any]] = []
        while not found or found[-1]["seq"] < until:
            frame = self.next(seconds)
            if frame["type"] == "event":
                found.append(frame)
        return found

    def close_code(self) -> int:
        """The code with which the server ends the connection."""
        with suppress(ConnectionClosed):
            while True:
                self.socket.recv(60)
        assert self.socket.close_code is not None
        return self.socket.close_code

    def close(self) -> None:
        """Leave."""
        self.socket.close()
