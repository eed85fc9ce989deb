"""The images that an answer generates."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeAlias

import attrs

from mistral_conversations.server.files.drawing import draw
from mistral_conversations.server.files.responses import file_response
from mistral_conversations.server.files.store import FileStore
from mistral_conversations.server.files.stored_file import StoredFile
from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.links import Respond
from mistral_conversations.server.web.uploads import Upload
from mistral_conversations.server.web.values import text_argument

__all__ = ["FILE_CHUNK", "IMAGE_TOOL", "Images", "Link"]

IMAGE_TOOL = "image_generation"
"""The type of the tool, and the name of its executions."""

FILE_CHUNK = "tool_file"
"""The type of the chunks that name a generated file."""

# Observed on the service.
_LINK_LIFETIME = timedelta(hours=1)

Link: TypeAlias = Callable[[Respond, timedelta], str]
"""Creates a signed URL of what a function responds with, for some time."""


@attrs.define(eq=False)
class Images:
    """Generates the images of one answer, and remembers which it has not shown."""

    _store: FileStore
    _link: Link
    _count: int = attrs.field(default=0, init=False)
    _unshown: list[tuple[str, StoredFile]] = attrs.field(factory=list, init=False)

    def generate(self, arguments: str, question: str) -> None:
        """Draw an image and store it as a file.

        Args:
            arguments: the arguments of the execution, JSON text; `prompt` says what to
                draw.
            question: the prompt if the arguments have none.
        """
        name = f"image_generated_{self._count}"
        content = draw(text_argument(arguments, "prompt") or question)
        # The description has no purpose of generated files; `ocr` takes images.
        file = self._store.add(Upload(f"{name}.png", content), purpose="ocr")
        self._count += 1
        self._unshown.append((name, file))

    def chunks(self) -> Sequence[JSONObject]:
        """Return the images not shown yet as chunks; from now on they are shown."""
        return [
            {
                "type": FILE_CHUNK,
                "tool": IMAGE_TOOL,
                "file_id": file.id,
                "file_name": name,
                "file_type": file.file.extension,
            }
            for name, file in self.taken()
        ]

    def links(self) -> str:
        """Return the images not shown yet as Markdown; from now on they are shown."""
        return "\n\n".join(
            f"![{name}]({self._url(file)})" for name, file in self.taken()
        )

    def taken(self) -> Sequence[tuple[str, StoredFile]]:
        """Return the images not shown yet, with their names; then they are shown."""
        images, self._unshown = self._unshown, []
        return images

    def _url(self, file: StoredFile) -> str:
        respond = partial(file_response, self._store, file.id)
        return self._link(respond, _LINK_LIFETIME)
