//! Typed identifiers.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use reeeductio_proto::{BYTE_LENGTH, BlobId, MemberId, MessageId, SpaceId, TEXT_LENGTH};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::input::text;

/// An id has one spelling, in text, in JSON and in bytes; one text is an id of one kind, but
/// for the owner, who may act under the id of the space.
pub fn check(data: &[u8]) {
    if let Some(text) = text(data) {
        let kinds = [
            has_one_spelling::<SpaceId>(text),
            has_one_spelling::<MessageId>(text),
            has_one_spelling::<BlobId>(text),
        ];
        let member = has_one_spelling::<MemberId>(text);
        assert!(kinds.iter().filter(|kind| **kind).count() <= 1, "{text}");
        assert!(!kinds[0] || member, "{text}: owners sign in as the space");
        assert!(!(member && (kinds[1] || kinds[2])), "{text}");
    }
    if let Some(bytes) = data.first_chunk::<BYTE_LENGTH>()
        && let Ok(member) = MemberId::from_bytes(bytes)
    {
        assert_eq!(member.to_bytes(), *bytes);
        assert_eq!(MemberId::parse(&member.to_string()), Ok(member));
    }
    if let Some(key) = data.first_chunk::<32>() {
        for member in [
            MemberId::user(*key),
            MemberId::tool(*key),
            MemberId::owner_of(SpaceId::from_public_key(*key)),
        ] {
            assert!(has_one_spelling::<MemberId>(&member.to_string()));
            assert_eq!(MemberId::from_bytes(&member.to_bytes()), Ok(member));
        }
    }
}

/// Returns whether the text is such an id.
fn has_one_spelling<T>(text: &str) -> bool
where
    T: Debug + DeserializeOwned + Display + FromStr + PartialEq + Serialize,
{
    let json = serde_json::Value::from(text).to_string();
    let from_json = serde_json::from_str::<T>(&json);
    let Ok(id) = text.parse::<T>() else {
        assert!(from_json.is_err(), "JSON takes what text does not: {text}");
        return false;
    };
    assert_eq!(text.len(), TEXT_LENGTH);
    assert_eq!(id.to_string(), text);
    assert_eq!(serde_json::to_string(&id).unwrap(), json);
    assert_eq!(from_json.unwrap(), id);
    true
}
