//! The entries a client makes of names and rights.

use reeeductio_core::state_entry::{
    self, StateEntry, invitation, right_of_member, right_of_role, role, role_grant, tool, user,
};
use reeeductio_proto::{
    Applied, Capability, Message, MessageId, Signature, StatePath, ToolLimits, TopicId, View,
    encoding,
};

use crate::cast::{actors, owner, space};
use crate::input::lines;
use crate::script::START;

/// Four lines: two names, a number, and a capability as JSON.
///
/// Whatever entry is made of them has a path that reads as the same path, and the server's rules take it in from
/// the owner, once it has a meaning and once it is removed again.
pub fn check(data: &[u8]) {
    let Some([name, text, number, right]) = lines(data) else {
        return;
    };
    let actors = actors();
    let (member, program) = (actors[2].id, actors[5].id);
    let expires_at: Option<i64> = number.parse().ok();
    let limits = ToolLimits {
        use_limit: number.parse().ok(),
        expires_at,
    };
    let mut entries: Vec<StateEntry> = Vec::new();
    entries.extend(user(member, Some(text)));
    entries.extend(tool(program, Some(text), limits));
    entries.extend(role(name, Some(text)));
    entries.extend(role_grant(member, name, expires_at));
    entries.extend(
        invitation(program, text, Some(text), limits)
            .into_iter()
            .flatten(),
    );
    if let Ok(right) = Capability::from_json(right.as_bytes()) {
        entries.extend(right_of_member(member, name, &right));
        entries.extend(right_of_member(program, name, &right));
        entries.extend(right_of_role(name, text, &right));
    }
    assert!(user(program, None).is_err() && tool(member, None, limits).is_err());
    assert_eq!(
        state_entry::role_path(name).is_ok(),
        role(name, None).is_ok()
    );

    let mut view = View::new(space());
    for entry in &entries {
        assert_eq!(
            StatePath::parse(entry.path.as_str()).as_ref(),
            Ok(&entry.path)
        );
        assert!(
            serde_json::from_str::<serde_json::Value>(&entry.value).is_ok_and(|v| v.is_object())
        );
        assert_eq!(
            view.apply(&by_owner(&entry.path, &entry.value)),
            Applied::Changed,
            "{entry:?}"
        );
    }
    for entry in &entries {
        assert_eq!(
            view.apply(&by_owner(&entry.path, "")),
            Applied::Changed,
            "{entry:?}"
        );
    }
    assert_eq!(view.members().count(), 0);
}

/// A message of the owner; taking it in does not look at its hash and signature.
fn by_owner(path: &StatePath, value: &str) -> Message {
    Message {
        message_hash: MessageId::of(b""),
        topic_id: TopicId::state(),
        kind: path.as_str().to_owned(),
        prev_hash: None,
        data: encoding::encode(value.as_bytes()),
        sender: owner().user_id(),
        signature: Signature::from_bytes([0; 64]),
        server_timestamp: START,
    }
}
