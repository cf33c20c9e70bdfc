use super::*;
use crate::secret::to_hex;

fn secret(seed: u8) -> Secret {
    Secret::new(to_hex(&[seed; 32]).to_string())
}

fn keys(seed: u8) -> Identity {
    Identity::from_seed(&[seed; 32])
}

fn file(seed: u8) -> Source {
    Source {
        private_key: Some(secret(seed)),
        symmetric_root: Some(secret(seed + 100)),
        space_id: Some(keys(50).space_id().to_string()),
        member_id: Some(keys(seed).user_id().to_string()),
        ..Source::empty(Origin::File("creds.json".into()))
    }
}

fn nobody() -> Result<Secret, Failure> {
    Err(Failure::Declined)
}

#[test]
fn a_file_alone_says_everything() {
    let chosen =
        Credentials::choose(&[Source::empty(Origin::CommandLine), file(1)], nobody).unwrap();
    assert_eq!(chosen.member, keys(1).user_id());
    assert_eq!(chosen.space, keys(50).space_id());
    assert_eq!(chosen.symmetric_root.unwrap().expose(), &[101; 32]);
}

#[test]
fn a_key_from_elsewhere_leaves_nothing_of_the_file_but_what_is_not_about_it() {
    let given = Source {
        private_key: Some(secret(2)),
        ..Source::empty(Origin::CommandLine)
    };
    let chosen = Credentials::choose(&[given, file(1)], nobody).unwrap();
    assert_eq!(
        (chosen.member, chosen.space),
        (keys(2).user_id(), keys(2).space_id())
    );
    assert!(chosen.symmetric_root.is_none());
}

#[test]
fn what_is_more_explicit_than_the_key_counts() {
    let given = Source {
        space_id: Some(keys(60).space_id().to_string()),
        member_id: Some(keys(1).tool_id().to_string()),
        ..Source::empty(Origin::CommandLine)
    };
    let chosen = Credentials::choose(&[given, file(1)], nobody).unwrap();
    assert_eq!(
        (chosen.member, chosen.space),
        (keys(1).tool_id(), keys(60).space_id())
    );
}

#[test]
fn a_key_that_nobody_says_is_asked_for() {
    let given = Source {
        space_id: Some(keys(60).space_id().to_string()),
        ..Source::empty(Origin::CommandLine)
    };
    let chosen = Credentials::choose(std::slice::from_ref(&given), || Ok(secret(3))).unwrap();
    assert_eq!(
        (chosen.origin, chosen.space),
        (Origin::Prompt, keys(60).space_id())
    );
    assert!(matches!(
        Credentials::choose(&[given], nobody),
        Err(Failure::Declined)
    ));
}

#[test]
fn an_error_names_the_field_and_no_secret() {
    let mut wrong = file(1);
    wrong.member_id = Some(keys(9).user_id().to_string());
    let error = Credentials::choose(&[wrong], nobody)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("user_id in creds.json is wrong"),
        "{error}"
    );
    let mut wrong = file(1);
    wrong.private_key = Some(Secret::new("hunter2".to_owned()));
    let error = Credentials::choose(&[wrong], nobody).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("private_key_hex in creds.json"),
        "{error}"
    );
    assert!(!format!("{error:?}").contains("hunter2"));
}
