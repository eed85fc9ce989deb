"""What every client of the API has: a key, defaults, and a way to the service."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import attrs

from mistral_conversations._checks import check_int
from mistral_conversations._transport.base_url import checked_base_url
from mistral_conversations._transport.credentials import (
    APIKey,
    Credentials,
    masked_key,
)
from mistral_conversations._transport.headers import checked_headers
from mistral_conversations._transport.proxy import checked_proxy
from mistral_conversations._transport.session import SSL, Session, SessionPool
from mistral_conversations._transport.transport import Options, Reply, Transport
from mistral_conversations._wire.answer import decode_answer
from mistral_conversations._wire.call import Call
from mistral_conversations._wire.sse import MAX_EVENT_BYTES
from mistral_conversations.config import RetryPolicy, Timeout
from mistral_conversations.errors import ConfigurationError
from mistral_conversations.models.model import Answer, ResponseMeta, attach_meta

__all__ = ["APIClient", "StreamingAPIClient", "answer_of"]

A = TypeVar("A", bound=Answer)
C = TypeVar("C", bound="APIClient")


class APIClient:
    """A client of one part of the API, or of all parts.

    It has a transport of its own, which it closes, or is a view of another client.
    """

    def __init__(
        self,
        api_key: APIKey | None = None,
        *,
        base_url: str | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
        session: Session | None = None,
        limit: int = 0,
        ssl: SSL = None,
        proxy: str | None = None,
    ) -> None:
        api_key = masked_key(api_key)
        self._options = Options(
            credentials=Credentials(api_key),
            timeout=Timeout.of(timeout, Timeout()),
            retries=RetryPolicy.of(retries, RetryPolicy()),
            headers=checked_headers(headers),
        )
        self._transport = Transport(
            checked_base_url(base_url),
            SessionPool(session, limit=_checked_count("limit", limit, 0), ssl=ssl),
            None if proxy is None else checked_proxy(proxy, "proxy"),
        )
        self._is_view = False

    def with_options(
        self,
        *,
        api_key: APIKey | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Give a view of this client with other defaults, on the same connections.

        Closing a view closes nothing; closing the client closes its views.

        Args:
            api_key: another key, None for the same.
            timeout: other limits, None for the same.
            retries: another policy, None for the same.
            headers: headers to add to this client's.
        """
        api_key = masked_key(api_key)
        options = self._options.with_call(timeout, retries, headers)
        if api_key is not None:
            options = attrs.evolve(options, credentials=Credentials(api_key))
        view = self._view(type(self))
        view._options = options  # noqa: SLF001 - a client of this class
        return view

    async def __aenter__(self) -> Self:
        """Give the client; nothing is opened."""
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close the client."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections, streams that are open included.

        A session that was handed in stays open. Calling it again does nothing.
        """
        if not self._is_view:
            await self._transport.aclose()

    def _view(self, cls: type[C]) -> C:
        """Make a client of some part of the API on the same connections."""
        view = object.__new__(cls)
        view.__dict__.update(self.__dict__, _is_view=True)
        return view

    async def _ask(self, call: Call, answer: type[A], options: Options) -> A:
        return answer_of(await self._transport.fetch(call, options), answer)

    async def _ask_for(
        self, kind: Any, call: Call, options: Options
    ) -> tuple[Any, ResponseMeta]:
        """Make a call whose answer is of a type that cannot tell how it came."""
        reply = await self._transport.fetch(call, options)
        return decode_answer(kind, reply.content, reply.meta), reply.meta

    async def _ask_if_told(
        self, call: Call, answer: type[A], options: Options
    ) -> A | None:
        """Make a DELETE that is answered with what it deleted, or with nothing."""
        reply = await self._transport.fetch(call, options)
        return answer_of(reply, answer) if reply.content else None


class StreamingAPIClient(APIClient):
    """A client whose answers may be streams of events."""

    def __init__(
        self,
        api_key: APIKey | None = None,
        *,
        base_url: str | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
        session: Session | None = None,
        limit: int = 0,
        ssl: SSL = None,
        proxy: str | None = None,
        max_event_bytes: int = MAX_EVENT_BYTES,
    ) -> None:
        api_key = masked_key(api_key)
        self._max_event_bytes = _checked_count("max_event_bytes", max_event_bytes, 1)
        super().__init__(
            api_key,
            base_url=base_url,
            timeout=timeout,
            retries=retries,
            headers=headers,
            session=session,
            limit=limit,
            ssl=ssl,
            proxy=proxy,
        )


def answer_of(reply: Reply, answer: type[A]) -> A:
    """Make the object that a reply is, which tells how it came.

    Raises:
        DecodeError: the reply is none.
    """
    decoded: A = decode_answer(answer, reply.content, reply.meta)
    return attach_meta(decoded, reply.meta)


def _checked_count(name: str, value: int, least: int) -> int:
    try:
        check_int(name, value, least=least)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(str(error)) from None
    return value
