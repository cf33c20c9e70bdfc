//! Listing data entries, each judged by itself.

use std::collections::HashMap;

use reeeductio_core::ChainError;
use reeeductio_core::replica::{Batch, DataQuestion, Judged};
use reeeductio_proto::{DataEntry, DataPath, ErrorCode, PathPrefix, Values};

use super::Space;
use crate::error::ClientError;
use crate::platform::elapsed;
use crate::source::RawDataPage;

/// Most entries of one listing: a server may not make a client hold more.
const MOST: usize = 65_536;
/// Bytes of data of one listing that is collected, as base64 text.
const BYTES: usize = 64 << 20;
/// Pages without an entry that may follow each other.
const EMPTY_PAGES: usize = 1024;

/// Data entries at a path and below it.
#[derive(Clone, Debug, Default)]
pub struct DataListing {
    /// The entries to be believed, by their paths; tombstones are left out.
    pub entries: Vec<DataEntry>,
    /// The entries that are not to be believed, by their paths.
    pub refused: Vec<RefusedData>,
}

/// A data entry that a server gave and that is not to be believed.
#[derive(Clone, Debug)]
pub struct RefusedData {
    /// Where it was to be.
    pub path: DataPath,
    /// The problem with it.
    pub reason: ChainError,
}

/// A data entry after it was judged.
pub(super) type Verdict = Result<DataEntry, RefusedData>;

/// A listing that is being read, page by page.
#[derive(Debug)]
pub(super) struct Reading {
    prefix: PathPrefix,
    after: Option<String>,
    last: Option<DataPath>,
    count: usize,
    empty: usize,
}

impl Reading {
    pub(super) fn new(prefix: &PathPrefix) -> Self {
        Self {
            prefix: prefix.clone(),
            after: None,
            last: None,
            count: 0,
            empty: 0,
        }
    }

    /// Takes in the next page; returns whether more follow.
    fn take(&mut self, page: &RawDataPage) -> Result<bool, ClientError> {
        for entry in &page.entries {
            let follows = self.last.as_ref().is_none_or(|last| *last < entry.path);
            if !follows || !self.prefix.covers(entry.path.as_str()) {
                return Err(ClientError::Answer(
                    "data entries other than those that were asked for".to_owned(),
                ));
            }
            self.last = Some(entry.path.clone());
        }
        self.count += page.entries.len();
        if self.count > MOST {
            return Err(too_much(&format!("{MOST} entries")));
        }
        self.empty = if page.entries.is_empty() {
            self.empty + 1
        } else {
            0
        };
        if page.next.is_some() && (self.empty > EMPTY_PAGES || page.next == self.after) {
            return Err(ClientError::Answer(
                "a listing of data entries that does not end".to_owned(),
            ));
        }
        self.after.clone_from(&page.next);
        Ok(self.after.is_some())
    }
}

fn too_much(limit: &str) -> ClientError {
    ClientError::argument(
        "prefix",
        format!("more than {limit} are below it; name a longer one"),
    )
}

impl Space {
    /// The entries at a path and below it.
    pub(super) async fn list_data(&self, prefix: &PathPrefix) -> Result<DataListing, ClientError> {
        let mut reading = Reading::new(prefix);
        let mut listing = DataListing::default();
        let mut bytes = 0_usize;
        loop {
            let (verdicts, has_more) = self.read_data(&mut reading).await?;
            for verdict in verdicts {
                match verdict {
                    Ok(entry) if entry.data.is_empty() => {}
                    Ok(entry) => {
                        bytes = bytes.saturating_add(entry.data.len());
                        listing.entries.push(entry);
                    }
                    Err(refused) => listing.refused.push(refused),
                }
            }
            if bytes > BYTES {
                return Err(too_much(&format!("{} MiB", BYTES >> 20)));
            }
            if !has_more {
                if listing.entries.is_empty() && listing.refused.is_empty() {
                    self.check_reads_below(Values::Data, prefix).await?;
                }
                return Ok(listing);
            }
        }
    }

    /// The next page of a listing, tombstones included, and whether more follow. If it fails, the same page is read again by the
    /// next call.
    pub(super) async fn read_data(
        &self,
        reading: &mut Reading,
    ) -> Result<(Vec<Verdict>, bool), ClientError> {
        let after = reading.after.as_deref();
        let page = self.source().data_below(&reading.prefix, after).await?;
        let mut next = Reading {
            prefix: reading.prefix.clone(),
            after: reading.after.clone(),
            last: reading.last.clone(),
            ..*reading
        };
        let has_more = next.take(&page)?;
        let verdicts = self.judge_data(page.entries).await?;
        *reading = next;
        Ok((verdicts, has_more))
    }

    /// Judges entries that came together. One that is older than an entry seen before may have been overtaken while the answer was
    /// on its way: it is asked for by its path.
    pub(super) async fn judge_data(
        &self,
        entries: Vec<DataEntry>,
    ) -> Result<Vec<Verdict>, ClientError> {
        let mut stored = HashMap::new();
        for entry in &entries {
            if let Some(time) = self.kept_signed_time(&entry.path).await? {
                stored.insert(entry.path.clone(), time);
            }
        }
        let questions: Vec<(DataQuestion, DataEntry)> = self.with_replica(|replica| {
            let ask = |entry: DataEntry| {
                let stored = stored.get(&entry.path).copied();
                (replica.ask_data(&entry.path, stored), entry)
            };
            entries.into_iter().map(ask).collect()
        });
        let newest = questions
            .iter()
            .filter(|(question, entry)| question.needs_state(entry))
            .map(|(_, entry)| entry.signed_at)
            .max();
        let fresh = newest.is_none_or(|newest| {
            self.with_replica(|replica| replica.has_state_of(newest, elapsed()))
        });
        if !fresh {
            self.follow_state().await?;
        }
        let mut judged = self.judged(&questions);
        let lacks_right =
            |judged: &Result<_, ChainError>| matches!(judged, Err(ChainError::Unauthorized { .. }));
        if fresh && judged.iter().any(lacks_right) {
            // A right may have been given that was not read yet.
            self.follow_state().await?;
            judged = self.judged(&questions);
        }
        let mut batch = Batch::default();
        let mut verdicts = Vec::new();
        for ((question, _), judged) in questions.iter().zip(judged) {
            let path = question.path().clone();
            match judged {
                Ok(judged) => {
                    let (records, entry) = judged.into_parts();
                    batch.signed_times.extend(records.signed_times);
                    batch.data.extend(records.data);
                    verdicts.push(Ok(entry));
                }
                Err(ChainError::Older { .. }) => verdicts.extend(self.ask_again(path).await?),
                Err(reason) => verdicts.push(Err(RefusedData { path, reason })),
            }
        }
        self.keep(batch).await?;
        Ok(verdicts)
    }

    fn judged(
        &self,
        questions: &[(DataQuestion, DataEntry)],
    ) -> Vec<Result<Judged<DataEntry>, ChainError>> {
        // Signatures take long: the replica is locked for one at a time.
        questions
            .iter()
            .map(|(question, entry)| {
                self.with_replica(|replica| question.clone().judge(entry.clone(), replica.state()))
            })
            .collect()
    }

    /// The entry at a path by itself; `None` if it was removed meanwhile.
    async fn ask_again(&self, path: DataPath) -> Result<Option<Verdict>, ClientError> {
        match self.data_entry(&path).await {
            Ok(entry) => Ok(Some(Ok(entry))),
            Err(ClientError::Forged(reason)) => Ok(Some(Err(RefusedData { path, reason }))),
            Err(error) if error.is_not_found() => Ok(None),
            // The right to it was taken back meanwhile.
            Err(error) if error.code() == Some(ErrorCode::PermissionDenied) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use reeeductio_core::{Identity, signed_entry};

    use super::*;

    fn page(paths: &[String], next: Option<&str>) -> RawDataPage {
        let owner = Identity::from_seed(&[1; 32]);
        let (space, id) = (owner.space_id(), owner.user_id());
        let entry = |path: &String| {
            let path = DataPath::parse(path).unwrap();
            signed_entry(&space, &path, b"", 1, &id, &owner)
        };
        RawDataPage {
            entries: paths.iter().map(entry).collect(),
            next: next.map(str::to_owned),
        }
    }

    fn named(paths: &[&str]) -> Vec<String> {
        paths.iter().map(|path| (*path).to_owned()).collect()
    }

    fn code(result: Result<bool, ClientError>) -> String {
        result.unwrap_err().code_text().to_owned()
    }

    #[test]
    fn pages_go_on_upwards_below_the_prefix() {
        let new = || Reading::new(&PathPrefix::parse("a").unwrap());
        let mut reading = new();
        let first = page(&named(&["a", "a/1"]), Some("1"));
        assert!(reading.take(&first).unwrap());
        assert!(!reading.take(&page(&named(&["a/2"]), None)).unwrap());
        for wrong in [&["ab"][..], &["a/2", "a/1"], &["a", "a"]] {
            let wrong = page(&named(wrong), None);
            assert_eq!(code(new().take(&wrong)), "client.answer");
        }
        let mut reading = new();
        reading.take(&first).unwrap();
        assert_eq!(code(reading.take(&first)), "client.answer", "again");
    }

    #[test]
    fn a_listing_ends() {
        let mut reading = Reading::new(&PathPrefix::ALL);
        let empty = |number: usize| page(&[], Some(&number.to_string()));
        for number in 0..EMPTY_PAGES {
            assert!(reading.take(&empty(number)).unwrap());
        }
        assert_eq!(code(reading.take(&empty(EMPTY_PAGES))), "client.answer");
        let mut reading = Reading::new(&PathPrefix::ALL);
        reading.take(&empty(1)).unwrap();
        assert_eq!(
            code(reading.take(&empty(1))),
            "client.answer",
            "no progress"
        );
    }

    #[test]
    fn a_listing_has_a_greatest_length() {
        let paths: Vec<String> = (0..=1024).map(|number| format!("{number:05}")).collect();
        let mut reading = Reading::new(&PathPrefix::ALL);
        reading.count = MOST - 1024;
        let full = page(&paths[..1024], Some("1"));
        assert!(reading.take(&full).unwrap());
        let last = page(&paths[1024..], None);
        assert_eq!(code(reading.take(&last)), "client.argument");
    }
}
