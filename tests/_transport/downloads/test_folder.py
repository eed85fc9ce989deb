"""A folder for downloads: all of its files, or none."""

from pathlib import Path

import pytest

from mistral_conversations._transport.downloads.folder import Folder, Part

pytestmark = pytest.mark.anyio


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def inside(folder: Path) -> list[Path]:
    return [*folder.iterdir()]


async def test_file_that_cannot_be_named_takes_the_named_ones_along(
    tmp_path: Path,
) -> None:
    taken = written(tmp_path / "sky.png", b"mine")

    async def save() -> None:
        place = Folder(tmp_path)
        async with place.opened() as temporary:
            first = Part(written(temporary / "0", b"a"), "sky", "png", "id")
            missing = Part(temporary / "1", "sea", "png", "id")
            await place.finish([first, missing])

    with pytest.raises(FileNotFoundError):
        await save()
    assert inside(tmp_path) == [taken]
    assert taken.read_bytes() == b"mine"


async def test_parts_are_hidden_until_all_are_named(tmp_path: Path) -> None:
    place = Folder(tmp_path)
    async with place.opened() as temporary:
        assert inside(tmp_path) == [temporary]
        assert temporary.name.startswith(".")
        part = Part(written(temporary / "0", b"a"), "sky", "png", "id")
        assert await place.finish([part]) == (tmp_path / "sky.png",)
        assert inside(tmp_path) == [tmp_path / "sky.png"]
    assert (tmp_path / "sky.png").read_bytes() == b"a"


async def test_named_files_have_the_usual_permissions(tmp_path: Path) -> None:
    usual = written(tmp_path / "usual", b"").stat().st_mode
    place = Folder(tmp_path)
    async with place.opened() as temporary:
        part = Part(written(temporary / "0", b"a"), "sky", "png", "id")
        [path] = await place.finish([part])
    assert path.stat().st_mode == usual
