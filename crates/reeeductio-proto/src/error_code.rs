//! Stable codes of the refusals of a server.

use crate::code_table::code_table;

/// A table of codes with the HTTP status of each.
macro_rules! error_codes {
    ($($variant:ident, $code:literal, $status:literal, $kind:ident, $remedy:ident, $description:literal;)*) => {
        code_table! {
            /// A code that a server refuses with: given by hand, never reused, the same in every language.
            ErrorCode:
            $($variant, $code, $kind, $remedy, $description;)*
        }

        impl ErrorCode {
            /// The HTTP status it is answered with.
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }
        }
    };
}

error_codes! {
    AdminNotConfigured, "admin.not_configured", 404, NotFound, Operator, "The server has no admin space.";
    AuthInvalidEntry, "auth.invalid_entry", 400, Validation, Caller, "An entry under `auth/` is not what its path says.";
    AuthKeySignature, "auth.key_signature", 400, Validation, Caller, "The member that an encryption key is for has not signed it.";
    AuthSelfDefinition, "auth.self_definition", 403, Authorization, Caller, "A member tried to write its own definition.";
    AuthorityOlder, "authority.older", 400, Validation, Caller, "The message names an older authority than the one before it in its lane.";
    AuthorityUnknown, "authority.unknown", 400, Validation, Caller, "The message names an authority that is no message below `auth/`.";
    BlobIdMismatch, "blob.id_mismatch", 400, Validation, Caller, "The uploaded bytes do not have the id in the URL.";
    BlobInvalidId, "blob.invalid_id", 400, Validation, Caller, "The text is not a blob id.";
    BlobNotFound, "blob.not_found", 404, NotFound, Caller, "The space refers to no such blob.";
    BlobRangeNotSatisfiable, "blob.range_not_satisfiable", 416, Validation, Caller, "The range lies outside the blob.";
    BlobTooLarge, "blob.too_large", 413, Validation, Caller, "The blob is larger than the server accepts.";
    ChainConflict, "chain.conflict", 409, Conflict, Retry, "`prev_hash` is not the head of the topic; `details.head` is.";
    ChallengeBadSignature, "challenge.bad_signature", 401, Authentication, Caller, "The challenge was not signed with the key of the id.";
    ChallengeUnknown, "challenge.unknown", 401, Authentication, Caller, "The challenge was not issued for this id, has expired or was answered.";
    DataBadSignature, "data.bad_signature", 400, Validation, Caller, "The entry's signature does not match.";
    DataClockSkew, "data.clock_skew", 400, Validation, Caller, "`signed_at` is too far from the server's clock.";
    DataInvalid, "data.invalid", 400, Validation, Caller, "`data` is not standard base64.";
    DataInvalidPath, "data.invalid_path", 400, Validation, Caller, "The text is not a data path.";
    DataNotFound, "data.not_found", 404, NotFound, Caller, "Nothing is stored at the data path.";
    DataSignerMismatch, "data.signer_mismatch", 403, Authorization, Caller, "`signed_by` is not the id the token was issued for.";
    DataStale, "data.stale", 400, Conflict, Caller, "A newer entry is, or was, at the path.";
    DataTooLarge, "data.too_large", 413, Validation, Caller, "The entry is larger than the server accepts.";
    EpochSuperseded, "epoch.superseded", 409, Conflict, Retry, "The message is not sealed under the newest epoch; seal it again.";
    FormatMalformed, "format.malformed", 400, Validation, Caller, "The bytes are of a known format, but no release writes them.";
    FormatRequired, "format.required", 400, Validation, Caller, "The space has a policy, and the message is not in sealed format 1.";
    FormatUnknown, "format.unknown", 400, Validation, Caller, "A version, suite or other value is not known to this release, or the space does not take the format.";
    GrantEscalation, "grant.escalation", 403, Authorization, Caller, "The granter does not hold what it tries to grant.";
    InboxBadSignature, "inbox.bad_signature", 400, Validation, Caller, "The item's signature does not match.";
    InboxExpired, "inbox.expired", 400, Validation, Caller, "The item's `expires` has passed already.";
    InboxFull, "inbox.full", 409, Conflict, Retry, "The inbox holds as much as it may, in all or from this sender; the recipient must acknowledge items first.";
    InboxItemExists, "inbox.item_exists", 409, Conflict, Caller, "Another item with this id is in the inbox, or was acknowledged not long ago.";
    InboxNoRecipient, "inbox.no_recipient", 404, NotFound, Caller, "The recipient is not a member of the space.";
    Internal, "internal", 500, Server, Operator, "The server failed; its log says how.";
    KeyringEpochTaken, "keyring.epoch_taken", 409, Conflict, Retry, "There is an epoch of this number already.";
    KeyringInvalid, "keyring.invalid", 400, Validation, Caller, "The entry of the keyring breaks a rule; `details.rule` is its number, if it has one.";
    KeyringShardMissing, "keyring.shard_missing", 409, Conflict, Caller, "The server does not have a shard of the epoch; upload it first.";
    LaneLimit, "lane.limit", 403, Authorization, Caller, "The member has as many lanes in the topic as it may.";
    MemberInvalidId, "member.invalid_id", 400, Validation, Caller, "The text is not the id of a user, a tool or the owner.";
    MemberUnknown, "member.unknown", 403, Authentication, Caller, "The id is not a member of the space.";
    MessageBadSignature, "message.bad_signature", 400, Validation, Caller, "The message's signature does not match.";
    MessageHashMismatch, "message.hash_mismatch", 400, Validation, Caller, "`message_hash` is not the hash of the message.";
    MessageInvalidData, "message.invalid_data", 400, Validation, Caller, "`data` is not standard base64.";
    MessageInvalidPrevHash, "message.invalid_prev_hash", 400, Validation, Caller, "`prev_hash` is not a message id.";
    MessageInvalidType, "message.invalid_type", 400, Validation, Caller, "`type` is too long or holds characters that are not allowed.";
    MessageNotFound, "message.not_found", 404, NotFound, Caller, "The topic holds no such message.";
    MessageTooLarge, "message.too_large", 422, Validation, Caller, "`data` is larger than the server accepts.";
    MethodNotAllowed, "request.method_not_allowed", 405, Validation, Caller, "The route exists, but not for this method.";
    OpaqueInvalidUsername, "opaque.invalid_username", 422, Validation, Caller, "The username has characters or a length that are not allowed.";
    OpaqueMalformed, "opaque.malformed", 400, Opaque, Caller, "A field is not a valid OPAQUE message.";
    OpaqueNoLogin, "opaque.no_login", 404, Opaque, Caller, "No login of the username is in progress.";
    OpaqueNotEnabled, "opaque.not_enabled", 501, OpaqueNotEnabled, Caller, "Password login is not enabled in the space.";
    OpaqueUsernameTaken, "opaque.username_taken", 409, Validation, Caller, "The username is registered already.";
    OpaqueWrongPassword, "opaque.wrong_password", 401, Authentication, Caller, "The username or the password is wrong.";
    PayloadMismatch, "payload.mismatch", 400, Validation, Caller, "The payload does not have the hash in `data`.";
    PermissionDenied, "permission.denied", 403, Authorization, Caller, "The member has no right to do this.";
    QuotaExceeded, "quota.exceeded", 403, Authorization, Caller, "The member or the space has stored as much as the server allows; `details.quota` says which quota, its limit and what is stored. Small state below `auth/` is still taken.";
    RateLimited, "rate.limited", 429, RateLimit, Retry, "Too many requests; `details.retry_after` says how many seconds to wait.";
    RequestHeadersTooLarge, "request.headers_too_large", 431, Validation, Caller, "The URL and the headers of the request are larger than the server takes.";
    RequestInvalid, "request.invalid", 422, Validation, Caller, "The request's body or query is not what the route takes.";
    RequestTimeout, "request.timeout", 408, Server, Retry, "The request took longer than the server allows.";
    RequestTooLarge, "request.too_large", 413, Validation, Caller, "The request's body is larger than the route takes.";
    RevisionConflict, "revision.conflict", 409, Conflict, Retry, "The message was edited or deleted meanwhile; read it again.";
    RouteNotFound, "request.route_not_found", 404, Validation, Caller, "There is no such route.";
    ServerBusy, "server.busy", 503, Server, Retry, "The server is at its limit of streams or memory; `details.retry_after` says how many seconds to wait.";
    SignalBadSignature, "signal.bad_signature", 400, Validation, Caller, "The signature of a signal is not that of the member that sent it.";
    SignatureUndecodable, "signature.undecodable", 400, Validation, Caller, "A signature is not 64 bytes in standard base64.";
    SpaceInUse, "space.in_use", 409, Conflict, Caller, "Members can use the space, or it was never registered, so it is not purged.";
    SpaceInvalidId, "space.invalid_id", 400, Validation, Caller, "The text is not a space id.";
    SpaceInvalidRegistration, "space.invalid_registration", 400, Validation, Caller, "The registration of a space is not valid.";
    SpaceNoPolicy, "space.no_policy", 404, NotFound, Caller, "The space has no policy, and so no commands, no log and no inboxes.";
    SpacePolicyFixed, "space.policy_fixed", 409, Conflict, Caller, "A policy is the first message of a space, and is never changed.";
    SpacePurgeUnfinished, "space.purge_unfinished", 409, Conflict, Caller, "A purge removed a part of the space; purge the rest before registering it.";
    SpaceUnknown, "space.unknown", 404, NotFound, Operator, "There is no such space on the server: neither its operator nor an app has registered it.";
    StateInvalidPath, "state.invalid_path", 400, Validation, Caller, "The text is not a state path.";
    StateNotFound, "state.not_found", 404, NotFound, Caller, "Nothing was ever set at the state path.";
    StatePathMismatch, "state.path_mismatch", 400, Validation, Caller, "The message's type is not the path in the URL.";
    StorageCorrupt, "storage.corrupt", 500, Server, Operator, "What is stored fails its integrity check and is not served.";
    StorageFull, "storage.full", 503, Server, Operator, "The server's disk is full; reading and deleting still work.";
    StorageUnavailable, "storage.unavailable", 503, Server, Retry, "The storage cannot answer now.";
    TokenExpired, "token.expired", 401, Authentication, Caller, "The token has expired, or its session has lasted as long as it may.";
    TokenInvalid, "token.invalid", 401, Authentication, Caller, "The token is not one of this server.";
    TokenMissing, "token.missing", 401, Authentication, Caller, "The request carries no bearer token.";
    TokenRevoked, "token.revoked", 401, Authentication, Caller, "The holder of the token is no longer a member, or its tokens were ended after it signed in.";
    TokenWrongSpace, "token.wrong_space", 401, Authentication, Caller, "The token is for another space.";
    ToolUseLimit, "tool.use_limit", 403, Authorization, Caller, "The tool has used up its `use_limit`.";
    TopicInvalidId, "topic.invalid_id", 400, Validation, Caller, "The text is not a topic id.";
}
