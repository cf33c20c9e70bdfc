//! Encryption keys and wraps.

use reeeductio_core::{
    EncryptionKey, EncryptionKeyError, Epoch, Identity, UnwrapError, WrapContext,
};
use reeeductio_proto::Signature;
use serde_json::Value;

use crate::{array, cases, hex, member, number, of_format, space, vectors};

#[test]
fn encryption_keys_derive_and_are_signed() {
    let all = vectors();
    for case in cases(&all, "encryption_keys", "valid") {
        let identity = Identity::from_seed(&array(&case["seed_hex"]));
        let (space, id) = (space(case), member(&case["member"]));
        let key = identity.decryption_key(number(&case["generation"]));
        let key = key.encryption_key().unwrap();
        assert_eq!(key.as_bytes(), hex(&case["public_key_hex"]));
        let signature = identity.sign_encryption_key(&space, &id, &key);
        assert_eq!(signature.to_bytes(), array(&case["signature_hex"]));
    }
    for case in cases(&all, "encryption_keys", "invalid") {
        let read = EncryptionKey::verify(
            &space(case),
            &member(&case["member"]),
            number(&case["generation"]),
            &hex(&case["public_key_hex"]),
            &Signature::from_bytes(array(&case["signature_hex"])),
        );
        let code = match read {
            Err(EncryptionKeyError::Key) => "format.malformed",
            Err(EncryptionKeyError::Signature(_)) => "signature.mismatch",
            other => panic!("{}: {other:?}", case["name"]),
        };
        assert_eq!(code, case["error"], "{}", case["name"]);
    }
}

fn unwrap(case: &Value) -> Result<Epoch, UnwrapError> {
    let identity = Identity::from_seed(&array(&case["seed_hex"]));
    let key = identity.decryption_key(number(&case["generation"]));
    let context = WrapContext {
        space: &space(case),
        recipient: &member(&case["recipient"]),
        issuer: &member(&case["issuer"]),
        epoch: number(&case["epoch"]),
        commitment: &array(&case["commitment_hex"]),
    };
    key.unwrap(context, &hex(&case["sealed_hex"]))
}

#[test]
fn wraps_of_another_implementation_open() {
    let all = vectors();
    for case in cases(&all, "wraps", "valid") {
        let epoch = unwrap(case).unwrap();
        assert_eq!(*epoch.root().expose(), array(&case["root_hex"]));
    }
    for case in cases(&all, "wraps", "invalid") {
        let code = match unwrap(case).unwrap_err() {
            UnwrapError::Authentication => "client.open",
            UnwrapError::Format(error) => of_format(&error),
            UnwrapError::Root(_) => "keyring.wrong_root",
            other => panic!("{}: {other}", case["name"]),
        };
        assert_eq!(code, case["error"], "{}", case["name"]);
    }
}
