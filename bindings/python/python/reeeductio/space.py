# Generated from async_space.py by `cargo xtask generate --python`: edit that file.
"""A member's handle on a space, for programs that wait."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from typing import Self

from reeeductio._answers import RightsLike, ascending, only, own_key, rights, text
from reeeductio._handle import Handle, entrance, keeping
from reeeductio.auth import AuthSession
from reeeductio.credentials import Account, Credentials
from reeeductio.crypto import Ed25519KeyPair
from reeeductio.exceptions import StreamError
from reeeductio.files import FileLike, Progress, made, opened
from reeeductio.local_store import LocalMessageStore
from reeeductio.models import (
    BlobCreated,
    DataEntry,
    EncryptedBlobCreated,
    Message,
    MessageCreated,
)
from reeeductio.network import Network
from reeeductio.outbox import Outbox
from reeeductio.streams import Stream
from reeeductio.topics import Position, Topic
from reeeductio.values import Values

__all__ = ["AdminSpace", "Space"]


class Space(Handle):
    """A member's handle on a space. It signs in by itself, and may be used from several threads.

    Everything that is read is checked: hashes, signatures, the writer's rights, and the order. If the server or anybody
    else has changed something, the method raises an exception.

    Args:
        space_id: The space, `S` and 43 characters.
        member_id: The acting member's id: `U` or `T` and 43 characters.
        private_key: The member's 32-byte Ed25519 private key.
        symmetric_root: The 32-byte secret that all members share.
        base_url: The server.
        auto_authenticate: Sign in when needed; if not, only `authenticate` does.
        local_store: Keeps what was seen, so that a server that contradicts it is detected after a restart, too.
        user_symmetric_key: The user's own 32-byte secret, for `user_data`.
        network: How the server is reached: timeouts, a proxy, authorities to trust.

    Raises:
        ValidationError: an id or key is invalid; it is a `ValueError`.

    Example:
        with Space(space_id, member_id, private_key, symmetric_root, base_url) as space:
            msgs = space.get_messages('general')
    """

    @classmethod
    def create(
        cls,
        local_store: LocalMessageStore,
        base_url: str = "http://localhost:8000",
        *,
        network: Network | None = None,
    ) -> Self:
        """Make a space of one's own, and keep its credentials in the store: whoever has them is the owner.

        `reopen` opens it again. Nothing is sent: the space begins with the first write, on a server that takes new
        spaces from anybody, as with `--dev`. On others an administrator registers it with its key pair first.

        Args:
            local_store: Keeps the owner's keys, and what is seen: a file that only the user should read.
            base_url: The server.
            network: How the server is reached.

        Raises:
            StoreError: the credentials cannot be kept.

        Example:
            space = Space.create(LocalMessageStore('ann.db'), base_url)
        """
        own = entrance(network).create(local_store.native, base_url).wait()
        return cls.open(own, local_store, network=network)

    @classmethod
    def accept_invitation(
        cls,
        space_id: str,
        invitation: Ed25519KeyPair,
        symmetric_root: bytes,
        keypair: Ed25519KeyPair,
        base_url: str = "http://localhost:8000",
        local_store: LocalMessageStore | None = None,
        user_symmetric_key: bytes | None = None,
        *,
        network: Network | None = None,
    ) -> Self:
        """Join a space by an invitation from `create_invitation`, as the user that holds `keypair`.

        Save `keypair` before you call this: a user who joins and then loses it has used up the invitation. If a call
        was interrupted, call again with the same `keypair`; completed steps are not repeated.

        Raises:
            AuthorizationError: the invitation was used up (`tool.use_limit`), has expired or was taken back
                (`member.unknown`).
        """
        entrance(network).accept_invitation(
            base_url, space_id, invitation.private_key, symmetric_root, keypair.private_key
        ).wait()
        return cls(
            space_id,
            keypair.to_user_id(),
            keypair.private_key,
            symmetric_root,
            base_url,
            local_store=local_store,
            user_symmetric_key=user_symmetric_key,
            network=network,
        )

    @classmethod
    def join(
        cls, link: str, local_store: LocalMessageStore, base_url: str | None = None, *, network: Network | None = None
    ) -> Self:
        """Join a space by a link from `invite_link`, as a new member, and keep its credentials in the store.

        `reopen` opens the space again. If the store has credentials for the space, they are used: a join that was cut
        short is completed, and a complete one uses the link no further.

        Args:
            link: The whole link.
            local_store: Keeps the member's keys, and what is seen: a file that only the user should read.
            base_url: The server; by default the one that the link names.
            network: How the server is reached.

        Raises:
            AuthorizationError: the link was used up, has expired or was taken back.
            ValidationError: the text is not a link of this release, or a part of it is missing.

        Example:
            space = Space.join(link, LocalMessageStore('todo.db'))
        """
        own = entrance(network).join(link, local_store.native, base_url).wait()
        return cls.open(own, local_store, network=network)

    @classmethod
    def reopen(
        cls, local_store: LocalMessageStore, space_id: str | None = None, *, network: Network | None = None
    ) -> Self:
        """Open a space with the credentials that the store keeps; by default the only one that it has.

        Raises:
            ValidationError: the store has no credentials for the space, or several and `space_id` is not given.

        Example:
            space = Space.reopen(LocalMessageStore('todo.db'), space_id)
        """
        if space_id is None:
            space_id = only(entrance(network).keyring(local_store.native).wait())
        own = entrance(network).reopen(local_store.native, space_id).wait()
        return cls.open(own, local_store, network=network)

    @classmethod
    def open(
        cls,
        credentials: Credentials,
        local_store: LocalMessageStore | None = None,
        *,
        network: Network | None = None,
    ) -> Self:
        """Open a space with credentials, such as those of an account."""
        return cls(
            credentials.space_id,
            credentials.member_id,
            credentials.private_key,
            credentials.symmetric_root,
            credentials.base_url,
            local_store=local_store,
            user_symmetric_key=credentials.user_symmetric_key,
            network=network,
        )

    @classmethod
    def from_password(
        cls,
        space_id: str,
        username: str,
        password: str,
        base_url: str = "http://localhost:8000",
        local_store: LocalMessageStore | None = None,
        *,
        network: Network | None = None,
    ) -> Self:
        """Open a space with the keys that a password yields.

        Raises:
            AuthenticationError: the username or the password is wrong.
            OpaqueNotEnabledError: the space has no passwords.

        Example:
            space = Space.from_password(space_id, 'alice', password, base_url)
        """
        login = entrance(network).log_in(base_url, space_id, username, password).wait()
        return cls(
            space_id,
            login.public_key,
            login.keypair.private_key,
            login.symmetric_root,
            base_url,
            local_store=local_store,
            user_symmetric_key=login.user_symmetric_key or None,
            network=network,
        )

    def credentials(self) -> Credentials:
        """Give everything that opens the space again as this member."""
        return self._operations.own_credentials().wait()

    def keep_credentials(self, local_store: LocalMessageStore) -> None:
        """Keep everything that opens the space again as this member in a store, for `reopen`."""
        own = self.credentials()
        keeping(local_store, own).wait()

    @property
    def account(self) -> Account:
        """The spaces that one login opens, if this space is their home."""
        return Account(self._operations)

    @cached_property
    def auth(self) -> AuthSession:
        """The member's session, which this handle uses."""
        return AuthSession.of(self.space_id, self.member_id, self.private_key, self.base_url, self._operations)

    def topic(self, topic_id: str) -> Topic:
        """Give a topic, whose messages are sealed and opened by themselves.

        Example:
            space.topic('general').post('chat.text', 'Hello!')
        """
        return Topic(self._operations, topic_id)

    @property
    def state(self) -> Values:
        """The shared state, with its history: each change of it is a message."""
        return Values(self._operations, "state")

    @property
    def data(self) -> Values:
        """The shared data: the newest value at each path."""
        return Values(self._operations, "data")

    @property
    def user_data(self) -> Values:
        """The user's own data, which other members cannot open; needs `user_symmetric_key`."""
        return Values(self._operations, "user_data")

    @property
    def outbox(self) -> Outbox:
        """Messages that are kept on this machine until the server has them; needs `local_store`."""
        return Outbox(self._operations)

    def live(self, *, follow: Mapping[str, Position | None] | None = None) -> Stream[Message]:
        """Give every message stored from now on that the member may read, checked, none left out.

        It connects when the first message is asked for, and again when the connection is lost. Changes of state come
        too, in the topic `state`. If you leave the loop early, use the stream in an `with` block: it closes then.

        Args:
            follow: Topics of which stored messages come too: those after a position (hash and time of a message), or
                all of them with `None`.

        Raises:
            StreamError: the stream ended for good, such as when the member was removed.

        Example:
            for msg in space.live(follow={'general': None}):
                if msg.topic_id == 'general':
                    print(space.decrypt_message_data(msg, msg.topic_id))
        """
        return Stream(lambda: self._open_messages(follow), StreamError)

    def stream_messages(self) -> Stream[Message]:
        """Give the messages of `live`, under the name of release 0.1.1.

        Raises:
            StreamError: the stream ended for good, such as when the member was removed.

        Example:
            for msg in space.stream_messages():
                if msg.topic_id == 'general':
                    print(space.decrypt_message_data(msg, msg.topic_id))
        """
        return self.live()

    def status(self) -> str:
        """Give the status of the connection that the live streams share: `idle`, `connecting` or `connected`."""
        return self._operations.status().wait()

    def statuses(self) -> Stream[str]:
        """Give the status of the connection, and then each change of it."""
        return Stream(self._operations.watch_status)

    def accept_restore(self) -> None:
        """Take the server's present history for the true one: its operator has restored a backup, and says so.

        What was written since the backup is lost, which is otherwise an error for ever, as it is when a server lies.
        Messages stay in the local store as if the program had put them there; those in the outbox are sent. Streams
        that are open go on as before: open them anew.
        """
        self._operations.accept_restore().wait()

    def authenticate(self) -> str:
        """Sign in now and return the new token. Usually done by itself on the first call.

        Raises:
            AuthenticationError: the member is unknown to the space or has been removed.
        """
        return self._operations.sign_in().wait()

    def get_messages(
        self,
        topic_id: str,
        from_timestamp: int | None = None,
        to_timestamp: int | None = None,
        limit: int = 100,
        use_cache: bool = True,
        validate_chain: bool = True,
    ) -> list[Message]:
        """Read messages of a topic, oldest first, every one checked.

        Its hash, its signature, its sender's right to post it, and the order.

        Times are Unix milliseconds, both inclusive; with `from_timestamp` after `to_timestamp` it
        gives the newest of the range.
        `limit` is 1 to 1000. `use_cache` and `validate_chain` are taken from programs for 0.1.1: everything is always
        checked and the server always asked. Without `validate_chain` the newest of a range come newest first.

        Raises:
            AuthorizationError: the member may not read the topic.
            ChainError: a message fails verification.

        Example:
            msgs = space.get_messages('general', limit=50)
        """
        del use_cache
        page = self._operations.messages(topic_id, from_timestamp, to_timestamp, limit).wait()
        return ascending(page) if validate_chain else page

    def get_message(self, topic_id: str, message_hash: str, use_cache: bool = True) -> Message:
        """Read one message by its hash, checked; from the local store if it is there and `use_cache`.

        Raises:
            NotFoundError: there is no such message.
        """
        return self._operations.message(topic_id, message_hash, use_cache).wait()

    def post_message(self, topic_id: str, msg_type: str, data: bytes, prev_hash: str | None = None) -> MessageCreated:
        """Post bytes as they are: the server can read them. At most 76,800 bytes.

        A topic begins with its first message; its name has 2 to 64 characters of `a-z`, `0-9`, `-` and `_`, with a
        letter or digit first and last. A type has at most 512 bytes.

        Without `prev_hash` the message is appended after the newest one, and the post is repeated while others are
        faster. With it, the message is appended directly after that one or not at all.

        Raises:
            ChainError: it could not be appended; a ConflictError if `prev_hash` is not the newest.
            AuthorizationError: the member may not post to the topic.

        Example:
            result = space.post_message('general', 'chat.text', b'for everybody')
        """
        return self._operations.post(topic_id, msg_type, data, prev_hash, sealed=False).wait()

    def post_encrypted_message(
        self, topic_id: str, msg_type: str, data: bytes, prev_hash: str | None = None
    ) -> MessageCreated:
        """Seal bytes with the topic's key and post them. At most 76,772 bytes. Otherwise like `post_message`.

        Raises:
            ChainError: it could not be appended; a ConflictError if `prev_hash` is not the newest.
            AuthorizationError: the member may not post to the topic.

        Example:
            result = space.post_encrypted_message('general', 'chat.text', b'Hello!')
        """
        return self._operations.post(topic_id, msg_type, data, prev_hash, sealed=True).wait()

    def get_plaintext_state(self, path: str) -> str:
        """Read the value at a state path as text; it is empty if it was deleted.

        Raises:
            NotFoundError: nothing was ever set there.
            ChainError: the entry fails verification.

        Example:
            profile = space.get_plaintext_state('profiles/alice')
        """
        return text(self._operations.state_value(path).wait())

    def get_encrypted_state(self, path: str, key: bytes | None = None) -> str:
        """Read and open the value at a state path, with the space's state key or a 32-byte key of one's own.

        It is empty if it was deleted.

        Raises:
            NotFoundError: nothing was ever set there.
            DecryptionError: it does not open.
        """
        return text(self._operations.open_state(path, key).wait())

    def set_plaintext_state(self, path: str, data: str, prev_hash: str | None = None) -> MessageCreated:
        """Set text at a state path: at most 76,800 bytes in UTF-8. The server can read it.

        With `prev_hash`, the newest message of the topic `state`, it is set only if nobody wrote any state since.

        Raises:
            ChainError: it could not be appended.
            AuthorizationError: the member may not write there.

        Example:
            space.set_plaintext_state('profiles/alice', '{"name": "Alice"}')
        """
        return self._operations.set_state(path, data, prev_hash, sealed=False, key=None).wait()

    def set_encrypted_state(
        self, path: str, data: str, prev_hash: str | None = None, key: bytes | None = None
    ) -> MessageCreated:
        """Seal text and set it at a state path, with the space's state key or a 32-byte key of one's own.

        At most 76,772 bytes in UTF-8. Otherwise like `set_plaintext_state`.

        Raises:
            ChainError: it could not be appended; a ConflictError if `prev_hash` is not the newest.
            AuthorizationError: the member may not write there.

        Example:
            space.set_encrypted_state('profiles/alice', '{"name": "Alice"}')
        """
        return self._operations.set_state(path, data, prev_hash, sealed=True, key=key).wait()

    def delete_state(self, path: str) -> MessageCreated:
        """Delete the value at a state path: what is read there then is empty, and the history stays.

        Raises:
            ChainError: it could not be appended.
            AuthorizationError: the member may not delete there.
        """
        return self._operations.delete_state(path).wait()

    def get_state_history(
        self, from_timestamp: int | None = None, to_timestamp: int | None = None, limit: int = 100
    ) -> list[Message]:
        """Read all changes of state, every one checked. `type` is the path, and empty data a deletion.

        Parameters are those of `get_messages`; with `from_timestamp` after `to_timestamp` the newest come first. Every
        member may read this.

        Raises:
            ChainError: an entry fails verification.
        """
        return self._operations.state_history(from_timestamp, to_timestamp, limit).wait()

    def encrypt_and_upload_blob(self, data: bytes) -> EncryptedBlobCreated:
        """Seal bytes with a key of their own and upload them. Keep `blob_id` and `dek`: both are needed.

        Raises:
            BlobError: the server does not take it; `blob.too_large` if it is longer than the server's `max_blob_size`.

        Example:
            result = space.encrypt_and_upload_blob(b'any bytes')
        """
        return self._operations.upload_sealed_blob(data).wait()

    def download_and_decrypt_blob(self, blob_id: str, key: bytes) -> bytes:
        """Download a blob, compare it with its id, and open it.

        Raises:
            NotFoundError: there is no such blob in the space.
            BlobError: the bytes are not those of the id.
            DecryptionError: it does not open with this key.

        Example:
            data = space.download_and_decrypt_blob(result.blob_id, result.dek)
        """
        return self._operations.download_sealed_blob(blob_id, key, None).wait()

    def upload_plaintext_blob(self, data: bytes) -> BlobCreated:
        """Upload bytes as they are: the server can read them.

        Raises:
            BlobError: the server does not take it.
        """
        return self._operations.upload_blob(data).wait()

    def download_plaintext_blob(self, blob_id: str) -> bytes:
        """Download a blob as it is stored and compare it with its id.

        Raises:
            NotFoundError: there is no such blob in the space.
            BlobError: the bytes are not those of the id.
        """
        return self._operations.download_blob(blob_id, None).wait()

    def upload_file(self, file: FileLike, progress: Progress | None = None) -> EncryptedBlobCreated:
        """Seal a file with a key of its own and upload it. Keep `blob_id` and `dek`: both are needed.

        A path, or a binary file object that can seek, which is read from its beginning. Memory stays small whatever
        the length. `progress` is called in the thread that waits, with the bytes that went over and the bytes in all;
        an exception that it raises ends the upload.

        Raises:
            OSError: the path cannot be opened.
            BlobError: the server does not take it.

        Example:
            result = space.upload_file('film.mp4', lambda done, total: print(done, total))
        """
        with opened(file) as source:
            return self._operations.upload_sealed_file(source, progress).wait()

    def download_file(
        self, blob_id: str, dek: bytes, path: str | os.PathLike[str], progress: Progress | None = None
    ) -> int:
        """Download a blob that `upload_file` stored to a file, opened; returns its length in bytes.

        The file appears, or replaces an existing one, only after all of it was received and checked. Bytes received
        before a failure are kept beside it, with `.part` at the end of the name; the next call continues. Folders that
        are missing are made, and `~` is the user's own. Memory stays small whatever the length. `progress` is called in
        the event loop, with the bytes that came and the bytes in all.

        Raises:
            NotFoundError: there is no such blob in the space.
            BlobError: the bytes are not those of the id.
            ValidationError: the file cannot be written.
            OSError: its folder cannot be made.
            DecryptionError: it does not open with this key.

        Example:
            space.download_file(result.blob_id, result.dek, 'film.mp4')
        """
        return self._operations.download_file(blob_id, dek, made(path), progress).wait()

    def upload_plaintext_file(self, file: FileLike, progress: Progress | None = None) -> BlobCreated:
        """Upload a file as it is: the server can read it.

        A path, or a binary file object that can seek, which is read from its beginning. Memory stays small whatever
        the length. `progress` is called in the thread that waits, with the bytes that went over and the bytes in all;
        an exception that it raises ends the upload.

        Raises:
            OSError: the path cannot be opened.
            BlobError: the server does not take it.

        Example:
            result = space.upload_plaintext_file('film.mp4')
        """
        with opened(file) as source:
            return self._operations.upload_file(source, progress).wait()

    def download_plaintext_file(
        self, blob_id: str, path: str | os.PathLike[str], progress: Progress | None = None
    ) -> int:
        """Download a blob that `upload_plaintext_file` stored to a file; returns its length in bytes.

        The file appears, or replaces an existing one, only after all of it was received and checked. Bytes received
        before a failure are kept beside it, with `.part` at the end of the name; the next call continues. Folders that
        are missing are made, and `~` is the user's own. Memory stays small whatever the length. `progress` is called in
        the event loop, with the bytes that came and the bytes in all.

        Raises:
            NotFoundError: there is no such blob in the space.
            BlobError: the bytes are not those of the id.
            ValidationError: the file cannot be written.
            OSError: its folder cannot be made.

        Example:
            space.download_plaintext_file(result.blob_id, 'film.mp4')
        """
        return self._operations.download_file(blob_id, None, made(path), progress).wait()

    def delete_blob(self, blob_id: str) -> None:
        """Remove a blob from the space: one's own, or as the owner anyone's.

        Raises:
            NotFoundError: there is no such blob in the space.
            AuthorizationError: it is somebody else's.
        """
        self._operations.delete_blob(blob_id).wait()

    def get_plaintext_data(self, path: str) -> bytes:
        """Read a value of the key-value store, its signature and its signer's right checked.

        Raises:
            NotFoundError: nothing is there.
            ChainError: the value fails verification, or is older than one seen before.
        """
        return self._operations.data_value(path).wait()

    def get_encrypted_data(self, path: str, key: bytes | None = None) -> bytes:
        """Read and open a value, with the space's data key or a 32-byte key of one's own.

        Raises:
            NotFoundError: nothing is there.
            DecryptionError: it does not open.
        """
        return self._operations.open_data(path, key).wait()

    def set_plaintext_data(self, path: str, data: bytes) -> int:
        """Set a value and return the time it was signed with, Unix milliseconds. The server can read it.

        At most 1,050,000 bytes. Of two writers the one with the later time wins.

        Raises:
            AuthorizationError: the member may not write there.
            ValidationError: this machine's clock is more than a minute off, or there is an entry with a later time.
        """
        return self._operations.set_data(path, data, sealed=False, key=None).wait()

    def set_encrypted_data(self, path: str, data: bytes, key: bytes | None = None) -> int:
        """Seal and set a value, and return the time it was signed with, Unix milliseconds.

        With the space's data key or a 32-byte key of one's own. At most 1,049,972 bytes. Otherwise like
        `set_plaintext_data`.

        Raises:
            AuthorizationError: the member may not write there.

        Example:
            space.set_encrypted_data('presence/alice', b'online')
        """
        return self._operations.set_data(path, data, sealed=True, key=key).wait()

    def get_data_entry(self, path: str) -> DataEntry:
        """Read a value as it was signed: who wrote it and when. Sealed data stays sealed.

        Raises:
            NotFoundError: nothing is there.
            ChainError: the value fails verification, or is older than one seen before.
        """
        return self._operations.data_entry(path).wait()

    def delete_data(self, path: str) -> None:
        """Remove a value; removing what is not there succeeds.

        Raises:
            AuthorizationError: the member may not delete there.
        """
        self._operations.delete_data(path).wait()

    def get_encrypted_user_data(self, path: str) -> bytes:
        """Read and open a value that only this user can open. It lies at `user/{member_id}/{path}`.

        Raises:
            ValidationError: the space was opened without `user_symmetric_key`.
            NotFoundError: nothing is there.
        """
        return self._operations.open_user_data(path).wait()

    def set_encrypted_user_data(self, path: str, data: bytes) -> int:
        """Seal a value so that only this user can open it, and return the time it was signed with, Unix milliseconds.

        It lies at `user/{member_id}/{path}`, where the user needs the right to write.

        Raises:
            ValidationError: the space was opened without `user_symmetric_key`.
        """
        return self._operations.set_user_data(path, data).wait()

    def add_user(self, user_id: str, description: str | None = None) -> MessageCreated:
        """Make an id a user of the space (writes to `auth/users/{user_id}`). The description is for everybody to read.

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
        """Make an id a tool of the space, for at most `use_limit` writes and until `expires_at` (Unix milliseconds).

        Messages, changes of state and uploads are counted; reading and data entries are not.

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
        """End the sessions of a member, or of all members: tokens and streams from before are not taken any more.

        They sign in again by themselves: remove a member that is to stay out.

        Raises:
            AuthorizationError: the member is not the owner.
        """
        return self._operations.revoke_tokens(member_id).wait()

    def list_users(self) -> list[str]:
        """Give the ids of all users, without the owner.

        Raises:
            ChainError: the state fails verification.
        """
        return self._operations.members(tools=False).wait()

    def list_tools(self) -> list[str]:
        """Give the ids of all tools.

        Raises:
            ChainError: the state fails verification.
        """
        return self._operations.members(tools=True).wait()

    def create_role(self, role_name: str, description: str | None = None) -> MessageCreated:
        """Define a role, which has no rights yet. The description is for everybody to read.

        Raises:
            AuthorizationError: the member may not.

        Example:
            space.create_role('member')
        """
        return self._operations.create_role(role_name, description).wait()

    def grant_capability_to_role(self, role_name: str, cap_id: str, capability: RightsLike) -> MessageCreated:
        """Give a role a right: `{"op": "read", "path": "topics/{any}"}`, or a `Capability`. `cap_id` names it.

        A dictionary may also have `"must_be_owner": True`, for what the member wrote itself, and `"expires_at"`, Unix
        milliseconds. A right that has the name already is replaced.

        Raises:
            AuthorizationError: the member may not, or does not have the right itself.

        Example:
            space.grant_capability_to_role('member', 'read-all', {'op': 'read', 'path': 'topics/{any}'})
        """
        return self._operations.grant_to_role(role_name, cap_id, rights(capability)).wait()

    def revoke_capability_from_role(self, role_name: str, cap_id: str) -> MessageCreated:
        """Take a right back from a role, at once.

        Raises:
            AuthorizationError: the member may not.
        """
        return self._operations.revoke_from_role(role_name, cap_id).wait()

    def assign_role_to_user(self, user_id: str, role_name: str, expires_at: int | None = None) -> MessageCreated:
        """Give a user a role, until `expires_at` (Unix milliseconds) if given.

        Raises:
            AuthorizationError: the member may not.

        Example:
            space.assign_role_to_user(user_id, 'member')
        """
        return self._operations.assign_role(user_id, role_name, expires_at).wait()

    def remove_role_from_user(self, user_id: str, role_name: str) -> MessageCreated:
        """Take a role back from a user, at once.

        Raises:
            AuthorizationError: the member may not.
        """
        return self._operations.unassign_role(user_id, role_name).wait()

    def grant_capability_to_user(self, user_id: str, cap_id: str, capability: RightsLike) -> MessageCreated:
        """Give a user a right of its own. Parameters as of `grant_capability_to_role`.

        Raises:
            AuthorizationError: the member may not, or does not have the right itself.
        """
        return self._operations.grant_to_member(user_id, cap_id, rights(capability)).wait()

    def grant_capability_to_tool(self, tool_id: str, cap_id: str, capability: RightsLike) -> MessageCreated:
        """Give a tool a right. Parameters as of `grant_capability_to_role`.

        Raises:
            AuthorizationError: the member may not, or does not have the right itself.
        """
        return self._operations.grant_to_member(tool_id, cap_id, rights(capability)).wait()

    def revoke_capability_from_member(self, member_id: str, cap_id: str) -> MessageCreated:
        """Take a right back from a user or tool, at once.

        Raises:
            AuthorizationError: the member may not.
        """
        return self._operations.revoke_from_member(member_id, cap_id).wait()

    def create_invitation(
        self, description: str | None = None, guests: int | None = None, expires_at: int | None = None
    ) -> Ed25519KeyPair:
        """Make a tool that lets others in as users.

        It lets in at most `guests`, and until `expires_at` (Unix milliseconds), if given. They get the role
        `user`; define it with `create_role` first. Hand the tool's private key, the space's id and its symmetric root
        over in confidence; `accept_invitation` takes them. `remove_member` takes the tool back.

        Raises:
            AuthorizationError: the member may not make tools, or does not have what the role gives.

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
            space.create_role('editor')
            link = space.invite_link('editor', uses=1)
        """
        return self._operations.invite_link(page, role, uses, expires_at, description).wait()

    def allow_passwords(self, role: str) -> None:
        """Let the holders of a role register a password each, change it, and keep an account.

        Raises:
            AuthorizationError: the member is not the owner.
            ValidationError: there is no such role.
        """
        self._operations.allow_passwords(role).wait()

    def enable_opaque(self) -> dict[str, bool]:
        """Let members of the space register passwords, as its owner: those with the role `opaque-user`, which is made.

        Returns what had to be created: `server_setup_created`, `role_created`, `capability_created`.

        Raises:
            AuthorizationError: the member is not the owner.
        """
        made = self._operations.enable_passwords().wait()
        return dict(zip(("server_setup_created", "role_created", "capability_created"), made, strict=True))

    def opaque_register(
        self, username: str, password: str, user_id: str | None = None, private_key: bytes | None = None
    ) -> str:
        """Register a password that yields the member's keys, by default one's own; returns the username.

        A username has 1 to 255 characters of `a-z`, `A-Z`, `0-9` and `. _ @ + -`. Only the owner registers for others,
        whose `private_key` it must hold.

        Raises:
            OpaqueNotEnabledError: call `enable_opaque` first.
            AuthorizationError: the member does not have the role `opaque-user`.
            ValidationError: the username is taken or not allowed.
        """
        self._operations.register_password(username, password, user_id or self.member_id, private_key, None).wait()
        return username

    def change_password(self, username: str, old_password: str, new_password: str) -> None:
        """Change the password of a username. The keys that it yields stay the same.

        Raises:
            AuthenticationError: the old password is wrong.
        """
        self._operations.change_password(username, old_password, new_password).wait()


class AdminSpace(Space):
    """A handle on the server's admin space, whose members register spaces."""

    def create_space(self, space_keypair: Ed25519KeyPair) -> str:
        """Register the space that a key pair owns, and return its id.

        Raises:
            AuthorizationError: the member may not register spaces.
        """
        return self._operations.create_space(own_key("space_keypair", space_keypair)).wait()
