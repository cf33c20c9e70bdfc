//! Notes that users of an app and its keeper leave in each other's inboxes (`spec/apps.md`, "Notes").

use reeeductio_proto::{FormatError, MemberId, MemberKind, Reader, SpaceId, lp};

use crate::join::{JoinError, JoinRequest};

/// The content type of [`AskNote`].
pub const ASK: &str = "reeeductio/ask";
/// The content type of [`AnswerNote`].
pub const ANSWER: &str = "reeeductio/answer";
/// The content type of [`KeepNote`].
pub const KEEP: &str = "reeeductio/keep";

const VERSION: u8 = 1;
/// Longest code in an answer, in bytes.
const MAX_CODE: usize = 64;

/// A user asks to be let into a channel.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AskNote {
    /// The request.
    pub request: JoinRequest,
}

/// The answer to a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AnswerNote {
    /// The channel.
    pub channel: SpaceId,
    /// The [hash](JoinRequest::hash) of the request.
    pub request: [u8; 32],
    /// Why the user was not let in: a stable code. `None` if it was.
    pub refused: Option<String>,
}

/// The creator of a channel asks the keeper to keep it, and gives it the root of an epoch, wrapped.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeepNote {
    /// The channel.
    pub channel: SpaceId,
    /// Number of the epoch.
    pub epoch: u32,
    /// The issuer of the wrap, a member of the channel.
    pub issuer: MemberId,
    /// The root of the epoch, wrapped to the keeper's encryption key as it is published in the app.
    pub wrap: Vec<u8>,
}

impl AskNote {
    /// The body of the item.
    pub fn to_bytes(&self) -> Vec<u8> {
        let space = self.request.space().to_bytes();
        lp([&[VERSION], space.as_slice(), &self.request.to_bytes()])
    }

    /// Reads the body of an item that `sender` left, and verifies the request.
    pub fn parse(sender: &MemberId, body: &[u8]) -> Result<Self, JoinError> {
        let mut reader = begin(body)?;
        let space = space(&mut reader)?;
        let request = reader.field().ok_or_else(cut_off)?;
        end(reader)?;
        Ok(Self {
            request: JoinRequest::parse(space, sender, request)?,
        })
    }
}

impl AnswerNote {
    /// The body of the item.
    pub fn to_bytes(&self) -> Vec<u8> {
        let space = self.channel.to_bytes();
        let code = self.refused.as_deref().unwrap_or_default();
        lp([&[VERSION], space.as_slice(), &self.request, code.as_bytes()])
    }

    /// Reads the body of an item.
    pub fn parse(body: &[u8]) -> Result<Self, FormatError> {
        let mut reader = begin(body)?;
        let channel = space(&mut reader)?;
        let request = array(&mut reader)?;
        let code = reader.field().ok_or_else(cut_off)?;
        end(reader)?;
        let is_code = |byte: &u8| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'_');
        if code.len() > MAX_CODE || !code.iter().all(is_code) {
            return Err(FormatError::Malformed("the answer has no code"));
        }
        let refused = String::from_utf8_lossy(code).into_owned();
        Ok(Self {
            channel,
            request,
            refused: (!refused.is_empty()).then_some(refused),
        })
    }
}

impl KeepNote {
    /// The body of the item.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (space, issuer) = (self.channel.to_bytes(), self.issuer.to_bytes());
        lp([
            &[VERSION],
            space.as_slice(),
            &self.epoch.to_be_bytes(),
            &issuer,
            &self.wrap,
        ])
    }

    /// Reads the body of an item.
    pub fn parse(body: &[u8]) -> Result<Self, FormatError> {
        let mut reader = begin(body)?;
        let channel = space(&mut reader)?;
        let epoch = u32::from_be_bytes(array(&mut reader)?);
        let issuer = MemberId::from_bytes(&array(&mut reader)?)
            .map_err(|_| FormatError::Malformed("the note names no member"))?;
        let wrap = reader.field().ok_or_else(cut_off)?.to_vec();
        end(reader)?;
        Ok(Self {
            channel,
            epoch,
            issuer,
            wrap,
        })
    }
}

fn begin(body: &[u8]) -> Result<Reader<'_>, FormatError> {
    let mut reader = Reader::new(body);
    let [version] = array(&mut reader)?;
    if version != VERSION {
        return Err(FormatError::unknown("version", version));
    }
    Ok(reader)
}

fn end(reader: Reader<'_>) -> Result<(), FormatError> {
    if reader.is_empty() {
        return Ok(());
    }
    Err(FormatError::Malformed("the note is too long"))
}

fn space(reader: &mut Reader<'_>) -> Result<SpaceId, FormatError> {
    let owner = MemberId::from_bytes(&array(reader)?)
        .ok()
        .filter(|owner| owner.kind() == MemberKind::Space)
        .ok_or(FormatError::Malformed("the note names no space"))?;
    Ok(SpaceId::from_public_key(*owner.public_key()))
}

fn array<const N: usize>(reader: &mut Reader<'_>) -> Result<[u8; N], FormatError> {
    let field = reader.field().and_then(|field| field.try_into().ok());
    field.ok_or_else(cut_off)
}

fn cut_off() -> FormatError {
    FormatError::Malformed("a field of the note is missing or has another length")
}

#[cfg(test)]
mod tests;
