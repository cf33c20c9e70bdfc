//! `reeeductio-admin space list` and `usage`.

use std::fmt::Write as _;

use reeeductio_client::{SpaceStatus, Stored};
use reeeductio_proto::{ErrorCode, MemberId, SpaceId};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::failure::Failure;
use crate::given::GivenKey;
use crate::session::{Operator, Session};

/// Spaces asked for at a time.
const PAGE: usize = 200;

pub(super) async fn list(session: &Session, given: &GivenKey) -> Result<Answer, Failure> {
    let Operator { caller, client, .. } = session.caller(given)?.operator().await?;
    let mut spaces: Vec<SpaceStatus> = Vec::new();
    loop {
        let after = spaces.last().map(|status| status.space);
        let page = client.spaces(after, PAGE).await?;
        let has_more = page.has_more && !page.spaces.is_empty();
        spaces.extend(page.spaces);
        if !has_more {
            break;
        }
    }
    let mut text = match spaces.as_slice() {
        [] => format!("{} has no spaces", caller.base_url),
        _ => format!("All spaces of {}:", caller.base_url),
    };
    for status in &spaces {
        // Writing to a string cannot fail.
        let _ok = write!(
            text,
            "\n  {}  {:14}  {} messages, {}; {} data entries, {}; {} blobs, {}",
            status.space,
            standing(status),
            status.messages.count,
            size(status.messages.bytes),
            status.data.count,
            size(status.data.bytes),
            status.blobs.count,
            size(status.blobs.bytes),
        );
    }
    let spaces: Vec<Value> = spaces.iter().map(fields).collect();
    Ok(Answer::new(text, &json!({ "spaces": spaces })))
}

pub(super) async fn usage(
    session: &Session,
    space: SpaceId,
    member: Option<MemberId>,
    given: &GivenKey,
) -> Result<Answer, Failure> {
    let operator = session.caller(given)?.operator().await?;
    let status = status(&operator, space, member).await?;
    let mut text = format!(
        "Space:         {space}\nStatus:        {}",
        standing(&status)
    );
    let mut fields = fields(&status);
    if let Some(member) = member {
        // Writing to a string cannot fail.
        let _ok = write!(text, "\nMember:        {member}");
        if let Some(fields) = fields.as_object_mut() {
            fields.insert("member_id".to_owned(), json!(member));
        }
    }
    for (label, Stored { count, bytes }) in [
        ("Messages:", status.messages),
        ("Data entries:", status.data),
        ("Blobs:", status.blobs),
    ] {
        // Writing to a string cannot fail.
        let _ok = write!(text, "\n{label:14} {count}, {}", size(bytes));
    }
    Ok(Answer::new(text, &fields))
}

/// Returns what a space, or one of its members, stores.
pub(super) async fn status(
    operator: &Operator,
    space: SpaceId,
    member: Option<MemberId>,
) -> Result<SpaceStatus, Failure> {
    match operator.client.space(space, member).await {
        Err(error) if error.code() == Some(ErrorCode::SpaceUnknown) => Err(unknown(space)),
        other => Ok(other?),
    }
}

/// A space that the server knows nothing of.
pub(super) fn unknown(space: SpaceId) -> Failure {
    Failure::refused(
        ErrorCode::SpaceUnknown,
        format!("space {space} is not registered on this server and holds nothing"),
        "`reeeductio-admin space list` lists the spaces that are registered or hold anything",
    )
}

/// Returns whether members can use the space, and why.
fn standing(status: &SpaceStatus) -> &'static str {
    match (status.registered, status.served) {
        (true, _) => "registered",
        (false, true) => "served",
        (false, false) => "not registered",
    }
}

fn fields(status: &SpaceStatus) -> Value {
    let stored = |stored: Stored| json!({ "count": stored.count, "bytes": stored.bytes });
    json!({
        "space_id": status.space,
        "registered": status.registered,
        "served": status.served,
        "messages": stored(status.messages),
        "data": stored(status.data),
        "blobs": stored(status.blobs),
    })
}

/// Bytes for people: three digits and a unit.
fn size(bytes: u64) -> String {
    let (mut whole, mut tenths, mut unit) = (bytes, 0, "B");
    for larger in ["KiB", "MiB", "GiB", "TiB", "PiB"] {
        if whole < 1024 {
            break;
        }
        tenths = whole % 1024 * 10 / 1024;
        whole /= 1024;
        unit = larger;
    }
    if unit == "B" || whole >= 100 {
        format!("{whole} {unit}")
    } else {
        format!("{whole}.{tenths} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_short() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (200 << 10, "200 KiB"),
            (3 << 30, "3.0 GiB"),
            (u64::MAX, "16383 PiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }
}
