"""What all events have: their form for a browser."""

__all__ = ["Event"]


class Event:
    """An event of a stream or a run."""

    __slots__ = ()

    def to_sse(self) -> bytes:
        """Return the event for a browser, in the format of server-sent events.

        That is `event: TYPE`, `data: JSON` and an empty line. The JSON is that of the
        service; a run's own event has its fields, without the `value` and the
        `metadata` of a call, which may be any object and are the application's own.
        """
        from mistral_conversations.relay.sse import (  # noqa: PLC0415 - few need it
            to_sse,
        )

        return to_sse(self)
