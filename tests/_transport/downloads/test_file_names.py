"""Names from the service, made safe for every system."""

from itertools import islice

from mistral_conversations._transport.downloads.file_names import file_name, numbered
from tests.support.for_each import for_each

ID = "933c5b5a-1c47"


@for_each(
    ("name", "extension", "expected"),
    [
        ("image_generated_0", "png", "image_generated_0.png"),
        ("image_generated_0", ".png", "image_generated_0.png"),
        ("image_generated_0", "image/png", "image_generated_0.png"),
        ("sky", "Image/JPEG; q=1", "sky.jpg"),
        ("sky", "unheard/of", "sky"),
        ("sky.PNG", "png", "sky.PNG"),
        ("sky.jpeg", "jpg", "sky.jpeg"),
        ("report.v2", "pdf", "report.v2.pdf"),
        ("sky", None, "sky"),
        ("sky", "", "sky"),
        ("a b é 日本 \U0001f600", "png", "a b é 日本 \U0001f600.png"),
        ("e\u0301", "png", "é.png"),
        (None, "png", f"{ID}.png"),
        ("", None, ID),
        ("..", "png", f"{ID}.png"),
        (". . ", None, ID),
        ("\u200b\n\x7f", None, ID),
        ("/etc/passwd", None, "_etc_passwd"),
        ("../../up.png", "png", "_.._up.png"),
        ("C:\\sky\\a.png", "png", "C__sky_a.png"),
        ("sky", "../up", "sky"),
        ("sky", "p\\ng", "sky.p_ng"),
        ("a\0b\r\nc\x1b[31m.txt", None, "abc[31m.txt"),
        ("invoice\u202egnp.exe", None, "invoicegnp.exe"),
        ("half \ud83d.png", "png", "half.png"),
        ('<a>:"b"|?*', "png", "_a___b____.png"),
        (".bashrc", None, "bashrc"),
        ("dots...", "png", "dots.png"),
        ("CON", None, "_CON"),
        ("nul", "txt", "_nul.txt"),
        ("com1.tar.gz", None, "_com1.tar.gz"),
        ("console", "txt", "console.txt"),
    ],
)
def test_name_is_safe_and_has_its_extension(
    name: str | None, extension: str | None, expected: str
) -> None:
    assert file_name(name, extension, ID) == expected


@for_each("fallback", ["", "..", "\0"])
def test_file_without_any_name_has_one(fallback: str) -> None:
    assert file_name(None, "png", fallback) == "file.png"


@for_each("letter", ["a", "é", "\U0001f600"])
@for_each("extension", ["png", "x" * 300])
def test_long_names_are_cut_between_characters(letter: str, extension: str) -> None:
    name = file_name(letter * 300, extension, ID)
    assert 150 < len(name.encode()) <= 200
    assert set(name.partition(".")[0]) == {letter}
    assert extension != "png" or name.endswith(".png")


@for_each(
    ("name", "second", "third"),
    [
        ("sky.png", "sky-2.png", "sky-3.png"),
        ("sky", "sky-2", "sky-3"),
        ("v1.5 of the sky, and more", "v1.5 of the sky, and more-2", None),
    ],
)
def test_numbers_stand_before_the_extension(
    name: str, second: str, third: str | None
) -> None:
    names = [*islice(numbered(name), 3)]
    assert names[:2] == [name, second]
    assert third is None or names[2] == third
