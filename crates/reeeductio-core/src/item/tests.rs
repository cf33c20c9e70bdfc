use super::*;

fn identity(seed: u8) -> Identity {
    Identity::from_seed(&[seed; 32])
}

struct Members {
    space: SpaceId,
    ada: MemberId,
    ben: MemberId,
}

impl Members {
    fn new() -> Self {
        Self {
            space: identity(1).space_id(),
            ada: identity(2).user_id(),
            ben: identity(3).user_id(),
        }
    }

    /// For Ben, by Ada.
    fn context(&self) -> ItemContext<'_> {
        ItemContext {
            space: &self.space,
            recipient: &self.ben,
            sender: &self.ada,
            item: [4; 16],
        }
    }

    fn seal(&self, content: &ItemContent) -> Result<Vec<u8>, SealError> {
        let key = identity(3).decryption_key(0).encryption_key().unwrap();
        key.seal_item(self.context(), content, &[5; 32])
    }
}

fn content(body: &[u8]) -> ItemContent {
    ItemContent {
        content_type: "text/plain".to_owned(),
        body: Zeroizing::new(body.to_vec()),
    }
}

#[test]
fn an_item_opens_for_its_recipient_in_its_context_and_nowhere_else() {
    let members = Members::new();
    let (ben, context) = (identity(3).decryption_key(0), members.context());
    let sealed = members.seal(&content(b"hello")).unwrap();
    assert_eq!(sealed.len(), 1_339);
    assert_eq!(ben.open_item(context, &sealed).unwrap(), content(b"hello"));
    let signature = context.sign(7, &sealed, &identity(2));
    assert_eq!(context.verify(7, &sealed, &signature), Ok(()));
    assert!(context.verify(8, &sealed, &signature).is_err());
    let forged = context.sign(7, &sealed, &identity(3));
    assert!(context.verify(7, &sealed, &forged).is_err());

    let other_space = identity(9).space_id();
    let others = [
        ItemContext {
            space: &other_space,
            ..context
        },
        ItemContext {
            recipient: &members.ada,
            ..context
        },
        ItemContext {
            sender: &members.ben,
            ..context
        },
        ItemContext {
            item: [6; 16],
            ..context
        },
    ];
    for other in others {
        let refused = ben.open_item(other, &sealed).unwrap_err();
        assert_eq!(refused, ItemError::Authentication, "{other:?}");
        assert!(other.verify(7, &sealed, &signature).is_err(), "{other:?}");
    }
    for key in [identity(3).decryption_key(1), identity(2).decryption_key(0)] {
        let refused = key.open_item(context, &sealed).unwrap_err();
        assert_eq!(refused, ItemError::Authentication);
    }
}

#[test]
fn an_item_that_is_changed_or_cut_off_does_not_open() {
    let members = Members::new();
    let ben = identity(3).decryption_key(0);
    let sealed = members.seal(&content(b"hello")).unwrap();
    for index in (0..sealed.len()).step_by(13) {
        let mut changed = sealed.clone();
        changed[index] ^= 0x40;
        let refused = ben.open_item(members.context(), &changed);
        assert!(refused.is_err(), "{index}");
    }
    for length in (0..sealed.len()).step_by(7) {
        let refused = ben.open_item(members.context(), &sealed[..length]);
        assert!(matches!(refused, Err(ItemError::Format(_))), "{length}");
    }
    let mut later = sealed;
    later[0] = 2;
    let refused = ben.open_item(members.context(), &later).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "inbox item format 2 is not known to this release"
    );
}

#[test]
fn an_item_that_does_not_fit_is_refused_before_it_is_sealed() {
    let members = Members::new();
    let room = 63_488 - 4 - 8 - "text/plain".len();
    let most = members.seal(&content(&vec![1; room])).unwrap();
    assert_eq!(most.len(), 64_635);
    let opened = identity(3)
        .decryption_key(0)
        .open_item(members.context(), &most);
    assert_eq!(opened.unwrap().body.len(), room);
    let refused = members.seal(&content(&vec![1; room + 5])).unwrap_err();
    assert_eq!(refused, SealError::ContentTooLong(5));
    let refused = members.seal(&ItemContent {
        content_type: "a\nb".to_owned(),
        ..content(b"")
    });
    assert_eq!(refused.unwrap_err(), SealError::ContentType);
}

#[test]
fn an_item_shows_nothing_of_its_content() {
    assert_eq!(format!("{:?}", content(b"secret")), "ItemContent { .. }");
}
