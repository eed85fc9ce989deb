"""A file that has its name only when it is whole."""

import os
import stat
from pathlib import Path

import pytest

from mistral_conversations._transport.downloads.new_file import NewFile
from tests.support.downloads import names_in


def opened(path: Path) -> NewFile:
    file = NewFile(path)
    file.look()
    file.open()
    return file


def test_a_file_has_its_name_when_it_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "sky.bin"
    file = opened(path)
    for piece in (b"Bl", b"", b"ue"):
        file.write(piece)
    (name,) = names_in(tmp_path)
    assert name.startswith(".")
    file.finish()
    file.discard()  # which does nothing any more
    assert names_in(tmp_path) == ["sky.bin"]
    assert path.read_bytes() == b"Blue"


def test_what_is_discarded_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "sky.bin"
    path.write_bytes(b"old")
    for file in (NewFile(path), opened(path)):
        file.discard()
        file.discard()
    assert names_in(tmp_path) == ["sky.bin"]
    assert path.read_bytes() == b"old"


def test_an_empty_one_begins_again(tmp_path: Path) -> None:
    file = opened(tmp_path / "sky.bin")
    file.empty()
    file.write(b"longer")
    file.empty()
    file.write(b"short")
    file.finish()
    assert (tmp_path / "sky.bin").read_bytes() == b"short"
    assert file.is_repeatable


def test_two_at_once_are_two_files(tmp_path: Path) -> None:
    first, second = opened(tmp_path / "sky.bin"), opened(tmp_path / "sky.bin")
    first.write(b"1")
    second.write(b"22")
    first.finish()
    second.finish()
    assert (tmp_path / "sky.bin").read_bytes() == b"22"
    assert names_in(tmp_path) == ["sky.bin"]


@pytest.mark.parametrize("mode", [0o600, 0o755, 0o666])
def test_the_permissions_of_the_old_one_are_those_of_the_temporary_one(
    mode: int, tmp_path: Path
) -> None:
    path = tmp_path / "sky.bin"
    path.touch()
    path.chmod(mode)
    file = opened(path)
    modes = {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
    file.discard()
    assert modes == {mode}


def test_errors_name_the_callers_path(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    places = {
        tmp_path: "to is a folder",
        tmp_path / "no" / "sky.bin": "No such file",
        tmp_path / "file" / "sky.bin": "Not a directory",
        tmp_path / "loop": "symbolic links",
        tmp_path / ("a" * 300): "too long",
    }
    for path, reason in places.items():
        with pytest.raises(OSError, match=reason) as caught:
            opened(path)
        assert caught.value.filename == str(path)
    assert names_in(tmp_path) == ["file", "loop"]


def test_a_folder_that_appears_meanwhile_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "sky.bin"
    file = opened(path)
    path.mkdir()
    with pytest.raises(IsADirectoryError) as caught:
        file.finish()
    file.discard()
    assert caught.value.filename == str(path)
    assert names_in(tmp_path) == ["sky.bin"]


def test_a_file_that_must_not_be_written_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "sky.bin"
    path.touch(0o444)
    if os.access(path, os.W_OK):
        pytest.skip("root may write anything")
    with pytest.raises(PermissionError) as caught:
        opened(path)
    assert caught.value.filename == str(path)


def test_a_device_is_written_directly() -> None:
    file = opened(Path(os.devnull))
    assert (file.is_regular, file.is_repeatable) == (False, True)
    file.empty()
    file.write(b"Blue")
    assert not file.is_repeatable
    file.finish()
    file.discard()
    assert Path(os.devnull).is_char_device()
