//! Classes of errors, and the parties that must act on them.

use crate::error_code::ErrorCode;

macro_rules! error_kinds {
    ($($(#[doc = $doc:literal])* $kind:ident)*) => {
        /// Class of an error: what a program can do about it. The exceptions of Python and TypeScript have these names,
        /// followed by `Error`.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[doc = $doc])* $kind,)*
        }

        impl ErrorKind {
            /// Every class.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// The name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => stringify!($kind),)* }
            }
        }
    };
}

error_kinds! {
    /// Signing in failed: not a member, removed, or a wrong password.
    Authentication
    /// The member may not do this.
    Authorization
    /// Somebody else was first, or something must be done before: read again.
    Conflict
    /// Sealed bytes do not open.
    Decryption
    /// The answer cannot be right: it is not what members wrote, or something of it is missing.
    Integrity
    /// A bug in the package, or a use of it that cannot work.
    Internal
    /// The program ended the operation.
    Interrupted
    /// No answer came. The request may have arrived.
    Network
    /// Nothing is there.
    NotFound
    /// Registering or logging in with a password failed.
    Opaque
    /// The space does not have passwords enabled.
    OpaqueNotEnabled
    /// None of the others.
    Other
    /// Too many requests.
    RateLimit
    /// The server failed or is busy; nothing is wrong with the request.
    Server
    /// The local store is damaged or cannot be used.
    Store
    /// An argument, or something the server was sent, is not what it must be.
    Validation
}

impl ErrorKind {
    /// HTTP statuses that have a class of their own when the code of a refusal is unknown.
    pub const STATUSES: &'static [(u16, Self)] = &[
        (400, Self::Validation),
        (401, Self::Authentication),
        (403, Self::Authorization),
        (404, Self::NotFound),
        (405, Self::Validation),
        (408, Self::Server),
        (409, Self::Conflict),
        (413, Self::Validation),
        (416, Self::Validation),
        (422, Self::Validation),
        (429, Self::RateLimit),
        (431, Self::Validation),
        (501, Self::OpaqueNotEnabled),
    ];

    /// Returns the class of a refusal: by its code if a server may use it, else by its HTTP status. So no server chooses a
    /// class of what a client finds by itself, such as [`Integrity`](Self::Integrity).
    pub fn of_refusal(code: &str, status: u16) -> Self {
        if let Some(code) = ErrorCode::parse(code) {
            return code.kind();
        }
        let known = Self::STATUSES.iter().find(|(known, _)| *known == status);
        match known {
            Some((_, kind)) => *kind,
            None if (500..600).contains(&status) => Self::Server,
            None => Self::Other,
        }
    }
}

/// The party that must act on an error.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Remedy {
    /// The program: correct the request or obtain the right.
    Caller,
    /// The operator of the server.
    Operator,
    /// The authors of this package: report it.
    Project,
    /// Nobody: try again later.
    Retry,
    /// The person who uses the program: their device or network, or their trust in the server, is concerned.
    User,
}

impl Remedy {
    /// The word used in the error list.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Operator => "operator",
            Self::Project => "project",
            Self::Retry => "retry",
            Self::User => "user",
        }
    }

    /// Returns the party that must act on a refusal: by its code if it is known, else by its HTTP status.
    pub fn of_refusal(code: &str, status: u16) -> Self {
        if let Some(code) = ErrorCode::parse(code) {
            return code.remedy();
        }
        match status {
            408 | 409 | 429 | 503 => Self::Retry,
            500.. => Self::Operator,
            _ => Self::Caller,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::ClientCode;

    #[test]
    fn a_code_is_in_one_table_once() {
        let server = ErrorCode::ALL.iter().map(|code| code.as_str());
        let client = ClientCode::ALL.iter().map(|code| code.as_str());
        let mut seen = HashSet::new();
        for code in server.chain(client) {
            assert!(seen.insert(code), "{code}");
        }
    }

    #[test]
    fn a_known_code_of_a_server_decides_the_class_whatever_the_status() {
        for code in ErrorCode::ALL {
            for status in [code.status(), 418, 500] {
                assert_eq!(ErrorKind::of_refusal(code.as_str(), status), code.kind());
                assert_eq!(Remedy::of_refusal(code.as_str(), status), code.remedy());
            }
        }
    }

    #[test]
    fn no_server_chooses_a_class_that_accuses() {
        let client = ClientCode::ALL.iter().map(|code| code.as_str());
        for code in client.chain(["", "new.code", "verify.new"]) {
            for status in 100..600 {
                let kind = ErrorKind::of_refusal(code, status);
                assert!(
                    !matches!(
                        kind,
                        ErrorKind::Decryption
                            | ErrorKind::Integrity
                            | ErrorKind::Internal
                            | ErrorKind::Network
                            | ErrorKind::Store
                    ),
                    "{code} {status}: {kind:?}"
                );
            }
        }
        for code in ErrorCode::ALL {
            assert_ne!(code.kind(), ErrorKind::Integrity, "{code}");
        }
    }

    #[test]
    fn a_status_has_the_class_that_most_codes_with_it_have() {
        // An unknown code is treated like the known ones. Passwords that are not enabled are the only use of 501.
        for (status, kind) in ErrorKind::STATUSES {
            let of_status = || {
                ErrorCode::ALL
                    .iter()
                    .filter(|code| code.status() == *status)
            };
            let alike = of_status().filter(|code| code.kind() == *kind).count();
            assert!(alike > 0 && alike * 2 >= of_status().count(), "{status}");
        }
    }

    #[test]
    fn failures_of_a_server_are_told_from_refusals_of_a_request() {
        assert_eq!(ErrorKind::of_refusal("", 500), ErrorKind::Server);
        assert_eq!(ErrorKind::of_refusal("", 502), ErrorKind::Server);
        assert_eq!(
            ErrorKind::of_refusal("storage.full", 503),
            ErrorKind::Server
        );
        assert_eq!(ErrorKind::of_refusal("", 418), ErrorKind::Other);
        assert_eq!(Remedy::of_refusal("", 503), Remedy::Retry);
        assert_eq!(Remedy::of_refusal("", 500), Remedy::Operator);
    }
}
