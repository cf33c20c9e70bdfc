//! Inboxes: what members leave for another one, who reads it, and how much there may be.

mod refusals;
mod streams;

use reeeductio_backend::{InboxLimits, Quota, Quotas, Spaces as _, Tally};
use reeeductio_core::{Identity, ItemContent, ItemContext, StateEntry, state_entry};
use reeeductio_engine::{InboxRequest, Refusal};
use reeeductio_proto::api::{InboxPost, InboxPosted};
use reeeductio_proto::{
    Capability, ErrorCode, MemberId, Operation, Pattern, encoding, inbox_item_statement,
};

use super::space::PolicySpace;
use crate::rig::{Member, Rig, START, code, keys, space};

/// Milliseconds of a day.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// A text that a member posts to another.
#[derive(Clone)]
struct Letter<'a> {
    to: MemberId,
    item: [u8; 16],
    text: &'a str,
    expires: u64,
}

impl<'a> Letter<'a> {
    fn new(to: &Member, number: u8, text: &'a str) -> Self {
        Self {
            to: to.id,
            item: [number; 16],
            text,
            expires: 0,
        }
    }

    /// Seals it to the recipient, whose key has the seed of its name, and signs it.
    fn seal(&self, by: &Member, recipient: &Identity) -> InboxPost {
        let (space, key) = (space(), recipient.decryption_key(0));
        let context = ItemContext {
            space: &space,
            recipient: &self.to,
            sender: &by.id,
            item: self.item,
        };
        let content = ItemContent {
            content_type: "text".to_owned(),
            body: self.text.as_bytes().to_vec().into(),
        };
        let key = key.encryption_key().unwrap();
        let sealed = key.seal_item(context, &content, &[9; 32]).unwrap();
        let signature = context.sign(self.expires, &sealed, &by.keys);
        InboxPost {
            item: encoding::encode(&self.item),
            sealed: encoding::encode(&sealed),
            expires: self.expires,
            signature: signature.to_string(),
        }
    }

    async fn post(&self, rig: &Rig, by: &Member, to: &Member) -> Result<InboxPosted, Refusal> {
        let body = self.seal(by, &to.keys);
        let to = self.to.to_string();
        rig.engine.post_item(&by.caller, &to, body).await
    }
}

/// An item of any bytes that has the form of one.
fn raw(by: &Member, to: MemberId, number: u8, length: usize) -> InboxPost {
    let mut sealed = vec![number; length];
    sealed[0] = 1;
    let item = [number; 16];
    let statement = inbox_item_statement(&space(), &to, item, 0, &sealed);
    InboxPost {
        item: encoding::encode(&item),
        sealed: encoding::encode(&sealed),
        expires: 0,
        signature: by.keys.sign(&statement).to_string(),
    }
}

const ALL: InboxRequest = InboxRequest {
    after: None,
    limit: 256,
};

/// The first bytes of the ids of what is in a member's inbox.
async fn inbox(rig: &Rig, member: &Member) -> Vec<u8> {
    let items = rig.engine.inbox(&member.caller, ALL).await.unwrap().items;
    items.iter().map(|item| item.id[0]).collect()
}

async fn acknowledge(rig: &Rig, member: &Member, numbers: &[u8]) -> Result<(), Refusal> {
    let items: Vec<String> = numbers
        .iter()
        .map(|number| encoding::encode(&[*number; 16]))
        .collect();
    rig.engine.acknowledge_items(&member.caller, &items).await
}

impl PolicySpace {
    /// Gives a member a right, in the place of the one that this gave before.
    async fn allow(&mut self, to: &Member, op: Operation, path: &str) {
        let right = Capability {
            op,
            path: Pattern::parse(path).unwrap(),
            must_be_owner: false,
            expires_at: None,
        };
        let entry = state_entry::right_of_member(to.id, "inbox", &right).unwrap();
        let owner = self.owner.clone();
        self.command(&owner, &[entry]).await.unwrap();
    }

    /// Three users, of whom the first two may post to every inbox.
    async fn three(&mut self) -> [Member; 3] {
        let (ada, bob) = (self.user(2).await, self.user(3).await);
        for user in [&ada, &bob] {
            self.allow(user, Operation::Create, "inbox/{any}").await;
        }
        [ada, bob, self.user(4).await]
    }
}

#[tokio::test]
async fn an_item_is_read_by_its_recipient_alone_and_as_it_was_posted() {
    let mut made = PolicySpace::make(Rig::start()).await;
    let [ada, bob, carol] = made.three().await;
    let rig = &made.rig;
    let expires = u64::try_from(START + DAY).unwrap();
    let letter = Letter {
        expires,
        ..Letter::new(&carol, 7, "for Carol")
    };
    let posted = letter.post(rig, &ada, &carol).await.unwrap();
    assert_eq!(posted.received_at, rig.now());
    for other in [&ada, &bob, &made.owner] {
        assert_eq!(inbox(rig, other).await, [0; 0]);
    }
    let items = rig.engine.inbox(&carol.caller, ALL).await.unwrap().items;
    let [item] = items.as_slice() else {
        panic!("{items:?}");
    };
    assert_eq!(item.received_at, posted.received_at);
    let body = letter.seal(&ada, &carol.keys);
    assert_eq!(encoding::encode(&item.sealed), body.sealed);
    let space = space();
    let context = ItemContext {
        space: &space,
        recipient: &carol.id,
        sender: &item.sender,
        item: item.id,
    };
    assert_eq!(item.sender, ada.id);
    assert_eq!(
        context.verify(item.expires, &item.sealed, &item.signature),
        Ok(())
    );
    let key = carol.keys.decryption_key(0);
    let content = key.open_item(context, &item.sealed).unwrap();
    assert_eq!(&**content.body, b"for Carol");
}

#[tokio::test]
async fn an_item_is_one_however_often_it_is_posted() {
    let mut made = PolicySpace::make(Rig::start()).await;
    let [ada, bob, carol] = made.three().await;
    let rig = &made.rig;
    let letter = Letter::new(&carol, 7, "once");
    let posted = letter.post(rig, &ada, &carol).await.unwrap();
    rig.clock.advance(1_000);
    assert_eq!(letter.post(rig, &ada, &carol).await.unwrap(), posted);
    assert_eq!(inbox(rig, &carol).await, [7]);
    // The id stands for nothing else: neither from its sender nor from another.
    let other = Letter {
        text: "twice",
        ..letter.clone()
    };
    let refused = other.post(rig, &ada, &carol).await;
    assert_eq!(code(refused), ErrorCode::InboxItemExists);
    let later = Letter {
        expires: u64::try_from(START + DAY).unwrap(),
        ..letter.clone()
    };
    let refused = later.post(rig, &ada, &carol).await;
    assert_eq!(code(refused), ErrorCode::InboxItemExists);
    let refused = letter.post(rig, &bob, &carol).await;
    assert_eq!(code(refused), ErrorCode::InboxItemExists);
    // Also if the bytes are the same.
    let to = carol.id.to_string();
    let by_ada = raw(&ada, carol.id, 9, 1_339);
    rig.engine
        .post_item(&ada.caller, &to, by_ada)
        .await
        .unwrap();
    let by_bob = raw(&bob, carol.id, 9, 1_339);
    let refused = rig.engine.post_item(&bob.caller, &to, by_bob).await;
    assert_eq!(code(refused), ErrorCode::InboxItemExists);
    acknowledge(rig, &carol, &[9]).await.unwrap();
    // An answer that was lost does not bring back what the recipient has.
    for _ in 0..2 {
        acknowledge(rig, &carol, &[7, 8]).await.unwrap();
    }
    assert_eq!(letter.post(rig, &ada, &carol).await.unwrap(), posted);
    assert_eq!(inbox(rig, &carol).await, [0; 0]);
}

#[tokio::test]
async fn a_sender_fills_its_own_part_of_an_inbox_and_no_more() {
    let tally = |count| Tally {
        count,
        bytes: u64::MAX,
    };
    let rig = Rig::with(|config| {
        config.limits.inbox = InboxLimits {
            inbox: tally(8),
            sender: tally(3),
        };
    });
    let mut made = PolicySpace::make(rig).await;
    let [ada, bob, carol] = made.three().await;
    let rig = &made.rig;
    let post = async |by: &Member, number| {
        let letter = Letter::new(&carol, number, "");
        letter.post(rig, by, &carol).await
    };
    for number in 0..3 {
        post(&ada, number).await.unwrap();
    }
    for number in 3..50 {
        assert_eq!(code(post(&ada, number).await), ErrorCode::InboxFull);
    }
    // A repeated item needs no room, and others have room.
    post(&ada, 0).await.unwrap();
    post(&bob, 60).await.unwrap();
    post(&made.owner, 61).await.unwrap();
    acknowledge(rig, &carol, &[1]).await.unwrap();
    post(&ada, 4).await.unwrap();
    assert_eq!(inbox(rig, &carol).await, [0, 2, 60, 61, 4]);
}

#[test]
fn an_inbox_holds_what_the_specification_says() {
    let limits = InboxLimits::default();
    assert_eq!(
        (limits.inbox.count, limits.inbox.bytes),
        (10_000, 64 * 1024 * 1024)
    );
    assert_eq!(limits.sender.count * 8, limits.inbox.count);
    assert_eq!(limits.sender.bytes * 8, limits.inbox.bytes);
}

#[tokio::test]
async fn items_are_kept_until_they_expire_and_for_thirty_days_at_most() {
    let mut made = PolicySpace::make(Rig::start()).await;
    let [ada, _, carol] = made.three().await;
    let rig = &made.rig;
    let now = rig.now();
    for (number, expires) in [(1, 0), (2, now + DAY), (3, now + 100 * DAY), (4, i64::MAX)] {
        let letter = Letter {
            expires: u64::try_from(expires).unwrap(),
            ..Letter::new(&carol, number, "")
        };
        letter.post(rig, &ada, &carol).await.unwrap();
    }
    for expires in [1, now - 1, now] {
        let letter = Letter {
            expires: u64::try_from(expires).unwrap(),
            ..Letter::new(&carol, 5, "")
        };
        let refused = letter.post(rig, &ada, &carol).await;
        assert_eq!(code(refused), ErrorCode::InboxExpired);
    }
    let usage = async || {
        let usage = rig.records.usage(space(), Some(ada.id)).await.unwrap();
        usage.messages.count
    };
    let before = usage().await;
    let at = async |later| {
        rig.clock.advance(now + later - rig.now());
        let engine = &rig.engine;
        let carol = rig.sign_in(carol.id, 4).await.unwrap();
        let listed = engine.inbox(&carol.caller, ALL).await.unwrap().items;
        let removed = engine.remove_expired_items().await.unwrap();
        (listed.len(), removed)
    };
    assert_eq!(at(DAY - 1).await, (4, 0));
    assert_eq!(at(DAY).await, (3, 1));
    assert_eq!(usage().await, before - 1);
    assert_eq!(at(30 * DAY - 1).await, (3, 0));
    assert_eq!(at(30 * DAY).await, (0, 3));
    assert_eq!(usage().await, before - 4);
}

#[tokio::test]
async fn a_member_acknowledges_in_its_own_inbox_only() {
    let mut made = PolicySpace::make(Rig::start()).await;
    let [ada, bob, carol] = made.three().await;
    let rig = &made.rig;
    for (number, to) in [(1, &bob), (1, &carol), (2, &carol)] {
        let letter = Letter::new(to, number, "");
        letter.post(rig, &ada, to).await.unwrap();
    }
    for other in [&ada, &bob, &made.owner] {
        acknowledge(rig, other, &[1, 2]).await.unwrap();
    }
    assert_eq!(inbox(rig, &carol).await, [1, 2]);
    assert_eq!(inbox(rig, &bob).await, [0; 0]);
    let page = InboxRequest {
        after: None,
        limit: 1,
    };
    let first = rig.engine.inbox(&carol.caller, page).await.unwrap();
    assert!(first.has_more);
    let page = InboxRequest {
        after: Some(first.items[0].received_at),
        ..page
    };
    let second = rig.engine.inbox(&carol.caller, page).await.unwrap();
    assert_eq!((second.items[0].id[0], second.has_more), (2, false));
}

#[tokio::test]
async fn a_removed_member_reads_its_inbox_no_more_and_finds_it_when_it_is_back() {
    let mut made = PolicySpace::make(Rig::start()).await;
    let [ada, bob, carol] = made.three().await;
    Letter::new(&carol, 1, "")
        .post(&made.rig, &ada, &carol)
        .await
        .unwrap();
    Letter::new(&bob, 2, "")
        .post(&made.rig, &ada, &bob)
        .await
        .unwrap();
    made.remove(carol.id).await;
    made.remove(ada.id).await;
    let read = made.rig.engine.inbox(&carol.caller, ALL).await;
    assert_eq!(code(read), ErrorCode::TokenRevoked);
    let acknowledged = acknowledge(&made.rig, &carol, &[1]).await;
    assert_eq!(code(acknowledged), ErrorCode::TokenRevoked);
    // Items that a member posted before it was removed stay.
    assert_eq!(inbox(&made.rig, &bob).await, [2]);
    let (owner, definition) = (made.owner.clone(), state_entry::user(carol.id, None));
    made.command(&owner, &[definition.unwrap()]).await.unwrap();
    let carol = made.rig.sign_in(carol.id, 4).await.unwrap();
    assert_eq!(inbox(&made.rig, &carol).await, [1]);
}

#[tokio::test]
async fn a_tool_uses_itself_up_by_its_items() {
    let mut made = PolicySpace::make(Rig::start()).await;
    let [_, bob, _] = made.three().await;
    let owner = made.owner.clone();
    let id = MemberId::tool(*keys(50).user_id().public_key());
    let definition = StateEntry {
        path: state_entry::member_path(id).unwrap(),
        value: r#"{"use_limit": 1}"#.to_owned(),
    };
    made.command(&owner, &[definition]).await.unwrap();
    let tool = made.rig.sign_in(id, 50).await.unwrap();
    made.allow(&tool, Operation::Create, "inbox/{any}").await;
    let post = async |number| {
        let letter = Letter::new(&bob, number, "");
        letter.post(&made.rig, &tool, &bob).await
    };
    let posted = post(1).await.unwrap();
    assert_eq!(post(1).await.unwrap(), posted);
    assert_eq!(code(post(2).await), ErrorCode::ToolUseLimit);
    // A tool has an inbox, too.
    Letter::new(&tool, 3, "")
        .post(&made.rig, &owner, &tool)
        .await
        .unwrap();
    assert_eq!(inbox(&made.rig, &tool).await, [3]);
}

#[tokio::test]
async fn items_count_against_the_quota_of_messages() {
    let rig = Rig::with(|config| {
        config.limits.storage.messages = Quotas {
            member: Quota {
                count: None,
                bytes: Some(3_000),
            },
            ..Quotas::default()
        };
    });
    let mut made = PolicySpace::make(rig).await;
    let ada = made.user(2).await;
    // The owner's own state has filled its quota.
    let letter = Letter::new(&ada, 1, "");
    let refused = letter.post(&made.rig, &made.owner, &ada).await;
    assert_eq!(code(refused), ErrorCode::QuotaExceeded);
}
