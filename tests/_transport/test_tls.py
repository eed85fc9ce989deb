"""The parameter `ssl`, and the reasons of connections that fail."""

import ssl
from typing import Any

import aiohttp
import pytest

from mistral_conversations import AsyncConversations, ConfigurationError
from mistral_conversations._transport.tls import checked_ssl, tls_reason
from tests.support.for_each import for_each


@for_each("given", [None, True])
def test_the_default_is_none(given: Any) -> None:
    assert checked_ssl(given) is None


def test_contexts_and_false_stay() -> None:
    context = ssl.create_default_context()
    assert checked_ssl(context) is context
    assert checked_ssl(False) is False


@for_each("given", ["ca.pem", 3, b"", ssl.create_default_context])
def test_what_is_no_context_is_refused(given: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^ssl must be SSLContext or bool"):
        AsyncConversations("key", ssl=given)


@for_each(
    "context",
    [
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH),
    ],
)
def test_context_of_a_server_is_refused(context: ssl.SSLContext) -> None:
    with pytest.raises(ConfigurationError, match="ssl is the context of a server"):
        AsyncConversations("key", ssl=context)


@pytest.mark.anyio
async def test_context_beside_a_session_is_refused() -> None:
    """It would be ignored: the session has a connector of its own."""
    async with aiohttp.ClientSession() as session:
        for given in (False, ssl.create_default_context()):
            with pytest.raises(ConfigurationError, match=r"TCPConnector\(ssl="):
                AsyncConversations("key", session=session, ssl=given)
        for usual in (None, True):
            AsyncConversations("key", session=session, ssl=usual)


def failure(code: int, message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "[SSL: ...] (_ssl.c:1000)")
    vars(error).update(verify_code=code, verify_message=message)
    return error


@for_each(
    ("code", "message", "remedy"),
    [
        (18, "self-signed certificate", "SSL_CERT_FILE, or pass ssl=ssl.create_"),
        (19, "self-signed certificate in certificate chain", "SSL_CERT_FILE"),
        (20, "unable to get local issuer certificate", "SSL_CERT_FILE"),
        (10, "certificate has expired", "; check this machine's clock"),
        (9, "certificate is not yet valid", "; check this machine's clock"),
        (62, "Hostname mismatch", "; use a name in base_url"),
        (64, "IP address mismatch", "; use a name in base_url"),
        (23, "certificate revoked", ""),
    ],
)
def test_reason_names_the_remedy(code: int, message: str, remedy: str) -> None:
    found = tls_reason(failure(code, f"{message}."))
    assert found.startswith(f"certificate verify failed: {message}")
    assert remedy in found
    assert bool(remedy) == (";" in found)
    assert "_ssl.c" not in found
