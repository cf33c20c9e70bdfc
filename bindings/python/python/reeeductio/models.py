"""What methods take and give."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


@dataclass(slots=True)
class Message:
    """A message as it is stored. Times are Unix milliseconds of the server's clock."""

    message_hash: str
    topic_id: str
    type: str
    sender: str
    signature: str
    data: str
    """Base64; sealed unless it was posted in the clear."""
    prev_hash: str | None
    server_timestamp: int

    def is_state_message(self) -> bool:
        """Whether it sets state: then `type` is the path."""
        return self.topic_id == "state"


@dataclass(slots=True)
class DecryptedMessage(Message):
    """A message with its opened text."""

    decrypted: str


@dataclass(slots=True)
class MessageCreated:
    """Where a message was stored. The time is Unix milliseconds."""

    message_hash: str
    server_timestamp: int


@dataclass(slots=True)
class MessageList:
    """Several messages."""

    messages: list[Message] = field(default_factory=list)


@dataclass(slots=True)
class BlobCreated:
    """A stored blob: its id, and how many bytes are stored."""

    blob_id: str
    size: int


@dataclass(slots=True)
class EncryptedBlobCreated(BlobCreated):
    """A stored sealed blob: both `blob_id` and `dek` are needed to read it. `key` is another name for `dek`."""

    key: bytes = field(default=b"", repr=False)

    @property
    def dek(self) -> bytes:
        """The 32-byte key of this blob."""
        return self.key


@dataclass(slots=True)
class DataEntry:
    """A value of the key-value store, as it was signed. `timestamp` is another name for `signed_at`."""

    data: str
    """Base64."""
    signature: str
    signed_by: str
    signed_at: int
    """Unix milliseconds of the signer's clock."""
    path: str = ""

    @property
    def timestamp(self) -> int:
        """When it was signed, Unix milliseconds."""
        return self.signed_at


class CapabilityOp(str, Enum):
    """What a capability permits."""

    READ = "read"
    CREATE = "create"
    MODIFY = "modify"
    DELETE = "delete"
    WRITE = "write"


@dataclass(slots=True)
class Capability:
    """An operation on the resources of a path pattern."""

    op: CapabilityOp
    path: str

    def __post_init__(self) -> None:
        self.op = CapabilityOp(self.op)


@dataclass(slots=True)
class Invitation:
    """What lets somebody into a space. Whoever holds it can: hand it over in confidence."""

    space_id: str
    private_key: bytes = field(repr=False)
    symmetric_root: bytes = field(repr=False)


@dataclass(slots=True)
class AuthChallenge:
    """What is signed to sign in."""

    challenge: str
    expires_at: int


@dataclass(slots=True)
class AuthToken:
    """A token, and until when it is valid in Unix milliseconds."""

    token: str = field(repr=False)
    expires_at: int


@dataclass(slots=True)
class Member:
    """A member of a space."""

    public_key: str
    added_at: int
    added_by: str


@dataclass(slots=True)
class Role:
    """A role of a space."""

    role_id: str
    description: str
    created_by: str
    created_at: int
    signature: str


@dataclass(slots=True)
class RoleGrant:
    """A role that a user has."""

    user_id: str
    role_id: str
    granted_by: str
    granted_at: int
    signature: str
    expires_at: int | None = None


@dataclass(slots=True)
class Error:
    """The body of a server's refusal."""

    error: str
    code: str | None = None
    details: dict[str, Any] | None = None
