//! Whether rights reach below a path.

use super::*;
use crate::{PathPrefix, Values};

#[test]
fn a_right_reaches_below_every_beginning_of_its_pattern() {
    let mut chain = Chain::new();
    let ada = user(2);
    chain.add(ada);
    chain.grant(ada, "one", "read", "data/lists/{any}/title");
    chain.grant(ada, "two", "write", "data/user/{self}/{...}");
    chain.grant(ada, "three", "create", "data/inbox/{...}");
    chain.grant(ada, "four", "read", "state/{any}");
    let reaches = |values, prefix: &str| {
        let prefix = PathPrefix::parse(prefix).unwrap();
        chain
            .view
            .reaches(&ada, Operation::Read, values, &prefix, 1)
    };
    let own = format!("user/{ada}");
    for prefix in [
        "",
        "lists",
        "lists/a",
        "lists/a/title",
        "user",
        &own,
        &format!("{own}/a/b"),
    ] {
        assert!(reaches(Values::Data, prefix), "{prefix}");
    }
    for prefix in [
        "other",
        "lists/a/body",
        "lists/a/title/x",
        "inbox",
        "inbox/a",
        &format!("user/{}", user(3)),
    ] {
        assert!(!reaches(Values::Data, prefix), "{prefix}");
    }
    assert!(reaches(Values::State, "profiles") && !reaches(Values::State, "profiles/a"));

    let all = PathPrefix::ALL;
    let read = |member| {
        chain
            .view
            .reaches(&member, Operation::Read, Values::Data, &all, 1)
    };
    assert!(read(user(OWNER)) && !read(user(3)));
}
