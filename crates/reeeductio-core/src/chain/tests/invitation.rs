//! Effect of an invitation in the state chain.

use reeeductio_proto::state_entry::{
    INVITED_ROLE, StateEntry, invitation, right_of_role, role, role_grant, user,
};
use reeeductio_proto::{
    Capability, MemberId, MessageId, Operation, Pattern, SpaceId, ToolLimits, TopicId,
};

use crate::chain::{StateChain, check};
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
            prev_hash: self.chain.head().map(|head| head.hash),
            data: entry.value.as_bytes(),
        }
        .message(&sender, by, self.clock);
        let id = message.message_hash;
        self.chain
            .extend(check(&self.space, vec![message]))
            .unwrap();
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
    for entry in invitation(tool_id, INVITED_ROLE, None, ToolLimits::default()).unwrap() {
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
