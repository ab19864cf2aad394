"""Files: told by their content, kept apart, served so that no browser runs them."""

import hashlib
from collections.abc import Iterator

import pytest
import requests

from care.files import FileRefused, clean_name, kind_of
from tests.support.customer import WebCustomer
from tests.support.server import CareServer

PDF = b"%PDF-1.4 some words"


def upload(customer: WebCustomer, content: bytes, name: str) -> requests.Response:
    """POST a file."""
    headers = {"X-Careline-Name": name}
    url = f"{customer.url}/api/widget/files"
    return customer.http.post(url, data=content, headers=headers, timeout=60)


def test_file_is_kept_outside_the_record_and_served_as_a_sandboxed_download(
    care_server: CareServer,
) -> None:
    customer = WebCustomer(care_server.url)
    made = upload(customer, PDF, "..%2F..%2Fbill%20%22x%22.pdf")
    assert made.status_code == 201, made.text
    file = made.json()["file"]
    assert (file["name"], file["type"], file["size"]) == (
        "_.._bill _x_.pdf",
        "application/pdf",
        len(PDF),
    )
    answer = customer.http.get(f"{customer.url}/api/widget/files/{file['id']}", timeout=60)
    assert answer.content == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    kept = [path for path in (care_server.folder / "var" / "files").rglob("*") if path.is_file()]
    mine = next(path for path in kept if path.name == file["id"])
    assert mine.read_bytes() == PDF
    assert mine.stat().st_mode & 0o077 == 0
    row = care_server.rows(f"SELECT sha256 FROM files WHERE id = '{file['id']}'")[0]
    assert row["sha256"] == hashlib.sha256(PDF).hexdigest()


def test_another_customer_cannot_read_or_send_the_file(care_server: CareServer) -> None:
    owner, other = WebCustomer(care_server.url), WebCustomer(care_server.url)
    file_id = upload(owner, PDF, "mine.pdf").json()["file"]["id"]
    answer = other.http.get(f"{other.url}/api/widget/files/{file_id}", timeout=60)
    assert answer.status_code == 404
    body = {"key": "steal", "files": [file_id]}
    answer = other.http.post(f"{other.url}/api/widget/messages", json=body, timeout=60)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_file")
    without = requests.get(f"{other.url}/api/widget/files/{file_id}", timeout=60)
    assert without.status_code == 401


def test_too_large_file_is_refused_and_leaves_nothing(care_server: CareServer) -> None:
    customer = WebCustomer(care_server.url)
    answer = upload(customer, bytes(10_000_001), "large.bin")
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")

    def endless() -> Iterator[bytes]:
        for _ in range(12):
            yield b"%PDF-" + bytes(1_000_000)

    url = f"{customer.url}/api/widget/files"
    answer = customer.http.post(url, data=endless(), timeout=60)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    assert list((care_server.folder / "var" / "files").glob("*.part")) == []


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
        (b"GIF89a....", "image/gif"),
        (PDF, "application/pdf"),
        ("Grüße, nur Text".encode(), "text/plain"),
    ],
)
def test_kind_is_told_by_content(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"<!doctype html><script>alert(1)</script>",
        b"  <svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"MZ\x90\x00\x03",
        b"PK\x03\x04\x00\x00",
        b"\x7fELF\x02\x01",
        b"\xff\xfe\x00",
    ],
)
def test_what_could_run_is_refused(content: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        kind_of(content)
    assert refused.value.status == 415


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("photo.PNG", "photo.PNG"),
        ("photo.exe", "photo.exe.png"),
        ("", "file.png"),
        ("../../etc/passwd", "_.._etc_passwd.png"),
        ("a\u202egnp.exe", "a_gnp.exe.png"),
        ("x" * 400 + ".png", "x" * 116 + ".png"),
    ],
)
def test_names_are_made_harmless(name: str, kept: str) -> None:
    assert clean_name(name, "image/png") == kept
