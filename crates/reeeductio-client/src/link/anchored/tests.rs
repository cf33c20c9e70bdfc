use reeeductio_core::Identity;

use super::*;

const PAGE: &str = include_str!("../../../../../spec/invite-link.md");

fn anchor() -> LinkAnchor {
    LinkAnchor::new(7, &MessageId::from_hash([0xA5; 32]))
}

fn link(needs_password: bool, page: Option<&str>) -> AnchoredLink {
    AnchoredLink::new(
        Identity::from_seed(&[1; 32]).space_id(),
        LinkSecret::new([0xC3; 32]),
        anchor(),
        needs_password,
        "https://spaces.example/",
        page,
    )
    .unwrap()
}

fn refused(text: &str) -> LinkError {
    AnchoredLink::parse(text).unwrap_err()
}

#[test]
fn the_link_of_the_specification_is_the_one_that_is_written() {
    let (_, version_1) = PAGE.split_once("## Version 1").unwrap();
    let (_, example) = version_1.split_once("```text\n").unwrap();
    let (example, _) = example.split_once("\n```").unwrap();
    let written = link(true, Some("https://app.example/join"));
    assert_eq!(written.expose(), example);
}

#[test]
fn links_are_those_of_another_implementation() {
    let vectors = include_str!("../../../../../spec/vectors/format1.json");
    let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
    let cases = vectors["link_urls"].as_array().unwrap();
    assert_eq!(cases.len(), 2);
    for case in cases {
        let text = |name: &str| case[name].as_str().unwrap();
        let read = AnchoredLink::parse(text("url")).unwrap();
        let head = MessageId::parse(text("head")).unwrap();
        assert_eq!(read.space().to_string(), text("space"));
        assert_eq!(u64::from(read.anchor().epoch), case["epoch"]);
        assert!(read.anchor().is_at(&head));
        assert_eq!(read.needs_password(), case["needs_password"]);
        assert_eq!(read.server(), text("server"));
        let written = AnchoredLink::new(
            read.space(),
            LinkSecret::new([0xC3; 32]),
            LinkAnchor::new(read.anchor().epoch, &head),
            read.needs_password(),
            text("server"),
            Some(text("page")),
        );
        assert_eq!(written.unwrap().expose(), text("url"));
    }
}

#[test]
fn a_link_is_read_back_in_every_form_in_which_it_arrives() {
    for needs_password in [false, true] {
        let made = link(needs_password, Some("https://app.example/join?to=team"));
        let text = made.expose();
        let (_, fragment) = text.split_once('#').unwrap();
        for given in [
            text.to_owned(),
            format!("  {text}\n"),
            text.replace('#', "%23"),
            format!("#{fragment}"),
            fragment.to_owned(),
        ] {
            let read = AnchoredLink::parse(&given).unwrap();
            assert_eq!(read.space(), made.space());
            assert_eq!(read.server(), "https://spaces.example");
            assert_eq!(read.anchor(), anchor());
            assert_eq!(read.needs_password(), needs_password);
            assert_eq!(read.secret().expose(), &[0xC3; 32]);
        }
    }
    let made = link(false, None);
    assert!(made.expose().starts_with("https://spaces.example#1."));
}

#[test]
fn a_link_that_was_cut_off_or_changed_anywhere_is_damaged() {
    let made = link(false, None);
    let (page, fragment) = made.expose().split_once('#').unwrap();
    for length in 2..fragment.len() {
        let cut = format!("{page}#{}", &fragment[..length]);
        assert_eq!(refused(&cut), LinkError::Damaged, "{cut}");
    }
    for at in 2..fragment.len() {
        let mut changed = fragment.as_bytes().to_vec();
        changed[at] = if changed[at] == b'B' { b'C' } else { b'B' };
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(refused(&changed), LinkError::Damaged, "{changed}");
    }
    for longer in ["A", ".", ".AAAA"] {
        assert_eq!(refused(&format!("{fragment}{longer}")), LinkError::Damaged);
    }
}

#[test]
fn links_of_the_two_versions_are_told_apart() {
    let made = link(false, None);
    let as_other = crate::InviteLink::parse(made.expose()).unwrap_err();
    assert_eq!(as_other, LinkError::Version(1));
    for (text, version) in [("https://app.example#0.x", 0), ("2.x", 2)] {
        assert_eq!(refused(text), LinkError::Version(version));
    }
    for text in ["", "#", "https://app.example", "00.x", "01.x", "-1.x"] {
        assert_eq!(refused(text), LinkError::NotALink, "{text}");
    }
}

/// A link with this before the checksum, which is right.
fn with_rest(rest: &[u8]) -> String {
    let (made, secret) = (link(false, None), LinkSecret::new([0xC3; 32]));
    let sum = sum(&made.space(), &secret, anchor(), rest);
    let (kept, _) = made.expose().rsplit_once('.').unwrap();
    let rest = encoding::encode_url(&[rest, &sum].concat());
    format!("{kept}.{rest}")
}

#[test]
fn a_whole_link_that_no_client_writes_is_refused() {
    assert!(AnchoredLink::parse(&with_rest(b"\x01https://h")).is_ok());
    for rest in [
        b"\x02https://h".as_slice(),
        b"\x81https://h",
        b"",
        b"\x00",
        b"\x00ftp://h",
        b"\x00https://user:secret@h",
        b"\x00https://h?x",
        b"\x00https://\xFF",
    ] {
        assert_eq!(refused(&with_rest(rest)), LinkError::Damaged, "{rest:?}");
    }
    for server in ["ftp://h", "https://user:secret@h", "https://h#x", ""] {
        let (space, secret) = (link(false, None).space(), LinkSecret::new([1; 32]));
        let made = AnchoredLink::new(space, secret, anchor(), false, server, None);
        assert_eq!(made.unwrap_err().code_text(), "client.argument", "{server}");
    }
}

#[test]
fn an_anchor_is_at_its_head_of_the_state_alone() {
    let head = MessageId::from_hash([0xA5; 32]);
    assert!(anchor().is_at(&head));
    let mut other = [0xA5; 32];
    other[15] = 0;
    assert!(!anchor().is_at(&MessageId::from_hash(other)));
}

#[test]
fn debug_shows_no_secret() {
    let made = link(true, None);
    assert_eq!(
        format!("{made:?}"),
        format!(
            "AnchoredLink {{ space: {:?}, anchor: {:?}, .. }}",
            made.space(),
            anchor()
        )
    );
}
