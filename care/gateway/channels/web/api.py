"""The addresses of the widget's HTTP API."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from care.gateway.channels.web import inbox_view, messages, sessions, wishes
from care.gateway.channels.web.access import Endpoint, for_websites


def _route(path: str, endpoint: Endpoint, method: str) -> Route:
    return Route(path, for_websites(endpoint), methods=[method, "OPTIONS"])


async def _sessions(request: Request) -> Response:
    """POST opens (or resumes) a website session; DELETE ends it."""
    ending = request.method == "DELETE"
    return await (sessions.end_session if ending else sessions.open_session)(request)


routes = [
    _route("/api/widget/inbox", inbox_view.read_inbox, "GET"),
    Route("/api/widget/sessions", for_websites(_sessions), methods=["POST", "DELETE", "OPTIONS"]),
    _route("/api/widget/events", messages.poll_events, "GET"),
    _route("/api/widget/messages", messages.send_message, "POST"),
    _route("/api/widget/seen", messages.mark_seen, "POST"),
    _route("/api/widget/typing", messages.show_typing, "POST"),
    _route("/api/widget/files", messages.upload_file, "POST"),
    _route("/api/widget/files/{id}", messages.read_file, "GET"),
    _route("/api/widget/feedback", wishes.give_feedback, "POST"),
    _route("/api/widget/leave", wishes.leave_message, "POST"),
    _route("/api/widget/transcript", wishes.send_transcript, "POST"),
]
