"""What type checkers are to see; mypy and pyright read it, nothing runs it."""

from collections.abc import AsyncIterator, Iterator
from typing import Literal, assert_type

from mistral_conversations import (
    APITimeoutError,
    AsyncConversations,
    AsyncConversationStream,
    Conversation,
    ConversationEvents,
    ConversationHistory,
    ConversationMessages,
    ConversationPage,
    ConversationResponse,
    Conversations,
    ConversationStream,
    FunctionCallEntry,
    MessageInputEntry,
    MessageOutputEntry,
    MessageOutputEvent,
    OutputEntries,
    StreamError,
    TextChunk,
    ValidationError,
    WebSearchTool,
    from_dict,
)
from mistral_conversations.errors import HTTPValidationError, TimeoutPhase


async def operations(client: AsyncConversations) -> None:
    assert_type(
        await client.start("Hi", model="m", tools=[WebSearchTool()]),
        ConversationResponse,
    )
    assert_type(await client.append("conv_1", ["Hi"]), ConversationResponse)
    assert_type(await client.restart("conv_1", "msg_1"), ConversationResponse)
    assert_type(client.start_stream("Hi", model="m"), AsyncConversationStream)
    assert_type(await client.list(), ConversationPage)
    assert_type(client.list_all(), AsyncIterator[Conversation])
    assert_type(await client.get("conv_1"), Conversation)
    assert_type(await client.get_history("conv_1"), ConversationHistory)
    assert_type(await client.get_messages("conv_1"), ConversationMessages)
    assert_type(client.with_options(timeout=5), AsyncConversations)


def blocking_operations(client: Conversations) -> None:
    assert_type(
        client.start("Hi", model="m", tools=[WebSearchTool()]), ConversationResponse
    )
    assert_type(client.append("conv_1", ["Hi"], wait_if_busy=5), ConversationResponse)
    assert_type(client.restart("conv_1", "msg_1"), ConversationResponse)
    assert_type(client.list(), ConversationPage)
    assert_type(client.list_all(), Iterator[Conversation])
    assert_type(client.get("conv_1"), Conversation)
    assert_type(client.get_history("conv_1"), ConversationHistory)
    assert_type(client.get_messages("conv_1"), ConversationMessages)
    assert_type(client.with_options(timeout=5), Conversations)
    with client.start_stream("Hi", model="m") as stream:
        assert_type(stream, ConversationStream)
        assert_type(stream.text(), Iterator[str])
        assert_type(stream.response(), ConversationResponse)
        for event in stream:
            assert_type(event, ConversationEvents)
    client.start(b"bytes", model="m")  # type: ignore[arg-type]
    client.start("Hi", model="m", stream=True)  # type: ignore[call-arg]
    client.append()  # type: ignore[call-arg]


async def inputs(client: AsyncConversations, response: ConversationResponse) -> None:
    entry = MessageInputEntry(role="user", content=(TextChunk(text="Hi"),))
    await client.append("conv_1", entry)
    await client.append("conv_1", [entry, "text", {"role": "user", "content": "Hi"}])
    await client.append("conv_1", response.outputs)
    await client.start(b"bytes", model="m")  # type: ignore[arg-type]
    await client.start("Hi", model="m", stream=True)  # type: ignore[call-arg]


async def events(stream: AsyncConversationStream) -> None:
    async with stream as entered:
        assert_type(entered, AsyncConversationStream)
        async for event in stream:
            assert_type(event, ConversationEvents)
            if isinstance(event, MessageOutputEvent):
                assert_type(event.type, Literal["message.output.delta"])
                assert_type(event.text, str)
    async for text in stream.text():
        assert_type(text, str)
    assert_type(await stream.response(), ConversationResponse)
    assert_type(stream.snapshot, ConversationResponse | None)


def answers(response: ConversationResponse) -> None:
    assert_type(response.outputs, tuple[OutputEntries, ...])
    assert_type(response.text, str)
    assert_type(response.function_calls, tuple[FunctionCallEntry, ...])
    assert_type(from_dict(MessageOutputEntry, {"content": "Hi"}), MessageOutputEntry)


def errors(error: StreamError | APITimeoutError | HTTPValidationError) -> None:
    if isinstance(error, StreamError):
        assert_type(error.partial, ConversationResponse | None)
    elif isinstance(error, APITimeoutError):
        assert_type(error.phase, TimeoutPhase)
    else:
        assert_type(error.detail, tuple[ValidationError, ...])
