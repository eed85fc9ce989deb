"""`AsyncAccesses`: who may use a document library, and what for."""

from collections.abc import Mapping

from mistral_conversations._api_client import APIClient
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


class AsyncAccesses(APIClient):
    """A client of the sharing lists of libraries: `AsyncLibraries.accesses`.

    Only the owner of a library can share it, inside of an organization; the owner's
    own access stays as it is.
    """

    async def list(
        self,
        library_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ListSharingOut:
        """List who has access to a library, and what for.

        Args:
            library_id: the library, a UUID.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is no such library.
        """
        call = calls.of_library(routes.LIBRARY_SHARE, library_id)
        options = self._options.with_call(timeout, retries, headers)
        return await self._ask(call, ListSharingOut, options)

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
        """Give someone access to a library, or change what they have.

        Args:
            library_id: the library, a UUID.
            level: `"Viewer"` or `"Editor"`.
            share_with_uuid: the user, workspace or organization, a UUID.
            share_with_type: `"User"`, `"Workspace"` or `"Org"`.
            org_id: the organization, a UUID; None is the caller's.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is no such library.
            PermissionDeniedError: the caller may not share it.
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
        return await self._ask(call, SharingOut, options)

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
        """Take someone's access to a library away.

        Args:
            library_id: the library, a UUID.
            share_with_uuid: the user, workspace or organization, a UUID.
            share_with_type: `"User"`, `"Workspace"` or `"Org"`.
            org_id: the organization, a UUID; None is the caller's.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Returns:
            The access as it was. None where the service does not tell, or where the
            answer that told was lost, and the call, sent again, found it taken away.

        Raises:
            NotFoundError: there is no such library or access.
            PermissionDeniedError: the caller may not take it away.
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
        return await self._ask_if_told(call, SharingOut, options)
