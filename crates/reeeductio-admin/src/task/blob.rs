//! `reeeductio-admin blob`.

use clap::Subcommand;
use reeeductio_proto::BlobId;
use serde_json::json;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::given::GivenKey;
use crate::session::{Operator, Session};

#[derive(Debug, Subcommand)]
pub(crate) enum BlobTask {
    /// Delete a blob from all spaces
    Delete {
        /// The blob's id, B…
        #[arg(value_parser = BlobId::parse)]
        blob_id: BlobId,
        #[command(flatten)]
        given: GivenKey,
    },
}

impl BlobTask {
    pub(super) async fn run(&self, session: &Session) -> Result<Answer, Failure> {
        let Self::Delete { blob_id, given } = self;
        let Operator { caller, client, .. } = session.caller(given)?.operator().await?;
        session.confirm(
            &format!(
                "Delete blob {blob_id} from all spaces of {}?",
                caller.base_url
            ),
            "this cannot be undone",
        )?;
        client.delete_blob(blob_id).await?;
        let fields = json!({ "blob_id": blob_id, "base_url": caller.base_url });
        Ok(Answer::new(format!("Blob deleted: {blob_id}"), &fields))
    }
}
