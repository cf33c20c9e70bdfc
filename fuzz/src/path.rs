//! Paths of state and data entries.

use reeeductio_proto::{DataPath, MAX_DATA_PATH, MAX_STATE_PATH, StatePath};

use crate::input::text;

/// A path is written as it was read, stays below where it starts, and is no longer than it may be; whatever is
/// a state path would also do as a data path.
pub fn check(data: &[u8]) {
    let Some(text) = text(data) else {
        return;
    };
    let stays_below = |path: &str| {
        path.split('/')
            .all(|segment| !matches!(segment, "" | "." | ".."))
    };
    if let Ok(path) = DataPath::parse(text) {
        assert_eq!(path.as_str(), text);
        assert!(stays_below(text) && text.len() <= MAX_DATA_PATH);
        assert!(!text.contains(char::is_control));
    }
    if let Ok(path) = StatePath::parse(text) {
        assert_eq!(path.as_str(), text);
        assert_eq!(path.segments().collect::<Vec<_>>().join("/"), text);
        assert!(stays_below(text) && text.len() <= MAX_STATE_PATH);
        assert!(text.is_ascii() && DataPath::parse(text).is_ok());
    }
}
