"""Answers as Markdown: what is shown, what stays as it is, and what never happens."""

import re
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations import FunctionCallEntry, MessageOutputEntry
from mistral_conversations._markup import bracketed
from mistral_conversations.html.prose import markdown
from tests.support.bodies import message, message_input, reference, text_chunk
from tests.support.comparison import thorough
from tests.support.cpu_time import cpu_seconds
from tests.support.for_each import for_each
from tests.support.full_answers import PIXEL, history_of, history_of_message
from tests.support.html_tree import (
    elements,
    notebook,
    skeleton,
    text_of,
    without_markdown,
)

TAGS = {
    *["html", "head", "body", "div", "span", "pre", "p", "h1", "h2", "h3", "h4", "h5"],
    *["h6", "ul", "ol", "li", "blockquote", "code", "em", "strong", "s", "br", "hr"],
    *["table", "thead", "tbody", "tr", "th", "td", "a", "img"],
}


@for_each(
    ("text", "selector", "shown"),
    [
        ("# One\ntwo", "h1", ["One"]),
        ("- a\n- b\n  1. c", "li", ["a\n", "b\nc\n", "c\n"]),
        ("3. a", "ol[start='3']", ["a\n"]),
        ("a **b** *c* ~~d~~ `e<`", "strong, em, s, code", ["b", "c", "d", "e<"]),
        ("```py\nif a:\n    b <i>\n```", "pre", ["if a:\n    b <i>"]),
        ("|a|b|\n|-|-:|\n|1|2|", "td", ["1", "2"]),
        ("> a\n> b", "blockquote p", ["ab"]),
        ("[a](https://a.example/b)", "a", ["a"]),
        ("a\n\n---\n\nb", "hr", [""]),
        ("```py\nprint(", "pre", ["print("]),
        ("a **b", "p", ["a **b"]),
        ("|a|b|\n|-|-|\n|1", "td", ["1", ""]),
    ],
)
def test_markdown_is_shown(text: str, selector: str, shown: list[str]) -> None:
    html = notebook(history_of(message(text)))
    assert [node.text() for node in elements(html, selector)] == shown


@for_each(
    "formula",
    [
        *["$a_1 * b_1 * c_1$", "$$a_1*b*c_1$$", r"\(x_i * y_i * z\)", r"\[a_*b*_c\]"],
        *["$$\na_1\n- b *c*\n$$", "\\[\na\n+ b\n\\]", r"$\$a*b*$", "$$\na_1 *b*"],
    ],
)
def test_a_formula_stays_as_it_is_in_one_piece(formula: str) -> None:
    html = markdown(f"So:\n{formula}")
    assert elements(html, "em, li, ul") == []
    assert f"{formula}<" in html


def test_a_price_is_no_formula() -> None:
    html = markdown("It costs $5 or $10, *or more* $")
    assert text_of(html) == "It costs $5 or $10, or more $"
    assert len(elements(html, "em")) == 1
    assert not re.search(r"\$[^<]", html)


def test_sources_stand_in_their_place() -> None:
    html = notebook(
        history_of_message(
            text_chunk("- **Blue."), reference("Skies"), text_chunk("**\n- `a"),
            reference("Code"), text_chunk("`\n[x](https://a.example/"),
            reference("Lost"), text_chunk(")"),
        )
    )  # fmt: skip
    assert [node.text() for node in elements(html, "li strong")] != []
    assert all(name in text_of(html) for name in ("[Skies", "[Code", "[Lost"))
    (bold,) = elements(markdown("**Paris.**", bracketed("1"), "**Rome.**"), "p")
    assert bold.text() == "Paris.[1]Rome."


@for_each(
    "text",
    [
        *["![a](https://a.example/a.png)", "![a](data:image/svg+xml;base64,PHN2Zy8+)"],
        *["<img src=x>", "[a](javascript:alert(1))", "<javascript:alert(1)>"],
        *["[a](data:text/html,b)", "[a]\n\n[a]: javascript:b", "<b onclick=c>d</b>"],
        *["[a](//a.example)", "[a](JaVaScRiPt&#58;b)", "![a](file:///etc/passwd)"],
    ],
)
def test_nothing_is_fetched_or_run(text: str) -> None:
    html = markdown(text)
    assert elements(html, "img, script, svg, b") == []
    for link in elements(html, "a"):
        assert (link.attributes["href"] or "").startswith("https://a.example/")
        assert link.attributes["rel"] == "noopener noreferrer nofollow"


def test_an_embedded_image_is_shown() -> None:
    (picture,) = elements(markdown(f"A ![dot]({PIXEL}) here"), "p img")
    assert picture.attributes["src"] == PIXEL


def test_the_address_of_a_link_is_seen() -> None:
    (link,) = elements(markdown("[bank](https://a.example/evil)"), "a")
    assert link.attributes["title"] == "https://a.example/evil"
    assert "b (ftp://a.example)" in text_of(markdown("[b](ftp://a.example)"))


def test_what_a_person_wrote_stays_as_it_is() -> None:
    html = notebook(history_of(message_input("# not *a* heading")))
    assert "# not *a* heading" in text_of(html)
    html = notebook(history_of(message_input("*a*", role="assistant")))
    assert len(elements(html, "em")) == 1


def test_without_the_extra_text_stays_as_it_is() -> None:
    with without_markdown():
        assert text_of(markdown("# *a*", bracketed("b"))) == "# *a*[b]"


pieces = st.sampled_from([
    *["*", "_", "`", "[", "]", "(", ")", "!", "<", ">", "|", "#", "- ", "1. ", "\n"],
    *["$", "$$", r"\(", r"\)", r"\[", "\\", "~~", "```", "---", "&lt;", "    ", "\t"],
    *["https://a.example", "javascript:a", "<script>", "\ud83d", "\0", "\u202e", "a"],
    *["\U00010a50", "\U00010a510\U00010a50", "[a]: b", "|-|", "data:image/png,", '"'],
])  # fmt: skip


@thorough
@given(texts=st.lists(st.lists(pieces | st.text(max_size=3)).map("".join), min_size=1))
def test_any_text_is_made_of_these_elements(texts: list[str]) -> None:
    html = markdown(*(part for text in texts for part in (text, bracketed("¤"))))
    html.encode()
    assert {tag for tag, _ in skeleton(html)} <= TAGS
    assert text_of(html).count("¤") == len(texts) + "".join(texts).count("¤")
    for link in elements(html, "a"):
        assert re.match("https?://", link.attributes["href"] or "")


MANY = 4_000


@for_each(
    "text",
    [
        *["*" * MANY, "[" * MANY, "_a " * MANY, ">" * MANY, "- " * MANY, "`" * MANY],
        *["<" * MANY, "$a " * MANY, "$$a\n" * MANY, r"\(" * MANY, r"\[" * MANY],
        *["\\[\n" * MANY, "$\\$" * MANY, "$a\n" * MANY, "![" * MANY, "|a" * MANY],
        *["\n".join(" " * 2 * depth + "- a" for depth in range(300))],
    ],
)
def test_time_is_linear(text: str) -> None:
    def work(size: int) -> Callable[[], object]:
        return lambda: markdown(text[:size])

    whole = cpu_seconds(work(len(text)))
    assert whole < max(0.2, 8 * cpu_seconds(work(len(text) // 4)))


@for_each("text", ["*" * 1_000_000, "[" * 1_000_000, "> " * 500_000])
def test_a_huge_text_is_shown_as_it_is(text: str) -> None:
    assert cpu_seconds(lambda: markdown(text)) < 1
    (shown,) = elements(markdown(text), "pre")
    assert shown.text() == text


def call(arguments: Any) -> str:
    entry = FunctionCallEntry(tool_call_id="a", name="run", arguments=arguments)
    return notebook(entry)


def test_code_in_arguments_has_its_line_breaks() -> None:
    html = call('{"code": "if a:\\n    b", "timeout": 3}')
    code, rest = elements(html, "pre")
    assert code.text() == "if a:\n    b"
    assert rest.text() == '{\n  "timeout": 3\n}'
    assert elements(call({"code": "a"}), "pre")[0].text() == "a"


@for_each("text", ['{"code": "a", "code": "b"}', '{"code": "if', '{"code": 1}', "[1]"])
def test_other_arguments_are_shown_as_they_came(text: str) -> None:
    (box,) = elements(call(text), "pre")
    assert box.text().split() == text.split() or "code" in box.text() or text == "[1]"


def test_a_message_alone_is_shown() -> None:
    entry = MessageOutputEntry(content="*Blue*", model="m")
    assert [node.text() for node in elements(notebook(entry), "em")] == ["Blue"]
