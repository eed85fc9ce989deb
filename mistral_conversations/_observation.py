"""What observes a client: its hooks and its tracing, loaded if there are any."""

import os
from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from mistral_conversations._callables import is_generator
from mistral_conversations._checks import check_flag, class_of
from mistral_conversations.errors import ConfigurationError

if TYPE_CHECKING:
    from mistral_conversations._observing.observers import Observers
    from mistral_conversations._observing.seam import Observer
    from mistral_conversations._wire.call import Call

__all__ = ["observed", "observers_of"]

M = TypeVar("M", bound=Callable[..., Any])


def observed(method: M) -> M:
    """Decorate a method that makes a call, so that hooks and tracing see it.

    Its first parameter is the call, its last one the options.
    """

    @wraps(method)
    def send(self: Any, call: "Call", *arguments: Any) -> Any:
        observers = self._connection.observers
        if observers is None or arguments[-1].watch is not None:
            return method(self, call, *arguments)
        *between, options = arguments
        return observers.around(call, options, partial(method, self, call, *between))

    return cast("M", send)


def observers_of(
    base_url: str, hooks: Mapping[str, object], telemetry: Any, *, hook_bodies: bool
) -> "Observers | None":
    """Return the observers of a client; None without hooks and tracing.

    Args:
        base_url: the address of the service.
        hooks: the hooks by the names of the constructor's parameters.
        telemetry: as in the constructor.
        hook_bodies: whether hooks receive bodies.

    Raises:
        ConfigurationError: a parameter, named in the message, is unusable.
    """
    chosen = {
        name: _checked(name, hook) for name, hook in hooks.items() if hook is not None
    }
    try:
        check_flag("hook_bodies", hook_bodies)
    except TypeError as error:
        raise ConfigurationError(str(error)) from None
    tracing = _tracing(telemetry)
    if tracing is None and not chosen:
        return None
    from mistral_conversations._observing.hook_observer import HookObserver  # noqa: PLC0415
    from mistral_conversations._observing.observers import Observers  # noqa: PLC0415

    found = [] if tracing is None else [tracing]  # first: a hook may be cancelled
    if chosen:
        found.append(HookObserver(chosen, bodies=hook_bodies))
    return Observers(found, base_url, bodies=hook_bodies)


def _checked(name: str, hook: object) -> Callable[[Any], Any]:
    if callable(hook) and is_generator(hook):
        raise ConfigurationError(
            f"{name} must be a function, plain or async, not a generator function, "
            "whose body a call does not run: remove its yield"
        )
    if isinstance(hook, type) or not callable(hook):
        # Not the object itself: it may be the key.
        raise ConfigurationError(
            f"{name} must be a function, plain or async, not {class_of(hook)}"
        )
    return hook


def _tracing(telemetry: Any) -> "Observer | None":
    """Return what traces a client; import nothing if that is off."""
    is_asked = any(name.startswith("OTEL_") for name in os.environ)
    if telemetry is False or (telemetry is None and not is_asked):
        return None
    from mistral_conversations.telemetry.settings import observer_of  # noqa: PLC0415

    return observer_of(telemetry, os.environ)
