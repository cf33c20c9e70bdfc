//! Data entries: last writer wins, by the signed time.

mod list;
mod list_cursor;

use std::sync::Arc;

pub use list::{DataListRequest, DataListing};
use reeeductio_backend::{DataVersion, DeleteData, DeleteDataOutcome, PutData, PutDataOutcome};
use reeeductio_proto::api::{DataBody, DataReplacement};
use reeeductio_proto::{
    Action, DataEntry, DataPath, ErrorCode, MemberId, Operation, PublicKey, Resource, Signature,
    Verdict, View, encoding, judge,
};

use crate::caller::SpaceMember;
use crate::engine::{ATTEMPTS, Engine, contended};
use crate::opaque;
use crate::quota::{Kind, over_quota, quotas_of};
use crate::refusal::Refusal;

impl Engine {
    /// The entry at a path.
    pub async fn data(&self, caller: &SpaceMember, path: &str) -> Result<Arc<DataEntry>, Refusal> {
        let path = parse_path(path)?;
        let entry = self.records.data(caller.space_id(), &path).await?;
        let owner = entry.as_ref().map(|entry| entry.signed_by);
        self.authorize(caller, &action(Operation::Read, &path, owner))
            .await?;
        if !may_see(caller, &path, owner) {
            return Err(Refusal::new(
                ErrorCode::PermissionDenied,
                "Password login secrets are read by the owner of the space only.",
            ));
        }
        entry.ok_or_else(|| {
            Refusal::new(
                ErrorCode::DataNotFound,
                format!("Nothing is stored at data path {path}."),
            )
        })
    }

    /// Stores an entry and returns its signed time.
    pub async fn put_data(
        &self,
        caller: &SpaceMember,
        path: &str,
        body: DataBody,
    ) -> Result<i64, Refusal> {
        self.store_data(caller, path, body, None).await
    }

    /// Stores an entry in the place of the one that its signer knows; returns its signed time. To store the same one again is no
    /// error.
    pub async fn replace_data(
        &self,
        caller: &SpaceMember,
        path: &str,
        body: DataReplacement,
    ) -> Result<i64, Refusal> {
        let DataReplacement { entry, replaces } = body;
        let replaces = replaces.as_deref().map(Signature::parse).transpose();
        let replaces = replaces
            .map_err(|error| Refusal::field(ErrorCode::SignatureUndecodable, "replaces", error))?;
        self.store_data(caller, path, entry, Some(replaces)).await
    }

    /// Stores an entry. With a condition, only in the place of the entry with this signature, or where there is none.
    async fn store_data(
        &self,
        caller: &SpaceMember,
        path: &str,
        body: DataBody,
        condition: Option<Option<Signature>>,
    ) -> Result<i64, Refusal> {
        let path = parse_path(path)?;
        let entry = check_entry(caller, &path, body, self.config.limits.entry_data)?;
        for _ in 0..ATTEMPTS {
            let stored = self.records.data(caller.space_id(), &path).await?;
            if condition.is_some() && stored.as_deref() == Some(&entry) {
                // A client whose answer was lost sends the same again, however late, and also if it may only create.
                return Ok(entry.signed_at);
            }
            self.check_clock(&entry)?;
            let op = match (entry.data.is_empty(), &stored) {
                (true, _) => Operation::Delete,
                (false, Some(_)) => Operation::Modify,
                (false, None) => Operation::Create,
            };
            let owner = stored.as_ref().map(|entry| entry.signed_by);
            let judged = self
                .authorize_write(caller, &action(op, &path, owner))
                .await?;
            opaque::check_write(caller, &path, stored.as_deref(), Some(&entry.data))?;
            if let Some(replaces) = condition
                && stored.as_ref().map(|stored| stored.signature) != replaces
            {
                return Err(Refusal::new(
                    ErrorCode::DataStale,
                    "replaces: another entry is at this path, or none. Read it, and sign again.",
                ));
            }
            let put = PutData {
                space: caller.space_id(),
                entry: entry.clone(),
                expected: stored.as_deref().map(DataVersion::from),
                judged: Some(judged),
                quotas: quotas_of(caller, self.config.limits.storage.entries),
            };
            match self.records.put_data(put).await? {
                PutDataOutcome::Stored(_) => return Ok(entry.signed_at),
                PutDataOutcome::JudgementMoved(moved) => caller.catch_up(moved).await?,
                PutDataOutcome::Changed(_) => {}
                PutDataOutcome::OverQuota(over) => return Err(over_quota(Kind::Entry, over)),
                PutDataOutcome::Stale { newest } => {
                    return Err(Refusal::new(
                        ErrorCode::DataStale,
                        format!(
                            "signed_at: must be later than {newest}, the time of the newest entry at this path."
                        ),
                    ));
                }
            }
        }
        Err(contended())
    }

    /// Removes an entry; removing what is not there succeeds.
    pub async fn delete_data(&self, caller: &SpaceMember, path: &str) -> Result<(), Refusal> {
        let path = parse_path(path)?;
        for _ in 0..ATTEMPTS {
            let stored = self.records.data(caller.space_id(), &path).await?;
            let owner = stored.as_ref().map(|entry| entry.signed_by);
            let judged = self
                .authorize_write(caller, &action(Operation::Delete, &path, owner))
                .await?;
            opaque::check_write(caller, &path, stored.as_deref(), None)?;
            let delete = DeleteData {
                space: caller.space_id(),
                path: path.clone(),
                expected: stored.as_deref().map(DataVersion::from),
                judged: Some(judged),
            };
            match self.records.delete_data(delete).await? {
                DeleteDataOutcome::Deleted(_) => return Ok(()),
                DeleteDataOutcome::JudgementMoved(moved) => {
                    caller.catch_up(moved).await?;
                }
                DeleteDataOutcome::Changed(_) => {}
            }
        }
        Err(contended())
    }

    /// Refuses a time that is far from the server's.
    fn check_clock(&self, entry: &DataEntry) -> Result<(), Refusal> {
        let skew = self.config.limits.entry_clock_skew;
        if entry.signed_at.abs_diff(self.now()) > skew.unsigned_abs() {
            return Err(Refusal::new(
                ErrorCode::DataClockSkew,
                format!(
                    "signed_at: more than {} seconds from the server's clock. Set the clock and sign again.",
                    skew / 1000
                ),
            ));
        }
        Ok(())
    }
}

/// Signer, size and signature.
fn check_entry(
    caller: &SpaceMember,
    path: &DataPath,
    body: DataBody,
    limit: usize,
) -> Result<DataEntry, Refusal> {
    if MemberId::parse(&body.signed_by).ok() != Some(caller.id) {
        return Err(Refusal::new(
            ErrorCode::DataSignerMismatch,
            "signed_by: must be the id the token was issued for.",
        ));
    }
    if body.data.len() > limit {
        return Err(Refusal::new(
            ErrorCode::DataTooLarge,
            format!(
                "data: {} characters, at most {limit} are allowed. Put large content into a blob.",
                body.data.len()
            ),
        ));
    }
    encoding::check(&body.data)
        .map_err(|error| Refusal::new(ErrorCode::DataInvalid, format!("data: {error}")))?;
    let signature = Signature::parse(&body.signature).map_err(|error| {
        Refusal::new(
            ErrorCode::SignatureUndecodable,
            format!("signature: {error}"),
        )
    })?;
    let entry = DataEntry {
        path: path.clone(),
        data: body.data,
        signature,
        signed_by: caller.id,
        signed_at: body.signed_at,
    };
    PublicKey::parse(caller.id.public_key())
        .and_then(|key| entry.verify(&caller.space_id(), &key))
        .map_err(|_| {
            Refusal::new(
                ErrorCode::DataBadSignature,
                "signature: does not match. Sign `space_id|path|data|signed_at` with the key of signed_by.",
            )
        })?;
    Ok(entry)
}

/// Returns whether a member may be told of an entry at `now` (Unix milliseconds): it has the right to read it, and the
/// entry is no secret of another.
pub(crate) fn may_read(
    caller: &SpaceMember,
    view: &View,
    path: &DataPath,
    signed_by: MemberId,
    now: i64,
) -> bool {
    let action = action(Operation::Read, path, Some(signed_by));
    may_see(caller, path, Some(signed_by))
        && matches!(judge(view, &caller.id, &action, now), Verdict::Allow)
}

/// Password login secrets are read by the owner of the space, and by the member who stored them.
fn may_see(caller: &SpaceMember, path: &DataPath, signed_by: Option<MemberId>) -> bool {
    !opaque::is_secret(path) || caller.is_owner() || signed_by == Some(caller.id)
}

fn parse_path(path: &str) -> Result<DataPath, Refusal> {
    DataPath::parse(path)
        .map_err(|error| Refusal::new(ErrorCode::DataInvalidPath, format!("path: {error}")))
}

fn action(op: Operation, path: &DataPath, owner: Option<MemberId>) -> Action<'_> {
    Action {
        op,
        resource: Resource::Data(path),
        owner,
    }
}
