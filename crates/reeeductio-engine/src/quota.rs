//! Refusing what a quota does not allow.

use reeeductio_backend::{OverQuota, QuotaOf, QuotaUnit, Quotas};
use reeeductio_proto::{ErrorCode, Policy, Settings};

use crate::caller::SpaceMember;
use crate::draft::{Draft, Rules};
use crate::refusal::{Details, OverQuotaDetails, Refusal};

/// Longest `data` of state below `auth/` that is stored beyond the quotas.
const RESERVED: usize = 8192;

/// Kind of a stored item.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Message,
    Entry,
    Blob,
}

/// The quotas for what a member writes; the admin space has none.
pub(crate) fn quotas_of(caller: &SpaceMember, quotas: Quotas) -> Quotas {
    if caller.space.is_admin() {
        return Quotas::default();
    }
    quotas
}

/// The quotas for a message. Rights can be taken back and members removed in a full space, too: state below
/// `auth/` has none, unless it is large.
pub(crate) fn quotas_of_message(caller: &SpaceMember, draft: &Draft, quotas: Quotas) -> Quotas {
    if is_reserved(draft) {
        return Quotas::default();
    }
    quotas_of(caller, quotas)
}

/// The quotas for the messages of a command.
pub(crate) fn quotas_of_command(caller: &SpaceMember, drafts: &[Draft], quotas: Quotas) -> Quotas {
    if drafts.iter().all(is_reserved) {
        return Quotas::default();
    }
    quotas_of(caller, quotas)
}

/// Returns whether it is stored beyond the quotas. A removal takes a new epoch with it in spaces with a policy.
fn is_reserved(draft: &Draft) -> bool {
    let is_authority = draft.path.as_ref().is_some_and(|path| {
        let path = path.as_str();
        match draft.rules {
            Rules::Base => path.starts_with("auth/"),
            // Not keys, of which every member writes as many as it likes, nor other values below `space/`.
            Rules::Policy => {
                let is_removal = path.starts_with("auth/") && !path.starts_with("auth/keys/");
                is_removal
                    || path.starts_with("keyring/")
                    || [Policy::PATH, Settings::PATH].contains(&path)
            }
        }
    });
    is_authority && draft.sealed.is_none() && draft.message.data.len() <= RESERVED
}

pub(crate) fn over_quota(kind: Kind, over: OverQuota) -> Refusal {
    let OverQuota {
        of,
        unit,
        limit,
        stored,
    } = over;
    let quota = key(kind, of, unit);
    let whose = match of {
        QuotaOf::Member => "You store",
        QuotaOf::Space => "This space stores",
    };
    let unit_of = match unit {
        QuotaUnit::Items => "",
        QuotaUnit::Bytes => "bytes of ",
    };
    let (what, fix) = match (kind, unit) {
        (Kind::Message, _) => ("messages", "Messages cannot be removed: ask"),
        (Kind::Entry, QuotaUnit::Items) => (
            "data entries",
            "Deleted ones count as well: write to a path that has an entry, or ask",
        ),
        (Kind::Entry, QuotaUnit::Bytes) => ("data entries", "Delete data entries, or ask"),
        (Kind::Blob, _) => ("blobs", "Delete blobs, or ask"),
    };
    let message = format!(
        "{whose} {stored} {unit_of}{what}, and {quota} of the server is {limit}. {fix} the server's operator to raise it."
    );
    Refusal::new(ErrorCode::QuotaExceeded, message).with(Details::OverQuota(OverQuotaDetails {
        quota,
        limit,
        stored,
    }))
}

/// The key of the server's configuration.
fn key(kind: Kind, of: QuotaOf, unit: QuotaUnit) -> &'static str {
    match (of, kind, unit) {
        (QuotaOf::Space, Kind::Message, QuotaUnit::Items) => "quotas.space_messages",
        (QuotaOf::Space, Kind::Message, QuotaUnit::Bytes) => "quotas.space_message_bytes",
        (QuotaOf::Space, Kind::Entry, QuotaUnit::Items) => "quotas.space_entries",
        (QuotaOf::Space, Kind::Entry, QuotaUnit::Bytes) => "quotas.space_entry_bytes",
        (QuotaOf::Space, Kind::Blob, QuotaUnit::Items) => "quotas.space_blobs",
        (QuotaOf::Space, Kind::Blob, QuotaUnit::Bytes) => "quotas.space_blob_bytes",
        (QuotaOf::Member, Kind::Message, QuotaUnit::Items) => "quotas.member_messages",
        (QuotaOf::Member, Kind::Message, QuotaUnit::Bytes) => "quotas.member_message_bytes",
        (QuotaOf::Member, Kind::Entry, QuotaUnit::Items) => "quotas.member_entries",
        (QuotaOf::Member, Kind::Entry, QuotaUnit::Bytes) => "quotas.member_entry_bytes",
        (QuotaOf::Member, Kind::Blob, QuotaUnit::Items) => "quotas.member_blobs",
        (QuotaOf::Member, Kind::Blob, QuotaUnit::Bytes) => "quotas.member_blob_bytes",
    }
}
