"""The visible text of a page."""

import time

from mistral_conversations._wire.page import is_page, page_text
from tests.support.for_each import for_each

STYLE = "<style>" + "body > p { color: red }\n" * 250 + "</style>"


@for_each(
    ("page", "text"),
    [
        ("<html><body>Out\n of <b>order</b></body></html>", "Out of order"),
        ("<p>W<b>or</b>d</p><p>next</p>", "Word next"),
        ("<title>Oh</title><h1>no</h1>", "Oh no"),
        ("<title>502 Bad</title><h1>502 Bad</h1><hr>nginx", "502 Bad nginx"),
        ("<title>a</title><svg><title>b</title></svg>c", "a c"),
        (f"<html><head>{STYLE}</head><body>Just a moment...", "Just a moment..."),
        ("<STYLE>a{}</STYLE ><Script>x='</p>'</Script>shown", "shown"),
        ("<style>never closed {}", ""),
        ("a<!-- <p>hidden</p> -->b<!-- open", "ab"),
        ("a<!-->b", "ab"),
        ("a<template><p>no</p></template>b<noscript>c</noscript>", "a b c"),
        ('<img src="data:image/png;base64,AAAA" alt="a > b">seen', "seen"),
        ("see data:image/png;base64,AAAA== there</p>", "see there"),
        ("a &amp; b &lt;c&gt; &copy; &#228;&nbsp;d</p>", "a & b <c> © ä d"),
        ("<p class=it's>yes</p>", "yes"),
        ("<a href='x>y' title = \"<b>\">link</a>", "link"),
        ('<p title="never closed>lost', ""),
        ("<!DOCTYPE html><?php x ?>1 < 2 <3</p>", "1 < 2 <3"),
        (
            "<Error><Code>No</Code><Message><![CDATA[<Denied>]]></Message>",
            "No <Denied>",
        ),
        ("<title>only a title", "only a title"),
        ("<p hidden>no</p>yes<div HIDDEN=''>no<div>no</div>no</div>too", "yes too"),
        ("<div style='color: red; display :NONE'>no<p>no</p></div><p>yes", "yes"),
        ("<div aria-hidden=true>yes</div><p class='a hidden b'>yes</p>", "yes yes"),
        ("<p data-hidden hidden-x=1 title=hidden>yes</p>", "yes"),
        ("<p style='color: red' title='display: none'>yes</p>", "yes"),
        ("<input hidden><br hidden>yes</p>", "yes"),
        ("<p hidden>perhaps<p>yes", "perhaps yes"),
        (f"see data:x;base64,{'A' * 5000} there</p>", "see there"),
        ("<br/>a<br>b</br>", "a b"),
        ("", ""),
    ],
)
def test_only_what_a_reader_sees_is_text(page: str, text: str) -> None:
    assert page_text(page) == text


@for_each(
    "page",
    ["<!DOCTYPE html>", " \n<html>", "<?xml version='1.0'?>", "a</p>", "<!-- -->"],
)
def test_a_page_is_known_by_its_marks(page: str) -> None:
    assert is_page(page)


@for_each("text", ["", "a < b > c", "expected <string>, got 5", "{}"])
def test_text_with_angle_brackets_is_no_page(text: str) -> None:
    assert not is_page(text)


PIECES = ["<", "<a ", "<a\n", "<a/", '<a b="', "<a b=", "<a = ", "<!--", "<!", "<?"]
PIECES += [
    " style=",
    "<p hidden>x",
    "<p style=",
    "data:",
    " hidden",
    "</",
    "<![CDATA[",
    "<script>",
    "<title>",
    "&",
    "&#",
    "x",
    "data:,",
    "<p> ",
]


@for_each("start", ["", "<html><p>", "<html><a ", '<a b="'])
@for_each("piece", [*PIECES, "=", "<style></style>", "<a b='\""])
def test_a_hostile_page_takes_no_time(start: str, piece: str) -> None:
    page = start + piece * (1024 * 1024 // len(piece))
    begin = time.process_time()
    is_page(page)
    assert len(page_text(page)) < 10_000
    assert time.process_time() - begin < 2
