"""`AsyncChat`: one conversation, turn after turn."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, NoReturn

from mistral_conversations._event_loop import this_task
from mistral_conversations._public import publish
from mistral_conversations._traceback import short_traceback
from mistral_conversations.chat.client import ChatClient
from mistral_conversations.chat.course import ChatCourse, ChatTurn
from mistral_conversations.chat.queue import held
from mistral_conversations.chat.settings import ChatSettings
from mistral_conversations.chat.state import ChatState
from mistral_conversations.chat.talk import Ask, Talk
from mistral_conversations.config import RetryPolicy, Timeout
from mistral_conversations.errors import ConfigurationError
from mistral_conversations.models.conversations import ConversationHistory
from mistral_conversations.models.inputs import ConversationInputs
from mistral_conversations.models.runs import RunResult
from mistral_conversations.models.usage import ConversationUsageInfo
from mistral_conversations.runs.pausing.paused import RunPaused
from mistral_conversations.runs.streaming.reader import RunReader
from mistral_conversations.runs.streaming.stream import AsyncRunStream

__all__ = ["AsyncChat", "delete_chat", "reader_of_turn"]


class AsyncChat:
    """One conversation: send a message, read the answer, send the next one.

    `conversations.chat(...)` makes it and sends nothing. The first turn starts the
    conversation, each further one appends to it. A turn is a run: the model calls the
    Python functions of `tools` until it is done.

    One turn at a time: a turn that begins while another is in progress waits for its
    end, or raises `ConfigurationError` with `wait=False`. A stream is in progress from
    its first step until its end, or until it is closed. Turns that would wait for
    themselves raise `ConfigurationError`.

    A turn that fails, or is cancelled or closed, leaves the chat usable, and the
    conversation's id is kept as soon as the service has named it. The service still
    finishes the answer and locks the conversation until then; the next turn waits for
    that, for up to 90 seconds (`wait_if_busy`). An answer whose connection broke is
    read from the history (`recover`).

    A turn raises `RunPaused` if calls need a decision. `paused` then has it: decide
    with `chat.paused.approve(...)`, and continue with `send()` without inputs.

    Several event loops may use a chat, one after another. The chat holds no connection
    and needs no closing; its client does.

    Example:
        chat = conversations.chat(model="mistral-medium-latest")
        print((await chat.send("Name a river.")).text)
        async with chat.stream("Where does it rise?") as stream:
            async for piece in stream.text():
                print(piece, end="", flush=True)
    """

    def __init__(
        self, client: ChatClient, settings: ChatSettings, state: ChatState
    ) -> None:
        self._client = client
        self._settings = settings
        self._state = state

    @property
    def id(self) -> str | None:
        """The conversation's id; None until the service has named it."""
        return self._state.position.conversation_id

    @property
    def usage(self) -> ConversationUsageInfo:
        """The tokens of all complete answers of this chat, added up.

        Those of a conversation before the chat continued or forked it are not included,
        and recovered answers count as zero, because the history does not have theirs.
        """
        return self._state.usage

    @property
    def last(self) -> RunResult | None:
        """The result of the last turn that has ended; None before one has."""
        return self._state.last

    @property
    def paused(self) -> RunPaused | None:
        """The pause of the last turn, whose calls wait for decisions; None without."""
        return self._state.paused

    def __repr__(self) -> str:
        """Show the conversation's id and the state of the chat."""
        return self._state.described(type(self))

    def __getstate__(self) -> NoReturn:
        """Refuse a copy or a pickle, which would be out of step with this chat.

        Raises:
            ConfigurationError: always.
        """
        with short_traceback:
            raise ConfigurationError(
                "a chat is neither copied nor pickled: use fork(), or to_json() and "
                "conversations.chat_from_json()"
            )

    async def send(
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

        The answer is streamed, so that the id of a new conversation is known early; it
        therefore has no `completed_at` and no `guardrails`.

        Args:
            inputs: as in `start`. None continues what is open: a pause whose calls are
                decided, or calls that the history shows without a result.
            wait: whether to wait for the turn in progress, if there is one.
            output_type: as in `run`, for this turn; None is that of the chat.
            context: as in `run`, for this turn; None is that of the chat.

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
            return await stream.result()

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
    ) -> AsyncRunStream:
        """Stream a turn: its events, those of its functions, or its text.

        Takes the parameters of `send` and checks them now. Nothing is sent before the
        stream is entered or iterated; it then waits for its turn. Read it to its end,
        or leave it with `async with`: the next turn waits for that.

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
        with short_traceback:
            turn = ChatTurn(inputs=inputs, own=own, waits=wait)
            return AsyncRunStream(reader_of_turn(self, turn))

    def talk(self, ask: Ask) -> AsyncIterator[AsyncRunStream]:
        """Iterate over the turns of a conversation with a person.

        Each step asks for a message and returns the stream of its turn, not begun. What
        the loop's body has not read of a turn, the next step reads. Blank messages are
        not sent; `ask` is called again.

        Args:
            ask: a function that returns the next message, or None at the end; plain or
                async. `EOFError` (Ctrl-D in `input`) and `StopIteration` end the
                iteration, too. A plain one runs in a thread of its own, which does not
                keep the program from ending; a cancelled step loses its answer.

        Raises:
            RunPaused: the calls of the last turn are undecided. Once they are decided,
                the next step continues that turn instead of asking.

        Example:
            async for stream in chat.talk(lambda: input("> ")):
                async with stream:
                    async for piece in stream.text():
                        print(piece, end="", flush=True)
                print()
        """
        return Talk(self, ask)

    async def history(
        self,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ConversationHistory:
        """Fetch the entries of the conversation, from the first one.

        Raises:
            ConfigurationError: nothing was sent yet, or the chat was deleted.
        """
        with short_traceback:
            id = self._state.known_id()
            own = {"timeout": timeout, "retries": retries, "headers": headers}
            options = self._settings.options(own)
            return await self._client.operations.get_history(id, **options)

    def fork(self, from_entry_id: str | None = None) -> "AsyncChat":
        """Return another chat, which continues from an entry of this one.

        Nothing is sent before its first turn, which restarts the conversation from the
        entry; the entries after it are not part of the new conversation. This chat does
        not change. A chat that has sent nothing forks into a new chat. The fork counts
        its own `usage`.

        Args:
            from_entry_id: the id of the entry; None for the last one when the first
                turn of the fork begins.

        Raises:
            ConfigurationError: `from_entry_id` is given, but nothing was sent yet; it
                is None, and the chat is paused; or the chat was deleted.
        """
        with short_traceback:
            state = ChatState(position=self._state.forked(from_entry_id))
            return type(self)(self._client, self._settings, state)

    async def delete(
        self,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Delete the conversation, after the turn in progress. The chat is over then.

        Raises:
            ConfigurationError: the chat was deleted, or its turn waits for the caller.
            NotFoundError: there is no such conversation any more.
        """
        own = {"timeout": timeout, "retries": retries, "headers": headers}
        with short_traceback:
            await delete_chat(self, own, this_task)

    def to_json(self) -> str:
        """Return the chat as JSON text, for `conversations.chat_from_json`.

        It has the conversation's id, the settings, the usage, and a pause with its
        decisions. It has neither the API key nor `tools`, `context`, `approve`,
        `output_type`, `timeout`, `retries` and `headers`: pass them again. Save the
        chat between two turns: a turn in progress is not part of it.

        Raises:
            ConfigurationError: the chat was deleted.
        """
        from mistral_conversations.chat.saved_chat import save  # noqa: PLC0415

        with short_traceback:
            self._state.check()
            self._state.settle()
            return save(self._settings, self._state)


def reader_of_turn(
    chat: AsyncChat, turn: ChatTurn, client: ChatClient | None = None
) -> RunReader:
    """Return what reads a turn of a chat.

    Args:
        chat: the chat.
        turn: the turn.
        client: the client that runs it; None for that of the chat.
    """
    course = ChatCourse(client or chat._client, chat._settings, chat._state, turn)  # noqa: SLF001 - private to users
    return RunReader(course)


async def delete_chat(
    chat: AsyncChat, own: Mapping[str, Any], reader: Callable[[], object]
) -> None:
    """Delete the conversation of a chat after the turn in progress.

    Args:
        chat: the chat.
        own: the options of this request alone.
        reader: returns who deletes it: a task or a thread.
    """
    client, settings, state = chat._client, chat._settings, chat._state  # noqa: SLF001 - private to users
    async with held(state.queue, reader):
        state.check()
        if chat.id is not None:
            await client.operations.delete(chat.id, **settings.options(own))
        state.is_deleted = True


publish(globals(), "AsyncChat")
