//! Invitations, and new spaces.

use reeeductio_client::{ClientError, Identity, InvitationLimits, LinkOptions, Space};

use super::operations;
use crate::answer::Answer;

operations! {
    /// Makes a tool that lets others in as users: its private key.
    CreateInvitation { description: Option<String>, guests: Option<u32>, expires_at: Option<i64> } -> Bytes,
    /// Makes an invitation as a link, which holds secrets.
    InviteLink {
        page: Option<String>,
        role_name: Option<String>,
        uses: Option<u32>,
        expires_at: Option<i64>,
        description: Option<String>,
    } -> Text,
    /// Registers the space that a key owns, on the admin space: its id.
    CreateSpace { private_key: Box<Identity> } -> Text,
}

impl Operation {
    pub(super) async fn run(self, space: &Space) -> Result<Answer, ClientError> {
        Ok(match self {
            Self::CreateInvitation {
                description,
                guests,
                expires_at,
            } => {
                let limits = InvitationLimits { guests, expires_at };
                let invitations = space.invitations();
                let invitation = invitations.create(description.as_deref(), limits).await?;
                invitation.key.seed().to_vec().into()
            }
            Self::InviteLink {
                page,
                role_name,
                uses,
                expires_at,
                description,
            } => {
                let options = LinkOptions {
                    page: page.as_deref(),
                    role: role_name.as_deref(),
                    guests: uses,
                    expires_at,
                    description: description.as_deref(),
                };
                let link = space.invitations().link(options).await;
                let link = link.map_err(|error| match error {
                    ClientError::Argument {
                        field: "guests",
                        message,
                    } => ClientError::Argument {
                        field: "uses",
                        message,
                    },
                    other => other,
                })?;
                Answer::text(&link.expose())
            }
            Self::CreateSpace { private_key } => {
                let id = space.registrations().create(&private_key).await?;
                Answer::text(&id)
            }
        })
    }
}
