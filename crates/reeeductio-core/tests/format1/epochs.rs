//! Epochs, shards and rosters.

use reeeductio_core::{
    OpenError, PreviousError, Record, find_shard, read_shard, roster_hash, write_shards,
};
use reeeductio_proto::{MemberId, MessageId, TopicId, lp};
use serde_json::Value;

use crate::{array, cases, epoch, hex, member, number, of_format, space, vectors};

#[test]
fn epochs_commit_to_their_roots_and_give_the_one_before() {
    let all = vectors();
    for case in cases(&all, "epochs", "valid") {
        let epoch = epoch(case);
        assert_eq!(*epoch.commitment(), array(&case["commitment_hex"]));
        assert_eq!(epoch.key_id(), array(&case["key_id_hex"]));
        for (topic, key) in case["topic_keys_hex"].as_object().unwrap() {
            let topic = TopicId::parse(topic).unwrap();
            assert_eq!(*epoch.topic(&topic).key().expose(), array(key));
        }
        if case["previous_hex"].is_string() {
            let commitment = array(&case["commitment_before_hex"]);
            let sealed = hex(&case["previous_hex"]);
            let before = epoch.open_previous(&sealed, &commitment).unwrap();
            assert_eq!(epoch.seal_previous(&before).unwrap(), sealed);
        }
    }
    for case in cases(&all, "epochs", "invalid") {
        let commitment = array(&case["commitment_before_hex"]);
        let opened = epoch(case).open_previous(&hex(&case["previous_hex"]), &commitment);
        let code = match opened.unwrap_err() {
            PreviousError::Open(OpenError::Length(_)) => "format.malformed",
            PreviousError::Open(_) => "client.open",
            PreviousError::Wrong(_) => "keyring.wrong_root",
            other => panic!("{}: {other}", case["name"]),
        };
        assert_eq!(code, case["error"], "{}", case["name"]);
    }
}

/// The bytes of a shard with these members, in this order, each with the same wrap.
fn shard_of(case: &Value, wraps: &[Value]) -> Vec<u8> {
    let members = case["members"].as_array().unwrap();
    let wrap = hex(&wraps[usize::try_from(case["wrap"].as_u64().unwrap()).unwrap()]["sealed_hex"]);
    let mut bytes = vec![1, u8::try_from(members.len()).unwrap()];
    for id in members {
        bytes.extend_from_slice(&member(id).to_bytes());
        bytes.extend(lp([wrap.as_slice()]));
    }
    bytes
}

#[test]
fn shards_and_rosters_are_the_same_bytes() {
    let all = vectors();
    let wraps = cases(&all, "wraps", "valid");
    for case in cases(&all, "shards", "valid") {
        let wrap =
            hex(&wraps[usize::try_from(case["wrap"].as_u64().unwrap()).unwrap()]["sealed_hex"]);
        let members = case["members"].as_array().unwrap();
        let records: Vec<Record> = members
            .iter()
            .map(|id| Record {
                member: member(id),
                wrap: wrap.clone(),
            })
            .collect();
        let written = write_shards(records.clone()).unwrap();
        assert_eq!(written.len(), 1, "{}", case["name"]);
        let digest = MessageId::of(&written[0].1);
        assert_eq!(
            *digest.hash(),
            array::<32>(&case["shard_sha256_hex"]),
            "{}",
            case["name"]
        );
        assert_eq!(read_shard(&written[0].1).unwrap(), records);
    }
    for case in cases(&all, "shards", "invalid") {
        // One that begins before the end of the one before it is refused by whoever reads both.
        if !case["after"].is_null() {
            continue;
        }
        let shard = if case["shard_hex"].is_string() {
            hex(&case["shard_hex"])
        } else {
            shard_of(case, wraps)
        };
        let error = read_shard(&shard).unwrap_err();
        assert_eq!(of_format(&error), case["error"], "{}", case["name"]);
    }
    for case in all["rosters"].as_array().unwrap() {
        let members: Vec<MemberId> = case["members"]
            .as_array()
            .unwrap()
            .iter()
            .map(member)
            .collect();
        let hash = roster_hash(&space(case), number(&case["epoch"]), &members);
        assert_eq!(hash, array(&case["roster_hash_hex"]));
    }
}

#[test]
fn a_member_looks_for_itself_in_the_same_shard() {
    let all = vectors();
    for case in all["shard_lookups"].as_array().unwrap() {
        let firsts = case["firsts"].as_array().unwrap();
        let firsts: Vec<MemberId> = firsts.iter().map(member).collect();
        let found = find_shard(&firsts, &member(&case["member"]));
        assert_eq!(found.map(|shard| shard as u64), case["shard"].as_u64());
    }
}
