"""TLS: which certificates to trust, and why a connection failed."""

import os
import ssl
from functools import partial
from ssl import SSLContext
from typing import Any, TypeAlias

from mistral_conversations.errors import ConfigurationError

__all__ = ["SSL", "checked_ssl", "environment_ssl", "tls_reason"]

SSL: TypeAlias = SSLContext | bool | None

# The numbers of OpenSSL's X509_V_ERR_..., which Python's ssl module does not name.
_UNKNOWN_AUTHORITY = {2, 18, 19, 20, 21}
_NOT_NOW = {9, 10}
_OTHER_NAME = {62, 64}

_TRUST = (
    "to trust its authority, name the file with the authority's certificate in "
    "SSL_CERT_FILE, or pass ssl=ssl.create_default_context(cafile=...)"
)
_CLOCK = "check this machine's clock, or renew the server's certificate"
_NAME = "use a name in base_url that the certificate has"
_NO_TLS = "the server may not use TLS at this port, or base_url may need http://"


def checked_ssl(value: Any) -> SSL:
    """Return the parameter `ssl`; None instead of True, which means the default.

    Raises:
        ConfigurationError: it is neither a bool nor the context of a client.
    """
    if value is None or value is True:
        return None
    if not isinstance(value, SSLContext | bool):
        kind = type(value).__name__
        raise ConfigurationError(
            f"ssl must be SSLContext or bool or None, not {kind}: for the file of an "
            "authority, pass ssl.create_default_context(cafile=...)"
        )
    if isinstance(value, SSLContext) and value.protocol == ssl.PROTOCOL_TLS_SERVER:
        raise ConfigurationError(
            "ssl is the context of a server: pass ssl.create_default_context(), "
            "without Purpose.CLIENT_AUTH"
        )
    return value


async def environment_ssl() -> SSL:
    """Read SSL_CERT_FILE and SSL_CERT_DIR now, on a thread: it takes about 20 ms.

    aiohttp read them when it was imported.

    Raises:
        ConfigurationError: they cannot be read.
    """
    file = os.environ.get("SSL_CERT_FILE") or None
    folder = os.environ.get("SSL_CERT_DIR") or None
    if not (file or folder):
        return True
    from mistral_conversations._transport.file_thread import (  # noqa: PLC0415 - rare
        on_thread,
    )

    try:
        return await on_thread(
            partial(ssl.create_default_context, cafile=file, capath=folder)
        )
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"SSL_CERT_FILE or SSL_CERT_DIR cannot be read: {error}"
        ) from None


def tls_reason(error: ssl.SSLError) -> str:
    """Return why a connection with TLS failed, and what to do about it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        message = error.verify_message.rstrip(".")
        remedy = _remedy(error.verify_code)
        return f"certificate verify failed: {message}{remedy and f'; {remedy}'}"
    if error.reason == "WRONG_VERSION_NUMBER":
        return f"wrong version number; {_NO_TLS}"
    return str(error)


def _remedy(code: int) -> str:
    if code in _UNKNOWN_AUTHORITY:
        return _TRUST
    if code in _NOT_NOW:
        return _CLOCK
    return _NAME if code in _OTHER_NAME else ""
