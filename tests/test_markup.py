"""HTML from text that may hold anything: addresses and limits."""

import re

from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations._markup import (
    Html,
    address,
    box,
    element,
    image,
    joined,
    tag,
)
from tests.support.comparison import thorough
from tests.support.for_each import for_each
from tests.support.full_answers import PIXEL
from tests.support.html_tree import elements, shown, skeleton, text_of

SVG = "data:image/svg+xml;base64,PHN2Zy8+"
NO_LINKS = [
    *[
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " https://a.example",
        "//a.example",
    ],
    *["data:text/html,<script>", "data:text/html;base64,PHA+", "vbscript:x", "blob:x"],
    *["file:///etc/passwd", "https:a.example", "https://", "https:\\\\a.example", ""],
    *["https://a.example/\n", "https://a.example/ b", "java\nscript:alert(1)"],
    *["https://\u0430.example", "https://a.example/\u202e", "ftp://a.example", SVG],
    *["xhttps://a.example", "intent://a", "http\u200bs://a.example", "https://a\0b"],
]
LINKS = [
    *["https://a.example/", "http://a.example:1/x?y=1&amp;z#%22", "HTTPS://A.example"],
    "https://a.example/\"onmouseover='alert(1)'><script>",
]
NO_PICTURES = [
    *[SVG, "data:image/svg+xml,<svg/>", "data:image/png,x", "data:image/png;base64,"],
    *[
        "data:image/png;base64,a b",
        'data:image/png;base64,a"',
        "data:text/html;base64,a",
    ],
    *["data:image/png;charset=x;base64,YQ==", f"{PIXEL}\n", f" {PIXEL}", "DATA:x"],
    *["data:image/png;base64,YQ===", "https://a.example/sky.png", "data:image/gif"],
]


@for_each("place", NO_LINKS)
def test_an_address_that_is_not_plain_http_is_text(place: str) -> None:
    for html in (address(place), image(place)):
        assert elements(html, "a, img") == []
    assert text_of(address(place)) == shown(place)


@for_each("place", LINKS)
def test_an_http_address_is_a_link_that_shows_it(place: str) -> None:
    (link,) = elements(address(place), "a")
    assert link.text() == place
    assert link.attributes.items() >= {
        ("href", place),
        ("rel", "noopener noreferrer nofollow"),
        ("target", "_blank"),
    }


@for_each("place", NO_PICTURES)
def test_what_is_no_picture_in_itself_is_not_shown_as_one(place: str) -> None:
    assert elements(image(place), "img") == []
    assert text_of(image(place)) == f"image: {place}"


@for_each("kind", ["png", "jpeg", "jpg", "gif", "webp"])
def test_a_picture_in_base64_is_shown(kind: str) -> None:
    place = f"data:image/{kind};base64,a+/A0=="
    (picture,) = elements(image(place), "img")
    assert picture.attributes["src"] == place


schemes = st.sampled_from(
    ["http://", "https://", "data:image/png;base64,", "javascript:", ""]
)


@thorough
@given(scheme=schemes, rest=st.text())
def test_any_address_is_text_or_a_link_to_itself_or_a_picture(
    scheme: str, rest: str
) -> None:
    place = scheme + rest
    html = image(place)
    for node in elements(html, "a"):
        assert node.attributes["href"] == place == node.text()
        assert re.match("https?://", place)
    for node in elements(html, "img"):
        assert node.attributes["src"] == place
        assert place.startswith("data:image/png;base64,")
    allowed = {"html", "head", "body", "div", "span", "a", "img"}
    assert {name for name, _ in skeleton(html)} <= allowed


def test_a_long_address_is_shown_by_its_start() -> None:
    long = "https://a.example/" + "a" * 2000
    assert text_of(address(long)) == f"{long[:100]}… (2,018 characters)"
    assert elements(address(long), "a") == []
    assert elements(address(long[:2000]), "a") != []
    assert len(image("data:application/pdf;base64," + "a" * 5_000_000)) < 1000


@thorough
@given(st.text())
def test_an_attribute_holds_any_text(text: str) -> None:
    html = Html(f"{tag('img', alt=text)}after")
    (node,) = elements(html, "img")
    assert node.attributes == {"alt": shown(text)}
    assert text_of(html) == "after"


def test_only_html_is_taken_for_html() -> None:
    bold = element("b", "<i>", element("u", "&"))
    assert bold == "<b>&lt;i&gt;<u>&amp;</u></b>"
    assert joined(("<", bold), "<") == f"&lt;&lt;{bold}"
    assert joined((bold + "<i>",)).startswith("&lt;b&gt;&amp;lt;i&amp;gt;")


def test_a_box_is_cut_after_its_limit() -> None:
    whole = "a" * 100_000
    assert text_of(box(whole)) == whole
    assert text_of(box(whole + "b")) == f"{whole}cut after 100,000 characters"


def test_no_control_character_reaches_a_terminal() -> None:
    text = "\x1b]0;title\x07\x1b[31m\x7f\b"
    written = element("p", text, title=text)
    assert written.isprintable()
    assert text_of(written) == text
    assert element("p", "a\x9b31m\x85b") == "<p>a\ufffd31m\ufffdb</p>"
