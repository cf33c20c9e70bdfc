//! Servers that were restored from a backup.

use std::sync::Arc;

use reeeductio_client::{
    ClientError, Identity, MemoryStore, PolicySpace, ServerRestored, Store, TopicItem,
};

use crate::operator::Restorable;
use crate::rig::{add_scribes, admit, bodies, history, post, soon, text, topic, unread};

/// Handles with a store and without one behave the same.
fn stores() -> [Option<Arc<dyn Store>>; 2] {
    [None, Some(Arc::new(MemoryStore::default()))]
}

/// The report of what is missing, from the error that carries it.
#[track_caller]
fn restored<T: std::fmt::Debug>(result: Result<T, ClientError>) -> ServerRestored {
    let error = result.unwrap_err();
    assert_eq!(error.code_text(), "server.restored", "{error}");
    let ClientError::Policy(failure) = &error else {
        panic!("{error:?}");
    };
    failure.error().restored().expect("a report").clone()
}

async fn page(space: &PolicySpace) -> Result<Vec<TopicItem>, ClientError> {
    let page = soon(space.topic(&topic()).unread()).await?;
    Ok(page.items)
}

#[tokio::test]
async fn a_client_that_was_away_during_a_restore_goes_on_as_if_there_was_none() {
    for store in stores() {
        let mut rig = Restorable::start().await;
        let ada = rig.editor(2, store.as_ref()).await;
        post(&ada, "hers").await.unwrap();
        assert_eq!(bodies(&unread(&ada).await), ["hers"]);
        post(&rig.owner, "kept").await.unwrap();
        rig.back_up().await;
        post(&rig.owner, "lost").await.unwrap();
        // Twice, while she is away.
        rig.restore().await;
        rig.back_up().await;
        rig.restore().await;
        assert_eq!(bodies(&unread(&ada).await), ["kept"]);
        post(&ada, "and on").await.unwrap();
        assert_eq!(bodies(&unread(&ada).await), ["and on"]);
        let expected = ["hers", "kept", "and on"];
        assert_eq!(bodies(&history(&ada).await), expected);
        if store.is_some() {
            let again = rig.open(2, store.as_ref()).await;
            assert!(unread(&again).await.is_empty());
            assert_eq!(bodies(&history(&again).await), expected);
        }
        // Her lane was not cut, and went on.
        assert_eq!(rig.lanes(&ada).await, 1);
    }
}

#[tokio::test]
async fn messages_that_a_restore_has_lost_are_named_once_and_can_be_posted_again() {
    for store in stores() {
        let mut rig = Restorable::start().await;
        let ada = rig.editor(2, store.as_ref()).await;
        post(&ada, "kept").await.unwrap();
        rig.back_up().await;
        let draft = text("lost").with_client_id([7; 16]);
        let lost = ada.topic(&topic()).post(&draft).await.unwrap();
        post(&rig.owner, "lost, too").await.unwrap();
        assert_eq!(bodies(&unread(&ada).await), ["kept", "lost", "lost, too"]);
        rig.restore().await;

        let report = restored(page(&ada).await);
        assert_eq!((report.survived, report.missing), (lost.number, 2));
        assert_eq!(report.topics, [topic()]);
        assert_eq!(report.state, 0);
        assert!(report.own_is_whole);
        let own: Vec<_> = report.own.iter().collect();
        assert_eq!(own.len(), 1);
        assert_eq!((own[0].client_id, own[0].posted), ([7; 16], lost));
        assert_eq!(own[0].topic, topic());
        // The topic is read from its first message on again, and nothing is posted by itself.
        assert_eq!(bodies(&unread(&ada).await), ["kept"]);
        let ada = match &store {
            Some(_) => rig.open(2, store.as_ref()).await,
            None => ada,
        };
        let again = soon(ada.topic(&topic()).post(&draft)).await.unwrap();
        assert_eq!(again.number, lost.number);
        assert_ne!(again.position.hash, lost.position.hash);
        post(&ada, "next").await.unwrap();
        assert_eq!(bodies(&unread(&ada).await), ["lost", "next"]);
        // In a new lane: nothing follows a message that two follow.
        let all = history(&ada).await;
        assert_eq!(bodies(&all), ["kept", "lost", "next"]);
        assert_eq!(rig.lanes(&ada).await, 2);
    }
}

#[tokio::test]
async fn a_post_finds_that_its_lane_was_cut_and_the_next_one_is_stored() {
    for store in stores() {
        let mut rig = Restorable::start().await;
        let ada = rig.editor(2, store.as_ref()).await;
        post(&ada, "kept").await.unwrap();
        rig.back_up().await;
        // It has never read what it posts.
        let lost = post(&ada, "lost").await.unwrap();
        rig.restore().await;
        let report = restored(post(&ada, "refused").await);
        assert_eq!(report.own.len(), 1);
        assert_eq!(report.own[0].posted, lost);
        // It is named once, also if the server is restored again before the next post.
        rig.back_up().await;
        post(&rig.owner, "lost, too").await.unwrap();
        ada.refresh().await.unwrap();
        rig.restore().await;
        let report = restored(ada.refresh().await);
        assert_eq!((report.missing, report.own.len()), (1, 0));
        post(&ada, "next").await.unwrap();
        assert_eq!(bodies(&unread(&ada).await), ["kept", "next"]);
    }
}

#[tokio::test]
async fn a_restore_that_its_operator_has_not_signed_is_a_rollback_until_it_is_signed() {
    for store in stores() {
        let mut rig = Restorable::start().await;
        let ada = rig.editor(2, store.as_ref()).await;
        rig.back_up().await;
        post(&rig.owner, "lost").await.unwrap();
        assert_eq!(bodies(&unread(&ada).await), ["lost"]);
        rig.restore_unsigned().await;
        let refused = async |space: &PolicySpace| {
            let read = page(space).await.unwrap_err();
            assert_eq!(read.code_text(), "verify.rolled_back", "{read}");
            let checkpoint = soon(space.log().checkpoint()).await.unwrap_err();
            assert_eq!(checkpoint.code_text(), "verify.rolled_back");
            let state = soon(space.refresh()).await.unwrap_err();
            assert_eq!(state.code_text(), "verify.rolled_back");
        };
        refused(&ada).await;
        refused(&ada).await;
        // Somebody else's signature is none.
        rig.sign_by(&Identity::from_seed(&[66; 32])).await;
        let forged = page(&ada).await.unwrap_err();
        assert_eq!(forged.code_text(), "signature.mismatch");
        rig.sign().await;
        assert_eq!(restored(page(&ada).await).missing, 1);
        assert!(unread(&ada).await.is_empty());
    }
}

#[tokio::test]
async fn a_space_that_names_no_operator_takes_a_restore_for_a_rollback() {
    let mut rig = Restorable::start_with(None, None).await;
    rig.back_up().await;
    post(&rig.owner, "lost").await.unwrap();
    unread(&rig.owner).await;
    rig.restore_unsigned().await;
    let error = page(&rig.owner).await.unwrap_err();
    assert_eq!(error.code_text(), "verify.rolled_back");
}

#[tokio::test]
async fn a_removal_that_a_restore_has_undone_stays_in_force_until_it_is_repeated() {
    for store in stores() {
        let mut rig = Restorable::start().await;
        let ada = rig.editor(2, store.as_ref()).await;
        let bob = rig.editor(3, None).await;
        post(&bob, "a member").await.unwrap();
        ada.refresh().await.unwrap();
        rig.back_up().await;
        soon(rig.owner.members().remove(bob.member()))
            .await
            .unwrap();
        post(&ada, "without bob").await.unwrap();
        assert_eq!(bodies(&unread(&ada).await), ["a member", "without bob"]);
        rig.restore().await;

        // The server takes him for a member again, and he knows nothing of it all.
        let bob = rig.open(3, None).await;
        post(&bob, "back").await.unwrap();
        let report = restored(page(&ada).await);
        assert_eq!(report.undone, [bob.member()]);
        assert!(report.state > 0);
        let mut handles = vec![ada];
        if store.is_some() {
            handles.push(rig.open(2, store.as_ref()).await);
        }
        for ada in &handles {
            let expected = ["a member", "[verify.unauthorized]"];
            assert_eq!(bodies(&history(ada).await), expected);
            let error = post(ada, "to bob?").await.unwrap_err();
            assert_eq!(error.code_text(), "server.restored");
        }
        let ada = handles.pop().unwrap();
        unread(&ada).await;

        // The owner's device has lost the same.
        assert_eq!(restored(page(&rig.owner).await).undone, [bob.member()]);
        soon(rig.owner.members().remove(bob.member()))
            .await
            .unwrap();
        ada.refresh().await.unwrap();
        post(&ada, "without bob again").await.unwrap();
        post(&rig.owner, "and the owner").await.unwrap();
        let expected = ["without bob again", "and the owner"];
        assert_eq!(bodies(&unread(&ada).await), expected);
        let all = bodies(&history(&rig.owner).await);
        assert_eq!(all[all.len() - 2..], expected);
    }
}

#[tokio::test]
async fn a_removal_that_an_earlier_run_has_seen_is_not_undone_either() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let mut rig = Restorable::start().await;
    let ada = rig.editor(2, Some(&store)).await;
    let bob = rig.editor(3, None).await;
    rig.back_up().await;
    soon(rig.owner.members().remove(bob.member()))
        .await
        .unwrap();
    ada.refresh().await.unwrap();
    drop(ada);
    rig.restore().await;
    let bob = rig.open(3, None).await;
    post(&bob, "back").await.unwrap();
    rig.owner.refresh().await.unwrap_err();
    post(&rig.owner, "to bob?").await.unwrap_err();

    // Whichever call comes first tells of it.
    let ada = match rig.try_open(2, Some(&store)).await {
        Ok(ada) => ada,
        Err(error) => {
            assert_eq!(restored(Err::<(), _>(error)).undone, [bob.member()]);
            rig.open(2, Some(&store)).await
        }
    };
    if let Err(error) = page(&ada).await {
        assert_eq!(restored(Err::<(), _>(error)).undone, [bob.member()]);
    }
    assert_eq!(bodies(&history(&ada).await), ["[verify.unauthorized]"]);
    let error = post(&ada, "to bob?").await.unwrap_err();
    assert_eq!(error.code_text(), "server.restored");
}

#[tokio::test]
async fn members_write_and_read_on_when_a_restore_has_lost_an_epoch_and_an_admission() {
    for store in stores() {
        let mut rig = Restorable::start().await;
        add_scribes(&rig.owner_by_http().await).await;
        admit(&rig.owner, 2, "scribe").await.unwrap();
        let ada = rig.open(2, store.as_ref()).await;
        post(&ada, "before").await.unwrap();
        rig.back_up().await;
        let lost = rig.editor(3, None).await;
        rig.owner.members().rotate().await.unwrap();
        post(&rig.owner, "lost").await.unwrap();
        post(&ada, "lost, too").await.unwrap();
        unread(&ada).await;
        rig.restore().await;
        let report = restored(page(&ada).await);
        assert!(report.undone.is_empty());
        // She sent under an epoch that is lost, never sends under an earlier one, and may not begin another.
        let waits = post(&ada, "early").await.unwrap_err();
        assert_eq!(waits.code_text(), "server.restored");
        // The owner may begin another.
        restored(page(&rig.owner).await);
        let carol = rig.editor(4, None).await;
        post(&rig.owner, "under another epoch").await.unwrap();
        post(&ada, "again").await.unwrap();
        post(&carol, "a newcomer").await.unwrap();
        let expected = ["before", "under another epoch", "again", "a newcomer"];
        assert_eq!(bodies(&unread(&ada).await), expected);
        assert_eq!(bodies(&history(&rig.owner).await), expected);
        assert_eq!(bodies(&history(&carol).await), expected);
        let gone = page(&lost).await.unwrap_err();
        assert_eq!(gone.kind(), reeeductio_client::ErrorKind::Authentication);
    }
}

#[tokio::test]
async fn an_edit_that_a_restore_has_lost_can_be_made_again() {
    for store in stores() {
        let mut rig = Restorable::start().await;
        let ada = rig.editor(2, store.as_ref()).await;
        let id = post(&ada, "first").await.unwrap().position.hash;
        rig.back_up().await;
        let general = ada.topic(&topic());
        general.edit(&id, &text("lost")).await.unwrap();
        assert_eq!(bodies(&unread(&ada).await), ["lost", "lost"]);
        rig.restore().await;
        restored(page(&ada).await);
        assert_eq!(bodies(&unread(&ada).await), ["first"]);
        general.edit(&id, &text("changed")).await.unwrap();
        assert_eq!(bodies(&history(&ada).await), ["changed", "changed"]);
        assert_eq!(bodies(&unread(&rig.owner).await), ["changed", "changed"]);
    }
}

#[tokio::test]
async fn a_history_that_a_restore_has_cut_off_begins_again() {
    let mut rig = Restorable::start().await;
    post(&rig.owner, "kept").await.unwrap();
    rig.back_up().await;
    for n in 0..210 {
        post(&rig.owner, &n.to_string()).await.unwrap();
    }
    let mut history = rig.owner.topic(&topic()).history();
    let page = soon(history.next_page()).await.unwrap().unwrap();
    assert!(page.has_more);
    rig.restore().await;
    restored(soon(history.next_page()).await);
    let cut = soon(history.next_page()).await.unwrap_err();
    assert_eq!(cut.code_text(), "client.interrupted");
    let page = soon(history.next_page()).await.unwrap().unwrap();
    assert_eq!(bodies(&page.items), ["kept"]);
}

#[tokio::test]
async fn of_two_processes_on_one_store_one_tells_of_a_restore_and_both_go_on() {
    let mut rig = Restorable::start().await;
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let one = rig.editor(2, Some(&store)).await;
    let two = rig.open(2, Some(&store)).await;
    post(&one, "kept").await.unwrap();
    rig.back_up().await;
    post(&two, "lost").await.unwrap();
    unread(&one).await;
    unread(&two).await;
    rig.restore().await;
    assert_eq!(restored(page(&one).await).own.len(), 1);
    assert_eq!(bodies(&unread(&two).await), ["kept"]);
    post(&two, "from two").await.unwrap();
    post(&one, "from one").await.unwrap();
    let expected = ["kept", "from two", "from one"];
    assert_eq!(bodies(&history(&one).await), expected);
    let third = rig.open(2, Some(&store)).await;
    assert_eq!(bodies(&history(&third).await), expected);
}

#[tokio::test]
async fn a_live_topic_goes_on_after_a_restore() {
    let mut rig = Restorable::start().await;
    let ada = rig.editor(2, None).await;
    rig.back_up().await;
    let mut live = ada.topic(&topic()).live().await.unwrap();
    post(&rig.owner, "lost").await.unwrap();
    let item = soon(live.next()).await.unwrap().unwrap();
    assert_eq!(item.body(), Some(&b"lost"[..]));
    rig.restore().await;
    // The owner's device has seen it, too.
    restored(page(&rig.owner).await).own.len();
    post(&rig.owner, "again").await.unwrap();
    let mut report = None;
    let item = loop {
        match soon(live.next()).await.unwrap() {
            Ok(item) => break item,
            Err(error) => report = Some(restored(Err::<(), _>(error))),
        }
    };
    assert_eq!(report.unwrap().missing, 1);
    assert_eq!(item.body(), Some(&b"again"[..]));
}
