//! Invite links.

use super::*;
use crate::state_entry;

const LINK: u8 = 40;

/// A space with a role and a link to it with some uses, which expires in a million milliseconds.
fn with_link(uses: u32) -> Chain {
    let mut chain = Chain::with_policy(History::Static);
    chain.own("auth/roles/guest", "{}");
    chain.own(
        "auth/roles/guest/rights/r",
        r#"{"op": "read", "path": "topics/{any}"}"#,
    );
    make(&mut chain, OWNER, LINK, uses).unwrap();
    chain
}

fn make(chain: &mut Chain, by: u8, seed: u8, uses: u32) -> Result<(), ErrorCode> {
    let entry = link_entry(seed, uses, "guest");
    chain.put(by, user(by), &entry)
}

fn link_entry(seed: u8, uses: u32, role: &str) -> crate::StateEntry {
    let terms = LinkTerms {
        uses,
        role: role.to_owned(),
    };
    state_entry::link(tool(seed), Some("for friends"), &terms, NOW + 1_000_000).unwrap()
}

fn join(chain: &mut Chain, link: u8, guest: MemberId) -> Result<(), ErrorCode> {
    chain.write_as(link, tool(link), &format!("auth/users/{guest}"), "{}")
}

fn assign(chain: &mut Chain, guest: MemberId, role: &str) -> Result<(), ErrorCode> {
    let body = format!(r#"{{"user_id": "{guest}", "role_id": "{role}"}}"#);
    let path = format!("auth/users/{guest}/roles/{role}");
    chain.write_as(LINK, tool(LINK), &path, &body)
}

#[test]
fn a_link_lets_in_newcomers_with_its_role_and_without_rights_of_its_own() {
    let mut chain = with_link(2);
    let ada = user(2);
    join(&mut chain, LINK, ada).unwrap();
    assign(&mut chain, ada, "guest").unwrap();
    assert!(chain.may_read(ada, "general") && !chain.may_read(tool(LINK), "general"));
    let link = chain.view.link(&tool(LINK)).unwrap();
    assert_eq!((link.uses, link.used, link.ended), (2, 1, false));
    assert_eq!((&*link.role, link.expires_at), ("guest", NOW + 1_000_000));
}

#[test]
fn a_link_gives_its_one_role_to_those_that_it_let_in_alone() {
    let mut chain = with_link(2);
    let (ada, bob) = (user(2), user(3));
    chain.own("auth/roles/admin", "{}");
    chain.add(bob);
    join(&mut chain, LINK, ada).unwrap();
    let denied = Err(ErrorCode::PermissionDenied);
    assert_eq!(assign(&mut chain, ada, "admin"), denied);
    assert_eq!(assign(&mut chain, bob, "guest"), denied);
    let right = r#"{"op": "read", "path": "topics/{any}"}"#;
    let path = format!("auth/users/{ada}/rights/r");
    assert_eq!(
        chain.write_as(LINK, tool(LINK), &path, right),
        Err(ErrorCode::GrantEscalation)
    );
    // The link does not give again a role that was taken back.
    assign(&mut chain, ada, "guest").unwrap();
    chain.own(&format!("auth/users/{ada}/roles/guest"), "");
    assert_eq!(assign(&mut chain, ada, "guest"), denied);
    // The role of this name that is defined later is another one.
    let eve = user(4);
    join(&mut chain, LINK, eve).unwrap();
    chain.own("auth/roles/guest", "");
    chain.own("auth/roles/guest", "{}");
    assert_eq!(assign(&mut chain, eve, "guest"), denied);
}

#[test]
fn what_a_link_defines_beyond_its_uses_has_no_effect_past_the_server_either() {
    let mut chain = with_link(1);
    join(&mut chain, LINK, user(2)).unwrap();
    assert_eq!(
        join(&mut chain, LINK, user(3)),
        Err(ErrorCode::ToolUseLimit)
    );
    let path = format!("auth/users/{}", user(3));
    let applied = chain.had(LINK, tool(LINK), &path, "{}");
    assert!(matches!(applied, Applied::Ignored(_)));
    assert!(!chain.view.is_member(&user(3), chain.time));
    // It finishes what it began.
    assign(&mut chain, user(2), "guest").unwrap();
    assert_eq!(chain.view.link(&tool(LINK)).unwrap().used, 1);
}

#[test]
fn a_link_does_not_let_in_a_member_again_that_was_removed_or_left() {
    let mut chain = with_link(9);
    let (ada, bob) = (user(2), user(3));
    join(&mut chain, LINK, ada).unwrap();
    join(&mut chain, LINK, bob).unwrap();
    chain.own(&format!("auth/users/{ada}"), "");
    chain.write(3, &format!("auth/leaves/{bob}"), "{}").unwrap();
    // Not by a link that was made since.
    make(&mut chain, OWNER, 41, 9).unwrap();
    for guest in [ada, bob] {
        let refused = join(&mut chain, 41, guest);
        assert_eq!(refused, Err(ErrorCode::PermissionDenied));
        let path = format!("auth/users/{guest}");
        let applied = chain.had(41, tool(41), &path, "{}");
        assert!(matches!(applied, Applied::Ignored(_)));
        assert!(!chain.view.is_member(&guest, chain.time));
    }
    chain.grant(tool(41), "m", "write", "state/auth/users/{any}");
    assert!(join(&mut chain, 41, ada).is_err());
    assert_eq!(chain.view.link(&tool(41)).unwrap().used, 0);
}

#[test]
fn a_removal_ends_every_link_and_nobody_brings_one_back() {
    let mut chain = with_link(9);
    let ada = user(2);
    chain.add(ada);
    make(&mut chain, OWNER, 41, 9).unwrap();
    join(&mut chain, LINK, user(3)).unwrap();
    chain.grant(tool(LINK), "r", "read", "topics/{any}");
    assert!(chain.may_read(tool(LINK), "general"));
    chain.own(&format!("auth/users/{ada}"), "");
    for seed in [LINK, 41] {
        assert!(chain.view.link(&tool(seed)).unwrap().ended);
        assert!(!chain.view.is_member(&tool(seed), chain.time));
        let refused = join(&mut chain, seed, user(4));
        assert_eq!(refused, Err(ErrorCode::MemberUnknown));
    }
    assert!(!chain.may_read(tool(LINK), "general"));
    assert!(assign(&mut chain, user(3), "guest").is_err());
    // The owner neither, in one step or in two, as a link or as a plain tool.
    let entry = link_entry(LINK, 9, "guest");
    let invalid = Err(ErrorCode::AuthInvalidEntry);
    for before in ["{}", ""] {
        assert_eq!(chain.put(OWNER, user(OWNER), &entry), invalid, "{before}");
        assert_eq!(chain.write(OWNER, entry.path.as_str(), "{}"), invalid);
        let applied = chain.had(OWNER, user(OWNER), entry.path.as_str(), "{}");
        assert!(matches!(applied, Applied::Ignored(_)));
        if !before.is_empty() {
            chain.own(entry.path.as_str(), "");
        }
    }
    assert!(!chain.view.is_member(&tool(LINK), chain.time));
    make(&mut chain, OWNER, 42, 1).unwrap();
    join(&mut chain, 42, user(4)).unwrap();
}

#[test]
fn leaving_ends_links_and_the_end_of_a_link_ends_no_other() {
    let mut chain = with_link(9);
    let ada = user(2);
    chain.add(ada);
    make(&mut chain, OWNER, 41, 9).unwrap();
    chain.own(&format!("auth/tools/{}", tool(41)), "");
    assert!(chain.view.link(&tool(41)).unwrap().ended);
    assert!(!chain.view.link(&tool(LINK)).unwrap().ended);
    // Removing nobody ends nothing.
    chain.own(&format!("auth/users/{}", user(9)), "");
    assert!(!chain.view.link(&tool(LINK)).unwrap().ended);
    chain.write(2, &format!("auth/leaves/{ada}"), "{}").unwrap();
    assert!(chain.view.link(&tool(LINK)).unwrap().ended);
}

#[test]
fn a_tool_that_is_no_link_does_not_become_one() {
    let mut chain = with_link(1);
    let bot = tool(41);
    chain.add(bot);
    let refused = make(&mut chain, OWNER, 41, 1);
    assert_eq!(refused, Err(ErrorCode::AuthInvalidEntry));
    chain.own(&format!("auth/tools/{bot}"), "");
    let refused = make(&mut chain, OWNER, 41, 1);
    assert_eq!(refused, Err(ErrorCode::AuthInvalidEntry));
}

#[test]
fn a_link_expires_has_uses_and_names_a_role_that_exists() {
    let mut chain = with_link(1);
    let path = format!("auth/tools/{}", tool(41));
    let soon = NOW + 1_000;
    for body in [
        r#"{"link": {"uses": 1, "role": "guest"}}"#.to_owned(),
        r#"{"link": {"uses": 1, "role": "guest"}, "expires_at": 0}"#.to_owned(),
        format!(r#"{{"link": {{"uses": 0, "role": "guest"}}, "expires_at": {soon}}}"#),
        format!(r#"{{"link": {{"uses": 1000001, "role": "guest"}}, "expires_at": {soon}}}"#),
        format!(r#"{{"link": {{"uses": 1, "role": "nobody"}}, "expires_at": {soon}}}"#),
        format!(r#"{{"link": {{"uses": 1}}, "expires_at": {soon}}}"#),
        format!(r#"{{"link": 7, "expires_at": {soon}}}"#),
    ] {
        let refused = chain.write(OWNER, &path, &body);
        assert_eq!(refused, Err(ErrorCode::AuthInvalidEntry), "{body}");
        let applied = chain.had(OWNER, user(OWNER), &path, &body);
        assert!(matches!(applied, Applied::Ignored(_)), "{body}");
    }
    assert_eq!(chain.view.link(&tool(41)), None);
    let body = format!(
        r#"{{"link": {{"uses": 1, "role": "guest", "colour": 1}}, "expires_at": {soon}, "x": 1}}"#
    );
    chain.own(&path, &body);
    // Up to the last moment.
    chain.time = soon - 1;
    join(&mut chain, 41, user(2)).unwrap();
    let mut late = with_link(1);
    late.time = NOW + 1_000_001;
    let refused = join(&mut late, LINK, user(2));
    assert_eq!(refused, Err(ErrorCode::MemberUnknown));
}

#[test]
fn a_member_makes_no_link_to_a_role_that_it_could_not_assign() {
    let mut chain = with_link(1);
    let ada = user(2);
    chain.add(ada);
    chain.grant(ada, "tools", "create", "state/auth/tools/{...}");
    chain.grant(ada, "users", "create", "state/auth/users/{...}");
    let escalation = Err(ErrorCode::GrantEscalation);
    assert_eq!(make(&mut chain, 2, 41, 1), escalation);
    let entry = link_entry(41, 1, "guest");
    let applied = chain.had(2, ada, entry.path.as_str(), &entry.value);
    assert!(matches!(applied, Applied::Ignored(_)));
    chain.grant(ada, "read", "read", "topics/{any}");
    make(&mut chain, 2, 41, 1).unwrap();
    // A member that cannot let in users makes no link that does.
    let bob = user(3);
    chain.add(bob);
    chain.grant(bob, "tools", "create", "state/auth/tools/{...}");
    chain.grant(bob, "read", "read", "topics/{any}");
    assert_eq!(make(&mut chain, 3, 42, 1), escalation);
}
