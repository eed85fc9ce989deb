"""G2, G13: blocking downloads end with Ctrl-C, and programs end silently."""

import signal
from pathlib import Path

import pytest

from tests.support.downloads import CONTENT, contents, names_in
from tests.support.obedient_server import eventually
from tests.support.programs import PROMPTLY, interrupt_program, run_program
from tests.support.raw_server import Connection, Request, raw_server_on_thread

pytestmark = pytest.mark.processes

BEFORE = """
def new_files(cls=Files):
    return cls("key", base_url=sys.argv[1], retries=0, limit=1)

def begun(received, total):
    if received:
        say("waiting")
"""

PROGRAMS = {
    "downloads_what_never_ends": """
new_files().download("endless", FOLDER + "/sky.bin", progress=begun)
""",
    "downloads_inside_with": """
with new_files() as files:
    files.download("endless", FOLDER + "/sky.bin", progress=begun)
""",
    "downloads_to_a_file_of_its_own": """
with new_files() as files, open(FOLDER + "/own.bin", "wb") as file:
    files.download("endless", file, progress=begun)
""",
    "downloads_with_asyncio": """
async def main():
    async with new_files(AsyncFiles) as files:
        await files.download("endless", FOLDER + "/sky.bin", progress=begun)
asyncio.run(main())
""",
}


async def obey(request: Request, connection: Connection) -> None:
    if "endless" in request.target:
        await connection.send(contents()[:-1])
        await connection.until_client_closes()
    else:
        await connection.send(contents())


@pytest.mark.parametrize("program", PROGRAMS)
def test_ctrl_c_ends_a_program_that(program: str, tmp_path: Path) -> None:
    code = f"{BEFORE}FOLDER = {str(tmp_path)!r}{PROGRAMS[program]}"
    with raw_server_on_thread(obey) as server:
        ended = interrupt_program(code, server)
        assert ended.err.splitlines()[-1] == "KeyboardInterrupt"
        assert ended.code == -signal.SIGINT
        assert ended.seconds < PROMPTLY
        assert eventually(lambda: not server.open_connections, 1)
    assert names_in(tmp_path) == ["own.bin"] * ("of_its_own" in program)


def test_programs_leave_nothing_behind(tmp_path: Path) -> None:
    """However a download ends: whole, cut off by a cancel, or with the loop."""
    program = f"""
FOLDER = {str(tmp_path)!r}

async def main():
    files = new_files(AsyncFiles)  # never closed
    await files.download("whole", FOLDER + "/sky.bin")
    endless = files.with_options().download("endless", FOLDER + "/endless.bin")
    task = asyncio.ensure_future(endless)
    await asyncio.sleep(0.1)
    say(len(os.listdir(FOLDER)))

asyncio.run(main())
with new_files() as files:
    files.download("whole", FOLDER + "/sea.bin")
say(sorted(os.listdir(FOLDER)), loop_threads())
"""
    with raw_server_on_thread(obey) as server:
        ended = run_program(BEFORE + program, server)
    assert (ended.err, ended.code) == ("", 0)
    assert ended.out == "2\n['sea.bin', 'sky.bin'] 0\n"
    assert (tmp_path / "sea.bin").read_bytes() == CONTENT
