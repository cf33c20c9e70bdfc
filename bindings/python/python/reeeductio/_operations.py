"""A member's operations in a space, to be waited for or awaited."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from functools import partial

from reeeductio import _native
from reeeductio._operation import Operation, Transfer, of_this_process, same
from reeeductio._stream import Stream
from reeeductio.crypto import Ed25519KeyPair, decode_base64, decrypt_aes_gcm
from reeeductio.exceptions import BlobError, ChainError, OpaqueError, ReeeductioError, StreamError, ValidationError
from reeeductio.files import Progress, Readable
from reeeductio.local_store import LocalMessageStore
from reeeductio.models import (
    BlobCreated,
    Capability,
    DataEntry,
    EncryptedBlobCreated,
    Message,
    MessageCreated,
)
from reeeductio.opaque import OpaqueCredentials

_KEY_LENGTH = 32

RightsLike = Capability | Mapping[str, object]


class Operations:
    """The operations that `Space` and `AsyncSpace` share."""

    def __init__(
        self,
        space_id: str,
        member_id: str,
        private_key: bytes,
        symmetric_root: bytes,
        base_url: str,
        auto_authenticate: bool,
        local_store: LocalMessageStore | None,
        user_symmetric_key: bytes | None,
    ) -> None:
        self.private_key = private_key
        self.symmetric_root = symmetric_root
        self.member_id = member_id
        self.user_symmetric_key = user_symmetric_key
        self._process = os.getpid()
        self.offline = _native.Space(
            space_id,
            member_id,
            private_key,
            symmetric_root,
            base_url,
            user_symmetric_key,
            local_store.native if local_store else None,
            not auto_authenticate,
        )

    @property
    def native(self) -> _native.Space:
        """The handle, in the process that made it: its connections do not come along to a forked one."""
        of_this_process(self._process)
        return self.offline

    def authenticate(self) -> Operation[str]:
        return Operation(self.native.authenticate, same)

    def token(self) -> Operation[str]:
        return Operation(self.native.token, same)

    def open_stream(self) -> Operation[Stream]:
        return Operation(self.native.open_stream, Stream, StreamError)

    def get_messages(
        self, topic_id: str, from_timestamp: int | None, to_timestamp: int | None, limit: int, *, oldest_first: bool
    ) -> Operation[list[Message]]:
        begin = partial(self.native.messages, topic_id, from_timestamp, to_timestamp, limit)
        return Operation(begin, ascending if oldest_first else messages, ValidationError)

    def get_message(self, topic_id: str, message_hash: str, use_cache: bool) -> Operation[Message]:
        begin = partial(self.native.message, topic_id, message_hash, use_cache)
        return Operation(begin, message, ValidationError)

    def post(
        self, topic_id: str, msg_type: str, data: bytes, prev_hash: str | None, *, sealed: bool
    ) -> Operation[MessageCreated]:
        begin = partial(self.native.post, topic_id, msg_type, data, prev_hash, sealed)
        return Operation(begin, created, ChainError)

    def decrypt(self, msg: Message, topic_id: str) -> bytes:
        return decrypt_aes_gcm(decode_base64(msg.data), self.native.topic_key(topic_id))

    def get_plaintext_state(self, path: str) -> Operation[str]:
        return Operation(partial(self.native.plaintext_state, path), text, ValidationError)

    def get_encrypted_state(self, path: str, key: bytes | None) -> Operation[str]:
        return Operation(partial(self.native.encrypted_state, path, key), text, ValidationError)

    def set_plaintext_state(self, path: str, data: str, prev_hash: str | None) -> Operation[MessageCreated]:
        begin = partial(self.native.set_state, path, data.encode(), prev_hash)
        return Operation(begin, created, ChainError)

    def set_encrypted_state(
        self, path: str, data: str, prev_hash: str | None, key: bytes | None
    ) -> Operation[MessageCreated]:
        def begin() -> _native.Pending[tuple[str, int]]:
            sealed = _native.seal(data.encode(), key or self.native.state_key(), b"")
            return self.native.set_state(path, sealed, prev_hash)

        return Operation(begin, created, ChainError)

    def delete_state(self, path: str) -> Operation[MessageCreated]:
        return Operation(partial(self.native.delete_state, path), created, ChainError)

    def get_state_history(
        self, from_timestamp: int | None, to_timestamp: int | None, limit: int
    ) -> Operation[list[Message]]:
        begin = partial(self.native.state_history, from_timestamp, to_timestamp, limit)
        return Operation(begin, messages, ValidationError)

    def upload_plaintext_blob(self, data: bytes) -> Operation[BlobCreated]:
        return Operation(partial(self.native.upload_blob, data), lambda raw: BlobCreated(*raw), BlobError)

    def encrypt_and_upload_blob(self, data: bytes) -> Operation[EncryptedBlobCreated]:
        begin = partial(self.native.upload_encrypted_blob, data)
        return Operation(begin, lambda raw: EncryptedBlobCreated(*raw), BlobError)

    def download_plaintext_blob(self, blob_id: str) -> Operation[bytes]:
        return Operation(partial(self.native.download_blob, blob_id), same, BlobError)

    def download_and_decrypt_blob(self, blob_id: str, key: bytes) -> Operation[bytes]:
        return Operation(partial(self.native.download_encrypted_blob, blob_id, key), same, BlobError)

    def upload_file(self, file: Readable, progress: Progress | None) -> Operation[EncryptedBlobCreated]:
        begin = partial(self.native.upload_encrypted_file, file)
        return Transfer(begin, progress, lambda raw: EncryptedBlobCreated(*raw), BlobError)

    def upload_plaintext_file(self, file: Readable, progress: Progress | None) -> Operation[BlobCreated]:
        begin = partial(self.native.upload_file, file)
        return Transfer(begin, progress, lambda raw: BlobCreated(*raw), BlobError)

    def download_file(
        self, blob_id: str, key: bytes | None, path: str | os.PathLike[str], progress: Progress | None
    ) -> Operation[int]:
        return Transfer(partial(self.native.download_file, blob_id, key, path), progress, same, BlobError)

    def delete_blob(self, blob_id: str) -> Operation[None]:
        return Operation(partial(self.native.delete_blob, blob_id), same, BlobError)

    def get_data_entry(self, path: str) -> Operation[DataEntry]:
        return Operation(partial(self.native.data_entry, path), entry, ValidationError)

    def get_plaintext_data(self, path: str) -> Operation[bytes]:
        return Operation(partial(self.native.plaintext_data, path), same, ValidationError)

    def get_encrypted_data(self, path: str, key: bytes | None) -> Operation[bytes]:
        return Operation(partial(self.native.encrypted_data, path, key), same, ValidationError)

    def set_plaintext_data(self, path: str, data: bytes) -> Operation[int]:
        return Operation(partial(self.native.set_plaintext_data, path, data), same, ValidationError)

    def set_encrypted_data(self, path: str, data: bytes, key: bytes | None) -> Operation[int]:
        return Operation(partial(self.native.set_encrypted_data, path, data, key), same, ValidationError)

    def delete_data(self, path: str) -> Operation[None]:
        return Operation(partial(self.native.delete_data, path), same, ValidationError)

    def get_encrypted_user_data(self, path: str) -> Operation[bytes]:
        return Operation(lambda: self._private().user_data(path), same, ValidationError)

    def set_encrypted_user_data(self, path: str, data: bytes) -> Operation[int]:
        return Operation(lambda: self._private().set_user_data(path, data), same, ValidationError)

    def _private(self) -> _native.Space:
        if self.user_symmetric_key is None:
            msg = "user_symmetric_key: is needed: open the space with the user's own key"
            raise ValidationError(msg, "client.argument")
        return self.native

    def create_role(self, role_name: str, description: str | None) -> Operation[MessageCreated]:
        return Operation(partial(self.native.create_role, role_name, description), created, ChainError)

    def add_user(self, user_id: str, description: str | None) -> Operation[MessageCreated]:
        return Operation(partial(self.native.add_user, user_id, description), created, ChainError)

    def create_tool(
        self, tool_id: str, description: str | None, use_limit: int | None, expires_at: int | None
    ) -> Operation[MessageCreated]:
        begin = partial(self.native.create_tool, tool_id, description, use_limit, expires_at)
        return Operation(begin, created, ChainError)

    def remove_member(self, member_id: str) -> Operation[MessageCreated]:
        return Operation(partial(self.native.remove_member, member_id), created, ChainError)

    def list_members(self, *, tools: bool) -> Operation[list[str]]:
        return Operation(partial(self.native.members, tools), same, ValidationError)

    def grant_to_role(self, role_name: str, cap_id: str, capability: RightsLike) -> Operation[MessageCreated]:
        begin = partial(self.native.grant_to_role, role_name, cap_id, rights(capability))
        return Operation(begin, created, ChainError)

    def grant_to_member(self, member_id: str, cap_id: str, capability: RightsLike) -> Operation[MessageCreated]:
        begin = partial(self.native.grant_to_member, member_id, cap_id, rights(capability))
        return Operation(begin, created, ChainError)

    def revoke_from_role(self, role_name: str, cap_id: str) -> Operation[MessageCreated]:
        return Operation(partial(self.native.revoke_from_role, role_name, cap_id), created, ChainError)

    def revoke_from_member(self, member_id: str, cap_id: str) -> Operation[MessageCreated]:
        return Operation(partial(self.native.revoke_from_member, member_id, cap_id), created, ChainError)

    def assign_role(self, user_id: str, role_name: str, expires_at: int | None) -> Operation[MessageCreated]:
        return Operation(partial(self.native.assign_role, user_id, role_name, expires_at), created, ChainError)

    def unassign_role(self, user_id: str, role_name: str) -> Operation[MessageCreated]:
        return Operation(partial(self.native.unassign_role, user_id, role_name), created, ChainError)

    def create_invitation(
        self, description: str | None, guests: int | None, expires_at: int | None
    ) -> Operation[Ed25519KeyPair]:
        begin = partial(self.native.create_invitation, description, guests, expires_at)
        return Operation(begin, Ed25519KeyPair.from_private_key, ChainError)

    def create_space(self, space_keypair: Ed25519KeyPair) -> Operation[str]:
        def begin() -> _native.Pending[str]:
            if _native.public_key(space_keypair.private_key) != space_keypair.public_key:
                msg = "space_keypair: the public key is not that of the private key"
                raise ValidationError(msg, "space.invalid_registration")
            return self.native.create_space(space_keypair.private_key)

        return Operation(begin, same, ChainError)

    def enable_opaque(self) -> Operation[dict[str, bool]]:
        names = ("server_setup_created", "role_created", "capability_created")
        return Operation(
            self.native.enable_passwords, lambda made: dict(zip(names, made, strict=True)), ReeeductioError
        )

    def opaque_register(
        self, username: str, password: str, user_id: str | None, private_key: bytes | None
    ) -> Operation[str]:
        def begin() -> _native.Pending[None]:
            member, key = user_id or self.member_id, private_key or self.private_key
            if _native.public_key(key) != Ed25519KeyPair.from_typed_public_key(member):
                msg = f"user_id: {member} does not match private_key"
                raise ValidationError(msg, "client.credentials")
            # One's own user key is for nobody else.
            own = self.user_symmetric_key if member == self.member_id else None
            user_key = own or secrets.token_bytes(_KEY_LENGTH)
            return self.native.register_password(username, password, member, key, self.symmetric_root, user_key)

        return Operation(begin, lambda _none: username, OpaqueError, ValidationError)

    def change_password(self, username: str, old_password: str, new_password: str) -> Operation[None]:
        begin = partial(self.native.change_password, username, old_password, new_password)
        return Operation(begin, same, OpaqueError)


def log_in(base_url: str, space_id: str, username: str, password: str) -> Operation[OpaqueCredentials]:
    """Get a member's secrets by a password."""
    begin = partial(_native.Space.log_in, base_url, space_id, username, password)
    return Operation(begin, lambda raw: OpaqueCredentials.from_record(*raw), OpaqueError)


def register(
    base_url: str,
    space_id: str,
    username: str,
    password: str,
    user_id: str,
    private_key: bytes,
    symmetric_root: bytes,
    user_symmetric_key: bytes,
) -> Operation[str]:
    """Register a password for a member that signs in by itself."""

    def begin() -> _native.Pending[None]:
        space = _native.Space(
            space_id, user_id, private_key, symmetric_root, base_url, user_symmetric_key, None, sign_in_by_hand=False
        )
        return space.register_password(username, password, user_id, private_key, symmetric_root, user_symmetric_key)

    return Operation(begin, lambda _none: username, OpaqueError, ValidationError)


def accept_invitation(
    space_id: str, invitation: bytes, symmetric_root: bytes, private_key: bytes, base_url: str
) -> Operation[None]:
    """Let the holder of a private key into a space."""
    begin = partial(_native.Space.accept_invitation, space_id, invitation, symmetric_root, private_key, base_url)
    return Operation(begin, same, ChainError)


def message(raw: tuple[str, str, str, str, str, str, str | None, int]) -> Message:
    """Give a message its names."""
    return Message(*raw)


def messages(raw: list[tuple[str, str, str, str, str, str, str | None, int]]) -> list[Message]:
    """Give messages their names."""
    return [Message(*each) for each in raw]


def ascending(raw: list[tuple[str, str, str, str, str, str, str | None, int]]) -> list[Message]:
    """Give messages their names, the oldest first."""
    page = messages(raw)
    # A page that was asked for newest first is a chain backwards.
    backwards = len(page) > 1 and page[0].prev_hash == page[1].message_hash
    return page[::-1] if backwards else page


def created(raw: tuple[str, int]) -> MessageCreated:
    """Give a stored message's id and time their names."""
    return MessageCreated(*raw)


def entry(raw: tuple[str, str, str, str, int]) -> DataEntry:
    """Give a data entry its names."""
    path, data, signed_by, signature, signed_at = raw
    return DataEntry(data, signature, signed_by, signed_at, path)


def text(raw: bytes) -> str:
    """Decode a state value."""
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        msg = f"the value is not UTF-8 text: {error}"
        raise ValidationError(msg, "client.text") from None


def rights(capability: RightsLike) -> str:
    """Write a capability as JSON."""
    if isinstance(capability, Capability):
        return json.dumps({"op": capability.op.value, "path": capability.path})
    return json.dumps(dict(capability) if isinstance(capability, Mapping) else capability)
