"""Document libraries, and the objects that answer calls on them."""

from datetime import datetime
from typing import Literal, TypeAlias

from attrs import frozen

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
    """Bytes of all documents."""

    nb_documents: int
    """How many documents it has."""

    chunk_size: int | None = None
    emoji: str | None = None
    description: str | None = None
    generated_name: str | None = None
    generated_description: str | None = None
    """What the service says of it by what is in it."""

    explicit_user_members_count: int | None = None
    explicit_workspace_members_count: int | None = None
    org_sharing_role: ShareEnum | None = None


@frozen(kw_only=True, repr=False)
class ListLibraryOut(Listing[LibraryOut]):
    """The libraries that the caller has access to: a sequence of them."""

    data: tuple[LibraryOut, ...]

    @property
    def _items(self) -> tuple[LibraryOut, ...]:
        return self.data


@frozen(kw_only=True, repr=False)
class SharingOut(Answer):
    """Who has access to a library, and what for."""

    library_id: str
    user_id: str | None = None
    org_id: str
    role: str
    """`Viewer` or `Editor`, or what the owner's is called."""

    share_with_type: EntityType
    share_with_uuid: str | None = None


@frozen(kw_only=True, repr=False)
class ListSharingOut(Listing[SharingOut]):
    """Who has access to a library: a sequence."""

    data: tuple[SharingOut, ...]

    @property
    def _items(self) -> tuple[SharingOut, ...]:
        return self.data
