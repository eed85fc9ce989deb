"""The end of an answer that is not whole."""

from aiohttp import web

__all__ = ["cut_off"]


def cut_off(request: web.Request) -> web.Response:
    """Close the connection of a caller in the middle of an answer, or before it.

    Bytes that are written already still arrive.

    Returns:
        a response for aiohttp, which can no longer send it.
    """
    if request.transport is not None:
        request.transport.close()
    return web.Response()
