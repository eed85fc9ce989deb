"""The command `serve`: a local server of the API in its own process."""

import argparse

from mistral_conversations import ConfigurationError
from mistral_conversations.cli.serving import key_to_export, run_until_signal
from mistral_conversations.server import LocalServer

__all__ = ["serve"]


def serve(arguments: argparse.Namespace) -> int:
    """Run the server until a signal ends it."""
    server = _server(arguments)
    run_until_signal(server, arguments, key_to_export(arguments))
    return 0


def _server(arguments: argparse.Namespace) -> LocalServer:
    try:
        return LocalServer(
            host=arguments.host,
            port=arguments.port,
            api_key=arguments.key,
            latency=arguments.latency,
            keep=arguments.keep,
            allowed_hosts=arguments.allowed_hosts,
        )
    except ValueError as error:
        hint = " (--key)" if "api_key" in str(error) else ""
        raise ConfigurationError(f"{error}{hint}") from None
