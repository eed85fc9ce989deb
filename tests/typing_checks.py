"""Types that type checkers must infer; mypy and pyright read it, nothing runs it."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, assert_type

from mistral_conversations import (
    UNSET,
    Agent,
    AgentAliasList,
    AgentPage,
    APITimeoutError,
    AsyncAgents,
    AsyncConversations,
    AsyncConversationStream,
    AsyncFiles,
    AsyncMistral,
    AsyncRunStream,
    BaseModelCard,
    BatchJob,
    BatchRequest,
    BatchRequestError,
    BatchResult,
    Conversation,
    ConversationEvents,
    ConversationHistory,
    ConversationMessages,
    ConversationPage,
    ConversationResponse,
    Conversations,
    ConversationStream,
    DecodeError,
    DocumentOut,
    Files,
    FTModelCard,
    FunctionCallEntry,
    LibraryOut,
    ListLibraryOut,
    ListSharingOut,
    MCPTools,
    MessageInputEntry,
    MessageOutputEntry,
    MessageOutputEvent,
    Mistral,
    ModelCard,
    ModelList,
    OutputEntries,
    PythonFunction,
    ResponseDoneEvent,
    RunContext,
    RunEvents,
    RunResult,
    RunStream,
    RunTurn,
    StreamError,
    TextChunk,
    UnknownModelCard,
    ValidationError,
    WebSearchTool,
    from_dict,
    function_tool,
    mcp_http,
    mcp_stdio,
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
    assert_type(client.run_stream("Hi", model="m"), AsyncRunStream)
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
    for turn in client.run_stream("Hi", model="m").turns():
        assert_type(turn, RunTurn)
    with client.run_stream("Hi", model="m") as run:
        assert_type(run, RunStream)
        assert_type(next(run), RunEvents)
        assert_type(run.result(), RunResult)
        assert_type(stream.text(), Iterator[str])
        assert_type(stream.response(), ConversationResponse)
        for event in stream:
            assert_type(event, ConversationEvents)
    client.start(b"bytes", model="m")  # type: ignore[arg-type]
    client.start("Hi", model="m", stream=True)  # type: ignore[call-arg]
    client.append()  # type: ignore[call-arg]


async def parts(client: AsyncMistral, path: Path) -> None:
    assert_type(client.with_options(timeout=5), AsyncMistral)
    assert_type(client.conversations, AsyncConversations)
    assert_type(client.agents, AsyncAgents)
    agent = await client.agents.create(model="m", name="a")
    assert_type(agent, Agent)
    assert_type(await client.agents.list(sources=["api"]), AgentPage)
    assert_type((await client.agents.list())[0], Agent)
    assert_type((await client.agents.list_pages())[:2], tuple[Agent, ...])
    assert_type(client.agents.list_all(), AsyncIterator[Agent])
    await client.agents.update(agent.id, name=UNSET, description=None)
    await client.agents.update(agent.id, tools=None)  # type: ignore[arg-type]
    assert_type(await client.agents.list_aliases(agent.id), AgentAliasList)
    assert_type(await client.libraries.list(), ListLibraryOut)
    assert_type(client.libraries.list_all(search="s"), AsyncIterator[LibraryOut])
    await client.libraries.update("1", name=None)  # type: ignore[arg-type]
    assert_type(await client.libraries.delete("1"), LibraryOut | None)
    documents = client.libraries.documents
    for file in ("a.txt", path, b"bytes", path.open("rb"), BytesIO()):
        assert_type(await documents.upload("1", file, progress=print), DocumentOut)
    await documents.upload("1", path.open())  # type: ignore[arg-type]
    assert_type(documents.list_all("1"), AsyncIterator[DocumentOut])
    assert_type(await documents.signed_url("1", "2"), str)
    assert_type(await client.models.list(model="m"), ModelList)
    assert_type((await client.models.list())[0], ModelCard)
    assert_type((await client.models.list())[0].id, str | None)
    match await client.models.retrieve("m"):
        case BaseModelCard() | FTModelCard() as card:
            assert_type(card.capabilities.vision, bool)
            assert_type(card.created, datetime | None)
        case UnknownModelCard() as card:
            assert_type(card.id, str | None)


async def batch_jobs(client: AsyncMistral) -> None:
    request = BatchRequest.conversation("1", "Hi", model="m")
    assert_type(request, BatchRequest)
    job = await client.batch_jobs.create(requests=[request, {"body": {}}])
    assert_type(await client.batch_jobs.wait(job), BatchJob)
    results = client.batch_jobs.results(job.id)
    assert_type(results, AsyncIterator[BatchResult])
    result = await anext(results)
    assert_type(result.response, ConversationResponse | None)
    assert_type(result.error, BatchRequestError | DecodeError | None)
    await client.batch_jobs.create(requests=["Hi"])  # type: ignore[list-item]


def blocking_parts(client: Mistral) -> None:
    assert_type(client.batch_jobs.results("1"), Iterator[BatchResult])
    assert_type(client.conversations, Conversations)
    assert_type(client.agents.get("ag_1"), Agent)
    assert_type(client.agents.list_all(), Iterator[Agent])
    assert_type(client.libraries.list_all(), Iterator[LibraryOut])
    assert_type(client.libraries.documents.list_all("1"), Iterator[DocumentOut])
    assert_type(client.libraries.accesses.list("1"), ListSharingOut)
    assert_type(client.models.list(), ModelList)
    assert_type(client.models.retrieve("m"), ModelCard)


async def inputs(client: AsyncConversations, response: ConversationResponse) -> None:
    entry = MessageInputEntry(role="user", content=(TextChunk(text="Hi"),))
    await client.append("conv_1", entry)
    await client.append("conv_1", [entry, "text", {"role": "user", "content": "Hi"}])
    await client.append("conv_1", response.outputs)
    await client.start(b"bytes", model="m")  # type: ignore[arg-type]
    await client.start("Hi", model="m", stream=True)  # type: ignore[call-arg]


async def run_events(run: AsyncRunStream) -> None:
    async for event in run:
        assert_type(event, RunEvents)
    async for turn in run.turns():
        assert_type(turn, RunTurn)
    assert_type(await run.result(), RunResult)


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
    assert_type(response.parse(TextChunk), TextChunk)
    assert_type(response.parse(list[int]), list[int])
    assert_type(from_dict(MessageOutputEntry, {"content": "Hi"}), MessageOutputEntry)


def errors(error: StreamError | APITimeoutError | HTTPValidationError) -> None:
    if isinstance(error, StreamError):
        assert_type(error.partial, ConversationResponse | None)
    elif isinstance(error, APITimeoutError):
        assert_type(error.phase, TimeoutPhase)
    else:
        assert_type(error.detail, tuple[ValidationError, ...])


def arguments(call: FunctionCallEntry) -> None:
    assert_type(call.parsed_arguments, dict[str, Any])


def events_by_their_class(event: ConversationEvents) -> None:
    """Only `match` narrows: `UnknownEvent.type` may equal the type of any event."""
    match event:
        case MessageOutputEvent(content=str(text)):
            assert_type(event, MessageOutputEvent)
            assert_type(text, str)
        case ResponseDoneEvent():
            assert_type(event, ResponseDoneEvent)


@function_tool
def weather(city: str, days: int = 1, *, context: RunContext[str]) -> float:
    return float(len(city) * days * len(context.context))


@function_tool(timeout=5, requires_approval=bool)
async def later(city: str) -> str:
    return city


class Shop:
    @function_tool
    def price(self, item: str) -> float:
        return float(len(item))


async def functions(context: RunContext[str], shop: Shop) -> None:
    assert_type(weather("Rome", 2, context=context), float)
    assert_type(await later("Rome"), str)
    assert_type(shop.price("tea"), float)
    assert_type(function_tool(len, name="size")("tea"), int)
    assert_type(later.call({}, context), Any)
    tools: list[PythonFunction[..., Any]] = [weather, later, shop.price]
    assert_type(tools[0].validated("{}"), dict[str, Any])
    weather(5, context=context)  # type: ignore[arg-type]
    weather("Rome")  # type: ignore[call-arg]
    shop.price()  # type: ignore[call-arg]
    function_tool(5)  # type: ignore[call-overload]


async def servers(client: AsyncConversations, blocking: Conversations) -> None:
    async with mcp_stdio("npx", "-y", "server", requires_approval=["write"]) as tools:
        assert_type(tools, MCPTools)
        await client.run("Hi", model="m", tools=[tools, weather])
    with mcp_http("https://example.com/mcp", headers={"A": "b"}) as tools:
        assert_type(tools, MCPTools)
        blocking.run("Hi", model="m", tools=[tools])
    mcp_stdio(5)  # type: ignore[arg-type]
    MCPTools(tools, prefix=5)  # type: ignore[arg-type]


async def downloads(files: AsyncFiles, blocking: Files, path: Path) -> None:
    assert_type(await files.download("1"), bytes)
    assert_type(await files.download("1", None, progress=print), bytes)
    assert_type(await files.download("1", "sky.bin"), Path)
    assert_type(await files.download("1", path, timeout=5), Path)
    with path.open("wb") as file, path.open("w") as text:
        assert_type(await files.download("1", to=file), int)
        assert_type(blocking.download("1", file), int)
        await files.download("1", text)  # type: ignore[call-overload]
    assert_type(blocking.download("1"), bytes)
    assert_type(blocking.download("1", path), Path)
    blocking.download("1", 5)  # type: ignore[call-overload]
