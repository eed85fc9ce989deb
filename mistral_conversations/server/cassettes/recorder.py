"""`Recorder`, which passes requests on to a service, and records what it answers."""

import asyncio
import logging
from collections.abc import Awaitable, Iterator
from contextlib import suppress

import aiohttp
import attrs
from aiohttp import web

from mistral_conversations.server.cassettes.ending import cut_off
from mistral_conversations.server.cassettes.intake import Intake
from mistral_conversations.server.cassettes.paths import Redaction
from mistral_conversations.server.cassettes.take import Take
from mistral_conversations.server.cassettes.upstream import Upstream, passed_on
from mistral_conversations.server.cassettes.writer import CassetteWriter
from mistral_conversations.server.web.failures import RefusalError, refusal

__all__ = ["Recorder"]

_UNREACHED = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
)

# How long the rest of an upload may take after the answer, in seconds.
_REST_SECONDS = 5.0

_STREAM = "text/event-stream"
_logger = logging.getLogger("mistral_conversations.server")


class _CallerLeftError(Exception):
    """The caller no longer reads the answer."""


@attrs.define(eq=False)
class Recorder:
    """Passes each request on once, and writes it with its answer to a cassette."""

    _upstream: Upstream
    _writer: CassetteWriter
    _redaction: Redaction
    _numbers: Iterator[int]

    async def answer(self, request: web.Request, intake: Intake) -> web.StreamResponse:
        """Answer a request as the service does, and record the exchange.

        Args:
            request: the request.
            intake: its body, read already, or an upload that passes while it arrives.

        Raises:
            RefusalError: the service cannot be reached, or the cassette not written.
        """
        take = Take(next(self._numbers), self._writer, self._redaction, intake)
        if intake.body is not None:
            take.prepare()
        self._refuse_if_failed()
        try:
            return await self._pass_on(request, intake, take)
        except _UNREACHED as error:
            self._writer.may_be_empty = False
            raise _unreached(self._upstream.url, error) from None
        except aiohttp.ClientError:
            take.end("cut")
        except _CallerLeftError:
            take.end("left")
        except asyncio.CancelledError:
            take.end("left")
            raise
        return cut_off(request)

    async def _pass_on(
        self, request: web.Request, intake: Intake, take: Take
    ) -> web.StreamResponse:
        target = request.rel_url.raw_path_qs
        body = intake if intake.body is None else intake.body or None
        async with self._upstream.request(
            request.method, target, request.headers, body
        ) as answer:
            response = _response(answer)
            is_stream = answer.content_type == _STREAM
            take.head(answer.status, answer.headers, is_stream=is_stream)
            await _to_caller(response.prepare(request))
            async for data in answer.content.iter_any():
                await _to_caller(response.write(data))
                take.data(data)
        await _read_rest(intake)
        take.end("complete")
        await _to_caller(response.write_eof())
        return response

    def _refuse_if_failed(self) -> None:
        error = self._writer.failure
        if error is not None:
            problem = f"The recording failed, and nothing more is passed on: {error}"
            raise refusal(500, problem, 3000)


def _response(answer: aiohttp.ClientResponse) -> web.StreamResponse:
    headers = passed_on(answer.headers)
    if headers.popall("Content-Encoding", None) is not None:
        headers.popall("Content-Length", None)
    return web.StreamResponse(
        status=answer.status, reason=answer.reason, headers=headers
    )


async def _to_caller(sent: Awaitable[object]) -> None:
    try:
        await sent
    except ConnectionError:
        raise _CallerLeftError from None


async def _read_rest(intake: Intake) -> None:
    """Read what is left of an upload that the service has answered early."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_REST_SECONDS):
            await intake.read()


def _unreached(url: str, error: Exception) -> RefusalError:
    _logger.info("Cannot reach %s: %s", url, error)
    message = f"The recording server cannot reach {url}: {error}"
    return RefusalError(502, {"message": message})
