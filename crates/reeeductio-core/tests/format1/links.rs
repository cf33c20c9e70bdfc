//! Secrets of invite links.

use reeeductio_core::LinkSecret;
use reeeductio_proto::MessageId;

use crate::{array, space, vectors};

#[test]
fn a_link_gives_the_same_tool() {
    let all = vectors();
    for case in all["links"].as_array().unwrap() {
        let secret = LinkSecret::new(array(&case["secret_hex"]));
        let tool = secret.tool(&space(case), case["password"].as_str());
        let tool = tool.unwrap();
        assert_eq!(*tool.seed(), array(&case["seed_hex"]));
        assert_eq!(tool.tool_id().to_string(), case["tool"].as_str().unwrap());
        let key = tool.decryption_key(0).encryption_key().unwrap();
        let digest = *MessageId::of(key.as_bytes()).hash();
        assert_eq!(digest, array::<32>(&case["public_key_sha256_hex"]));
    }
}
