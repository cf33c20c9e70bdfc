//! The log of a space's events: checkpoints of its tree, and proofs (spec/protocol.md, "Events and checkpoints").

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use reeeductio_backend::{Leaf, Restore, TreeHead};
use reeeductio_proto::tree::{Proof, consistency_ranges, empty_root, inclusion_ranges};
use reeeductio_proto::{Checkpoint, ErrorCode, Origin, Signature, SpaceId};

use crate::caller::SpaceMember;
use crate::engine::Engine;
use crate::refusal::Refusal;

/// The name and the key by which a server signs its checkpoints. Servers that share a store share it too.
#[derive(Clone)]
pub struct LogKey {
    host: String,
    key: SigningKey,
}

impl LogKey {
    /// The key with this seed; `None` if `host` is no name for checkpoints.
    pub fn new(host: &str, seed: &[u8; 32]) -> Option<Self> {
        Self::is_host(host).then(|| Self {
            host: host.to_owned(),
            key: SigningKey::from_bytes(seed),
        })
    }

    /// Returns whether a server can have this name: 1 to 253 printable ASCII characters, without `/`, `+` and spaces.
    pub fn is_host(host: &str) -> bool {
        // In any space and incarnation: the host alone decides.
        Origin::new(host, SpaceId::from_public_key([0; 32]), [0; 8]).is_some()
    }

    /// The server's name.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The public key, Ed25519.
    pub fn public_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// The signed note of a tree.
    pub(crate) fn sign(&self, space: SpaceId, tree: &TreeHead) -> Result<String, Refusal> {
        let origin = Origin::new(&self.host, space, tree.incarnation)
            .ok_or_else(|| Refusal::new(ErrorCode::Internal, "the log has no name"))?;
        let checkpoint = Checkpoint {
            origin,
            size: tree.size,
            root: tree.root,
        };
        let signature = self.key.sign(checkpoint.text().as_bytes());
        let signature = Signature::from_bytes(signature.to_bytes());
        Ok(checkpoint.to_note(&self.public_key(), &signature))
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogKey")
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

/// Proof that a leaf is in the tree of a checkpoint.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Inclusion {
    /// The checkpoint, a signed note.
    pub checkpoint: String,
    /// The proof.
    pub proof: Proof,
    /// Proof that the tree of the size that was asked for is the beginning of this one, if it has reached that size.
    pub consistency: Option<Proof>,
}

impl Engine {
    /// The name and the key of the log.
    pub fn log_key(&self) -> &LogKey {
        &self.config.log_key
    }

    /// A signed checkpoint that covers every event that was acknowledged before this call.
    pub async fn checkpoint(&self, caller: &SpaceMember) -> Result<String, Refusal> {
        let tree = self.tree(caller).await?;
        self.log_key().sign(caller.space_id(), &tree)
    }

    /// A signed checkpoint of the tree of the first `size` leaves.
    pub async fn checkpoint_of(&self, caller: &SpaceMember, size: u64) -> Result<String, Refusal> {
        self.check_size_of_tree(caller, size).await?;
        let TreeHead { incarnation, .. } = self.tree(caller).await?;
        let whole = Vec::from_iter((size > 0).then_some(0..size));
        let Proof(roots) = self.prove(caller, whole).await?;
        let root = roots.first().copied().unwrap_or_else(empty_root);
        let tree = TreeHead {
            incarnation,
            size,
            root,
        };
        self.log_key().sign(caller.space_id(), &tree)
    }

    /// The proof that a leaf is in the tree of the first `size` leaves.
    pub async fn prove_inclusion(
        &self,
        caller: &SpaceMember,
        leaf: u64,
        size: u64,
    ) -> Result<Proof, Refusal> {
        self.check_size_of_tree(caller, size).await?;
        if leaf >= size {
            return Err(outside("leaf", format!("must be less than size, {size}")));
        }
        self.prove(caller, inclusion_ranges(leaf, size)).await
    }

    /// The proof that the tree of the first `from` leaves is the beginning of that of the first `size`.
    pub async fn prove_consistency(
        &self,
        caller: &SpaceMember,
        from: u64,
        size: u64,
    ) -> Result<Proof, Refusal> {
        self.check_size_of_tree(caller, size).await?;
        if from == 0 || from > size {
            return Err(outside("from", format!("must be 1 to size, {size}")));
        }
        self.prove(caller, consistency_ranges(from, size)).await
    }

    /// The restores of the space's history, in their order.
    pub async fn restores(&self, caller: &SpaceMember) -> Result<Vec<Restore>, Refusal> {
        self.tree(caller).await?;
        Ok(self.records.restores(caller.space_id()).await?)
    }

    /// A checkpoint with the proof that the leaf is in it, and that the tree of the first `verified` leaves is its beginning.
    pub(crate) async fn include(
        &self,
        caller: &SpaceMember,
        leaf: &Leaf,
        verified: Option<u64>,
    ) -> Result<Inclusion, Refusal> {
        let tree = self.tree(caller).await?;
        let mut ranges = inclusion_ranges(leaf.number, tree.size);
        let included = ranges.len();
        let verified = verified.filter(|size| (1..=tree.size).contains(size));
        if let Some(size) = verified {
            ranges.extend(consistency_ranges(size, tree.size));
        }
        let Proof(mut hashes) = self.prove(caller, ranges).await?;
        let consistency = hashes.split_off(included);
        Ok(Inclusion {
            checkpoint: self.log_key().sign(caller.space_id(), &tree)?,
            proof: Proof(hashes),
            consistency: verified.map(|_| Proof(consistency)),
        })
    }

    async fn tree(&self, caller: &SpaceMember) -> Result<TreeHead, Refusal> {
        let tree = self.records.tree(caller.space_id()).await?;
        tree.ok_or_else(|| {
            Refusal::new(
                ErrorCode::SpaceNoPolicy,
                "This space has no policy, and so no log of its events.",
            )
        })
    }

    async fn check_size_of_tree(&self, caller: &SpaceMember, size: u64) -> Result<(), Refusal> {
        let held = self.tree(caller).await?.size;
        if size <= held {
            return Ok(());
        }
        Err(outside("size", format!("the tree has {held} leaves")))
    }

    async fn prove(
        &self,
        caller: &SpaceMember,
        ranges: Vec<std::ops::Range<u64>>,
    ) -> Result<Proof, Refusal> {
        let roots = self.records.range_roots(caller.space_id(), ranges).await?;
        // Trees grow only, and the ranges were checked.
        roots
            .map(Proof)
            .ok_or_else(|| Refusal::new(ErrorCode::Internal, "the tree has become smaller"))
    }
}

fn outside(field: &'static str, explanation: String) -> Refusal {
    Refusal::field(ErrorCode::RequestInvalid, field, explanation)
}
