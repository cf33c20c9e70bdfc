//! The conformance suite of data entries and blob records.

use reeeductio_proto::{BlobId, DataEntry, DataPath, MemberId, Signature, SpaceId};

use crate::{
    AddBlob, AddBlobOutcome, BlobRecord, BlobReference, DataVersion, DeleteData, DeleteDataOutcome,
    Judged, Moved, ObjectName, OverQuota, PutData, PutDataOutcome, Quota, QuotaOf, QuotaUnit,
    Quotas, RecordedBlob, Records, RemoveBlob, RemoveBlobOutcome, Tally, ToolUse,
};

const NOW: i64 = 1_700_000_000_000;

fn space(number: u8) -> SpaceId {
    SpaceId::from_public_key([number; 32])
}

pub(super) fn entry(path: &str, data: &str, signed_at: i64) -> DataEntry {
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
            judged: None,
            quotas: Quotas::default(),
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
        PutDataOutcome::Stored(None)
    );
    assert_eq!(
        put(entry("a/b", "1", 10), None).await,
        PutDataOutcome::Stored(None),
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
        PutDataOutcome::Stored(None)
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
            judged: None,
        };
        records.delete_data(delete).await.unwrap()
    };
    assert_eq!(
        delete(version(10)).await,
        DeleteDataOutcome::Changed(version(11))
    );
    assert_eq!(delete(version(11)).await, DeleteDataOutcome::Deleted(None));
    assert_eq!(records.data(here, &path).await.unwrap(), None);
    assert_eq!(delete(None).await, DeleteDataOutcome::Deleted(None));
    assert_eq!(
        put(entry("a/b", "3", 11), None).await,
        PutDataOutcome::Stale { newest: 11 }
    );
    assert_eq!(
        put(entry("a/b", "3", 12), None).await,
        PutDataOutcome::Stored(None)
    );
    assert_eq!(
        put(entry("a/B", "4", 1), None).await,
        PutDataOutcome::Stored(None)
    );
    assert_eq!(records.data(space(2), &path).await.unwrap(), None);
}

fn record(name: &str, size: u64) -> BlobRecord {
    BlobRecord {
        object: ObjectName::parse(name).unwrap(),
        size,
        checksums: vec![1; 8],
    }
}

pub(super) fn upload(space: SpaceId, blob: BlobId, by: MemberId, object: &str) -> AddBlob {
    AddBlob {
        space,
        blob,
        record: record(object, 7),
        reference: BlobReference {
            uploaded_by: by,
            uploaded_at: NOW,
        },
        judged: None,
        tool_use: None,
        quotas: Quotas::default(),
    }
}

async fn remove(
    records: &dyn Records,
    space: SpaceId,
    blob: BlobId,
    uploaded_by: Option<MemberId>,
) -> (u64, Option<ObjectName>) {
    let remove = RemoveBlob {
        space,
        blob,
        uploaded_by,
        judged: None,
        operator: None,
    };
    match records.remove_blob(remove).await.unwrap() {
        RemoveBlobOutcome::Removed { references, orphan } => (references, orphan),
        other @ RemoveBlobOutcome::JudgementMoved(_) => panic!("not removed: {other:?}"),
    }
}

/// A blob lives in a space as long as somebody there refers to it; other spaces have their own.
pub async fn blobs_live_as_long_as_their_references(records: &dyn Records) {
    let blob = BlobId::of(b"content");
    let (here, there) = (space(1), space(2));
    let (ada, bob) = (MemberId::user([1; 32]), MemberId::user([2; 32]));
    let add = async |in_space, member, name: &str| {
        let add = upload(in_space, blob, member, name);
        records.add_blob(add).await.unwrap()
    };
    assert_eq!(records.blob(here, blob).await.unwrap(), None);
    let none_left = AddBlob {
        tool_use: Some(ToolUse {
            tool: ada,
            limit: Some(0),
        }),
        ..upload(here, blob, ada, "o0")
    };
    assert_eq!(
        records.add_blob(none_left).await.unwrap(),
        AddBlobOutcome::ToolUsedUp
    );
    assert_eq!(records.blob(here, blob).await.unwrap(), None);
    assert_eq!(add(here, ada, "o1").await, AddBlobOutcome::Stored);
    assert_eq!(add(here, bob, "o2").await, AddBlobOutcome::StoredBefore);
    assert_eq!(add(there, ada, "o3").await, AddBlobOutcome::Stored);
    assert_eq!(
        records.blob(here, blob).await.unwrap(),
        Some(record("o1", 7))
    );
    assert_eq!(
        records.blob(there, blob).await.unwrap(),
        Some(record("o3", 7))
    );
    assert_eq!(records.blob_spaces(blob).await.unwrap(), [here, there]);
    let recorded = |space, object| RecordedBlob {
        space,
        blob,
        record: record(object, 7),
    };
    assert_eq!(
        records.objects(None, 10).await.unwrap(),
        [recorded(here, "o1"), recorded(there, "o3")]
    );
    let after = ObjectName::parse("o1").unwrap();
    assert_eq!(
        records.objects(Some(&after), 10).await.unwrap(),
        [recorded(there, "o3")]
    );
    let references = records.blob_references(here, blob).await.unwrap();
    assert_eq!(references.len(), 2);
    assert_eq!(remove(records, here, blob, Some(ada)).await, (1, None));
    let object = |name| ObjectName::parse(name);
    assert_eq!(remove(records, here, blob, None).await, (1, object("o1")));
    assert_eq!(records.blob_references(here, blob).await.unwrap(), []);
    assert_eq!(records.blob(here, blob).await.unwrap(), None);
    assert_eq!(records.blob_spaces(blob).await.unwrap(), [there]);
    assert_eq!(remove(records, there, blob, None).await, (1, object("o3")));
    assert_eq!(remove(records, there, blob, None).await, (0, None));
    assert_eq!(add(here, ada, "o4").await, AddBlobOutcome::Stored);
}

/// Every write of a value is refused when judged by `before` and taken when judged by `now`.
pub(super) async fn values_stand_or_fall_with_their_judgement(
    records: &dyn Records,
    here: SpaceId,
    before: Option<Judged>,
    now: Option<Judged>,
    moved: Moved,
) {
    let path = DataPath::parse("a").unwrap();
    let blob = BlobId::of(b"content");
    let member = now.unwrap().member;
    for (judged, stands) in [(before, false), (now, true)] {
        let put = PutData {
            space: here,
            entry: entry("a", "1", 10),
            expected: None,
            judged,
            quotas: Quotas::default(),
        };
        let expected = if stands {
            PutDataOutcome::Stored(None)
        } else {
            PutDataOutcome::JudgementMoved(moved)
        };
        assert_eq!(records.put_data(put).await.unwrap(), expected);
        let add = AddBlob {
            judged,
            ..upload(here, blob, member, "o")
        };
        let expected = if stands {
            AddBlobOutcome::Stored
        } else {
            AddBlobOutcome::JudgementMoved(moved)
        };
        assert_eq!(records.add_blob(add).await.unwrap(), expected);
    }
    for (judged, stands) in [(before, false), (now, true)] {
        let delete = DeleteData {
            space: here,
            path: path.clone(),
            expected: Some(DataVersion::from(&entry("a", "1", 10))),
            judged,
        };
        let expected = if stands {
            DeleteDataOutcome::Deleted(None)
        } else {
            DeleteDataOutcome::JudgementMoved(moved)
        };
        assert_eq!(records.delete_data(delete).await.unwrap(), expected);
        let remove = RemoveBlob {
            space: here,
            blob,
            uploaded_by: None,
            judged,
            operator: None,
        };
        let moved = RemoveBlobOutcome::JudgementMoved(moved);
        let outcome = records.remove_blob(remove).await.unwrap();
        assert_eq!(outcome != moved, stands, "{outcome:?}");
    }
}

/// A quota of bytes that a write would exceed.
fn over(of: QuotaOf, limit: u64, stored: u64) -> OverQuota {
    OverQuota {
        of,
        unit: QuotaUnit::Bytes,
        limit,
        stored,
    }
}

/// Entries and blobs are counted for the space and for their members, and limited by both.
pub async fn values_are_counted_and_limited(records: &dyn Records) {
    let here = space(1);
    let (ada, bob) = (MemberId::user([9; 32]), MemberId::user([2; 32]));
    let bytes = |bytes| Quota {
        count: None,
        bytes: Some(bytes),
    };
    let member = |member| Quotas {
        member,
        ..Quotas::default()
    };
    let put = async |entry: DataEntry, expected, quotas| {
        let put = PutData {
            space: here,
            entry,
            expected,
            judged: None,
            quotas,
        };
        records.put_data(put).await.unwrap()
    };
    let usage = async |member| records.usage(here, member).await.unwrap();
    let tally = |count, bytes| Tally { count, bytes };
    assert_eq!(
        put(entry("a", "12", 1), None, member(bytes(2))).await,
        PutDataOutcome::OverQuota(over(QuotaOf::Member, 2, 0))
    );
    assert_eq!(usage(None).await.entries, Tally::default());
    assert_eq!(
        put(entry("a", "12", 1), None, member(bytes(3))).await,
        PutDataOutcome::Stored(None)
    );
    let first = DataVersion::from(&entry("a", "12", 1));
    // A write that adds to the usage is refused, one that reduces it is not, even above the quota.
    assert_eq!(
        put(entry("a", "1234", 2), Some(first), member(bytes(3))).await,
        PutDataOutcome::OverQuota(over(QuotaOf::Member, 3, 3))
    );
    assert_eq!(
        put(entry("a", "1", 2), Some(first), member(bytes(0))).await,
        PutDataOutcome::Stored(None)
    );
    let taken_over = DataEntry {
        signed_by: bob,
        ..entry("a", "123", 3)
    };
    let second = DataVersion::from(&entry("a", "1", 2));
    assert_eq!(
        put(taken_over.clone(), Some(second), Quotas::default()).await,
        PutDataOutcome::Stored(None)
    );
    assert_eq!(usage(Some(ada)).await.entries, Tally::default());
    assert_eq!(usage(Some(bob)).await.entries, tally(1, 4));
    assert_eq!(usage(None).await.entries, tally(1, 4));
    let delete = DeleteData {
        space: here,
        path: DataPath::parse("a").unwrap(),
        expected: Some(DataVersion::from(&taken_over)),
        judged: None,
    };
    records.delete_data(delete).await.unwrap();
    assert_eq!(
        usage(Some(bob)).await.entries,
        tally(1, 1),
        "its path stays"
    );

    let blob = BlobId::of(b"content");
    let limited = |by, object, quotas| AddBlob {
        quotas,
        ..upload(here, blob, by, object)
    };
    let in_space = Quotas {
        space: bytes(6),
        ..Quotas::default()
    };
    assert_eq!(
        records
            .add_blob(limited(ada, "o1", in_space))
            .await
            .unwrap(),
        AddBlobOutcome::OverQuota(over(QuotaOf::Space, 6, 0))
    );
    for (by, object) in [(ada, "o1"), (ada, "o2"), (bob, "o3")] {
        let quotas = Quotas {
            space: bytes(7),
            member: bytes(7),
        };
        records.add_blob(limited(by, object, quotas)).await.unwrap();
    }
    assert_eq!(usage(None).await.blobs, tally(1, 7));
    assert_eq!(usage(Some(ada)).await.blobs, tally(1, 7));
    assert_eq!(usage(Some(bob)).await.blobs, tally(1, 7));
    remove(records, here, blob, Some(ada)).await;
    assert_eq!(usage(Some(ada)).await.blobs, Tally::default());
    assert_eq!(usage(None).await.blobs, tally(1, 7));
    remove(records, here, blob, None).await;
    assert_eq!(usage(None).await.blobs, Tally::default());
}

/// An upload that is repeated because its answer was lost costs the tool nothing and is not refused.
pub async fn repeated_uploads_cost_no_use(records: &dyn Records) {
    let (here, blob) = (space(1), BlobId::of(b"content"));
    let (tool, other) = (MemberId::tool([5; 32]), MemberId::user([9; 32]));
    let add = async |blob, object| {
        let add = AddBlob {
            tool_use: Some(ToolUse {
                tool,
                limit: Some(1),
            }),
            ..upload(here, blob, tool, object)
        };
        records.add_blob(add).await.unwrap()
    };
    assert_eq!(add(blob, "o1").await, AddBlobOutcome::Stored);
    assert_eq!(add(blob, "o2").await, AddBlobOutcome::StoredBefore);
    assert_eq!(records.tool_uses(here, tool).await.unwrap(), 1);
    // That somebody else has it is no reason: the reference would be new.
    let theirs = BlobId::of(b"other content");
    records
        .add_blob(upload(here, theirs, other, "o3"))
        .await
        .unwrap();
    assert_eq!(add(theirs, "o4").await, AddBlobOutcome::ToolUsedUp);
}
