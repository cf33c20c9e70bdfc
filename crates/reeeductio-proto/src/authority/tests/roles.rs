//! A role and what was given before it was defined.

use super::*;

const BOSS: &str = r#"{"op": "write", "path": "{...}"}"#;

fn grant_path(member: MemberId, role: &str) -> String {
    format!("auth/users/{member}/roles/{role}")
}

fn grant(member: MemberId, role: &str) -> String {
    format!(r#"{{"user_id": "{member}", "role_id": "{role}"}}"#)
}

fn assigning(role: &str) -> String {
    format!(r#"{{"op": "create", "path": "state/auth/users/{{any}}/roles/{role}"}}"#)
}

/// Ada may assign any role, and the space has none.
fn with_ada() -> (Chain, MemberId) {
    let mut chain = Chain::new();
    let ada = user(2);
    chain.add(ada);
    chain.grant(ada, "roles", "write", "state/auth/users/{any}/roles/{any}");
    (chain, ada)
}

fn define_boss(chain: &mut Chain) {
    chain.own("auth/roles/boss", "{}");
    chain.own("auth/roles/boss/rights/all", BOSS);
}

#[test]
fn nobody_is_given_a_role_that_does_not_exist() {
    let (mut chain, ada) = with_ada();
    let bob = user(3);
    chain.add(bob);
    for (author, seed) in [(ada, 2), (user(OWNER), OWNER)] {
        for member in [ada, bob] {
            let refused = chain.write_as(
                seed,
                author,
                &grant_path(member, "boss"),
                &grant(member, "boss"),
            );
            assert_eq!(refused, Err(ErrorCode::AuthInvalidEntry));
        }
    }
    let refusal = chain
        .judge(ada, &grant_path(ada, "boss"), &grant(ada, "boss"))
        .unwrap_err();
    assert_eq!(refusal.field(), Some("role_id"));
    assert!(
        refusal.to_string().contains("write auth/roles/boss first"),
        "{refusal}"
    );
}

#[test]
fn a_role_taken_before_it_is_defined_gives_nothing_then() {
    let (mut chain, ada) = with_ada();
    assert_eq!(
        chain.had(2, ada, &grant_path(ada, "boss"), &grant(ada, "boss")),
        Applied::Changed
    );
    define_boss(&mut chain);
    assert!(!chain.may_read(ada, "general"));
    // Nor if the role was filled before it was defined.
    let (mut chain, ada) = with_ada();
    assert_eq!(
        chain.had(OWNER, user(OWNER), "auth/roles/boss/rights/all", BOSS),
        Applied::Changed
    );
    assert_eq!(
        chain.had(2, ada, &grant_path(ada, "boss"), &grant(ada, "boss")),
        Applied::Changed
    );
    assert!(!chain.may_read(ada, "general"));
    chain.own("auth/roles/boss", "{}");
    assert!(!chain.may_read(ada, "general"));
}

#[test]
fn a_role_taken_while_it_was_removed_gives_nothing_when_it_is_back() {
    let (mut chain, ada) = with_ada();
    let bob = user(3);
    chain.add(bob);
    define_boss(&mut chain);
    chain.own(&grant_path(bob, "boss"), &grant(bob, "boss"));
    assert!(chain.may_read(bob, "general"));
    chain.own("auth/roles/boss", "");
    assert!(!chain.may_read(bob, "general"));
    assert_eq!(
        chain.write(2, &grant_path(ada, "boss"), &grant(ada, "boss")),
        Err(ErrorCode::AuthInvalidEntry)
    );
    assert_eq!(
        chain.had(2, ada, &grant_path(ada, "boss"), &grant(ada, "boss")),
        Applied::Changed
    );
    define_boss(&mut chain);
    assert!(!chain.may_read(ada, "general") && !chain.may_read(bob, "general"));
    chain.own(&grant_path(bob, "boss"), &grant(bob, "boss"));
    assert!(chain.may_read(bob, "general"));
}

#[test]
fn a_definition_written_again_keeps_what_the_role_gave() {
    let (mut chain, ada) = with_ada();
    let bot = tool(4);
    chain.add(bot);
    define_boss(&mut chain);
    chain.own(&grant_path(ada, "boss"), &grant(ada, "boss"));
    chain.own(&format!("auth/tools/{bot}/rights/r"), &assigning("boss"));
    chain.own(
        "auth/roles/boss",
        r#"{"role_id": "boss", "description": "runs it"}"#,
    );
    assert!(chain.may_read(ada, "general"));
    let bob = user(3);
    chain.add(bob);
    assert_eq!(
        chain.write_as(4, bot, &grant_path(bob, "boss"), &grant(bob, "boss")),
        Ok(())
    );
}

#[test]
fn a_tool_made_to_assign_a_role_before_it_is_defined_does_not_assign_it_then() {
    let mut chain = Chain::new();
    let (bot, wide, ada) = (tool(3), tool(4), user(2));
    for member in [bot, wide, ada] {
        chain.add(member);
    }
    chain.own(&format!("auth/tools/{bot}/rights/r"), &assigning("boss"));
    chain.own(&format!("auth/tools/{wide}/rights/r"), &assigning("{any}"));
    define_boss(&mut chain);
    let (path, body) = (grant_path(ada, "boss"), grant(ada, "boss"));
    assert_eq!(
        chain.write_as(3, bot, &path, &body),
        Err(ErrorCode::PermissionDenied)
    );
    // The same right given now counts, and one that names no role in particular did not end.
    chain.own(&format!("auth/tools/{bot}/rights/r"), &assigning("boss"));
    assert_eq!(chain.write_as(3, bot, &path, &body), Ok(()));
    chain.own(&path, "");
    assert_eq!(
        chain
            .judge(wide, &path, &body)
            .map_err(|refusal| refusal.code()),
        Err(ErrorCode::PermissionDenied),
        "it may create, and something was there"
    );
    let other = user(5);
    chain.add(other);
    assert_eq!(
        chain.write_as(4, wide, &grant_path(other, "boss"), &grant(other, "boss")),
        Ok(())
    );
    // Removing the role and defining it again ends the right again.
    chain.own("auth/roles/boss", "");
    chain.own("auth/roles/boss", "{}");
    let late = user(6);
    chain.add(late);
    assert_eq!(
        chain.write_as(3, bot, &grant_path(late, "boss"), &grant(late, "boss")),
        Err(ErrorCode::PermissionDenied)
    );
}

#[test]
fn rights_of_users_and_roles_to_assign_a_role_belong_to_the_role_as_it_was() {
    let mut chain = Chain::new();
    let (ada, bob, cleo) = (user(2), user(3), user(4));
    for member in [ada, bob, cleo] {
        chain.add(member);
    }
    let own = format!("auth/users/{ada}/rights/r");
    assert_eq!(
        chain.write(OWNER, &own, &assigning("guest")),
        Err(ErrorCode::AuthInvalidEntry)
    );
    chain.own("auth/roles/host", "{}");
    assert_eq!(
        chain.write(OWNER, "auth/roles/host/rights/r", &assigning("guest")),
        Err(ErrorCode::AuthInvalidEntry)
    );
    chain.own("auth/roles/guest", "{}");
    chain.own(&own, &assigning("guest"));
    chain.own("auth/roles/host/rights/r", &assigning("guest"));
    chain.own(&grant_path(bob, "host"), &grant(bob, "host"));
    for seed in [2, 3] {
        assert_eq!(
            chain.judge(
                user(seed),
                &grant_path(cleo, "guest"),
                &grant(cleo, "guest")
            ),
            Ok(())
        );
    }
    chain.own("auth/roles/guest", "");
    chain.own("auth/roles/guest", "{}");
    for seed in [2, 3] {
        let refused = chain.write(seed, &grant_path(cleo, "guest"), &grant(cleo, "guest"));
        assert_eq!(refused, Err(ErrorCode::PermissionDenied));
    }
}

#[test]
fn an_invitation_of_the_published_clients_works_where_no_role_user_is_defined() {
    let mut chain = Chain::new();
    let (bot, ada, bob) = (tool(3), user(2), user(4));
    chain.add(bot);
    chain.grant(bot, "can_create_user", "create", "state/auth/users/{any}");
    chain.own(
        &format!("auth/tools/{bot}/rights/can_grant_user_role"),
        &assigning("user"),
    );
    for guest in [ada, bob] {
        chain
            .write_as(3, bot, &format!("auth/users/{guest}"), "{}")
            .unwrap();
    }
    chain
        .write_as(3, bot, &grant_path(ada, "user"), &grant(ada, "user"))
        .unwrap();
    assert!(chain.view.is_member(&ada, chain.time));
    // Once there is such a role, the grant made before gives nothing, and the invitation is to be made anew.
    chain.own("auth/roles/user", "{}");
    chain.own(
        "auth/roles/user/rights/r",
        r#"{"op": "read", "path": "topics/{any}"}"#,
    );
    assert!(!chain.may_read(ada, "general"));
    assert_eq!(
        chain.write_as(3, bot, &grant_path(bob, "user"), &grant(bob, "user")),
        Err(ErrorCode::PermissionDenied)
    );
}

#[test]
fn a_right_of_a_role_needs_the_role() {
    let mut chain = Chain::new();
    assert_eq!(
        chain.write(OWNER, "auth/roles/boss/rights/all", BOSS),
        Err(ErrorCode::AuthInvalidEntry)
    );
    define_boss(&mut chain);
    chain.own("auth/roles/boss", "");
    assert_eq!(
        chain.write(OWNER, "auth/roles/boss/rights/all", BOSS),
        Err(ErrorCode::AuthInvalidEntry)
    );
    // Taking back what was never there is no harm.
    chain.own("auth/roles/boss/rights/all", "");
}
