use super::*;

const PAGE: &str = include_str!("../../../../spec/invite-link.md");

fn link(page: Option<&str>) -> InviteLink {
    let invitation = Invitation {
        space: Identity::from_seed(&[1; 32]).space_id(),
        key: Identity::from_seed(&[0xC3; 32]),
        symmetric_root: Key::new([0xD4; 32]),
    };
    InviteLink::new(invitation, "editor", "https://spaces.example/", page).unwrap()
}

fn refused(text: &str) -> LinkError {
    InviteLink::parse(text).unwrap_err()
}

#[test]
fn the_link_of_the_specification_is_the_one_that_is_written() {
    let (_, example) = PAGE.split_once("```text\n").unwrap();
    let (example, _) = example.split_once("\n```").unwrap();
    let written = link(Some("https://app.example/join"));
    assert_eq!(written.expose(), example);
}

#[test]
fn a_link_is_read_back_in_every_form_in_which_it_arrives() {
    let made = link(Some("https://app.example/join?to=team"));
    let text = made.expose();
    let (_, fragment) = text.split_once('#').unwrap();
    for given in [
        text.to_owned(),
        format!("  {text}\n"),
        text.replace('#', "%23"),
        format!("#{fragment}"),
        fragment.to_owned(),
    ] {
        let read = InviteLink::parse(&given).unwrap();
        assert_eq!(read.space(), made.space());
        assert_eq!(read.server(), "https://spaces.example");
        assert_eq!(read.role(), "editor");
        let (read, made) = (read.invitation(), made.invitation());
        assert_eq!(read.key.tool_id(), made.key.tool_id());
        assert_eq!(read.symmetric_root.expose(), made.symmetric_root.expose());
    }
    assert!(link(None).expose().starts_with("https://spaces.example#0."));
}

#[test]
fn a_link_that_was_cut_off_or_changed_anywhere_is_damaged() {
    let made = link(None);
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
    assert_eq!(refused(&format!("{fragment}A")), LinkError::Damaged);
}

#[test]
fn a_version_that_does_not_exist_yet_is_named() {
    let later = link(None).expose().replace("#0.", "#1.");
    assert_eq!(refused(&later), LinkError::Version(1));
    // A later version may look otherwise after its number.
    assert_eq!(refused("https://app.example#12.x"), LinkError::Version(12));
}

#[test]
fn what_is_no_link_is_told_apart_from_a_damaged_one() {
    let long = "0.".repeat(MAX_TEXT);
    for text in [
        "",
        "#",
        "https://app.example",
        "https://app.example/#/join",
        "x.y",
        "00.x",
        "01.x",
        "-1.x",
        "99999999999.x",
        &long,
    ] {
        assert_eq!(refused(text), LinkError::NotALink, "{text}");
    }
}

/// A link with these fields and the right checksum.
fn with_fields(role: &str, server: &str) -> String {
    let made = link(None);
    let mut fields = vec![7; 64];
    fields.push(u8::try_from(role.len()).unwrap());
    fields.extend_from_slice(role.as_bytes());
    fields.extend_from_slice(server.as_bytes());
    let sum = checksum(VERSION, made.space().as_bytes(), &fields);
    fields.extend_from_slice(&sum);
    format!("0.{}.{}", made.space(), encoding::encode_url(&fields))
}

#[test]
fn a_whole_link_with_a_role_or_server_that_no_client_writes_is_refused() {
    assert!(InviteLink::parse(&with_fields("editor", "https://h")).is_ok());
    for (role, server) in [
        ("{any}", "https://h"),
        ("a/b", "https://h"),
        ("", "https://h"),
        ("editor", ""),
        ("editor", "ftp://h"),
        ("editor", "https://user:secret@h"),
        ("editor", "https://h?x"),
    ] {
        let text = with_fields(role, server);
        assert_eq!(refused(&text), LinkError::Damaged, "{role} {server}");
    }
}

#[test]
fn an_address_that_would_break_the_link_is_refused() {
    for page in ["", "https://app.example/#/join", "https://app example"] {
        let invitation = link(None).invitation().clone();
        let made = InviteLink::new(invitation, "editor", "https://h", Some(page));
        assert_eq!(made.unwrap_err().code_text(), "client.argument", "{page}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let made = link(None);
    assert_eq!(
        format!("{made:?}"),
        format!(
            "InviteLink {{ space: {:?}, role: \"editor\", .. }}",
            made.space()
        )
    );
}
