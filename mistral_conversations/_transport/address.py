"""Addresses that requests can be sent to."""

from urllib.parse import SplitResult, urlsplit

__all__ = ["http_address"]


def http_address(url: str) -> SplitResult | None:
    """Take an http or https URL apart; None where nothing can be at such a place."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").strip(b".")
        port = parts.port
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} and host and port != 0 else None
