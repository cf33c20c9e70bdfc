//! The newest items, for readers that take them soon.

use std::collections::VecDeque;

/// Milliseconds for which a reader finds an item.
pub(super) const LIFETIME: i64 = 10_000;

/// The newest items by their numbers, bounded in bytes and in time.
#[derive(Debug)]
pub(super) struct Ring<T> {
    items: VecDeque<Item<T>>,
    /// Number of the first item that is held, or of the next one.
    first: u64,
    bytes: usize,
    capacity: usize,
}

#[derive(Debug)]
struct Item<T> {
    /// By the monotonic clock.
    at: i64,
    bytes: usize,
    what: T,
}

impl<T> Ring<T> {
    /// Holds at most `capacity` bytes.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            items: VecDeque::new(),
            first: 0,
            bytes: 0,
            capacity,
        }
    }

    /// Number of the next item.
    pub(super) fn next(&self) -> u64 {
        self.first.saturating_add(self.items.len() as u64)
    }

    /// Adds an item of so many bytes.
    pub(super) fn push(&mut self, what: T, bytes: usize, now: i64) {
        self.expire(now);
        self.items.push_back(Item {
            at: now,
            bytes,
            what,
        });
        self.bytes = self.bytes.saturating_add(bytes);
        while self.bytes > self.capacity {
            self.drop_first();
        }
    }

    /// The items from a number on; `None` if some of them are not held any more.
    pub(super) fn from(&mut self, number: u64, now: i64) -> Option<impl Iterator<Item = &T>> {
        self.expire(now);
        let skip = usize::try_from(number.checked_sub(self.first)?).ok()?;
        Some(self.items.iter().skip(skip).map(|item| &item.what))
    }

    /// Number of the oldest item that is held, or of the next one.
    pub(super) fn oldest(&mut self, now: i64) -> u64 {
        self.expire(now);
        self.first
    }

    fn expire(&mut self, now: i64) {
        let over = |item: &Item<T>| now.saturating_sub(item.at) >= LIFETIME;
        while self.items.front().is_some_and(over) {
            self.drop_first();
        }
        if self.items.is_empty() {
            // Gives back the room of a peak.
            self.items = VecDeque::new();
        }
    }

    fn drop_first(&mut self) {
        if let Some(dropped) = self.items.pop_front() {
            self.first = self.first.saturating_add(1);
            self.bytes = self.bytes.saturating_sub(dropped.bytes);
        } else {
            self.bytes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(ring: &mut Ring<u32>, from: u64, now: i64) -> Option<Vec<u32>> {
        ring.from(from, now).map(|items| items.copied().collect())
    }

    #[test]
    fn the_oldest_items_make_room_in_bytes_and_go_with_time() {
        let mut ring = Ring::new(10);
        for number in 0..4 {
            ring.push(number, 3, 0);
        }
        assert_eq!(held(&mut ring, 0, 0), None, "the first was dropped");
        assert_eq!(held(&mut ring, 1, 0), Some(vec![1, 2, 3]));
        assert_eq!(held(&mut ring, 4, 0), Some(vec![]));
        ring.push(4, 3, 1);
        let oldest = ring.oldest(LIFETIME);
        assert_eq!(held(&mut ring, oldest, LIFETIME), Some(vec![4]));
        assert_eq!(ring.oldest(LIFETIME + 1), 5);
        assert_eq!((ring.next(), ring.bytes, ring.items.capacity()), (5, 0, 0));
        ring.push(5, 11, 0);
        assert_eq!((ring.next(), ring.bytes), (6, 0), "larger than all room");
    }
}
