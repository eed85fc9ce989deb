"""`AsyncAccesses`: the asyncio client of the sharing lists of libraries."""

from collections.abc import Mapping

from mistral_conversations._api_client import APIClient
from mistral_conversations._operations import operations
from mistral_conversations._public import publish
from mistral_conversations._signature import readable_signatures
from mistral_conversations._wire import library_calls as calls
from mistral_conversations._wire import routes
from mistral_conversations.config import RetryPolicy, Timeout
from mistral_conversations.models.libraries import (
    EntityType,
    ListSharingOut,
    ShareEnum,
    SharingOut,
)

__all__ = ["AsyncAccesses"]


@readable_signatures
@operations
class AsyncAccesses(APIClient):
    """Asyncio client of the sharing lists of libraries: `AsyncLibraries.accesses`.

    Only the owner can share a library, and only within an organization. The owner's own
    access never changes.

    Every method also takes `timeout`, `retries` and `headers`, as `AsyncLibraries`
    describes, and raises the same errors.
    """

    async def list(
        self,
        library_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ListSharingOut:
        """List the users, workspaces and organizations with access to a library.

        Args:
            library_id: the library, a UUID.

        Raises:
            NotFoundError: no such library.
        """
        call = calls.of_library(routes.LIBRARY_SHARE, library_id)
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, ListSharingOut, options)

    async def update_or_create(
        self,
        library_id: str,
        *,
        level: ShareEnum,
        share_with_uuid: str,
        share_with_type: EntityType,
        org_id: str | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> SharingOut:
        """Share a library, or change an existing access.

        Args:
            library_id: the library, a UUID.
            level: `"Viewer"` or `"Editor"`.
            share_with_uuid: the user, workspace or organization, a UUID.
            share_with_type: `"User"`, `"Workspace"` or `"Org"`.
            org_id: deprecated by the service. The organization, a UUID; None is the
                caller's.

        Raises:
            NotFoundError: no such library.
            PermissionDeniedError: the caller may not share the library.
        """
        call = calls.share(
            library_id,
            {
                "level": level,
                "share_with_uuid": share_with_uuid,
                "share_with_type": share_with_type,
                "org_id": org_id,
            },
        )
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, SharingOut, options)

    async def delete(
        self,
        library_id: str,
        *,
        share_with_uuid: str,
        share_with_type: EntityType,
        org_id: str | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> SharingOut | None:
        """Revoke an access to a library.

        Args:
            library_id: the library, a UUID.
            share_with_uuid: the user, workspace or organization, a UUID.
            share_with_type: `"User"`, `"Workspace"` or `"Org"`.
            org_id: deprecated by the service. The organization, a UUID; None is the
                caller's.

        Returns:
            The access as it was. None if the service sends no body, or if a retry after
            a lost answer found the access already revoked.

        Raises:
            NotFoundError: no such library or access.
            PermissionDeniedError: the caller may not revoke the access.
        """
        call = calls.unshare(
            library_id,
            {
                "share_with_uuid": share_with_uuid,
                "share_with_type": share_with_type,
                "org_id": org_id,
            },
        )
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch_if_any(call, SharingOut, options)


publish(globals(), *__all__)
