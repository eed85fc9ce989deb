"""What to do about the problems that a 422 lists."""

from typing import Any

from mistral_conversations._wire.problems import problems
from mistral_conversations._wire.remedies import remedy
from tests.support.for_each import for_each

MODEL = "function-after[validate_req(), ModelConversationRequest]"
AGENT = "function-after[validate_req(), AgentConversationRequest]"
NEITHER = "give model or agent_id: the request has neither"


def missing(*loc: str) -> Any:
    return {"type": "missing", "loc": ["body", *loc], "msg": "Field required"}


def extra(*loc: str) -> Any:
    message = "Extra inputs are not permitted"
    return {"type": "extra_forbidden", "loc": ["body", *loc], "msg": message}


def high(*loc: str) -> Any:
    return {"type": "less_than_equal", "loc": ["body", *loc], "msg": "Too high"}


BESIDE = "leave out {} beside agent_id, or change the agent with agents.update()"
KEPT = "leave out {}: a conversation keeps what it was started with"
OF_AN_AGENT = [missing(MODEL, "model"), extra(MODEL, "agent_id")]
OF_A_MODEL = [missing(AGENT, "agent_id"), extra(AGENT, "model"), extra(AGENT, "tools")]
HEAT = ("completion_args", "temperature")


@for_each(
    ("detail", "message"),
    [
        ([missing(MODEL, "model"), missing(AGENT, "agent_id")], NEITHER),
        ([missing("model"), missing("agent_id")], NEITHER),
        (
            [
                *[missing(MODEL, "model"), high(MODEL, *HEAT)],
                *[missing(AGENT, "agent_id"), extra(AGENT, "completion_args")],
            ],
            NEITHER,
        ),
        ([*OF_AN_AGENT, extra(AGENT, "tools")], BESIDE.format("tools")),
        (
            [*OF_AN_AGENT, extra(AGENT, "instructions"), extra(AGENT, "tools")],
            BESIDE.format("instructions and tools"),
        ),
        (
            [*OF_AN_AGENT, extra(AGENT, "tools"), high(AGENT, "metadata", "n")],
            BESIDE.format("tools") + "; body.metadata.n: Too high",
        ),
        ([*OF_A_MODEL, high(MODEL, "tools", "x")], "body.tools.x: Too high"),
        ([extra("tools")], KEPT.format("tools")),
        ([extra("model"), extra("tools"), high("x")],
            KEPT.format("model and tools") + "; body.x: Too high"),
        ([high("x")], ""),
        ([extra("colour")], ""),
        ([*OF_AN_AGENT, extra(AGENT, "colour")], ""),
        ([missing("inputs", "tools"), extra("inputs", "tools")], ""),
        ([], ""),
    ],
)  # fmt: skip
def test_the_remedy_for_problems(detail: Any, message: str) -> None:
    assert remedy(problems(detail)) == message
