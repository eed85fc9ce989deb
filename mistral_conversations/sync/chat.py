"""`Chat`: one conversation, turn after turn, without async."""

import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NoReturn, TypeAlias

from mistral_conversations._callables import is_async
from mistral_conversations._public import publish
from mistral_conversations._traceback import short_traceback
from mistral_conversations.chat.async_chat import (
    AsyncChat,
    delete_chat,
    reader_of_turn,
)
from mistral_conversations.chat.client import ChatClient
from mistral_conversations.chat.course import ChatTurn
from mistral_conversations.chat.person import asked
from mistral_conversations.chat.talk import Ask, check_ask, is_blank, is_decided
from mistral_conversations.config import RetryPolicy, Timeout
from mistral_conversations.models.conversations import ConversationHistory
from mistral_conversations.models.inputs import ConversationInputs
from mistral_conversations.models.runs import RunResult
from mistral_conversations.models.usage import ConversationUsageInfo
from mistral_conversations.runs.pausing.paused import RunPaused
from mistral_conversations.sync.caller_thread import CallerThread
from mistral_conversations.sync.portal import Portal
from mistral_conversations.sync.runs import RunStream, is_over

__all__ = ["Chat"]

ClientOf: TypeAlias = Callable[[CallerThread], ChatClient]
"""Returns the client of a turn whose functions may run in a thread that waits."""


class Chat:
    """Blocking twin of `AsyncChat`: one conversation, turn after turn.

    `conversations.chat(...)` makes it and sends nothing. The first turn starts the
    conversation, each further one appends to it. A turn is a run: the model calls the
    Python functions of `tools` until it is done.

    Any thread may use the chat. One turn at a time: a turn that begins while another is
    in progress waits for its end, or raises `ConfigurationError` with `wait=False`. A
    stream is in progress from its first step until its end, or until it is closed.
    Ctrl-C during a turn closes it.

    A turn that fails or is closed leaves the chat usable, see `AsyncChat`. A turn
    raises `RunPaused` if calls need a decision: decide with `chat.paused.approve(...)`,
    and continue with `send()` without inputs.

    Example:
        chat = conversations.chat(model="mistral-medium-latest")
        print(chat.send("Name a river.").text)
        with chat.stream("Where does it rise?") as stream:
            for piece in stream.text():
                print(piece, end="", flush=True)
    """

    def __init__(self, chat: AsyncChat, portal: Portal, client_of: ClientOf) -> None:
        self._chat = chat
        self._portal = portal
        self._client_of = client_of

    @property
    def id(self) -> str | None:
        """The conversation's id; None until the service has named it."""
        return self._chat.id

    @property
    def usage(self) -> ConversationUsageInfo:
        """The tokens of all complete answers of this chat, see `AsyncChat.usage`."""
        return self._chat.usage

    @property
    def last(self) -> RunResult | None:
        """The result of the last turn that has ended; None before one has."""
        return self._chat.last

    @property
    def paused(self) -> RunPaused | None:
        """The pause of the last turn, whose calls wait for decisions; None without."""
        return self._chat.paused

    def __repr__(self) -> str:
        """Show the conversation's id and the state of the chat."""
        return repr(self._chat).replace("<AsyncChat", f"<{type(self).__name__}", 1)

    def __getstate__(self) -> NoReturn:
        """Refuse a copy or a pickle, as `AsyncChat` does.

        Raises:
            ConfigurationError: always.
        """
        self._chat.__getstate__()

    def send(
        self,
        inputs: ConversationInputs | None = None,
        *,
        wait: bool = True,
        output_type: Any = None,
        context: Any = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> RunResult:
        """Send a message, and return the result of the turn.

        Blocking twin of `AsyncChat.send`, which documents the parameters.

        Raises:
            ConfigurationError: the chat was deleted, it is paused and `inputs` is
                given, or another turn is in progress and `wait` is False or would wait
                for the caller. Nothing was sent.
            RunPaused: calls need a decision.
            RunError, SDKError, StreamError: as in `run_stream`.
        """
        with short_traceback:
            stream = self.stream(
                inputs,
                wait=wait,
                output_type=output_type,
                context=context,
                timeout=timeout,
                retries=retries,
                headers=headers,
            )
            return stream.result()

    def stream(
        self,
        inputs: ConversationInputs | None = None,
        *,
        wait: bool = True,
        output_type: Any = None,
        context: Any = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> RunStream:
        """Stream a turn: its events, those of its functions, or its text.

        Blocking twin of `AsyncChat.stream`: takes the parameters of `send` and checks
        them now; sends nothing before the stream is entered or iterated. Read it to its
        end, or leave it with `with`: the next turn waits for that.

        Raises:
            ConfigurationError: the chat was deleted, or it is paused and `inputs` is
                given.
        """
        own = {
            "output_type": output_type,
            "context": context,
            "timeout": timeout,
            "retries": retries,
            "headers": headers,
        }
        caller = CallerThread()
        with short_traceback:
            turn = ChatTurn(
                inputs=inputs, own=own, waits=wait, reader=lambda: caller.thread
            )
            read = reader_of_turn(self._chat, turn, self._client_of(caller))
        return RunStream(read, self._portal, caller)

    def talk(self, ask: Ask) -> Iterator[RunStream]:
        """Iterate over the turns of a conversation with a person.

        Blocking twin of `AsyncChat.talk`: each step asks for a message and returns the
        stream of its turn, not begun. What the loop's body has not read of a turn, the
        next step reads. Blank messages are not sent; `ask` is called again.

        Args:
            ask: a function that returns the next message, or None at the end; plain or
                async. `EOFError` (Ctrl-D in `input`) and `StopIteration` end the
                iteration, too. A plain one runs in this thread.

        Raises:
            RunPaused: the calls of the last turn are undecided. Once they are decided,
                the next step continues that turn instead of asking.

        Example:
            for stream in chat.talk(lambda: input("> ")):
                with stream:
                    for piece in stream.text():
                        print(piece, end="", flush=True)
                print()
        """
        return Talk(self, ask, self._portal)

    def history(
        self,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ConversationHistory:
        """Fetch the entries of the conversation, from the first one.

        Blocking twin of `AsyncChat.history`.

        Raises:
            ConfigurationError: nothing was sent yet, or the chat was deleted.
        """
        with short_traceback:
            return self._portal.call(
                self._chat.history, timeout=timeout, retries=retries, headers=headers
            )

    def fork(self, from_entry_id: str | None = None) -> "Chat":
        """Return another chat, which continues from an entry of this one.

        Blocking twin of `AsyncChat.fork`; sends nothing.

        Args:
            from_entry_id: the id of the entry; None for the last one when the first
                turn of the fork begins.

        Raises:
            ConfigurationError: `from_entry_id` is given, but nothing was sent yet; it
                is None, and the chat is paused; or the chat was deleted.
        """
        with short_traceback:
            forked = self._chat.fork(from_entry_id)
        return type(self)(forked, self._portal, self._client_of)

    def delete(
        self,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Delete the conversation, after the turn in progress. The chat is over then.

        Blocking twin of `AsyncChat.delete`.

        Raises:
            ConfigurationError: the chat was deleted, or its turn waits for the caller.
            NotFoundError: there is no such conversation any more.
        """
        own = {"timeout": timeout, "retries": retries, "headers": headers}
        thread = threading.get_ident()
        with short_traceback:
            self._portal.call(delete_chat, self._chat, own, lambda: thread)

    def to_json(self) -> str:
        """Return the chat as JSON text, for `conversations.chat_from_json`.

        Blocking twin of `AsyncChat.to_json`; either client reads it.

        Raises:
            ConfigurationError: the chat was deleted.
        """
        with short_traceback:
            return self._chat.to_json()


class Talk(Iterator[RunStream]):
    """The turns of a conversation with a person.

    Args:
        chat: the chat.
        ask: asks for the next message.
        portal: runs `ask` if it is async.

    Raises:
        TypeError: `ask` is not a function.
    """

    def __init__(self, chat: Chat, ask: Ask, portal: Portal) -> None:
        check_ask(ask)
        self._chat = chat
        asks: Any = ask
        self._ask: Callable[[], str | None] = (
            partial(portal.call, asks) if is_async(ask) else asks
        )
        self._turn: RunStream | None = None

    def __next__(self) -> RunStream:
        with short_traceback:
            turn, self._turn = self._turn, None
            if turn is not None and not is_over(turn):
                turn.result()
            if is_decided(self._chat.paused):
                self._turn = self._chat.stream()
            elif (message := self._asked()) is None:
                raise StopIteration
            else:
                self._turn = self._chat.stream(message)
        return self._turn

    def _asked(self) -> str | None:
        """Ask until there is a message that is not blank; None at the end."""
        message = asked(self._ask)
        while is_blank(message):
            message = asked(self._ask)
        return message


publish(globals(), *__all__)
