"""Who has access to a library: its owner, and those it is shared with."""

from typing import TypeAlias

import attrs

from mistral_conversations.server.failures import (
    JSONObject,
    RefusalError,
    not_found,
    refusal,
)

__all__ = ["ORGANIZATION", "OWNER", "Accesses"]

OWNER = "5b0f8a52-7c1d-4e6f-9a41-d2c9b7e3f018"
"""The id of the workspace, or the user, that every key of this server belongs to."""

ORGANIZATION = "c4a1e0d7-2f63-4b8c-8d95-0e7a6f1b3c24"
"""The id of the organization that the owner belongs to."""

_Entity: TypeAlias = tuple[str, str]


@attrs.define(eq=False)
class Accesses:
    """The accesses to one library; the owner's is the first, and stays."""

    _library_id: str
    _owner_type: str
    _shared: dict[_Entity, JSONObject] = attrs.field(factory=dict, init=False)

    def bodies(self) -> list[JSONObject]:
        """Tell of all, the owner's first."""
        owner = self._body(self._owner_type, OWNER, "Owner", ORGANIZATION)
        return [owner, *self._shared.values()]

    def share(self, wish: JSONObject) -> JSONObject:
        """Give an entity access, or another level of it.

        Raises:
            RefusalError: it is the owner.
        """
        entity = self._entity(wish, "An owner cannot change their own role")
        organization = wish.get("org_id") or ORGANIZATION
        self._shared[entity] = self._body(*entity, wish["level"], organization)
        return self._shared[entity]

    def remove(self, wish: JSONObject) -> JSONObject:
        """Take an entity's access away.

        Raises:
            RefusalError: it is the owner, or has no access.
        """
        entity = self._entity(wish, "An owner cannot delete their own access")
        if entity not in self._shared:
            kind, id_ = entity
            raise not_found(f"{kind} {id_} has no access to this library")
        return self._shared.pop(entity)

    def counts(self) -> JSONObject:
        """Tell of the accesses what a library tells; null is none."""
        shared = tuple(self._shared.items())
        kinds = [kind for (kind, _), _ in shared]
        roles = [access["role"] for (kind, _), access in shared if kind == "Org"]
        return {
            "explicit_user_members_count": kinds.count("User") or None,
            "explicit_workspace_members_count": kinds.count("Workspace") or None,
            "org_sharing_role": roles[-1] if roles else None,
        }

    def _entity(self, wish: JSONObject, message: str) -> _Entity:
        id_: str = wish["share_with_uuid"].lower()
        if id_ == OWNER:
            raise _forbidden(message)
        return wish["share_with_type"], id_

    def _body(self, kind: str, id_: str, role: str, organization: str) -> JSONObject:
        return {
            "library_id": self._library_id,
            "user_id": id_ if kind == "User" else None,
            "org_id": organization,
            "role": role,
            "share_with_type": kind,
            "share_with_uuid": id_,
        }


def _forbidden(message: str) -> RefusalError:
    return refusal(403, message, 3000)
