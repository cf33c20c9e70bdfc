//! Keys of payloads, each of which is overwritten where it lies when its payload is removed.
//!
//! A block of keys is a row that fills a page of its table. It has all of its bytes from the beginning, so that it is
//! overwritten in place, and it is added behind all others: there is no part of a page that keeps a copy of it. SQLite can
//! move it as a whole when blocks beside it go, and overwrites the page that it leaves. A block goes once all of its keys
//! are gone, unless it is the last: the number of a block is not used twice.

use std::collections::HashMap;

use reeeductio_backend::BackendError;
use rusqlite::params;
use zeroize::Zeroizing;

use super::Batch;
use crate::failure::failure;
use crate::payload_seal::{KEY, new_key};
use crate::row::{KeyPlace, check, checksum_of_key_block, malformed};
use crate::statements::Sql;

/// Keys of a block: with its header, a row of them fills a page of 4,096 bytes but for some ten bytes.
pub(crate) const KEYS: usize = 125;

/// The blocks that a transaction changes, and where the next key goes.
#[derive(Default)]
pub(crate) struct KeyBlocks {
    /// The block and the slot of the next key; a process begins a block of its own.
    next: Option<(i64, usize)>,
    changed: HashMap<i64, Block>,
}

/// A row of keys.
struct Block {
    keys: Zeroizing<Vec<u8>>,
    /// The checksum of a block that is damaged. It stays, so that nobody takes what is left of the block for whole.
    wrong_checksum: Option<i64>,
}

impl Block {
    fn whole(keys: Zeroizing<Vec<u8>>) -> Self {
        Self {
            keys,
            wrong_checksum: None,
        }
    }
}

impl Batch<'_> {
    /// Makes a key.
    pub(super) fn add_payload_key(
        &mut self,
    ) -> Result<(Zeroizing<[u8; KEY]>, KeyPlace), BackendError> {
        let (block, slot) = match self.cache.keys.next {
            Some((block, slot)) if slot < KEYS => (block, slot),
            Some((block, _)) => (block + 1, 0),
            None => (self.last_key_block()? + 1, 0),
        };
        if slot == 0 {
            let empty = Zeroizing::new(vec![0; KEYS * KEY]);
            self.cache.keys.changed.insert(block, Block::whole(empty));
        }
        let key = new_key()?;
        if !self.cache.keys.changed.contains_key(&block) {
            let keys = self.whole_key_block(block)?;
            self.cache.keys.changed.insert(block, Block::whole(keys));
        }
        self.key_slot(block, slot)?.copy_from_slice(&*key);
        self.cache.keys.next = Some((block, slot + 1));
        let place = KeyPlace {
            block,
            slot: i64::try_from(slot).unwrap_or(i64::MAX),
        };
        Ok((key, place))
    }

    /// Overwrites a key, also in a block that is damaged: what has to go must not stay because something else is broken. A key that is
    /// not there is forgotten.
    pub(super) fn forget_payload_key(&mut self, key: KeyPlace) -> Result<(), BackendError> {
        if !self.cache.keys.changed.contains_key(&key.block) {
            let Some(block) = self.key_block(key.block)? else {
                return Ok(());
            };
            self.cache.keys.changed.insert(key.block, block);
        }
        if let Ok(slot) = usize::try_from(key.slot)
            && let Ok(slot) = self.key_slot(key.block, slot)
        {
            slot.fill(0);
        }
        Ok(())
    }

    /// Writes the blocks that changed.
    pub(super) fn write_payload_keys(&mut self) -> Result<(), BackendError> {
        let changed = std::mem::take(&mut self.cache.keys.changed);
        if changed.is_empty() {
            return Ok(());
        }
        let stored = self.last_key_block()?;
        let last = changed.keys().copied().fold(stored, i64::max);
        for (number, block) in changed {
            let Block {
                keys,
                wrong_checksum,
            } = block;
            if number != last && keys.iter().all(|byte| *byte == 0) {
                self.execute(Sql::DELETE_KEY_BLOCK, [number])?;
                continue;
            }
            let checksum = wrong_checksum.unwrap_or_else(|| checksum_of_key_block(number, &keys));
            self.execute(Sql::SET_KEY_BLOCK, params![number, *keys, checksum])?;
        }
        Ok(())
    }

    /// The slot of a key in a block that was read.
    fn key_slot(&mut self, block: i64, slot: usize) -> Result<&mut [u8], BackendError> {
        let block = self.cache.keys.changed.get_mut(&block);
        let slot = block.and_then(|block| block.keys.chunks_exact_mut(KEY).nth(slot));
        slot.ok_or_else(|| malformed("a slot of a key"))
    }

    fn whole_key_block(&self, number: i64) -> Result<Zeroizing<Vec<u8>>, BackendError> {
        let block = self.key_block(number)?;
        let block = block.ok_or_else(|| malformed("the block of a payload's key"))?;
        if let Some(stored) = block.wrong_checksum {
            let computed = checksum_of_key_block(number, &block.keys);
            check("payload_keys", || number.to_string(), stored, computed)?;
        }
        Ok(block.keys)
    }

    fn key_block(&self, number: i64) -> Result<Option<Block>, BackendError> {
        let failed = failure("read keys of payloads");
        self.database.first(Sql::KEY_BLOCK, [number], |row| {
            let keys: Vec<u8> = row.get(0).map_err(&failed)?;
            let keys = Zeroizing::new(keys);
            let stored: i64 = row.get(1).map_err(&failed)?;
            let computed = checksum_of_key_block(number, &keys);
            Ok::<_, BackendError>(Block {
                keys,
                wrong_checksum: (stored != computed).then_some(stored),
            })
        })
    }

    fn last_key_block(&self) -> Result<i64, BackendError> {
        let failed = failure("look for keys of payloads");
        let last = self.database.first(Sql::LAST_KEY_BLOCK, (), |row| {
            row.get::<_, Option<i64>>(0).map_err(&failed)
        })?;
        Ok(last.flatten().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::params;

    use super::*;
    use crate::DATABASE;
    use crate::connection::open_writer;
    use crate::schema::migrate;

    #[test]
    fn a_block_has_a_page_to_itself_and_leaves_no_copy() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = open_writer(&folder.path().join(DATABASE)).unwrap();
        migrate(&mut connection).unwrap();
        let pages = || -> i64 {
            connection
                .pragma_query_value(None, "page_count", |row| row.get(0))
                .unwrap()
        };
        let before = pages();
        let set = |block: i64, byte: u8| {
            let keys = vec![byte; KEYS * KEY];
            let sql = Sql::SET_KEY_BLOCK.text();
            connection.execute(sql, params![block, keys, 0]).unwrap();
        };
        (1..=50).for_each(|block| set(block, 7));
        let with_keys = pages() - before;
        // The root of the table was there, and is a page of another kind now.
        assert!((49..=51).contains(&with_keys), "{with_keys}");
        let places = |byte: u8| -> Vec<usize> {
            connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))
                .unwrap();
            let bytes = std::fs::read(folder.path().join(DATABASE)).unwrap();
            let keys = bytes.windows(KEY).enumerate();
            let found = keys.filter(|(_, window)| *window == [byte; KEY]);
            let mut pages: Vec<usize> = found.map(|(at, _)| at / 4096).collect();
            pages.dedup();
            pages
        };
        set(25, 1);
        let at = places(1);
        assert_eq!(at.len(), 1);
        set(25, 2);
        assert_eq!((places(1), places(2)), (Vec::new(), at));
        // Its neighbours go, and nothing of it is copied.
        for block in [24, 26, 23, 27] {
            set(block, 0);
            connection
                .execute(Sql::DELETE_KEY_BLOCK.text(), [block])
                .unwrap();
        }
        let at = places(2);
        assert_eq!(at.len(), 1);
        set(25, 3);
        assert_eq!((places(2), places(3)), (Vec::new(), at));
    }
}
