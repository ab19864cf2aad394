"""The website channel: the widget's HTTP API, its WebSocket, its files and scripts.

Knows browsers and sessions; who answers a customer is decided elsewhere.
"""

from starlette.routing import BaseRoute

from care.gateway.channels.web import api, assets, socket

routes: list[BaseRoute] = [*api.routes, *assets.routes, *socket.routes]
