//! Data entries and counters.

use reeeductio_proto::encoding;
use serde_json::json;

use crate::target::{Target, owner};
use crate::upstream::{Author, Upstream};

const TIME: i64 = 1_700_000_000_000;
/// In the year 2255.
const FUTURE: i64 = 9_000_000_000_000;

#[test]
fn an_entry_counts_only_where_and_by_whom_it_was_signed() {
    let upstream = Upstream::new();
    let (space, other) = (upstream.space(1), upstream.space(2));
    let stranger = Author::user(66);
    space.entry(&space.owner, "here", b"x", TIME);
    let (data, signature): (String, String) = space
        .data
        .query_row("SELECT data, signature FROM kv_data", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    let signer = &space.owner.id;
    // Replayed at another path, in another space, with another time and another value.
    space.raw_entry("there", &data, &signature, signer, TIME);
    other.raw_entry("here", &data, &signature, signer, TIME);
    space.raw_entry("here/1", &data, &signature, signer, TIME + 1);
    space.raw_entry("here/2", &encoding::encode(b"y"), &signature, signer, TIME);
    space.entry(&stranger, "by/a/stranger", b"x", TIME);
    space.entry(&space.owner, "tomorrow", b"x", FUTURE);
    space.raw_entry("a/../b", &data, &signature, signer, TIME);
    space.raw_entry("not/base64", "?", &signature, signer, TIME);
    let target = Target::new();
    let imported = target.import(&upstream);
    assert_eq!(imported.code, Some(3));
    assert_eq!(
        imported.report["left_out_by_code"],
        json!({
            "entry.data": 1,
            "entry.path": 1,
            "entry.signature": 4,
            "entry.stranger": 1,
            "entry.time": 1,
        })
    );
    assert_eq!(imported.tally("entries"), [9, 1, 0]);
    assert_eq!(target.verify()["entries"], 1);
}

#[tokio::test]
async fn an_old_entry_does_not_come_back() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    space.entry(&space.owner, "note", b"old", TIME);
    let old = std::fs::read(space.folder.join("data.db")).unwrap();
    space.entry(&space.owner, "note", b"new", TIME + 1);
    let target = Target::new();
    assert_eq!(target.import(&upstream).tally("entries"), [1, 1, 0]);
    std::fs::write(space.folder.join("data.db"), old).unwrap();
    let imported = target.import(&upstream);
    assert!(imported.finding("entry.stale").contains("note"));
    assert_eq!(imported.code, Some(3));
    let server = target.serve().await;
    let owner = owner(&server, &space).await;
    let entry = owner.get("data/note").await;
    assert_eq!(entry.json["data"], encoding::encode(b"new"));
    assert_eq!(entry.json["signed_at"], TIME + 1);
}

#[test]
fn a_newer_entry_of_the_source_replaces_an_imported_one() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    let target = Target::new();
    for (time, expected) in [
        (TIME, [1, 1, 0]),
        (TIME + 1, [1, 1, 0]),
        (TIME + 1, [1, 0, 1]),
    ] {
        space.entry(&space.owner, "note", b"x", time);
        assert_eq!(target.import(&upstream).tally("entries"), expected);
    }
}

#[test]
fn only_the_owner_sets_up_password_login() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    let user = Author::user(2);
    let entry = (
        format!("auth/users/{}", user.id),
        json!({"user_id": user.id}),
    );
    space.state(&space.owner, None, &[entry], TIME);
    space.entry(&user, "opaque/server/setup", &[7; 128], TIME);
    space.entry(&user, "opaque/users/ann@example.org", b"{}", TIME);
    let imported = Target::new().import(&upstream);
    assert!(
        imported
            .finding("entry.setup")
            .contains(&user.id.to_string())
    );
    assert_eq!(imported.tally("entries"), [2, 1, 0]);
}

#[test]
fn counters_of_what_is_no_tool_are_not_taken() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    space.uses(&Author::tool(5), 3);
    space.uses(&Author::user(5), 3);
    let imported = Target::new().import(&upstream);
    assert_eq!(imported.left_out(), ["tool.malformed"]);
    assert_eq!(imported.remarks(), ["tool.stranger"]);
    assert_eq!(imported.tally("tools"), [2, 0, 0]);
}
