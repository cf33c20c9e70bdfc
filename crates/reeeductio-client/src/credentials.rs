//! Everything that a member needs to open a space again, and its bytes (`spec/local-store.md`).

use reeeductio_core::{CredentialsError, Identity, Key, MemberSecrets};
use reeeductio_proto::{MemberId, SpaceId};
use zeroize::Zeroizing;

use crate::error::ClientError;
use crate::link::InviteLink;
use crate::space::{Invitation, Space, SpaceBuilder};

/// The form of the bytes that this release writes and reads.
const VERSION: u8 = 1;
/// Longest address of a server, in bytes.
const MAX_ADDRESS: usize = 2048;

/// Everything that a member needs to open a space again. Anybody who has them is the member.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The space.
    pub space: SpaceId,
    /// Address of its server.
    pub base_url: String,
    /// The member: its key is the one in `secrets`.
    pub member: MemberId,
    /// The keys.
    pub secrets: MemberSecrets,
    /// The admission that is not known to be complete.
    pending: Option<Pending>,
}

/// An admission that is not known to be complete.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    /// The key of the invitation's tool.
    pub(crate) key: Identity,
    /// The role that the guest gets.
    pub(crate) role: String,
}

/// Why bytes are not credentials.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unreadable {
    /// They are in no form of this release.
    Damaged,
    /// They have a version that does not exist yet.
    Newer,
}

impl Credentials {
    /// Those of `member`, whose key is in `secrets`.
    pub fn new(
        space: SpaceId,
        base_url: &str,
        member: MemberId,
        secrets: MemberSecrets,
    ) -> Result<Self, CredentialsError> {
        secrets.check_member(member)?;
        Ok(Self::of_member(space, base_url, member, secrets))
    }

    /// Those of a member whose key is known to be in `secrets`.
    pub(crate) fn of_member(
        space: SpaceId,
        base_url: &str,
        member: MemberId,
        secrets: MemberSecrets,
    ) -> Self {
        Self {
            space,
            base_url: base_url.to_owned(),
            member,
            secrets,
            pending: None,
        }
    }

    /// Those of a guest that is about to join.
    pub(crate) fn of_guest(link: &InviteLink, base_url: &str, secrets: MemberSecrets) -> Self {
        Self {
            space: link.space(),
            base_url: base_url.to_owned(),
            member: secrets.identity.user_id(),
            secrets,
            pending: Some(Pending {
                key: link.invitation().key.clone(),
                role: link.role().to_owned(),
            }),
        }
    }

    /// Returns whether the member is in the space. Not so after a join that was cut short, which [`SpaceBuilder::reopen`] completes.
    pub fn is_joined(&self) -> bool {
        self.pending.is_none()
    }

    /// Opens the space as the member. The user's own key is of the credentials unless the builder names one.
    pub fn open(&self, builder: SpaceBuilder) -> Result<Space, ClientError> {
        if !self.is_joined() {
            return Err(ClientError::argument(
                "credentials",
                "are of a join that was cut short; complete it with reopen",
            ));
        }
        let MemberSecrets {
            identity,
            symmetric_root,
            user_key,
        } = &self.secrets;
        builder.user_key_unless_set(user_key.as_ref()).open(
            self.space,
            self.member,
            identity.clone(),
            symmetric_root,
        )
    }

    /// The invitation and the role of the admission that is not known to be complete.
    pub(crate) fn pending(&self) -> Option<(Invitation, &str)> {
        let pending = self.pending.as_ref()?;
        let invitation = Invitation {
            space: self.space,
            key: pending.key.clone(),
            symmetric_root: self.secrets.symmetric_root.clone(),
        };
        Some((invitation, &pending.role))
    }

    /// The same member, admitted.
    pub(crate) fn joined(mut self) -> Self {
        self.pending = None;
        self
    }

    /// The same member. If it is not admitted yet it uses this link, and must have the link's root.
    pub(crate) fn with_link(self, link: &InviteLink) -> Option<Self> {
        if self.is_joined() {
            return Some(self);
        }
        let root = &link.invitation().symmetric_root;
        let is_same = self.secrets.symmetric_root.expose() == root.expose();
        is_same.then(|| Self::of_guest(link, &self.base_url, self.secrets))
    }

    /// The bytes as they are kept; the space is kept beside them.
    pub(crate) fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, ClientError> {
        let length = u16::try_from(self.base_url.len()).unwrap_or(u16::MAX);
        if usize::from(length) > MAX_ADDRESS {
            return Err(ClientError::argument(
                "base_url",
                "must have at most 2,048 bytes",
            ));
        }
        // Written once into room that suffices, so that no copy is left behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(512 + self.base_url.len()));
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.member.to_bytes());
        bytes.extend_from_slice(self.secrets.identity.seed().as_slice());
        bytes.extend_from_slice(self.secrets.symmetric_root.expose());
        bytes.push(u8::from(self.secrets.user_key.is_some()));
        if let Some(key) = &self.secrets.user_key {
            bytes.extend_from_slice(key.expose());
        }
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(self.base_url.as_bytes());
        bytes.push(u8::from(self.pending.is_some()));
        if let Some(pending) = &self.pending {
            bytes.extend_from_slice(pending.key.seed().as_slice());
            bytes.extend_from_slice(pending.role.as_bytes());
        }
        Ok(bytes)
    }

    /// Reads [`to_bytes`](Self::to_bytes). The id of the member is that of the key.
    pub(crate) fn from_bytes(space: SpaceId, bytes: &[u8]) -> Result<Self, Unreadable> {
        let (version, fields) = bytes.split_first().ok_or(Unreadable::Damaged)?;
        match *version {
            VERSION => read(space, fields).ok_or(Unreadable::Damaged),
            0 => Err(Unreadable::Damaged),
            _ => Err(Unreadable::Newer),
        }
    }
}

fn read(space: SpaceId, fields: &[u8]) -> Option<Credentials> {
    let (member, rest) = fields.split_first_chunk::<33>()?;
    let member = MemberId::from_bytes(member).ok()?;
    let (seed, rest) = rest.split_first_chunk::<32>()?;
    let (root, rest) = rest.split_first_chunk::<32>()?;
    let (user_key, rest) = optional(rest, |rest| {
        let (key, rest) = rest.split_first_chunk::<32>()?;
        Some((Key::new(*key), rest))
    })?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (base_url, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    let base_url = std::str::from_utf8(base_url).ok()?;
    let (pending, rest) = optional(rest, |rest| {
        let (key, role) = rest.split_first_chunk::<32>()?;
        let role = std::str::from_utf8(role).ok()?.to_owned();
        let key = Identity::from_seed(key);
        Some((Pending { key, role }, &[][..]))
    })?;
    let secrets = MemberSecrets {
        identity: Identity::from_seed(seed),
        symmetric_root: Key::new(*root),
        user_key,
    };
    let credentials = Credentials::new(space, base_url, member, secrets).ok()?;
    rest.is_empty().then_some(Credentials {
        pending,
        ..credentials
    })
}

/// A field that a byte before it says to be there.
fn optional<T>(
    bytes: &[u8],
    read: impl FnOnce(&[u8]) -> Option<(T, &[u8])>,
) -> Option<(Option<T>, &[u8])> {
    match bytes.split_first()? {
        (0, rest) => Some((None, rest)),
        (1, rest) => read(rest).map(|(value, rest)| (Some(value), rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(user_key: Option<Key>, pending: Option<Pending>) -> Credentials {
        let identity = Identity::from_seed(&[2; 32]);
        let secrets = MemberSecrets {
            symmetric_root: Key::new([9; 32]),
            user_key,
            identity,
        };
        let space = Identity::from_seed(&[1; 32]).space_id();
        let member = secrets.identity.user_id();
        let made = Credentials::new(space, "https://h", member, secrets).unwrap();
        Credentials { pending, ..made }
    }

    fn pending() -> Pending {
        Pending {
            key: Identity::from_seed(&[3; 32]),
            role: "editor".to_owned(),
        }
    }

    #[test]
    fn credentials_are_read_back_and_no_others() {
        for made in [
            credentials(None, None),
            credentials(Some(Key::new([5; 32])), None),
            credentials(None, Some(pending())),
            credentials(Some(Key::new([5; 32])), Some(pending())),
        ] {
            let bytes = made.to_bytes().unwrap();
            let read = Credentials::from_bytes(made.space, &bytes).unwrap();
            assert_eq!(format!("{read:?}"), format!("{made:?}"));
            assert_eq!(read.to_bytes().unwrap(), bytes);
            let role = if made.is_joined() { 0 } else { "editor".len() };
            for length in 0..bytes.len() - role {
                let cut = Credentials::from_bytes(made.space, &bytes[..length]);
                assert_eq!(cut.unwrap_err(), Unreadable::Damaged, "{length}");
            }
            if made.is_joined() {
                let longer = [bytes.as_slice(), &[0]].concat();
                assert!(Credentials::from_bytes(made.space, &longer).is_err());
            }
        }
    }

    #[test]
    fn a_key_of_another_member_and_a_later_version_are_refused() {
        let made = credentials(None, None);
        let mut other = made.to_bytes().unwrap();
        other[34] ^= 1;
        let read = Credentials::from_bytes(made.space, &other);
        assert_eq!(read.unwrap_err(), Unreadable::Damaged);
        let mut later = made.to_bytes().unwrap();
        later[0] = 2;
        let read = Credentials::from_bytes(made.space, &later);
        assert_eq!(read.unwrap_err(), Unreadable::Newer);
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!(
            "{:?}",
            credentials(Some(Key::new([0xC3; 32])), Some(pending()))
        );
        assert!(!shown.contains("195"), "{shown}");
        assert_eq!(shown.matches("Key(..)").count(), 2, "{shown}");
    }
}
