//! The content of a channel's messages: a subject beside the payload, sealed with it (`spec/apps.md`, "Messages").

use std::fmt;

use reeeductio_proto::{Reader, lp};
use zeroize::Zeroizing;

/// The content type of the sealed message around it.
pub const CHANNEL_MESSAGE: &str = "reeeductio/channel";
/// Longest subject, in bytes.
pub const MAX_SUBJECT: usize = 128;
/// Longest content type, in bytes.
pub const MAX_CONTENT_TYPE: usize = 128;

const VERSION: u8 = 1;

/// Form of a payload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// Bytes.
    Bytes,
    /// JSON.
    Json,
}

/// The content of a message of a channel.
#[derive(Clone, Eq, PartialEq)]
pub struct ChannelContent {
    /// The subject within the channel. A program chooses it; `default` if it does not.
    pub subject: String,
    /// The program's word for the payload.
    pub content_type: String,
    /// Form of the payload.
    pub form: Form,
    /// The payload. It is never looked into.
    pub payload: Zeroizing<Vec<u8>>,
}

/// Why bytes are not the content of a channel's message.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// They are not in the format.
    #[error("the message is none of a channel")]
    Format,
    /// Of a later release.
    #[error("the message has version {0}, which is not read here; a newer release may read it")]
    Version(u8),
    /// The subject or the content type is too long, or has control characters.
    #[error("{0} has at most 128 bytes, without control characters")]
    Text(&'static str),
}

impl ChannelContent {
    /// The bytes to seal.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, ContentError> {
        check("the subject", &self.subject, MAX_SUBJECT)?;
        check("the content type", &self.content_type, MAX_CONTENT_TYPE)?;
        let form = match self.form {
            Form::Bytes => 0,
            Form::Json => 1,
        };
        let head = lp([self.subject.as_bytes(), self.content_type.as_bytes()]);
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 + head.len() + self.payload.len()));
        bytes.extend_from_slice(&[VERSION, form]);
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(&self.payload);
        Ok(bytes)
    }

    /// Reads the bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, ContentError> {
        let mut reader = Reader::new(bytes);
        match reader.byte() {
            Some(VERSION) => {}
            Some(version) => return Err(ContentError::Version(version)),
            None => return Err(ContentError::Format),
        }
        let form = match reader.byte() {
            Some(0) => Form::Bytes,
            Some(1) => Form::Json,
            _ => return Err(ContentError::Format),
        };
        let subject = text(&mut reader)?;
        let content_type = text(&mut reader)?;
        check("the subject", &subject, MAX_SUBJECT)?;
        check("the content type", &content_type, MAX_CONTENT_TYPE)?;
        Ok(Self {
            subject,
            content_type,
            form,
            payload: reader.rest().to_vec().into(),
        })
    }
}

fn text(reader: &mut Reader<'_>) -> Result<String, ContentError> {
    let bytes = reader.field().ok_or(ContentError::Format)?;
    let text = std::str::from_utf8(bytes).map_err(|_| ContentError::Format)?;
    Ok(text.to_owned())
}

fn check(what: &'static str, text: &str, most: usize) -> Result<(), ContentError> {
    if text.len() > most || text.contains(char::is_control) {
        return Err(ContentError::Text(what));
    }
    Ok(())
}

impl fmt::Debug for ChannelContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelContent")
            .field("bytes", &self.payload.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> ChannelContent {
        ChannelContent {
            subject: "general".to_owned(),
            content_type: "application/json".to_owned(),
            form: Form::Json,
            payload: br#"{"body":"hi"}"#.to_vec().into(),
        }
    }

    #[test]
    fn the_content_is_read_back_whatever_the_payload() {
        for payload in [Vec::new(), b"\n".to_vec(), vec![0; 1000]] {
            let content = ChannelContent {
                payload: payload.into(),
                form: Form::Bytes,
                ..content()
            };
            let bytes = content.to_bytes().unwrap();
            assert_eq!(ChannelContent::parse(&bytes), Ok(content));
        }
    }

    #[test]
    fn what_is_not_in_the_format_is_an_error_and_a_later_version_its_own() {
        let bytes = content().to_bytes().unwrap();
        for length in 0..bytes.len() - content().payload.len() {
            let cut = ChannelContent::parse(&bytes[..length]);
            assert_eq!(cut, Err(ContentError::Format), "{length}");
        }
        let mut later = bytes.to_vec();
        later[0] = 2;
        assert_eq!(ChannelContent::parse(&later), Err(ContentError::Version(2)));
        let long = ChannelContent {
            subject: "a\nb".to_owned(),
            ..content()
        };
        assert_eq!(long.to_bytes(), Err(ContentError::Text("the subject")));
    }

    #[test]
    fn debug_shows_no_content() {
        assert_eq!(
            format!("{:?}", content()),
            "ChannelContent { bytes: 13, .. }"
        );
    }
}
