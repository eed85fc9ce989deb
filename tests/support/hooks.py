"""Hooks that keep what they receive."""

from collections.abc import Callable
from typing import Any, TypeAlias

import attrs

__all__ = ["HOOKS", "Seen", "all_hooks"]

Hook: TypeAlias = Callable[[Any], Any]

HOOKS = (
    "on_request",
    "on_response",
    "on_retry",
    "on_event_stream_end",
    "on_function_start",
    "on_function_end",
    "on_run_end",
)


@attrs.define
class Seen:
    """What hooks have received, in its order."""

    infos: list[tuple[str, Any]] = attrs.field(factory=list)

    @property
    def names(self) -> list[str]:
        """The hooks that were called."""
        return [name for name, _ in self.infos]

    def of(self, name: str) -> list[Any]:
        """Return what one hook has received."""
        return [info for each, info in self.infos if each == name]

    def one(self, name: str) -> Any:
        """Return what one hook has received, which was called once."""
        (info,) = self.of(name)
        return info

    def hook(self, name: str, *, is_async: bool) -> Hook:
        """Return a hook that keeps what it receives."""

        def plain(info: Any) -> None:
            self.infos.append((name, info))

        async def asynchronous(info: Any) -> None:
            self.infos.append((name, info))

        return asynchronous if is_async else plain


def all_hooks(seen: Seen, *, is_async: bool = False) -> dict[str, Any]:
    """Return one hook for each parameter of a client, by its name."""
    return {name: seen.hook(name, is_async=is_async) for name in HOOKS}
