"""Handle every kind of event of a streamed answer.

No model produces all of them on request, so a `LocalServer` plays a script.
"""

import asyncio

from mistral_conversations import (
    AgentHandoffDoneEvent,
    AgentHandoffStartedEvent,
    AsyncConversations,
    ConversationEvents,
    DocumentURLChunk,
    FunctionCallEvent,
    ImageURLChunk,
    MessageOutputEvent,
    OutputContentChunks,
    ResponseDoneEvent,
    ResponseErrorEvent,
    ResponseFailedError,
    ResponseStartedEvent,
    TextChunk,
    ThinkChunk,
    ToolExecutionDeltaEvent,
    ToolExecutionDoneEvent,
    ToolExecutionStartedEvent,
    ToolFileChunk,
    ToolReferenceChunk,
    UnknownChunk,
    UnknownEvent,
)
from mistral_conversations.server import (
    LocalServer,
    call,
    execute,
    fail,
    handoff,
    say,
    think,
)


def show(event: ConversationEvents) -> None:
    """Print an event."""
    match event:
        case ResponseStartedEvent(conversation_id=conversation_id):
            print(f"[{conversation_id} starts]")
        case MessageOutputEvent(content=content):
            show_content(content)
        case ToolExecutionStartedEvent(name=name):
            print(f"[{name} runs with ", end="")
        case ToolExecutionDeltaEvent(arguments=arguments):
            print(arguments, end="")
        case ToolExecutionDoneEvent(info=info):
            print(f", result: {info or 'none'}]")
        case FunctionCallEvent(name=name, arguments=arguments):
            print(f"[{name} is called, next piece of its arguments: {arguments}]")
        case AgentHandoffStartedEvent(previous_agent_name=name):
            print(f"\n[{name} hands over ", end="")
        case AgentHandoffDoneEvent(next_agent_name=name):
            print(f"to {name}]")
        case ResponseDoneEvent(usage=usage):
            print(f"[done: {usage.total_tokens} tokens]")
        case ResponseErrorEvent(message=message):
            # Never reached: the stream raises ResponseFailedError instead.
            print(f"\n[failed: {message}]")
        case UnknownEvent(type=kind, raw=raw):
            print(f"[{kind}, unknown to this version: {raw}]")


def show_content(
    content: str
    | TextChunk
    | ThinkChunk
    | ToolReferenceChunk
    | ToolFileChunk
    | ImageURLChunk
    | DocumentURLChunk
    | UnknownChunk
    | tuple[OutputContentChunks, ...],
) -> None:
    """Print a piece of a message."""
    match content:
        case str(text) | TextChunk(text=text):
            print(text, end="", flush=True)
        case ThinkChunk(thinking=thoughts):
            texts = (
                thought.text for thought in thoughts if isinstance(thought, TextChunk)
            )
            print(f"({''.join(texts)})", end=" ")
        case ToolReferenceChunk(title=title, url=url):
            print(f" [{title}: {url}]", end="")
        case ToolFileChunk(file_id=file_id, file_name=name):
            print(f"[file {name}: {file_id}]")
        case ImageURLChunk() | DocumentURLChunk() | UnknownChunk():
            print(f"[{content}]")
        case tuple(chunks):
            for chunk in chunks:
                show_content(chunk)


def local_server() -> LocalServer:
    """Return a server: its first answer has all kinds of events, its second fails."""
    source = ToolReferenceChunk(
        tool="web_search", title="Alps", url="https://example.org"
    )
    return LocalServer(
        [
            [
                think("I should look it up."),
                execute("web_search", arguments={"query": "highest mountain"}),
                say("Mont Blanc", source, " is 4,806 metres high."),
                handoff("Meteorologist"),
                call("get_weather", place="Chamonix"),
            ],
            [say("Let me see"), fail("The model stopped", code=3000)],
        ]
    )


async def main() -> None:
    """Stream an answer with all kinds of events, then one that fails."""
    async with (
        local_server() as server,
        AsyncConversations("local", base_url=server.base_url) as conversations,
    ):
        question = (
            "How high is the highest mountain of the Alps, and how is the weather?"
        )
        async with conversations.start_stream(question, model="scripted") as stream:
            async for event in stream:
                show(event)
        response = await stream.response()
        print("The whole text:", response.text)
        print("Open function calls:", [c.name for c in response.function_calls])

        try:
            async for event in conversations.start_stream("Again?", model="scripted"):
                show(event)
        except ResponseFailedError as error:
            partial = error.partial.text if error.partial else ""
            print(f"\nThe answer failed after {partial!r}: {error}")


if __name__ == "__main__":
    asyncio.run(main())
