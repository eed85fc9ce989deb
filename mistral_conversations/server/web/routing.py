"""Routes: operations as handlers of aiohttp."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

from aiohttp import web

from mistral_conversations.server.web.failures import RefusalError
from mistral_conversations.server.web.responses import error_response

__all__ = ["Handler", "Operation", "add_catch_all", "add_operations", "ask_for_body"]

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
Operation: TypeAlias = tuple[str, str, Handler]
"""A method, a route and its handler."""


def add_operations(app: web.Application, operations: Iterable[Operation]) -> None:
    """Add operations to an application."""
    for method, route, handler in operations:
        path = route.replace("}", ":[^/]+}")  # an id may contain braces
        app.router.add_route(method, path, handler, expect_handler=_expect)


async def _expect(request: web.Request) -> web.StreamResponse | None:
    """Refuse any other expectation; `ask_for_body` waits for the check of the key."""
    if request.headers["Expect"].lower() != "100-continue":
        response = error_response(RefusalError(417, {"detail": "Expectation Failed"}))
        response.force_close()
        return response
    return None


async def ask_for_body(request: web.Request) -> None:
    """Ask for the body that a client holds back (RFC 9110, 10.1.1)."""
    # aiohttp itself asks where no route matches.
    if request.headers.get("Expect") and request.match_info.http_exception is None:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def add_catch_all(app: web.Application, handler: Handler) -> None:
    """Add a handler of every request to an application."""
    app.router.add_route("*", "/{path:.*}", handler, expect_handler=_expect)
