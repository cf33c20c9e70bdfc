//! Whether trees agree with their tiles and with the events of their spaces, and payloads with what their messages say.

use std::collections::HashMap;

use reeeductio_backend::{
    BackendError, BackendErrorKind, Entry, PageLimit, RecordKind, RecordName,
};
use reeeductio_proto::tree::TreeHash;
use reeeductio_proto::{
    DataPath, EventKind, EventLeaf, SealedHeader, SpaceId, TopicId, data_event_hash, encoding,
};
use sha2::{Digest as _, Sha256};

use crate::database::Database;
use crate::read::data::DataRow;
use crate::read::entries::leaf_hash;
use crate::read::messages::{MessageRow, rows};
use crate::read::{self, WHOLE};
use crate::row::malformed;
use crate::statements::Sql;
use crate::tiles::{OpenTiles, Tile, TileId, WIDTH, tile_of};

/// Messages and paths that are read at once.
const PAGE: usize = 1_000;

/// Records of a space that do not agree with one another. Rows that are damaged by themselves are left to others.
pub(super) fn disagreeing(
    database: &Database,
    space: &SpaceId,
) -> Result<Vec<RecordName>, BackendError> {
    database.at_one_moment(|database| {
        if read::spaces::is_purging(database, space).unwrap_or(true) {
            return Ok(Vec::new());
        }
        let mut check = Check {
            database,
            space,
            has_tree: read::tree::incarnation(database, space).is_ok_and(|of| of.is_some()),
            tile: None,
            found: Vec::new(),
        };
        // A check that stops at a damaged row has not seen the rest; the scan of rows names the row.
        unless_damaged(check.tiles())?;
        unless_damaged(check.messages())?;
        unless_damaged(check.data())?;
        Ok(check.found)
    })
}

struct Check<'a> {
    database: &'a Database,
    space: &'a SpaceId,
    has_tree: bool,
    /// The tile that was read last.
    tile: Option<(TileId, Tile)>,
    found: Vec<RecordName>,
}

impl Check<'_> {
    fn report(&mut self, kind: RecordKind, key: String) {
        self.found.push(RecordName {
            kind,
            space: Some(*self.space),
            key,
        });
    }

    /// Each tile has the roots of those below it.
    fn tiles(&mut self) -> Result<(), BackendError> {
        if !self.has_tree {
            return Ok(());
        }
        let size = read::tree::size(self.database, self.space)?;
        let mut open = OpenTiles::default();
        for number in 0..size {
            let Some(hash) = unless_damaged(self.leaf(number))?.flatten() else {
                self.report(RecordKind::TreeTile, format!("0 {}", number / WIDTH));
                return Ok(());
            };
            for (id, tile) in open.push(hash) {
                self.compare(id, &tile.to_bytes())?;
            }
        }
        for (id, hashes) in open.take_dirty() {
            self.compare(id, &hashes)?;
        }
        Ok(())
    }

    fn compare(&mut self, id: TileId, hashes: &[u8]) -> Result<(), BackendError> {
        let stored = unless_damaged(read::tree::tile(self.database, self.space, id))?;
        if stored.is_none_or(|tile| tile.to_bytes() != hashes) {
            self.report(RecordKind::TreeTile, format!("{} {}", id.level, id.index));
        }
        Ok(())
    }

    fn leaf(&mut self, number: u64) -> Result<Option<TreeHash>, BackendError> {
        let id = tile_of(number);
        if self.tile.as_ref().is_none_or(|(of, _)| *of != id) {
            self.tile = Some((id, read::tree::tile(self.database, self.space, id)?));
        }
        let tile = self.tile.as_ref();
        Ok(tile.and_then(|(_, tile)| tile.hash(number % WIDTH)))
    }

    /// Each message is the leaf that it names, and its payload has the hash that it names.
    fn messages(&mut self) -> Result<(), BackendError> {
        // Of each topic the newest leaf so far. Behind a gap, the first one of a topic may have any before it.
        let mut newest = HashMap::<TopicId, TreeHash>::new();
        let mut is_gapless = true;
        let mut after = 0;
        loop {
            let page = rows(self.database, self.space, after, PageLimit::count(PAGE))?;
            for row in page.items {
                let number = row.event.cast_unsigned();
                if number != after + 1 {
                    is_gapless = false;
                    newest.clear();
                }
                after = number;
                self.payload(&row)?;
                self.message(row, &mut newest, is_gapless)?;
            }
            if !page.has_more {
                return Ok(());
            }
        }
    }

    fn message(
        &mut self,
        row: MessageRow,
        newest: &mut HashMap<TopicId, TreeHash>,
        is_gapless: bool,
    ) -> Result<(), BackendError> {
        let topic = row.message.topic_id.clone();
        let key = format!("{topic} {}", row.message.server_timestamp);
        let Some(leaf) = row.leaf else {
            if self.has_tree {
                self.report(RecordKind::Message, key);
            }
            return Ok(());
        };
        let previous = newest.get(&topic).copied();
        let is_known = previous.is_some() || is_gapless;
        let entry = Entry {
            previous: previous.unwrap_or_default(),
            message: row.message,
            leaf,
            payload: None,
            revised: None,
        };
        let stored = self.leaf(leaf.number)?;
        if is_known && stored != Some(leaf_hash(self.space, &entry, row.lane.as_ref())) {
            self.report(RecordKind::Message, key);
        }
        newest.insert(topic, stored.unwrap_or_default());
        Ok(())
    }

    fn payload(&mut self, row: &MessageRow) -> Result<(), BackendError> {
        let place = row.place();
        let payload = read::payloads::payload(self.database, self.space, place, WHOLE);
        let payload = match unless_damaged(payload.map_err(BackendError::from))? {
            Some(None) => return Ok(()),
            found => found.flatten(),
        };
        let header = encoding::decode(&row.message.data)
            .ok()
            .and_then(|data| SealedHeader::parse(&data).ok());
        let is_right = payload.is_some_and(|payload| {
            header.is_none_or(|header| Sha256::digest(&payload)[..] == header.payload_hash)
        });
        if !is_right {
            let key = format!(
                "{} {} {}",
                i64::from(place.is_state),
                place.timestamp,
                place.event
            );
            self.report(RecordKind::Payload, key);
        }
        Ok(())
    }

    /// Each data entry is the leaf that it names.
    fn data(&mut self) -> Result<(), BackendError> {
        let mut after = String::new();
        loop {
            let paths = read::data::data_paths(self.database, self.space, &after, PAGE)?;
            let Some(last) = paths.last() else {
                return Ok(());
            };
            after.clone_from(last);
            for path in paths {
                let parsed = DataPath::parse(&path).map_err(|_| malformed("a data path"))?;
                let row = read::data::data(self.database, self.space, &parsed, WHOLE)?;
                if let Some(row) = row
                    && !self.agrees(&row)?
                {
                    self.report(RecordKind::DataEntry, path);
                }
            }
        }
    }

    fn agrees(&mut self, row: &DataRow) -> Result<bool, BackendError> {
        let Some(leaf) = row.leaf else {
            return Ok(!self.has_tree);
        };
        let timestamp = row.entry.signed_at.cast_unsigned();
        let signature = row.entry.signature.to_bytes();
        let hash = EventLeaf {
            space: self.space,
            number: leaf.number,
            what: if row.deleted {
                EventKind::DataRemoved
            } else {
                EventKind::Data
            },
            topic: "",
            lane: [0; 8],
            hash: data_event_hash(row.entry.path.as_str(), &signature, timestamp),
            timestamp,
            previous: [0; 32],
            state: leaf.state.map_or([0; 32], |state| *state.hash()),
        }
        .hash();
        Ok(self.leaf(leaf.number)? == Some(hash))
    }
}

/// Takes damaged and missing rows for `None`.
fn unless_damaged<T>(read: Result<T, BackendError>) -> Result<Option<T>, BackendError> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == BackendErrorKind::Corrupt => Ok(None),
        Err(error) => Err(error),
    }
}

/// Spaces that have a tree or payloads, as far as they can be read.
pub(super) fn spaces(database: &Database) -> Result<Vec<SpaceId>, BackendError> {
    read::spaces::spaces(
        database,
        &[Sql::NEXT_SPACE_WITH_TREE, Sql::NEXT_SPACE_WITH_PAYLOADS],
        None,
        usize::MAX,
    )
}
