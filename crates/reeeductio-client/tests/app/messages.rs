//! Messages of a channel: posting, editing, deleting, hearing, signals.

use std::sync::Arc;

use reeeductio_client::{
    Channel, ChannelEvent, ChannelEvents, ChannelOptions, Client, MemoryStore, NewPost,
    StreamEvent, StreamOptions,
};
use serde_json::{Value, json};

use crate::channels::{contents, join, post};
use crate::rig::{KeptApp, PASSWORD, soon};

/// The next event that is about messages.
async fn heard(events: &mut ChannelEvents) -> ChannelEvent {
    loop {
        let event = soon(events.next()).await.unwrap().unwrap();
        if matches!(
            event,
            ChannelEvent::Message(_)
                | ChannelEvent::Edited(_)
                | ChannelEvent::Deleted { .. }
                | ChannelEvent::Unreadable(_)
                | ChannelEvent::Signal(_)
                | ChannelEvent::Removed
        ) {
            return event;
        }
    }
}

/// The handle and the contents of the next message.
async fn message(events: &mut ChannelEvents) -> (i64, String) {
    match heard(events).await {
        ChannelEvent::Message(message) | ChannelEvent::Edited(message) => {
            let body: Value = message.json().unwrap();
            (
                message.handle,
                body["contents"].as_str().unwrap().to_owned(),
            )
        }
        other => panic!("{other:?}"),
    }
}

async fn connected(channel: &Channel) -> ChannelEvents {
    let mut events = channel.events().await.unwrap();
    while !matches!(
        soon(events.next()).await.unwrap().unwrap(),
        ChannelEvent::Connected
    ) {}
    events
}

/// A channel of Ada's, and Bob in it.
async fn two(kept: &KeptApp) -> (Client, Channel, Client, Channel) {
    let (ada, bob) = (kept.user("ada").await, kept.user("bob").await);
    let made = ada
        .channels()
        .create("general", ChannelOptions::default())
        .await
        .unwrap();
    let joined = join(&bob, "general").await.unwrap();
    (ada, made, bob, joined)
}

#[tokio::test]
async fn a_message_its_edit_and_its_deletion_are_heard_at_one_handle() {
    let kept = KeptApp::start().await;
    let (_ada, made, _bob, joined) = two(&kept).await;
    let mut bob = connected(&joined).await;
    let handle = made.send(&post("one")).await.unwrap();
    assert_eq!(message(&mut bob).await, (handle, "one".to_owned()));
    made.edit(handle, &post("two")).await.unwrap();
    match heard(&mut bob).await {
        ChannelEvent::Edited(edited) => {
            assert_eq!((edited.handle, edited.revision), (handle, 1));
            assert_eq!(
                edited.json::<Value>().unwrap(),
                json!({ "contents": "two" })
            );
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(contents(&joined).await, ["two"]);
    made.delete(handle).await.unwrap();
    match heard(&mut bob).await {
        ChannelEvent::Deleted {
            handle: deleted,
            by,
        } => {
            assert_eq!((deleted, by), (handle, made.user()));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(contents(&joined).await, [""; 0]);
}

#[tokio::test]
async fn its_sender_hears_a_message_once_and_changes_it_by_the_handle() {
    let kept = KeptApp::start().await;
    let (_ada, made, _bob, joined) = two(&kept).await;
    let mut own = connected(&made).await;
    let sent = made.send(&post("hello")).await.unwrap();
    let (handle, body) = message(&mut own).await;
    assert_eq!((handle, body.as_str()), (sent, "hello"));
    made.edit(handle, &post("hello (fixed)")).await.unwrap();
    assert_eq!(
        message(&mut own).await,
        (handle, "hello (fixed)".to_owned())
    );
    // Nothing came twice.
    let next = joined.send(&post("next")).await.unwrap();
    assert_eq!(message(&mut own).await, (next, "next".to_owned()));
}

#[tokio::test]
async fn subject_content_type_and_form_arrive_as_they_were_sent() {
    let kept = KeptApp::start().await;
    let (_ada, made, _bob, joined) = two(&kept).await;
    let mut bob = connected(&joined).await;
    let picture = NewPost::bytes("image/png", vec![0, 255]).with_subject("Pictures: Café");
    made.send(&picture).await.unwrap();
    made.send(&NewPost::json(&"a plain string").unwrap())
        .await
        .unwrap();
    let ChannelEvent::Message(first) = heard(&mut bob).await else {
        panic!("no message");
    };
    assert_eq!(first.content.subject, "Pictures: Café");
    assert_eq!(first.content.content_type, "image/png");
    assert_eq!(first.payload().as_slice(), [0, 255]);
    assert_eq!(first.sender, made.user());
    let ChannelEvent::Message(second) = heard(&mut bob).await else {
        panic!("no message");
    };
    assert_eq!(second.content.subject, "default");
    assert_eq!(second.json::<String>().unwrap(), "a plain string");
    assert_eq!(second.epoch, 0);
}

#[tokio::test]
async fn nobody_but_its_author_edits_a_message_and_the_content_stays() {
    let kept = KeptApp::start().await;
    let (_ada, made, bob, joined) = two(&kept).await;
    let handle = made.send(&post("mine")).await.unwrap();
    for refused in [
        joined.edit(handle, &post("changed")).await,
        joined.delete(handle).await,
    ] {
        assert_eq!(refused.unwrap_err().code_text(), "permission.denied");
    }
    assert_eq!(contents(&joined).await, ["mine"]);
    let missing = joined.edit(handle - 1, &post("x")).await;
    assert_eq!(missing.unwrap_err().code_text(), "message.not_found");
    // A device that has never seen the message finds it by its handle; the owner deletes what others wrote.
    let theirs = joined.send(&post("from bob")).await.unwrap();
    let phone = kept.rig.client();
    phone.auth().login("bob", PASSWORD).await.unwrap();
    let elsewhere = phone.channels().get(made.id()).await.unwrap();
    elsewhere
        .edit(theirs, &post("from bob's phone"))
        .await
        .unwrap();
    assert_eq!(contents(&joined).await, ["mine", "from bob's phone"]);
    made.delete(theirs).await.unwrap();
    assert_eq!(contents(&joined).await, ["mine"]);
    drop(bob);
}

#[tokio::test]
async fn the_history_is_paged_without_a_message_twice_or_missing() {
    let kept = KeptApp::start().await;
    let (_ada, made, _bob, joined) = two(&kept).await;
    let mut sent = Vec::new();
    for number in 0..9 {
        sent.push(made.send(&post(&number.to_string())).await.unwrap());
    }
    made.edit(sent[4], &post("four")).await.unwrap();
    made.delete(sent[6]).await.unwrap();
    sent.remove(6);
    let (mut read, mut before) = (Vec::new(), None);
    loop {
        let page = joined.history(before, 2).await.unwrap();
        let handles: Vec<i64> = page.messages.iter().map(|message| message.handle).collect();
        assert!(handles.len() <= 2 && handles.is_sorted());
        read.splice(0..0, handles);
        match page.next {
            Some(next) => before = Some(next),
            None => break,
        }
    }
    assert_eq!(read, sent);
    // From a handle that no page has named.
    let page = joined.history(Some(sent[3]), 2).await.unwrap();
    let handles: Vec<i64> = page.messages.iter().map(|message| message.handle).collect();
    assert_eq!(handles, sent[1..3]);
    assert_eq!(page.messages[0].json::<Value>().unwrap()["contents"], "1");
    assert!(joined.history(None, 0).await.is_err());
}

#[tokio::test]
async fn a_signal_reaches_those_who_are_connected_and_no_history() {
    let kept = KeptApp::start().await;
    let (_ada, made, _bob, joined) = two(&kept).await;
    let typing = NewPost::json(&json!({ "isTyping": true }))
        .unwrap()
        .with_subject("typing");
    let unconnected = made.signal(None, &typing).await;
    assert_eq!(unconnected.unwrap_err().code_text(), "client.interrupted");
    let (ada, mut bob) = (connected(&made).await, connected(&joined).await);
    made.signal(None, &typing).await.unwrap();
    match heard(&mut bob).await {
        ChannelEvent::Signal(signal) => {
            assert_eq!((signal.sender, signal.is_direct), (made.user(), false));
            assert_eq!(signal.content.subject, "typing");
            assert_eq!(signal.content.payload.as_slice(), br#"{"isTyping":true}"#);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(contents(&joined).await, [""; 0]);
    drop(ada);
    assert!(made.signal(None, &typing).await.is_err());
}

#[tokio::test]
async fn who_is_connected_is_told() {
    let kept = KeptApp::start().await;
    let (_ada, made, _bob, joined) = two(&kept).await;
    let mut ada = connected(&made).await;
    let bob = connected(&joined).await;
    let mut online = false;
    while !online {
        online = match soon(ada.next()).await.unwrap().unwrap() {
            ChannelEvent::Joined(member) => member == joined.user(),
            ChannelEvent::Online(members) => members.contains(&joined.user()),
            _ => false,
        };
    }
    drop(bob);
    while !matches!(
        soon(ada.next()).await.unwrap().unwrap(),
        ChannelEvent::Left(member) if member == joined.user()
    ) {}
}

#[tokio::test]
async fn events_that_are_heard_again_go_on_where_the_last_ones_were() {
    let kept = KeptApp::start().await;
    let (_ada, made, _bob, joined) = two(&kept).await;
    let first = made.send(&post("one")).await.unwrap();
    // From now on: what was there is in the history.
    let mut bob = connected(&joined).await;
    let twice = joined.events().await;
    assert_eq!(twice.unwrap_err().code_text(), "client.argument");
    let second = made.send(&post("two")).await.unwrap();
    assert_eq!(message(&mut bob).await.0, second);
    drop(bob);
    made.edit(first, &post("one!")).await.unwrap();
    let third = made.send(&post("three")).await.unwrap();
    let mut again = connected(&joined).await;
    assert_eq!(message(&mut again).await, (first, "one!".to_owned()));
    assert_eq!(message(&mut again).await, (third, "three".to_owned()));
}

#[tokio::test]
async fn a_store_carries_on_over_a_restart_of_the_program() {
    let kept = KeptApp::start().await;
    let ada = kept.user("ada").await;
    let made = ada
        .channels()
        .create("general", ChannelOptions::default())
        .await
        .unwrap();
    let store = Arc::new(MemoryStore::default());
    let bob = kept.rig.client_with(&store);
    bob.auth().register("bob", PASSWORD).await.unwrap();
    let joined = join(&bob, "general").await.unwrap();
    let mut events = connected(&joined).await;
    made.send(&post("heard")).await.unwrap();
    assert_eq!(message(&mut events).await.1, "heard");
    drop(events);
    bob.close().await;
    made.send(&post("missed")).await.unwrap();

    let later = kept.rig.client_with(&store);
    later.auth().restore().await.unwrap();
    later.auth().unlock(PASSWORD).await.unwrap();
    let channel = later.channels().get(made.id()).await.unwrap();
    let mut events = connected(&channel).await;
    assert_eq!(message(&mut events).await.1, "missed");
}

#[tokio::test]
async fn a_removed_member_is_told_so_and_its_events_end() {
    let kept = KeptApp::start().await;
    let (_ada, made, _bob, joined) = two(&kept).await;
    let mut bob = connected(&joined).await;
    made.remove("bob").await.unwrap();
    assert!(matches!(heard(&mut bob).await, ChannelEvent::Removed));
    assert!(soon(bob.next()).await.is_none());
}

#[tokio::test]
async fn logging_out_ends_the_events_and_every_handle() {
    let kept = KeptApp::start().await;
    let (_ada, made, bob, joined) = two(&kept).await;
    let mut events = connected(&joined).await;
    bob.auth().logout().await.unwrap();
    loop {
        match soon(events.next()).await {
            None => break,
            Some(event) => drop(event),
        }
    }
    let gone = joined.send(&post("no")).await;
    assert_eq!(gone.unwrap_err().code_text(), "account.signed_out");
    assert!(joined.history(None, 10).await.is_err());
    assert_eq!(contents(&made).await, [""; 0]);
}

#[tokio::test]
async fn a_member_that_leaves_hears_nothing_more_and_the_others_write_under_another_key() {
    let kept = KeptApp::start().await;
    let (_ada, made, _bob, joined) = two(&kept).await;
    made.send(&post("before")).await.unwrap();
    let mut ada = connected(&made).await;
    joined.leave().await.unwrap();
    while made.members().await.unwrap().len() > 1 {
        soon(ada.next()).await.unwrap().unwrap();
    }
    made.send(&post("after")).await.unwrap();
    let page = made.history(None, 10).await.unwrap();
    let epochs: Vec<u32> = page.messages.iter().map(|message| message.epoch).collect();
    assert_eq!(epochs, [0, 1]);
    assert_eq!(
        joined.history(None, 10).await.unwrap_err().code_text(),
        "member.unknown"
    );
}

#[tokio::test]
async fn a_draft_with_an_id_is_posted_once() {
    let kept = KeptApp::start().await;
    let (_ada, made, _bob, joined) = two(&kept).await;
    let draft = post("once").with_client_id([7; 16]);
    let (first, second) = (
        made.send(&draft).await.unwrap(),
        made.send(&draft).await.unwrap(),
    );
    assert_eq!(first, second);
    assert_eq!(contents(&joined).await, ["once"]);
}

#[tokio::test]
async fn the_connections_of_a_client_that_is_dropped_with_its_channels_end() {
    let kept = KeptApp::start().await;
    let (_ada, _made, bob, joined) = two(&kept).await;
    let user = joined.user();
    let options = StreamOptions::default().with_roster();
    let mut roster = kept.rig.app.space().connect(options).await.unwrap();
    let mut online = false;
    while !online {
        online = match soon(roster.next()).await.unwrap().unwrap() {
            StreamEvent::Roster(members) => members.contains(&user),
            StreamEvent::Joined(member) => member == user,
            _ => false,
        };
    }
    drop(bob);
    // The channel goes on as long as it is held.
    joined.send(&post("still here")).await.unwrap();
    drop(joined);
    while !matches!(
        soon(roster.next()).await.unwrap().unwrap(),
        StreamEvent::Left(member) if member == user
    ) {}
}
