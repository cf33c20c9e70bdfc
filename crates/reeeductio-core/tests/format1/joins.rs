//! Requests to join.

use reeeductio_core::{Identity, JoinError, JoinRequest};
use reeeductio_proto::{MemberId, MessageId, lp};
use serde_json::Value;

use crate::{array, cases, member, number, space, vectors};

#[test]
fn join_requests_are_signed_and_named_alike() {
    let all = vectors();
    for case in cases(&all, "joins", "valid") {
        let user = Identity::from_seed(&array(&case["seed_hex"]));
        let (time, nonce) = (case["time"].as_u64().unwrap(), array(&case["nonce_hex"]));
        let generation = number(&case["generation"]);
        let request = JoinRequest::new(space(case), &user, generation, time, nonce).unwrap();
        assert_eq!(request.member(), member(&case["member"]));
        assert_eq!(request.hash(), array::<32>(&case["hash_hex"]));
        let body = request.to_bytes();
        let digest = *MessageId::of(&body).hash();
        assert_eq!(digest, array::<32>(&case["body_sha256_hex"]));
        let read = JoinRequest::parse(space(case), &user.user_id(), &body);
        assert_eq!(read.unwrap(), request);
    }
}

#[test]
fn join_requests_with_another_signature_are_refused() {
    let all = vectors();
    let (alice, bob) = (Identity::from_seed(&[2; 32]), Identity::from_seed(&[3; 32]));
    let first = &cases(&all, "joins", "valid")[0];
    for case in cases(&all, "joins", "invalid") {
        let user = [&alice, &bob]
            .into_iter()
            .find(|user| user.user_id() == member(&case["member"]))
            .unwrap();
        // With a right signature of the key in each case, so that the one of the request is what is wrong.
        let (space, id) = (space(case), user.user_id());
        let other = case["key_statement_sha256_hex"] != first["key_statement_sha256_hex"];
        let generation = u32::from(other);
        let key = user.decryption_key(generation).encryption_key().unwrap();
        let body = lp([
            id.to_bytes().as_slice(),
            &[1],
            &generation.to_be_bytes(),
            key.as_bytes(),
            &user.sign_encryption_key(&space, &id, &key).to_bytes(),
            &case["time"].as_u64().unwrap().to_be_bytes(),
            &array::<16>(&case["nonce_hex"]),
            &array::<64>(&case["signature_hex"]),
        ]);
        let refused = read(case, &id, &body);
        assert!(
            matches!(refused, Err(JoinError::Signature(_))),
            "{}",
            case["name"]
        );
        assert_eq!(case["error"], "signature.mismatch");
    }
}

fn read(case: &Value, sender: &MemberId, body: &[u8]) -> Result<JoinRequest, JoinError> {
    JoinRequest::parse(space(case), sender, body)
}
