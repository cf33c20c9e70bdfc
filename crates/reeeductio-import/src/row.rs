//! Rows of the published server, read into what they mean. Nothing in them is believed.

use std::fmt::Display;

use reeeductio_proto::{
    DataEntry, DataPath, MemberId, Message, MessageError, MessageId, Signature, SpaceId, TopicId,
    encoding,
};
use rusqlite::Row;

/// The columns of a message, in the order in which [`message`] reads them.
pub(crate) const MESSAGE: &str =
    "space_id, topic_id, message_hash, type, prev_hash, data, sender, signature, server_timestamp";
/// The columns of a data entry, in the order in which [`entry`] reads them.
pub(crate) const ENTRY: &str = "space_id, path, data, signature, signed_by, signed_at";

/// The latest time that is a time: clients ask for what is newest by it (wire.md 3.5).
pub(crate) const LATEST: i64 = 9_999_999_999_999;

/// Characters of the longest `data` the published server ever accepted in a message (wire.md 3.4).
const LONGEST: usize = 102_400;

/// Why a row was left out.
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) why: String,
}

fn fault(code: &'static str, why: impl Into<String>) -> Fault {
    let why = why.into();
    Fault { code, why }
}

/// A fault with the reason somebody else gave.
fn because<E: Display>(code: &'static str) -> impl FnOnce(E) -> Fault {
    move |error| fault(code, error.to_string())
}

fn text<'a>(row: &'a Row<'_>, index: usize, column: &str) -> Result<&'a str, Fault> {
    row.get_ref(index)
        .ok()
        .and_then(|value| value.as_str().ok())
        .ok_or_else(|| fault("row.malformed", format!("{column} is not text")))
}

fn number(row: &Row<'_>, index: usize, column: &str) -> Result<i64, Fault> {
    row.get_ref(index)
        .ok()
        .and_then(|value| value.as_i64().ok())
        .ok_or_else(|| fault("row.malformed", format!("{column} is not a whole number")))
}

/// Returns a name for the row in a report, whatever is wrong with it.
pub(crate) fn name(row: &Row<'_>, columns: &[usize]) -> String {
    let shown = |index: &usize| {
        text(row, *index, "").map_or_else(
            |_| "?".to_owned(),
            |text| {
                text.chars()
                    .take(100)
                    .flat_map(char::escape_debug)
                    .collect()
            },
        )
    };
    columns.iter().map(shown).collect::<Vec<_>>().join(" ")
}

/// A message, read but not verified. Its time is as it was stored, or `None` if that is none.
pub(crate) fn message(space: &SpaceId, row: &Row<'_>) -> Result<(Message, Option<i64>), Fault> {
    if text(row, 0, "space_id")? != space.to_string() {
        return Err(fault("row.space", "the row is of another space"));
    }
    let topic_id = TopicId::parse(text(row, 1, "topic_id")?).map_err(because("message.topic"))?;
    let message_hash =
        MessageId::parse(text(row, 2, "message_hash")?).map_err(because("message.hash"))?;
    let prev_hash = match row.get_ref(4) {
        Ok(rusqlite::types::ValueRef::Null) => None,
        _ => Some(
            MessageId::parse(text(row, 4, "prev_hash")?).map_err(because("message.prev_hash"))?,
        ),
    };
    let data = text(row, 5, "data")?;
    if data.len() > LONGEST {
        return Err(fault("message.size", format!("{} characters", data.len())));
    }
    encoding::check(data).map_err(because("message.data"))?;
    let sender = MemberId::parse(text(row, 6, "sender")?).map_err(because("message.sender"))?;
    let signature = signature(text(row, 7, "signature")?).map_err(because("message.signature"))?;
    let time = number(row, 8, "server_timestamp").ok();
    let message = Message {
        message_hash,
        topic_id,
        kind: text(row, 3, "type")?.to_owned(),
        prev_hash,
        data: data.to_owned(),
        sender,
        signature,
        server_timestamp: time.unwrap_or_default(),
    };
    Ok((message, time.filter(|time| (0..=LATEST).contains(time))))
}

/// Checks hash and signature.
pub(crate) fn verify(space: &SpaceId, message: &Message) -> Result<(), Fault> {
    message
        .verify_by_sender(space)
        .map_err(|error| match error {
            MessageError::Hash => fault("message.hash", error.to_string()),
            _ => fault("message.signature", error.to_string()),
        })
}

/// A data entry whose signature is right.
pub(crate) fn entry(space: &SpaceId, row: &Row<'_>) -> Result<DataEntry, Fault> {
    if text(row, 0, "space_id")? != space.to_string() {
        return Err(fault("row.space", "the row is of another space"));
    }
    let path = DataPath::parse(text(row, 1, "path")?).map_err(because("entry.path"))?;
    let data = text(row, 2, "data")?;
    encoding::check(data).map_err(because("entry.data"))?;
    let signature = signature(text(row, 3, "signature")?).map_err(because("entry.signature"))?;
    let signed_by = MemberId::parse(text(row, 4, "signed_by")?).map_err(because("entry.signer"))?;
    let entry = DataEntry {
        path,
        data: data.to_owned(),
        signature,
        signed_by,
        signed_at: number(row, 5, "signed_at")?,
    };
    entry
        .verify_by_signer(space)
        .map_err(because("entry.signature"))?;
    Ok(entry)
}

/// The published server passed over characters that are not base64 (wire.md 2.3); what is left is stored
/// here as bytes, so how it was spelled makes no difference.
fn signature(text: &str) -> Result<Signature, String> {
    let spelled: String = text
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '='))
        .collect();
    Signature::parse(&spelled).map_err(|error| error.to_string())
}
