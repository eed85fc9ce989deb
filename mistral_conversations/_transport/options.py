"""The options of a call: what its client was given, and what the call itself adds."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

import attrs

from mistral_conversations._checks import check_seconds
from mistral_conversations._transport.credentials import Credentials
from mistral_conversations._transport.headers import checked_headers, merged_headers
from mistral_conversations.config import RetryPolicy, Timeout

if TYPE_CHECKING:
    from mistral_conversations._observing.calls import CallWatch
    from mistral_conversations._transport.gate import Gate

__all__ = ["Options"]

_NOTHING = (None, None, None, None)


@attrs.frozen(kw_only=True)
class Options:
    """The options of one call."""

    credentials: Credentials
    timeout: Timeout
    retries: RetryPolicy
    headers: Mapping[str, str]
    wait_if_busy: float | None = None
    watch: "CallWatch | None" = None
    """What shows the call to observers."""

    gate: "Gate | None" = None
    """What holds attempts before they are sent, to pace them."""

    def watched_by(self, watch: "CallWatch") -> Self:
        """Return these options with a watch and its headers."""
        headers = merged_headers(self.headers, watch.headers)
        return attrs.evolve(self, watch=watch, headers=headers)

    def with_call(
        self,
        timeout: Timeout | float | None,
        retries: RetryPolicy | int | None,
        headers: Mapping[str, str] | None,
        wait_if_busy: float | None = None,
    ) -> "Options":
        """Return these options with those of one call; None leaves an option."""
        if (timeout, retries, headers, wait_if_busy) == _NOTHING:
            return self
        check_seconds("wait_if_busy", wait_if_busy, zero=True, optional=True)
        return attrs.evolve(
            self,
            timeout=Timeout.of(timeout, self.timeout),
            retries=RetryPolicy.of(retries, self.retries),
            headers=merged_headers(self.headers, checked_headers(headers)),
            wait_if_busy=wait_if_busy,
        )
