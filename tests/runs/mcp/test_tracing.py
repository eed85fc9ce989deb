"""The spans of mcp itself, inside those of a run."""

import pytest

from tests.support.interpreter import completed

pytest.importorskip("mcp")
pytest.importorskip("opentelemetry.sdk")

PROGRAM = """
import asyncio

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from mistral_conversations import AsyncConversations
from mistral_conversations.server import LocalServer, call
from tests.support.mcp_runs import odd_stdio


async def main():
    async with (
        LocalServer([call("echo", a=1), "Done."]) as server,
        AsyncConversations("k", base_url=server.base_url, telemetry=True) as client,
        odd_stdio("static") as tools,
    ):
        exporter.clear()
        await client.run("Hi", model="m", tools=[tools])


exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
asyncio.run(main())
spans = exporter.get_finished_spans()
names = {each.context.span_id: each.name for each in spans}
for each in spans:
    print(each.name, "<", each.parent and names[each.parent.span_id])
"""


@pytest.mark.slow
@pytest.mark.processes
def test_the_spans_of_mcp_are_nested_and_not_doubled() -> None:
    ended = completed(PROGRAM)
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    about_tools = sorted(line for line in lines if "MCP" in line or "tool" in line)
    assert about_tools == [
        "MCP send tools/call echo < execute_tool echo",
        "MCP send tools/list < invoke_agent",
        "execute_tool echo < invoke_agent",
    ]
