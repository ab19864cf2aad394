"""All routes of the desk, for the care server's public application."""

from starlette.routing import BaseRoute

from care.desk import (
    app_pages,
    attachments,
    conversations,
    handling,
    invitations,
    management,
    oidc,
    people,
    reports,
    review,
    shared,
    sign_in,
    socket,
)

ROOMS = (
    sign_in,
    invitations,
    oidc,
    socket,
    conversations,
    handling,
    attachments,
    people,
    shared,
    review,
    management,
    reports,
    app_pages,
)
routes: list[BaseRoute] = [route for room in ROOMS for route in room.routes]
