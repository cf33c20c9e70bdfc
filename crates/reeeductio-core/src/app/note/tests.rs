use super::*;
use crate::identity::Identity;

fn request() -> JoinRequest {
    let space = Identity::from_seed(&[1; 32]).space_id();
    JoinRequest::new(space, &Identity::from_seed(&[2; 32]), 0, 77, [5; 16]).unwrap()
}

#[test]
fn a_note_to_the_keeper_carries_a_request_of_its_sender_and_of_nobody_else() {
    let note = AskNote { request: request() };
    let (bytes, user) = (note.to_bytes(), request().member());
    assert_eq!(AskNote::parse(&user, &bytes), Ok(note));
    let other = Identity::from_seed(&[3; 32]).user_id();
    assert!(AskNote::parse(&other, &bytes).is_err());
    for length in 0..bytes.len() {
        assert!(AskNote::parse(&user, &bytes[..length]).is_err(), "{length}");
    }
}

#[test]
fn answers_and_notes_about_keeping_are_read_back_and_cut_ones_refused() {
    let channel = request().space();
    let answer = AnswerNote {
        channel,
        request: request().hash(),
        refused: Some("channel.not_invited".to_owned()),
    };
    let bytes = answer.to_bytes();
    assert_eq!(AnswerNote::parse(&bytes), Ok(answer.clone()));
    let admitted = AnswerNote {
        refused: None,
        ..answer
    };
    assert_eq!(
        AnswerNote::parse(&admitted.to_bytes()),
        Ok(admitted.clone())
    );
    let shouting = AnswerNote {
        refused: Some("<b>".to_owned()),
        ..admitted
    };
    assert!(AnswerNote::parse(&shouting.to_bytes()).is_err());
    let keep = KeepNote {
        channel,
        epoch: 3,
        issuer: request().member(),
        wrap: vec![7; 40],
    };
    let kept = keep.to_bytes();
    assert_eq!(KeepNote::parse(&kept), Ok(keep));
    for length in 0..bytes.len() {
        assert!(AnswerNote::parse(&bytes[..length]).is_err(), "{length}");
    }
    for length in 0..kept.len() {
        assert!(KeepNote::parse(&kept[..length]).is_err(), "{length}");
    }
}
