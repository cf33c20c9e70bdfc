//! Append-only Merkle trees, as RFC 9162 (section 2.1) hashes and proves them.

use sha2::{Digest as _, Sha256};

/// A hash of the tree.
pub type TreeHash = [u8; 32];

/// Most hashes of a proof: a tree has fewer than 2^63 leaves.
const MOST: usize = 64;

/// Proof that a leaf is in a tree, or that a tree is the beginning of another.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Proof(pub Vec<TreeHash>);

/// A proof that does not prove it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// It has another number of hashes than one for these sizes.
    #[error("the proof is not one for these sizes")]
    Length,
    /// It leads to another root.
    #[error("the proof leads to another root")]
    Root,
}

/// The hash of a node of two others.
pub fn node_hash(left: &TreeHash, right: &TreeHash) -> TreeHash {
    Sha256::new()
        .chain_update([1])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// The root of the tree without leaves.
pub fn empty_root() -> TreeHash {
    Sha256::digest([]).into()
}

/// A tree to append leaves to: the roots of its perfect subtrees, the largest first.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<TreeHash>,
}

/// A node that is complete: the root of the `index`th perfect subtree of 2^level leaves.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Node {
    /// Its height; a leaf has 0.
    pub level: u8,
    /// Its place among the nodes of its level.
    pub index: u64,
}

impl Frontier {
    /// The one of a tree of `size` leaves, if these are its peaks.
    pub fn new(size: u64, peaks: Vec<TreeHash>) -> Option<Self> {
        let expected = usize::try_from(size.count_ones()).ok()?;
        (peaks.len() == expected).then_some(Self { size, peaks })
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the perfect subtrees, the largest first.
    pub fn peaks(&self) -> &[TreeHash] {
        &self.peaks
    }

    /// Appends a leaf, and gives the nodes that it completes, itself first.
    pub fn push(&mut self, leaf: TreeHash) -> Vec<(Node, TreeHash)> {
        let (mut level, mut index, mut hash) = (0, self.size, leaf);
        let mut completed = vec![(Node { level, index }, hash)];
        while index & 1 == 1
            && let Some(left) = self.peaks.pop()
        {
            hash = node_hash(&left, &hash);
            level += 1;
            index >>= 1;
            completed.push((Node { level, index }, hash));
        }
        self.peaks.push(hash);
        self.size += 1;
        completed
    }

    /// The root.
    pub fn root(&self) -> TreeHash {
        root_of(&self.peaks)
    }
}

/// The proof that leaf `index` is in the tree of the first `size` leaves, as ranges of leaves whose roots it consists of.
pub fn inclusion_ranges(index: u64, size: u64) -> Vec<std::ops::Range<u64>> {
    let (mut start, mut end) = (0, size);
    let mut ranges = Vec::new();
    while end.saturating_sub(start) > 1 {
        let middle = start + split(end - start);
        if index < middle {
            ranges.push(middle..end);
            end = middle;
        } else {
            ranges.push(start..middle);
            start = middle;
        }
    }
    ranges.reverse();
    ranges
}

/// The proof that the tree of the first `from` leaves is the beginning of the tree of the first `size`, as ranges of leaves.
pub fn consistency_ranges(from: u64, size: u64) -> Vec<std::ops::Range<u64>> {
    if from == 0 || from >= size {
        return Vec::new();
    }
    let (mut start, mut end, mut is_whole) = (0, size, true);
    let mut ranges = Vec::new();
    while from != end {
        let middle = start + split(end - start);
        if from <= middle {
            ranges.push(middle..end);
            end = middle;
        } else {
            ranges.push(start..middle);
            start = middle;
            is_whole = false;
        }
    }
    if !is_whole {
        ranges.push(start..end);
    }
    ranges.reverse();
    ranges
}

/// The root of a range of leaves that [`inclusion_ranges`] or [`consistency_ranges`] gave, from nodes that are complete.
pub fn range_root<E>(
    range: std::ops::Range<u64>,
    node: &mut impl FnMut(Node) -> Result<TreeHash, E>,
) -> Result<TreeHash, E> {
    // Perfect subtrees, from left to right: a range of a proof begins where a subtree of its length may begin.
    let (mut start, end) = (range.start, range.end);
    let mut peaks = Vec::new();
    while start < end {
        let level = (end - start).ilog2();
        let index = start >> level;
        let level_byte = u8::try_from(level).unwrap_or(u8::MAX);
        peaks.push(node(Node {
            level: level_byte,
            index,
        })?);
        start += 1 << level;
    }
    Ok(root_of(&peaks))
}

/// The root over perfect subtrees, the largest first.
fn root_of(peaks: &[TreeHash]) -> TreeHash {
    match peaks.split_last() {
        None => empty_root(),
        Some((last, larger)) => {
            let larger = larger.iter().rev();
            larger.fold(*last, |right, left| node_hash(left, &right))
        }
    }
}

/// The greatest power of two that is less than `length`, which is 2 at least.
fn split(length: u64) -> u64 {
    1 << length.saturating_sub(1).max(1).ilog2()
}

impl Proof {
    /// Checks that a leaf is the `index`th of the tree of `size` leaves with this root (RFC 9162, 2.1.3.2).
    pub fn verify_inclusion(
        &self,
        leaf: &TreeHash,
        index: u64,
        size: u64,
        root: &TreeHash,
    ) -> Result<(), ProofError> {
        if index >= size || self.0.len() > MOST {
            return Err(ProofError::Length);
        }
        let ranges = inclusion_ranges(index, size);
        if ranges.len() != self.0.len() {
            return Err(ProofError::Length);
        }
        let mut hash = *leaf;
        for (range, sibling) in ranges.iter().zip(&self.0) {
            hash = if range.start > index {
                node_hash(&hash, sibling)
            } else {
                node_hash(sibling, &hash)
            };
        }
        matches(&hash, root)
    }

    /// Checks that the tree of `from` leaves, one at least, is the beginning of the tree of `size` leaves (RFC 9162, 2.1.4.2).
    pub fn verify_consistency(
        &self,
        (from, from_root): (u64, &TreeHash),
        (size, root): (u64, &TreeHash),
    ) -> Result<(), ProofError> {
        if from == 0 || from > size || self.0.len() > MOST {
            return Err(ProofError::Length);
        }
        if from == size {
            if !self.0.is_empty() {
                return Err(ProofError::Length);
            }
            return matches(from_root, root);
        }
        let ranges = consistency_ranges(from, size);
        if ranges.len() != self.0.len() {
            return Err(ProofError::Length);
        }
        let mut pairs = ranges.iter().zip(&self.0);
        // Where the smaller tree is perfect its root is not repeated.
        let (mut old, mut new) = if from.is_power_of_two() {
            (*from_root, *from_root)
        } else {
            match pairs.next() {
                Some((_, first)) => (*first, *first),
                None => return Err(ProofError::Length),
            }
        };
        for (range, sibling) in pairs {
            if range.start >= from {
                new = node_hash(&new, sibling);
            } else {
                old = node_hash(sibling, &old);
                new = node_hash(sibling, &new);
            }
        }
        matches(&old, from_root)?;
        matches(&new, root)
    }
}

fn matches(hash: &TreeHash, root: &TreeHash) -> Result<(), ProofError> {
    if hash == root {
        return Ok(());
    }
    Err(ProofError::Root)
}

#[cfg(test)]
mod tests;
