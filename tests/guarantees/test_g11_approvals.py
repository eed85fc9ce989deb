"""G11: a pause for approval survives JSON and a new process."""

from pathlib import Path
from typing import Any

from mistral_conversations.server import LocalServer, call, execute, say
from tests.support.programs import run_program

CANARY = "sk-canary-8f2a"
CODE = {
    "type": "code_interpreter",
    "tool_configuration": {"requires_confirmation": ["code_interpreter"]},
}

FIRST = """
def pay(amount: int) -> str:
    raise SystemExit("it must not run")

def add(a: int, b: int) -> int:
    raise SystemExit("it must not run")

tools = [function_tool(pay, requires_approval=True), add, CODE]
with new_client(KEY) as client:
    try:
        client.run_stream("Go", model="m", tools=tools).result()
    except RunPaused as paused:
        say(paused.to_json())
"""

SECOND = """
def pay(amount: int) -> str:
    return f"paid {amount}"

async def add(a: int, b: int) -> int:
    return a + b

with open(PATH) as file:
    paused = RunPaused.from_json(file.read())
pay_call, code_call = paused.calls
paused.approve(pay_call.tool_call_id, {"amount": 2})
paused.approve(code_call.tool_call_id)
tools = [function_tool(pay, requires_approval=True), add]
with new_client() as client:
    result = client.run(paused, tools=tools)
    say(result.text, result.turns, len(result.calls))
"""


def test_a_run_pauses_in_one_process_and_resumes_in_another(tmp_path: Path) -> None:
    turn = [say("Wait."), call("pay", amount=3), call("add", a=1, b=2)]
    script: list[Any] = [[*turn, execute("code_interpreter"), say("Two.")]]
    program = FIRST.replace("CODE", repr(CODE))
    with LocalServer(script) as server:
        ended = run_program(program.replace("KEY", repr(CANARY)), server)
        assert (ended.code, ended.err) == (0, "")
        assert CANARY not in ended.out
        path = tmp_path / "paused.json"
        path.write_text(ended.out)
        ended = run_program(SECOND.replace("PATH", repr(str(path))), server)
        assert (ended.code, ended.out, ended.err) == (0, "Two. 2 2\n", "")
        first, second = server.requests
    assert second.path.startswith(f"{first.path}/conv_")
    results = [each["result"] for each in second.json["inputs"]]
    assert results == ["paid 2", "3"]
    (confirmation,) = second.json["tool_confirmations"]
    assert confirmation["confirmation"] == "allow"
