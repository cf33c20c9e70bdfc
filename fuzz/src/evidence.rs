//! Evidence files.

use reeeductio_core::Identity;
use reeeductio_core::log::{Evidence, EvidenceError};
use reeeductio_proto::tree::{Frontier, Proof, TreeHash};
use reeeductio_proto::{Checkpoint, Origin};

use crate::input::Numbers;

/// Whatever is read is exactly what is written, and not evidence against a server whose key signed nothing of it. Checkpoints of one
/// history are no evidence, whatever the proof; two roots of one size are, and are read back.
pub fn check(data: &[u8]) {
    let server = Identity::from_seed(&[5; 32]);
    if let Ok(evidence) = Evidence::parse(data) {
        assert_eq!(evidence.to_bytes(), data);
        if evidence.log_key() == &server.public_key() {
            // The seeds alone are signed by it.
            if let Ok(split) = evidence.verify() {
                assert_eq!(split.smaller.origin, split.larger.origin);
                assert!(split.smaller != split.larger);
                assert!(split.smaller.size <= split.larger.size);
            }
        }
    }
    let mut numbers = Numbers(data);
    let (one, other) = (numbers.byte() % 40, numbers.byte() % 40);
    let mut frontier = Frontier::default();
    let mut roots = vec![frontier.root()];
    for leaf in 0..40 {
        frontier.push([leaf; 32]);
        roots.push(frontier.root());
    }
    let note = |size: u8, root: TreeHash| {
        let origin = Origin::new("fuzz.example", server.space_id(), [1; 8]).unwrap();
        let size = u64::from(size);
        let checkpoint = Checkpoint { origin, size, root };
        let signature = server.sign(checkpoint.text().as_bytes());
        checkpoint.to_note(&server.public_key(), &signature)
    };
    let (hashes, _) = numbers.0.as_chunks::<32>();
    let proof = Proof(hashes.to_vec());
    let [a, b] = [one, other].map(|size| note(size, roots[usize::from(size)]));
    let made_up = Evidence::new(server.public_key(), a.clone(), b, proof);
    assert_eq!(made_up, Err(EvidenceError::NoSplit));
    let fork = note(one, [0xFE; 32]);
    let evidence = Evidence::new(server.public_key(), a, fork, Proof::default()).unwrap();
    assert_eq!(Evidence::parse(&evidence.to_bytes()), Ok(evidence));
}
