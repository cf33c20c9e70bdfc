//! Objects that a sweep removes, and objects that it must never remove.

use crate::LogKey;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reeeductio_backend::memory::{MemoryBlobs, MemoryRecords};
use reeeductio_backend::{
    AddBlob, AddBlobOutcome, BlobRecord, BlobRecords as _, BlobReference, Blobs as _, Clock as _,
    ManualClock, ObjectName, Quotas, Runtime, SystemRng,
};
use reeeductio_proto::{BlobId, MemberId, SpaceId};

use super::{SPARED, Sweep};
use crate::{Engine, EngineConfig, Ports, Secret};

struct Rig {
    engine: Engine,
    records: Arc<MemoryRecords>,
    blobs: MemoryBlobs,
    clock: Arc<ManualClock>,
}

fn rig() -> Rig {
    let clock = Arc::new(ManualClock::at(1_760_000_000_000));
    let records = Arc::new(MemoryRecords::default());
    let blobs = MemoryBlobs::new(Arc::clone(&clock) as Arc<_>);
    let engine = Engine::new(
        EngineConfig::new(
            Secret::from(vec![7; 32]),
            LogKey::new("test.example", &[8; 32]).unwrap(),
        ),
        Ports {
            records: Arc::clone(&records) as Arc<_>,
            blobs: Arc::new(blobs.clone()),
            clock: Arc::clone(&clock) as Arc<_>,
            rng: Arc::new(SystemRng),
            runtime: Arc::new(Idle),
        },
    )
    .unwrap();
    Rig {
        engine,
        records,
        blobs,
        clock,
    }
}

/// Nothing here outlives its request.
struct Idle;

impl Runtime for Idle {
    fn spawn(&self, _task: Pin<Box<dyn Future<Output = ()> + Send>>) {}

    fn sleep(&self, _duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }
}

impl Rig {
    async fn store(&self, name: &str) -> ObjectName {
        let name = ObjectName::parse(name).unwrap();
        let mut writer = self.blobs.begin(&name).await.unwrap();
        writer.write(Bytes::from_static(b"12345")).await.unwrap();
        writer.finish().await.unwrap();
        name
    }

    async fn record(&self, object: &ObjectName) {
        let add = AddBlob {
            space: SpaceId::from_public_key([1; 32]),
            blob: BlobId::of(object.as_str().as_bytes()),
            record: BlobRecord {
                object: object.clone(),
                size: 5,
                checksums: vec![0; 8],
            },
            reference: BlobReference {
                uploaded_by: MemberId::user([2; 32]),
                uploaded_at: self.clock.now(),
            },
            judged: None,
            tool_use: None,
            quotas: Quotas::default(),
        };
        assert_eq!(
            self.records.add_blob(add).await.unwrap(),
            AddBlobOutcome::Stored
        );
    }

    async fn has(&self, object: &ObjectName) -> bool {
        self.blobs.size(object).await.unwrap().is_some()
    }
}

#[tokio::test]
async fn an_object_that_nothing_refers_to_goes_once_it_is_a_day_old() {
    let rig = rig();
    let left = rig.store("Bleft.0000000000000001").await;
    rig.clock.advance(SPARED);
    let spared = Sweep {
        spared: 1,
        ..Sweep::default()
    };
    assert_eq!(rig.engine.sweep().await.unwrap(), spared);
    assert!(rig.has(&left).await);
    rig.clock.advance(1);
    let removed = Sweep {
        removed: 1,
        removed_bytes: 5,
        ..Sweep::default()
    };
    assert_eq!(rig.engine.sweep().await.unwrap(), removed);
    assert!(!rig.has(&left).await);
    assert_eq!(rig.engine.sweep().await.unwrap(), Sweep::default());
}

#[tokio::test]
async fn an_object_that_a_blob_refers_to_stays_whatever_its_neighbours_are_called() {
    let rig = rig();
    let mut kept = Vec::new();
    // More neighbours than are looked at at once, before it and behind it in order.
    for last in 0..40 {
        let name = format!("Bsame.00000000000000{}", char::from(b'0' + last % 10));
        let name = format!("{name}{}", char::from(b'a' + last / 10));
        let object = rig.store(&name).await;
        if last % 3 == 0 {
            continue;
        }
        rig.record(&object).await;
        kept.push(object);
    }
    let short = rig.store("B").await;
    rig.record(&short).await;
    kept.push(short);
    rig.clock.advance(2 * SPARED);
    let swept = rig.engine.sweep().await.unwrap();
    assert_eq!((swept.recorded, swept.removed), (kept.len() as u64, 14));
    for object in &kept {
        assert!(rig.has(object).await, "{object}");
    }
}

#[tokio::test]
async fn an_object_whose_record_is_being_written_stays_however_old_the_clock_makes_it() {
    let rig = rig();
    let object = ObjectName::parse("Bupload.0000000000000001").unwrap();
    let claim = rig.engine.claims.claim(&object);
    rig.store(object.as_str()).await;
    // The operator sets the clock.
    rig.clock.advance(365 * SPARED);
    assert_eq!(rig.engine.sweep().await.unwrap().spared, 1);
    rig.record(&object).await;
    drop(claim);
    assert_eq!(rig.engine.sweep().await.unwrap().recorded, 1);
    assert!(rig.has(&object).await);
}
