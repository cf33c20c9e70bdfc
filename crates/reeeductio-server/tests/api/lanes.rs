//! `verify` on spaces with lanes.

use reeeductio_backend::conformance::records::{message, unjudged};
use reeeductio_backend::{Append, AppendOutcome, Messages as _, Records as _};
use reeeductio_backend_sqlite::SqliteRecords;
use reeeductio_proto::{Lane, MessageId, SpaceId, TopicId};
use reeeductio_server::verify::verify;

#[tokio::test]
async fn lanes_of_a_topic_are_verified_each_as_a_chain_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let records = SqliteRecords::open(folder.path()).unwrap();
    let general = TopicId::parse("general").unwrap();
    let mut heads: [Option<MessageId>; 3] = [None; 3];
    for number in 0..12 {
        let of = number % 3;
        let next = message(&general, "sealed", heads[of], &format!("{number}"));
        heads[of] = Some(next.message_hash);
        let id = [u8::try_from(of).unwrap(); 8];
        let append = Append {
            lane: (of > 0).then_some(Lane {
                member: next.sender,
                id,
            }),
            ..unjudged(SpaceId::from_public_key([1; 32]), next)
        };
        let outcome = records.append(append).await.unwrap();
        assert!(matches!(outcome, AppendOutcome::Stored(_)), "{outcome:?}");
    }
    records.close().await.unwrap();
    drop(records);
    std::fs::create_dir(folder.path().join("blobs")).unwrap();
    let report = verify(folder.path(), None, |_| {}).await.unwrap();
    let codes: Vec<&str> = report.damage.iter().map(|finding| finding.code).collect();
    // Nobody has signed them; that is all there is to say.
    assert_eq!(codes, ["message.forged"; 12]);
}
