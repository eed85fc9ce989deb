"""The pickle of a client: its settings, which make a new client."""

from collections.abc import Mapping
from ssl import SSLContext
from typing import Any, TypeVar

from mistral_conversations._secret import masked_text
from mistral_conversations._traceback import short_traceback
from mistral_conversations._transport.credentials import masked_key
from mistral_conversations._transport.options import Options
from mistral_conversations.errors import ConfigurationError

__all__ = ["attributes_of", "copied", "masked_settings", "pickled_settings"]

T = TypeVar("T")

_OWN = {"_connection", "_bridge", "_caller"}
"""The attributes that belong to this process."""

_SESSION = (
    "a client with session=... does not pickle: leave session out, or create the "
    "client in the process that uses it"
)
_SSL = (
    "a client with ssl=SSLContext does not pickle: name the file with the authority's "
    "certificate in SSL_CERT_FILE on each machine instead, or create the client in the "
    "process that uses it"
)
_PROVIDERS = (
    "a client with telemetry=Telemetry(tracer_provider=..., meter_provider=...) does "
    "not pickle: pass telemetry=True and set the global providers in each process"
)


def pickled_settings(
    base_url: str, options: Options, given: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the parameters of a constructor that makes an equal client.

    Args:
        base_url: the address of the service.
        options: the options of the client.
        given: the other parameters of its constructor.

    Raises:
        ConfigurationError: a parameter does not pickle.
    """
    with short_traceback:
        _check(given)
    return {
        "api_key": options.credentials.given,
        "base_url": base_url,
        "timeout": options.timeout,
        "retries": options.retries,
        "headers": options.headers,
        **{name: value for name, value in given.items() if name != "session"},
    }


def masked_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """Return unpickled settings whose secrets no traceback shows.

    The same dict, which the frames of the caller show.
    """
    settings["api_key"] = masked_key(settings["api_key"])
    settings["proxy"] = masked_text(settings["proxy"])
    return settings


def attributes_of(client: object) -> dict[str, Any]:
    """Return the attributes that a subclass adds."""
    return {name: value for name, value in vars(client).items() if name not in _OWN}


def copied(client: T) -> T:
    """Return a client on the same connections; a pickle would have its own."""
    made = object.__new__(type(client))
    vars(made).update(vars(client))
    return made


def _check(given: Mapping[str, Any]) -> None:
    if given["session"] is not None:
        raise ConfigurationError(_SESSION)
    if isinstance(given["ssl"], SSLContext):
        raise ConfigurationError(_SSL)
    telemetry = given["telemetry"]
    for name in ("tracer_provider", "meter_provider"):
        if getattr(telemetry, name, None) is not None:
            raise ConfigurationError(_PROVIDERS)
