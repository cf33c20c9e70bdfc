//! Content types: the application's word for a body, which the server does not see.

use crate::seal::SealError;

/// Most bytes of a content type.
const MOST: usize = 128;

/// Refuses a content type that no reader takes.
pub(crate) fn check_content_type(text: &str) -> Result<(), SealError> {
    if is_content_type(text) {
        return Ok(());
    }
    Err(SealError::ContentType)
}

/// The content type in a field; `None` if it is none.
pub(crate) fn read_content_type(field: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(field).ok()?;
    is_content_type(text).then(|| text.to_owned())
}

fn is_content_type(text: &str) -> bool {
    text.len() <= MOST && !text.chars().any(char::is_control)
}
