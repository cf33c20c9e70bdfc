"""Letting members in, giving them rights and taking them back, for asyncio: a base of `AsyncSpace`."""

from __future__ import annotations

from reeeductio._answers import RightsLike, rights
from reeeductio._handle import AsyncHandle
from reeeductio.crypto import Ed25519KeyPair
from reeeductio.models import MessageCreated


class AsyncMembers(AsyncHandle):
    """Letting members in, giving them rights and taking them back."""

    async def add_user(self, user_id: str, description: str | None = None) -> MessageCreated:
        """Make an id a user of the space (writes to `auth/users/{user_id}`). The description is for everybody to read.

        A new user has no right to write, or to read messages: grant those, preferably through a role.

        Raises:
            AuthorizationError: the member may not add users.

        Example:
            await space.add_user(user_id, 'Alice')
        """
        return await self._operations.add_user(user_id, description)

    async def create_tool(
        self, tool_id: str, description: str | None = None, use_limit: int | None = None, expires_at: int | None = None
    ) -> MessageCreated:
        """Make an id a tool of the space, for at most `use_limit` writes and until `expires_at` (Unix milliseconds).

        Messages, changes of state and uploads are counted; reading and data entries are not.

        Raises:
            AuthorizationError: the member may not add tools.
        """
        return await self._operations.create_tool(tool_id, description, use_limit, expires_at)

    async def remove_member(self, member_id: str) -> MessageCreated:
        """Remove a user or tool, with its rights and roles. Its tokens stop working at once.

        Raises:
            AuthorizationError: the member may not remove it.
        """
        return await self._operations.remove_member(member_id)

    async def revoke_tokens(self, member_id: str | None = None) -> MessageCreated:
        """End the sessions of a member, or of all members: tokens and streams from before are not taken any more.

        They sign in again by themselves: remove a member that is to stay out.

        Raises:
            AuthorizationError: the member is not the owner.
        """
        return await self._operations.revoke_tokens(member_id)

    async def list_users(self) -> list[str]:
        """Give the ids of all users, without the owner.

        Raises:
            ChainError: the state fails verification.
        """
        return await self._operations.members(tools=False)

    async def list_tools(self) -> list[str]:
        """Give the ids of all tools.

        Raises:
            ChainError: the state fails verification.
        """
        return await self._operations.members(tools=True)

    async def create_role(self, role_name: str, description: str | None = None) -> MessageCreated:
        """Define a role, which has no rights yet. The description is for everybody to read.

        Raises:
            AuthorizationError: the member may not.

        Example:
            await space.create_role('member')
        """
        return await self._operations.create_role(role_name, description)

    async def grant_capability_to_role(self, role_name: str, cap_id: str, capability: RightsLike) -> MessageCreated:
        """Give a role a right: `{"op": "read", "path": "topics/{any}"}`, or a `Capability`. `cap_id` names it.

        A dictionary may also have `"must_be_owner": True`, for what the member wrote itself, and `"expires_at"`, Unix
        milliseconds. A right that has the name already is replaced.

        Raises:
            AuthorizationError: the member may not, or does not have the right itself.

        Example:
            await space.grant_capability_to_role('member', 'read-all', {'op': 'read', 'path': 'topics/{any}'})
        """
        return await self._operations.grant_to_role(role_name, cap_id, rights(capability))

    async def revoke_capability_from_role(self, role_name: str, cap_id: str) -> MessageCreated:
        """Take a right back from a role, at once.

        Raises:
            AuthorizationError: the member may not.
        """
        return await self._operations.revoke_from_role(role_name, cap_id)

    async def assign_role_to_user(self, user_id: str, role_name: str, expires_at: int | None = None) -> MessageCreated:
        """Give a user a role, until `expires_at` (Unix milliseconds) if given.

        Raises:
            AuthorizationError: the member may not.

        Example:
            await space.assign_role_to_user(user_id, 'member')
        """
        return await self._operations.assign_role(user_id, role_name, expires_at)

    async def remove_role_from_user(self, user_id: str, role_name: str) -> MessageCreated:
        """Take a role back from a user, at once.

        Raises:
            AuthorizationError: the member may not.
        """
        return await self._operations.unassign_role(user_id, role_name)

    async def grant_capability_to_user(self, user_id: str, cap_id: str, capability: RightsLike) -> MessageCreated:
        """Give a user a right of its own. Parameters as of `grant_capability_to_role`.

        Raises:
            AuthorizationError: the member may not, or does not have the right itself.
        """
        return await self._operations.grant_to_member(user_id, cap_id, rights(capability))

    async def grant_capability_to_tool(self, tool_id: str, cap_id: str, capability: RightsLike) -> MessageCreated:
        """Give a tool a right. Parameters as of `grant_capability_to_role`.

        Raises:
            AuthorizationError: the member may not, or does not have the right itself.
        """
        return await self._operations.grant_to_member(tool_id, cap_id, rights(capability))

    async def revoke_capability_from_member(self, member_id: str, cap_id: str) -> MessageCreated:
        """Take a right back from a user or tool, at once.

        Raises:
            AuthorizationError: the member may not.
        """
        return await self._operations.revoke_from_member(member_id, cap_id)

    async def create_invitation(
        self, description: str | None = None, guests: int | None = None, expires_at: int | None = None
    ) -> Ed25519KeyPair:
        """Make a tool that lets others in as users.

        It lets in at most `guests`, and until `expires_at` (Unix milliseconds), if given. They get the role
        `user`; define it with `create_role` first. Hand the tool's private key, the space's id and its symmetric root
        over in confidence; `accept_invitation` takes them. `remove_member` takes the tool back.

        Raises:
            AuthorizationError: the member may not make tools, or does not have what the role gives.

        Example:
            invitation = await space.create_invitation('for the team', guests=5)
        """
        key = await self._operations.create_invitation(description, guests, expires_at)
        return Ed25519KeyPair.from_private_key(key)

    async def invite_link(
        self,
        role: str | None = None,
        expires_at: int | None = None,
        uses: int | None = None,
        page: str | None = None,
        description: str | None = None,
    ) -> str:
        """Make an invitation as a link: whoever has it joins with `Space.join`. It holds secrets: keep it out of logs.

        Args:
            role: The role that guests get, which must exist; `user` by default.
            expires_at: Until when, Unix milliseconds; for ever by default.
            uses: How many guests it lets in; any number by default.
            page: URL of the page or app that opens the link; the server's address by default.
            description: A note in the list of tools, which every member can read.

        Raises:
            AuthorizationError: the member may not add users, or does not have what the role gives.
            ValidationError: there is no such role.

        Example:
            await space.create_role('editor')
            link = await space.invite_link('editor', uses=1)
        """
        return await self._operations.invite_link(page, role, uses, expires_at, description)
