"""All routes of the desk, for the care server's public application."""

from starlette.routing import BaseRoute

from care.desk import (
    app_pages,
    attachments,
    conversations,
    handling,
    people,
    shared,
    sign_in,
    socket,
)

routes: list[BaseRoute] = [
    *sign_in.routes,
    *socket.routes,
    *conversations.routes,
    *handling.routes,
    *attachments.routes,
    *people.routes,
    *shared.routes,
    *app_pages.routes,
]
