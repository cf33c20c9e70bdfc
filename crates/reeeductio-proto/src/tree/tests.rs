use std::collections::HashMap;

use super::*;

fn leaf(n: u64) -> TreeHash {
    Sha256::new()
        .chain_update([0])
        .chain_update(n.to_be_bytes())
        .finalize()
        .into()
}

/// MTH of RFC 9162, 2.1.1, word by word.
fn mth(leaves: &[TreeHash]) -> TreeHash {
    match leaves {
        [] => empty_root(),
        [one] => *one,
        more => {
            let mut k = 1;
            while k * 2 < more.len() {
                k *= 2;
            }
            node_hash(&mth(&more[..k]), &mth(&more[k..]))
        }
    }
}

/// PATH of RFC 9162, 2.1.3.1.
fn path(m: usize, leaves: &[TreeHash]) -> Vec<TreeHash> {
    let n = leaves.len();
    if n <= 1 {
        return vec![];
    }
    let mut k = 1;
    while k * 2 < n {
        k *= 2;
    }
    let (left, right) = leaves.split_at(k);
    let (mut rest, sibling) = if m < k {
        (path(m, left), mth(right))
    } else {
        (path(m - k, right), mth(left))
    };
    rest.push(sibling);
    rest
}

/// SUBPROOF of RFC 9162, 2.1.4.1.
fn subproof(m: usize, leaves: &[TreeHash], is_whole: bool) -> Vec<TreeHash> {
    let n = leaves.len();
    if m == n {
        return if is_whole { vec![] } else { vec![mth(leaves)] };
    }
    let mut k = 1;
    while k * 2 < n {
        k *= 2;
    }
    let (left, right) = leaves.split_at(k);
    let (mut rest, sibling) = if m <= k {
        (subproof(m, left, is_whole), mth(right))
    } else {
        (subproof(m - k, right, false), mth(left))
    };
    rest.push(sibling);
    rest
}

struct Tree {
    leaves: Vec<TreeHash>,
    nodes: HashMap<Node, TreeHash>,
    roots: Vec<TreeHash>,
}

const SIZE: u64 = 70;

fn tree() -> Tree {
    let mut frontier = Frontier::default();
    let (mut nodes, mut roots) = (HashMap::new(), vec![frontier.root()]);
    let leaves: Vec<TreeHash> = (0..SIZE).map(leaf).collect();
    for leaf in &leaves {
        nodes.extend(frontier.push(*leaf));
        roots.push(frontier.root());
        let again = Frontier::new(frontier.size(), frontier.peaks().to_vec()).unwrap();
        assert_eq!(again, frontier);
    }
    Tree {
        leaves,
        nodes,
        roots,
    }
}

impl Tree {
    fn proof(&self, ranges: Vec<std::ops::Range<u64>>) -> Proof {
        let mut node = |node| self.nodes.get(&node).copied().ok_or(node);
        let hashes = ranges.into_iter().map(|range| range_root(range, &mut node));
        Proof(hashes.collect::<Result<_, _>>().unwrap())
    }
}

#[test]
fn roots_and_proofs_are_those_of_the_rfc_and_prove_nothing_else() {
    let tree = tree();
    for size in 0..=SIZE {
        let length = usize::try_from(size).unwrap();
        let leaves = &tree.leaves[..length];
        let root = &tree.roots[length];
        assert_eq!(*root, mth(leaves));
        for index in 0..size {
            let at = usize::try_from(index).unwrap();
            let proof = tree.proof(inclusion_ranges(index, size));
            assert_eq!(proof.0, path(at, leaves), "{index} of {size}");
            let verify =
                |leaf: &TreeHash, index, size| proof.verify_inclusion(leaf, index, size, root);
            assert_eq!(verify(&leaves[at], index, size), Ok(()));
            assert!(verify(&leaf(999), index, size).is_err());
            if size > 1 {
                assert!(verify(&leaves[at], index ^ 1, size).is_err());
            }
            assert!(verify(&leaves[at], size, size).is_err());
        }
        for from in 1..=size {
            let at = usize::try_from(from).unwrap();
            let proof = tree.proof(consistency_ranges(from, size));
            assert_eq!(proof.0, subproof(at, leaves, true), "{from} of {size}");
            let old = (from, &tree.roots[at]);
            assert_eq!(proof.verify_consistency(old, (size, root)), Ok(()));
            let other = leaf(999);
            assert!(
                proof
                    .verify_consistency((from, &other), (size, root))
                    .is_err()
            );
            assert!(proof.verify_consistency(old, (size, &other)).is_err());
            let mut longer = proof.clone();
            longer.0.push(other);
            let refused = longer.verify_consistency(old, (size, root));
            assert_eq!(refused, Err(ProofError::Length));
        }
    }
}

#[test]
fn a_tree_that_forgot_or_changed_a_leaf_is_not_consistent() {
    let tree = tree();
    for changed in [0, 3, 9] {
        let mut other = Frontier::default();
        for n in 0..10 {
            other.push(if n == changed { leaf(500) } else { leaf(n) });
        }
        let proof = tree.proof(consistency_ranges(10, 20));
        let refused = proof.verify_consistency((10, &other.root()), (20, &tree.roots[20]));
        assert_eq!(refused, Err(ProofError::Root));
    }
}

#[test]
fn proofs_for_sizes_at_the_limit_end() {
    let proof = Proof(vec![[0; 32]; 65]);
    let (root, most) = ([0; 32], u64::MAX);
    let refused = proof.verify_inclusion(&root, most - 1, most, &root);
    assert_eq!(refused, Err(ProofError::Length));
    let refused = Proof::default().verify_consistency((1, &root), (most, &root));
    assert_eq!(refused, Err(ProofError::Length));
    assert_eq!(inclusion_ranges(0, most).len(), 64);
    assert_eq!(Frontier::new(3, vec![root]), None);
}
