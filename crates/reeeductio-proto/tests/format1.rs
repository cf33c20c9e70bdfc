//! Vectors of encryption keys, rosters, the event tree and its checkpoints (`spec/vectors/format1.json`), which another implementation wrote.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::allow_attributes,
    missing_docs
)]

use reeeductio_proto::tree::{Frontier, Proof, TreeHash};
use reeeductio_proto::{
    Checkpoint, CheckpointError, EventKind, EventLeaf, MemberId, Origin, PublicKey, Signature,
    SpaceId, data_event_hash, encryption_key_statement, restore_statement, roster_hash,
};
use serde_json::Value;

fn vectors() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../spec/vectors/format1.json"
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn array<const N: usize>(value: &Value) -> [u8; N] {
    hex(value).try_into().unwrap()
}

fn proof(value: &Value) -> Proof {
    Proof(value.as_array().unwrap().iter().map(array).collect())
}

fn space(case: &Value) -> SpaceId {
    SpaceId::parse(case["space"].as_str().unwrap()).unwrap()
}

fn leaves(all: &Value) -> Vec<TreeHash> {
    let events = all["events"].as_array().unwrap();
    events.iter().map(|case| array(&case["leaf_hex"])).collect()
}

#[test]
fn encryption_keys_are_signed_by_the_same_statements() {
    let all = vectors();
    let is_signed = |case: &Value| {
        let member = MemberId::parse(case["member"].as_str().unwrap()).unwrap();
        let generation = case["generation"].as_u64().unwrap().try_into().unwrap();
        let public_key = hex(&case["public_key_hex"]);
        let statement = encryption_key_statement(&space(case), &member, generation, &public_key);
        let signature = Signature::from_bytes(array(&case["signature_hex"]));
        let key = PublicKey::parse(member.public_key()).unwrap();
        key.verify(&statement, &signature).is_ok()
    };
    let cases = |name: &str| all["encryption_keys"][name].as_array().unwrap().clone();
    assert!(cases("valid").iter().all(is_signed));
    let others: Vec<Value> = cases("invalid")
        .into_iter()
        .filter(|case| case["error"] == "signature.mismatch")
        .collect();
    assert!(others.len() > 2 && !others.iter().any(is_signed));
}

#[test]
fn rosters_have_the_same_hashes_in_any_order() {
    let all = vectors();
    for case in all["rosters"].as_array().unwrap() {
        let epoch = case["epoch"].as_u64().unwrap().try_into().unwrap();
        let members = case["members"].as_array().unwrap().iter();
        let mut members: Vec<MemberId> = members
            .map(|id| MemberId::parse(id.as_str().unwrap()).unwrap())
            .collect();
        for _ in 0..2 {
            let hash = roster_hash(&space(case), epoch, &members);
            assert_eq!(hash, array(&case["roster_hash_hex"]));
            members.reverse();
        }
        members.pop();
        let hash = roster_hash(&space(case), epoch, &members);
        assert_ne!(hash, array(&case["roster_hash_hex"]));
    }
}

#[test]
fn events_are_leaves_of_the_same_hashes() {
    let all = vectors();
    for case in all["data_events"].as_array().unwrap() {
        let hash = data_event_hash(
            case["path"].as_str().unwrap(),
            &array(&case["signature_hex"]),
            case["signed_at"].as_u64().unwrap(),
        );
        assert_eq!(hash, array(&case["hash_hex"]));
    }
    for case in all["events"].as_array().unwrap() {
        let leaf = EventLeaf {
            space: &space(case),
            number: case["n"].as_u64().unwrap(),
            what: match case["what"].as_str().unwrap() {
                "message" => EventKind::Message,
                "data" => EventKind::Data,
                _ => EventKind::DataRemoved,
            },
            topic: case["topic"].as_str().unwrap(),
            lane: array(&case["lane_hex"]),
            hash: array(&case["hash_hex"]),
            timestamp: case["timestamp"].as_u64().unwrap(),
            previous: array(&case["previous_hex"]),
            state: array(&case["state_hex"]),
        };
        assert_eq!(leaf.hash(), array(&case["leaf_hex"]));
    }
}

#[test]
fn trees_and_proofs_are_the_same() {
    let all = vectors();
    let leaves = leaves(&all);
    let trees = all["trees"].as_array().unwrap();
    let root = |size: usize| array::<32>(&trees[size]["root_hex"]);
    for (size, case) in trees.iter().enumerate() {
        let mut frontier = Frontier::default();
        for leaf in &leaves[..size] {
            frontier.push(*leaf);
        }
        assert_eq!(frontier.root(), root(size));
        let count = size as u64;
        for (index, path) in case["inclusion_hex"].as_array().unwrap().iter().enumerate() {
            let verified =
                proof(path).verify_inclusion(&leaves[index], index as u64, count, &root(size));
            assert_eq!(verified, Ok(()), "{index} of {size}");
        }
        for (from, path) in case["consistency_hex"].as_object().unwrap() {
            let from: usize = from.parse().unwrap();
            let old = (from as u64, &root(from));
            let verified = proof(path).verify_consistency(old, (count, &root(size)));
            assert_eq!(verified, Ok(()), "{from} of {size}");
        }
    }
    for case in all["proofs_invalid"].as_array().unwrap() {
        let (proof, size) = (proof(&case["proof_hex"]), case["size"].as_u64().unwrap());
        let root = array(&case["root_hex"]);
        let verified = match case["old_size"].as_u64() {
            None => {
                let index = case["index"].as_u64().unwrap();
                proof.verify_inclusion(&array(&case["leaf_hex"]), index, size, &root)
            }
            Some(old) => {
                let old_root = array(&case["old_root_hex"]);
                proof.verify_consistency((old, &old_root), (size, &root))
            }
        };
        assert!(verified.is_err(), "{}", case["name"]);
    }
}

#[test]
fn checkpoints_are_the_same_notes() {
    let all = vectors();
    for case in all["checkpoints"]["valid"].as_array().unwrap() {
        let key = array(&case["public_key_hex"]);
        let read = Checkpoint::verify(case["note"].as_str().unwrap(), &key).unwrap();
        assert_eq!(read.size, case["size"].as_u64().unwrap());
        assert_eq!(read.root, array::<32>(&case["root_hex"]));
        if let Some(host) = case["host"].as_str() {
            let incarnation = array(&case["incarnation_hex"]);
            let origin = Origin::new(host, space(case), incarnation).unwrap();
            assert_eq!(read.origin, origin);
        }
    }
    for case in all["checkpoints"]["invalid"].as_array().unwrap() {
        let key = array(&case["public_key_hex"]);
        let refused = Checkpoint::verify(case["note"].as_str().unwrap(), &key).unwrap_err();
        let code = match refused {
            CheckpointError::Malformed => "format.malformed",
            _ => "signature.mismatch",
        };
        // There the reader knows the origin, and here takes it from the text: both refuse.
        if case["name"] != "another origin than the name of the key" {
            assert_eq!(code, case["error"], "{}", case["name"]);
        }
    }
}

#[test]
fn restores_and_signatures_are_verified() {
    let all = vectors();
    for (kind, is_right) in [("valid", true), ("invalid", false)] {
        for case in all["restores"][kind].as_array().unwrap() {
            let origin = Origin::new(
                case["host"].as_str().unwrap(),
                space(case),
                array(&case["old_incarnation_hex"]),
            );
            let survived = Checkpoint {
                origin: origin.unwrap(),
                size: case["size"].as_u64().unwrap(),
                root: array(&case["root_hex"]),
            };
            let statement = restore_statement(&survived, array(&case["new_incarnation_hex"]));
            let key = PublicKey::parse(&array(&case["public_key_hex"])).unwrap();
            let signature = Signature::from_bytes(array(&case["signature_hex"]));
            let verified = key.verify(&statement, &signature);
            assert_eq!(verified.is_ok(), is_right, "{}", case["name"]);
        }
    }
    for case in all["signatures_invalid"].as_array().unwrap() {
        // One is cut off.
        let Ok(signature) = hex(&case["signature_hex"])
            .try_into()
            .map(Signature::from_bytes)
        else {
            continue;
        };
        let key = PublicKey::parse(&array(&case["public_key_hex"]));
        let verified = key.and_then(|key| key.verify(&hex(&case["statement_hex"]), &signature));
        assert!(verified.is_err(), "{}", case["name"]);
    }
}
