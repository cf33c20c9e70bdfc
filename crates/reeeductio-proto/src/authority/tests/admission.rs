//! Checks that new entries must pass and stored ones need not.

use super::*;

#[test]
fn a_right_with_a_field_that_does_not_exist_is_refused_and_still_counts_where_it_was_stored() {
    let mut chain = Chain::new();
    let ada = user(2);
    chain.add(ada);
    let path = format!("auth/users/{ada}/rights/r");
    for field in ["must_be_ownr", "expires", "op ", "user_id"] {
        let body = format!(r#"{{"op": "read", "path": "topics/{{any}}", "{field}": true}}"#);
        let refusal = chain.judge(user(OWNER), &path, &body).unwrap_err();
        assert_eq!(refusal.code(), ErrorCode::AuthInvalidEntry);
        assert_eq!(refusal.field(), Some(field));
        assert!(refusal.to_string().contains("must_be_owner"), "{refusal}");
    }
    let body = r#"{"op": "read", "path": "topics/{any}", "must_be_ownr": true}"#;
    assert_eq!(chain.had(OWNER, user(OWNER), &path, body), Applied::Changed);
    assert!(chain.may_read(ada, "general"));
}

#[test]
fn a_right_is_an_object() {
    let mut chain = Chain::new();
    let ada = user(2);
    chain.add(ada);
    let path = format!("auth/users/{ada}/rights/r");
    let refused = chain.write(OWNER, &path, r#"["read", "topics/{any}"]"#);
    assert_eq!(refused, Err(ErrorCode::AuthInvalidEntry));
}

#[test]
fn times_in_seconds_are_refused_and_stay_what_they_were_where_they_are_stored() {
    let mut chain = Chain::new();
    let (ada, bot) = (user(2), tool(3));
    chain.add(ada);
    chain.own("auth/roles/reader", "{}");
    let seconds = NOW / 1000;
    let entries = |time: i64| {
        [
            (
                format!("auth/users/{ada}/rights/r"),
                format!(r#"{{"op": "read", "path": "topics/{{any}}", "expires_at": {time}}}"#),
            ),
            (
                "auth/roles/reader/rights/r".to_owned(),
                format!(r#"{{"op": "read", "path": "topics/{{any}}", "expires_at": {time}}}"#),
            ),
            (
                format!("auth/users/{ada}/roles/reader"),
                format!(r#"{{"user_id": "{ada}", "role_id": "reader", "expires_at": {time}}}"#),
            ),
            (
                format!("auth/tools/{bot}"),
                format!(r#"{{"expires_at": {time}}}"#),
            ),
        ]
    };
    for time in [seconds, 1_000_000_000, 99_999_999_999] {
        for (path, body) in entries(time) {
            let refusal = chain.judge(user(OWNER), &path, &body).unwrap_err();
            assert_eq!(refusal.code(), ErrorCode::AuthInvalidEntry, "{path} {body}");
            assert_eq!(refusal.field(), Some("expires_at"));
            assert!(refusal.to_string().contains("by 1000"), "{refusal}");
        }
    }
    for time in [0, 1, 999_999_999, 100_000_000_000, NOW + 60_000] {
        for (path, body) in entries(time) {
            assert_eq!(
                chain.judge(user(OWNER), &path, &body),
                Ok(()),
                "{path} {body}"
            );
        }
    }
    for (path, body) in entries(seconds) {
        assert_eq!(
            chain.had(OWNER, user(OWNER), &path, &body),
            Applied::Changed
        );
    }
    assert!(!chain.may_read(ada, "general"));
    assert!(!chain.view.is_member(&bot, chain.time));
}

#[test]
fn nothing_is_given_to_whom_the_space_does_not_know() {
    let mut chain = Chain::new();
    let (ada, bot) = (user(2), tool(3));
    chain.own("auth/roles/reader", "{}");
    let right = r#"{"op": "read", "path": "topics/{any}"}"#;
    let entries = [
        (format!("auth/users/{ada}/rights/r"), right.to_owned()),
        (format!("auth/tools/{bot}/rights/r"), right.to_owned()),
        (
            format!("auth/users/{ada}/roles/reader"),
            format!(r#"{{"user_id": "{ada}", "role_id": "reader"}}"#),
        ),
    ];
    for (path, body) in &entries {
        let refusal = chain.judge(user(OWNER), path, body).unwrap_err();
        assert_eq!(refusal.code(), ErrorCode::AuthInvalidEntry, "{path}");
        assert_eq!(refusal.field(), Some("path"));
        assert!(refusal.to_string().contains("first"), "{refusal}");
        // Entries that are stored already still count once the member is defined.
        assert_eq!(chain.had(OWNER, user(OWNER), path, body), Applied::Changed);
    }
    chain.add(ada);
    chain.add(bot);
    assert!(chain.may_read(ada, "general") && chain.may_read(bot, "general"));
    chain.own(&format!("auth/users/{ada}"), "");
    for (path, body) in entries.iter().filter(|(path, _)| path.contains("users")) {
        let refused = chain.write(OWNER, path, body);
        assert_eq!(refused, Err(ErrorCode::AuthInvalidEntry), "{path}");
    }
}

#[test]
fn who_has_no_right_to_write_learns_of_that_first() {
    let mut chain = Chain::new();
    let ada = user(2);
    chain.add(ada);
    let body = format!(r#"{{"user_id": "{ada}", "role_id": "boss"}}"#);
    let refused = chain.write(2, &format!("auth/users/{ada}/roles/boss"), &body);
    assert_eq!(refused, Err(ErrorCode::PermissionDenied));
}
