"""HTML parsed as a browser does."""

import re
from collections.abc import Mapping
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

__all__ = [
    "elements",
    "folded",
    "html_tree",
    "notebook",
    "shown",
    "skeleton",
    "text_of",
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
    """Return the folded texts by label."""
    return {
        node.css("summary")[0].text(): node.css("pre")[0].text()
        for node in elements(html, "details:not([open])")
    }


def shown(text: str) -> str:
    """Return text with U+FFFD instead of characters that HTML lacks."""
    return re.sub("[\0\x80-\x9f\ud800-\udfff]", "\ufffd", text)
