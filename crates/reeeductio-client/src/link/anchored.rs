//! Invite links of version 1: into spaces with a policy.

use std::fmt;

use reeeductio_core::LinkSecret;
use reeeductio_proto::{MemberId, MessageId, Reader, SpaceId, encoding};
use zeroize::Zeroizing;

use super::{CHECKSUM, Fragment, LinkError, check_addresses, checksum};
use crate::endpoint::check_address;
use crate::error::ClientError;

const VERSION: &str = "1";
/// The flag of a link that needs a password. All others are unknown.
const PASSWORD: u8 = 0x01;
/// Bytes of an anchor.
const ANCHOR: usize = 20;

/// An invite link into a space with a policy. Anybody who holds it, and its password if it has one, can join: hand it over in
/// confidence, and keep it out of logs.
///
/// Reading a link sends nothing and spends nothing. The keys of its tool are those of [`LinkSecret::tool`].
#[derive(Clone)]
pub struct AnchoredLink {
    text: Zeroizing<String>,
    space: SpaceId,
    secret: LinkSecret,
    anchor: LinkAnchor,
    needs_password: bool,
    server: String,
}

/// The state of a space when a link into it was made: the guest is shown no earlier one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LinkAnchor {
    /// The newest epoch.
    pub epoch: u32,
    /// The first bytes of the digest of the newest message of the topic `state`.
    pub state: [u8; 16],
}

impl LinkAnchor {
    /// The anchor at an epoch and a head of the state.
    pub fn new(epoch: u32, head: &MessageId) -> Self {
        let mut state = [0; 16];
        for (to, from) in state.iter_mut().zip(head.hash()) {
            *to = *from;
        }
        Self { epoch, state }
    }

    /// Returns whether this message of the topic `state` is the one that the anchor names.
    pub fn is_at(&self, message: &MessageId) -> bool {
        message.hash().starts_with(&self.state)
    }

    fn to_bytes(self) -> [u8; ANCHOR] {
        let mut bytes = [0; ANCHOR];
        let fields = self.epoch.to_be_bytes().into_iter().chain(self.state);
        for (to, from) in bytes.iter_mut().zip(fields) {
            *to = from;
        }
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let anchor = Self {
            epoch: u32::from_be_bytes(reader.array()?),
            state: reader.array()?,
        };
        reader.is_empty().then_some(anchor)
    }
}

impl AnchoredLink {
    /// Writes a link to a space on `server`. `page` is the URL of the page or app that opens the link; the server's address by default.
    pub fn new(
        space: SpaceId,
        secret: LinkSecret,
        anchor: LinkAnchor,
        needs_password: bool,
        server: &str,
        page: Option<&str>,
    ) -> Result<Self, ClientError> {
        check_addresses(server, page)?;
        check_address(server)?;
        let server = server.trim_end_matches('/');
        let mut rest = vec![if needs_password { PASSWORD } else { 0 }];
        rest.extend_from_slice(server.as_bytes());
        rest.extend(sum(&space, &secret, anchor, &rest));
        let encoded = Zeroizing::new(encoding::encode_url(secret.expose()));
        let text = format!(
            "{}#{VERSION}.{space}.{}.{}.{}",
            page.unwrap_or(server),
            encoded.as_str(),
            encoding::encode_url(&anchor.to_bytes()),
            encoding::encode_url(&rest),
        );
        Ok(Self {
            text: Zeroizing::new(text),
            space,
            secret,
            anchor,
            needs_password,
            server: server.to_owned(),
        })
    }

    /// Reads a link, also one whose `#` was written as `%23`, or the fragment alone.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        let Fragment { page, whole, rest } = Fragment::parse(text, VERSION)?;
        let text = Zeroizing::new(format!("{page}#{whole}"));
        read(text, rest).ok_or(LinkError::Damaged)
    }

    /// The tool of a link that needs no password.
    pub(crate) fn tool(&self) -> Result<MemberId, ClientError> {
        if self.needs_password {
            return Err(ClientError::argument("link", "needs a password"));
        }
        Ok(self.secret.tool(&self.space, None)?.tool_id())
    }

    /// The whole link. It holds the secret: keep it out of logs.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The space.
    pub fn space(&self) -> SpaceId {
        self.space
    }

    /// The secret that the keys of the link's tool derive from.
    pub fn secret(&self) -> &LinkSecret {
        &self.secret
    }

    /// The state that the space has at least.
    pub fn anchor(&self) -> LinkAnchor {
        self.anchor
    }

    /// Returns whether the link opens with a password only.
    pub fn needs_password(&self) -> bool {
        self.needs_password
    }

    /// The address of the space's server.
    pub fn server(&self) -> &str {
        &self.server
    }
}

/// The link, if its fields are what a writer writes.
fn read(text: Zeroizing<String>, fields: &str) -> Option<AnchoredLink> {
    let mut parts = fields.split('.');
    let space = SpaceId::parse(parts.next()?).ok()?;
    let secret = Zeroizing::new(encoding::decode_url(parts.next()?)?);
    let secret = LinkSecret::new(secret.as_slice().try_into().ok()?);
    let anchor = LinkAnchor::from_bytes(&encoding::decode_url(parts.next()?)?)?;
    let rest = encoding::decode_url(parts.next()?)?;
    let (rest, found) = rest.split_last_chunk::<CHECKSUM>()?;
    if parts.next().is_some() || sum(&space, &secret, anchor, rest) != *found {
        return None;
    }
    let (flags, server) = rest.split_first()?;
    let server = std::str::from_utf8(server).ok()?;
    // A link is made by anybody: nothing of it is used that this client would not have written.
    check_address(server).ok()?;
    let needs_password = match *flags {
        0 => false,
        PASSWORD => true,
        _ => return None,
    };
    Some(AnchoredLink {
        text,
        space,
        secret,
        anchor,
        needs_password,
        server: server.to_owned(),
    })
}

fn sum(space: &SpaceId, secret: &LinkSecret, anchor: LinkAnchor, rest: &[u8]) -> [u8; CHECKSUM] {
    // Room for all, so that no copy of the secret is left behind.
    let mut fields = Zeroizing::new(Vec::with_capacity(32 + ANCHOR + rest.len()));
    fields.extend_from_slice(secret.expose());
    fields.extend_from_slice(&anchor.to_bytes());
    fields.extend_from_slice(rest);
    checksum(VERSION, &space.to_bytes(), &fields)
}

impl fmt::Debug for AnchoredLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnchoredLink")
            .field("space", &self.space)
            .field("anchor", &self.anchor)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
