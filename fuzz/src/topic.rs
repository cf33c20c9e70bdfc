//! Topic ids.

use reeeductio_proto::TopicId;

use crate::input::text;

/// A topic id is written as it was read, and is a name that needs no escaping in a URL or in JSON.
pub fn check(data: &[u8]) {
    let Some(text) = text(data) else {
        return;
    };
    let json = serde_json::Value::from(text).to_string();
    let from_json = serde_json::from_str::<TopicId>(&json);
    let Ok(topic) = TopicId::parse(text) else {
        assert!(from_json.is_err(), "JSON takes what text does not: {text}");
        return;
    };
    assert_eq!(topic.as_str(), text);
    assert_eq!(from_json.unwrap(), topic);
    assert_eq!(json, format!("\"{text}\""));
    assert_eq!(topic.is_state(), topic == TopicId::state());
    assert!((2..=64).contains(&text.len()));
    assert!(!text.contains(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_'));
}
