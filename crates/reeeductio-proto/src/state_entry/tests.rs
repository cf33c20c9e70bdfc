use super::*;

const TOOL_LIMITS: ToolLimits = ToolLimits {
    use_limit: Some(1),
    expires_at: Some(9),
};

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
    let (id, tool_id) = (MemberId::user([2; 32]), MemberId::tool([2; 32]));
    let check = |entry: Result<StateEntry, EntryError>, path: &str, value: &str| {
        let entry = entry.unwrap();
        assert_eq!((entry.path.as_str(), entry.value.as_str()), (path, value));
    };
    check(
        user(id, None),
        &format!("auth/users/{id}"),
        &format!(r#"{{"user_id":"{id}"}}"#),
    );
    check(
        tool(tool_id, Some("bell"), TOOL_LIMITS),
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
    let (user_id, tool_id) = (MemberId::user([2; 32]), MemberId::tool([2; 32]));
    assert!(matches!(user(tool_id, None), Err(EntryError::Kind { .. })));
    assert!(matches!(
        tool(user_id, None, ToolLimits::default()),
        Err(EntryError::Kind { .. })
    ));
    assert!(matches!(
        role_grant(tool_id, "reader", None),
        Err(EntryError::Kind { .. })
    ));
}

#[test]
fn a_right_is_written_with_what_limits_it_and_reads_the_same() {
    let limited = Capability {
        must_be_owner: true,
        expires_at: Some(100_000_000_000),
        ..right(Operation::Write, "state/notes/{self}")
    };
    let entry = right_of_member(MemberId::user([2; 32]), "own", &limited).unwrap();
    assert_eq!(
        entry.value,
        r#"{"op":"write","path":"state/notes/{self}","must_be_owner":true,"expires_at":100000000000}"#
    );
    assert_eq!(Capability::from_json(entry.value.as_bytes()), Ok(limited));
}

#[test]
fn tokens_are_ended_at_the_id_of_the_member_or_at_all() {
    let owner = MemberId::owner_of(SpaceId::from_public_key([2; 32]));
    let entry = ended_tokens(owner).unwrap();
    assert_eq!(entry.path.as_str(), format!("auth/tokens/{owner}"));
    assert_eq!(entry.value, "{}");
    let entry = all_ended_tokens().unwrap();
    assert_eq!(entry.path.as_str(), "auth/tokens/all");
}

#[test]
fn an_invitation_is_for_one_role_by_its_name() {
    let tool_id = MemberId::tool([2; 32]);
    let entries = invitation(tool_id, "editor", None, ToolLimits::default()).unwrap();
    let written = entries.each_ref().map(|entry| entry.value.as_str());
    assert_eq!(
        written[1..],
        [
            r#"{"op":"create","path":"state/auth/users/{any}"}"#,
            r#"{"op":"create","path":"state/auth/users/{any}/roles/editor"}"#,
        ]
    );
    for role in ["{any}", "{...}", "a/b", "", "..", "a b"] {
        let made = invitation(tool_id, role, None, ToolLimits::default());
        assert!(made.is_err(), "{role:?}");
    }
}
