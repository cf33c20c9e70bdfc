//! Invite links: an invitation as text, in the part of a URL that browsers do not send (`spec/invite-link.md`).

mod anchored;

use std::fmt;

use reeeductio_core::{Identity, Key, state_entry};
use reeeductio_proto::{ClientCode, SpaceId, encoding};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::endpoint::check_address;
use crate::error::ClientError;
use crate::space::Invitation;

pub use anchored::{AnchoredLink, LinkAnchor};

/// The version of links into spaces without a policy.
const VERSION: &str = "0";
/// Longest text that is looked at, in bytes.
const MAX_TEXT: usize = 8192;
/// Longest address of a server or a page, in bytes.
const MAX_ADDRESS: usize = 2048;
/// Bytes of the checksum.
const CHECKSUM: usize = 8;
/// First bytes of what the checksum is made of.
const CONTEXT: &[u8] = b"reeeductio invite link\0";

/// An invitation as text. Anybody who holds it can join: hand it over in confidence, and keep it out of logs.
///
/// The secrets are in the fragment of a URL, after the `#`, which browsers do not send to servers. Reading a link sends
/// nothing and spends nothing.
#[derive(Clone)]
pub struct InviteLink {
    text: Zeroizing<String>,
    invitation: Invitation,
    role: String,
    server: String,
}

/// Why a text is not an invite link that can be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// A part is missing or differs from what was made.
    #[error("the invite link is not whole, or was changed; copy it again")]
    Damaged,
    /// The text has another form.
    #[error("the text is not an invite link")]
    NotALink,
    /// Of another version: made by a newer release, or for the other kind of space.
    #[error("the invite link has version {0}, which is not read here; a newer release may read it")]
    Version(u32),
}

impl LinkError {
    /// The stable code.
    pub fn client_code(&self) -> ClientCode {
        match self {
            Self::Damaged => ClientCode::LinkDamaged,
            Self::NotALink => ClientCode::LinkInvalid,
            Self::Version(_) => ClientCode::LinkVersion,
        }
    }
}

impl InviteLink {
    /// The link by which the guest of an invitation gets `role`. `page` is the URL of the page or app that opens the link; the
    /// server's address by default.
    pub(crate) fn new(
        invitation: Invitation,
        role: &str,
        server: &str,
        page: Option<&str>,
    ) -> Result<Self, ClientError> {
        check_parts(role, server, page)?;
        let server = server.trim_end_matches('/');
        let page = page.unwrap_or(server);
        // The secrets are written once into room that suffices, so that no copy is left behind.
        let mut secret = Zeroizing::new(Vec::with_capacity(
            32 + 32 + 1 + role.len() + server.len() + CHECKSUM,
        ));
        secret.extend_from_slice(invitation.key.seed().as_slice());
        secret.extend_from_slice(invitation.symmetric_root.expose());
        secret.push(u8::try_from(role.len()).unwrap_or(u8::MAX));
        secret.extend_from_slice(role.as_bytes());
        secret.extend_from_slice(server.as_bytes());
        let sum = checksum(VERSION, invitation.space.as_bytes(), &secret);
        secret.extend_from_slice(&sum);
        let secret = Zeroizing::new(encoding::encode_url(&secret));
        let space = invitation.space;
        Ok(Self {
            text: Zeroizing::new(format!("{page}#{VERSION}.{space}.{}", secret.as_str())),
            invitation,
            role: role.to_owned(),
            server: server.to_owned(),
        })
    }

    /// Reads a link, also one whose `#` was written as `%23`, or the fragment alone.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        let Fragment { page, whole, rest } = Fragment::parse(text, VERSION)?;
        let (space, secret) = rest.split_once('.').ok_or(LinkError::Damaged)?;
        let space = SpaceId::parse(space).map_err(|_| LinkError::Damaged)?;
        let secret = Zeroizing::new(encoding::decode_url(secret).ok_or(LinkError::Damaged)?);
        let (invitation, role, server) = read(space, &secret).ok_or(LinkError::Damaged)?;
        Ok(Self {
            text: Zeroizing::new(format!("{page}#{whole}")),
            invitation,
            role: role.to_owned(),
            server: server.to_owned(),
        })
    }

    /// The whole link. It holds secrets: keep it out of logs.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The space.
    pub fn space(&self) -> SpaceId {
        self.invitation.space
    }

    /// The address of the space's server.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The role that a guest gets.
    pub fn role(&self) -> &str {
        &self.role
    }

    pub(crate) fn invitation(&self) -> &Invitation {
        &self.invitation
    }
}

/// The fragment of a link, and what is before it.
struct Fragment<'a> {
    page: &'a str,
    whole: &'a str,
    /// The part after the version.
    rest: &'a str,
}

impl<'a> Fragment<'a> {
    /// Finds the fragment of a link of this version.
    fn parse(text: &'a str, version: &str) -> Result<Self, LinkError> {
        let text = text.trim();
        if text.len() > MAX_TEXT {
            return Err(LinkError::NotALink);
        }
        let (page, whole) = text
            .rsplit_once('#')
            .or_else(|| text.rsplit_once("%23"))
            .unwrap_or(("", text));
        let (found, rest) = whole.split_once('.').ok_or(LinkError::NotALink)?;
        if found != version {
            return Err(other_version(found));
        }
        Ok(Self { page, whole, rest })
    }
}

/// The error for a version that is not the one wanted: a number in its usual form, or no version at all.
fn other_version(text: &str) -> LinkError {
    let is_number =
        text.bytes().all(|c| c.is_ascii_digit()) && (text == VERSION || !text.starts_with('0'));
    match text.parse() {
        Ok(version) if is_number => LinkError::Version(version),
        _ => LinkError::NotALink,
    }
}

/// The fields of a secret whose checksum is right: the invitation, the role, and the server's address.
fn read(space: SpaceId, secret: &[u8]) -> Option<(Invitation, &str, &str)> {
    let (fields, sum) = secret.split_last_chunk::<CHECKSUM>()?;
    if checksum(VERSION, space.as_bytes(), fields) != *sum {
        return None;
    }
    let (seed, rest) = fields.split_first_chunk::<32>()?;
    let (root, rest) = rest.split_first_chunk::<32>()?;
    let (role_length, rest) = rest.split_first()?;
    let (role, server) = rest.split_at_checked(usize::from(*role_length))?;
    let (role, server) = (
        std::str::from_utf8(role).ok()?,
        std::str::from_utf8(server).ok()?,
    );
    // A link is made by anybody: nothing of it is used that this client would not have written.
    state_entry::role_path(role).ok()?;
    check_address(server).ok()?;
    let invitation = Invitation {
        space,
        key: Identity::from_seed(seed),
        symmetric_root: Key::new(*root),
    };
    Some((invitation, role, server))
}

/// Finds accidents, such as a link that was cut off: the first bytes of a hash of everything that is in the fragment.
fn checksum(version: &str, space: &[u8], fields: &[u8]) -> [u8; CHECKSUM] {
    let hash: [u8; 32] = Sha256::new()
        .chain_update(CONTEXT)
        .chain_update(version)
        .chain_update(space)
        .chain_update(fields)
        .finalize()
        .into();
    let mut sum = [0; CHECKSUM];
    for (to, from) in sum.iter_mut().zip(hash) {
        *to = from;
    }
    sum
}

/// Refuses what does not fit into a link, before there is an invitation.
pub(crate) fn check_parts(role: &str, server: &str, page: Option<&str>) -> Result<(), ClientError> {
    if role.len() > usize::from(u8::MAX) {
        return Err(ClientError::argument("role", "must have at most 255 bytes"));
    }
    check_addresses(server, page)
}

fn check_addresses(server: &str, page: Option<&str>) -> Result<(), ClientError> {
    check_page("base_url", server)?;
    let Some(page) = page else {
        return Ok(());
    };
    check_page("page", page)?;
    let scheme = page.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    if scheme.is_empty() || !scheme.chars().all(is_scheme) {
        let message = "must be a whole URL, such as https://app.example/join";
        return Err(ClientError::argument("page", message));
    }
    Ok(())
}

fn check_page(field: &'static str, address: &str) -> Result<(), ClientError> {
    if address.len() > MAX_ADDRESS {
        return Err(ClientError::argument(
            field,
            "must have at most 2,048 bytes",
        ));
    }
    let breaks = |c: char| c == '#' || c.is_whitespace() || c.is_control();
    if address.is_empty() || address.contains(breaks) {
        return Err(ClientError::argument(
            field,
            "must be a URL without fragment or space",
        ));
    }
    Ok(())
}

impl fmt::Debug for InviteLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InviteLink")
            .field("space", &self.space())
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
