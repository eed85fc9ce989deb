"""The files, in memory."""

import attrs

from mistral_conversations.server.files.records import RecordedFile
from mistral_conversations.server.files.stored_file import StoredFile
from mistral_conversations.server.web.clock import Clock, now
from mistral_conversations.server.web.failures import not_found
from mistral_conversations.server.web.uploads import Upload

__all__ = ["FileStore"]

_HOUR = 60 * 60


@attrs.define(eq=False)
class FileStore:
    """The files, by id."""

    clock: Clock = now
    _files: dict[str, StoredFile] = attrs.field(factory=dict, init=False)

    def add(
        self,
        file: Upload,
        *,
        purpose: str,
        source: str = "mistral",
        visibility: str = "workspace",
        expiry: int | None = None,
        sample_type: str | None = None,
    ) -> StoredFile:
        """Add a file.

        Args:
            file: its name, bytes and content type.
            purpose: `fine-tune`, `batch` or `ocr`.
            source: `upload`, or `mistral` for a file that the server made.
            visibility: `workspace` or `user`.
            expiry: the hours after which it ceases to exist; None for never.
            sample_type: the kind of its samples; None to derive it from the purpose.
        """
        created_at = int(self._time())
        expires_at = None if expiry is None else created_at + expiry * _HOUR
        stored = StoredFile(
            file, created_at, purpose, source, visibility, expires_at, sample_type
        )
        self._files[stored.id] = stored
        return stored

    def files(self) -> tuple[StoredFile, ...]:
        """Return all files, oldest first, and forget the expired ones."""
        time = self._time()
        files = tuple(self._files.values())
        for file in files:
            if file.has_expired(time):
                self._files.pop(file.id, None)  # another thread may forget it, too
        return tuple(self._files.values())

    def find(self, file_id: str) -> StoredFile:
        """Return a file.

        Raises:
            RefusalError: no file has that id.
        """
        file = self._files.get(file_id)
        if file is None or file.has_expired(self._time()):
            raise not_found(f"File {file_id} not found")
        return file

    def remove(self, file_id: str) -> None:
        """Delete a file.

        Raises:
            RefusalError: no file has that id.
        """
        del self._files[self.find(file_id).id]

    def records(self) -> tuple[RecordedFile, ...]:
        """Return snapshots of all files, oldest first."""
        return tuple(
            RecordedFile(file.id, file.body(), file.file.content)
            for file in self.files()
        )

    def _time(self) -> float:
        return self.clock().timestamp()
