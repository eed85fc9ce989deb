"""The parts of a message while they grow."""

from mistral_conversations._stream.parts import GrowingText
from tests.support.for_each import for_each


@for_each("count", [0, 1, 999, 1000, 1001, 2500])
def test_text_is_that_of_all_pieces(count: int) -> None:
    text = GrowingText()
    pieces = [f"{number} " for number in range(count)]
    for piece in pieces:
        text.write(piece)
    assert text.text() == "".join(pieces)
    assert text.text() == "".join(pieces)
