"""Usage counts words: of the prompt, of the outputs, of what tools return."""

from mistral_conversations.server.answers.usage import usage

PROMPT = [{"type": "message.input", "content": "one two three"}]


def test_words_of_prompt_and_outputs_are_counted() -> None:
    outputs = [
        {"type": "message.output", "content": "four five"},
        {"type": "function.call", "arguments": '{"city": "New York"}'},
    ]
    assert usage(PROMPT, outputs) == {
        "prompt_tokens": 3,
        "completion_tokens": 2 + 3,
        "total_tokens": 8,
    }


def test_results_of_functions_are_counted_in_the_prompt() -> None:
    result = {"type": "function.result", "result": "it is grey"}
    assert usage([*PROMPT, result], [])["prompt_tokens"] == 6


def test_executions_are_counted_by_tool() -> None:
    run = {"type": "tool.execution", "name": "web_search", "arguments": "{}"}
    outputs = [{**run, "info": {"a": "b c"}}, {**run, "info": {}}]
    counts = usage(PROMPT, outputs)
    assert counts["connectors"] == {"web_search": 2}
    assert counts["connector_tokens"] == 2 + 1
    assert counts["completion_tokens"] == 2
    assert counts["total_tokens"] == 3 + 2 + 3
