//! Users of an app, and those who hold its key alone, against other users.

use reeeductio_client::{ChannelOptions, NewChannelLink, NewMember};
use reeeductio_core::app::{UserEntry, keeper_entry};
use reeeductio_core::state_entry;
use reeeductio_proto::opaque;
use reeeductio_testkit::Member;
use reqwest::Method;

use super::{code, open, raw, raw_user, write};
use crate::channels::post;
use crate::person::Person;
use crate::rig::{KeptApp, PASSWORD, Rig};
use reeeductio_core::app::AppKey;

/// Fails unless the server keeps `member` from everything that is `ada`'s and the owner's.
async fn check_kept_out(rig: &Rig, member: &Member, ada: reeeductio_client::MemberId) {
    let record = opaque::record_path("ada").unwrap();
    let now = rig.server.now();
    let replaced = member.put_data(record.as_str(), b"another", now).await;
    assert_eq!(replaced.refusal(), (403, "permission.denied"));
    let her_name = UserEntry { user: member.id };
    let removal = |path| reeeductio_core::StateEntry {
        path,
        value: String::new(),
    };
    for entry in [
        her_name.entry("ada").unwrap(),
        removal(her_name.entry("ada").unwrap().path),
        removal(state_entry::member_path(ada).unwrap()),
        keeper_entry(ada).unwrap(),
        state_entry::role_grant(ada, "keeper", None).unwrap(),
    ] {
        let refused = write(member, &entry).await;
        assert_eq!(refused.status, 403, "{entry:?}: {refused:?}");
    }
    for path in [format!("inbox/{ada}"), format!("inbox?member={ada}")] {
        let answer = member.send(Method::GET, &path, None).await;
        let items = answer.json["items"].as_array().map_or(0, Vec::len);
        assert_eq!(items, 0, "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn a_user_changes_nothing_of_another_user() {
    let kept = KeptApp::start().await;
    let ada = kept.user("ada").await;
    let options = ChannelOptions::default();
    ada.channels().create("general", options).await.unwrap();
    let id = ada.user().unwrap().id;
    let (eve, other) = (Person::new(&kept.rig).await, Person::new(&kept.rig).await);
    // There is something in ada's inbox.
    eve.leave(id, "text/plain", b"hello").await.unwrap();
    let hers = raw_user(&kept.rig, &eve).await;
    check_kept_out(&kept.rig, &hers, id).await;
    let channel = r#"{"version":1}"#;
    let taken = hers.set_bytes("directory/channels/general", channel.as_bytes());
    assert_eq!(taken.await.status, 403);
    let again = kept.rig.client();
    assert_eq!(again.auth().login("ada", PASSWORD).await.unwrap().id, id);
    // Nor does one that was removed let itself in again.
    let app = kept.rig.app.space();
    app.members().remove(other.id()).await.unwrap();
    let again = hers
        .set_bytes(
            state_entry::member_path(other.id()).unwrap().as_str(),
            state_entry::user(other.id(), None)
                .unwrap()
                .value
                .as_bytes(),
        )
        .await;
    assert_eq!(again.status, 403);
}

#[tokio::test]
async fn the_app_key_alone_changes_nothing_of_a_user_and_lets_in_nobody_who_was_removed() {
    let rig = Rig::start().await;
    let ada = rig.user("ada").await.user().unwrap().id;
    let (bob, gone) = (Person::new(&rig).await, Person::new(&rig).await);
    bob.leave(ada, "text/plain", b"hello").await.unwrap();
    let tool = AppKey::parse(&rig.key).unwrap().tool();
    let holder = raw(&rig, rig.app.id(), tool.tool_id(), &tool).await;
    check_kept_out(&rig, &holder, ada).await;
    let name = UserEntry { user: bob.id() }.entry("bob").unwrap();
    assert_eq!(write(&holder, &name).await.status, 403);

    let space = open(&rig, rig.app.id(), tool.tool_id(), &tool).await;
    let inbox = space.inbox();
    let item = inbox.seal(ada, "text/plain", b"hello", None).await.unwrap();
    assert_eq!(code(inbox.leave(&item).await), "permission.denied");
    rig.app.space().members().remove(gone.id()).await.unwrap();
    let new = NewMember {
        user: gone.id(),
        role: "user".to_owned(),
        key: None,
    };
    assert_eq!(code(space.members().admit(&new).await), "permission.denied");
    assert_eq!(
        code(space.members().remove(bob.id()).await),
        "permission.denied"
    );
    for role in ["keeper", "owner"] {
        let new = NewMember {
            user: crate::rig::keys(91).user_id(),
            role: role.to_owned(),
            key: None,
        };
        assert!(space.members().admit(&new).await.is_err(), "{role}");
    }
}

#[tokio::test]
async fn a_viewer_of_a_channel_changes_nothing_in_it() {
    let kept = KeptApp::start().await;
    let (ada, bob) = (kept.user("ada").await, kept.user("bob").await);
    let eve = kept.user("eve").await;
    let options = ChannelOptions::default();
    let made = ada.channels().create("general", options).await.unwrap();
    let sent = made.send(&post("hello")).await.unwrap();
    let link = made.create_link(&NewChannelLink::default()).await.unwrap();
    let token = link.token.unwrap();
    let viewer = bob.channels().join_by_link(&token, None).await.unwrap();
    let denied = "permission.denied";
    assert_eq!(code(viewer.send(&post("no")).await), denied);
    assert_eq!(code(viewer.invite("eve").await), denied);
    assert_eq!(code(viewer.rotate().await), denied);
    assert_eq!(code(viewer.edit(sent, &post("no")).await), denied);
    assert_eq!(code(viewer.delete(sent).await), denied);
    assert_eq!(code(viewer.remove("ada").await), denied);
    let raised = viewer.set_role("bob", "editor").await;
    assert_eq!(code(raised), "grant.escalation");
    let link = viewer.create_link(&NewChannelLink::default()).await;
    assert_eq!(code(link), "grant.escalation");
    assert_eq!(crate::channels::contents(&made).await, ["hello"]);
    assert_eq!(made.members().await.unwrap().len(), 2);
    drop(eve);
}
