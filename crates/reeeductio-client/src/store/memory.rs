//! A store that lasts as long as the program.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Change, Durability, Scan, Scanned, Store, Stored, check};

/// A store that lasts as long as the program. It detects a server that changes its mind while the program
/// runs, and nothing beyond. [`Durability::Disk`] is not more than [`Durability::Process`] here.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Map>);

type Map = BTreeMap<Vec<u8>, Vec<u8>>;

impl MemoryStore {
    fn map(&self) -> MutexGuard<'_, Map> {
        // The map is changed in steps that do not panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn get(&self, keys: Vec<Vec<u8>>) -> Stored<'_, Vec<Option<Vec<u8>>>> {
        Box::pin(async move {
            let map = self.map();
            Ok(keys.iter().map(|key| map.get(key).cloned()).collect())
        })
    }

    fn scan(&self, scan: Scan) -> Stored<'_, Scanned> {
        Box::pin(async move {
            if scan.from >= scan.to {
                return Ok(Scanned::default());
            }
            let map = self.map();
            let bounds = (
                Bound::Included(scan.from.as_slice()),
                Bound::Excluded(scan.to.as_slice()),
            );
            let range = map.range::<[u8], _>(bounds);
            Ok(if scan.reverse {
                page(range.rev(), scan.limit, scan.bytes)
            } else {
                page(range, scan.limit, scan.bytes)
            })
        })
    }

    fn commit(&self, changes: Vec<Change>, _durability: Durability) -> Stored<'_, ()> {
        Box::pin(async move {
            check(&changes)?;
            let mut map = self.map();
            for change in changes {
                apply(&mut map, change);
            }
            Ok(())
        })
    }

    fn clear(&self) -> Stored<'_, ()> {
        Box::pin(async move {
            self.map().clear();
            Ok(())
        })
    }
}

fn page<'a>(
    range: impl Iterator<Item = (&'a Vec<u8>, &'a Vec<u8>)>,
    limit: usize,
    bytes: usize,
) -> Scanned {
    let mut found = Scanned::default();
    let mut left = bytes;
    for (key, value) in range {
        let size = key.len().saturating_add(value.len());
        if found.pairs.len() >= limit || (size > left && !found.pairs.is_empty()) {
            found.has_more = true;
            break;
        }
        left = left.saturating_sub(size);
        found.pairs.push((key.clone(), value.clone()));
    }
    found
}

fn apply(map: &mut Map, change: Change) {
    match change {
        Change::Insert { key, value, with } => {
            if let Entry::Vacant(vacant) = map.entry(key) {
                vacant.insert(value);
                map.extend(with);
            }
        }
        Change::Raise { key, value } => match map.entry(key) {
            Entry::Vacant(vacant) => {
                vacant.insert(value);
            }
            Entry::Occupied(mut present) if *present.get() < value => {
                present.insert(value);
            }
            Entry::Occupied(_) => {}
        },
        Change::Put { key, value } => {
            map.insert(key, value);
        }
        Change::Delete { key } => {
            map.remove(&key);
        }
    }
}
