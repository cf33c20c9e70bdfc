//! Errors that only apps and channels have.

use reeeductio_core::app::{AppKeyError, ContentError, DirectoryError, NameError};
use reeeductio_proto::ClientCode;

use crate::error::ClientError;

/// An error that only apps and channels have.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AppError {
    /// A name stands for another user or channel than it did when it was resolved first.
    #[error("the name {0:?} stands for another one than before; ask the owner of the app why")]
    Changed(String),
    /// The name of a channel is taken.
    #[error("there is a channel {0:?} already")]
    ChannelExists(String),
    /// There is no such channel, or it is not one that this user may find.
    #[error("there is no channel {0:?}")]
    ChannelNotFound(String),
    /// The content of a message of a channel is wrong.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// An entry of the directory does not count.
    #[error("the directory of the app: {0}")]
    Directory(#[from] DirectoryError),
    /// The request to join was refused, with the code of the one that answered.
    #[error("the request to join was refused: {0}")]
    JoinRefused(String),
    /// Nobody has answered the request to join in time.
    #[error("nobody has answered the request to join yet; try again when somebody may be there")]
    JoinTimeout,
    /// A text is not an app key.
    #[error(transparent)]
    Key(#[from] AppKeyError),
    /// The user is known, and its key is not at hand.
    #[error("the key of {0:?} is locked: unlock it with the password")]
    Locked(String),
    /// A text is not a name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The name of a user is taken.
    #[error("the name {0:?} is taken")]
    NameTaken(String),
    /// The app has no keeper that could let anybody in.
    #[error("the app has no keeper; its owner makes one with `reeeductio keeper init`")]
    NoKeeper,
    /// Nobody is signed in.
    #[error("nobody is signed in: register or log in first")]
    SignedOut,
    /// There is no such user in the app.
    #[error("there is no user {0:?} in this app")]
    UserNotFound(String),
}

impl AppError {
    /// The stable code, as text.
    pub fn code(&self) -> &'static str {
        self.client_code().as_str()
    }

    /// The stable code.
    pub fn client_code(&self) -> ClientCode {
        match self {
            Self::Changed(_) => ClientCode::DirectoryChanged,
            Self::ChannelExists(_) => ClientCode::ChannelExists,
            Self::ChannelNotFound(_) => ClientCode::ChannelNotFound,
            Self::Content(_) | Self::Name(_) => ClientCode::Argument,
            Self::Directory(_) => ClientCode::DirectoryInvalid,
            Self::JoinRefused(_) => ClientCode::ChannelRefused,
            Self::JoinTimeout => ClientCode::ChannelTimeout,
            Self::Key(_) => ClientCode::AppKey,
            Self::Locked(_) => ClientCode::AccountLocked,
            Self::NameTaken(_) => ClientCode::AccountTaken,
            Self::NoKeeper => ClientCode::AppKeeper,
            Self::SignedOut => ClientCode::AccountSignedOut,
            Self::UserNotFound(_) => ClientCode::AccountUnknown,
        }
    }
}

macro_rules! from {
    ($($error:ty),*) => {$(
        impl From<$error> for ClientError {
            fn from(error: $error) -> Self {
                AppError::from(error).into()
            }
        }
    )*};
}

from!(AppKeyError, ContentError, DirectoryError, NameError);
