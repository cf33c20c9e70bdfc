//! The stable codes of everything that can go wrong between a client and a server.

/// The party that must act on an error.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Remedy {
    /// The caller: correct the request or obtain the right.
    Caller,
    /// The operator of the server.
    Operator,
    /// Nobody: try again later.
    Retry,
}

impl Remedy {
    /// The word used in the error list.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Operator => "operator",
            Self::Retry => "retry",
        }
    }
}

macro_rules! error_codes {
    ($($variant:ident, $code:literal, $status:literal, $remedy:ident, $description:literal;)*) => {
        /// A stable code: given by hand, never reused, the same in every language.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $(#[doc = $description] $variant,)*
        }

        impl ErrorCode {
            /// Every code, in the order of the list in `spec/errors.md`.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code as text.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The HTTP status it is answered with.
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// Returns the party that must act.
            pub fn remedy(self) -> Remedy {
                match self { $(Self::$variant => Remedy::$remedy,)* }
            }

            /// Returns its meaning, in one sentence.
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => $description,)* }
            }

            /// The code with this text.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($code => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

error_codes! {
    AdminNotConfigured, "admin.not_configured", 404, Operator, "The server has no admin space.";
    AuthInvalidEntry, "auth.invalid_entry", 400, Caller, "An entry under `auth/` is not what its path says.";
    AuthSelfDefinition, "auth.self_definition", 403, Caller, "A member tried to write its own definition.";
    BlobIdMismatch, "blob.id_mismatch", 400, Caller, "The uploaded bytes do not have the id in the URL.";
    BlobInvalidId, "blob.invalid_id", 400, Caller, "The text is not a blob id.";
    BlobNotFound, "blob.not_found", 404, Caller, "The space refers to no such blob.";
    BlobRangeNotSatisfiable, "blob.range_not_satisfiable", 416, Caller, "The range lies outside the blob.";
    BlobTooLarge, "blob.too_large", 413, Caller, "The blob is larger than the server accepts.";
    ChainConflict, "chain.conflict", 409, Retry, "`prev_hash` is not the head of the topic; `details.head` is.";
    ChallengeBadSignature, "challenge.bad_signature", 401, Caller, "The challenge was not signed with the key of the id.";
    ChallengeUnknown, "challenge.unknown", 401, Caller, "The challenge was not issued for this id, has expired or was answered.";
    DataBadSignature, "data.bad_signature", 400, Caller, "The entry's signature does not match.";
    DataClockSkew, "data.clock_skew", 400, Caller, "`signed_at` is too far from the server's clock.";
    DataInvalid, "data.invalid", 400, Caller, "`data` is not standard base64.";
    DataInvalidPath, "data.invalid_path", 400, Caller, "The text is not a data path.";
    DataNotFound, "data.not_found", 404, Caller, "Nothing is stored at the data path.";
    DataSignerMismatch, "data.signer_mismatch", 403, Caller, "`signed_by` is not the id the token was issued for.";
    DataStale, "data.stale", 400, Caller, "A newer entry is, or was, at the path.";
    DataTooLarge, "data.too_large", 413, Caller, "The entry is larger than the server accepts.";
    GrantEscalation, "grant.escalation", 403, Caller, "The granter does not hold what it tries to grant.";
    Internal, "internal", 500, Operator, "The server failed; its log says how.";
    MemberInvalidId, "member.invalid_id", 400, Caller, "The text is not the id of a user, a tool or the owner.";
    MemberUnknown, "member.unknown", 403, Caller, "The id is not a member of the space.";
    MessageBadSignature, "message.bad_signature", 400, Caller, "The message's signature does not match.";
    MessageHashMismatch, "message.hash_mismatch", 400, Caller, "`message_hash` is not the hash of the message.";
    MessageInvalidData, "message.invalid_data", 400, Caller, "`data` is not standard base64.";
    MessageInvalidPrevHash, "message.invalid_prev_hash", 400, Caller, "`prev_hash` is not a message id.";
    MessageInvalidType, "message.invalid_type", 400, Caller, "`type` is too long or holds characters that are not allowed.";
    MessageNotFound, "message.not_found", 404, Caller, "The topic holds no such message.";
    MessageTooLarge, "message.too_large", 422, Caller, "`data` is larger than the server accepts.";
    MethodNotAllowed, "request.method_not_allowed", 405, Caller, "The route exists, but not for this method.";
    OpaqueInvalidUsername, "opaque.invalid_username", 422, Caller, "The username has characters or a length that are not allowed.";
    OpaqueMalformed, "opaque.malformed", 400, Caller, "A field is not a valid OPAQUE message.";
    OpaqueNoLogin, "opaque.no_login", 404, Caller, "No login of the username is in progress.";
    OpaqueNotEnabled, "opaque.not_enabled", 501, Caller, "Password login is not enabled in the space.";
    OpaqueUsernameTaken, "opaque.username_taken", 409, Caller, "The username is registered already.";
    OpaqueWrongPassword, "opaque.wrong_password", 401, Caller, "The username or the password is wrong.";
    PermissionDenied, "permission.denied", 403, Caller, "The member has no right to do this.";
    QuotaExceeded, "quota.exceeded", 403, Caller, "The member or the space has stored as much as the server allows; `details.quota` says which quota, its limit and what is stored. Small state below `auth/` is still taken.";
    RateLimited, "rate.limited", 429, Retry, "Too many requests; `details.retry_after` says how many seconds to wait.";
    RequestHeadersTooLarge, "request.headers_too_large", 431, Caller, "The URL and the headers of the request are larger than the server takes.";
    RequestInvalid, "request.invalid", 422, Caller, "The request's body or query is not what the route takes.";
    RequestTimeout, "request.timeout", 408, Retry, "The request took longer than the server allows.";
    RequestTooLarge, "request.too_large", 413, Caller, "The request's body is larger than the route takes.";
    RouteNotFound, "request.route_not_found", 404, Caller, "There is no such route.";
    ServerBusy, "server.busy", 503, Retry, "The server is at its limit of streams or memory; `details.retry_after` says how many seconds to wait.";
    SignatureUndecodable, "signature.undecodable", 400, Caller, "A signature is not 64 bytes in standard base64.";
    SpaceInUse, "space.in_use", 409, Caller, "Members can use the space, or it was never registered, so it is not purged.";
    SpaceInvalidId, "space.invalid_id", 400, Caller, "The text is not a space id.";
    SpaceInvalidRegistration, "space.invalid_registration", 400, Caller, "The registration of a space is not valid.";
    SpacePurgeUnfinished, "space.purge_unfinished", 409, Caller, "A purge removed a part of the space; purge the rest before registering it.";
    SpaceUnknown, "space.unknown", 404, Caller, "There is no such space on the server.";
    StateInvalidPath, "state.invalid_path", 400, Caller, "The text is not a state path.";
    StateNotFound, "state.not_found", 404, Caller, "Nothing was ever set at the state path.";
    StatePathMismatch, "state.path_mismatch", 400, Caller, "The message's type is not the path in the URL.";
    StorageCorrupt, "storage.corrupt", 500, Operator, "What is stored fails its integrity check and is not served.";
    StorageFull, "storage.full", 503, Operator, "The server's disk is full; reading and deleting still work.";
    StorageUnavailable, "storage.unavailable", 503, Retry, "The storage cannot answer now.";
    TokenExpired, "token.expired", 401, Caller, "The token has expired, or its session has lasted as long as it may.";
    TokenInvalid, "token.invalid", 401, Caller, "The token is not one of this server.";
    TokenMissing, "token.missing", 401, Caller, "The request carries no bearer token.";
    TokenRevoked, "token.revoked", 401, Caller, "The holder of the token is no longer a member, or its tokens were ended after it signed in.";
    TokenWrongSpace, "token.wrong_space", 401, Caller, "The token is for another space.";
    ToolUseLimit, "tool.use_limit", 403, Caller, "The tool has used up its `use_limit`.";
    TopicInvalidId, "topic.invalid_id", 400, Caller, "The text is not a topic id.";
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
