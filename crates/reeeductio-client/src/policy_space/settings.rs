//! The settings of a space, which its owner may change.

use reeeductio_core::{StateChain, state_entry};
use reeeductio_proto::Settings;

use super::PolicySpace;
use crate::error::ClientError;

impl PolicySpace {
    /// The settings, as the owner has signed them.
    pub async fn settings(&self) -> Result<Settings, ClientError> {
        self.follow_state().await?;
        Ok(self.with_view(|view| view.settings().clone()))
    }

    /// Changes the settings, by their owner. If another device of the owner changes them meanwhile, `change` is applied again, to the new
    /// ones. Settings that stay the same are not written.
    ///
    /// Members believe the server by the name and the key in [`server`](Settings::server), and a restore by
    /// [`operator_key`](Settings::operator_key): with wrong ones they refuse what it answers. With fewer
    /// [`retention_days`](Settings::retention_days) the server removes older messages for good.
    pub async fn change_settings(&self, change: impl Fn(&mut Settings)) -> Result<(), ClientError> {
        let entries = |state: &StateChain| {
            let before = state.view().settings();
            let mut settings = before.clone();
            change(&mut settings);
            if settings == *before {
                return Ok(Vec::new());
            }
            Ok(vec![state_entry::settings(&settings)?])
        };
        self.write_plain(entries).await.map(drop)
    }
}
