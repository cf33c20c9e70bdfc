//! Signals, and who is connected.

use reeeductio_client::{PolicyStream, Signal, SignalError, StreamEvent, StreamOptions, Subject};

use crate::rig::{Rig, keys, soon};

fn typing() -> Subject {
    Subject::parse("typing").unwrap()
}

fn options() -> StreamOptions {
    StreamOptions::signals([typing()])
}

async fn next(stream: &mut PolicyStream) -> StreamEvent {
    soon(stream.next()).await.unwrap().unwrap()
}

/// The next signal; passes over what else comes.
async fn signal(stream: &mut PolicyStream) -> Signal {
    loop {
        match next(stream).await {
            StreamEvent::Signal(signal) => return signal,
            StreamEvent::Connected | StreamEvent::Disconnected => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_signal_reaches_the_members_that_are_connected() {
    let rig = Rig::start().await;
    let (ada, bob) = (rig.editor(2).await, rig.editor(3).await);
    let mut heard = Vec::new();
    for space in [&rig.owner, &ada, &bob] {
        heard.push(soon(space.connect(options())).await.unwrap());
    }
    let sender = heard[1].sender();
    let first = sender.send(&typing(), None, b"general").await.unwrap();
    for at in [0, 2] {
        let signal = signal(&mut heard[at]).await;
        assert_eq!(
            (signal.sender, &signal.body[..]),
            (ada.member(), &b"general"[..])
        );
        assert!(!signal.is_direct);
    }
    // To one member: the others do not get it.
    let second = sender
        .send(&typing(), Some(bob.member()), b"only you")
        .await;
    assert_eq!(second.unwrap(), first + 1);
    sender.send(&typing(), None, b"all").await.unwrap();
    let direct = signal(&mut heard[2]).await;
    assert!(direct.is_direct);
    assert_eq!(&direct.body[..], b"only you");
    assert_eq!(&signal(&mut heard[0]).await.body[..], b"all");
}

#[tokio::test]
async fn who_is_connected_is_told_and_who_goes() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    let mut stream = soon(rig.owner.connect(options().with_roster()))
        .await
        .unwrap();
    let mut known = Vec::new();
    while known.is_empty() {
        if let StreamEvent::Roster(members) = next(&mut stream).await {
            known = members;
        }
    }
    assert_eq!(known, [rig.owner.member()]);
    let other = soon(ada.connect(options())).await.unwrap();
    assert!(matches!(next(&mut stream).await, StreamEvent::Joined(who) if who == ada.member()));
    drop(other);
    assert!(matches!(next(&mut stream).await, StreamEvent::Left(who) if who == ada.member()));
}

#[tokio::test]
async fn a_removed_member_is_heard_no_more_and_the_next_epoch_seals_what_is_said() {
    let rig = Rig::start().await;
    let (ada, bob) = (rig.editor(2).await, rig.editor(3).await);
    let mut hearing = soon(bob.connect(options())).await.unwrap();
    let gone = soon(ada.connect(options())).await.unwrap();
    rig.owner.members().remove(ada.member()).await.unwrap();
    // Its stream is closed, or it may not send: either way nobody hears it.
    let _refused = gone.sender().send(&typing(), None, b"from outside").await;
    let owner = soon(rig.owner.connect(options())).await.unwrap();
    owner
        .sender()
        .send(&typing(), None, b"inside")
        .await
        .unwrap();
    let heard = signal(&mut hearing).await;
    assert_eq!(
        (heard.sender, &heard.body[..]),
        (rig.owner.member(), &b"inside"[..])
    );
}

#[tokio::test]
async fn a_stream_connects_again_when_the_connection_was_lost() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    let (builder, network) = rig.meddled();
    let space = rig.open(1, builder).await.unwrap();
    let mut stream = soon(space.connect(options())).await.unwrap();
    assert!(matches!(next(&mut stream).await, StreamEvent::Connected));
    network.cut();
    assert!(matches!(next(&mut stream).await, StreamEvent::Disconnected));
    assert!(matches!(next(&mut stream).await, StreamEvent::Connected));
    let other = soon(ada.connect(options())).await.unwrap();
    other
        .sender()
        .send(&typing(), None, b"again")
        .await
        .unwrap();
    assert_eq!(&signal(&mut stream).await.body[..], b"again");
}

#[tokio::test]
async fn a_signal_that_the_server_does_not_take_is_named() {
    let rig = Rig::start().await;
    rig.admit(2, "viewer").await;
    let viewer = rig.open(2, rig.builder()).await.unwrap();
    let mut stream = soon(viewer.connect(options())).await.unwrap();
    assert!(matches!(next(&mut stream).await, StreamEvent::Connected));
    let number = stream
        .sender()
        .send(&typing(), None, b"loud")
        .await
        .unwrap();
    let StreamEvent::Refused(refused) = next(&mut stream).await else {
        panic!("it was taken");
    };
    assert_eq!(refused.code, "permission.denied");
    assert_eq!(refused.counter, Some(number));
}

#[tokio::test]
async fn a_server_that_changes_or_repeats_a_signal_is_not_believed() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    let (builder, network) = rig.meddled();
    let space = rig.open(1, builder).await.unwrap();
    let mut stream = soon(space.connect(options())).await.unwrap();
    let other = soon(ada.connect(options())).await.unwrap();
    let said = [other.sender(), other.sender()];
    network.on_frame(|frame| {
        // The sender of the first, and the second twice.
        if frame.contains(r#""counter":1,"#) {
            let owner = keys(1).user_id().to_string();
            let ada = keys(2).user_id().to_string();
            vec![frame.replace(&ada, &owner)]
        } else {
            vec![frame.clone(), frame]
        }
    });
    for (sender, body) in said.iter().zip([b"one", b"two"]) {
        sender.send(&typing(), None, body).await.unwrap();
    }
    other.sender().send(&typing(), None, b"end").await.unwrap();
    let mut bodies = Vec::new();
    let mut errors = Vec::new();
    while bodies.last().is_none_or(|body| body != b"end") {
        match next(&mut stream).await {
            StreamEvent::Signal(signal) => bodies.push(signal.body.to_vec()),
            StreamEvent::Unreadable(signal) => errors.push(signal.error.code().to_owned()),
            _ => {}
        }
    }
    assert_eq!(errors, ["signature.mismatch"]);
    assert_eq!(bodies, [b"two".to_vec(), b"end".to_vec()]);
}

#[tokio::test]
async fn a_checkpoint_that_the_server_has_not_signed_ends_the_stream() {
    let rig = Rig::start().await;
    let (builder, network) = rig.meddled();
    let space = rig.open(1, builder).await.unwrap();
    network.on_frame(|frame| {
        // Another size than the one that is signed.
        let (before, rest) = match frame.split_once("\\n") {
            Some(parts) if frame.contains("checkpoint") => parts,
            _ => return vec![frame],
        };
        vec![format!("{before}\\n9{rest}")]
    });
    let error = soon(space.connect(options())).await.unwrap_err();
    assert_eq!(error.code_text(), "signature.mismatch", "{error}");
}

#[test]
fn a_wrong_key_is_told_from_a_missing_right() {
    assert_eq!(SignalError::Unauthorized.code(), "verify.unauthorized");
    assert_eq!(SignalError::Epoch(1).code(), "epoch.superseded");
}
