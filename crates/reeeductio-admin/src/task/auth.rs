//! `reeeductio-admin auth`.

use clap::Subcommand;
use serde_json::json;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::given::GivenKey;
use crate::session::{Operator, Session};

#[derive(Debug, Subcommand)]
pub(crate) enum AuthTask {
    /// Sign in to the server's admin space, to see whether the key is one of its members'
    Test {
        #[command(flatten)]
        given: GivenKey,
    },
}

impl AuthTask {
    pub(super) async fn run(&self, session: &Session) -> Result<Answer, Failure> {
        let Self::Test { given } = self;
        let Operator { caller, space, .. } = session.caller(given)?.operator().await?;
        let user = caller.credentials.identity.user_id();
        let text = format!(
            "Signed in: {user}\nServer: {}\nAdmin Space ID: {space}",
            caller.base_url
        );
        let fields = json!({
            "user_id": user,
            "base_url": caller.base_url,
            "admin_space_id": space,
        });
        Ok(Answer::new(text, &fields))
    }
}
