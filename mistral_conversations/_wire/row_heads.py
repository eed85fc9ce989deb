"""The heads of the lines of a results file, read without the answers behind them."""

import msgspec

__all__ = ["RowHead", "read_head"]


class RowHead(msgspec.Struct, gc=False):
    """Which row a line is about, and what it says of it."""

    custom_id: str
    request: str
    status: str


_decoder = msgspec.json.Decoder(RowHead)


def read_head(line: bytes) -> RowHead | None:
    """Read the head of a line; return None if the line is not one of a results file."""
    try:
        return _decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
