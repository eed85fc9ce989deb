"""Completion in shells."""

import subprocess
import sys
from pathlib import Path

import pytest

from mistral_conversations.cli import main
from tests.support.for_each import for_each

Capture = pytest.CaptureFixture[str]


def script(shell: str, capsys: Capture) -> str:
    with pytest.raises(SystemExit) as exit_:
        main(["--print-completion", shell])
    out, err = capsys.readouterr()
    assert (exit_.value.code, err) == (0, "")
    return out


def test_bash_completes_commands_options_and_files(
    tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "sails.txt").touch()
    made = script("bash", capsys)

    def completed(*words: str) -> list[str]:
        call = (
            f"COMP_WORDS=(mistral-conversations {' '.join(words)}); "
            f"COMP_CWORD={len(words)}; _shtab_mistral_conversations; "
            'echo "${COMPREPLY[@]}"'
        )
        done = subprocess.run(
            ["bash", "-c", f"{made}\n{call}"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split()

    assert completed("agents", "cr") == ["create"]
    assert completed("chat", "--mo") == ["--model"]
    assert completed("libraries", "upload", "ID", "sa") == ["sails.txt"]


@for_each(
    ("shell", "name"), [("zsh", "#compdef mistral-conversations"), ("tcsh", "complete")]
)
def test_other_shells_have_a_script(shell: str, name: str, capsys: Capture) -> None:
    assert name in script(shell, capsys)


def test_completion_names_the_extra_that_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["--print-completion", "bash"]) == 2
    out, err = capsys.readouterr()
    assert (out, "mistral-conversations[cli]" in err) == ("", True)
