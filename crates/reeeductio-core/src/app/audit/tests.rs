use reeeductio_proto::{MessageId, Signature, TopicId};

use super::super::channel::{Admits, invitation};
use super::*;
use crate::identity::Identity;
use crate::join::JoinRequest;
use crate::state_entry::{self, StateEntry};

const OWNER: u8 = 1;
const KEEPER_SEED: u8 = 2;

fn identity(seed: u8) -> Identity {
    Identity::from_seed(&[seed; 32])
}

fn channel() -> SpaceId {
    identity(OWNER).space_id()
}

fn user(seed: u8) -> MemberId {
    identity(seed).user_id()
}

fn keeper() -> MemberId {
    identity(KEEPER_SEED).tool_id()
}

fn message(sender: MemberId, entry: &StateEntry) -> Message {
    Message {
        topic_id: TopicId::state(),
        kind: entry.path.to_string(),
        prev_hash: None,
        data: encoding::encode(entry.value.as_bytes()),
        message_hash: MessageId::from_hash([0; 32]),
        server_timestamp: 5,
        sender,
        signature: Signature::from_bytes([0; 64]),
    }
}

fn powers(admits: Admits) -> Message {
    let powers = KeeperPowers {
        keeper: keeper(),
        admits,
        role: "editor".to_owned(),
    };
    message(user(OWNER), &powers.entry().unwrap())
}

fn request(seed: u8) -> JoinRequest {
    JoinRequest::new(channel(), &identity(seed), 0, 9, [seed; 16]).unwrap()
}

/// The messages by which the keeper lets somebody in.
fn admission(seed: u8, role: &str, request: Option<&JoinRequest>) -> Vec<Message> {
    let mut entries = vec![
        state_entry::user(user(seed), None).unwrap(),
        state_entry::role_grant(user(seed), role, None).unwrap(),
    ];
    let request = request.map(|request| Admission::of(request).entry(user(seed)).unwrap());
    entries.extend(request);
    entries
        .iter()
        .map(|entry| message(keeper(), entry))
        .collect()
}

fn faults(messages: impl IntoIterator<Item = Message>) -> Vec<Option<AdmissionFault>> {
    let mut audit = Audit::default();
    for message in messages {
        audit.take(&message);
    }
    let stranger = user(9);
    let judged = audit.judge(channel(), |user| *user != stranger);
    judged.into_iter().map(|audited| audited.fault).collect()
}

#[test]
fn a_keeper_lets_in_users_who_ask_with_the_role_that_the_owner_says() {
    let of = |admits, seed, role: &str, by: Option<&JoinRequest>| {
        let mut messages = vec![powers(admits)];
        messages.extend(admission(seed, role, by));
        faults(messages)
    };
    let asked = request(3);
    assert_eq!(of(Admits::Users, 3, "editor", Some(&asked)), [None]);
    let refused = [Some(AdmissionFault::Role)];
    assert_eq!(of(Admits::Users, 3, "owner", Some(&asked)), refused);
    let refused = [Some(AdmissionFault::NoRequest)];
    assert_eq!(of(Admits::Users, 3, "editor", None), refused);
    // The request of another user.
    assert_eq!(of(Admits::Users, 4, "editor", Some(&asked)), refused);
    let refused = [Some(AdmissionFault::NotAUser)];
    assert_eq!(of(Admits::Users, 9, "editor", Some(&request(9))), refused);
    let refused = [Some(AdmissionFault::NotInvited)];
    assert_eq!(of(Admits::Invited, 3, "editor", Some(&asked)), refused);
    let refused = [Some(AdmissionFault::NoPower)];
    assert_eq!(of(Admits::Nobody, 3, "editor", Some(&asked)), refused);
}

#[test]
fn an_admission_is_judged_by_what_held_when_it_was_made() {
    let invited = message(user(OWNER), &invitation(user(3)).unwrap());
    let taken_back = message(
        user(OWNER),
        &StateEntry {
            path: super::super::channel::invitation_path(user(3)).unwrap(),
            value: String::new(),
        },
    );
    let mut honest = vec![powers(Admits::Invited), invited.clone()];
    honest.extend(admission(3, "editor", Some(&request(3))));
    honest.extend([taken_back.clone(), powers(Admits::Nobody)]);
    assert_eq!(faults(honest), [None]);

    let mut late = vec![powers(Admits::Invited), invited.clone(), taken_back];
    late.extend(admission(3, "editor", Some(&request(3))));
    // An invitation that comes afterwards excuses nothing.
    late.push(invited);
    assert_eq!(faults(late), [Some(AdmissionFault::NotInvited)]);
}

#[test]
fn those_who_come_by_a_link_or_are_let_in_by_a_person_are_not_audited() {
    let link = identity(7).tool_id();
    let definition = StateEntry {
        path: state_entry::member_path(link).unwrap(),
        value: r#"{"expires_at":1,"link":{"uses":1,"role":"viewer"}}"#.to_owned(),
    };
    let by_person = state_entry::user(user(5), None).unwrap();
    let by_link = state_entry::user(user(6), None).unwrap();
    let messages = [
        message(user(OWNER), &definition),
        message(user(OWNER), &by_person),
        message(link, &by_link),
    ];
    assert_eq!(faults(messages), []);
}
