"""The accesses to a library: the owner's, and those of shares."""

from typing import TypeAlias

import attrs

from mistral_conversations.server.web.failures import (
    JSONObject,
    RefusalError,
    not_found,
    refusal,
)

__all__ = ["ORGANIZATION", "OWNER", "Accesses"]

OWNER = "5b0f8a52-7c1d-4e6f-9a41-d2c9b7e3f018"
"""The id of the workspace or user that every key of this server belongs to."""

ORGANIZATION = "c4a1e0d7-2f63-4b8c-8d95-0e7a6f1b3c24"
"""The id of the organization that the owner belongs to."""

_Entity: TypeAlias = tuple[str, str]


@attrs.define(eq=False)
class Accesses:
    """The accesses to one library; the owner's comes first and cannot be changed."""

    _library_id: str
    _owner_type: str
    _shared: dict[_Entity, JSONObject] = attrs.field(factory=dict, init=False)

    def bodies(self) -> list[JSONObject]:
        """Return all accesses as JSON, the owner's first."""
        owner = self._body(self._owner_type, OWNER, "Owner", ORGANIZATION)
        return [owner, *self._shared.values()]

    def share(self, body: JSONObject) -> JSONObject:
        """Grant access to an entity, or change its level.

        Raises:
            RefusalError: the entity is the owner.
        """
        entity = self._entity(body, "An owner cannot change their own role")
        organization = body.get("org_id") or ORGANIZATION
        self._shared[entity] = self._body(*entity, body["level"], organization)
        return self._shared[entity]

    def remove(self, body: JSONObject) -> JSONObject:
        """Revoke the access of an entity.

        Raises:
            RefusalError: the entity is the owner, or has no access.
        """
        entity = self._entity(body, "An owner cannot delete their own access")
        if entity not in self._shared:
            kind, id_ = entity
            raise not_found(f"{kind} {id_} has no access to this library")
        return self._shared.pop(entity)

    def counts(self) -> JSONObject:
        """Count the accesses, as a library reports them; null means none."""
        shared = tuple(self._shared.items())
        kinds = [kind for (kind, _), _ in shared]
        roles = [access["role"] for (kind, _), access in shared if kind == "Org"]
        return {
            "explicit_user_members_count": kinds.count("User") or None,
            "explicit_workspace_members_count": kinds.count("Workspace") or None,
            "org_sharing_role": roles[-1] if roles else None,
        }

    def _entity(self, body: JSONObject, message: str) -> _Entity:
        id_: str = body["share_with_uuid"].lower()
        if id_ == OWNER:
            raise _forbidden(message)
        return body["share_with_type"], id_

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
