//! Spaces with a policy: their first message, settings, keys and leaves.

use super::*;
use crate::state_entry;

impl Chain {
    /// A space with a policy.
    pub(super) fn with_policy(history: History) -> Self {
        let mut chain = Self::new();
        let entry = state_entry::policy(&Policy::new(history)).unwrap();
        chain.own(entry.path.as_str(), &entry.value);
        chain
    }

    pub(super) fn put(
        &mut self,
        seed: u8,
        sender: MemberId,
        entry: &crate::StateEntry,
    ) -> Result<(), ErrorCode> {
        self.write_as(seed, sender, entry.path.as_str(), &entry.value)
    }

    /// The owner writes something that has no meaning for rights.
    pub(super) fn value(&mut self, path: &str) {
        let applied = self.had(OWNER, user(OWNER), path, "{}");
        assert_eq!(applied, Applied::Unrelated, "{path}");
    }

    /// The key of a member whose seed is `seed`, signed by `signer`.
    pub(super) fn key_entry(
        &self,
        member: MemberId,
        signer: u8,
        generation: u32,
    ) -> crate::StateEntry {
        let public_key = vec![signer; ENCRYPTION_KEY];
        let space = self.view.space();
        let statement = encryption_key_statement(&space, &member, generation, &public_key);
        let signature = Signature::from_bytes(key(signer).sign(&statement).to_bytes());
        let key = PublishedKey {
            suite: 1,
            generation,
            public_key: public_key.into(),
        };
        state_entry::encryption_key(member, &key, &signature).unwrap()
    }

    /// The owner admits a member and carries its key.
    pub(super) fn admit(&mut self, seed: u8, member: MemberId) {
        self.add(member);
        let entry = self.key_entry(member, seed, 0);
        self.put(OWNER, user(OWNER), &entry).unwrap();
    }
}

fn policy_with(field: &str, value: &str) -> String {
    let mut body: serde_json::Value = serde_json::json!({
        "version": 1, "home": "server", "history": "static", "suites": [1], "padding": "padme",
    });
    body[field] = serde_json::from_str(value).unwrap();
    body.to_string()
}

#[test]
fn the_owners_first_message_makes_a_space_with_a_policy_and_no_later_one_does() {
    let chain = Chain::with_policy(History::Rotate);
    let policy = chain.view.policy().unwrap();
    assert_eq!((policy.version, policy.history), (1, History::Rotate));
    assert_eq!(policy, &Policy::new(History::Rotate));
    let mut late = Chain::new();
    late.value("profiles/owner");
    let body = policy_with("version", "1");
    assert_eq!(
        late.write(OWNER, "space/policy", &body),
        Err(ErrorCode::SpacePolicyFixed)
    );
    // Written past the server, it is a value as any other.
    assert_eq!(
        late.had(OWNER, user(OWNER), "space/policy", &body),
        Applied::Unrelated
    );
    assert_eq!(late.view.policy(), None);
}

#[test]
fn a_policy_is_fixed_for_the_owner_too_and_cannot_be_removed() {
    let mut chain = Chain::with_policy(History::Static);
    for body in [policy_with("history", r#""rotate""#), String::new()] {
        assert_eq!(
            chain.write(OWNER, "space/policy", &body),
            Err(ErrorCode::SpacePolicyFixed)
        );
        let applied = chain.had(OWNER, user(OWNER), "space/policy", &body);
        assert!(matches!(applied, Applied::Ignored(_)));
    }
    let history = chain.view.policy().map(|policy| policy.history);
    assert_eq!(history, Some(History::Static));
}

#[test]
fn nobody_but_the_owner_makes_a_policy() {
    let mut chain = Chain::new();
    let body = policy_with("version", "1");
    assert!(chain.write(2, "space/policy", &body).is_err());
    let applied = chain.had(2, user(2), "space/policy", &body);
    assert_eq!(applied, Applied::Unrelated);
    assert_eq!(chain.view.policy(), None);
}

#[test]
fn a_policy_of_a_later_release_is_unreadable_and_not_absent() {
    for (field, value) in [
        ("version", "2"),
        ("home", r#""peers""#),
        ("history", r#""forget""#),
        ("suites", "[1, 2]"),
        ("padding", r#""none""#),
    ] {
        let mut chain = Chain::new();
        let body = policy_with(field, value);
        assert_eq!(
            chain.write(OWNER, "space/policy", &body),
            Err(ErrorCode::FormatUnknown),
            "{field}"
        );
        let applied = chain.had(OWNER, user(OWNER), "space/policy", &body);
        assert!(matches!(applied, Applied::Ignored(_)), "{field}");
        let refusal = chain.view.unreadable_policy().unwrap();
        assert_eq!(refusal.code(), ErrorCode::FormatUnknown);
        assert_eq!(refusal.field(), Some(field));
        // Nothing is judged by the rules of a space without a policy.
        let user_path = format!("auth/users/{}", user(2));
        assert_eq!(
            chain.write(OWNER, &user_path, "{}"),
            Err(ErrorCode::FormatUnknown)
        );
        let applied = chain.had(OWNER, user(OWNER), &user_path, "{}");
        assert!(matches!(applied, Applied::Ignored(_)), "{field}");
    }
}

#[test]
fn a_malformed_policy_is_refused_and_makes_no_policy() {
    for (field, value) in [
        ("version", r#""1""#),
        ("home", "7"),
        ("suites", "[]"),
        ("suites", "[1, 1]"),
        ("padding", "null"),
    ] {
        let mut chain = Chain::new();
        let body = policy_with(field, value);
        assert_eq!(
            chain.write(OWNER, "space/policy", &body),
            Err(ErrorCode::AuthInvalidEntry),
            "{field}"
        );
        let applied = chain.had(OWNER, user(OWNER), "space/policy", &body);
        assert_eq!(applied, Applied::Unrelated, "{field}");
        assert_eq!(chain.view.unreadable_policy(), None);
    }
}

#[test]
fn fields_that_a_reader_does_not_know_are_passed_over() {
    let mut chain = Chain::new();
    chain.own("space/policy", &policy_with("colour", r#""red""#));
    assert!(chain.view.policy().is_some());
    chain.own("space/settings", r#"{"mutable": true, "colour": {"r": 1}}"#);
    assert!(chain.view.settings().mutable);
    chain.add(user(2));
    let entry = chain.key_entry(user(2), 2, 0);
    let body = entry.value.replacen('{', r#"{"colour": 1, "#, 1);
    chain.own(entry.path.as_str(), &body);
    chain
        .write(2, &format!("auth/leaves/{}", user(2)), r#"{"why": "x"}"#)
        .unwrap();
    assert!(!chain.view.is_member(&user(2), chain.time));
}

#[test]
fn a_space_without_a_policy_gives_its_entries_no_meaning() {
    let mut chain = Chain::new();
    let ada = user(2);
    chain.add(ada);
    for path in [
        "space/settings".to_owned(),
        "keyring/0".to_owned(),
        format!("keyring/0/{ada}"),
        format!("auth/keys/{ada}"),
        format!("auth/leaves/{ada}"),
    ] {
        assert!(chain.judge(ada, &path, "{}").is_err(), "{path}");
        assert_eq!(chain.judge(user(OWNER), &path, "{}"), Ok(()), "{path}");
        let _applied = chain.had(OWNER, user(OWNER), &path, "{}");
        assert_eq!(chain.judge(user(OWNER), &path, ""), Ok(()), "{path}");
    }
    assert!(chain.view.is_member(&ada, chain.time));
    assert_eq!(chain.view.newest_epoch(), None);
    assert_eq!(chain.view.settings(), &Settings::default());
    assert_eq!(chain.view.newest_authority(), None);
    let link = format!("auth/tools/{}", tool(3));
    chain.own(&link, r#"{"link": 7}"#);
    assert_eq!(chain.view.link(&tool(3)), None);
}

#[test]
fn the_owner_alone_writes_settings() {
    let mut chain = Chain::with_policy(History::Static);
    let ada = user(2);
    chain.add(ada);
    chain.grant(ada, "all", "write", "{...}");
    assert_eq!(
        chain.write(2, "space/settings", r#"{"mutable": true}"#),
        Err(ErrorCode::PermissionDenied)
    );
    let log_key = key(9).verifying_key().to_bytes();
    let settings = Settings {
        visibility: Some(Visibility::Public),
        mutable: true,
        retention_days: Some(30),
        server: Some(LogServer {
            host: "spaces.example:443".to_owned(),
            log_key,
        }),
        operator_key: Some(log_key),
    };
    let entry = state_entry::settings(&settings).unwrap();
    chain.put(OWNER, user(OWNER), &entry).unwrap();
    assert_eq!(chain.view.settings(), &settings);
    for body in [
        r#"{"visibility": "secret"}"#,
        r#"{"retention_days": 0}"#,
        r#"{"server": {"host": "a/b", "log_key": "AA=="}}"#,
        r#"{"operator_key": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}"#,
        "[]",
    ] {
        assert_eq!(
            chain.write(OWNER, "space/settings", body),
            Err(ErrorCode::AuthInvalidEntry),
            "{body}"
        );
    }
    assert_eq!(chain.view.settings(), &settings);
    chain.own("space/settings", "");
    assert_eq!(chain.view.settings(), &Settings::default());
}

#[test]
fn an_entry_that_no_client_writes_so_large_is_refused_unread() {
    let mut chain = Chain::with_policy(History::Static);
    let most = 65_536 - r#"{"x":""}"#.len();
    let body = |length: usize| format!(r#"{{"x":"{}"}}"#, "a".repeat(length));
    chain.own("space/settings", &body(most));
    assert_eq!(
        chain.write(OWNER, "space/settings", &body(most + 4)),
        Err(ErrorCode::AuthInvalidEntry)
    );
}

#[test]
fn a_member_leaves_by_itself_without_a_right_and_has_nothing_afterwards() {
    let mut chain = Chain::with_policy(History::Static);
    let (ada, bot) = (user(2), tool(3));
    chain.admit(2, ada);
    chain.add(bot);
    chain.grant(ada, "r", "read", "topics/{any}");
    chain.write(2, &format!("auth/leaves/{ada}"), "{}").unwrap();
    assert!(!chain.view.is_member(&ada, chain.time) && chain.view.was_removed(&ada));
    assert!(chain.view.roster(chain.time).is_empty());
    chain.add(ada);
    assert!(!chain.may_read(ada, "general") && !chain.view.was_removed(&ada));
    chain
        .write_as(3, bot, &format!("auth/leaves/{bot}"), "{}")
        .unwrap();
    assert!(!chain.view.is_member(&bot, chain.time));
}

#[test]
fn nobody_makes_another_leave() {
    let mut chain = Chain::with_policy(History::Static);
    let (ada, bob) = (user(2), user(3));
    chain.add(ada);
    chain.add(bob);
    chain.grant(ada, "all", "write", "{...}");
    let path = format!("auth/leaves/{bob}");
    let denied = Err(ErrorCode::PermissionDenied);
    assert_eq!(chain.write(2, &path, "{}"), denied);
    assert_eq!(chain.write(OWNER, &path, "{}"), denied);
    assert!(matches!(
        chain.had(OWNER, user(OWNER), &path, "{}"),
        Applied::Ignored(_)
    ));
    assert!(chain.view.is_member(&bob, chain.time));
    let own = format!("auth/leaves/{}", user(OWNER));
    assert_eq!(
        chain.write(OWNER, &own, "{}"),
        Err(ErrorCode::AuthInvalidEntry)
    );
}

#[test]
fn messages_below_auth_are_found_by_their_digest_with_their_time() {
    let mut chain = Chain::with_policy(History::Static);
    assert_eq!(chain.view.newest_authority(), None);
    chain.add(user(2));
    let position = chain.last.unwrap();
    chain.value("profiles/owner");
    let refused = chain.had(3, user(3), &format!("auth/users/{}", user(4)), "{}");
    assert!(matches!(refused, Applied::Ignored(_)));
    let other = chain.last.unwrap();
    assert_eq!(chain.view.newest_authority(), Some(position));
    assert_eq!(
        chain.view.authority_time(position.hash.hash()),
        Some(position.timestamp)
    );
    assert_eq!(chain.view.authority_time(other.hash.hash()), None);
}
