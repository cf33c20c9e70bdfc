//! The names under which blobs are stored, as a folder lists them.

use std::path::{Component, Path};

use reeeductio_backend::ObjectName;

use crate::input::text;

/// A name is written as it was read, and is one file in one folder.
pub fn check(data: &[u8]) {
    let Some(text) = text(data) else {
        return;
    };
    let Some(name) = ObjectName::parse(text) else {
        return;
    };
    assert_eq!(name.as_str(), text);
    assert!(text.len() <= 128);
    let mut components = Path::new(text).components();
    assert!(matches!(components.next(), Some(Component::Normal(part)) if part == text));
    assert!(components.next().is_none());
}
