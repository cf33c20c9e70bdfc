//! Evidence that a server signed two histories of one space, which anybody can verify without the server.

use reeeductio_proto::tree::{Proof, TreeHash};
use reeeductio_proto::{Checkpoint, CheckpointError, encoding};

use super::consistency::{Agreement, ConsistencyQuestion};

/// The first line of the text form.
const VERSION: &str = "reeeductio evidence 1";
/// Most bytes of the text form: two notes, a proof and the lines around them.
const MOST: usize = 16_384;
/// Most hashes of a proof.
const HASHES: usize = 64;

/// Two signed checkpoints of one origin that do not agree.
///
/// It names the key that it is verified with, so a reader compares that key with the server's own (`space/settings`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evidence {
    log_key: [u8; 32],
    smaller: String,
    larger: String,
    /// Leads to the larger root and not to the smaller one; empty for two roots of one size.
    proof: Proof,
}

/// Two checkpoints of one server that do not agree.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SplitView {
    /// The checkpoint of fewer events, or one of two of the same size.
    pub smaller: Checkpoint,
    /// The other one.
    pub larger: Checkpoint,
}

/// Reason why bytes are no evidence.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// The first line names another version.
    #[error("not evidence, or of a version that this release does not read")]
    Unknown,
    /// The text has another form.
    #[error("the evidence is damaged: it has another form than it is written in")]
    Malformed,
    /// One of the notes is not a checkpoint that the key has signed.
    #[error("{0}")]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoints are of two servers, spaces or incarnations.
    #[error("the checkpoints have two origins")]
    Origins,
    /// The checkpoints may well be of one history.
    #[error("the evidence does not show that the checkpoints disagree")]
    NoSplit,
}

impl Evidence {
    /// Takes two notes, in any order, with the answer to [`question`](Self::question) if there is one, if they are evidence.
    pub fn new(
        log_key: [u8; 32],
        one: String,
        other: String,
        proof: Proof,
    ) -> Result<Self, EvidenceError> {
        let sizes = (
            Checkpoint::verify(&one, &log_key)?.size,
            Checkpoint::verify(&other, &log_key)?.size,
        );
        let (smaller, larger) = if sizes.0 <= sizes.1 {
            (one, other)
        } else {
            (other, one)
        };
        let evidence = Self {
            log_key,
            smaller,
            larger,
            proof,
        };
        evidence.verify()?;
        Ok(evidence)
    }

    /// Returns the proof to ask the server for, to find out about two notes of which one may be from another member. `None` if
    /// their sizes are the same, which needs no proof.
    pub fn question(
        log_key: &[u8; 32],
        one: &str,
        other: &str,
    ) -> Result<Option<ConsistencyQuestion>, EvidenceError> {
        let mut both = [
            Checkpoint::verify(one, log_key)?,
            Checkpoint::verify(other, log_key)?,
        ];
        both.sort_by_key(|checkpoint| checkpoint.size);
        let [smaller, larger] = both;
        if smaller.origin != larger.origin {
            return Err(EvidenceError::Origins);
        }
        Ok(ConsistencyQuestion::new(
            (smaller.size, smaller.root),
            (larger.size, larger.root),
        ))
    }

    /// The key that the checkpoints are signed with.
    pub fn log_key(&self) -> &[u8; 32] {
        &self.log_key
    }

    /// The two notes, the one of fewer events first.
    pub fn notes(&self) -> [&str; 2] {
        [&self.smaller, &self.larger]
    }

    /// Verifies both signatures and that the checkpoints do not agree.
    pub fn verify(&self) -> Result<SplitView, EvidenceError> {
        let smaller = Checkpoint::verify(&self.smaller, &self.log_key)?;
        let larger = Checkpoint::verify(&self.larger, &self.log_key)?;
        if smaller.origin != larger.origin {
            return Err(EvidenceError::Origins);
        }
        let is_split = if smaller.size == larger.size {
            self.proof.0.is_empty() && smaller.root != larger.root
        } else {
            let (small, large) = ((smaller.size, smaller.root), (larger.size, larger.root));
            ConsistencyQuestion::new(small, large)
                .is_some_and(|question| question.read(&self.proof) == Agreement::Differs)
        };
        if is_split {
            Ok(SplitView { smaller, larger })
        } else {
            Err(EvidenceError::NoSplit)
        }
    }

    /// The text form, UTF-8, of at most 16 KiB: a file that people send each other.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!(
            "{VERSION}\nkey {}\nproof {}\n",
            encoding::encode(&self.log_key),
            self.proof.0.len()
        );
        for hash in &self.proof.0 {
            text.push_str(&encoding::encode(hash));
            text.push('\n');
        }
        for note in self.notes() {
            let length = note.len().to_string();
            for part in ["checkpoint ", &length, "\n", note] {
                text.push_str(part);
            }
        }
        text.into_bytes()
    }

    /// Reads the text form, which has one spelling. Nothing is verified yet.
    pub fn parse(bytes: &[u8]) -> Result<Self, EvidenceError> {
        let first = bytes.split(|byte| *byte == b'\n').next();
        if first != Some(VERSION.as_bytes()) {
            return Err(EvidenceError::Unknown);
        }
        let read = (bytes.len() <= MOST)
            .then(|| std::str::from_utf8(bytes).ok())
            .flatten()
            .and_then(read);
        match read {
            Some(evidence) if evidence.to_bytes() == bytes => Ok(evidence),
            _ => Err(EvidenceError::Malformed),
        }
    }
}

fn read(text: &str) -> Option<Evidence> {
    let (_, text) = text.split_once('\n')?;
    let (key, text) = text.strip_prefix("key ")?.split_once('\n')?;
    let (count, mut text) = text.strip_prefix("proof ")?.split_once('\n')?;
    let count: usize = count.parse().ok().filter(|count| *count <= HASHES)?;
    let mut hashes: Vec<TreeHash> = Vec::with_capacity(count);
    for _ in 0..count {
        let (hash, rest) = text.split_once('\n')?;
        hashes.push(encoding::decode_array(hash).ok()?);
        text = rest;
    }
    let (smaller, text) = note(text)?;
    let (larger, text) = note(text)?;
    text.is_empty().then_some(Evidence {
        log_key: encoding::decode_array(key).ok()?,
        smaller: smaller.to_owned(),
        larger: larger.to_owned(),
        proof: Proof(hashes),
    })
}

fn note(text: &str) -> Option<(&str, &str)> {
    let (length, text) = text.strip_prefix("checkpoint ")?.split_once('\n')?;
    text.split_at_checked(length.parse().ok()?)
}
