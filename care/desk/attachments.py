"""Files in conversations: agents' uploads, and showing what either side sent."""

from urllib.parse import unquote

from sqlalchemy import Connection, select
from starlette.responses import Response

from care.care import Care
from care.desk.acting import ONE, access, target
from care.desk.guard import Call, Refusal, api, reply
from care.desk.visibility import access_visible
from care.files import Files, StoredFile, find_file
from care.record.conversations import current_conversation
from care.record.ids import Author
from care.record.schema import messages


def files_of(care: Care) -> Files:
    """The folder of files."""
    return Files(care.settings.var_dir / "files", care.record, care.settings.file_max_bytes)


async def upload(call: Call) -> Response:
    """Keep a file for a reply or note; the bytes are the body, the name is in X-Careline-Name."""
    conversation = await access(call)
    files, headers = files_of(call.care), call.request.headers
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > files.max_bytes:
        limit = files.max_bytes // 1_000_000
        raise Refusal(413, "too_large", f"Files may have up to {limit} MB.")
    name = unquote(headers.get("x-careline-name", "file"))[:300]
    kept = await files.save(call.request.stream(), name, conversation.sender, Author.AGENT)
    await call.audit("file.uploaded", target(call), {"size": kept.size, "type": kept.media_type})
    return reply({"file": kept.as_json()}, 201)


async def show(call: Call) -> Response:
    """A file of a conversation that the agent may see; pictures inline, the rest as a download."""
    file_id = str(call.request.path_params["file"])

    def read(connection: Connection) -> StoredFile:
        found = find_file(connection, file_id)
        if found is None:
            raise LookupError(file_id)
        access_visible(connection, call.agent, _conversation_of(connection, found))
        return found

    return files_of(call.care).response(await call.read(read), inline=True)


def _conversation_of(connection: Connection, file: StoredFile) -> int:
    if file.message_id is not None:
        query = select(messages.c.conversation_id).where(messages.c.id == file.message_id)
        return int(connection.execute(query).scalar_one())
    current = current_conversation(connection, file.sender)
    if current is None:
        raise LookupError(file.id)
    return current.id


routes = [
    api(ONE + "/files", upload, "POST", raw=True),
    api("/files/{file}", show),
]
