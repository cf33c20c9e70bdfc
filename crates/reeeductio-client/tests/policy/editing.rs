//! Edits and deletes.

use reeeductio_client::transport::TransportError;
use reeeductio_client::{ErrorKind, NewSpace, now};
use reeeductio_core::log::Shown;

use crate::rig::{Rig, bodies, history, post, soon, text, topic, unread};

#[tokio::test]
async fn an_edit_is_shown_in_the_place_of_the_message() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    let posted = post(&ada, "teh").await.unwrap();
    post(&ada, "between").await.unwrap();
    let general = ada.topic(&topic());
    let id = posted.position.hash;
    soon(general.edit(&id, &text("the"))).await.unwrap();
    soon(general.edit(&id, &text("The"))).await.unwrap();
    // The second edit stands in the place of the first one, too.
    let read = bodies(&unread(&rig.owner).await);
    assert_eq!((read[0].as_str(), read[1].as_str()), ("The", "between"));
    assert_eq!(read[3], "The");
    let items = history(&ada).await;
    let Shown::Edited { revision, .. } = &items[0].message().unwrap().shown else {
        panic!("{items:?}");
    };
    assert_eq!(*revision, 2);
    assert_eq!(items[3].message().unwrap().target.unwrap().revision, 2);
}

#[tokio::test]
async fn a_page_that_does_not_hold_the_edit_fetches_it() {
    let rig = Rig::start().await;
    let posted = post(&rig.owner, "first").await.unwrap();
    for n in 0..210 {
        post(&rig.owner, &n.to_string()).await.unwrap();
    }
    let general = rig.owner.topic(&topic());
    let id = posted.position.hash;
    soon(general.edit(&id, &text("changed"))).await.unwrap();
    // The first page forwards ends before the edit, and the server has dropped what the edit replaced.
    let ada = rig.editor(2).await;
    let first = ada.topic(&topic()).unread().await.unwrap();
    assert!(first.has_more);
    assert_eq!(first.items[0].body(), Some(&b"changed"[..]));
    assert_eq!(bodies(&unread(&ada).await).last().unwrap(), "changed");
    // And backwards the page with the message comes after the one with the edit.
    assert_eq!(bodies(&history(&ada).await)[0], "changed");
}

#[tokio::test]
async fn a_page_whose_edit_does_not_come_is_read_again() {
    let rig = Rig::start().await;
    let posted = post(&rig.owner, "first").await.unwrap();
    for n in 0..210 {
        post(&rig.owner, &n.to_string()).await.unwrap();
    }
    let general = rig.owner.topic(&topic());
    let id = posted.position.hash;
    soon(general.edit(&id, &text("changed"))).await.unwrap();
    let (builder, network) = rig.meddled();
    let space = rig.open(1, builder).await.unwrap();
    network.on_answer(|line| async move {
        if line.starts_with("Get topics/general/messages/") {
            return Err(TransportError::Timeout);
        }
        Ok(())
    });
    let error = soon(space.topic(&topic()).unread()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    network.on_answer(|_| async { Ok(()) });
    let all = bodies(&unread(&space).await);
    assert_eq!((all.len(), all[0].as_str()), (212, "changed"));
}

#[tokio::test]
async fn a_deleted_message_is_shown_as_such_and_changed_no_more() {
    let rig = Rig::start().await;
    let posted = post(&rig.owner, "gone").await.unwrap();
    let general = rig.owner.topic(&topic());
    let id = posted.position.hash;
    let deleted = soon(general.delete(&id)).await.unwrap();
    let ada = rig.editor(2).await;
    for items in [unread(&ada).await, history(&ada).await] {
        let shown = &items[0].message().unwrap().shown;
        let by = deleted.position.hash;
        assert_eq!(*shown, Shown::Deleted { by });
    }
    let error = general.edit(&id, &text("back")).await.unwrap_err();
    assert_eq!(error.code_text(), "message.not_found");
}

#[tokio::test]
async fn a_delete_of_a_message_that_another_has_deleted_says_so() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    let id = post(&ada, "hers").await.unwrap().position.hash;
    let by_owner = rig.owner.topic(&topic()).delete(&id).await.unwrap();
    let error = ada.topic(&topic()).delete(&id).await.unwrap_err();
    assert_eq!(error.code_text(), "message.not_found");
    // The owner's own is there.
    let again = rig.owner.topic(&topic()).delete(&id).await.unwrap();
    assert_eq!(again, by_owner);
}

#[tokio::test]
async fn who_may_not_change_a_message_is_refused() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    let posted = post(&rig.owner, "mine").await.unwrap();
    let id = posted.position.hash;
    let error = ada
        .topic(&topic())
        .edit(&id, &text("yours"))
        .await
        .unwrap_err();
    assert_eq!(error.code_text(), "permission.denied");
    // The owner may change everything.
    let posted = post(&ada, "hers").await.unwrap();
    let id = posted.position.hash;
    rig.owner
        .topic(&topic())
        .edit(&id, &text("ours"))
        .await
        .unwrap();
    assert_eq!(bodies(&history(&ada).await)[1], "ours");
    let fixed = Rig::start_with(NewSpace {
        mutable: false,
        ..NewSpace::default()
    });
    let fixed = fixed.await;
    let posted = post(&fixed.owner, "for ever").await.unwrap();
    let id = posted.position.hash;
    let error = fixed.owner.topic(&topic()).delete(&id).await.unwrap_err();
    assert_eq!(error.code_text(), "permission.denied");
}

#[tokio::test]
async fn of_two_edits_at_once_one_is_refused() {
    let rig = Rig::start().await;
    let second = rig.open(1, rig.builder()).await.unwrap();
    let id = post(&rig.owner, "x").await.unwrap().position.hash;
    let (one, two) = (rig.owner.topic(&topic()), second.topic(&topic()));
    let (by_one, by_two) = (text("one"), text("two"));
    let (one, two) = tokio::join!(one.edit(&id, &by_one), two.edit(&id, &by_two));
    let refused = match (one, two) {
        (Ok(_), Err(error)) | (Err(error), Ok(_)) => error.code_text().to_owned(),
        // They were not at once.
        (Ok(_), Ok(_)) => "revision.conflict".to_owned(),
        both => panic!("{both:?}"),
    };
    assert_eq!(refused, "revision.conflict");
    let read = bodies(&history(&rig.owner).await);
    assert!(["one", "two"].contains(&read[0].as_str()), "{read:?}");
}

#[tokio::test]
async fn a_message_is_not_shown_after_its_time_though_the_server_has_it_and_it_was_edited() {
    let rig = Rig::start().await;
    let general = rig.owner.topic(&topic());
    let at = u64::try_from(now() + 1_500).unwrap();
    let first = general.post(&text("short").expiring(at)).await.unwrap();
    let edited = general.post(&text("edited").expiring(at)).await.unwrap();
    general
        .edit(&edited.position.hash, &text("lasts"))
        .await
        .unwrap();
    let ada = rig.editor(2).await;
    let read = history(&ada).await;
    assert_eq!(bodies(&read), ["short", "lasts", "lasts"]);
    assert_eq!(read[0].message().unwrap().expires, Some(at));
    let shown = soon(Box::pin(async {
        loop {
            let shown = bodies(&history(&ada).await);
            if shown[0] != "short" {
                return shown;
            }
        }
    }));
    assert_eq!(shown.await, ["[Expired]", "[Expired]", "lasts"]);
    let member = rig.server.owner(1).await;
    let path = format!("topics/general/messages/{}", first.position.hash);
    let kept = member.get(&path).await;
    assert!(
        kept.json["payload"].is_string(),
        "the server removes it later"
    );
}
