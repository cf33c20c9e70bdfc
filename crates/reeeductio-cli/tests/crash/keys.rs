//! The keys of payloads in the files of a server.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use reeeductio_client::MessageId;
use rusqlite::{Connection, OpenFlags};

use crate::tree::Event;

/// The keys of the payloads in a database, by their messages.
pub(crate) fn payload_keys(folder: &Path) -> HashMap<MessageId, [u8; 32]> {
    let database = folder.join("reeeductio.db");
    let connection =
        Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT message_hash, substr(keys, key_slot * 32 + 1, 32) FROM payloads
             JOIN payload_keys ON block = key_block JOIN messages USING (space_id, event)",
        )
        .unwrap();
    let rows = statement.query_map((), |row| {
        Ok((MessageId::from_hash(row.get(0)?), row.get(1)?))
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

/// Checks which of the payloads' keys are in the files of a server: of those that are there all, of those that were removed none.
pub(crate) fn check_keys(
    folder: &Path,
    events: &BTreeMap<u64, Event>,
    keys: &HashMap<MessageId, [u8; 32]>,
) {
    let of = |event: &Event| keys.get(&event.message.message_hash).copied();
    let there = events.values().filter(|event| event.has_payload);
    let there: HashSet<[u8; 32]> = there.filter_map(of).collect();
    let all: HashSet<[u8; 32]> = events.values().filter_map(of).collect();
    let mut found = HashSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            found.extend(found_in(&std::fs::read(path).unwrap(), &all));
        }
    }
    let (kept, left) = (there.difference(&found), found.difference(&there));
    assert_eq!(
        (kept.count(), left.count()),
        (0, 0),
        "keys that are lost, and that were not removed"
    );
}

/// The keys that the bytes hold.
fn found_in(bytes: &[u8], keys: &HashSet<[u8; 32]>) -> HashSet<[u8; 32]> {
    // Spares a look into the set for nearly every byte.
    let mut starts = vec![false; 1 << 16];
    let start = |key: &[u8]| usize::from(u16::from_be_bytes([key[0], key[1]]));
    for key in keys {
        starts[start(key)] = true;
    }
    let windows = bytes.windows(32).filter(|window| starts[start(window)]);
    let windows = windows.map(|window| <[u8; 32]>::try_from(window).unwrap());
    windows.filter(|window| keys.contains(window)).collect()
}
