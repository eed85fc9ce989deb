"""Event streams by the WHATWG HTML standard, 9.2: a whole stream, line by line."""

import re

from mistral_conversations import ServerSentEvent

__all__ = ["read_by_the_standard"]


def read_by_the_standard(
    stream: bytes, most: int = 2**26
) -> tuple[list[ServerSentEvent], bool]:
    """Interpret a whole stream in the standard's own order of words.

    The standard has no limit of an event's size, nor of the digits of `retry`.

    Args:
        stream: all bytes of the stream.
        most: the bytes that the lines of an event may have, joined by line feeds.

    Returns:
        The events, and whether one after them is larger than `most`.
    """
    *lines, unfinished = re.split(b"\r\n|\n|\r", stream.removeprefix(b"\xef\xbb\xbf"))
    events: list[ServerSentEvent] = []
    last_event_id = ""
    begun: list[bytes] = []
    for line in lines:
        if line:
            begun.append(line)
            continue
        if len(b"\n".join(begun)) > most:
            return events, True
        event, last_event_id = _dispatched(begun, last_event_id)
        events += event
        begun = []
    begun += [unfinished] if unfinished else []
    return events, len(b"\n".join(begun)) > most


def _dispatched(
    lines: list[bytes], last_event_id: str
) -> tuple[list[ServerSentEvent], str]:
    """Process the lines before a blank one; return the event and the last event id."""
    data, event_type, retry = "", "", None
    for line in lines:
        text = line.decode("utf-8", "replace")
        if text.startswith(":"):
            continue
        field, colon, value = text.partition(":")
        if colon and value.startswith(" "):
            value = value[1:]
        if field == "event":
            event_type = value
        elif field == "data":
            data += value + "\n"
        elif field == "id":
            if "\0" not in value:
                last_event_id = value
        elif field == "retry" and re.fullmatch("[0-9]{1,15}", value):
            retry = int(value)
    if data == "":
        return [], last_event_id
    name = event_type or "message"
    return [ServerSentEvent(name, data[:-1], last_event_id, retry)], last_event_id
