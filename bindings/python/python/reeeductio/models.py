"""Parameters and results of methods."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, NotRequired, TypedDict

__all__ = [
    "AuthChallenge",
    "AuthToken",
    "BlobCreated",
    "Capability",
    "CapabilityOp",
    "DataEntry",
    "DecryptedMessage",
    "EncryptedBlobCreated",
    "Error",
    "Invitation",
    "Member",
    "Message",
    "MessageCreated",
    "MessageList",
    "Right",
    "Role",
    "RoleGrant",
    "Status",
]


@dataclass(slots=True)
class Message:
    """A message as it is stored. Times are Unix milliseconds of the server's clock."""

    message_hash: str
    """The message's id: `M` and 43 characters."""
    topic_id: str
    """`state` for changes of state."""
    type: str
    """A word of the program, or the path that is set."""
    sender: str
    """The id of the user or tool that posted it."""
    signature: str
    """The sender's, in base64."""
    data: str
    """Base64; sealed unless it was posted in the clear."""
    prev_hash: str | None
    """The id of the message before; `None` for the first of a topic."""
    server_timestamp: int
    """When it was stored; strictly increasing in a topic."""

    def is_state_message(self) -> bool:
        """Whether it sets state: then `type` is the path."""
        return self.topic_id == "state"


@dataclass(slots=True)
class DecryptedMessage(Message):
    """A message with its opened text."""

    decrypted: str
    """The text."""


@dataclass(slots=True)
class MessageCreated:
    """Where a message was stored. The time is Unix milliseconds."""

    message_hash: str
    """The message's id: `M` and 43 characters."""
    server_timestamp: int
    """When it was stored."""


@dataclass(slots=True)
class MessageList:
    """Several messages."""

    messages: list[Message] = field(default_factory=list)
    """The messages."""


@dataclass(slots=True)
class BlobCreated:
    """A stored blob: its id, and how many bytes are stored."""

    blob_id: str
    """`B` and 43 characters."""
    size: int
    """Bytes that are stored; a sealed blob has 28 more than its content."""


@dataclass(slots=True)
class EncryptedBlobCreated(BlobCreated):
    """A stored sealed blob: both `blob_id` and `key` are needed to read it."""

    key: bytes = field(default=b"", repr=False)
    """The 32-byte key of this blob."""

    @property
    def dek(self) -> bytes:
        """`key`, under its name in release 0.1.1."""
        return self.key


@dataclass(slots=True)
class DataEntry:
    """A value of the key-value store, as it was signed. `timestamp` is another name for `signed_at`."""

    data: str
    """Base64; sealed unless it was set in the clear."""
    signature: str
    """The signer's, in base64."""
    signed_by: str
    """The id of the member who wrote it."""
    signed_at: int
    """Unix milliseconds of the signer's clock."""
    path: str = ""
    """Its path."""

    @property
    def timestamp(self) -> int:
        """When it was signed, Unix milliseconds."""
        return self.signed_at


class CapabilityOp(str, Enum):
    """The operations that a capability can permit."""

    READ = "read"
    """Read."""
    CREATE = "create"
    """Post, and set a value where there is none."""
    MODIFY = "modify"
    """Replace a value."""
    DELETE = "delete"
    """Delete a value."""
    WRITE = "write"
    """All of these, reading included."""


@dataclass(slots=True)
class Capability:
    """An operation on the resources of a path pattern."""

    op: CapabilityOp
    """The operation."""
    path: str
    """The path pattern, such as `topics/{any}`, `state/profiles/{self}` or `data/presence/{...}`."""

    def __post_init__(self) -> None:
        self.op = CapabilityOp(self.op)


class Right(TypedDict):
    """A right as a dictionary, such as `{"op": "read", "path": "topics/{any}"}`."""

    op: CapabilityOp | Literal["read", "create", "modify", "delete", "write"]
    """The operation."""
    path: str
    """The path pattern, as of a `Capability`."""
    must_be_owner: NotRequired[bool]
    """Whether it covers only what the member wrote itself."""
    expires_at: NotRequired[int]
    """Until when, Unix milliseconds."""


@dataclass(slots=True)
class Invitation:
    """An invitation to a space. Send it over a channel you trust: anybody who has it can join."""

    space_id: str
    """The space."""
    private_key: bytes = field(repr=False)
    """Private key of the invitation's tool, 32 bytes."""
    symmetric_root: bytes = field(repr=False)
    """The space's, 32 bytes."""


@dataclass(slots=True)
class AuthChallenge:
    """A challenge, signed to sign in."""

    challenge: str
    """Base64."""
    expires_at: int
    """Unix milliseconds."""


@dataclass(slots=True)
class AuthToken:
    """A token, and its expiry."""

    token: str = field(repr=False)
    """The token, sent with each request."""
    expires_at: int
    """Unix milliseconds."""


@dataclass(slots=True)
class Member:
    """A member of a space."""

    public_key: str
    """The member's id."""
    added_at: int
    """Unix milliseconds."""
    added_by: str
    """The id of the member who added it."""


@dataclass(slots=True)
class Role:
    """A role of a space."""

    role_id: str
    """Its name."""
    description: str
    """A note that every member can read."""
    created_by: str
    """The id of the member who defined it."""
    created_at: int
    """Unix milliseconds."""
    signature: str
    """Signature of the member who defined it, in base64."""


@dataclass(slots=True)
class RoleGrant:
    """A role that a user has."""

    user_id: str
    """The id of the user who has it."""
    role_id: str
    """The role's name."""
    granted_by: str
    """The id of the member who gave it."""
    granted_at: int
    """Unix milliseconds."""
    signature: str
    """Signature of the member who assigned it, in base64."""
    expires_at: int | None = None
    """Until when, Unix milliseconds; `None` if it does not end."""


@dataclass(slots=True)
class Error:
    """The body of a server's refusal."""

    error: str
    """A sentence."""
    code: str | None = None
    """Stable, such as `permission.denied`."""
    details: dict[str, Any] | None = None
    """Details of the refusal, such as `retry_after`."""


#: Status of the connection that the live streams of a handle share.
Status = Literal["idle", "connecting", "connected"]
