"""The two HTTP applications of the care server: the public one and the inner one."""

import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route

from care import inner
from care.care import Care
from care.desk.service import Desk
from care.errors import HANDLERS
from care.health import healthz
from care.metrics import metrics
from care.openapi import document
from care.orders import Orders, ShopOrders, demo_orders

PUBLIC_ROOMS = (
    "care.gateway.channels.web",
    "care.desk.routes",
    "care.feedback.routes",
    "care.insight.routes",
    "care.shop.pages",
)
"""Modules whose `routes` are served to the internet, in this order."""


def public_app(care: Care) -> Starlette:
    """What customers and agents reach. Starts and stops the care server's work with itself."""
    desk = Desk(care)

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        await care.start()
        await desk.start()
        try:
            yield
        finally:
            await desk.stop()
            await care.stop()

    routes: list[BaseRoute] = [Route("/healthz", healthz), Route("/api/openapi.json", document)]
    for room in PUBLIC_ROOMS:
        routes += importlib.import_module(room).routes
    routes += care.channels.routes
    app = Starlette(routes=routes, exception_handlers=HANDLERS, lifespan=life)
    app.state.care = care
    app.state.desk = desk
    return app


def inner_app(care: Care) -> Starlette:
    """What the action server and the monitoring reach, on the inner address."""
    routes = [*inner.routes, Route("/healthz", healthz), Route("/metrics", metrics)]
    app = Starlette(routes=routes, exception_handlers=HANDLERS)
    app.state.care = care
    app.state.orders = orders_of(care)
    return app


def orders_of(care: Care) -> Orders:
    """The shop's orders, or the demo shop's."""
    if care.settings.shop_url:
        return ShopOrders(care.settings.shop_url, care.settings.shop_token)
    return demo_orders(care.settings.var_dir)
