//! The bytes of every record are those in `spec/local-store.md`.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::too_many_lines,
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes
)]

use std::fmt::Write as _;
use std::sync::Arc;

use reeeductio_client::store::records::{InForceRecord, LogBatch};
use reeeductio_client::store::{Batch, Entry, Scan, Snapshot};
use reeeductio_client::{Identity, MemoryStore, Records, Store};
use reeeductio_core::Seen;
use reeeductio_core::log::{LaneTail, LogRecord, SeenVerdict, Sighting, SignedCheckpoint, Tail};
use reeeductio_proto::{
    ChainId, Checkpoint, DataEntry, DataPath, Lane, LogServer, MemberId, Message, MessageId,
    Origin, Position, Signature, SpaceId, StatePath, TopicId,
};

const PAGE: &str = include_str!("../../../spec/local-store.md");

/// One record of each kind, and a head of a lane.
fn example() -> Batch {
    let message = Message {
        message_hash: MessageId::from_hash([0x3d; 32]),
        topic_id: TopicId::parse("general").unwrap(),
        kind: "t".to_owned(),
        prev_hash: Some(MessageId::from_hash([0x4c; 32])),
        data: "QQ==".to_owned(),
        sender: MemberId::user([0x2e; 32]),
        signature: Signature::from_bytes([0x5b; 64]),
        server_timestamp: 1,
    };
    let position = Position::from(&message);
    let sender = message.sender;
    let chain = ChainId::shared(message.topic_id.clone());
    let lane = Lane {
        member: sender,
        id: *b"laneLANE",
    };
    let lane = ChainId {
        lane: Some(lane),
        ..chain.clone()
    };
    Batch {
        messages: vec![message.clone().into()],
        heads: vec![(chain.clone(), position), (lane, position)],
        signed_times: vec![(DataPath::parse("a/b c").unwrap(), -1)],
        data: vec![DataEntry {
            path: DataPath::parse("a/b c").unwrap(),
            data: "QQ==".to_owned(),
            signature: Signature::from_bytes([0x5b; 64]),
            signed_by: sender,
            signed_at: -1,
        }],
        removed_data: Vec::new(),
        entries: vec![(StatePath::parse("a/b").unwrap(), Entry { position, sender })],
        snapshot: Some(Snapshot {
            position,
            bytes: b"bytes".to_vec(),
        }),
        drafts: vec![(256, b"draft".to_vec())],
        sent: Vec::new(),
        sent_to: vec![(chain.clone(), position)],
        given: vec![message.into()],
    }
}

/// A checkpoint of a size, signed.
fn checkpoint(space: SpaceId, size: u64) -> SignedCheckpoint {
    let key = Identity::from_seed(&[0x79; 32]);
    let checkpoint = Checkpoint {
        origin: Origin::new("h", space, *b"INCARNAT").unwrap(),
        size,
        root: [0x88; 32],
    };
    let signature = key.sign(checkpoint.text().as_bytes());
    let note = checkpoint.to_note(&key.public_key(), &signature);
    let server = LogServer {
        host: "h".to_owned(),
        log_key: key.public_key(),
    };
    SignedCheckpoint::verify(space, &server, &note).unwrap()
}

/// One record of each kind of a space with a policy.
fn example_with_policy(space: SpaceId) -> LogBatch {
    let topic = TopicId::parse("general").unwrap();
    let lane = Lane {
        member: MemberId::user([0x2e; 32]),
        id: *b"laneLANE",
    };
    let tail = Tail {
        leaf: [0x6a; 32],
        number: 7,
        timestamp: 1,
    };
    let signed = Box::new(checkpoint(space, 8));
    let sighting = Sighting {
        topic: topic.clone(),
        lane,
        message: MessageId::from_hash([0x3d; 32]),
        number: 7,
        seen: Seen {
            incarnation: *b"INCARNAT",
            size: 6,
            root: [0x97; 32],
        },
        verdict: SeenVerdict::Proven,
    };
    LogBatch {
        restores: 1,
        records: vec![
            restored(9, signed.checkpoint()),
            LogRecord::State { place: 2, tail },
            LogRecord::Topic {
                topic: topic.clone(),
                tail,
                is_whole: true,
            },
            LogRecord::Lane {
                topic: topic.clone(),
                lane,
                tail: LaneTail {
                    hash: MessageId::from_hash([0x3d; 32]),
                    prev_hash: Some(MessageId::from_hash([0x4c; 32])),
                    number: 7,
                    authority: [0xa6; 32],
                },
            },
            LogRecord::Checkpoint(signed.clone()),
            LogRecord::Named(signed),
            LogRecord::Passed {
                topic: topic.clone(),
                messages: vec![(7, MessageId::from_hash([0x3d; 32]))],
            },
            LogRecord::Seen(Box::new(sighting)),
        ],
        own_lane: Some((topic, b"own lane".to_vec())),
        roots: vec![(3, b"sealed root".to_vec())],
        sent_under: Some(3),
        in_force: Some(InForceRecord {
            messages: 3,
            sealed: b"in force".to_vec(),
        }),
        ..LogBatch::default()
    }
}

/// The record of a restore that has left so many events, and after which the history began with a tree.
fn restored(survived: u64, begins: &Checkpoint) -> LogRecord {
    LogRecord::Restored {
        number: 1,
        before: *b"BEFORE..",
        survived,
        begins: Box::new(begins.clone()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// Key and value of each record, in lines of 64 bytes; the value is indented.
fn listing(pairs: &[(Vec<u8>, Vec<u8>)]) -> String {
    let mut text = String::new();
    for (key, value) in pairs {
        for (bytes, indent) in [(key, ""), (value, "  ")] {
            for line in bytes.chunks(64) {
                writeln!(text, "{indent}{}", hex(line)).unwrap();
            }
        }
    }
    text
}

#[tokio::test]
async fn the_bytes_of_every_record_are_those_of_the_specification() {
    let store = Arc::new(MemoryStore::default());
    let space = SpaceId::from_public_key([0x1f; 32]);
    let records = Records::new(Arc::clone(&store) as Arc<dyn Store>, space);
    records.save(example()).await.unwrap();
    records.add_credentials(b"credentials").await.unwrap();
    let with_policy = example_with_policy(space);
    records.save_log(with_policy.clone()).await.unwrap();
    assert_eq!(records.log_records().await.unwrap(), with_policy.records);
    // Another process, which has read less, or has not gone over yet, does not set it back.
    for (restores, size) in [(1, 5), (0, 50)] {
        let older = LogBatch {
            restores,
            records: vec![LogRecord::Checkpoint(Box::new(checkpoint(space, size)))],
            in_force: Some(InForceRecord {
                messages: 2,
                sealed: Vec::new(),
            }),
            ..LogBatch::default()
        };
        records.save_log(older).await.unwrap();
        assert_eq!(records.log_records().await.unwrap(), with_policy.records);
        let in_force = records.in_force().await.unwrap();
        assert_eq!(in_force, with_policy.in_force);
    }
    assert_eq!(records.own_lanes().await.unwrap().len(), 1);
    let topic = TopicId::parse("general").unwrap();
    let own = records.own_lane(&topic).await.unwrap();
    assert_eq!(own.unwrap(), b"own lane");
    assert_eq!(records.epoch_roots().await.unwrap(), with_policy.roots);
    assert_eq!(records.sent_under().await.unwrap(), Some(3));
    let scan = Scan {
        from: vec![0],
        to: vec![0xff],
        limit: usize::MAX,
        bytes: usize::MAX,
        reverse: false,
    };
    let written = listing(&store.scan(scan).await.unwrap().pairs);
    let (_, example) = PAGE.split_once("```text\n").unwrap();
    let (specified, _) = example.split_once("```").unwrap();
    assert!(written == specified, "written:\n{written}");
}

#[tokio::test]
async fn records_of_what_a_restore_has_taken_back_are_left_out() {
    let store = Arc::new(MemoryStore::default());
    let space = SpaceId::from_public_key([0x1f; 32]);
    let records = Records::new(Arc::clone(&store) as Arc<dyn Store>, space);
    let state = |place: usize, number| LogRecord::State {
        place,
        tail: Tail {
            leaf: [0x6a; 32],
            number,
            timestamp: 1,
        },
    };
    let save = async |restores, kept: Vec<LogRecord>| {
        let batch = LogBatch {
            restores,
            records: kept,
            ..LogBatch::default()
        };
        records.save_log(batch).await.unwrap();
    };
    let before = LogRecord::Checkpoint(Box::new(checkpoint(space, 20)));
    save(
        0,
        vec![before, state(0, 0), state(1, 5), state(2, 8), state(3, 12)],
    )
    .await;
    let restore = restored(8, checkpoint(space, 8).checkpoint());
    save(1, vec![restore.clone(), state(2, 9)]).await;
    // Another process has not gone over yet.
    save(0, vec![state(2, 10), state(3, 12), state(4, 13)]).await;
    let left = vec![restore, state(0, 0), state(1, 5), state(2, 9)];
    assert_eq!(records.log_records().await.unwrap(), left);
}
