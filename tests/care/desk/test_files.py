"""Files at the desk: too large is refused early, and what is kept is shown where nothing runs."""

import select
import socket
import time
from typing import Any

import pytest
import requests

from tests.care.desk.colleague import Colleague
from tests.care.desk.office import Office

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
TOO_MUCH = 200_000_000


def upload(
    one: Colleague, where: int, content: bytes, name: str = "photo.png"
) -> requests.Response:
    """Send a file for a conversation."""
    return one.call(
        "POST",
        f"/conversations/{where}/files",
        data=content,
        headers={"Content-Type": "application/octet-stream", "X-Careline-Name": name},
    )


def raw_upload(one: Colleague, where: int, *headers: str) -> socket.socket:
    """Begin an upload by hand."""
    host, _, port = one.url.removeprefix("http://").partition(":")
    line = socket.create_connection((host, int(port)), 30)
    lines = [
        f"POST /api/desk/conversations/{where}/files HTTP/1.1",
        f"Host: {host}:{port}",
        f"Origin: {one.url}",
        "X-Careline: desk",
        f"Cookie: {one.cookie['Cookie']}",
        "Content-Type: application/octet-stream",
        *headers,
    ]
    line.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    return line


def answer_on(line: socket.socket) -> bytes:
    """What the server says, up to the end of its error."""
    said = b""
    line.settimeout(30)
    while b'"message"' not in said:
        more = line.recv(65536)
        assert more, said
        said += more
    return said


def test_two_hundred_megabytes_are_refused_before_a_byte_is_sent(
    office: Office, ana: Colleague
) -> None:
    where = office.waiting()
    with raw_upload(ana, where, f"Content-Length: {TOO_MUCH}") as line:
        said = answer_on(line)
    assert said.startswith(b"HTTP/1.1 413")
    assert b"too_large" in said
    assert b"10 MB" in said


def test_a_stream_without_length_is_cut_off_at_the_limit(office: Office, ana: Colleague) -> None:
    where, sent = office.waiting(), 0
    chunk = b"x" * 100_000
    framed = f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n"
    end = time.monotonic() + 60
    with raw_upload(ana, where, "Transfer-Encoding: chunked") as line:
        while not select.select([line], [], [], 0)[0]:
            assert sent < TOO_MUCH, "everything was taken"
            assert time.monotonic() < end
            try:
                line.sendall(framed)
            except (BrokenPipeError, ConnectionResetError):
                break
            sent += len(chunk)
        said = answer_on(line)
    assert said.startswith(b"HTTP/1.1 413")
    assert sent < 60_000_000
    kept = list((office.server.settings.var_dir / "files").rglob("*.part"))
    assert kept == []


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "empty_file"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", 415, "bad_kind"),
        (b"<!doctype html><script>alert(1)</script>", 415, "bad_kind"),
        (b"MZ\x90\x00\x03\x00", 415, "bad_kind"),
        (b"PK\x03\x04\x14\x00", 415, "bad_kind"),
    ],
)
def test_what_browsers_or_people_could_run_is_not_taken(
    office: Office, ana: Colleague, content: bytes, status: int, code: str
) -> None:
    answer = upload(ana, office.waiting(), content, "harmless.png")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("content", "name", "disposition", "kind"),
    [
        (PNG, "photo.png", "inline", "image/png"),
        (b"hello there", "notes.html", "attachment", "text/plain; charset=utf-8"),
        (b"%PDF-1.7\n", 'x"; filename=evil.exe', "attachment", "application/pdf"),
        (b"hello", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "attachment", "text/plain; charset=utf-8"),
        (b"hello", "a%0d%0aSet-Cookie:%20x=1", "attachment", "text/plain; charset=utf-8"),
    ],
)
def test_a_file_is_shown_in_a_form_that_nothing_runs(
    office: Office, ana: Colleague, content: bytes, name: str, disposition: str, kind: str
) -> None:
    where = office.waiting()
    kept = upload(ana, where, content, name).json()["file"]
    assert not set(kept["name"]) & set('/\\"\r\n')
    answer = ana.call("GET", f"/files/{kept['id']}")
    assert (answer.status_code, answer.content) == (200, content)
    headers = answer.headers
    assert headers["Content-Disposition"].partition(";")[0] == disposition
    assert headers["Content-Type"] == kind
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "Set-Cookie" not in headers
    assert (office.server.settings.var_dir / "files" / kept["id"][:2] / kept["id"]).is_file()


@pytest.mark.parametrize(
    "path",
    ["..%2f..%2fcare.db", "....//secrets.json", "%00", "a" * 32, "a" * 5000, "%2e%2e/secrets.json"],
)
def test_no_address_leads_out_of_the_folder(office: Office, ana: Colleague, path: str) -> None:
    request = requests.Request("GET", "http://x", headers=dict(ana.http.headers)).prepare()
    request.url = f"{ana.url}/api/desk/files/{path}"
    answer: Any = requests.Session().send(request, timeout=60)
    assert answer.status_code == 404
    assert b"token" not in answer.content


def test_a_file_goes_with_one_message_and_only_to_who_may_see_it(
    office: Office, ana: Colleague
) -> None:
    where, other = office.waiting(), office.waiting()
    stranger = office.colleague(sight="own")
    for one in (where, other):
        ana.do(f"/conversations/{one}/claim")
    kept = upload(ana, where, PNG).json()["file"]
    body: dict[str, Any] = {"key": "k", "text": "", "files": [kept["id"]]}
    assert ana.refused(f"/conversations/{other}/replies", **body) == (404, "unknown_file")
    ana.do(f"/conversations/{where}/replies", **body)
    assert ana.get(f"/conversations/{where}")["messages"][-1]["files"] == [kept]
    answer = stranger.call("GET", f"/files/{kept['id']}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "hidden")
    assert requests.get(f"{ana.url}/api/desk/files/{kept['id']}", timeout=60).status_code == 401
