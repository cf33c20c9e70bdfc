//! The server's administration.

use reeeductio_client::{AdminClient, BlobId, ClientError};

use super::operations;
use crate::answer::Answer;

operations! {
    /// Signs in and gives the new token.
    SignIn {} -> Text,
    /// Gives a token that is valid for a while, signing in only if there is none.
    Token {} -> Text,
    /// Gives the token at hand, if there is one that is valid for a minute yet.
    HeldToken {} -> MaybeText,
    /// Gives the id of the admin space.
    SpaceId {} -> Text,
    /// Removes a blob from every space.
    DeleteBlob { blob_id: BlobId } -> None,
}

impl Operation {
    pub(super) async fn run(self, client: &AdminClient) -> Result<Answer, ClientError> {
        let session = client.session();
        Ok(match self {
            Self::SignIn {} => Answer::bearer(&session.sign_in().await?),
            Self::Token {} => Answer::bearer(&session.token().await?),
            Self::HeldToken {} => Answer::token(session.held_token().as_ref()),
            Self::SpaceId {} => Answer::text(&client.space_id().await?),
            Self::DeleteBlob { blob_id } => client.delete_blob(&blob_id).await?.into(),
        })
    }
}
