use reeeductio_proto::{MessageId, Operation, Pattern, SpaceId, TopicId};

use super::*;
use crate::chain::StateChain;
use crate::{Draft, Identity};

struct Rig {
    space: SpaceId,
    chain: StateChain,
    clock: i64,
}

impl Rig {
    fn new(owner: &Identity) -> Self {
        let space = owner.space_id();
        Self {
            space,
            chain: StateChain::new(space),
            clock: 1_000,
        }
    }

    fn write(&mut self, by: &Identity, sender: MemberId, entry: &StateEntry) -> MessageId {
        self.clock += 1;
        let message = Draft {
            space: &self.space,
            topic: &TopicId::state(),
            kind: entry.path.as_str(),
            prev_hash: self.chain.head().map(|head| head.message_hash),
            data: entry.value.as_bytes(),
        }
        .message(&sender, by, self.clock);
        let id = message.message_hash;
        self.chain.extend(vec![message]).unwrap();
        id
    }
}

fn right(op: Operation, path: &str) -> Capability {
    Capability {
        op,
        path: Pattern::parse(path).unwrap(),
        must_be_owner: false,
        expires_at: None,
    }
}

#[test]
fn entries_are_written_as_the_published_client_writes_them() {
    let id = Identity::from_seed(&[2; 32]).user_id();
    let tool_id = Identity::from_seed(&[2; 32]).tool_id();
    let check = |entry: Result<StateEntry, EntryError>, path: &str, value: &str| {
        let entry = entry.unwrap();
        assert_eq!((entry.path.as_str(), entry.value.as_str()), (path, value));
    };
    check(
        user(id, None),
        &format!("auth/users/{id}"),
        &format!(r#"{{"user_id":"{id}"}}"#),
    );
    let limits = ToolLimits {
        use_limit: Some(1),
        expires_at: Some(9),
    };
    check(
        tool(tool_id, Some("bell"), limits),
        &format!("auth/tools/{tool_id}"),
        &format!(r#"{{"tool_id":"{tool_id}","description":"bell","use_limit":1,"expires_at":9}}"#),
    );
    check(
        role_grant(id, "reader", None),
        &format!("auth/users/{id}/roles/reader"),
        &format!(r#"{{"user_id":"{id}","role_id":"reader"}}"#),
    );
    check(
        right_of_role("reader", "cap_000", &right(Operation::Read, "topics/{any}")),
        "auth/roles/reader/rights/cap_000",
        r#"{"op":"read","path":"topics/{any}/messages"}"#,
    );
}

#[test]
fn names_that_are_not_one_segment_are_refused() {
    assert_eq!(role("a/b", None), Err(EntryError::Slash("a/b".to_owned())));
    assert!(matches!(role("a b", None), Err(EntryError::Path(_))));
    assert!(matches!(role("", None), Err(EntryError::Path(_))));
    assert!(matches!(role("..", None), Err(EntryError::Path(_))));
}

#[test]
fn a_tool_id_is_no_user_and_a_user_id_no_tool() {
    let key = Identity::from_seed(&[2; 32]);
    assert!(matches!(
        user(key.tool_id(), None),
        Err(EntryError::Kind { .. })
    ));
    assert!(matches!(
        tool(key.user_id(), None, ToolLimits::default()),
        Err(EntryError::Kind { .. })
    ));
    assert!(matches!(
        role_grant(key.tool_id(), "reader", None),
        Err(EntryError::Kind { .. })
    ));
}

#[test]
fn an_invitation_lets_a_stranger_in_and_give_itself_the_role_user_only() {
    let owner = Identity::from_seed(&[1; 32]);
    let tool = Identity::from_seed(&[2; 32]);
    let (owner_id, tool_id) = (owner.user_id(), tool.tool_id());
    let guest = Identity::from_seed(&[3; 32]).user_id();
    let mut rig = Rig::new(&owner);
    rig.write(&owner, owner_id, &role(INVITED_ROLE, None).unwrap());
    let post = right(Operation::Create, "topics/general");
    rig.write(
        &owner,
        owner_id,
        &right_of_role(INVITED_ROLE, "post", &post).unwrap(),
    );
    for entry in invitation(tool_id, None, ToolLimits::default()).unwrap() {
        rig.write(&owner, owner_id, &entry);
    }
    rig.write(&tool, tool_id, &user(guest, None).unwrap());
    rig.write(
        &tool,
        tool_id,
        &role_grant(guest, INVITED_ROLE, None).unwrap(),
    );
    assert!(rig.chain.view().is_member(&guest, rig.clock));

    let entry = role_grant(guest, "admin", None).unwrap();
    let refused = rig.write(&tool, tool_id, &entry);
    assert!(rig.chain.entry(&entry.path).is_none());
    assert!(rig.chain.refusal(&refused).is_some());
}
