//! Inbox items.

use reeeductio_core::{Identity, ItemContent, ItemContext, ItemError};
use reeeductio_proto::Signature;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::{array, cases, hex, member, number, of_format, space, vectors};

fn open(case: &Value) -> Result<ItemContent, ItemError> {
    let identity = Identity::from_seed(&array(&case["seed_hex"]));
    let key = identity.decryption_key(number(&case["generation"]));
    let context = ItemContext {
        space: &space(case),
        recipient: &member(&case["recipient"]),
        sender: &member(&case["sender"]),
        item: array(&case["item_hex"]),
    };
    key.open_item(context, &hex(&case["sealed_hex"]))
}

#[test]
fn inbox_items_of_another_implementation_open_and_are_signed() {
    let all = vectors();
    // Alice of the vectors sends them all.
    let alice = Identity::from_seed(&[2; 32]);
    for case in cases(&all, "inbox", "valid") {
        let name = &case["name"];
        let content = ItemContent {
            content_type: case["content_type"].as_str().unwrap().to_owned(),
            body: Zeroizing::new(hex(&case["body_hex"])),
        };
        assert_eq!(open(case).unwrap(), content, "{name}");
        let context = ItemContext {
            space: &space(case),
            recipient: &member(&case["recipient"]),
            sender: &member(&case["sender"]),
            item: array(&case["item_hex"]),
        };
        let (sealed, expires) = (hex(&case["sealed_hex"]), case["expires"].as_u64().unwrap());
        let signature = Signature::from_bytes(array(&case["signature_hex"]));
        assert_eq!(context.sign(expires, &sealed, &alice), signature, "{name}");
        let verified = context.verify(expires, &sealed, &signature);
        assert_eq!(verified, Ok(()), "{name}");
    }
}

#[test]
fn inbox_items_that_no_writer_writes_are_refused() {
    let all = vectors();
    for case in cases(&all, "inbox", "invalid") {
        let code = match open(case).expect_err(case["name"].as_str().unwrap()) {
            ItemError::Authentication => "client.open",
            ItemError::Format(error) => of_format(&error),
            other => panic!("{other}"),
        };
        assert_eq!(code, case["error"], "{}", case["name"]);
    }
}
