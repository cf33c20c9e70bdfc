//! Usage of spaces, for the operator.

use reeeductio_backend::Usage;
use reeeductio_proto::SpaceId;

use crate::engine::Engine;
use crate::refusal::Refusal;

impl Engine {
    /// Returns the usage of each space, of the first `limit` by id.
    pub async fn usages(&self, limit: usize) -> Result<Vec<(SpaceId, Usage)>, Refusal> {
        let mut found = Vec::new();
        for space in self.records.spaces(None, limit).await? {
            found.push((space, self.records.usage(space, None).await?));
        }
        Ok(found)
    }
}
