"""End-to-end encrypted spaces: messages, state, files and data that the server cannot read.

Example:
    from reeeductio import Space, generate_keypair

    private_key, public_key = generate_keypair()
"""

from reeeductio._native import __version__
from reeeductio.admin import AdminClient, AsyncAdminClient
from reeeductio.async_space import AsyncAdminSpace, AsyncSpace
from reeeductio.auth import AsyncAuthSession, AuthSession
from reeeductio.crypto import (
    Ed25519KeyPair,
    compute_hash,
    decode_base64,
    decode_urlsafe_base64,
    derive_key,
    encode_base64,
    encode_urlsafe_base64,
    generate_keypair,
    get_identifier_type,
    sign_data,
    to_blob_id,
    to_message_id,
    to_space_id,
    to_tool_id,
    to_user_id,
    verify_signature,
)
from reeeductio.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BlobError,
    ChainError,
    ConflictError,
    DecryptionError,
    NetworkError,
    NotFoundError,
    OpaqueError,
    OpaqueNotEnabledError,
    RateLimitError,
    ReeeductioError,
    StoreError,
    StreamError,
    ValidationError,
)
from reeeductio.local_store import LocalMessageStore
from reeeductio.models import (
    AuthChallenge,
    AuthToken,
    BlobCreated,
    Capability,
    CapabilityOp,
    DataEntry,
    DecryptedMessage,
    EncryptedBlobCreated,
    Error,
    Member,
    Message,
    MessageCreated,
    MessageList,
    Role,
    RoleGrant,
)
from reeeductio.opaque import OpaqueCredentials, opaque_login, opaque_login_async
from reeeductio.outbox import AsyncOutbox, Outbox, SentMessage, WaitingMessage
from reeeductio.space import AdminSpace, Space
from reeeductio.streams import AsyncStream, Stream
from reeeductio.timeouts import set_timeouts
from reeeductio.topics import AsyncTopic, Topic, TopicMessage

__all__ = [
    "AdminClient",
    "AdminSpace",
    "AsyncAdminClient",
    "AsyncAdminSpace",
    "AsyncAuthSession",
    "AsyncOutbox",
    "AsyncSpace",
    "AsyncStream",
    "AsyncTopic",
    "AuthChallenge",
    "AuthSession",
    "AuthToken",
    "AuthenticationError",
    "AuthorizationError",
    "BlobCreated",
    "BlobError",
    "Capability",
    "CapabilityOp",
    "ChainError",
    "ConflictError",
    "DataEntry",
    "DecryptedMessage",
    "DecryptionError",
    "Ed25519KeyPair",
    "EncryptedBlobCreated",
    "Error",
    "LocalMessageStore",
    "Member",
    "Message",
    "MessageCreated",
    "MessageList",
    "NetworkError",
    "NotFoundError",
    "OpaqueCredentials",
    "OpaqueError",
    "OpaqueNotEnabledError",
    "Outbox",
    "RateLimitError",
    "ReeeductioError",
    "Role",
    "RoleGrant",
    "SentMessage",
    "Space",
    "StoreError",
    "Stream",
    "StreamError",
    "Topic",
    "TopicMessage",
    "ValidationError",
    "WaitingMessage",
    "__version__",
    "compute_hash",
    "decode_base64",
    "decode_urlsafe_base64",
    "derive_key",
    "encode_base64",
    "encode_urlsafe_base64",
    "generate_keypair",
    "get_identifier_type",
    "opaque_login",
    "opaque_login_async",
    "set_timeouts",
    "sign_data",
    "to_blob_id",
    "to_message_id",
    "to_space_id",
    "to_tool_id",
    "to_user_id",
    "verify_signature",
]
