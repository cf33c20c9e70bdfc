//! The owner among the users: both published clients register it there.

use super::*;

#[test]
fn the_owner_registers_itself_and_takes_a_role_and_its_powers_stay_what_they_are() {
    let mut chain = Chain::new();
    let (owner, ada) = (user(OWNER), user(2));
    let definition = format!("auth/users/{owner}");
    chain.own("auth/roles/reader", "{}");
    chain.own(
        "auth/roles/reader/rights/r",
        r#"{"op": "read", "path": "topics/one"}"#,
    );
    let grant = format!(r#"{{"user_id": "{owner}", "role_id": "reader"}}"#);
    // With the role and without, before it is registered and after.
    for _ in 0..2 {
        chain.own(&definition, &format!(r#"{{"user_id": "{owner}"}}"#));
        chain.own(&format!("{definition}/roles/reader"), &grant);
        chain.own(
            &format!("{definition}/rights/r"),
            r#"{"op": "read", "path": "topics/one"}"#,
        );
        let signed_in_as_space = MemberId::owner_of(chain.view.space());
        for id in [owner, signed_in_as_space] {
            assert!(chain.view.is_member(&id, chain.time));
            assert!(chain.may_read(id, "two"));
            assert!(chain.view.public_key(&id).is_some());
        }
        assert_eq!(chain.view.members().count(), 0);
        chain.own(&definition, "");
        assert!(chain.may_read(owner, "two"));
    }
    chain.add(ada);
    assert_eq!(chain.view.members().collect::<Vec<_>>(), [&ada]);
}

#[test]
fn the_owner_takes_a_role_without_being_registered() {
    let mut chain = Chain::new();
    let owner = user(OWNER);
    chain.own("auth/roles/reader", "{}");
    let grant = format!(r#"{{"user_id": "{owner}", "role_id": "reader"}}"#);
    chain.own(&format!("auth/users/{owner}/roles/reader"), &grant);
}

#[test]
fn nobody_else_changes_the_owner_by_its_definition() {
    let mut chain = Chain::new();
    let (owner, ada) = (user(OWNER), user(2));
    chain.add(ada);
    chain.grant(ada, "u", "write", "state/auth/users/{any}");
    let definition = format!("auth/users/{owner}");
    for value in ["{}", ""] {
        chain.write(2, &definition, value).unwrap();
        assert!(chain.may_read(owner, "general"));
    }
    let own = chain.write(2, &format!("auth/users/{ada}"), "{}");
    assert_eq!(own, Err(ErrorCode::AuthSelfDefinition));
}
