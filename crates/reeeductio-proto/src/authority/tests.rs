//! Judging, by chains written for the purpose.

mod admission;
mod current_epoch;
mod encryption_keys;
mod keyring;
mod links;
mod names;
mod owner;
mod policy;
mod reach;
mod replay;
mod roles;
mod tokens;

use ed25519_dalek::{Signer as _, SigningKey};

use super::*;
use crate::{
    Capability, ErrorCode, MemberId, Message, MessageId, Operation, Position, Resource, Signature,
    SpaceId, StatePath, TopicId, encoding, message_hash,
};

const NOW: i64 = 1_700_000_000_000;

/// A chain under construction.
struct Chain {
    view: View,
    head: Option<MessageId>,
    last: Option<Position>,
    time: i64,
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn user(seed: u8) -> MemberId {
    MemberId::user(key(seed).verifying_key().to_bytes())
}

fn tool(seed: u8) -> MemberId {
    MemberId::tool(key(seed).verifying_key().to_bytes())
}

/// The owner's seed is 1.
const OWNER: u8 = 1;

impl Chain {
    fn new() -> Self {
        let space = SpaceId::from_public_key(key(OWNER).verifying_key().to_bytes());
        Self {
            view: View::new(space),
            head: None,
            last: None,
            time: NOW,
        }
    }

    fn sign(&mut self, seed: u8, sender: MemberId, path: &str, value: &str) -> Message {
        let data = encoding::encode(value.as_bytes());
        let topic_id = TopicId::state();
        let space = self.view.space();
        let hash = message_hash(&space, &topic_id, path, self.head.as_ref(), &data, &sender);
        self.time += 1;
        let message = Message {
            message_hash: hash,
            topic_id,
            kind: path.to_owned(),
            prev_hash: self.head,
            data,
            sender,
            signature: Signature::from_bytes(key(seed).sign(&hash.to_bytes()).to_bytes()),
            server_timestamp: self.time,
        };
        self.head = Some(hash);
        self.last = Some((&message).into());
        message
    }

    /// Writes as a user, and returns what the server would say.
    fn write(&mut self, seed: u8, path: &str, value: &str) -> Result<(), ErrorCode> {
        self.write_as(seed, user(seed), path, value)
    }

    fn write_as(
        &mut self,
        seed: u8,
        sender: MemberId,
        path: &str,
        value: &str,
    ) -> Result<(), ErrorCode> {
        self.judge(sender, path, value)
            .map_err(|refusal| refusal.code())?;
        let message = self.sign(seed, sender, path, value);
        assert_eq!(self.view.replay(&message), Applied::Changed, "{path}");
        Ok(())
    }

    /// Returns the server's decision, without writing.
    fn judge(&self, sender: MemberId, path: &str, value: &str) -> Result<(), StateRefusal> {
        let write = StateWrite {
            path: &StatePath::parse(path).unwrap(),
            data: &encoding::encode(value.as_bytes()),
            existing: None,
            prev: self.last,
        };
        judge_state_write(&self.view, &sender, &write, self.time)
    }

    /// Adds what an older server accepted, to which the judgement of new messages does not apply.
    fn had(&mut self, seed: u8, sender: MemberId, path: &str, value: &str) -> Applied {
        let message = self.sign(seed, sender, path, value);
        self.view.replay(&message)
    }

    fn own(&mut self, path: &str, value: &str) {
        self.write(OWNER, path, value).unwrap();
    }

    fn add(&mut self, member: MemberId) {
        let kind = if member.kind() == crate::MemberKind::Tool {
            "tools"
        } else {
            "users"
        };
        self.own(&format!("auth/{kind}/{member}"), "{}");
    }

    fn grant(&mut self, member: MemberId, name: &str, op: &str, path: &str) {
        let kind = if member.kind() == crate::MemberKind::Tool {
            "tools"
        } else {
            "users"
        };
        let right = format!(r#"{{"op": "{op}", "path": "{path}"}}"#);
        self.own(&format!("auth/{kind}/{member}/rights/{name}"), &right);
    }

    fn may_read(&self, member: MemberId, topic: &str) -> bool {
        self.may_read_at(member, topic, self.time)
    }

    fn may_read_at(&self, member: MemberId, topic: &str, now: i64) -> bool {
        let topic = TopicId::parse(topic).unwrap();
        let action = Action {
            op: Operation::Read,
            resource: Resource::Topic(&topic),
            owner: None,
        };
        judge(&self.view, &member, &action, now) == Verdict::Allow
    }
}

#[test]
fn a_removed_user_has_nothing_and_gets_nothing_back_with_its_name() {
    let mut chain = Chain::new();
    let ada = user(2);
    chain.add(ada);
    chain.grant(ada, "r", "read", "topics/{any}");
    assert!(chain.may_read(ada, "general"));
    chain.own(&format!("auth/users/{ada}"), "");
    assert!(!chain.may_read(ada, "general"));
    assert!(!chain.view.is_member(&ada, chain.time));
    chain.add(ada);
    assert!(chain.view.is_member(&ada, chain.time));
    assert!(!chain.may_read(ada, "general"));
}

#[test]
fn rights_roles_and_grants_can_be_taken_back() {
    let mut chain = Chain::new();
    let ada = user(2);
    chain.add(ada);
    chain.grant(ada, "r", "read", "topics/one");
    chain.own("auth/roles/reader", "{}");
    chain.own(
        "auth/roles/reader/rights/r",
        r#"{"op": "read", "path": "topics/two"}"#,
    );
    let grant = format!("auth/users/{ada}/roles/reader");
    let body = format!(r#"{{"user_id": "{ada}", "role_id": "reader"}}"#);
    chain.own(&grant, &body);
    assert!(chain.may_read(ada, "one") && chain.may_read(ada, "two"));
    chain.own(&format!("auth/users/{ada}/rights/r"), "");
    assert!(!chain.may_read(ada, "one"));
    chain.own(&grant, "");
    assert!(!chain.may_read(ada, "two"));
    chain.own(&grant, &body);
    chain.own("auth/roles/reader", "");
    assert!(!chain.may_read(ada, "two"));
}

#[test]
fn everything_that_has_a_time_lapses() {
    let mut chain = Chain::new();
    let (ada, bot) = (user(2), tool(3));
    let soon = NOW + 1_000;
    chain.add(ada);
    let right = format!(r#"{{"op": "read", "path": "topics/one", "expires_at": {soon}}}"#);
    chain.own(&format!("auth/users/{ada}/rights/r"), &right);
    chain.own("auth/roles/reader", "{}");
    chain.own(
        "auth/roles/reader/rights/r",
        r#"{"op": "read", "path": "topics/two"}"#,
    );
    let body = format!(r#"{{"user_id": "{ada}", "role_id": "reader", "expires_at": {soon}}}"#);
    chain.own(&format!("auth/users/{ada}/roles/reader"), &body);
    chain.own(
        &format!("auth/tools/{bot}"),
        &format!(r#"{{"expires_at": {soon}}}"#),
    );
    chain.grant(bot, "r", "read", "topics/one");
    for (member, topic) in [(ada, "one"), (ada, "two"), (bot, "one")] {
        assert!(chain.may_read_at(member, topic, soon));
        assert!(!chain.may_read_at(member, topic, soon + 1));
    }
}

#[test]
fn a_right_that_lapses_does_not_grant_one_that_lasts() {
    let mut chain = Chain::new();
    let (ada, bob) = (user(2), user(3));
    chain.add(ada);
    chain.add(bob);
    chain.grant(ada, "g", "create", "state/auth/users/{any}/rights/{any}");
    let soon = NOW + 1_000_000;
    let right = |until: &str| format!(r#"{{"op": "read", "path": "topics/one"{until}}}"#);
    chain.own(
        &format!("auth/users/{ada}/rights/r"),
        &right(&format!(r#", "expires_at": {soon}"#)),
    );
    let path = format!("auth/users/{bob}/rights/r");
    assert_eq!(
        chain.write(2, &path, &right("")),
        Err(ErrorCode::GrantEscalation)
    );
    let later = format!(r#", "expires_at": {}"#, soon + 1);
    assert_eq!(
        chain.write(2, &path, &right(&later)),
        Err(ErrorCode::GrantEscalation)
    );
    let sooner = format!(r#", "expires_at": {}"#, soon - 1);
    assert_eq!(chain.write(2, &path, &right(&sooner)), Ok(()));
}

#[test]
fn a_tool_does_not_grant_what_it_does_not_hold() {
    let mut chain = Chain::new();
    let bot = tool(3);
    chain.add(bot);
    chain.grant(bot, "g", "create", "state/auth/users/{any}/rights/{any}");
    let path = format!("auth/users/{}/rights/all", user(2));
    let all = r#"{"op": "write", "path": "{...}"}"#;
    assert_eq!(
        chain.write_as(3, bot, &path, all),
        Err(ErrorCode::GrantEscalation)
    );
}

#[test]
fn a_member_cannot_reach_a_stronger_role_through_a_tool_of_its_own() {
    let mut chain = Chain::new();
    let (ada, bot) = (user(2), tool(3));
    chain.add(ada);
    chain.own("auth/roles/admin", "{}");
    chain.own(
        "auth/roles/admin/rights/all",
        r#"{"op": "write", "path": "{...}"}"#,
    );
    chain.own("auth/roles/guest", "{}");
    chain.grant(ada, "tools", "create", "state/auth/tools/{...}");
    chain.grant(ada, "roles", "create", "state/auth/users/{any}/roles/{any}");
    chain.write(2, &format!("auth/tools/{bot}"), "{}").unwrap();
    let right = |role: &str| {
        format!(r#"{{"op": "create", "path": "state/auth/users/{{any}}/roles/{role}"}}"#)
    };
    let path = format!("auth/tools/{bot}/rights/r");
    assert_eq!(
        chain.write(2, &path, &right("{any}")),
        Err(ErrorCode::GrantEscalation)
    );
    assert_eq!(
        chain.write(2, &path, &right("admin")),
        Err(ErrorCode::GrantEscalation)
    );
    assert_eq!(chain.write(2, &path, &right("guest")), Ok(()));
}

#[test]
fn two_members_who_may_redefine_each_other_make_no_cycle() {
    let mut chain = Chain::new();
    let (ada, bob) = (user(2), user(3));
    for member in [ada, bob] {
        chain.add(member);
        chain.grant(member, "m", "modify", "state/auth/users/{any}");
        chain.grant(member, "r", "read", "topics/{any}");
    }
    chain.write(2, &format!("auth/users/{bob}"), "{}").unwrap();
    chain.write(3, &format!("auth/users/{ada}"), "{}").unwrap();
    assert!(chain.may_read(ada, "general") && chain.may_read(bob, "general"));
    let own = chain.write(2, &format!("auth/users/{ada}"), "{}");
    assert_eq!(own, Err(ErrorCode::AuthSelfDefinition));
}

#[test]
fn what_a_removed_author_wrote_stays_and_what_it_writes_does_not_count() {
    let mut chain = Chain::new();
    let (ada, bob) = (user(2), user(3));
    chain.add(ada);
    chain.grant(ada, "u", "write", "state/auth/users/{...}");
    chain.grant(ada, "r", "read", "topics/{any}");
    chain.write(2, &format!("auth/users/{bob}"), "{}").unwrap();
    let right = r#"{"op": "read", "path": "topics/{any}"}"#;
    chain
        .write(2, &format!("auth/users/{bob}/rights/r"), right)
        .unwrap();
    chain.own(&format!("auth/users/{ada}"), "");
    assert!(chain.may_read(bob, "general"));
    // Somebody with the database and the removed member's key adds a row.
    let forged = chain.sign(
        2,
        ada,
        &format!("auth/users/{bob}/rights/all"),
        r#"{"op": "write", "path": "{...}"}"#,
    );
    assert!(matches!(chain.view.replay(&forged), Applied::Ignored(_)));
    // Or with the database alone.
    let mut forged = chain.sign(2, user(OWNER), &format!("auth/users/{ada}"), "{}");
    assert!(matches!(chain.view.replay(&forged), Applied::Ignored(_)));
    forged.data.clear();
    assert!(matches!(chain.view.replay(&forged), Applied::Ignored(_)));
}

#[test]
fn malformed_entries_are_refused_and_never_break_a_judgement() {
    let mut chain = Chain::new();
    let ada = user(2);
    chain.add(ada);
    let rights = format!("auth/users/{ada}/rights/c");
    for body in [
        "",
        "[]",
        "7",
        "{}",
        r#"{"op": "read"}"#,
        r#"{"op": "look", "path": "state/a"}"#,
        r#"{"op": "read", "path": 7}"#,
        r#"{"path": "state/a"}"#,
        "not json",
    ] {
        if !body.is_empty() {
            assert_eq!(
                chain.write(OWNER, &rights, body),
                Err(ErrorCode::AuthInvalidEntry),
                "{body}"
            );
        }
    }
    for (path, body) in [
        (
            format!("auth/users/{ada}/roles/r"),
            r#"{"user_id": "x", "role_id": "r"}"#,
        ),
        (format!("auth/users/{ada}/roles/r"), "[]"),
        (
            format!("auth/tools/{}", tool(3)),
            r#"{"use_limit": "many"}"#,
        ),
        ("auth/users/nobody".to_owned(), "{}"),
        (format!("auth/users/{}", tool(3)), "{}"),
        ("auth/roles/r".to_owned(), r#"{"role_id": "other"}"#),
    ] {
        assert_eq!(
            chain.write(OWNER, &path, body),
            Err(ErrorCode::AuthInvalidEntry),
            "{path}"
        );
    }
    assert!(!chain.may_read(ada, "general"));
}

#[test]
fn rights_for_ones_own_hold_for_ones_own_only() {
    let own = Capability::from_json(
        br#"{"op": "write", "path": "state/posts/{any}", "must_be_owner": true}"#,
    )
    .unwrap();
    let (ada, bob) = (user(2), user(3));
    let path = StatePath::parse("posts/1").unwrap();
    let allows =
        |op, owner: Option<&MemberId>| own.allows(op, &Resource::State(&path), owner, &ada, NOW);
    assert!(allows(Operation::Create, None));
    assert!(allows(Operation::Modify, Some(&ada)) && allows(Operation::Read, Some(&ada)));
    assert!(!allows(Operation::Modify, Some(&bob)) && !allows(Operation::Read, Some(&bob)));
    assert!(!allows(Operation::Delete, None));
}

#[test]
fn a_tool_with_the_spaces_key_is_not_the_owner() {
    let chain = Chain::new();
    assert!(!chain.view.is_member(&tool(OWNER), NOW));
    assert!(
        chain
            .view
            .is_member(&MemberId::owner_of(chain.view.space()), NOW)
    );
}
