//! Checkpoints: what a server signs of the tree of a space (`spec/crypto.md`, "Checkpoints"; c2sp.org/tlog-checkpoint).

use sha2::{Digest as _, Sha256};

use crate::encoding;
use crate::fields::lp;
use crate::id::SpaceId;
use crate::signature::{PublicKey, Signature, SignatureError};
use crate::tree::TreeHash;

/// Most bytes of a note.
const MOST: usize = 4_096;
/// Most signatures of a note.
const SIGNATURES: usize = 16;
/// Most bytes of a host.
const HOST: usize = 253;
/// Ed25519, as signed notes number it.
const ED25519: u8 = 1;

/// The name of one history of a space on a server.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Origin {
    host: String,
    space: SpaceId,
    incarnation: [u8; 8],
}

/// The tree of a space at a moment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checkpoint {
    /// Whose tree.
    pub origin: Origin,
    /// How many events it covers.
    pub size: u64,
    /// Its root.
    pub root: TreeHash,
}

/// Why a text is not a checkpoint of an origin.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// It is not a signed note, or its text has another form.
    #[error("not a signed checkpoint")]
    Malformed,
    /// It is of another server, space or incarnation.
    #[error("a checkpoint of another origin")]
    Origin,
    /// The key has not signed it.
    #[error("the checkpoint is not signed with the server's key")]
    Unsigned,
    /// The signature with the key's name is not by the key.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

/// Returns whether a text is the name of a host in an origin.
pub(crate) fn is_host(host: &str) -> bool {
    let is_allowed = |c: u8| c.is_ascii_graphic() && !matches!(c, b'/' | b'+');
    (1..=HOST).contains(&host.len()) && host.bytes().all(is_allowed)
}

impl Origin {
    /// Of a host, which is a name with a port if needed: printable ASCII without `/`, space and `+`.
    pub fn new(host: &str, space: SpaceId, incarnation: [u8; 8]) -> Option<Self> {
        is_host(host).then(|| Self {
            host: host.to_owned(),
            space,
            incarnation,
        })
    }

    /// The host.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The space.
    pub fn space(&self) -> SpaceId {
        self.space
    }

    /// The incarnation of the server's history.
    pub fn incarnation(&self) -> [u8; 8] {
        self.incarnation
    }

    fn text(&self) -> String {
        let incarnation = u64::from_be_bytes(self.incarnation);
        format!("{}/{}/{incarnation:016x}", self.host, self.space)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let (host, space, incarnation) = (parts.next()?, parts.next()?, parts.next()?);
        let number = u64::from_str_radix(incarnation, 16).ok()?;
        let origin = Self::new(host, SpaceId::parse(space).ok()?, number.to_be_bytes())?;
        // In its one spelling.
        (origin.text() == text).then_some(origin)
    }
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        let root = encoding::encode(&self.root);
        format!("{}\n{}\n{root}\n", self.origin.text(), self.size)
    }

    /// The signed note, with the signature by `key` over [`text`](Self::text).
    pub fn to_note(&self, key: &[u8; 32], signature: &Signature) -> String {
        let name = self.origin.text();
        let mut signed = key_id(&name, key).to_vec();
        signed.extend_from_slice(&signature.to_bytes());
        let signed = encoding::encode(&signed);
        format!("{}\n\u{2014} {name} {signed}\n", self.text())
    }

    /// Reads a signed note, and verifies the signature of the server's key. Signatures by other keys are passed over.
    pub fn verify(note: &str, key: &[u8; 32]) -> Result<Self, CheckpointError> {
        let malformed = CheckpointError::Malformed;
        if note.len() > MOST {
            return Err(malformed);
        }
        let (text, signatures) = note.split_once("\n\n").ok_or(malformed)?;
        let signatures = signatures.strip_suffix('\n').ok_or(malformed)?;
        let text = format!("{text}\n");
        let checkpoint = Self::parse(&text).ok_or(malformed)?;
        let name = checkpoint.origin.text();
        let id = key_id(&name, key);
        let public = PublicKey::parse(key)?;
        if signatures.split('\n').count() > SIGNATURES {
            return Err(malformed);
        }
        let mut is_signed = false;
        for line in signatures.split('\n') {
            let line = line.strip_prefix("\u{2014} ").ok_or(malformed)?;
            let (signer, signed) = line.split_once(' ').ok_or(malformed)?;
            let signed = encoding::decode(signed).map_err(|_| malformed)?;
            let Some((signer_id, signature)) = signed.split_first_chunk::<4>() else {
                return Err(malformed);
            };
            if signer == name && *signer_id == id {
                let signature: [u8; 64] = signature.try_into().map_err(|_| malformed)?;
                public.verify(text.as_bytes(), &Signature::from_bytes(signature))?;
                is_signed = true;
            }
        }
        if is_signed {
            return Ok(checkpoint);
        }
        Err(CheckpointError::Unsigned)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let checkpoint = Self {
            origin: Origin::parse(origin)?,
            size: size.parse().ok()?,
            root: encoding::decode_array(root).ok()?,
        };
        // No extension lines, and every number in its one spelling.
        (checkpoint.text() == text).then_some(checkpoint)
    }
}

/// The statement by which an operator says that a server's history was restored: what survived of the old one, and the name of the
/// new one. It is signed by a key that is not on the server.
pub fn restore_statement(survived: &Checkpoint, incarnation: [u8; 8]) -> Vec<u8> {
    lp([
        b"reeeductio/restore/v1".as_slice(),
        survived.origin.host.as_bytes(),
        &survived.origin.space.to_bytes(),
        &survived.origin.incarnation,
        &survived.size.to_be_bytes(),
        &survived.root,
        &incarnation,
    ])
}

fn key_id(name: &str, key: &[u8; 32]) -> [u8; 4] {
    let hash = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', ED25519])
        .chain_update(key)
        .finalize();
    let mut id = [0; 4];
    for (to, from) in id.iter_mut().zip(hash) {
        *to = from;
    }
    id
}

#[cfg(test)]
mod tests;
