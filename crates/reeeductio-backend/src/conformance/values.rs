//! The examination of data entries and blob records.

use reeeductio_proto::{BlobId, DataEntry, DataPath, MemberId, Signature, SpaceId};

use crate::{
    AddBlob, AddBlobOutcome, BlobRecord, BlobReference, DataVersion, DeleteData, DeleteDataOutcome,
    ObjectName, PutData, PutDataOutcome, Records, ToolUse,
};

const NOW: i64 = 1_700_000_000_000;

fn space(number: u8) -> SpaceId {
    SpaceId::from_public_key([number; 32])
}

fn entry(path: &str, data: &str, signed_at: i64) -> DataEntry {
    DataEntry {
        path: DataPath::parse(path).unwrap(),
        data: data.to_owned(),
        signature: Signature::from_bytes([4; 64]),
        signed_by: MemberId::user([9; 32]),
        signed_at,
    }
}

/// The latest signed time wins, nothing older comes back, also not after deleting.
pub async fn data_is_last_writer_wins(records: &dyn Records) {
    let here = space(1);
    let put = async |entry: DataEntry, expected| {
        let put = PutData {
            space: here,
            entry,
            expected,
        };
        records.put_data(put).await.unwrap()
    };
    let version = |signed_at| {
        Some(DataVersion {
            signed_at,
            signed_by: MemberId::user([9; 32]),
        })
    };
    let path = DataPath::parse("a/b").unwrap();
    assert_eq!(records.data(here, &path).await.unwrap(), None);
    assert_eq!(
        put(entry("a/b", "1", 10), version(5)).await,
        PutDataOutcome::Changed(None)
    );
    assert_eq!(
        put(entry("a/b", "1", 10), None).await,
        PutDataOutcome::Stored
    );
    assert_eq!(
        put(entry("a/b", "1", 10), None).await,
        PutDataOutcome::Stored,
        "again, identical"
    );
    assert_eq!(
        put(entry("a/b", "2", 10), version(10)).await,
        PutDataOutcome::Stale { newest: 10 }
    );
    assert_eq!(
        put(entry("a/b", "2", 11), None).await,
        PutDataOutcome::Changed(version(10))
    );
    assert_eq!(
        put(entry("a/b", "", 11), version(10)).await,
        PutDataOutcome::Stored
    );
    assert_eq!(
        *records.data(here, &path).await.unwrap().unwrap(),
        entry("a/b", "", 11)
    );
    let delete = async |expected| {
        let delete = DeleteData {
            space: here,
            path: path.clone(),
            expected,
        };
        records.delete_data(delete).await.unwrap()
    };
    assert_eq!(
        delete(version(10)).await,
        DeleteDataOutcome::Changed(version(11))
    );
    assert_eq!(delete(version(11)).await, DeleteDataOutcome::Deleted);
    assert_eq!(records.data(here, &path).await.unwrap(), None);
    assert_eq!(delete(None).await, DeleteDataOutcome::Deleted);
    assert_eq!(
        put(entry("a/b", "3", 11), None).await,
        PutDataOutcome::Stale { newest: 11 }
    );
    assert_eq!(
        put(entry("a/b", "3", 12), None).await,
        PutDataOutcome::Stored
    );
    assert_eq!(
        put(entry("a/B", "4", 1), None).await,
        PutDataOutcome::Stored
    );
    assert_eq!(records.data(space(2), &path).await.unwrap(), None);
}

/// A blob lives as long as somebody refers to it.
pub async fn blobs_live_as_long_as_their_references(records: &dyn Records) {
    let blob = BlobId::of(b"content");
    let record = |name: &str| BlobRecord {
        object: ObjectName::parse(name).unwrap(),
        size: 7,
        checksums: vec![1; 8],
    };
    let (ada, bob) = (MemberId::user([1; 32]), MemberId::user([2; 32]));
    let add = async |in_space, member, name: &str, tool_use| {
        let add = AddBlob {
            space: in_space,
            blob,
            record: record(name),
            reference: BlobReference {
                uploaded_by: member,
                uploaded_at: NOW,
            },
            tool_use,
        };
        records.add_blob(add).await.unwrap()
    };
    assert_eq!(records.blob(blob).await.unwrap(), None);
    let none_left = Some(ToolUse {
        tool: ada,
        limit: Some(0),
    });
    assert_eq!(
        add(space(1), ada, "o0", none_left).await,
        AddBlobOutcome::ToolUsedUp
    );
    assert_eq!(records.blob(blob).await.unwrap(), None);
    assert_eq!(add(space(1), ada, "o1", None).await, AddBlobOutcome::Stored);
    assert_eq!(
        add(space(1), bob, "o2", None).await,
        AddBlobOutcome::StoredBefore
    );
    assert_eq!(
        add(space(2), ada, "o3", None).await,
        AddBlobOutcome::StoredBefore
    );
    assert_eq!(records.blob(blob).await.unwrap(), Some(record("o1")));
    assert_eq!(
        records.objects(None, 10).await.unwrap(),
        [(blob, record("o1"))]
    );
    assert_eq!(
        records.blob_references(space(1), blob).await.unwrap().len(),
        2
    );
    let gone = records
        .remove_blob_references(space(1), blob, Some(ada))
        .await
        .unwrap();
    assert_eq!((gone.references, gone.orphan), (1, None));
    let gone = records
        .remove_blob_references(space(1), blob, None)
        .await
        .unwrap();
    assert_eq!((gone.references, gone.orphan), (1, None));
    assert_eq!(records.blob_references(space(1), blob).await.unwrap(), []);
    let gone = records.remove_blob(blob).await.unwrap();
    assert_eq!(
        (gone.references, gone.orphan),
        (1, Some(record("o1").object))
    );
    assert_eq!(records.blob(blob).await.unwrap(), None);
    assert_eq!(add(space(1), ada, "o4", None).await, AddBlobOutcome::Stored);
}
