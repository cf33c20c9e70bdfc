//! The conformance suite of restores.

use reeeductio_proto::tree::empty_root;

use super::records::{message, space, topic, unjudged};
use super::trees::{INCARNATION, begun, store};
use crate::{Records, Restore, TreeHead};

/// A restore ends an incarnation, and the tree goes on.
pub async fn restores_are_kept_with_the_tree_they_ended(records: &dyn Records) {
    let here = space(1);
    assert_eq!(records.renew_tree(here, [2; 8]).await.unwrap(), None);
    let expected = begun(records, here).await;
    let old = TreeHead {
        incarnation: INCARNATION,
        size: 1,
        root: expected.frontier.root(),
    };
    assert_eq!(records.renew_tree(here, INCARNATION).await.unwrap(), None);
    assert_eq!(records.restores(here).await.unwrap(), []);
    let restore = records.renew_tree(here, [2; 8]).await.unwrap().unwrap();
    assert_eq!(
        (restore.old, restore.new, restore.signature),
        (old, [2; 8], None)
    );
    // The answer may have been lost.
    let again = records.renew_tree(here, [2; 8]).await.unwrap();
    assert_eq!(again, Some(restore));
    let renewed = TreeHead {
        incarnation: [2; 8],
        ..old
    };
    assert_eq!(records.tree(here).await.unwrap(), Some(renewed));
    let next = message(&topic("general"), "n", None, "next");
    let committed = store(records, unjudged(here, next)).await;
    assert_eq!(committed.leaf.map(|leaf| leaf.number), Some(1));
    let second = records.renew_tree(here, [3; 8]).await.unwrap().unwrap();
    assert_eq!((second.old.incarnation, second.old.size), ([2; 8], 2));
    assert!(!records.sign_restore(here, [9; 8], [4; 64]).await.unwrap());
    assert!(records.sign_restore(here, [2; 8], [4; 64]).await.unwrap());
    let signed = Restore {
        signature: Some([4; 64]),
        ..restore
    };
    assert_eq!(records.restores(here).await.unwrap(), [signed, second]);
    assert_ne!(old.root, empty_root());
}
