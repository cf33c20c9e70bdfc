# Generated from _async_members.py by `cargo xtask generate --python`: edit that file.
"""Letting members in, giving them rights and taking them back, for programs that wait: a base of `Space`."""

from __future__ import annotations

from reeeductio._answers import RightsLike, rights
from reeeductio._handle import Handle
from reeeductio.crypto import Ed25519KeyPair
from reeeductio.models import MessageCreated


class SpaceMembers(Handle):
    """Letting members in, giving them rights and taking them back."""

    def add_user(self, user_id: str, description: str | None = None) -> MessageCreated:
        """Add a user to the space, by its id (writes `auth/users/{user_id}`). Every member can read the description.

        A new user has no right to write, or to read messages: grant those, preferably through a role.

        Raises:
            AuthorizationError: the member may not add users.

        Example:
            space.add_user(user_id, 'Alice')
        """
        return self._operations.add_user(user_id, description).wait()

    def create_tool(
        self, tool_id: str, description: str | None = None, use_limit: int | None = None, expires_at: int | None = None
    ) -> MessageCreated:
        """Add a tool to the space, for at most `use_limit` writes and until `expires_at` (Unix milliseconds).

        Messages, changes of state and uploads count as writes; reading and data entries do not.

        Raises:
            AuthorizationError: the member may not add tools.
        """
        return self._operations.create_tool(tool_id, description, use_limit, expires_at).wait()

    def remove_member(self, member_id: str) -> MessageCreated:
        """Remove a user or tool, with its rights and roles. Its tokens stop working at once.

        Raises:
            AuthorizationError: the member may not remove it.
        """
        return self._operations.remove_member(member_id).wait()

    def revoke_tokens(self, member_id: str | None = None) -> MessageCreated:
        """End the sessions of a member, or of all members: their tokens and open streams stop working.

        Their handles sign in again automatically. To keep a member out, remove it.

        Raises:
            AuthorizationError: the member is not the owner.
        """
        return self._operations.revoke_tokens(member_id).wait()

    def list_users(self) -> list[str]:
        """Return the ids of all users, without the owner.

        Raises:
            ChainError: the state fails verification.
        """
        return self._operations.members(tools=False).wait()

    def list_tools(self) -> list[str]:
        """Return the ids of all tools.

        Raises:
            ChainError: the state fails verification.
        """
        return self._operations.members(tools=True).wait()

    def create_role(self, role_name: str, description: str | None = None) -> MessageCreated:
        """Define a role, which has no rights yet. Every member can read the description.

        Raises:
            AuthorizationError: the member may not define roles.

        Example:
            space.create_role('member')
        """
        return self._operations.create_role(role_name, description).wait()

    def grant_capability_to_role(self, role_name: str, cap_id: str, capability: RightsLike) -> MessageCreated:
        """Grant a right to a role: `{"op": "read", "path": "topics/{any}"}`, or a `Capability`. `cap_id` names it.

        A dictionary may also have `"must_be_owner": True`, which limits it to what the member wrote itself, and
        `"expires_at"`, Unix milliseconds. A right of the same name is replaced.

        Raises:
            AuthorizationError: the member may not grant rights, or does not have this right itself.

        Example:
            space.grant_capability_to_role('member', 'read-all', {'op': 'read', 'path': 'topics/{any}'})
        """
        return self._operations.grant_to_role(role_name, cap_id, rights(capability)).wait()

    def revoke_capability_from_role(self, role_name: str, cap_id: str) -> MessageCreated:
        """Revoke a right of a role. This takes effect at once.

        Raises:
            AuthorizationError: the member may not change roles.
        """
        return self._operations.revoke_from_role(role_name, cap_id).wait()

    def assign_role_to_user(self, user_id: str, role_name: str, expires_at: int | None = None) -> MessageCreated:
        """Assign a role to a user, until `expires_at` (Unix milliseconds) if given.

        Raises:
            AuthorizationError: the member may not assign the role, or does not have its rights itself.

        Example:
            space.assign_role_to_user(user_id, 'member')
        """
        return self._operations.assign_role(user_id, role_name, expires_at).wait()

    def remove_role_from_user(self, user_id: str, role_name: str) -> MessageCreated:
        """Unassign a role of a user. This takes effect at once.

        Raises:
            AuthorizationError: the member may not unassign roles.
        """
        return self._operations.unassign_role(user_id, role_name).wait()

    def grant_capability_to_user(self, user_id: str, cap_id: str, capability: RightsLike) -> MessageCreated:
        """Grant a right to a single user. Parameters as for `grant_capability_to_role`.

        Raises:
            AuthorizationError: the member may not grant rights, or does not have this right itself.
        """
        return self._operations.grant_to_member(user_id, cap_id, rights(capability)).wait()

    def grant_capability_to_tool(self, tool_id: str, cap_id: str, capability: RightsLike) -> MessageCreated:
        """Grant a right to a tool. Parameters as for `grant_capability_to_role`.

        Raises:
            AuthorizationError: the member may not grant rights, or does not have this right itself.
        """
        return self._operations.grant_to_member(tool_id, cap_id, rights(capability)).wait()

    def revoke_capability_from_member(self, member_id: str, cap_id: str) -> MessageCreated:
        """Revoke a right of a user or tool. This takes effect at once.

        Raises:
            AuthorizationError: the member may not change the rights of members.
        """
        return self._operations.revoke_from_member(member_id, cap_id).wait()

    def create_invitation(
        self, description: str | None = None, guests: int | None = None, expires_at: int | None = None
    ) -> Ed25519KeyPair:
        """Create an invitation: a tool whose key lets others join as users.

        It admits at most `guests`, until `expires_at` (Unix milliseconds), if given. Guests get the role `user`: define
        it with `create_role` first. Send the tool's private key, the space's id and its symmetric root over a channel
        that you trust; `accept_invitation` takes them. `remove_member` revokes the invitation.

        Raises:
            AuthorizationError: the member may not add tools, or does not have the rights of the role.

        Example:
            invitation = space.create_invitation('for the team', guests=5)
        """
        key = self._operations.create_invitation(description, guests, expires_at).wait()
        return Ed25519KeyPair.from_private_key(key)

    def invite_link(
        self,
        role: str | None = None,
        expires_at: int | None = None,
        uses: int | None = None,
        page: str | None = None,
        description: str | None = None,
    ) -> str:
        """Create an invitation as a link: anybody who has it can join with `Space.join`. Keep it out of logs.

        Args:
            role: The role that guests get, which must exist; `user` by default.
            expires_at: Until when, Unix milliseconds; without end by default.
            uses: How many guests it admits; any number by default.
            page: URL of the page or app that opens the link; the server's address by default.
            description: A note in the list of tools, which every member can read.

        Raises:
            AuthorizationError: the member may not add tools, or does not have the rights of the role.
            ValidationError: there is no such role.

        Example:
            space.create_role('editor')
            link = space.invite_link('editor', uses=1)
        """
        return self._operations.invite_link(page, role, uses, expires_at, description).wait()
