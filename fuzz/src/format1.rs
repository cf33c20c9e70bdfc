//! Sealed format 1: signed parts, payloads, wraps, shards, signals, inbox items, requests to join and checkpoints.

use reeeductio_core::{
    Epoch, Identity, ItemContent, ItemContext, JoinRequest, Key, MessageContent, MessageHead,
    MessagePlace, SEALED, SealedSignal, SignalPlace, WrapContext, message_key, open_message,
    open_signal, read_shard, seal_message, seal_signal, write_shards,
};
use reeeductio_proto::tree::{Frontier, Proof};
use reeeductio_proto::{
    Checkpoint, MemberId, SealedHeader, SpaceId, Target, TargetChange, TopicId,
};
use zeroize::Zeroizing;

use crate::input::{Numbers, text};

/// Whatever is read is exactly what is written; whatever opens was sealed for its place; nothing that was changed opens. Garbage is
/// refused, however long.
pub fn check(data: &[u8]) {
    if let Ok(header) = SealedHeader::parse(data) {
        assert_eq!(header.to_bytes(), data);
    }
    if let Ok(records) = read_shard(data) {
        let shards = write_shards(records.clone()).unwrap();
        assert_eq!(shards.len(), 1);
        assert_eq!(shards[0].0, records[0].member);
        assert_eq!(shards[0].1, data);
    }
    if let Some(note) = text(data)
        && let Ok(checkpoint) = Checkpoint::verify(note, &server().public_key())
    {
        assert!(note.starts_with(&checkpoint.text()));
    }
    let mut numbers = Numbers(data);
    message(&mut numbers);
    wrap(data);
    signal(data);
    item(data);
    join(data);
    proofs(data);
}

fn server() -> Identity {
    identity(5)
}

fn identity(seed: u8) -> Identity {
    Identity::from_seed(&[seed; 32])
}

/// A message is opened to what it was, and not with a bit turned.
fn message(numbers: &mut Numbers<'_>) {
    let (place, flags) = (numbers.byte(), numbers.byte());
    let (lane, salt): ([u8; 8], [u8; 16]) = (numbers.array(), numbers.array());
    let space = SpaceId::from_public_key([1; 32]);
    let (topic, sender) = (TopicId::parse("general").unwrap(), MemberId::user([2; 32]));
    let epoch = Epoch::new(space, 3, Key::new([7; 32])).topic(&topic);
    let place_of = MessagePlace {
        space: &space,
        topic: &topic,
        kind: SEALED,
        sender: &sender,
    };
    let change = match flags & 3 {
        1 => Some(TargetChange::Edit),
        2 => Some(TargetChange::Delete),
        _ => None,
    };
    let is_delete = change == Some(TargetChange::Delete);
    let head = MessageHead {
        lane: if lane == [0; 8] { [1; 8] } else { lane },
        authority: [4; 32],
        salt,
        expires: (flags & 4 != 0).then_some(9),
        target: change.map(|change| Target {
            change,
            message: [6; 32],
            revision: 1,
        }),
    };
    let body = if is_delete { &[] } else { numbers.0 };
    let content = MessageContent {
        seen: None,
        content_type: String::new(),
        client_id: [8; 16],
        body: Zeroizing::new(body.to_vec()),
    };
    let Ok((header, payload)) = seal_message(&epoch, place_of, head, &content) else {
        assert!(body.len() > 65_000);
        return;
    };
    assert_eq!(SealedHeader::parse(&header.to_bytes()), Ok(header.clone()));
    let key = message_key(&epoch, place_of, &header);
    assert_eq!(
        open_message(&key, place_of, &header, &payload).unwrap(),
        content
    );
    let mut changed = header.to_bytes();
    let index = usize::from(place) % changed.len();
    changed[index] ^= 1 << (flags & 7);
    if let Ok(changed) = SealedHeader::parse(&changed) {
        let derived = message_key(&epoch, place_of, &changed);
        assert!(open_message(&derived, place_of, &changed, &payload).is_err());
        assert!(open_message(&key, place_of, &changed, &payload).is_err());
    }
    let mut changed = payload;
    changed[usize::from(place)] ^= 1;
    assert!(open_message(&key, place_of, &header, &changed).is_err());
}

/// A wrap that nobody made does not open.
fn wrap(data: &[u8]) {
    let (space, issuer) = (server().space_id(), server().user_id());
    let context = WrapContext {
        space: &space,
        recipient: &issuer,
        issuer: &issuer,
        epoch: 0,
        commitment: &[0; 32],
    };
    assert!(server().decryption_key(0).unwrap(context, data).is_err());
}

/// A signal that opens is the one that its body is sealed to; whatever is sealed opens, and not with a bit turned.
fn signal(data: &[u8]) {
    // The place and the epoch of the seed.
    let (space, sender) = (identity(1).space_id(), identity(2).user_id());
    let place = SignalPlace {
        space: &space,
        subject: "typing",
        to: None,
        sender: &sender,
        session: [0x26; 16],
        counter: 1,
    };
    let epoch = Epoch::new(space, 1, Key::new([0x11; 32]));
    if let Ok(sealed) = SealedSignal::parse(data)
        && let Ok(body) = open_signal(&epoch, place, &sealed)
    {
        let salt: [u8; 16] = data[14..30].try_into().unwrap();
        assert_eq!(seal_signal(&epoch, place, &salt, &body).unwrap(), data);
    }
    let Ok(mut sealed) = seal_signal(&epoch, place, &[9; 16], data) else {
        assert!(data.len() > 16_380);
        return;
    };
    let opened = open_signal(&epoch, place, &SealedSignal::parse(&sealed).unwrap());
    assert_eq!(opened.unwrap().as_slice(), data);
    let index = data.iter().map(|byte| usize::from(*byte)).sum::<usize>() % sealed.len();
    sealed[index] ^= 1;
    let changed = SealedSignal::parse(&sealed);
    assert!(changed.is_err() || open_signal(&epoch, place, &changed.unwrap()).is_err());
}

/// An inbox item that nobody made does not open; whatever is sealed opens, and not with a bit turned.
fn item(data: &[u8]) {
    let (space, ada, ben) = (
        identity(1).space_id(),
        identity(2).user_id(),
        identity(3).user_id(),
    );
    let context = ItemContext {
        space: &space,
        recipient: &ben,
        sender: &ada,
        item: [4; 16],
    };
    let key = identity(3).decryption_key(0);
    assert!(key.open_item(context, data).is_err());
    let content = ItemContent {
        content_type: String::new(),
        body: Zeroizing::new(data.to_vec()),
    };
    let half = key.encryption_key().unwrap();
    let Ok(mut sealed) = half.seal_item(context, &content, &[5; 32]) else {
        assert!(data.len() > 63_476);
        return;
    };
    assert_eq!(key.open_item(context, &sealed).unwrap(), content);
    let index = data.iter().map(|byte| usize::from(*byte)).sum::<usize>() % sealed.len();
    sealed[index] ^= 1;
    assert!(key.open_item(context, &sealed).is_err());
}

/// A request to join that is taken is exactly what its member wrote.
fn join(data: &[u8]) {
    let (space, ada) = (identity(1).space_id(), identity(2));
    if let Ok(request) = JoinRequest::parse(space, &ada.user_id(), data) {
        assert_eq!(request.to_bytes(), data);
        assert_eq!(request.member(), ada.user_id());
        let generation = request.encryption_key().generation();
        let key = ada.decryption_key(generation).encryption_key().unwrap();
        assert_eq!(request.encryption_key(), &key);
    }
}

/// Bytes prove nothing about a tree that they were not made for.
fn proofs(data: &[u8]) {
    let (hashes, rest) = data.as_chunks::<32>();
    let proof = Proof(hashes.to_vec());
    let mut frontier = Frontier::default();
    for number in rest {
        frontier.push([*number; 32]);
    }
    let (size, root) = (frontier.size(), frontier.root());
    let leaf = [0x5A ^ rest.first().copied().unwrap_or_default(); 32];
    assert!(proof.verify_inclusion(&leaf, 0, size, &root).is_err());
    let other = (size / 2, &[0xFE; 32]);
    assert!(proof.verify_consistency(other, (size, &root)).is_err());
}
