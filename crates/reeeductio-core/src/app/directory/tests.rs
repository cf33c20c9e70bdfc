use super::*;

fn identity(seed: u8) -> Identity {
    Identity::from_seed(&[seed; 32])
}

fn app() -> SpaceId {
    identity(1).space_id()
}

fn channel(name: &str) -> DirectoryName {
    DirectoryName::Channel(name.to_owned())
}

fn entry(name: &DirectoryName) -> StateEntry {
    let made = ChannelEntry::new(app(), name, &identity(2), [7; 16], Asks::Keeper).unwrap();
    made.entry(name).unwrap()
}

#[test]
fn a_channel_counts_under_its_own_name_in_its_own_app_by_its_own_creator() {
    let (name, ann, bob) = (
        channel("general"),
        identity(2).user_id(),
        identity(3).user_id(),
    );
    let StateEntry { path, value } = entry(&name);
    let read =
        |app, path: &StatePath, sender| ChannelEntry::read(app, path, sender, value.as_bytes());
    let found = read(app(), &path, &ann).unwrap();
    assert_eq!(found.space, identity(2).space_key(&[7; 16]).space_id());
    assert_eq!((found.creator, found.asks), (ann, Asks::Keeper));
    // Somebody puts the space of another under a name, or the same entry under another name or in another app.
    assert_eq!(read(app(), &path, &bob), Err(DirectoryError::Sender));
    let other = channel("genera1").path().unwrap();
    assert_eq!(read(app(), &other, &ann), Err(DirectoryError::Signature));
    let elsewhere = identity(9).space_id();
    assert_eq!(read(elsewhere, &path, &ann), Err(DirectoryError::Signature));
}

#[test]
fn a_user_takes_a_name_for_itself_alone() {
    let (ann, bob) = (identity(2).user_id(), identity(3).user_id());
    let made = UserEntry { user: ann }.entry("Ann B.").unwrap();
    let read = |sender| UserEntry::read(sender, made.value.as_bytes());
    assert_eq!(read(&ann), Ok(UserEntry { user: ann }));
    assert_eq!(read(&bob), Err(DirectoryError::Sender));
    assert_eq!(
        name_at(&made.path),
        Some(DirectoryName::User("Ann B.".to_owned()))
    );
}

#[test]
fn an_entry_of_a_later_version_is_told_apart_and_fields_that_are_not_known_are_passed_over() {
    let ann = identity(2).user_id();
    let of = |version: u64| format!(r#"{{"version":{version},"user":"{ann}","colour":"red"}}"#);
    assert!(UserEntry::read(&ann, of(1).as_bytes()).is_ok());
    let later = UserEntry::read(&ann, of(2).as_bytes());
    assert_eq!(later, Err(DirectoryError::Version(2)));
    assert_eq!(UserEntry::read(&ann, b"{}"), Err(DirectoryError::Format));
}

#[test]
fn the_names_of_private_channels_are_found_by_their_root_alone() {
    let names = |root: u8| PrivateNames::new(&Epoch::new(app(), 0, Key::new([root; 32])));
    let hidden = names(1).find("board").unwrap();
    assert_eq!(names(1).find("board").unwrap(), hidden);
    assert_ne!(names(1).find("boards").unwrap(), hidden);
    assert_ne!(names(2).find("board").unwrap(), hidden);
    let path = hidden.path().unwrap();
    assert!(!path.as_str().contains("board"));
    assert_eq!(name_at(&path), Some(hidden));
}

#[test]
fn every_entry_of_the_directory_is_read_back_from_its_path() {
    for name in [
        channel("Café 2"),
        DirectoryName::User("ada@example.org".to_owned()),
        DirectoryName::Space(identity(4).space_id()),
    ] {
        assert_eq!(name_at(&name.path().unwrap()), Some(name));
    }
    for other in [
        "directory",
        "directory/users",
        "directory/other/x",
        "app/keeper",
    ] {
        assert_eq!(name_at(&StatePath::parse(other).unwrap()), None, "{other}");
    }
}
