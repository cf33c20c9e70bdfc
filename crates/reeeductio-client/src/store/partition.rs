//! A part of a store that belongs to one user.

use std::sync::Arc;

use reeeductio_proto::MemberId;

use super::{Change, Durability, Pair, Scan, Scanned, Store, StoreError, Stored, check};

/// First byte of the keys of all parts (`spec/local-store.md`).
const KIND: u8 = 0x1c;
/// Pairs that are deleted together.
const PAGE: usize = 1024;

/// A part of a store that belongs to one user, whose keys are 34 bytes shorter: users that log in after each other on one machine do not meet in it, and logging out clears one part.
#[derive(Clone, Debug)]
pub(crate) struct Partition {
    store: Arc<dyn Store>,
    prefix: Vec<u8>,
}

impl Partition {
    /// The part of a member. The store is not asked.
    pub(crate) fn of(store: Arc<dyn Store>, member: &MemberId) -> Self {
        let mut prefix = vec![KIND];
        prefix.extend_from_slice(&member.to_bytes());
        Self { store, prefix }
    }

    fn key(&self, key: &[u8]) -> Vec<u8> {
        [self.prefix.as_slice(), key].concat()
    }

    fn keys(&self, pairs: Vec<Pair>) -> Vec<Pair> {
        let pairs = pairs.into_iter();
        pairs.map(|(key, value)| (self.key(&key), value)).collect()
    }

    fn change(&self, change: Change) -> Change {
        match change {
            Change::Insert { key, value, with } => Change::Insert {
                key: self.key(&key),
                value,
                with: self.keys(with),
            },
            Change::Raise { key, value } => Change::Raise {
                key: self.key(&key),
                value,
            },
            Change::Put { key, value } => Change::Put {
                key: self.key(&key),
                value,
            },
            Change::Delete { key } => Change::Delete {
                key: self.key(&key),
            },
        }
    }

    /// The first key after all of this part.
    fn end(&self) -> Vec<u8> {
        let mut end = self.prefix.clone();
        while let Some(last) = end.pop() {
            if let Some(next) = last.checked_add(1) {
                end.push(next);
                break;
            }
        }
        end
    }
}

impl Store for Partition {
    fn get(&self, keys: Vec<Vec<u8>>) -> Stored<'_, Vec<Option<Vec<u8>>>> {
        let keys = keys.iter().map(|key| self.key(key)).collect();
        self.store.get(keys)
    }

    fn scan(&self, scan: Scan) -> Stored<'_, Scanned> {
        Box::pin(async move {
            if scan.from >= scan.to {
                return Ok(Scanned::default());
            }
            let within = Scan {
                from: self.key(&scan.from),
                to: self.key(&scan.to),
                // The limit in bytes is of the keys as they are seen here.
                bytes: scan
                    .bytes
                    .saturating_add(self.prefix.len().saturating_mul(scan.limit.min(PAGE))),
                ..scan
            };
            let mut scanned = self.store.scan(within).await?;
            let (mut left, mut taken) = (scan.bytes, 0);
            for (key, value) in &mut scanned.pairs {
                key.drain(..self.prefix.len());
                let size = key.len().saturating_add(value.len());
                if size > left && taken > 0 {
                    break;
                }
                left = left.saturating_sub(size);
                taken += 1;
            }
            if taken < scanned.pairs.len() {
                scanned.pairs.truncate(taken);
                scanned.has_more = true;
            }
            Ok(scanned)
        })
    }

    fn commit(&self, changes: Vec<Change>, durability: Durability) -> Stored<'_, ()> {
        Box::pin(async move {
            check(&changes)?;
            let changes = changes.into_iter().map(|change| self.change(change));
            self.store.commit(changes.collect(), durability).await
        })
    }

    fn clear(&self) -> Stored<'_, ()> {
        Box::pin(async move {
            loop {
                let scan = Scan {
                    from: self.prefix.clone(),
                    to: self.end(),
                    limit: PAGE,
                    bytes: 1 << 20,
                    reverse: false,
                };
                let scanned = self.store.scan(scan).await?;
                let keys = scanned.pairs.into_iter();
                let changes: Vec<Change> = keys.map(|(key, _)| Change::Delete { key }).collect();
                if !changes.is_empty() {
                    self.store.commit(changes, Durability::Disk).await?;
                }
                if !scanned.has_more {
                    return Ok::<_, StoreError>(());
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{MAX_KEY, MemoryStore, conformance};

    fn part(store: &Arc<dyn Store>, seed: u8) -> Partition {
        Partition::of(Arc::clone(store), &MemberId::user([seed; 32]))
    }

    macro_rules! passes {
        ($($name:ident)*) => {
            $(#[tokio::test]
            async fn $name() {
                let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
                // Its neighbours are not to be seen.
                for seed in [0x41, 0x43, 0xff] {
                    let put = Change::Put { key: vec![7], value: vec![seed] };
                    let neighbour = part(&store, seed);
                    neighbour.commit(vec![put], Durability::Process).await.unwrap();
                }
                conformance::$name(&part(&store, 0x42)).await;
            })*
        };
    }

    passes! {
        values_are_read_back_by_their_keys
        ranges_are_in_the_order_of_bytes
        scans_stop_at_their_limits
        inserts_keep_what_is_there
        raises_keep_the_greater_value
        changes_follow_each_other
        inserts_at_once_do_not_mix
    }

    #[tokio::test]
    async fn a_key_that_is_too_long_with_its_part_is_refused_and_nothing_is_changed() {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let part = part(&store, 1);
        let put = |length: usize| Change::Put {
            key: vec![7; length],
            value: vec![1],
        };
        let longest = MAX_KEY - part.prefix.len();
        let commit = |changes| part.commit(changes, Durability::Process);
        commit(vec![put(longest)]).await.unwrap();
        for length in [0, longest + 1, MAX_KEY + 1] {
            let refused = commit(vec![put(1), put(length)]).await.unwrap_err();
            assert_eq!(refused.code(), "store.length", "{length}");
        }
        let kept = part.get(vec![vec![7; longest], vec![7]]).await.unwrap();
        assert_eq!(kept, [Some(vec![1]), None]);
    }

    #[tokio::test]
    async fn clearing_the_part_of_one_user_leaves_that_of_another() {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let (one, other) = (part(&store, 0xff), part(&store, 0xfe));
        for part in [&one, &other] {
            let puts = (0..3000u32).map(|number| Change::Put {
                key: number.to_be_bytes().to_vec(),
                value: vec![1],
            });
            part.commit(puts.collect(), Durability::Process)
                .await
                .unwrap();
        }
        one.clear().await.unwrap();
        let all = Scan {
            from: vec![0],
            to: vec![0xff; 64],
            limit: 10_000,
            bytes: usize::MAX,
            reverse: false,
        };
        assert_eq!(store.scan(all).await.unwrap().pairs.len(), 3000);
        let key = 7u32.to_be_bytes().to_vec();
        assert_eq!(other.get(vec![key]).await.unwrap(), [Some(vec![1])]);
    }
}
