//! Users, roles and rights: entries of the state below `auth/`, which the server reads.

use reeeductio_proto::api::MessageCreated;
use reeeductio_proto::{MemberId, Operation, StatePath};
use serde_json::{Value, json};

use super::Space;
use crate::error::ClientError;

impl Space {
    /// Makes an id a user of the space.
    pub async fn add_user(&self, user: &MemberId) -> Result<MessageCreated, ClientError> {
        let body = json!({"user_id": user.to_string()});
        self.set_auth(&format!("users/{user}"), &body).await
    }

    /// Defines a role.
    pub async fn create_role(
        &self,
        role: &str,
        description: &str,
    ) -> Result<MessageCreated, ClientError> {
        let body = json!({"role_id": role, "description": description});
        self.set_auth(&format!("roles/{role}"), &body).await
    }

    /// Gives a role a right: `op` on the resources of the pattern `path`.
    pub async fn grant_to_role(
        &self,
        role: &str,
        right: &str,
        op: Operation,
        path: &str,
    ) -> Result<MessageCreated, ClientError> {
        let body = json!({"op": op.as_str(), "path": path});
        self.set_auth(&format!("roles/{role}/rights/{right}"), &body)
            .await
    }

    /// Gives a user a role.
    pub async fn assign_role(
        &self,
        user: &MemberId,
        role: &str,
    ) -> Result<MessageCreated, ClientError> {
        let body = json!({"user_id": user.to_string(), "role_id": role});
        self.set_auth(&format!("users/{user}/roles/{role}"), &body)
            .await
    }

    async fn set_auth(&self, path: &str, body: &Value) -> Result<MessageCreated, ClientError> {
        let path =
            StatePath::parse(&format!("auth/{path}")).map_err(|error| ClientError::Argument {
                field: "path",
                message: error.to_string(),
            })?;
        self.set_plaintext_state(&path, body.to_string().as_bytes())
            .await
    }
}
