//! Whether one tree is the beginning of another, by a proof that also tells the case in which it is not.

use reeeductio_proto::tree::{Proof, TreeHash, consistency_ranges, node_hash};

/// A question to the server: the consistency proof of two sizes of its tree.
///
/// It may name a size one larger than the smaller tree's: a proof from a power of two leaves the smaller root out, so it could fail
/// only, and never show that the server's own tree begins with another one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConsistencyQuestion {
    smaller: (u64, TreeHash),
    larger: (u64, TreeHash),
}

/// Statement of a proof about two trees.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Agreement {
    /// The smaller one is the beginning of the larger one.
    Agrees,
    /// The larger one begins with another tree: the proof leads to its root, and not to the smaller one's.
    Differs,
    /// Nothing: the proof leads to neither.
    Unproven,
}

impl ConsistencyQuestion {
    /// Asks whether the tree of one size and root is the beginning of another that is larger. `None` if that needs no proof, or
    /// the first one is not smaller.
    pub fn new(smaller: (u64, TreeHash), larger: (u64, TreeHash)) -> Option<Self> {
        (0 < smaller.0 && smaller.0 < larger.0).then_some(Self { smaller, larger })
    }

    /// The first size to ask the server for.
    pub fn from(&self) -> u64 {
        proof_from(self.smaller.0, self.larger.0)
    }

    /// The second size to ask the server for.
    pub fn size(&self) -> u64 {
        self.larger.0
    }

    /// Size and root of the smaller tree.
    pub(super) fn smaller(&self) -> (u64, TreeHash) {
        self.smaller
    }

    /// Size and root of the larger tree.
    pub(super) fn larger(&self) -> (u64, TreeHash) {
        self.larger
    }

    /// Reads the answer.
    pub fn read(&self, proof: &Proof) -> Agreement {
        let ((size, root), (larger, larger_root)) = (self.smaller, self.larger);
        let Some(roots) = roots(size, root, larger, proof) else {
            return Agreement::Unproven;
        };
        if roots.larger != larger_root {
            return Agreement::Unproven;
        }
        if roots.smaller == root {
            Agreement::Agrees
        } else {
            Agreement::Differs
        }
    }
}

/// The size from which the proof is asked for.
fn proof_from(size: u64, larger: u64) -> u64 {
    if size > 1 && size.is_power_of_two() && larger - size > 1 {
        size + 1
    } else {
        size
    }
}

struct Roots {
    smaller: TreeHash,
    larger: TreeHash,
}

/// The roots to which the hashes of a proof lead. Where the proof leaves out the smaller one's, that is `root`.
fn roots(size: u64, root: TreeHash, larger: u64, proof: &Proof) -> Option<Roots> {
    let from = proof_from(size, larger);
    let ranges = consistency_ranges(from, larger);
    if ranges.len() != proof.0.len() {
        return None;
    }
    let mut pairs = ranges.iter().zip(&proof.0);
    if from.is_power_of_two() {
        let larger = pairs.fold(root, |hash, (range, sibling)| {
            // A range that begins at the size or after it is on the right.
            if range.start >= size {
                node_hash(&hash, sibling)
            } else {
                node_hash(sibling, &hash)
            }
        });
        return Some(Roots {
            smaller: root,
            larger,
        });
    }
    let (_, first) = pairs.next()?;
    let (mut old, mut new) = (*first, *first);
    let mut whole = None;
    for (range, sibling) in pairs {
        if *range == (0..size) {
            whole = Some(*sibling);
        }
        if range.start >= from {
            new = node_hash(&new, sibling);
        } else {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
        }
    }
    let smaller = if from == size { old } else { whole? };
    Some(Roots {
        smaller,
        larger: new,
    })
}

#[cfg(test)]
mod tests {
    use reeeductio_proto::tree::{Frontier, Node, range_root};

    use super::*;

    const SIZE: u64 = 40;

    struct Tree {
        nodes: std::collections::HashMap<Node, TreeHash>,
        roots: Vec<TreeHash>,
    }

    fn tree(changed: u64) -> Tree {
        let mut frontier = Frontier::default();
        let (mut nodes, mut roots) = (std::collections::HashMap::new(), vec![frontier.root()]);
        for n in 0..SIZE {
            let byte = u8::try_from(n).unwrap();
            nodes.extend(frontier.push([if n == changed { 0xFF } else { byte }; 32]));
            roots.push(frontier.root());
        }
        Tree { nodes, roots }
    }

    impl Tree {
        fn at(&self, size: u64) -> (u64, TreeHash) {
            (size, self.roots[usize::try_from(size).unwrap()])
        }

        fn prove(&self, question: &ConsistencyQuestion) -> Proof {
            let mut node = |node| self.nodes.get(&node).copied().ok_or(node);
            let ranges = consistency_ranges(question.from(), question.size()).into_iter();
            let hashes = ranges.map(|range| range_root(range, &mut node));
            Proof(hashes.collect::<Result<_, _>>().unwrap())
        }
    }

    #[test]
    fn a_proof_tells_trees_that_agree_from_those_that_do_not() {
        let (tree, other) = (tree(SIZE), tree(0));
        for size in 1..SIZE {
            for larger in size + 1..=SIZE {
                let question = ConsistencyQuestion::new(tree.at(size), tree.at(larger)).unwrap();
                let proof = tree.prove(&question);
                assert_eq!(question.read(&proof), Agreement::Agrees, "{size} {larger}");
                let lie = ConsistencyQuestion::new(other.at(size), tree.at(larger)).unwrap();
                let conclusive = !size.is_power_of_two() || (size > 1 && larger > size + 1);
                let expected = if conclusive {
                    Agreement::Differs
                } else {
                    Agreement::Unproven
                };
                assert_eq!(lie.read(&tree.prove(&lie)), expected, "{size} {larger}");
                // The proof of the other tree proves nothing about this one, unless it leaves out what differs.
                let foreign = other.prove(&question);
                let expected = if foreign == proof {
                    Agreement::Agrees
                } else {
                    Agreement::Unproven
                };
                assert_eq!(question.read(&foreign), expected);
                let mut longer = proof;
                longer.0.push([0; 32]);
                assert_eq!(question.read(&longer), Agreement::Unproven);
            }
        }
    }

    #[test]
    fn what_needs_no_proof_is_not_asked() {
        let at = |size| (size, [0; 32]);
        for (smaller, larger) in [(0, 5), (5, 5), (6, 5)] {
            assert_eq!(ConsistencyQuestion::new(at(smaller), at(larger)), None);
        }
        let most = ConsistencyQuestion::new(at(1 << 62), at(u64::MAX)).unwrap();
        assert_eq!(most.read(&Proof::default()), Agreement::Unproven);
    }
}
