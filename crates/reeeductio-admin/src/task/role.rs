//! `reeeductio-admin role`.

use clap::Subcommand;
use serde_json::json;

use super::present::Present;
use super::right::Right;
use crate::answer::Answer;
use crate::failure::Failure;
use crate::given::Given;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum RoleTask {
    /// Define a role
    Create {
        /// The role
        role_name: String,
        /// Description of the role for others; the server can read it
        #[arg(short, long, value_name = "TEXT")]
        description: Option<String>,
        #[command(flatten)]
        given: Given,
    },
    /// Give a role a right, and so everybody who has the role
    Grant {
        /// The role
        role_name: String,
        #[command(flatten)]
        right: Right,
        #[command(flatten)]
        given: Given,
    },
    /// Take a right from a role, and so from everybody who has the role
    Revoke {
        /// The role
        role_name: String,
        /// Name of the right
        #[arg(short, long, value_name = "NAME")]
        cap_id: String,
        #[command(flatten)]
        given: Given,
    },
}

impl RoleTask {
    pub(super) async fn run(&self, session: &Session) -> Result<Answer, Failure> {
        let space = session.caller(self.given())?.space()?;
        let (posted, line, fields) = match self {
            Self::Create {
                role_name,
                description,
                ..
            } => (
                space
                    .members()
                    .create_role(role_name, description.as_deref())
                    .await?,
                format!("Role created: {role_name}"),
                json!({ "role": role_name, "description": description }),
            ),
            Self::Grant {
                role_name, right, ..
            } => {
                let outcome = space
                    .members()
                    .grant_to_role(role_name, &right.cap_id, &right.capability())
                    .await;
                let named = right.role();
                let mut roles = vec![role_name.as_str()];
                roles.extend(named.as_deref());
                (
                    Present::given(outcome, &space, None, &roles).await?,
                    format!("Right granted to role {role_name}: {}", right.text()),
                    json!({ "role": role_name, "right": right.fields() }),
                )
            }
            Self::Revoke {
                role_name, cap_id, ..
            } => {
                Present::read(&space).await?.role_right(role_name, cap_id)?;
                session.confirm(
                    &format!("Take the right {cap_id} from role {role_name}?"),
                    "everybody who has the role loses the right",
                )?;
                (
                    space.members().revoke_from_role(role_name, cap_id).await?,
                    format!("Right taken from role {role_name}: {cap_id}"),
                    json!({ "role": role_name, "cap_id": cap_id }),
                )
            }
        };
        Ok(Answer::posted(&line, fields, space.id(), posted))
    }

    fn given(&self) -> &Given {
        match self {
            Self::Create { given, .. } | Self::Grant { given, .. } | Self::Revoke { given, .. } => {
                given
            }
        }
    }
}
