//! Members with rights that write what an honest client never writes.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use reeeductio_client::transport::{
    Body, Native, Request, Response, Socket, Timeouts, Transport, TransportError, Url,
};
use reeeductio_client::{MemoryStore, NewMember, NewSpace, PolicySpace};
use reeeductio_core::{
    EncryptionKey, Epoch, Key, Record, StateChain, chain, state_entry, write_shards,
};
use reeeductio_proto::api::MessageBody;
use reeeductio_proto::{
    BlobId, EpochEntry, History, MemberId, Message, Shard, View, encoding, roster_hash,
};
use reeeductio_testkit::Member;
use serde_json::{Value, json};

use crate::rig::{Rig, bodies, history, keys, post, soon, unread};

/// The state as the server has it, judged.
async fn state(member: &Member, rig: &Rig) -> StateChain {
    let page = member.get("topics/state/messages?limit=1000").await.json;
    let messages = page["messages"].as_array().unwrap().iter();
    let messages = messages.map(|message: &Value| {
        let body: MessageBody = serde_json::from_value(message.clone()).unwrap();
        Message::try_from(body).unwrap()
    });
    let space = rig.owner.id();
    let mut state = StateChain::new(space);
    let checked = chain::check(&space, messages.collect());
    state.extend(checked).unwrap();
    state
}

/// Gives a member a right, by raw HTTP: its name, the operation and the path.
async fn give(rig: &Rig, to: MemberId, (name, op, path): (&str, &str, &str)) {
    let owner = rig.server.owner(1).await;
    let right = json!({"op": op, "path": path});
    let path = format!("auth/users/{to}/rights/{name}");
    assert_eq!(owner.set(&path, &right).await.status, 201);
}

/// Ada, by raw HTTP.
async fn signed_in(rig: &Rig) -> Member {
    let (url, keys) = (rig.server.url(), keys(2));
    Member::sign_in(&url, rig.owner.id(), keys.user_id(), keys).await
}

/// Has ada begin an epoch, with shards that are made of its wraps.
async fn begin(
    rig: &Rig,
    previous: Option<[u8; 48]>,
    shards: impl FnOnce(Vec<Record>) -> Vec<(MemberId, Vec<u8>)>,
) {
    let (member, issuer) = (signed_in(rig).await, keys(2).user_id());
    let state = state(&member, rig).await;
    let (view, at) = (state.view(), state.head().unwrap().timestamp);
    let number = view.newest_epoch().unwrap().entry.number + 1;
    let epoch = Epoch::new(rig.owner.id(), number, Key::new([77; 32]));
    let roster = view.roster(at);
    let wraps = roster.iter().map(|recipient| Record {
        member: *recipient,
        wrap: wrap(view, &epoch, recipient, &issuer),
    });
    let mut named = Vec::new();
    for (first, bytes) in shards(wraps.collect()) {
        let blob = BlobId::of(&bytes);
        assert_eq!(member.put_blob(&blob.to_string(), bytes).await.status, 201);
        named.push(Shard { blob, first });
    }
    let entry = EpochEntry {
        number,
        commitment: *epoch.commitment(),
        previous,
        issuer,
        at,
        roster_hash: roster_hash(&rig.owner.id(), number, &roster),
        shards: named,
    };
    let entry = state_entry::epoch(&entry).unwrap();
    let written = member.set_bytes(entry.path.as_str(), entry.value.as_bytes());
    assert_eq!(written.await.status, 201);
}

fn wrap(view: &View, epoch: &Epoch, recipient: &MemberId, issuer: &MemberId) -> Vec<u8> {
    let key = view.encryption_key(recipient).unwrap();
    let key = EncryptionKey::published(key).unwrap();
    key.wrap(epoch, recipient, issuer, &[5; 32]).unwrap()
}

/// Ada, with the right to write below `keyring/`.
async fn keeper(rig: &Rig) -> PolicySpace {
    let ada = rig.editor(2).await;
    let right = ("rotate", "create", "state/keyring/{...}");
    give(rig, ada.member(), right).await;
    ada
}

#[tokio::test]
async fn an_epoch_that_does_not_carry_the_root_before_it_keeps_nobody_out() {
    let rig = Rig::start().await;
    keeper(&rig).await;
    post(&rig.owner, "epoch 0").await.unwrap();
    begin(&rig, Some([7; 48]), |wraps| write_shards(wraps).unwrap()).await;
    rig.owner.refresh().await.unwrap();
    post(&rig.owner, "epoch 1").await.unwrap();
    soon(rig.owner.members().rotate()).await.unwrap();
    post(&rig.owner, "epoch 2").await.unwrap();
    rig.admit(3, "editor").await;
    let store = Arc::new(MemoryStore::default());
    for _ in 0..2 {
        // Also after it was started again, with the roots that it has kept.
        let bob = rig.kept(3, &store).await;
        let read = bodies(&history(&bob).await);
        assert_eq!(read, ["[KeyMissing { epoch: 0 }]", "epoch 1", "epoch 2"]);
        soon(bob.members().publish_key()).await.unwrap();
    }
}

#[tokio::test]
async fn a_wrap_that_is_none_hides_no_message_of_another_epoch() {
    let rig = Rig::start().await;
    let new = NewMember {
        user: keys(3).user_id(),
        role: "editor".to_owned(),
        key: None,
    };
    rig.owner.members().admit(&new).await.unwrap();
    let bob = rig.open(3, rig.builder()).await.unwrap();
    bob.members().publish_key().await.unwrap();
    keeper(&rig).await;
    let ada = signed_in(&rig).await;
    let garbage = json!({"wrap": encoding::encode(b"no wrap")});
    let path = format!("keyring/0/{}", bob.member());
    assert_eq!(ada.set(&path, &garbage).await.status, 201);
    bob.refresh().await.unwrap();
    post(&rig.owner, "epoch 0").await.unwrap();
    assert_eq!(bodies(&unread(&bob).await), ["[KeyMissing { epoch: 0 }]"]);
    // The reason is told where the root is needed.
    let error = post(&bob, "no key").await.unwrap_err();
    assert_eq!(error.code_text(), "client.answer");
    soon(rig.owner.members().rotate()).await.unwrap();
    post(&rig.owner, "epoch 1").await.unwrap();
    bob.refresh().await.unwrap();
    assert_eq!(bodies(&unread(&bob).await), ["epoch 0", "epoch 1"]);
}

#[tokio::test]
async fn shards_that_are_none_do_not_keep_the_owner_from_removing_their_author() {
    let rig = Rig::start_with(NewSpace {
        history: History::Rotate,
        ..NewSpace::default()
    })
    .await;
    let ada = keeper(&rig).await;
    begin(&rig, None, |wraps| {
        vec![(wraps[0].member, vec![9; 300_000])]
    })
    .await;
    rig.owner.refresh().await.unwrap();
    soon(rig.owner.members().remove(ada.member()))
        .await
        .unwrap();
    post(&rig.owner, "without ada").await.unwrap();
    assert_eq!(bodies(&unread(&rig.owner).await), ["without ada"]);
}

/// The real network, but of a command only the first message arrives.
#[derive(Debug)]
struct FirstOfCommand(Native);

impl Transport for FirstOfCommand {
    fn send(&self, mut request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        if request.url.expose().ends_with("/commands")
            && let Body::Json(json) = &mut request.body
        {
            let mut command: Value = serde_json::from_slice(json).unwrap();
            command["messages"].as_array_mut().unwrap().truncate(1);
            *json = command.to_string().into();
        }
        self.0.send(request)
    }

    fn connect(
        &self,
        url: Url,
        protocol: Option<&'static str>,
    ) -> BoxFuture<'_, Result<Box<dyn Socket>, TransportError>> {
        self.0.connect(url, protocol)
    }
}

#[tokio::test]
async fn a_command_of_which_the_server_stores_a_part_has_not_succeeded() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    let network = FirstOfCommand(Native::new(Timeouts::default()).unwrap());
    let builder = rig.builder().transport(Arc::new(network));
    let space = rig.open(1, builder).await.unwrap();
    let removed = soon(space.members().remove(ada.member())).await;
    assert_eq!(removed.unwrap_err().code_text(), "client.answer");
    // Another device begins the epoch that this one has made keys for.
    rig.owner.refresh().await.unwrap();
    soon(rig.owner.members().rotate()).await.unwrap();
    post(&rig.owner, "one").await.unwrap();
    post(&space, "two").await.unwrap();
    for space in [&rig.owner, &space] {
        assert_eq!(bodies(&unread(space).await), ["one", "two"]);
    }
}
