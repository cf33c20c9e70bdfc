//! Errors of the client.

use reeeductio_core::password::PasswordError;
use reeeductio_core::state_entry::EntryError;
use reeeductio_core::{ChainError, CredentialsError, OpenError, SealError};
use reeeductio_proto::api::{HeadBody, QuotaBody};
use reeeductio_proto::{BlobId, ClientCode, ErrorCode, ErrorKind, Remedy, TopicId};

use crate::app::AppError;
use crate::link::LinkError;
use crate::policy_space::PolicyFailure;
use crate::store::StoreError;
use crate::transport::TransportError;

/// An error of an operation of the client.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The answer is not what the protocol says.
    #[error("the answer is not what the protocol says: {0}")]
    Answer(String),
    /// An error that only apps and channels have.
    #[error(transparent)]
    App(#[from] AppError),
    /// An argument is not what the method takes.
    #[error("{field}: {message}")]
    Argument {
        /// Which.
        field: &'static str,
        /// The problem with it.
        message: String,
    },
    /// A blob's bytes do not match its id: the fault is with the server or a party in between.
    #[error("the bytes that the server gave for blob {0} are not those of its id")]
    BlobMismatch(BlobId),
    /// Others posted to the topic at the same time, again and again.
    #[error("topic {topic}: others were faster {attempts} times; try again")]
    Conflict {
        /// The topic.
        topic: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// A password login returned something other than a member's secrets.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// A message of the outbox cannot be sent, for a reason of its own that does not pass by itself. Codes and classes are those of the
    /// reason.
    #[error("{draft}: {error}; discard it to go on")]
    Draft {
        /// Which.
        draft: RefusedDraft,
        /// The reason.
        #[source]
        error: Box<ClientError>,
    },
    /// A name cannot be part of an entry.
    #[error(transparent)]
    Entry(EntryError),
    /// Something answers that is no server of spaces.
    #[error("HTTP status {status}, and not as a server of spaces says it; check the address")]
    Foreign {
        /// HTTP status.
        status: u16,
    },
    /// A message or entry is not what it claims to be: the fault is with the server or a party in between.
    #[error("the answer fails verification: {0}")]
    Forged(#[from] ChainError),
    /// An argument that servers refuse, refused before one was asked.
    #[error("{field}: {message}")]
    Invalid {
        /// The code that servers have for it.
        code: ErrorCode,
        /// Which.
        field: &'static str,
        /// The problem with it.
        message: String,
    },
    /// The program ends, or a computation failed in a way it must not.
    #[error("interrupted: {0}")]
    Interrupted(String),
    /// A text is not an invite link that can be used.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// There is no token, and the handle does not sign in by itself.
    #[error("not signed in: sign in first, or open the space without sign_in_by_hand")]
    NotSignedIn,
    /// Sealed content does not open with the keys of this space.
    #[error("cannot be opened: {0}")]
    Open(#[from] OpenError),
    /// A password does not open what it should, or the server's half of the login is none.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// An error that only spaces with a policy have.
    #[error(transparent)]
    Policy(#[from] PolicyFailure),
    /// The operating system gave no randomness.
    #[error("no randomness: {0}")]
    Randomness(String),
    /// The server refused.
    #[error(transparent)]
    Refused(#[from] Box<Refusal>),
    /// Content cannot be sealed.
    #[error("cannot be sealed: {0}")]
    Seal(#[from] SealError),
    /// The local store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The server cannot do this: it is of another kind, or of an earlier release.
    #[error("the server cannot do this: {0}")]
    Unsupported(&'static str),
    /// No answer came.
    #[error(transparent)]
    Transport(#[from] TransportError),
}

impl From<EntryError> for ClientError {
    fn from(error: EntryError) -> Self {
        match error {
            EntryError::Time(error) => Self::argument("expires_at", error),
            other => Self::Entry(other),
        }
    }
}

/// A server's refusal.
#[derive(Clone, Debug, Default, Eq, PartialEq, thiserror::Error)]
#[error("{message} ({})", if code.is_empty() { "no code" } else { code })]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// The stable code; empty from servers that send none.
    pub code: String,
    /// For a person.
    pub message: String,
    /// With a conflict, the head of the topic, if the server says it.
    pub head: Option<Head>,
    /// With too many requests: seconds to wait.
    pub retry_after: Option<u64>,
    /// With `quota.exceeded`: the quota, its limit and what is stored.
    pub quota: Option<QuotaBody>,
}

/// A message of the [outbox](crate::Outbox) that cannot be sent.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("message {number} of the outbox{}", topic.as_ref().map_or(String::new(), |topic| format!(", for the topic {topic}")))]
pub struct RefusedDraft {
    /// Its number in the outbox.
    pub number: u64,
    /// Its topic; `None` if the local store has damaged it.
    pub topic: Option<TopicId>,
}

/// Where a topic ends, by a server's word.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Head {
    /// It holds nothing yet.
    Empty,
    /// At this message.
    Message(HeadBody),
}

impl ClientError {
    /// The server's stable code, where it refused with one that this release knows, or would.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Conflict { .. } => Some(ErrorCode::ChainConflict),
            Self::Draft { error, .. } => error.code(),
            Self::Invalid { code, .. } => Some(*code),
            Self::Password(PasswordError::Wrong) => Some(ErrorCode::OpaqueWrongPassword),
            Self::Refused(refusal) => ErrorCode::parse(&refusal.code),
            _ => None,
        }
    }

    /// The stable code of an error that was not found by a server; `None` where [`code`](Self::code) has one, and for refusals.
    pub fn client_code(&self) -> Option<ClientCode> {
        Some(match self {
            Self::App(error) => error.client_code(),
            Self::Answer(_) | Self::Foreign { .. } => ClientCode::Answer,
            Self::Argument { .. } | Self::Entry(_) => ClientCode::Argument,
            Self::BlobMismatch(_) => ClientCode::VerifyBlob,
            Self::Credentials(_) => ClientCode::Credentials,
            Self::Draft { error, .. } => return error.client_code(),
            Self::Forged(error) => error.client_code(),
            Self::Interrupted(_) => ClientCode::Interrupted,
            Self::Link(error) => error.client_code(),
            Self::NotSignedIn => ClientCode::NotSignedIn,
            Self::Open(_) => ClientCode::Open,
            Self::Password(error) => return error.client_code(),
            Self::Policy(failure) => failure.client_code(),
            Self::Randomness(_) => ClientCode::Randomness,
            Self::Seal(_) => ClientCode::Seal,
            Self::Store(error) => error.client_code(),
            Self::Transport(error) => error.client_code(),
            Self::Unsupported(_) => ClientCode::Unsupported,
            Self::Conflict { .. } | Self::Invalid { .. } | Self::Refused(_) => return None,
        })
    }

    /// A stable code for every error: the server's where it refused, else one of the client's.
    pub fn code_text(&self) -> &str {
        match self.refusal() {
            Some(refusal) if refusal.code.is_empty() => ClientCode::Refused.as_str(),
            Some(refusal) => &refusal.code,
            None => self.own().map_or("", |(code, ..)| code),
        }
    }

    /// The class: what a program can do about it. A refusal has the class of its code if this release knows the code, else of
    /// its HTTP status.
    ///
    /// ```no_run
    /// # async fn read(space: reeeductio_client::Space, path: reeeductio_client::StatePath) {
    /// use reeeductio_client::ErrorKind;
    ///
    /// match space.state().value(&path).await {
    ///     Ok(value) => println!("{} bytes", value.len()),
    ///     Err(error) => match error.kind() {
    ///         ErrorKind::NotFound => println!("nothing there yet"),
    ///         ErrorKind::Network | ErrorKind::Server => println!("try again later: {error}"),
    ///         _ => println!("{error}"),
    ///     },
    /// }
    /// # }
    /// ```
    pub fn kind(&self) -> ErrorKind {
        match self.refusal() {
            Some(refusal) => ErrorKind::of_refusal(&refusal.code, refusal.status),
            None => self.own().map_or(ErrorKind::Other, |(_, kind, _)| kind),
        }
    }

    /// The party that must act.
    pub fn remedy(&self) -> Remedy {
        match self.refusal() {
            Some(refusal) => Remedy::of_refusal(&refusal.code, refusal.status),
            None => self.own().map_or(Remedy::Caller, |(_, _, remedy)| remedy),
        }
    }

    /// The row of the table of codes; `None` for refusals.
    fn own(&self) -> Option<(&'static str, ErrorKind, Remedy)> {
        let of_client = |code: ClientCode| (code.as_str(), code.kind(), code.remedy());
        let of_server = |code: ErrorCode| (code.as_str(), code.kind(), code.remedy());
        match self.client_code() {
            Some(code) => Some(of_client(code)),
            None => self.code().map(of_server),
        }
    }

    /// The server's refusal, if that is what it is.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Draft { error, .. } => error.refusal(),
            _ => None,
        }
    }

    /// The message of the [outbox](crate::Outbox) that cannot be sent, if that is the error.
    pub fn draft(&self) -> Option<&RefusedDraft> {
        match self {
            Self::Draft { draft, .. } => Some(draft),
            _ => None,
        }
    }

    /// The HTTP status of the refusal.
    pub fn status(&self) -> Option<u16> {
        self.refusal().map(|refusal| refusal.status)
    }

    /// Returns whether the thing asked for is not there. That the server does not have the whole space is something else: its values
    /// are not to be replaced by defaults.
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound && self.code() != Some(ErrorCode::SpaceUnknown)
    }

    pub(crate) fn answer(field: &str, error: impl std::fmt::Display) -> Self {
        Self::Answer(format!("{field}: {error}"))
    }

    pub(crate) fn argument(field: &'static str, error: impl std::fmt::Display) -> Self {
        Self::Argument {
            field,
            message: error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: &str, status: u16) -> ClientError {
        ClientError::Refused(Box::new(Refusal {
            status,
            code: code.to_owned(),
            message: String::new(),
            ..Refusal::default()
        }))
    }

    #[test]
    fn a_space_that_is_unknown_is_no_value_that_is_not_there() {
        assert!(refused("data.not_found", 404).is_not_found());
        assert!(refused("", 404).is_not_found());
        assert!(!refused("space.unknown", 404).is_not_found());
    }

    #[test]
    fn a_refusal_and_an_early_refusal_have_the_class_of_the_code() {
        for code in ErrorCode::ALL {
            let early = ClientError::Invalid {
                code: *code,
                field: "field",
                message: String::new(),
            };
            for error in [refused(code.as_str(), code.status()), early] {
                assert_eq!(
                    (error.code(), error.code_text()),
                    (Some(*code), code.as_str())
                );
                assert_eq!((error.kind(), error.remedy()), (code.kind(), code.remedy()));
            }
        }
    }

    #[test]
    fn a_server_chooses_no_class_of_what_the_client_finds_by_itself() {
        for code in ClientCode::ALL {
            let error = refused(code.as_str(), 403);
            assert_eq!(error.kind(), ErrorKind::Authorization, "{code}");
            assert_eq!((error.code(), error.client_code()), (None, None));
        }
        assert_eq!(refused("", 503).code_text(), "client.refused");
        assert_eq!(refused("", 503).kind(), ErrorKind::Server);
    }

    #[test]
    fn an_error_that_the_client_finds_has_the_class_of_the_table() {
        let errors: [ClientError; 8] = [
            ClientError::NotSignedIn,
            ClientError::answer("field", "x"),
            ClientError::argument("field", "x"),
            ClientError::BlobMismatch(BlobId::of(b"x")),
            ChainError::Withheld {
                what: String::new(),
            }
            .into(),
            PasswordError::Malformed { field: "field" }.into(),
            StoreError::Damaged(String::new()).into(),
            TransportError::Timeout.into(),
        ];
        for error in errors {
            let code = ClientCode::parse(error.code_text()).unwrap();
            assert_eq!(error.client_code(), Some(code));
            assert_eq!((error.kind(), error.remedy()), (code.kind(), code.remedy()));
        }
        let conflict = ClientError::Conflict {
            topic: String::new(),
            attempts: 3,
        };
        assert_eq!(conflict.kind(), ErrorKind::Conflict);
        let wrong = ClientError::from(PasswordError::Wrong);
        assert_eq!(wrong.code_text(), "opaque.wrong_password");
        assert_eq!(wrong.kind(), ErrorKind::Authentication);
    }
}
