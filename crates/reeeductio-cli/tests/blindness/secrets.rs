//! The secrets of a space with a policy, as somebody derives them who may read everything: its owner.

use std::collections::BTreeMap;

use hkdf::Hkdf;
use reeeductio_core::{
    Epoch, EpochRoots, Identity, Key, MessagePlace, SpaceKeys, StateChain, chain, message_key,
};
use reeeductio_proto::api::EntryPage;
use reeeductio_proto::{MemberId, Message, SealedHeader, TopicId, encoding, lp};
use reeeductio_testkit::Member;
use sha2::{Digest as _, Sha256, Sha512};

/// Secrets with their names.
pub(crate) type Named = Vec<(String, Vec<u8>)>;

/// The state of a space and the roots of all its epochs.
pub(crate) struct Opened {
    pub(crate) state: StateChain,
    pub(crate) epochs: BTreeMap<u32, Epoch>,
}

/// Reads the state as the owner, and takes the root of each epoch from its shard.
pub(crate) async fn open(owner: &Member) -> Opened {
    let mut state = StateChain::new(owner.space);
    let messages = messages(owner, "state").await;
    state.extend(chain::check(&owner.space, messages)).unwrap();
    let mut epochs = BTreeMap::new();
    for number in 0.. {
        let Some(epoch) = state.view().epoch(number) else {
            break;
        };
        let shard = EpochRoots::shard_of(&epoch.entry, &owner.id).unwrap();
        let (_, bytes) = owner.get_blob(&shard.blob.to_string()).await.unwrap();
        let taken =
            EpochRoots::take_shard(state.view(), number, &owner.id, &owner.keys, &bytes).unwrap();
        epochs.insert(number, taken);
    }
    Opened { state, epochs }
}

/// All messages of a topic, oldest first.
async fn messages(owner: &Member, topic: &str) -> Vec<Message> {
    let page = owner
        .get(&format!("topics/{topic}/messages?limit=1000"))
        .await;
    let page: EntryPage = serde_json::from_value(page.json).unwrap();
    assert!(!page.has_more);
    let entries = page.messages.into_iter();
    entries
        .map(|entry| Message::try_from(entry.message).unwrap())
        .collect()
}

/// Roots of the epochs, all keys that derive from them, and those of the messages in `topics`.
pub(crate) async fn of_space(owner: &Member, topics: &[&str]) -> Named {
    let opened = open(owner).await;
    let mut secrets = Named::new();
    for (number, epoch) in &opened.epochs {
        let mut add = |what: &str, secret: &[u8]| {
            secrets.push((format!("{what} of epoch {number}"), secret.to_vec()));
        };
        add("root", epoch.root().expose());
        let keys = SpaceKeys::derive(epoch.root(), &owner.space);
        for (what, key) in of_root(&keys) {
            add(what, key.expose());
        }
        for topic in topics {
            let key = epoch.topic(&TopicId::parse(topic).unwrap());
            add(&format!("key of the topic {topic}"), key.key().expose());
        }
        add("signal key", &signal_key(epoch));
        let context = lp([
            b"reeeductio/previous/v1".as_slice(),
            &owner.space.to_bytes(),
            &number.to_be_bytes(),
        ]);
        add(
            "key of the root before",
            &derive::<44>(epoch.root().expose(), &context),
        );
    }
    for topic in topics {
        for message in messages(owner, topic).await {
            if let Some(key) = key_of(owner, &opened, topic, &message) {
                secrets.push((format!("message key of {}", message.message_hash), key));
            }
        }
    }
    secrets
}

/// The key and the nonce of a message; `None` if it is not sealed.
fn key_of(owner: &Member, opened: &Opened, topic: &str, message: &Message) -> Option<Vec<u8>> {
    let header = SealedHeader::parse(&encoding::decode(&message.data).unwrap()).ok()?;
    let topic = TopicId::parse(topic).unwrap();
    let place = MessagePlace {
        space: &owner.space,
        topic: &topic,
        kind: &message.kind,
        sender: &message.sender,
    };
    let epoch = opened.epochs[&header.epoch].topic(&topic);
    Some(message_key(&epoch, place, &header).expose().to_vec())
}

/// Secrets of a member, or of the tool of a link: its seed, and all that derives from it.
pub(crate) fn of_identity(name: &str, owner: &Member, identity: &Identity) -> Named {
    let seed = identity.seed();
    let mut secrets = Named::new();
    let mut add = |what: &str, secret: &[u8]| {
        secrets.push((format!("{what} of {name}"), secret.to_vec()));
    };
    add("seed", &*seed);
    // The scalar and the prefix of nonces, before the scalar is clamped.
    add("signing key", &Sha512::digest(*seed));
    let context = lp([b"reeeductio/kem/v1".as_slice(), &0_u32.to_be_bytes()]);
    add("decryption key", &derive::<32>(&*seed, &context));
    let own = SpaceKeys::derive(&Key::new(*seed), &owner.space);
    add("key of the local store", own.local().expose());
    secrets
}

fn of_root(keys: &SpaceKeys) -> [(&'static str, &Key); 3] {
    [
        ("message key", keys.message()),
        ("data key", keys.data()),
        ("local key", keys.local()),
    ]
}

fn signal_key(epoch: &Epoch) -> [u8; 32] {
    let name = b"reeeductio/signal-key/v1".as_slice();
    derive(
        epoch.root().expose(),
        &lp([name, &epoch.space().to_bytes()]),
    )
}

/// The key and the nonce of a signal to all members.
pub(crate) fn of_signal(
    epoch: &Epoch,
    subject: &str,
    sender: &MemberId,
    session: &[u8; 16],
    counter: u64,
    sealed: &[u8],
) -> Vec<u8> {
    let context = lp([
        b"reeeductio/signal-message/v1".as_slice(),
        &epoch.space().to_bytes(),
        subject.as_bytes(),
        &[],
        &sender.to_bytes(),
        session,
        &counter.to_be_bytes(),
    ]);
    let salt = &sealed[14..30];
    let mut bytes = vec![0; 44];
    Hkdf::<Sha256>::new(Some(salt), &signal_key(epoch))
        .expand(&context, &mut bytes)
        .unwrap();
    bytes
}

fn derive<const N: usize>(from: &[u8], info: &[u8]) -> [u8; N] {
    let mut bytes = [0; N];
    Hkdf::<Sha256>::new(None, from)
        .expand(info, &mut bytes)
        .unwrap();
    bytes
}
