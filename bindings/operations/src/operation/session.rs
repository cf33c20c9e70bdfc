//! Signing in.

use reeeductio_client::{ClientError, Space};

use super::operations;
use crate::answer::Answer;

operations! {
    /// Signs in and gives the new token.
    SignIn {} -> Text,
    /// Gives a token that is valid for a while, signing in only if there is none.
    Token {} -> Text,
    /// Gives the token at hand, if there is one that is valid for a minute yet.
    HeldToken {} -> MaybeText,
}

impl Operation {
    pub(super) async fn run(self, space: &Space) -> Result<Answer, ClientError> {
        let session = space.session();
        Ok(match self {
            Self::SignIn {} => Answer::bearer(&session.sign_in().await?),
            Self::Token {} => Answer::bearer(&session.token().await?),
            Self::HeldToken {} => Answer::token(session.held_token().as_ref()),
        })
    }
}
