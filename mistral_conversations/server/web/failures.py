"""The errors that the server answers with, in the shapes observed on the service."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from mistral_conversations.server.web.ids import new_request_id

__all__ = [
    "JSONObject",
    "RefusalError",
    "busy",
    "method_not_allowed",
    "missing_results",
    "no_route",
    "not_found",
    "refusal",
    "too_large",
    "unauthorized",
    "unprocessable",
]

JSONObject: TypeAlias = dict[str, Any]


class RefusalError(Exception):
    """An error to answer a request with."""

    def __init__(self, status: int, body: JSONObject) -> None:
        super().__init__(status, body)
        self.status = status
        """The HTTP status."""

        self.body = body
        """The JSON body of the answer."""

        self.headers: Mapping[str, str] = {}
        """Headers of the answer."""


def refusal(status: int, message: str, code: int) -> RefusalError:
    """Return an error with the body that the service uses for its status."""
    return RefusalError(status, _SHAPES.get(status, _error)(message, code))


def not_found(message: str) -> RefusalError:
    """Return the error for an unknown id."""
    return refusal(404, message, 3000)


def busy() -> RefusalError:
    """Return the error for a conversation into which an answer is being written."""
    message = "Conversation is being updated, concurrent requests are not supported"
    return refusal(409, message, 3001)


def missing_results(tool_call_ids: Sequence[str]) -> RefusalError:
    """Return the error for function calls that lack a result."""
    message = (
        "Cannot append other inputs while function results are still missing. "
        f"Provide function results first for: {list(tool_call_ids)}"
    )
    return refusal(400, message, 3001)


def too_large(limit: int) -> RefusalError:
    """Return the error for a body over the limit, in bytes."""
    return RefusalError(413, {"message": f"Request body too large: over {limit} bytes"})


def unauthorized(detail: str) -> RefusalError:
    """Return the error for a missing or wrong key."""
    return RefusalError(401, {"detail": detail})


def unprocessable(problems: Sequence[Mapping[str, Any]]) -> RefusalError:
    """Return the error for an invalid request, with every problem."""
    # The service sends the list twice, and clients read either copy.
    items = [dict(problem) for problem in problems]
    return RefusalError(422, _invalid(items))


def no_route() -> RefusalError:
    """Return the error for an unknown path, as the gateway before the service does."""
    message = "no Route matched with those values"
    return RefusalError(404, {"message": message, "request_id": new_request_id().hex})


def method_not_allowed() -> RefusalError:
    """Return the error for a method that the path does not support."""
    return RefusalError(405, {"detail": "Method Not Allowed"})


def _error(message: str, code: int) -> JSONObject:
    return {
        "object": "Error",
        "message": message,
        "type": "invalid_request_error",
        "code": code,
    }


def _detail(message: str, _code: int) -> JSONObject:
    return {"detail": message}


def _rate_limited(message: str, _code: int) -> JSONObject:
    return {
        "object": "error",
        "message": message,
        "type": "rate_limited",
        "param": None,
        "code": "1300",
    }


def _value_error(message: str, _code: int) -> JSONObject:
    return _invalid([{"type": "value_error", "loc": ["body"], "msg": message}])


def _invalid(items: list[JSONObject]) -> JSONObject:
    return {
        "object": "Error",
        "detail": items,
        "message": items,
        "type": "invalid_request_error",
        "code": 3001,
    }


_SHAPES: Mapping[int, Callable[[str, int], JSONObject]] = {
    401: _detail,
    422: _value_error,
    429: _rate_limited,
}
