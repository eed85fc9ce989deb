"""Answers in a real browser, which runs no code of them and sends no request."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import pytest

from mistral_conversations import ConversationHistory
from mistral_conversations.html import page, transcript
from tests.support.bodies import (
    function_call,
    function_result,
    handoff,
    message,
    message_input,
    reference,
    text_chunk,
    thinking,
    tool_execution,
)
from tests.support.full_answers import PIXEL, history_of
from tests.support.html_tree import elements, text_of

CHROMIUM = shutil.which("chromium")
TITLE = "as it was"
FOREIGN = "elsewhere.example"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None,
        reason="chromium is not installed (Debian: apt install chromium)",
    ),
]


class CountingServer(ThreadingHTTPServer):
    """Serves one page, and notes every path it is asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.page = ""
        self.paths: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: CountingServer

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.server.page.encode())

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


class Visit(NamedTuple):
    url: str
    dom: str
    """The page, after the browser has run what it would run."""

    paths: list[str]
    log: str
    """What the browser's network did: names looked up, requests sent."""


@pytest.fixture
def visit(tmp_path: Path) -> Iterator[Callable[[Callable[[str], str]], Visit]]:
    with CountingServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()

        def visited(written: Callable[[str], str]) -> Visit:
            server.page = written(server.url)
            dom = browse(f"{server.url}/page", tmp_path)
            return Visit(
                server.url, dom, server.paths, (tmp_path / "log.json").read_text()
            )

        yield visited
        server.shutdown()
        thread.join()


def browse(url: str, directory: Path) -> str:
    assert CHROMIUM is not None
    done = subprocess.run(
        [
            *[CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu"],
            *["--disable-dev-shm-usage", "--no-proxy-server"],
            f"--user-data-dir={directory / 'profile'}",
            f"--log-net-log={directory / 'log.json'}",
            *["--virtual-time-budget=2000", "--dump-dom", url],
        ],
        capture_output=True,
        text=True,
        timeout=40,
        check=True,
    )
    return done.stdout


def attacks(url: str) -> list[str]:
    svg = "<svg xmlns='http://www.w3.org/2000/svg'"
    act = f"document.title='taken';new Image().src='{url}/run'"
    return [
        f"<script>{act}</script>",
        f'<img src="{url}/image" onerror="{act}">',
        f'</pre></span></summary></details></div><svg onload="{act}">',
        f"\"'><body onload={act}>",
        f"javascript:{act}",
        f"<style>@import '{url}/style';*{{background:url({url}/back)}}</style>",
        f'<link rel="stylesheet prefetch" href="{url}/link"><iframe src="{url}/frame">',
        f'<link rel="dns-prefetch" href="http://{FOREIGN}"><base href="{url}/base/">',
        f'<meta http-equiv="refresh" content="0;url={url}/refresh">',
        f"--><!-- </title></textarea><video src={url}/video autoplay>",
        f"data:text/html,<script>{act}</script>",
        f'data:image/svg+xml,{svg} onload="{act}"/>',
    ]


def in_markdown(url: str) -> str:
    """Return a message that asks Markdown to run and fetch."""
    places = (
        f"javascript:{url}",
        f"{url}/md",
        f"http://{FOREIGN}/md",
        "data:text/html,a",
    )
    images = [f"![picture]({place})" for place in places]
    links = [f"[label]({place}) <{place}>" for place in places]
    return "\n\n".join(["# Attack", *images, *links, *attacks(url)])


def hostile(url: str) -> ConversationHistory:
    entries = [entry for text in attacks(url) for entry in entries_of(text)]
    remote = [f"{url}/remote.png", f"http://{FOREIGN}/remote.png"]
    images = [{"type": "image_url", "image_url": place} for place in remote]
    links = [reference("Look", url=place, favicon=place) for place in remote]
    picture = {"type": "image_url", "image_url": PIXEL}
    last = message([*images, *links, picture]), message(in_markdown(url))
    return history_of(*entries, *last)


def entries_of(text: str) -> list[dict[str, Any]]:
    """Return every kind of entry and chunk, with a text in every field."""
    return [
        message_input(text, role=text),
        message([thinking(text), text_chunk(text), reference(text, url=text)]),
        message([{"type": "image_url", "image_url": text}, {"type": text}]),
        message([{"type": "document_url", "document_url": text}], id=text, model=text),
        function_call(name=text, arguments={text: text}, tool_call_id=text),
        function_result(result=text),
        tool_execution(name=text, arguments=text, info={text: text, "b": [text]}),
        handoff(previous_agent_name=text, next_agent_name=text),
        {"type": text, text: text},
    ]


def in_a_notebook(url: str) -> str:
    """Return a page without a policy, like a notebook."""
    shown = hostile(url)._repr_html_()
    return f"<!doctype html><title>{TITLE}</title><body>{shown}</body>"


def on_its_own(url: str) -> str:
    return page(TITLE, transcript(hostile(url)))


@pytest.mark.parametrize("written", [in_a_notebook, on_its_own])
def test_a_browser_runs_nothing_and_sends_no_request(
    visit: Callable[[Callable[[str], str]], Visit], written: Callable[[str], str]
) -> None:
    seen = visit(written)
    assert [node.text() for node in elements(seen.dom, "title")] == [TITLE]
    assert set(seen.paths) <= {"/page", "/favicon.ico"}
    assert FOREIGN not in seen.log
    assert elements(seen.dom, "script, style, link, iframe, svg, video, base") == []
    (picture,) = elements(seen.dom, "img")
    assert picture.attributes["src"] == PIXEL


def test_a_browser_shows_the_attacks_as_text(
    visit: Callable[[Callable[[str], str]], Visit],
) -> None:
    seen = visit(in_a_notebook)
    text = text_of(seen.dom)
    for attack in attacks(seen.url):
        assert text.count(attack) > 10


def test_a_link_leads_on_only_at_a_click(
    visit: Callable[[Callable[[str], str]], Visit],
) -> None:
    links = elements(visit(in_a_notebook).dom, "a")
    for link in links:
        assert (link.attributes["href"] or "").startswith("http://")
        assert link.attributes["href"] in {link.text(), link.attributes.get("title")}
    assert f"http://{FOREIGN}/remote.png" in {link.text() for link in links}
    assert {link.attributes["rel"] for link in links} == {
        "noopener noreferrer nofollow"
    }


def test_without_escaping_all_of_it_would_be_noticed(
    visit: Callable[[Callable[[str], str]], Visit],
) -> None:
    def unescaped(url: str) -> str:
        script, image, *_ = attacks(url)
        there = f'<img src="http://{FOREIGN}/">'
        return f"<title>{TITLE}</title><body>{script}{image}{there}</body>"

    seen = visit(unescaped)
    assert [node.text() for node in elements(seen.dom, "title")] == ["taken"]
    assert {"/run", "/image"} <= set(seen.paths)
    assert FOREIGN in seen.log
