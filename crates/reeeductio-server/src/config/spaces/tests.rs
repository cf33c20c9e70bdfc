use reeeductio_proto::SpaceId;

use super::super::Creation;
use super::super::tests::load;

/// The id of a space, by the seed of its key.
fn space_id(seed: u8) -> SpaceId {
    let key = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
    SpaceId::from_public_key(key.verifying_key().to_bytes())
}

#[test]
fn who_may_make_spaces_is_said_by_one_key_or_the_older_one() {
    let app = space_id(1);
    for (file, creation) in [
        (String::new(), Creation::Admin),
        (
            "admin:\n  auto_create_spaces: true\n".to_owned(),
            Creation::Open,
        ),
        (
            "admin:\n  auto_create_spaces: false\n".to_owned(),
            Creation::Admin,
        ),
        ("spaces:\n  creation: open\n".to_owned(), Creation::Open),
        ("spaces:\n  creation: admin\n".to_owned(), Creation::Admin),
        (
            format!("spaces:\n  creation: app\n  apps: [{app}]\n"),
            Creation::App,
        ),
        (
            format!(
                "admin:\n  auto_create_spaces: false\nspaces:\n  creation: app\n  apps: [{app}]\n"
            ),
            Creation::App,
        ),
    ] {
        let mut config = load(&file, &[]).unwrap();
        assert_eq!(config.creation(), creation, "{file}");
        config.set_dev();
        assert_eq!(config.creation(), Creation::Open, "with --dev: {file}");
        config.check().unwrap();
    }
    let apps = format!("[\"{app}\", \"{}\"]", space_id(2));
    let variables = [("SPACES__CREATION", "app"), ("SPACES__APPS", &*apps)];
    let config = load("", &variables).unwrap();
    assert_eq!(config.app_spaces().unwrap(), [app, space_id(2)]);
}

#[test]
fn settings_of_who_may_make_spaces_that_contradict_each_other_are_refused() {
    let (admin, app) = (space_id(1), space_id(2));
    let many: Vec<String> = (1..=65).map(|seed| space_id(seed).to_string()).collect();
    let many = many.join(", ");
    for (file, said) in [
        (
            "admin:\n  auto_create_spaces: true\nspaces:\n  creation: admin\n".to_owned(),
            "spaces.creation: contradicts admin.auto_create_spaces, which is true",
        ),
        (
            format!(
                "admin:\n  auto_create_spaces: true\nspaces:\n  creation: app\n  apps: [{app}]\n"
            ),
            "spaces.creation: contradicts admin.auto_create_spaces, which is true",
        ),
        (
            "admin:\n  auto_create_spaces: false\nspaces:\n  creation: open\n".to_owned(),
            "spaces.creation: contradicts admin.auto_create_spaces, which is false",
        ),
        (
            "spaces:\n  creation: app\n".to_owned(),
            "spaces.apps: must name the space of an app",
        ),
        (
            format!("spaces:\n  apps: [{app}]\n"),
            "spaces.apps: apps make spaces with spaces.creation: app only",
        ),
        (
            format!("spaces:\n  creation: open\n  apps: [{app}]\n"),
            "spaces.apps: apps make spaces with spaces.creation: app only",
        ),
        (
            format!("spaces:\n  creation: app\n  apps: [{app}, S123]\n"),
            "spaces.apps[1]: ",
        ),
        (
            format!("spaces:\n  creation: app\n  apps: [{app}, {app}]\n"),
            "is there twice",
        ),
        (
            format!("admin:\n  space_id: {admin}\nspaces:\n  creation: app\n  apps: [{admin}]\n"),
            "spaces.apps[0]: is admin.space_id",
        ),
        (
            format!("spaces:\n  creation: app\n  apps: [{many}]\n"),
            "65 apps, at most 64",
        ),
        (
            "spaces:\n  creation: anybody\n".to_owned(),
            "spaces.creation: unknown variant `anybody`, expected one of `open`, `app`, `admin`",
        ),
    ] {
        let error = load(&file, &[]).expect_err(&file).to_string();
        assert!(error.contains(said), "{error}");
    }
    let variables = [
        ("SPACES__CREATION", "admin"),
        ("ADMIN__AUTO_CREATE_SPACES", "true"),
    ];
    let error = load("", &variables).unwrap_err().to_string();
    assert!(error.contains("SPACES__CREATION"), "{error}");
}
