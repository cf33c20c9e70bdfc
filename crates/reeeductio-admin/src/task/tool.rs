//! `reeeductio-admin tool`.

use clap::Subcommand;
use reeeductio_proto::{MemberId, MemberKind, ToolLimits};
use serde_json::json;

use super::id::tool;
use super::present::Present;
use super::right::Right;
use crate::answer::Answer;
use crate::failure::Failure;
use crate::given::Given;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum ToolTask {
    /// Make an account for a program in the space
    Add {
        /// The tool's id, T…
        #[arg(value_parser = tool)]
        tool_id: MemberId,
        /// Description of the tool for others; the server can read it
        #[arg(short, long, value_name = "TEXT")]
        description: Option<String>,
        /// How many messages and blobs it may post; default: any number
        #[arg(long, value_name = "NUMBER")]
        use_limit: Option<u64>,
        #[command(flatten)]
        given: Given,
    },
    /// Give a tool a right
    Grant {
        /// The tool's id, T…
        #[arg(value_parser = tool)]
        tool_id: MemberId,
        #[command(flatten)]
        right: Right,
        #[command(flatten)]
        given: Given,
    },
    /// List the tools
    List {
        #[command(flatten)]
        given: Given,
    },
    /// Remove a tool and all it was given; its tokens end at once
    Remove {
        /// The tool's id, T…
        #[arg(value_parser = tool)]
        tool_id: MemberId,
        #[command(flatten)]
        given: Given,
    },
    /// Take a right from a tool
    Revoke {
        /// The tool's id, T…
        #[arg(value_parser = tool)]
        tool_id: MemberId,
        /// Name of the right
        #[arg(short, long, value_name = "NAME")]
        cap_id: String,
        #[command(flatten)]
        given: Given,
    },
    /// End the tokens that a tool has now; whoever has its key can sign in again
    RevokeTokens {
        /// The tool's id, T…
        #[arg(value_parser = tool)]
        tool_id: MemberId,
        #[command(flatten)]
        given: Given,
    },
}

impl ToolTask {
    pub(super) async fn run(&self, session: &Session) -> Result<Answer, Failure> {
        let space = session.caller(self.given())?.space()?;
        let (posted, line, fields) = match self {
            Self::Add {
                tool_id,
                description,
                use_limit,
                ..
            } => {
                let limits = ToolLimits {
                    use_limit: *use_limit,
                    expires_at: None,
                };
                (
                    space
                        .members()
                        .create_tool(tool_id, description.as_deref(), limits)
                        .await?,
                    format!("Tool added: {tool_id}"),
                    json!({
                        "tool_id": tool_id, "description": description, "use_limit": use_limit,
                    }),
                )
            }
            // A tool may be allowed to assign a role that is not there yet.
            Self::Grant { tool_id, right, .. } => (
                Present::given(
                    space
                        .members()
                        .grant_to_member(tool_id, &right.cap_id, &right.capability())
                        .await,
                    &space,
                    Some(tool_id),
                    &[],
                )
                .await?,
                format!("Right granted to tool {tool_id}: {}", right.text()),
                json!({ "tool_id": tool_id, "right": right.fields() }),
            ),
            Self::List { .. } => {
                let tools = space.members().list(MemberKind::Tool).await?;
                return Ok(Answer::list("tools", &tools, space.id()));
            }
            Self::Remove { tool_id, .. } => {
                Present::read(&space).await?.removable(tool_id)?;
                session.confirm(
                    &format!("Remove tool {tool_id} from space {}?", space.id()),
                    "it loses all it was given, also if it is added again",
                )?;
                (
                    space.members().remove(tool_id).await?,
                    format!("Tool removed: {tool_id}"),
                    json!({ "tool_id": tool_id }),
                )
            }
            Self::Revoke {
                tool_id, cap_id, ..
            } => {
                Present::read(&space).await?.member_right(tool_id, cap_id)?;
                session.confirm(
                    &format!("Take the right {cap_id} from tool {tool_id}?"),
                    "it loses the right",
                )?;
                (
                    space.members().revoke_from_member(tool_id, cap_id).await?,
                    format!("Right taken from tool {tool_id}: {cap_id}"),
                    json!({ "tool_id": tool_id, "cap_id": cap_id }),
                )
            }
            Self::RevokeTokens { tool_id, .. } => {
                Present::read(&space).await?.member(tool_id)?;
                (
                    space.members().revoke_tokens(tool_id).await?,
                    format!("Tokens of tool ended: {tool_id}"),
                    json!({ "tool_id": tool_id }),
                )
            }
        };
        Ok(Answer::posted(&line, fields, space.id(), posted))
    }

    fn given(&self) -> &Given {
        match self {
            Self::Add { given, .. }
            | Self::Grant { given, .. }
            | Self::List { given }
            | Self::Remove { given, .. }
            | Self::Revoke { given, .. }
            | Self::RevokeTokens { given, .. } => given,
        }
    }
}
