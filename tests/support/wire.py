"""One operation of a client on the wire: what it sends, and what it returns."""

from typing import Any

from mistral_conversations import RateLimit, to_dict
from mistral_conversations._api_client import APIClient
from tests.support.client_and_server import client_answered_with
from tests.support.comparison import json_differences
from tests.support.raw_server import json_answer
from tests.support.sent_requests import HEADERS, sent

__all__ = ["Row", "check_operation"]

Row = tuple[str, tuple[Any, ...], dict[str, Any], Any]
"""Method, positional and named arguments; the request that must be sent."""


async def check_operation(
    client_class: type[APIClient],
    row: Row,
    kind: type[Any],
    body: Any,
    *,
    status: int = 200,
    field: str | None = None,
) -> None:
    """Check the request of an operation, and that its answer loses nothing.

    Args:
        client_class: the client.
        row: the operation.
        kind: the class of the answer.
        body: the body of the answer.
        status: its status.
        field: the field that holds a body which is a bare array.
    """
    method, args, kwargs, wanted = row
    answer = json_answer(body, status, HEADERS)
    async with client_answered_with(client_class, answer) as (client, server):
        found = await getattr(client, method)(*args, **kwargs)
    (request,) = server.requests
    assert sent(request) == wanted
    assert type(found) is kind
    plain = to_dict(found)
    assert json_differences(body, plain if field is None else plain[field]) == []
    assert (found.meta.status, found.meta.request_id) == (status, "req-1")
    assert found.meta.rate_limits == {"tokens-minute": RateLimit(limit=500)}
