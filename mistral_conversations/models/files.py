"""Models of files: what they are, their pages, and URLs of their contents."""

from typing import Literal, TypeAlias

from attrs import frozen

from mistral_conversations._public import publish
from mistral_conversations.models.listing import Listing
from mistral_conversations.models.model import Answer
from mistral_conversations.models.unix_time import UnixTime

__all__ = [
    "CreateFileResponse",
    "DeleteFileResponse",
    "FilePurpose",
    "FileSchema",
    "FileVisibility",
    "GetFileResponse",
    "GetSignedUrlResponse",
    "ListFilesResponse",
    "SampleType",
    "Source",
]

FilePurpose: TypeAlias = Literal["fine-tune", "batch", "ocr", "audio"] | str
FileVisibility: TypeAlias = Literal["workspace", "user"] | str
SampleType: TypeAlias = (
    Literal["pretrain", "instruct", "batch_request", "batch_result", "batch_error"]
    | str
)
Source: TypeAlias = Literal["upload", "repository", "mistral"] | str


@frozen(kw_only=True, repr=False)
class FileSchema(Answer):
    """A file that the service stores, without its contents."""

    id: str
    """A UUID."""

    object: str
    """`file`."""

    bytes: int
    """The size in bytes."""

    created_at: UnixTime
    filename: str
    purpose: FilePurpose
    sample_type: SampleType
    """The kind of the contents, such as `batch_request`."""

    num_lines: int | None = None
    """The number of lines of a JSON Lines file."""

    mimetype: str | None = None
    source: Source
    """The origin of the file: `upload`, or `mistral` if the service made it."""

    signature: str | None = None
    expires_at: UnixTime | None = None
    """When the service deletes the file; None for never."""

    visibility: FileVisibility | None = None


@frozen(kw_only=True, repr=False)
class CreateFileResponse(FileSchema):
    """A file that was just uploaded."""


@frozen(kw_only=True, repr=False)
class GetFileResponse(FileSchema):
    """A file that was retrieved by its id."""

    deleted: bool
    """Whether the file was deleted."""


@frozen(kw_only=True, repr=False)
class ListFilesResponse(Listing[FileSchema]):
    """One page of the files; a sequence of `FileSchema`."""

    data: tuple[FileSchema, ...]
    object: str
    """`list`."""

    total: int | None = None
    """The number of files on all pages; None without `include_total`."""

    @property
    def _items(self) -> tuple[FileSchema, ...]:
        return self.data


@frozen(kw_only=True, repr=False)
class DeleteFileResponse(Answer):
    """The confirmation that a file was deleted."""

    id: str
    """The id of the file."""

    object: str
    """`file`."""

    deleted: bool


@frozen(kw_only=True, repr=False)
class GetSignedUrlResponse(Answer):
    """A URL from which anyone can download a file, without an API key."""

    url: str


publish(globals(), *__all__)
