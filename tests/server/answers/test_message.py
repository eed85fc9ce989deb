"""A message adds up pieces: their events, and the content that these amount to."""

from typing import Any

from mistral_conversations.server import say, think
from mistral_conversations.server.answers.message import Message, cut_json
from mistral_conversations.server.answers.pieces import Say, Think
from tests.support.for_each import for_each

IMAGE = {"type": "image_url", "image_url": "https://skies.example/a.png"}


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "text": value}


def thought(value: str) -> dict[str, Any]:
    return {"type": "thinking", "thinking": [text(value)], "closed": True}


def build(*pieces: Say | Think) -> tuple[list[tuple[int, Any]], Any]:
    """Return the indexes and contents of the events, and the content of the whole."""
    message = Message({"id": "msg_1"})
    events = [event for piece in pieces for event in message.add(piece)]
    return events, message.content()


def test_texts_alone_are_one_text() -> None:
    events, content = build(say("Blue,  I "), say("think"))
    assert events == [(0, "Blue,"), (0, "  I"), (0, " "), (0, "think")]
    assert content == "Blue,  I think"


def test_empty_text_has_one_event() -> None:
    assert build(say()) == ([(0, "")], "")


def test_each_chunk_has_its_own_index() -> None:
    events, content = build(say("See", IMAGE, IMAGE, "there"))
    assert events == [(0, "See"), (1, IMAGE), (2, IMAGE), (3, "there")]
    assert content == [text("See"), IMAGE, IMAGE, text("there")]


def test_adjacent_thoughts_are_one_chunk() -> None:
    events, content = build(think("Let me"), think(" see"), say("Blue"))
    assert [index for index, _ in events] == [0, 0, 0, 1]
    assert events[0][1] == thought("Let")
    assert content == [thought("Let me see"), text("Blue")]


def test_a_signature_ends_a_thought_and_comes_with_its_last_word() -> None:
    events, content = build(
        think("Let me"), think(" see", signature="s1"), think("Hm", signature="s2")
    )
    assert [index for index, _ in events] == [0, 0, 0, 1]
    signed = [each.get("signature") for _, each in events]
    assert signed == [None, None, "s1", "s2"]
    assert content == [
        {**thought("Let me see"), "signature": "s1"},
        {**thought("Hm"), "signature": "s2"},
    ]


@for_each("json", ['{"city":"Oslo","days":[1,2]}', "{}", ""])
def test_json_is_cut_without_loss(json: str) -> None:
    parts = cut_json(json)
    assert parts
    assert "".join(parts) == json
