//! How many of something each of many has open at once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;

/// Places per key; a key that has none open takes no memory.
#[derive(Debug)]
pub(crate) struct Places<K: Eq + Hash> {
    /// 0 sets no limit.
    each: usize,
    taken: Mutex<HashMap<K, usize>>,
}

impl<K: Clone + Eq + Hash> Places<K> {
    pub(crate) fn new(each: usize) -> Arc<Self> {
        Arc::new(Self {
            each,
            taken: Mutex::default(),
        })
    }

    /// Takes one of the key's places; `None` when it has no more.
    pub(crate) fn take(self: &Arc<Self>, key: K) -> Option<Place<K>> {
        if self.each > 0 {
            let mut taken = self.taken.lock();
            let count = taken.entry(key.clone()).or_insert(0);
            if *count >= self.each {
                return None;
            }
            *count += 1;
        }
        Some(Place {
            places: Arc::clone(self),
            key,
        })
    }
}

/// A place, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place<K: Eq + Hash> {
    places: Arc<Places<K>>,
    key: K,
}

impl<K: Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        if self.places.each == 0 {
            return;
        }
        let mut taken = self.places.taken.lock();
        if let Some(count) = taken.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_own_places_and_gets_them_back() {
        let places = Places::new(2);
        let first = places.take("a").unwrap();
        let _second = places.take("a").unwrap();
        assert!(places.take("a").is_none());
        let other = places.take("b").unwrap();
        drop(first);
        assert!(places.take("a").is_some());
        drop(other);
        assert_eq!(places.taken.lock().len(), 1);
    }

    #[test]
    fn zero_sets_no_limit_and_counts_nothing() {
        let places = Places::new(0);
        let taken: Vec<_> = (0..1000).filter_map(|_| places.take("a")).collect();
        assert_eq!(taken.len(), 1000);
        assert!(places.taken.lock().is_empty());
    }
}
