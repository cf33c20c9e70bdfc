//! Listing data entries.

use reeeductio_backend::{DataPage, DataRange, PageLimit};
use reeeductio_proto::{DataEntry, DataPath, ErrorCode, PathPrefix};

use super::{list_cursor, may_read};
use crate::caller::SpaceMember;
use crate::engine::Engine;
use crate::refusal::Refusal;

/// Entries that are looked at for one page, if most were removed or may not be read by the caller.
const LOOKED_AT: usize = 4096;
/// Entries that are read at a time, at least.
const FEWEST: usize = 64;

/// Which data entries to list.
#[derive(Clone, Copy, Debug)]
pub struct DataListRequest<'a> {
    /// A path: the entry there and those below it. Empty for all.
    pub prefix: &'a str,
    /// [`DataListing::next`] of the page before.
    pub after: Option<&'a str>,
    /// 1 to 1000.
    pub limit: usize,
}

/// A page of data entries, by the bytes of their paths. It is cut short where it would hold more than
/// [`Limits::page_bytes`](crate::Limits::page_bytes), and may be empty although more follow.
#[derive(Clone, Debug)]
pub struct DataListing {
    /// The entries that the caller may read; removed ones are not among them.
    pub entries: Vec<DataEntry>,
    /// Where the listing goes on; `None` at its end.
    pub next: Option<String>,
}

/// A page as it grows.
struct Found {
    entries: Vec<DataEntry>,
    bytes: usize,
    /// Entries that were read or asked for, removed ones included.
    looked_at: usize,
}

impl Engine {
    /// Lists the entries that a member may read, each judged by itself.
    pub async fn list_data(
        &self,
        caller: &SpaceMember,
        request: DataListRequest<'_>,
    ) -> Result<DataListing, Refusal> {
        let prefix = PathPrefix::parse(request.prefix).map_err(|error| {
            Refusal::new(ErrorCode::DataInvalidPath, format!("prefix: {error}"))
        })?;
        let secret = &self.config.token_secret;
        let space = caller.space_id();
        let mut after = None;
        if let Some(cursor) = request.after {
            after = list_cursor::open(secret, space, cursor)?;
            if after.is_none() {
                return Err(Refusal::field(
                    ErrorCode::RequestInvalid,
                    "after",
                    "not a cursor of this listing. Begin it again without one.",
                ));
            }
        }
        let mut found = Found {
            entries: Vec::new(),
            bytes: 0,
            looked_at: 0,
        };
        // The entry at the prefix sorts before those below it.
        if let Some(at) = prefix.path().filter(|_| after.is_none()) {
            let there = self.records.data(space, at).await?;
            let entries = there.as_deref().cloned().into_iter().collect();
            let page = DataPage {
                entries,
                next: Some(at.clone()),
            };
            after = self.take(caller, request.limit, page, &mut found).await?;
        }
        loop {
            if self.is_full(request.limit, &found) {
                break;
            }
            let range = DataRange {
                below: prefix.clone(),
                after: after.clone(),
                limit: self.next_read(request.limit, &found),
            };
            found.looked_at += range.limit.count;
            let page = self.records.data_below(space, range).await?;
            after = self.take(caller, request.limit, page, &mut found).await?;
            if after.is_none() {
                break;
            }
        }
        let next = after.map(|path| list_cursor::seal(secret, space, &path, &*self.rng));
        Ok(DataListing {
            entries: found.entries,
            next: next.transpose()?,
        })
    }

    fn is_full(&self, limit: usize, found: &Found) -> bool {
        found.entries.len() >= limit
            || found.bytes >= self.config.limits.page_bytes
            || found.looked_at >= LOOKED_AT
    }

    /// How much to read next: no more bytes than the page may still hold.
    fn next_read(&self, limit: usize, found: &Found) -> PageLimit {
        let left = limit.saturating_sub(found.entries.len());
        let limits = &self.config.limits;
        let bytes = limits.page_bytes.saturating_sub(found.bytes);
        PageLimit {
            // More and more while there is little that the caller may read.
            count: left
                .max(FEWEST)
                .max(found.looked_at)
                .min(LOOKED_AT.saturating_sub(found.looked_at)),
            bytes: bytes.min(left.saturating_mul(limits.entry_data)),
        }
    }

    /// Adds what the caller may read, by the view as it is now; returns the path after which the listing goes on.
    async fn take(
        &self,
        caller: &SpaceMember,
        limit: usize,
        page: DataPage,
        found: &mut Found,
    ) -> Result<Option<DataPath>, Refusal> {
        let now = self.now();
        let authority = caller.space.authority().await?;
        caller.judged_by(&authority, now)?;
        let mut entries = page.entries.into_iter();
        while let Some(entry) = entries.next() {
            if !may_read(caller, &authority.view, &entry.path, entry.signed_by, now) {
                continue;
            }
            let path = entry.path.clone();
            found.bytes += entry.data.len() + path.as_str().len();
            found.entries.push(entry);
            if self.is_full(limit, found) && entries.len() > 0 {
                return Ok(Some(path));
            }
        }
        Ok(page.next)
    }
}
