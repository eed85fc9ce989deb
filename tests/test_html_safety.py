"""Text stays text in HTML, in every position."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mistral_conversations import ConversationHistory, from_dict
from tests.support.bodies import CONVERSATION_ID
from tests.support.comparison import thorough
from tests.support.for_each import for_each
from tests.support.full_answers import ENTRIES, all_answers, history_of
from tests.support.html_tree import (
    elements,
    html_tree,
    notebook,
    shown,
    skeleton,
    text_of,
    without_markdown,
)

TAGS = {
    *["a", "b", "body", "details", "div", "head", "html", "img", "pre", "span"],
    *["summary", "table", "tbody", "td", "th", "thead", "tr"],
}
IN_MARKDOWN = {
    *["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "code"],
    *["em", "strong", "s", "br", "hr"],
}
ATTRIBUTES = {"alt", "dir", "href", "rel", "src", "style", "target"}
MARK, MARK_IN_JSON = "\ue000", "\ue001"

hostile = st.sampled_from([
    "<script>alert(1)</script>",
    "</pre></summary></details></div><img src=x onerror=alert(1)>",
    "\"'><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "<!--",
    "]]>",
    "&lt;script&gt;&amp;",
    "</title><script>",
    "\r\n\n",
    "\0\ud83d",
    "\u202eevil",
    "\x9b31m\x85",
    "data:text/html,<script>alert(1)</script>",
    'vbscript:a\nhttps://a.test" onclick="alert(1)',
    "</style><style>*{background:url(//evil.test)}",
    "{{7*7}}${x}`",
])  # fmt: skip
anything = st.characters(exclude_characters=MARK + MARK_IN_JSON, exclude_categories=())
texts = st.one_of(
    st.text(anything, min_size=1),
    st.lists(hostile | st.text(anything, max_size=3), min_size=1)
    .map("".join)
    .filter(bool),
)


def is_json(text: str) -> bool:
    with suppress(ValueError, RecursionError):
        json.loads(text)
        return True
    return False


def poisoned(item: Any, text: str, in_json: str) -> Any:
    """Put `text` into every field, and `in_json` where JSON of it is shown."""
    if isinstance(item, str):
        return text
    if isinstance(item, tuple):
        return tuple(poisoned(part, text, in_json) for part in item)
    if not attrs.has(type(item)):
        return item
    fields = {
        field.name: getattr(item, field.name) for field in attrs.fields(type(item))
    }
    return attrs.evolve(
        item,
        **{
            name: poisoned_object(name, value, text, in_json)
            if isinstance(value, Mapping) or name in {"raw", "guardrails"}
            else poisoned(value, text, in_json)
            for name, value in fields.items()
        },
    )


def poisoned_object(name: str, value: Any, text: str, in_json: str) -> Any:
    if name not in {"info", "connectors"}:
        return poisoned_json(value, in_json)
    return {
        f"{text}{number}": text if isinstance(item, str) else item
        for number, item in enumerate(value.values())
    }


def poisoned_json(value: Any, text: str) -> Any:
    if isinstance(value, Mapping):
        return {
            f"{text}{number}": poisoned_json(item, text)
            for number, item in enumerate(value.values())
        }
    if isinstance(value, list | tuple):
        return [poisoned_json(item, text) for item in value]
    return text if isinstance(value, str) else value


@thorough
@given(text=texts)
@pytest.mark.parametrize("number", range(6))
def test_any_text_in_any_field_is_shown_as_it_is_and_adds_nothing(
    number: int, text: str
) -> None:
    assume(not is_json(text))
    answer = all_answers()[number]
    with without_markdown():
        plain = notebook(poisoned(answer, MARK, MARK_IN_JSON))
        html = notebook(poisoned(answer, text, text))
    assert skeleton(html) == skeleton(plain)
    in_json = json.dumps(text, ensure_ascii=False)[1:-1]
    expected = text_of(plain).replace(MARK, text).replace(MARK_IN_JSON, in_json)
    assert text_of(html) == shown(expected)


def test_the_poison_reaches_what_is_shown() -> None:
    for answer in all_answers():
        html = notebook(poisoned(answer, MARK, MARK_IN_JSON))
        assert text_of(html).count(MARK) >= 2
    assert MARK_IN_JSON in text_of(
        notebook(poisoned(history_of(*ENTRIES), "a", "\ue001"))
    )


@for_each("answer", all_answers())
def test_no_text_turns_the_writing_direction_of_another(answer: Any) -> None:
    """`dir="auto"` isolates a text from what stands around it."""
    html = notebook(poisoned(answer, f"\u202e{MARK}\u2067", MARK_IN_JSON))
    texts = [
        node
        for node in html_tree(html).traverse(include_text=True)
        if node.tag == "-text" and {MARK, MARK_IN_JSON} & set(node.text())
    ]
    assert texts
    for node in texts:
        around = node.parent
        while around is not None and around.attributes.get("dir") != "auto":
            around = around.parent
        assert around is not None, node.text()


@pytest.mark.parametrize(
    "answer", all_answers(), ids=lambda answer: type(answer).__name__
)
def test_an_answer_is_made_of_these_elements_and_attributes(answer: Any) -> None:
    html = notebook(answer)
    assert {tag for tag, _ in skeleton(html)} <= TAGS | IN_MARKDOWN
    assert {name for _, names in skeleton(html) for name in names} <= ATTRIBUTES
    styles = [names["style"] or "" for _, names in skeleton(html) if "style" in names]
    assert not any(word in style for style in styles for word in ("url", "@", "\\"))
    assert not [node for node in elements(html, "[src]") if node.tag != "img"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda values: st.lists(values) | st.dictionaries(texts, values),
    max_leaves=8,
)


@thorough
@given(
    entry=st.sampled_from(ENTRIES),
    changes=st.dictionaries(
        st.sampled_from(sorted({k for e in ENTRIES for k in e})), json_values
    ),
)
def test_whatever_the_service_sends_is_shown(
    entry: dict[str, Any], changes: dict[str, Any]
) -> None:
    answer = from_dict(
        ConversationHistory,
        {"conversation_id": CONVERSATION_ID, "entries": [{**entry, **changes}]},
    )
    html = notebook(answer)
    html.encode()
    assert {tag for tag, _ in skeleton(html)} <= TAGS | IN_MARKDOWN
