"""The page of examples/web_chat/ in Chromium, as a visitor uses it."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations.server import LocalServer, Trouble, call, execute, say
from tests.support.clients import becomes_true
from tests.test_web_chat import SLOW, Running, program, running

playwright = pytest.importorskip("playwright.async_api")

CHROMIUM = shutil.which("chromium")
PICTURES = os.environ.get("WEB_CHAT_PICTURES")
"""A directory to write pictures of the page to."""

__all__ = ["program"]

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None,
        reason="chromium is not installed (Debian: apt install chromium)",
    ),
]

ATTACK = "<img src=x onerror=\"document.title='taken'\"><script>1</script>"


@asynccontextmanager
async def browsing(app: Running, **options: Any) -> AsyncIterator[Any]:
    """Yield the page, which must log no errors of its own."""
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--no-proxy-server"]
        )
        page = await (await browser.new_context(**options)).new_page()
        page.set_default_timeout(8000)
        problems: list[str] = []
        page.on("console", lambda line: problems.append(f"{line.type}: {line.text}"))
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(app.url)
        yield page
        await browser.close()
    assert [each for each in problems if "status of" not in each] == []


async def ask(page: Any, text: str) -> None:
    await page.keyboard.type(text)  # the field has the focus
    await page.keyboard.press("Enter")


async def shown(page: Any, text: str, where: str = "#log") -> None:
    await playwright.expect(page.locator(where)).to_contain_text(text, timeout=8000)


async def hidden(page: Any, where: str) -> None:
    await playwright.expect(page.locator(where)).to_be_hidden(timeout=8000)


async def picture(page: Any, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png")


async def test_words_come_one_after_another(program: Any) -> None:
    async with (
        running(program, LocalServer(latency=0.05)) as app,
        browsing(app) as page,
    ):
        await ask(page, SLOW)
        await shown(page, "one two", ".answer")
        assert SLOW not in await page.locator(".answer").inner_text()
        assert await page.locator("#log").get_attribute("aria-busy") == "true"
        await shown(page, SLOW, ".answer")
        await hidden(page, "#stop")
        await shown(page, "complete", "#status")
        assert await page.evaluate("document.activeElement.id") == "text"


async def test_tools_are_seen_while_they_run_and_after_a_reload(program: Any) -> None:
    search = execute("web_search", arguments={"query": "Oslo"})
    script: Any = [[search, call("get_weather", city="Oslo")], say(ATTACK)]
    local = LocalServer(script, latency=0.05)
    async with running(program, local) as app, browsing(app) as page:
        await ask(page, "Weather?")
        await shown(page, "web_search", ".tool >> nth=0")
        await shown(page, "running", ".tool:has-text('get_weather')")
        await shown(page, "done", ".tool:has-text('get_weather')")
        await shown(page, ATTACK)
        await hidden(page, "#stop")
        before = await page.locator("#log").inner_text()
        await page.reload()
        await shown(page, ATTACK)
        assert await page.locator("#log").inner_text() == before
        await page.locator("summary >> nth=1").click()
        await shown(page, "Oslo: rain, 9 degrees", "dd >> nth=2")
        assert await page.title() == "Chat"
        assert await page.locator("#log img, #log script").count() == 0


async def test_stop_ends_the_stream_and_a_reload_shows_the_whole_answer(
    program: Any,
) -> None:
    local = LocalServer(latency=0.08)
    async with running(program, local) as app, browsing(app) as page:
        await ask(page, SLOW)
        await shown(page, "one two", ".answer")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")  # the button
        await shown(page, "Stopped.")
        assert await becomes_true(lambda: app.streams == 0)
        assert "ten" not in await page.locator(".answer").inner_text()
        await page.reload()
        await shown(page, "still being written", "#status")
        await shown(page, SLOW, ".answer")
        await shown(page, "", "#status")
        assert await page.locator("#log li").count() == 2


async def test_a_reload_while_a_function_runs_ends_with_the_answer(
    program: Any,
) -> None:
    script: Any = [call("get_weather", city="Oslo"), say("It rains.")]
    async with running(program, LocalServer(script)) as app, browsing(app) as page:
        await ask(page, "Oslo?")
        await shown(page, "running")
        await page.reload()
        await shown(page, "still being written", "#status")
        await shown(page, "It rains.", ".answer")


async def test_a_refused_message_can_be_sent_again(program: Any) -> None:
    local = LocalServer()
    local.inflict(Trouble(status=401))
    async with running(program, local) as app, browsing(app) as page:
        await ask(page, "Hello there")
        await shown(page, "The service is not available", "#problem")
        assert await page.locator("#log li").count() == 0
        await page.locator("#problem button").click()
        await shown(page, "Hello there", ".answer")
        await hidden(page, "#problem")


async def test_a_broken_connection_ends_with_the_answer_of_the_history(
    program: Any,
) -> None:
    local = LocalServer(latency=0.05)
    async with running(program, local) as app, browsing(app) as page:
        await ask(page, SLOW)
        await shown(page, "one two", ".answer")
        for chat in app.program.app.state.visitors:
            await chat.close()  # the response ends before the answer does
        await shown(page, "Looking for the answer", "#status")
        await shown(page, SLOW, ".answer")


async def test_another_page_and_an_old_address_begin_anew(program: Any) -> None:
    async with running(program, LocalServer()) as app, browsing(app) as page:
        await ask(page, "Hello")
        await shown(page, "Hello", ".answer")
        await page.locator("#new").click()
        assert "#" not in page.url
        await shown(page, "Ask anything", "#empty")
        await page.goto(f"{app.url}#of-somebody-else")
        await shown(page, "no longer exists", "#problem")


@pytest.mark.skipif(PICTURES is None, reason="WEB_CHAT_PICTURES names no directory")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 700, 1400])
async def test_pictures(program: Any, scheme: str, width: int) -> None:
    local = program.stand_in()
    view = {"width": width, "height": 760 if width > 320 else 600}
    async with (
        running(program, local) as app,
        browsing(app, viewport=view, color_scheme=scheme) as page,
    ):
        await picture(page, f"{scheme}-{width}-0")
        for question in ("How is the weather in Oslo?", "What is in the news?"):
            await ask(page, question)
            await hidden(page, "#stop")
        await page.locator("summary >> nth=0").click()
        await page.locator("#text").focus()
        await ask(page, "Hello, and a_very_long_word_" + "x" * 80)
        await asyncio.sleep(1.2)
        await picture(page, f"{scheme}-{width}-1")
        overflow = "document.documentElement.scrollWidth - innerWidth"
        assert await page.evaluate(overflow) <= 0
        await page.keyboard.press("Escape")
        local.inflict(Trouble(status=401), times=3)
        await page.keyboard.type("And this is refused")
        await page.keyboard.press("Enter")
        await shown(page, "not available", "#problem")
        await picture(page, f"{scheme}-{width}-2")
