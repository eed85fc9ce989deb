"""HTML parsed as a browser does."""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from mistral_conversations.html import markdown

__all__ = [
    "elements",
    "folded",
    "html_tree",
    "notebook",
    "shown",
    "skeleton",
    "text_of",
    "without_markdown",
]

Element = tuple[str, Mapping[str, str | None]]


def notebook(answer: Any) -> str:
    """Return the HTML that a notebook shows for an answer."""
    html = answer._repr_html_()
    assert type(html) is str
    return html


def html_tree(html: str) -> LexborNode:
    root = LexborHTMLParser(html).root
    assert root is not None
    return root


def skeleton(html: str) -> list[Element]:
    """Return the elements with their attributes, in order, without text."""
    return [(node.tag or "", node.attributes) for node in html_tree(html).traverse()]


def elements(html: str, selector: str) -> list[LexborNode]:
    return html_tree(html).css(selector)


def text_of(html: str) -> str:
    return html_tree(html).text()


def folded(html: str) -> dict[str, str]:
    """Return the folded texts by label, without what a heading shows at a click."""
    labels = {
        node.css("summary")[0].text(): node.text()
        for node in elements(html, "details:not([open])")
    }
    return {
        label: text.removeprefix(label)
        for label, text in labels.items()
        if not label.endswith("⋯")
    }


@contextmanager
def without_markdown() -> Iterator[None]:
    """Show text as without the extra `notebook`."""
    markdown._parser.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "markdown_it", None)
        yield


def shown(text: str) -> str:
    """Return text with U+FFFD instead of characters that HTML lacks."""
    return re.sub("[\0\x80-\x9f\ud800-\udfff]", "\ufffd", text)
