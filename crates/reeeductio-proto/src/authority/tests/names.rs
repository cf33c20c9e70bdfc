//! Names of rights and roles that were given and not taken back.

use super::*;

fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names
}

#[test]
fn names_are_those_of_what_was_given_and_not_taken_back() {
    let mut chain = Chain::new();
    let ada = user(2);
    chain.add(ada);
    for role in ["boss", "reader"] {
        chain.own(&format!("auth/roles/{role}"), "{}");
        let grant = format!(r#"{{"user_id": "{ada}", "role_id": "{role}"}}"#);
        chain.own(&format!("auth/users/{ada}/roles/{role}"), &grant);
        let right = r#"{"op": "read", "path": "topics/{any}"}"#;
        chain.own(&format!("auth/roles/{role}/rights/look"), right);
        chain.grant(ada, role, "read", "topics/{any}");
    }
    assert_eq!(sorted(chain.view.roles()), ["boss", "reader"]);
    assert_eq!(sorted(chain.view.grant_names(&ada)), ["boss", "reader"]);
    assert_eq!(
        sorted(chain.view.member_right_names(&ada)),
        ["boss", "reader"]
    );
    for path in [
        format!("auth/users/{ada}/roles/boss"),
        format!("auth/users/{ada}/rights/boss"),
        "auth/roles/boss".to_owned(),
    ] {
        chain.own(&path, "");
    }
    assert_eq!(sorted(chain.view.roles()), ["reader"]);
    assert_eq!(sorted(chain.view.grant_names(&ada)), ["reader"]);
    assert_eq!(sorted(chain.view.member_right_names(&ada)), ["reader"]);
    assert_eq!(sorted(chain.view.role_right_names("reader")), ["look"]);
    assert_eq!(chain.view.role_right_names("boss").count(), 0);
    chain.own(&format!("auth/users/{ada}"), "");
    assert_eq!(chain.view.grant_names(&ada).count(), 0);
    assert_eq!(chain.view.member_right_names(&ada).count(), 0);
}
