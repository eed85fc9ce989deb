"""A server that answers slowly, for chats in real terminals."""

from mistral_conversations.server import (
    LocalServer,
    RecordedConversation,
    RecordedRequest,
    Reply,
    call,
    execute,
    say,
    think,
)

__all__ = ["slow_server"]

_CODE = {"code": "print(6 * 7)", "code_output": "42\n"}


def slow_server() -> LocalServer:
    """Return a slow server; a dropped answer keeps its conversation busy longer."""
    return LocalServer(_answer, latency=0.01, busy_after_drop=0.5)


def _answer(_: RecordedConversation, request: RecordedRequest) -> Reply:
    match request.json.get("inputs"):
        case "long":
            return say("word " * 150, "the end")
        case "tools":
            return [
                think("Hm."),
                execute("web_search", arguments={"query": "rain"}),
                say("Let me\x1b]0;stolen\x07 see."),
                execute("code_interpreter", info=_CODE),
                say("It is 42."),
            ]
        case "call":
            return [call("weather", city="Oslo")]
        case str(text):
            return say(f"You said {text!r}.")
    return say("Thank you.")
