//! A keeper that goes beyond its powers.

use reeeductio_client::{
    Channel, ChannelOptions, Identity, MemberId, NewLink, NewMember, NewMessage, StatePath, TopicId,
};
use reeeductio_core::JoinRequest;
use reeeductio_core::app::{Admission, AdmissionFault, Admits, KeeperPowers, invitation};
use reeeductio_core::state_entry;
use reeeductio_testkit::Member;

use super::{code, open, put, raw, write};
use crate::channels::{join, post, private};
use crate::person::Person;
use crate::rig::{KeptApp, keys};

/// Lets in a user by the keeper's key, whoever may be let in.
async fn let_in(tool: &Member, user: &Identity, role: &str, request: Option<&JoinRequest>) {
    let id = user.user_id();
    let mut entries = vec![
        state_entry::user(id, None).unwrap(),
        state_entry::role_grant(id, role, None).unwrap(),
    ];
    entries.extend(request.map(|request| Admission::of(request).entry(id).unwrap()));
    for entry in entries {
        let answer = write(tool, &entry).await;
        assert_eq!(answer.status, 201, "{answer:?}");
    }
}

async fn set_powers(channel: &Channel, admits: Admits, role: &str) {
    let powers = KeeperPowers {
        keeper: keys(50).tool_id(),
        admits,
        role: role.to_owned(),
    };
    put(channel, &powers.entry().unwrap()).await;
}

/// Each user that was let in, with the fault in it.
async fn faults(channel: &Channel) -> Vec<(MemberId, Option<&'static str>)> {
    let audited = channel.audit().await.unwrap();
    let faults = audited.into_iter();
    faults
        .map(|one| (one.user, one.fault.map(AdmissionFault::as_str)))
        .collect()
}

async fn tool(kept: &KeptApp, channel: &Channel) -> Member {
    raw(&kept.rig, channel.id(), keys(50).tool_id(), &keys(50)).await
}

#[tokio::test]
async fn an_audit_names_the_fault_of_each_admission_that_was_not_the_keeper_s_to_make() {
    let kept = KeptApp::start().await;
    let (ada, bob) = (kept.user("ada").await, kept.user("bob").await);
    let options = ChannelOptions::default();
    let made = ada.channels().create("general", options).await.unwrap();
    let joined = join(&bob, "general").await.unwrap();
    let mut expected = vec![(joined.user(), None)];
    let tool = tool(&kept, &made).await;

    let silent = Person::new(&kept.rig).await;
    let_in(&tool, &silent.keys, "editor", None).await;
    expected.push((silent.id(), Some("no_request")));
    let forged = Person::new(&kept.rig).await;
    let of_another = silent.request(made.id());
    let_in(&tool, &forged.keys, "editor", Some(&of_another)).await;
    expected.push((forged.id(), Some("no_request")));
    let other = Person::new(&kept.rig).await;
    let elsewhere = other.request(kept.rig.app.id());
    let_in(&tool, &other.keys, "editor", Some(&elsewhere)).await;
    expected.push((other.id(), Some("no_request")));
    let stranger = keys(90);
    let asked = JoinRequest::new(made.id(), &stranger, 0, 9, [9; 16]).unwrap();
    let_in(&tool, &stranger, "editor", Some(&asked)).await;
    expected.push((stranger.user_id(), Some("not_a_user")));

    set_powers(&made, Admits::Users, "viewer").await;
    let raised = Person::new(&kept.rig).await;
    let asked = raised.request(made.id());
    let_in(&tool, &raised.keys, "editor", Some(&asked)).await;
    expected.push((raised.id(), Some("role")));

    set_powers(&made, Admits::Invited, "editor").await;
    for is_invited in [false, true] {
        let user = Person::new(&kept.rig).await;
        if is_invited {
            put(&made, &invitation(user.id()).unwrap()).await;
        }
        let asked = user.request(made.id());
        let_in(&tool, &user.keys, "editor", Some(&asked)).await;
        expected.push((user.id(), (!is_invited).then_some("not_invited")));
    }

    set_powers(&made, Admits::Nobody, "editor").await;
    let late = Person::new(&kept.rig).await;
    let asked = late.request(made.id());
    let_in(&tool, &late.keys, "editor", Some(&asked)).await;
    expected.push((late.id(), Some("no_power")));
    assert_eq!(faults(&made).await, expected);
    // Every member sees the same.
    assert_eq!(faults(&joined).await, expected);
}

#[tokio::test]
async fn the_keeper_s_key_lets_in_and_does_nothing_else() {
    let kept = KeptApp::start().await;
    let (ada, bob) = (kept.user("ada").await, kept.user("bob").await);
    let made = ada.channels().create("board", private()).await.unwrap();
    made.invite("bob").await.unwrap();
    let joined = join(&bob, "board").await.unwrap();
    made.send(&post("hello")).await.unwrap();
    let space = open(&kept.rig, made.id(), keys(50).tool_id(), &keys(50)).await;
    let tool = tool(&kept, &made).await;

    let messages = space.topic(&TopicId::parse("messages").unwrap());
    let text = NewMessage::new("text/plain", b"hello".to_vec());
    assert_eq!(code(messages.post(&text).await), "permission.denied");
    assert_eq!(code(messages.unread().await), "permission.denied");
    let members = space.members();
    assert_eq!(
        code(members.remove(joined.user()).await),
        "permission.denied"
    );
    assert_eq!(code(members.rotate().await), "permission.denied");
    let terms = NewLink {
        role: "editor".to_owned(),
        uses: 1,
        expires_at: kept.rig.server.now() + 60_000,
        password: None,
        page: None,
    };
    assert!(space.links().create(&terms).await.is_err());
    for role in ["owner", "viewer"] {
        let user = Person::new(&kept.rig).await;
        let new = NewMember {
            user: user.id(),
            role: role.to_owned(),
            key: None,
        };
        assert!(members.admit(&new).await.is_err(), "{role}");
        assert!(user.open(made.id()).await.is_err());
    }
    let powers = KeeperPowers {
        keeper: keys(50).tool_id(),
        admits: Admits::Users,
        role: "editor".to_owned(),
    };
    let user = Person::new(&kept.rig).await;
    for entry in [
        powers.entry().unwrap(),
        invitation(user.id()).unwrap(),
        state_entry::role_grant(joined.user(), "owner", None).unwrap(),
    ] {
        let refused = write(&tool, &entry).await;
        assert_eq!(refused.status, 403, "{entry:?}: {refused:?}");
    }
    // One that was removed is not let in again, and its admission is not written over.
    made.remove("bob").await.unwrap();
    let request = user.request(made.id());
    for entry in [
        state_entry::user(joined.user(), None).unwrap(),
        Admission::of(&request).entry(joined.user()).unwrap(),
    ] {
        let refused = write(&tool, &entry).await;
        assert_eq!(refused.status, 403, "{entry:?}: {refused:?}");
    }
    let keeper = StatePath::parse("channel/profile").unwrap();
    assert_eq!(
        code(space.state().put(&keeper, b"{}").await),
        "permission.denied"
    );
    assert_eq!(faults(&made).await, [(joined.user(), None)]);
}
