"""What the callers, the proxy and the server have written down, put together."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import attrs

from .outcomes import Outcome
from .passage import Note
from .records import read_rows

__all__ = ["Evidence", "Processed", "Stored"]

Entry = Mapping[str, Any]


@attrs.frozen
class Processed:
    """A request that the server has processed."""

    call: str
    """The name of the call that sent it."""

    key: str
    """What its inputs have in common with other sendings of them."""

    conversation_id: str | None = None


@attrs.frozen
class Stored:
    """What the server has stored at the end."""

    conversations: Mapping[str, Sequence[Entry]] = attrs.field(factory=dict)
    """The entries, by the id of the conversation."""

    files: Mapping[str, str] = attrs.field(factory=dict)
    """The digests of files and documents, by their ids."""

    def answers_to(self, conversation_id: str, marker: str) -> list[list[Entry]]:
        """Return what follows each input with a marker in a conversation."""
        found: list[list[Entry]] = []
        is_there = False
        for entry in self.conversations.get(conversation_id, ()):
            if entry.get("role") == "user":
                is_there = entry["content"].split()[0] == marker
                found += [[]] if is_there else []
            elif is_there:
                found[-1].append(entry)
        return found


@attrs.frozen(kw_only=True)
class Evidence:
    """All that is known after a run."""

    outcomes: Sequence[Outcome] = ()
    passages: Mapping[str, Sequence[Note]] = attrs.field(factory=dict)
    """What became of the requests of each call."""

    processed: Sequence[Processed] = ()
    stored: Stored = attrs.field(factory=Stored)
    log: Sequence[str] = ()
    """What the service has logged."""

    open_connections: int = 0
    """Those of the client that the proxy still had when all had ended."""

    files_left: Sequence[str] = ()
    """The files that calls have left in their folder."""

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what a run has written into its folder."""
        outcomes = [Outcome(**row) for row in read_rows(folder / "outcomes.jsonl")]
        left = [row["left open"] for row in read_rows(folder / "service.jsonl")]
        return cls(
            outcomes=outcomes,
            passages=_by_call(read_rows(folder / "passages.jsonl")),
            processed=[
                Processed(**row) for row in read_rows(folder / "processed.jsonl")
            ],
            stored=_stored(folder),
            log=[row["text"] for row in read_rows(folder / "service_log.jsonl")],
            open_connections=sum(left),
            files_left=[path.name for path in (folder / "files").iterdir()],
        )

    def times(self) -> Counter[str]:
        """Count how often the server has processed each call."""
        return Counter(each.call for each in self.processed)

    def named(self) -> Mapping[str, Outcome]:
        """Return the outcomes by the names of the calls."""
        return {outcome.call: outcome for outcome in self.outcomes}

    def deleted(self) -> set[str]:
        """Return the conversations that a call may have deleted."""
        notes = (note for notes in self.passages.values() for note in notes)
        return {
            note.path.rpartition("/")[2] for note in notes if note.method == "DELETE"
        }


def _by_call(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, Sequence[Note]]:
    found: defaultdict[str, list[Note]] = defaultdict(list)
    for row in rows:
        found[row["call"]].append(Note(**row))
    return found


def _stored(folder: Path) -> Stored:
    conversations = read_rows(folder / "conversations.jsonl")
    files = read_rows(folder / "files.jsonl")
    return Stored(
        {row["id"]: row["entries"] for row in conversations},
        {row["id"]: row["sha256"] for row in files},
    )
