//! Damage.

use std::sync::Arc;

use reeeductio_core::Identity;
use reeeductio_proto::{DataEntry, DataPath, Position};

use super::{chain, message, path, records, space};
use crate::store::records::all_credentials;
use crate::store::{Batch, Change, Durability, Entry, Records, Scan, Snapshot, Store};
use reeeductio_core::replica::Range;

/// A record that was altered, cut off or moved is damage, whatever it is.
pub async fn what_was_never_saved_is_damage(store: Arc<dyn Store>) {
    let records = records(&store, 1);
    let general = chain("general");
    let first = message(1, "general", "k", 5, None);
    let (data, name) = (DataPath::parse("a").unwrap(), path("a"));
    let sender = Identity::from_seed(&[1; 32]).user_id();
    let position = Position::from(&first);
    let batch = Batch {
        messages: vec![first.clone().into()],
        heads: vec![(general.clone(), position)],
        signed_times: vec![(data.clone(), 5)],
        data: vec![DataEntry {
            path: data.clone(),
            data: "QQ==".to_owned(),
            signature: first.signature,
            signed_by: sender,
            signed_at: 5,
        }],
        entries: vec![(name.clone(), Entry { position, sender })],
        snapshot: Some(Snapshot {
            position,
            bytes: b"bytes".to_vec(),
        }),
        drafts: vec![(1, b"draft".to_vec())],
        ..Batch::default()
    };
    records.save(batch).await.unwrap();
    records.add_credentials(b"credentials").await.unwrap();
    let scan = Scan {
        from: vec![],
        to: vec![0xff],
        limit: 99,
        bytes: usize::MAX,
        reverse: false,
    };
    let mut kept = store.scan(scan).await.unwrap().pairs;
    // The receipt of a draft is for its writer only.
    kept.retain(|(key, _)| key[0] != 13);
    assert_eq!(kept.len(), 11);
    let is_damaged = async || {
        // A new one, which reads the format again.
        let records = Records::new(Arc::clone(&store), space(1));
        let results = [
            records.message(&general, &first.message_hash).await.err(),
            records.messages(&general, Range::first(9)).await.err(),
            records.head(&general).await.err(),
            records.signed_time(&data).await.err(),
            records.data(&data).await.err(),
            records.entries(None, None, 9).await.err(),
            records.snapshot().await.err(),
            records.drafts(None, 9).await.err(),
            records.add_draft(b"another").await.err(),
            records.credentials().await.err(),
            all_credentials(&store).await.err(),
        ];
        let mut errors = results.into_iter().flatten();
        errors.any(|error| error.code() == "store.damaged")
    };
    assert!(!is_damaged().await);
    let put = async |key: &[u8], value: Vec<u8>| {
        let key = key.to_vec();
        let change = Change::Put { key, value };
        let done = store.commit(vec![change], Durability::Process).await;
        done.unwrap();
    };
    for (key, value) in &kept {
        let mut altered = value.clone();
        altered[0] ^= 1;
        let shorter = value[..value.len() - 1].to_vec();
        let longer = [value.as_slice(), &[0]].concat();
        let other = kept.iter().find(|pair| pair.0 != *key).unwrap().1.clone();
        for damage in [altered, shorter, longer, other, vec![]] {
            put(key, damage).await;
            assert!(is_damaged().await, "{key:?}");
        }
        put(key, value.clone()).await;
    }
    let lost = kept.iter().find(|(key, _)| key[0] == 1).unwrap();
    let change = Change::Delete {
        key: lost.0.clone(),
    };
    let done = store.commit(vec![change], Durability::Process).await;
    done.unwrap();
    assert!(is_damaged().await);
}
