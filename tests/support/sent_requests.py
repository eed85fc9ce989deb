"""Parts of received requests, for tests of operations to compare."""

from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

from tests.support.raw_server import RawServer, Request

__all__ = ["HEADERS", "Sent", "queries", "query_of", "sent", "targets"]

Sent: TypeAlias = tuple[str, str, dict[str, list[str]], Any]
"""Method, path, query, and the JSON of the body, None where there is none."""

HEADERS = {
    "Mistral-Correlation-Id": "req-1",
    "X-RateLimit-Limit-Tokens-Minute": "500",
}
"""Headers of an answer."""


def query_of(request: Request) -> dict[str, list[str]]:
    query = urlsplit(request.target).query
    return parse_qs(query, keep_blank_values=True, strict_parsing=bool(query))


def sent(request: Request) -> Sent:
    """Read a request; check that it has a content type exactly if it has a body."""
    body = request.json if request.body else None
    kind = request.headers.get("content-type")
    assert kind == (None if body is None else "application/json")
    assert request.headers["accept"] == "application/json"
    assert request.headers["authorization"] == "Bearer sk-test"
    path = urlsplit(request.target).path
    return request.method, path, query_of(request), body


def targets(server: RawServer) -> list[tuple[str, str]]:
    return [(request.method, request.target) for request in server.requests]


def queries(server: RawServer) -> list[dict[str, list[str]]]:
    return [query_of(request) for request in server.requests]
