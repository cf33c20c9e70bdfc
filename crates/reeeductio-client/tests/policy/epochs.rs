//! Epochs that a member begins by raw HTTP, wrongly.

use reeeductio_client::Key;
use reeeductio_core::{
    Carried, EpochRoots, NewEpoch, Record, read_shard, state_entry, write_shards,
};
use reeeductio_proto::api::EntryPage;
use reeeductio_proto::{BlobId, MemberId, Message, Shard, View};
use reeeductio_testkit::Member;

use crate::rig::{Rig, keys};

/// Begins the second epoch of the space as the member of a seed, changed.
pub(crate) async fn begin_epoch(rig: &Rig, seed: u8, change: impl FnOnce(&mut NewEpoch)) {
    let (issuer, space) = (keys(seed).user_id(), rig.owner.id());
    let member = Member::sign_in(&rig.server.url(), space, issuer, keys(seed)).await;
    let page = member.get("topics/state/messages?limit=1000").await;
    let page: EntryPage = serde_json::from_value(page.json).unwrap();
    let mut view = View::new(space);
    let mut at = 0;
    for entry in page.messages {
        let message = Message::try_from(entry.message).unwrap();
        at = message.server_timestamp;
        drop(view.apply(&message));
    }
    let owner = keys(1).user_id();
    let first = &view.epoch(0).unwrap().entry;
    let shard = EpochRoots::shard_of(first, &owner).unwrap().blob;
    let shard = rig.owner.blobs().download(&shard).await.unwrap();
    let shard = shard.bytes().await.unwrap();
    let first = EpochRoots::take_shard(&view, 0, &owner, &keys(1), &shard).unwrap();
    let root = Key::new([9; 32]);
    let carried = Carried::Root(Some(&first));
    let mut new = NewEpoch::begin(&view, issuer, at, carried, root, || [5; 32]).unwrap();
    change(&mut new);
    for (_, bytes) in new.shards {
        rig.owner.blobs().upload(bytes).await.unwrap();
    }
    let entry = state_entry::epoch(&new.entry).unwrap();
    let set = member.set_bytes(entry.path.as_str(), entry.value.as_bytes());
    assert_eq!(set.await.status, 201);
}

/// Changes every wrap of an epoch, so that its root is nobody's.
pub(crate) fn keep_the_root(new: &mut NewEpoch) {
    keep_the_root_from(new, |_| true);
}

/// Changes the wraps for some members of an epoch.
pub(crate) fn keep_the_root_from(new: &mut NewEpoch, is_kept_out: impl Fn(&MemberId) -> bool) {
    let shards = std::mem::take(&mut new.shards).into_iter();
    let records = shards.flat_map(|(_, bytes)| read_shard(&bytes).unwrap());
    let records: Vec<Record> = records
        .map(|mut record| {
            *record.wrap.last_mut().unwrap() ^= u8::from(is_kept_out(&record.member));
            record
        })
        .collect();
    new.entry.shards.clear();
    for (first, bytes) in write_shards(records).unwrap() {
        let blob = BlobId::of(&bytes);
        new.entry.shards.push(Shard { blob, first });
        new.shards.push((blob, bytes));
    }
}
