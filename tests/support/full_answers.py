"""Answers with every kind of content."""

import base64
from typing import Any

import attrs

from mistral_conversations import (
    AgentConversation,
    Conversation,
    ConversationHistory,
    ConversationMessages,
    ConversationPage,
    ConversationResponse,
    ConversationUsageInfo,
    FunctionCallEntry,
    FunctionResultEntry,
    InputEntries,
    RunCall,
    RunResult,
    from_dict,
)
from tests.support.bodies import (
    CONVERSATION_ID,
    agent_conversation,
    function_call,
    function_result,
    handoff,
    message,
    message_input,
    model_conversation,
    reference,
    text_chunk,
    thinking,
    tool_execution,
    tool_file,
)

__all__ = [
    "ENTRIES",
    "PIXEL",
    "TOOLS",
    "all_answers",
    "conversation_page",
    "history_of",
    "history_of_message",
    "run_result",
]

PIXEL = "data:image/gif;base64," + base64.b64encode(
    b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,"
    b"\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
).decode("ascii")

QUESTION = [
    text_chunk("What is this?"),
    {"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}},
    {"type": "image_url", "image_url": "https://pictures.example/sky.png"},
    {
        "type": "document_url",
        "document_url": "https://papers.example/sky.pdf",
        "document_name": "The sky",
    },
    {"type": "video_url", "video_url": "https://films.example/sky.mp4"},
]

THOUGHT = thinking("Let me see.", closed=False)
THOUGHT["thinking"] += [
    reference("Thoughts of others"),
    {"type": "reference", "reference_ids": [1, 22]},
    {"type": "doubt", "doubt": "Is it?"},
]

ANSWER = [THOUGHT, text_chunk("The sky"), reference(), text_chunk(" is blue.")]
ANSWER += [tool_file(), {"type": "hologram", "hologram": {"depth": [1]}}]

ENTRIES: list[dict[str, Any]] = [
    message_input(QUESTION, prefix=True),
    message(ANSWER, agent_id="ag_019f0000000000000000000000000009"),
    function_call(confirmation_status="pending"),
    function_call(arguments={"city": {"name": "Oslo"}}),
    function_result(),
    tool_execution(function="run", new_key={"deep": [1]}),
    handoff(),
    {"type": "moderation.verdict", "verdict": {"score": 0.5}},
]

TOOLS = [
    {"type": "function", "function": {"name": "weather", "parameters": {}}},
    {"type": "web_search"},
    {"type": "document_library", "library_ids": ["lib_1", "lib_2"]},
    {
        "type": "connector",
        "connector_id": "wiki",
        "authorization": {"type": "api-key", "value": "canary-of-a-key"},
    },
    {"type": "time_machine", "year": 1900},
]


def history_of(*entries: Any) -> ConversationHistory:
    read = tuple(from_dict(InputEntries, entry) for entry in entries)
    return ConversationHistory(conversation_id=CONVERSATION_ID, entries=read)


def history_of_message(*chunks: Any) -> ConversationHistory:
    return history_of(message(list(chunks)))


def conversation_page() -> ConversationPage:
    bodies = [
        model_conversation(1, name="Weather", description="It rains", tools=TOOLS),
        agent_conversation(2, agent_version=3),
    ]
    read = tuple(from_dict(Conversation, body) for body in bodies)
    return ConversationPage(conversations=read, page=0, page_size=2)


def all_answers() -> list[Any]:
    """Return one answer of each class that notebooks show."""
    spent = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 12}
    response = {
        "conversation_id": CONVERSATION_ID,
        "outputs": [ENTRIES[1], ENTRIES[2], ENTRIES[5], ENTRIES[6], ENTRIES[7]],
        "usage": {**spent, "connectors": {"web_search": 2}},
        "guardrails": [{"verdict": {"passed": True}}],
        "new_key": ["news"],
    }
    messages = {"conversation_id": CONVERSATION_ID, "messages": ENTRIES[:2]}
    return [
        from_dict(ConversationResponse, response),
        history_of(*ENTRIES),
        from_dict(ConversationMessages, messages),
        conversation_page(),
        from_dict(AgentConversation, agent_conversation()),
        run_result(),
    ]


def run_result(**changes: Any) -> RunResult:
    """Return the result of a run with entries of every kind, and a failed call."""
    entries = history_of(*ENTRIES).entries
    answered = next(e for e in entries if isinstance(e, FunctionResultEntry))
    call = RunCall(
        tool_call_id=answered.tool_call_id,
        name="weather",
        arguments={"city": "Oslo"},
        turn=1,
        result=answered.result,
        error="no station there",
        seconds=1.234,
    )
    result = RunResult(
        conversation_id=CONVERSATION_ID,
        response=None,
        entries=entries,
        calls=(call,),
        open_calls=tuple(e for e in entries if isinstance(e, FunctionCallEntry)),
        usage=ConversationUsageInfo(
            prompt_tokens=7, completion_tokens=3, total_tokens=10
        ),
        turns=2,
    )
    return attrs.evolve(result, **changes)
