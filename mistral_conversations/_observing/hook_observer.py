"""`HookObserver`: calls the hooks of a client."""

import inspect
import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import attrs

from mistral_conversations._callables import is_async
from mistral_conversations._observing.seam import (
    CallObserver,
    FunctionObserver,
    ObservedCall,
    ObservedRun,
    RunObserver,
)
from mistral_conversations.hooks import (
    FunctionEndInfo,
    FunctionStartInfo,
    RequestInfo,
    ResponseInfo,
    RetryInfo,
    RunInfo,
    StreamInfo,
)
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.runs import RunResult

__all__ = ["HookObserver"]

AnyHook: TypeAlias = Callable[[Any], Any]

_logger = logging.getLogger("mistral_conversations")


class HookObserver:
    """Call the hooks of a client.

    Args:
        hooks: the hooks by the names of the constructor's parameters.
        bodies: whether they receive arguments and results of functions.
    """

    def __init__(self, hooks: Mapping[str, AnyHook], *, bodies: bool) -> None:
        self._hooks = _Hooks(hooks, bodies)

    def call(self, _: ObservedCall) -> CallObserver:
        """Return what calls the hooks of one call."""
        return _CallHooks(self._hooks)

    def run(self, _: ObservedRun) -> RunObserver:
        """Return what calls the hooks of one run."""
        return _RunHooks(self._hooks)


@attrs.frozen
class _Hooks:
    by_name: Mapping[str, AnyHook]
    bodies: bool

    async def call(self, name: str, info: object) -> None:
        """Call a hook, and await what it returns; log its exception."""
        if getattr(info, "error", None) is GeneratorExit:
            # The coroutine of the call is being collected, and can await nothing.
            self.call_plain(name, info)
            return
        hook = self.by_name.get(name)
        if hook is None:
            return
        try:
            returned = hook(info)
            if inspect.isawaitable(returned):
                await returned
        except Exception as error:  # noqa: BLE001 - a hook breaks no call
            _log(name, error)

    def call_plain(self, name: str, info: object) -> None:
        """Call a hook outside any task, unless it is async."""
        hook = self.by_name.get(name)
        if hook is None or is_async(hook):
            return
        try:
            returned = hook(info)
        except Exception as error:  # noqa: BLE001 - a hook breaks no call
            _log(name, error)
        else:
            if inspect.iscoroutine(returned):
                returned.close()


class _CallHooks(CallObserver):
    def __init__(self, hooks: _Hooks) -> None:
        self._hooks = hooks

    async def request(self, info: RequestInfo) -> None:
        await self._hooks.call("on_request", info)

    async def response(self, info: ResponseInfo) -> None:
        await self._hooks.call("on_response", info)

    async def retry(self, info: RetryInfo, _: BaseException) -> None:
        await self._hooks.call("on_retry", info)

    async def end_stream(
        self,
        info: StreamInfo,
        _answer: ConversationResponse | None,
        _error: BaseException | None,
    ) -> None:
        await self._hooks.call("on_event_stream_end", info)

    def drop_stream(self, info: StreamInfo, _: ConversationResponse | None) -> None:
        self._hooks.call_plain("on_event_stream_end", info)


class _RunHooks(RunObserver):
    def __init__(self, hooks: _Hooks) -> None:
        self._hooks = hooks

    def function(self, _: FunctionStartInfo) -> FunctionObserver:
        return _FunctionHooks(self._hooks)

    async def end(
        self, info: RunInfo, _result: RunResult, _error: BaseException | None
    ) -> None:
        await self._hooks.call("on_run_end", info)

    def drop(self, info: RunInfo, _: RunResult) -> None:
        self._hooks.call_plain("on_run_end", info)


class _FunctionHooks(FunctionObserver):
    def __init__(self, hooks: _Hooks) -> None:
        self._hooks = hooks

    async def begin(self, info: FunctionStartInfo) -> None:
        if not self._hooks.bodies:
            info = attrs.evolve(info, arguments=None)
        await self._hooks.call("on_function_start", info)

    async def end(self, info: FunctionEndInfo, _: BaseException | None) -> None:
        if not self._hooks.bodies:
            info = attrs.evolve(info, arguments=None, result=None)
        await self._hooks.call("on_function_end", info)


def _log(name: str, error: Exception) -> None:
    _logger.error("The hook %s raised %s", name, type(error).__name__, exc_info=error)
