"""Routes: operations as handlers of aiohttp."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

from aiohttp import web

from mistral_conversations.server.web.failures import RefusalError
from mistral_conversations.server.web.responses import error_response

__all__ = ["Handler", "Operation", "add_operations"]

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
Operation: TypeAlias = tuple[str, str, Handler]
"""A method, a route and its handler."""


def add_operations(app: web.Application, operations: Iterable[Operation]) -> None:
    """Add operations to an application."""
    for method, route, handler in operations:
        path = route.replace("}", ":[^/]+}")  # an id may contain braces
        app.router.add_route(method, path, handler, expect_handler=_expect)


async def _expect(request: web.Request) -> web.StreamResponse | None:
    """Ask for the body that a client holds back (RFC 9110, 10.1.1)."""
    if request.headers["Expect"].lower() != "100-continue":
        return error_response(RefusalError(417, {"detail": "Expectation Failed"}))
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return None
