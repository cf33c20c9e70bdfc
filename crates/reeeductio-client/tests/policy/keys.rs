//! A server whose key has changed.

use reeeductio_client::{Identity, NewSpace, PolicySpace};
use reeeductio_proto::{Checkpoint, LogServer, Settings, encoding, state_entry};
use serde_json::Value;

use crate::rig::{Rig, bodies, keys, post, soon, unread};

/// The key that the server had first.
fn old_key() -> Identity {
    Identity::from_seed(&[66; 32])
}

/// Changes an answer to what it was before the server had its present key.
fn sign_by_old_key(now: &[u8; 32], body: &mut Vec<u8>) {
    let Ok(mut answer) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    let key = old_key();
    if answer.get("log_key").is_some() {
        answer["log_key"] = encoding::encode(&key.public_key()).into();
    }
    for at in ["/proof/checkpoint", "/checkpoint"] {
        if let Some(note) = answer.pointer_mut(at)
            && let Some(text) = note.as_str()
        {
            let checkpoint = Checkpoint::verify(text, now).unwrap();
            let signature = key.sign(checkpoint.text().as_bytes());
            *note = checkpoint.to_note(&key.public_key(), &signature).into();
        }
    }
    *body = answer.to_string().into_bytes();
}

#[tokio::test]
async fn a_reader_goes_on_when_the_owner_has_named_another_key_of_the_server() {
    let rig = Rig::start().await;
    let now = std::fs::read(rig.server.data().join("log.key")).unwrap();
    let now = Identity::from_seed(now[..32].try_into().unwrap()).public_key();
    let (builder, network) = rig.meddled();
    let before = move |_: &str, _: &mut u16, body: &mut Vec<u8>| sign_by_old_key(&now, body);
    network.with(before);
    let owner = PolicySpace::create(builder.clone(), keys(4), NewSpace::default());
    let owner = owner.await.unwrap();
    let reader = PolicySpace::open(builder, owner.id(), owner.member(), keys(4));
    let reader = reader.await.unwrap();
    post(&owner, "by the old key").await.unwrap();
    assert_eq!(bodies(&unread(&reader).await), ["by the old key"]);
    let host = soon(reader.log().checkpoint()).await.unwrap();
    let host = host.checkpoint().origin.host().to_owned();

    network.with(|_, _, _| {});
    let settings = Settings {
        mutable: true,
        server: Some(LogServer { host, log_key: now }),
        ..Settings::default()
    };
    let settings = state_entry::settings(&settings).unwrap();
    let member = rig.server.owner(4).await;
    let written = member.set_bytes(settings.path.as_str(), settings.value.as_bytes());
    assert_eq!(written.await.status, 201);
    post(&owner, "by the new key").await.unwrap();
    assert_eq!(bodies(&unread(&reader).await), ["by the new key"]);
    soon(owner.log().checkpoint()).await.unwrap();
}
