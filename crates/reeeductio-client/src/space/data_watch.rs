//! Following the data entries below a path.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use reeeductio_proto::{DataEntry, DataPath, PathPrefix, Values};

use super::Space;
use super::data_list::{Reading, Verdict};
use super::live::{Event, Listener};
use super::watches::{Changes, Patience, Watch};
use crate::error::ClientError;
use crate::platform::BoxFuture;

/// The value at a data path, or that there is none any more.
#[derive(Clone, Debug)]
pub struct DataChange {
    /// The path.
    pub path: DataPath,
    /// The entry. `None` if it was removed: by a tombstone that a member signed, or by the server's word.
    pub entry: Option<DataEntry>,
}

impl Space {
    pub(super) async fn watch_data(
        &self,
        prefix: &PathPrefix,
    ) -> Result<Watch<DataChange>, ClientError> {
        // Before listing: what changes meanwhile comes over the connection.
        let options = self.live_options();
        let listener = self.inner.hub.listen_to_data(&options).await?;
        let mut watching = Watching {
            space: self.clone(),
            prefix: prefix.clone(),
            listener,
            told: HashMap::new(),
            listing: Some(Listing::new(prefix)),
            pushed: None,
            ready: VecDeque::new(),
            patience: Patience::new(),
            ended: false,
        };
        // A source that has no listing is found out here.
        watching.read_page().await?;
        if watching.ready.is_empty() {
            self.check_reads_below(Values::Data, prefix).await?;
        }
        Ok(Watch::new(watching))
    }
}

/// A watch of data entries between two items.
struct Watching {
    space: Space,
    prefix: PathPrefix,
    listener: Listener,
    /// When the entry that was told last at each path was signed, as long as it is not removed.
    told: HashMap<DataPath, i64>,
    /// The listing that is being read: at the beginning, and after changes may have been missed.
    listing: Option<Listing>,
    /// An entry that came, and is not judged yet.
    pushed: Option<Arc<DataEntry>>,
    /// Judged and not taken yet.
    ready: VecDeque<Result<DataChange, ClientError>>,
    patience: Patience,
    ended: bool,
}

/// A listing that is being read.
struct Listing {
    reading: Reading,
    /// Paths of the entries in it so far.
    listed: HashSet<DataPath>,
}

impl Listing {
    fn new(prefix: &PathPrefix) -> Self {
        Self {
            reading: Reading::new(prefix),
            listed: HashSet::new(),
        }
    }
}

impl Watching {
    async fn step(&mut self) -> Option<Result<DataChange, ClientError>> {
        loop {
            if let Some(change) = self.ready.pop_front() {
                return Some(change);
            }
            if self.ended {
                return None;
            }
            if self.listing.is_some() {
                let read = self.read_page().await;
                if let Some(Err(error)) = self.patience.settle(&self.space, read).await {
                    // It is not known what is there.
                    self.ended = true;
                    return Some(Err(error));
                }
            } else if let Some(entry) = self.pushed.clone() {
                let judged = self.judge(&entry).await;
                let Some(judged) = self.patience.settle(&self.space, judged).await else {
                    continue;
                };
                self.pushed = None;
                if let Err(error) = judged {
                    // It is not known what is there.
                    self.ended = true;
                    return Some(Err(error));
                }
            } else if let Err(error) = self.receive().await {
                return Some(Err(error));
            }
        }
    }

    /// Reads the next page of the listing.
    async fn read_page(&mut self) -> Result<(), ClientError> {
        let Some(listing) = &mut self.listing else {
            return Ok(());
        };
        let (verdicts, has_more) = self.space.read_data(&mut listing.reading).await?;
        let path_of = |verdict: &Verdict| match verdict {
            Ok(entry) => entry.path.clone(),
            Err(refused) => refused.path.clone(),
        };
        listing.listed.extend(verdicts.iter().map(path_of));
        if !has_more && let Some(listing) = self.listing.take() {
            let gone = self
                .told
                .keys()
                .filter(|path| !listing.listed.contains(*path));
            let mut gone: Vec<DataPath> = gone.cloned().collect();
            gone.sort_unstable();
            for path in gone {
                self.tell_removed(path);
            }
        }
        for verdict in verdicts {
            self.tell(verdict);
        }
        Ok(())
    }

    /// Waits for the next event and puts it where it is taken up.
    async fn receive(&mut self) -> Result<(), ClientError> {
        match self.listener.next().await {
            Event::Data(entry) if self.prefix.covers(entry.path.as_str()) => {
                let told = self.told.get(&entry.path);
                let is_news = told.is_none_or(|told| *told < entry.signed_at);
                self.pushed = is_news.then_some(entry);
            }
            Event::DataRemoved(path, signed_at) => {
                // Something newer may be there again.
                if self.told.get(&path).is_some_and(|told| *told <= signed_at) {
                    self.tell_removed(path);
                }
            }
            Event::Connected { resumed: false, .. } | Event::Missed => {
                self.listing = Some(Listing::new(&self.prefix));
            }
            Event::Unreadable(error) => {
                // It may have been a change.
                self.listing = Some(Listing::new(&self.prefix));
                return Err(error);
            }
            Event::Ended(error) => {
                self.ended = true;
                return Err(error);
            }
            // Of a connection that was lost the next one tells what is missing.
            Event::Connected { resumed: true, .. }
            | Event::Data(_)
            | Event::Disconnected
            | Event::Failed(_)
            | Event::Message(_)
            | Event::Ping => {}
        }
        Ok(())
    }

    /// Judges an entry that came over the connection.
    async fn judge(&mut self, entry: &DataEntry) -> Result<(), ClientError> {
        for verdict in self.space.judge_data(vec![entry.clone()]).await? {
            self.tell(verdict);
        }
        Ok(())
    }

    fn tell(&mut self, verdict: Verdict) {
        let entry = match verdict {
            Ok(entry) => entry,
            Err(refused) => return self.ready.push_back(Err(refused.reason.into())),
        };
        let told = self.told.get(&entry.path).copied();
        if told.is_some_and(|told| entry.signed_at <= told) {
            return;
        }
        if entry.data.is_empty() {
            return self.tell_removed(entry.path);
        }
        let path = entry.path.clone();
        self.told.insert(path.clone(), entry.signed_at);
        let entry = Some(entry);
        self.ready.push_back(Ok(DataChange { path, entry }));
    }

    /// Tells that an entry was removed, if it was told before.
    fn tell_removed(&mut self, path: DataPath) {
        if self.told.remove(&path).is_some() {
            self.ready.push_back(Ok(DataChange { path, entry: None }));
        }
    }
}

impl Changes<DataChange> for Watching {
    fn next(&mut self) -> BoxFuture<'_, Option<Result<DataChange, ClientError>>> {
        Box::pin(self.step())
    }
}
