//! The data entries of password login: who may write them.

use reeeductio_proto::opaque::{RECORDS_PREFIX, SETUP_PATH};
use reeeductio_proto::{DataEntry, DataPath, ErrorCode};

use super::parse_setup;
use crate::caller::SpaceMember;
use crate::refusal::Refusal;

/// Returns whether an entry is a setup or a record: either allows trying passwords without the server.
pub(crate) fn is_secret(path: &DataPath) -> bool {
    is_setup(path) || is_record(path)
}

/// Checks what no right covers, for every way of writing: the caller puts `data` (base64; empty leaves a tombstone),
/// or removes the entry (`None`), in place of what is `stored`.
///
/// The setup decides every login, so the owner alone writes it, and only a valid one. A record decides who knows the
/// password of an account, so it is written by the owner and the member who stored it.
pub(crate) fn check_write(
    caller: &SpaceMember,
    path: &DataPath,
    stored: Option<&DataEntry>,
    data: Option<&str>,
) -> Result<(), Refusal> {
    if is_setup(path) {
        if !caller.is_owner() {
            return Err(Refusal::new(
                ErrorCode::PermissionDenied,
                "Only the owner of the space writes opaque/server/setup.",
            ));
        }
        let removes = data.is_none_or(str::is_empty);
        if !removes && data.and_then(parse_setup).is_none() {
            return Err(Refusal::new(
                ErrorCode::OpaqueMalformed,
                "data: not an OPAQUE server setup of 128 bytes. Take one from POST opaque/setup.",
            ));
        }
    }
    let is_anothers = |entry: &DataEntry| !entry.data.is_empty() && entry.signed_by != caller.id;
    if is_record(path) && !caller.is_owner() && stored.is_some_and(is_anothers) {
        return Err(Refusal::new(
            ErrorCode::PermissionDenied,
            "A password record is replaced and removed only by the member who stored it and the owner of the space.",
        ));
    }
    Ok(())
}

fn is_setup(path: &DataPath) -> bool {
    path.as_str() == SETUP_PATH
}

fn is_record(path: &DataPath) -> bool {
    path.as_str().starts_with(RECORDS_PREFIX)
}
