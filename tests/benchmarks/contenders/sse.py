"""`SSEDecoder` on one large event, beside msgspec on the same JSON text."""

import time
from collections.abc import Callable

import msgspec

from mistral_conversations._wire.sse import SSEDecoder

from .orders import Figures, Order

__all__ = ["READS", "SIZES", "TEXTS", "feed"]

MIB = 1024 * 1024
SIZES = (1, 4, 16)
READS = (1400, 64 * 1024)
TEXTS = {
    "plain": "The quick brown fox jumps over the lazy dog, and it does it again. ",
    "escapes": 'She said "so be it",\nand the quick brown fox went on\tas before. ',
}
"""The repeated text: without escapes, and with four in 64 characters."""


def feed(order: Order) -> Figures:
    """Return the CPU milliseconds per MiB, for each size, read size and text."""
    figures: Figures = {}
    for kind, text in TEXTS.items():
        for size in SIZES:
            figures |= _one(kind, size, text, order.amount)
    return figures


def _one(kind: str, size: int, text: str, total: int) -> Figures:
    """Measure the same total of MiB, whatever the size of one event."""
    data = msgspec.json.encode({"type": "x", "content": text * _times(text, size)})
    times = max(1, total // size)
    decoding = _cpu(lambda: msgspec.json.decode(data), times)
    figures = {f"decode {kind} {size}": decoding / size}
    for step in READS:
        feeding = _cpu(_feeding(data, step), times)
        figures[f"feed {kind} {size} {step}"] = feeding / size
    return figures


def _times(text: str, size: int) -> int:
    """Return how often to repeat a text for JSON of `size` MiB."""
    return size * MIB // (len(msgspec.json.encode(text)) - 2)


def _feeding(data: bytes, step: int) -> Callable[[], None]:
    stream = b"event: x\ndata: " + data + b"\n\n"
    reads = [stream[at : at + step] for at in range(0, len(stream), step)]

    def feed_all() -> None:
        decoder = SSEDecoder()
        [event] = [each for read in reads for each in decoder.feed(read)]
        if len(event.data) != len(data):
            raise RuntimeError("the event's data is not what was sent")

    return feed_all


def _cpu(work: Callable[[], object], times: int) -> float:
    begin = time.process_time()
    for _ in range(times):
        work()
    return 1000 * (time.process_time() - begin) / times
