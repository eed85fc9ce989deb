"""Trace a run with OpenTelemetry, and print its spans as a tree.

With MISTRAL_API_KEY set, the program talks to Mistral's service. Without, it talks to
a `LocalServer` inside this program, whose model searches the web and calls a function.

A program of yours would export the spans to a collector instead of printing them, as
with `BatchSpanProcessor(OTLPSpanExporter())`.
"""

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from mistral_conversations import AsyncConversations, Telemetry
from mistral_conversations.server import LocalServer, Piece, call, execute, say

MODEL = "mistral-small-latest"
QUESTION = "How warm is it in Paris, in Fahrenheit? Search for it."
SHOWN = ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "error.type")

exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
telemetry = Telemetry(tracer_provider=provider)


async def to_fahrenheit(celsius: float) -> float:
    """Convert a temperature."""
    with provider.get_tracer("tracing").start_as_current_span("read the scale"):
        await asyncio.sleep(0.05)
    return celsius * 9 / 5 + 32


@asynccontextmanager
async def connect() -> AsyncIterator[AsyncConversations]:
    """Open a client of the service, or of a server in this program."""
    if os.environ.get("MISTRAL_API_KEY"):
        async with AsyncConversations(telemetry=telemetry) as conversations:
            yield conversations
        return
    print("MISTRAL_API_KEY is not set: a LocalServer in this program answers.")
    script: list[Piece | list[Piece]] = [
        [execute("web_search"), call("to_fahrenheit", celsius=21)],
        say("It is 69.8 degrees Fahrenheit in Paris."),
    ]
    async with (
        LocalServer(script, latency=0.01) as server,
        AsyncConversations(
            "any", base_url=server.base_url, telemetry=telemetry
        ) as conversations,
    ):
        yield conversations


def print_tree(spans: Sequence[ReadableSpan]) -> None:
    """Print spans below their parents, in the order of their beginnings."""
    children: dict[int | None, list[ReadableSpan]] = defaultdict(list)
    for span in sorted(spans, key=lambda span: span.start_time or 0):
        children[span.parent.span_id if span.parent else None].append(span)

    def show(span: ReadableSpan, depth: int) -> None:
        seconds = ((span.end_time or 0) - (span.start_time or 0)) / 1e9
        found = span.attributes or {}
        facts = "".join(f"  {name}={found[name]!r}" for name in SHOWN if name in found)
        print(f"{'  ' * depth}{span.name}  {seconds:.3f} s{facts}")
        own = span.get_span_context()
        for child in children[own.span_id] if own else ():
            show(child, depth + 1)

    for root in children[None]:
        show(root, 0)


async def main() -> None:
    """Ask a question, and print the answer and what it took."""
    async with connect() as conversations:
        result = await conversations.run(
            QUESTION, model=MODEL, tools=[{"type": "web_search"}, to_fahrenheit]
        )
    print(f"Answer: {result.text}\n")
    print_tree(exporter.get_finished_spans())


if __name__ == "__main__":
    asyncio.run(main())
