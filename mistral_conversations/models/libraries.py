"""Models of document libraries and their sharing lists."""

from datetime import datetime
from typing import Literal, TypeAlias

from attrs import frozen

from mistral_conversations._public import publish
from mistral_conversations.models.documents import PaginationInfo
from mistral_conversations.models.listing import Listing
from mistral_conversations.models.model import Answer

__all__ = [
    "EntityType",
    "LibraryOut",
    "ListLibraryOut",
    "ListSharingOut",
    "ShareEnum",
    "SharingOut",
]

EntityType: TypeAlias = Literal["User", "Workspace", "Org"] | str
ShareEnum: TypeAlias = Literal["Viewer", "Editor"] | str


@frozen(kw_only=True, repr=False)
class LibraryOut(Answer):
    """A library of documents."""

    id: str
    """A UUID."""

    name: str
    created_at: datetime
    updated_at: datetime
    owner_id: str | None = None
    owner_type: str
    total_size: int
    """The size of all documents in bytes."""

    nb_documents: int
    """The number of documents."""

    chunk_size: int | None = None
    """Deprecated by the service, as are all fields below except `description`."""

    emoji: str | None = None
    description: str | None = None
    generated_name: str | None = None
    generated_description: str | None = None
    """The service's own description, based on the documents."""

    explicit_user_members_count: int | None = None
    explicit_workspace_members_count: int | None = None
    org_sharing_role: ShareEnum | None = None


@frozen(kw_only=True, repr=False)
class ListLibraryOut(Listing[LibraryOut]):
    """One page of the caller's libraries; a sequence of `LibraryOut`."""

    data: tuple[LibraryOut, ...]
    next_page_token: str | None = None
    """The `page_token` of the next page; None on the last page."""

    pagination: PaginationInfo | None = None
    """The position of the page; deprecated by the service, which may leave it out."""

    @property
    def _items(self) -> tuple[LibraryOut, ...]:
        return self.data


@frozen(kw_only=True, repr=False)
class SharingOut(Answer):
    """One access to a library: a user, workspace or organization, and its role."""

    library_id: str
    user_id: str | None = None
    """Deprecated by the service."""

    org_id: str | None = None
    """Deprecated by the service."""

    role: str
    """`Viewer`, `Editor`, or the service's name for the owner's role."""

    share_with_type: EntityType
    share_with_uuid: str | None = None


@frozen(kw_only=True, repr=False)
class ListSharingOut(Listing[SharingOut]):
    """The sharing list of a library; a sequence of `SharingOut`."""

    data: tuple[SharingOut, ...]

    @property
    def _items(self) -> tuple[SharingOut, ...]:
        return self.data


publish(globals(), *__all__)
