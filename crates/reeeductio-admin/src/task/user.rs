//! `reeeductio-admin user`.

use clap::Subcommand;
use reeeductio_proto::{MemberId, MemberKind};
use serde_json::json;

use super::id::user;
use super::present::Present;
use super::right::Right;
use crate::answer::Answer;
use crate::failure::Failure;
use crate::given::Given;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum UserTask {
    /// Make somebody a user of the space
    Add {
        /// The user's id, U…
        #[arg(value_parser = user)]
        user_id: MemberId,
        /// Description of the user for others; the server can read it
        #[arg(short, long, value_name = "TEXT")]
        description: Option<String>,
        #[command(flatten)]
        given: Given,
    },
    /// Give a user a role
    AssignRole {
        /// The user's id, U…
        #[arg(value_parser = user)]
        user_id: MemberId,
        /// The role
        #[arg(short, long, value_name = "NAME")]
        role: String,
        #[command(flatten)]
        given: Given,
    },
    /// Give a user a right of its own
    Grant {
        /// The user's id, U…
        #[arg(value_parser = user)]
        user_id: MemberId,
        #[command(flatten)]
        right: Right,
        #[command(flatten)]
        given: Given,
    },
    /// List the users, without the owner
    List {
        #[command(flatten)]
        given: Given,
    },
    /// Remove a user and all it was given; its tokens end at once
    Remove {
        /// The user's id, U…
        #[arg(value_parser = user)]
        user_id: MemberId,
        #[command(flatten)]
        given: Given,
    },
    /// Take a right of its own from a user
    Revoke {
        /// The user's id, U…
        #[arg(value_parser = user)]
        user_id: MemberId,
        /// Name of the right
        #[arg(short, long, value_name = "NAME")]
        cap_id: String,
        #[command(flatten)]
        given: Given,
    },
    /// End the tokens that a user has now; whoever has its key can sign in again
    RevokeTokens {
        /// The user's id, U…
        #[arg(value_parser = user)]
        user_id: MemberId,
        #[command(flatten)]
        given: Given,
    },
    /// Take a role from a user
    UnassignRole {
        /// The user's id, U…
        #[arg(value_parser = user)]
        user_id: MemberId,
        /// The role
        #[arg(short, long, value_name = "NAME")]
        role: String,
        #[command(flatten)]
        given: Given,
    },
}

impl UserTask {
    pub(super) async fn run(&self, session: &Session) -> Result<Answer, Failure> {
        let space = session.caller(self.given())?.space()?;
        let (posted, line, fields) = match self {
            Self::Add {
                user_id,
                description,
                ..
            } => (
                space
                    .members()
                    .add_user(user_id, description.as_deref())
                    .await?,
                format!("User added: {user_id}"),
                json!({ "user_id": user_id, "description": description }),
            ),
            Self::AssignRole { user_id, role, .. } => (
                Present::given(
                    space.members().assign_role(user_id, role, None).await,
                    &space,
                    Some(user_id),
                    &[role],
                )
                .await?,
                format!("Role assigned to user {user_id}: {role}"),
                json!({ "user_id": user_id, "role": role }),
            ),
            Self::Grant { user_id, right, .. } => (
                Present::given(
                    space
                        .members()
                        .grant_to_member(user_id, &right.cap_id, &right.capability())
                        .await,
                    &space,
                    Some(user_id),
                    right.role().as_deref().as_slice(),
                )
                .await?,
                format!("Right granted to user {user_id}: {}", right.text()),
                json!({ "user_id": user_id, "right": right.fields() }),
            ),
            Self::List { .. } => {
                let users = space.members().list(MemberKind::User).await?;
                return Ok(Answer::list("users", &users, space.id()));
            }
            Self::Remove { user_id, .. } => {
                Present::read(&space).await?.removable(user_id)?;
                session.confirm(
                    &format!("Remove user {user_id} from space {}?", space.id()),
                    "it loses all it was given, also if it is added again",
                )?;
                (
                    space.members().remove(user_id).await?,
                    format!("User removed: {user_id}"),
                    json!({ "user_id": user_id }),
                )
            }
            Self::Revoke {
                user_id, cap_id, ..
            } => {
                Present::read(&space).await?.member_right(user_id, cap_id)?;
                session.confirm(
                    &format!("Take the right {cap_id} from user {user_id}?"),
                    "it loses the right",
                )?;
                (
                    space.members().revoke_from_member(user_id, cap_id).await?,
                    format!("Right taken from user {user_id}: {cap_id}"),
                    json!({ "user_id": user_id, "cap_id": cap_id }),
                )
            }
            Self::RevokeTokens { user_id, .. } => {
                Present::read(&space).await?.member(user_id)?;
                (
                    space.members().revoke_tokens(user_id).await?,
                    format!("Tokens of user ended: {user_id}"),
                    json!({ "user_id": user_id }),
                )
            }
            Self::UnassignRole { user_id, role, .. } => {
                Present::read(&space).await?.grant(user_id, role)?;
                session.confirm(
                    &format!("Take the role {role} from user {user_id}?"),
                    "it loses the rights of the role",
                )?;
                (
                    space.members().unassign_role(user_id, role).await?,
                    format!("Role taken from user {user_id}: {role}"),
                    json!({ "user_id": user_id, "role": role }),
                )
            }
        };
        Ok(Answer::posted(&line, fields, space.id(), posted))
    }

    fn given(&self) -> &Given {
        match self {
            Self::Add { given, .. }
            | Self::AssignRole { given, .. }
            | Self::Grant { given, .. }
            | Self::List { given }
            | Self::Remove { given, .. }
            | Self::Revoke { given, .. }
            | Self::RevokeTokens { given, .. }
            | Self::UnassignRole { given, .. } => given,
        }
    }
}
