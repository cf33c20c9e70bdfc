use super::*;

fn space(seed: u8) -> SpaceId {
    SpaceId::from_public_key([seed; 32])
}

#[test]
fn a_root_is_taken_for_the_epoch_that_commits_to_it_alone() {
    let epoch = Epoch::new(space(1), 3, Key::new([7; 32]));
    let verify = |space, number, root: u8| {
        Epoch::verify(space, number, Key::new([root; 32]), epoch.commitment())
    };
    assert_eq!(verify(space(1), 3, 7).unwrap().key_id(), epoch.key_id());
    for (space, number, root) in [(space(1), 3, 8), (space(1), 4, 7), (space(2), 3, 7)] {
        let wrong = verify(space, number, root).unwrap_err();
        assert_eq!(wrong, WrongRoot { epoch: number });
    }
}

#[test]
fn each_epoch_gives_the_root_of_the_one_before_and_nothing_else() {
    let old = Epoch::new(space(1), 0, Key::new([1; 32]));
    let new = Epoch::new(space(1), 1, Key::new([2; 32]));
    let sealed = new.seal_previous(&old).unwrap();
    assert_eq!(sealed.len(), 48);
    let opened = new.open_previous(&sealed, old.commitment()).unwrap();
    assert_eq!(opened.root().expose(), old.root().expose());

    let other = Epoch::new(space(1), 1, Key::new([3; 32]));
    let changed = [&[sealed[0] ^ 1], &sealed[1..]].concat();
    for refused in [
        other.open_previous(&sealed, old.commitment()),
        new.open_previous(&changed, old.commitment()),
        new.open_previous(&sealed, other.commitment()),
        new.open_previous(&sealed[..47], old.commitment()),
        new.open_previous(&[], old.commitment()),
    ] {
        assert!(matches!(refused, Err(PreviousError::Open(_))));
    }
    let first = old.open_previous(&sealed, new.commitment());
    assert_eq!(first.unwrap_err(), PreviousError::First);
}

#[test]
fn an_issuer_that_seals_another_root_than_the_one_before_is_found_out() {
    let new = Epoch::new(space(1), 1, Key::new([2; 32]));
    let true_one = Epoch::new(space(1), 0, Key::new([1; 32]));
    let lie = Epoch {
        root: Key::new([9; 32]),
        ..true_one.clone()
    };
    let sealed = new.seal_previous(&lie).unwrap();
    let refused = new.open_previous(&sealed, true_one.commitment());
    assert_eq!(
        refused.unwrap_err(),
        PreviousError::Wrong(WrongRoot { epoch: 0 })
    );
}

#[test]
fn an_epoch_shows_no_key() {
    let epoch = Epoch::new(space(1), 3, Key::new([0xC3; 32]));
    let text = format!("{epoch:?}");
    assert!(
        text.starts_with("Epoch { space: ") && text.ends_with(", number: 3, .. }"),
        "{text}"
    );
    let topic = epoch.topic(&TopicId::parse("general").unwrap());
    assert_eq!(
        format!("{topic:?}"),
        format!(
            "TopicEpoch {{ topic: {:?}, number: 3, .. }}",
            TopicId::parse("general").unwrap()
        )
    );
}
