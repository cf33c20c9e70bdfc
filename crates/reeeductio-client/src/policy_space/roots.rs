//! Finding the roots of epochs.

use reeeductio_core::{Epoch, EpochRoots, RootError};
use reeeductio_proto::{BlobId, FormatError, MemberId, StatePath, encoding};
use serde::Deserialize;

use super::known::MissingRoot;
use super::{PolicyError, PolicySpace};
use crate::error::ClientError;
use crate::transport::TransportError;

/// Most bytes of a shard: 48 records, each with a member, a length, and a wrap of at most 4,096 bytes.
const SHARD: usize = 2 + 48 * (33 + 4 + 4_096);

/// `keyring/{epoch}/{member}`.
#[derive(Deserialize)]
struct WrapBody {
    wrap: String,
}

/// Whether a root was in the shard of its epoch.
#[derive(Clone, Copy, Debug)]
enum InShard {
    Yes,
    /// This shard has no record of the member.
    No(BlobId),
    /// There was nothing to look in, or no key to open it with.
    NotYet,
    /// The server does not have it, which may pass.
    Gone,
}

impl PolicySpace {
    /// Finds the root of an epoch, unless it is at hand: in the epoch's shard, or in the wrap of somebody who came later. A root
    /// that was not found is looked for again once the state has grown.
    pub(super) async fn find_root(&self, number: u32) -> Result<(), ClientError> {
        let missing = || ClientError::from(PolicyError::KeyMissing { epoch: number });
        let (is_known, before, state) = self.with(|known| {
            known.take_stored_root(number);
            let before = known.missing_roots.get(&number).copied();
            (known.has_root(number), before, known.state.len())
        });
        if is_known {
            return Ok(());
        }
        if before.is_some_and(|before| before.state == state) {
            return Err(missing());
        }
        // A wrap is for somebody who came after the epoch began, and is not in its shards.
        if self.has_wrap(number) && matches!(self.root_in_wrap(number).await, Ok(true)) {
            return Ok(());
        }
        let read = before.and_then(|before| before.shard);
        let in_shard = self.root_in_shard(number, read).await;
        // Somebody may have wrapped it again.
        let is_found = matches!(in_shard, Ok(InShard::Yes)) || self.root_in_wrap(number).await?;
        if is_found {
            return Ok(());
        }
        let shard = match in_shard? {
            // It is looked for again.
            InShard::Gone => return Err(missing()),
            InShard::No(shard) => Some(shard),
            InShard::Yes | InShard::NotYet => None,
        };
        let looked = MissingRoot { state, shard };
        self.with(|known| known.missing_roots.insert(number, looked));
        Err(missing())
    }

    /// The root of the first epoch, if the member has it: in a space with static history all of its members do.
    pub(crate) async fn first_root(&self) -> Result<Option<Epoch>, ClientError> {
        self.find_newest_root().await?;
        Ok(self.with(|known| {
            known
                .has_root(0)
                .then(|| known.roots.get(0).cloned())
                .flatten()
        }))
    }

    /// Takes the root of an epoch from a wrap that came by another way than the state.
    pub(crate) async fn take_wrap(
        &self,
        number: u32,
        issuer: &MemberId,
        wrap: &[u8],
    ) -> Result<(), ClientError> {
        let (member, identity) = (self.member(), self.identity().clone());
        let taken = self.with_view(|view| {
            EpochRoots::take_wrap(view, number, &member, &identity, issuer, wrap)
        });
        self.keep_root(taken.map_err(|error| wrong(number, error))?)
            .await
    }

    /// Looks for the root in the epoch's shard, and keeps it. `read` was looked in before.
    async fn root_in_shard(
        &self,
        number: u32,
        read: Option<BlobId>,
    ) -> Result<InShard, ClientError> {
        let member = self.member();
        let shard = self.with_view(|view| {
            let epoch = view.epoch(number)?;
            EpochRoots::shard_of(&epoch.entry, &member).map(|shard| shard.blob)
        });
        let Some(shard) = shard else {
            return Ok(InShard::NotYet);
        };
        if read == Some(shard) {
            return Ok(InShard::No(shard));
        }
        let bytes = match self.shard(&shard).await {
            // The member that stored it may delete it.
            Err(gone) if gone.is_not_found() => return Ok(InShard::Gone),
            Err(ClientError::Transport(TransportError::TooLong(_))) => {
                let too_long = FormatError::Malformed("the shard is too long");
                return Err(wrong(number, too_long.into()));
            }
            other => other?,
        };
        let identity = self.identity().clone();
        let taken =
            self.with_view(|view| EpochRoots::take_shard(view, number, &member, &identity, &bytes));
        match taken {
            Ok(epoch) => self.keep_root(epoch).await.map(|()| InShard::Yes),
            Err(RootError::NotInShard) => Ok(InShard::No(shard)),
            Err(RootError::NoKey | RootError::NoEpoch(_)) => Ok(InShard::NotYet),
            Err(error) => Err(wrong(number, error)),
        }
    }

    /// The bytes of a shard, whose hash is its id.
    async fn shard(&self, id: &BlobId) -> Result<Vec<u8>, ClientError> {
        let blobs = self.blobs();
        let mut download = blobs.download(id).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = download.next().await? {
            if bytes.len() + chunk.len() > SHARD {
                return Err(TransportError::TooLong(SHARD).into());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// Returns whether somebody has made a wrap for this member.
    fn has_wrap(&self, number: u32) -> bool {
        let path = StatePath::parse(&format!("keyring/{number}/{}", self.member()));
        path.is_ok_and(|path| self.with(|known| known.state.entry(&path).is_some()))
    }

    /// Returns whether the root was in a wrap that somebody made for this member.
    async fn root_in_wrap(&self, number: u32) -> Result<bool, ClientError> {
        let member = self.member();
        let path = StatePath::parse(&format!("keyring/{number}/{member}"))
            .map_err(|error| ClientError::argument("path", error))?;
        let Some(entry) = self.state_data(&path).await? else {
            return Ok(false);
        };
        let json = encoding::decode(&entry.data).unwrap_or_default();
        let wrap = serde_json::from_slice::<WrapBody>(&json).ok();
        let wrap = wrap.and_then(|body| encoding::decode(&body.wrap).ok());
        let Some(wrap) = wrap else {
            return Ok(false);
        };
        // Wraps name the owner by its user id, whichever it signed with.
        let issuer = issuer_of(&entry);
        let identity = self.identity().clone();
        let taken = self.with_view(|view| {
            EpochRoots::take_wrap(view, number, &member, &identity, &issuer, &wrap)
        });
        match taken {
            Ok(epoch) => self.keep_root(epoch).await.map(|()| true),
            Err(RootError::NoKey | RootError::NoEpoch(_)) => Ok(false),
            Err(error) => Err(wrong(number, error)),
        }
    }

    /// Looks for the roots that messages wait for. They may have come with the state.
    pub(super) async fn find_awaited_roots(&self) -> Result<(), ClientError> {
        let awaited: Vec<u32> = self.with(|known| known.waiting.epochs().rev().collect());
        if awaited.is_empty() {
            return Ok(());
        }
        self.follow_state().await?;
        // It may carry those before it.
        self.find_newest_root().await?;
        for number in awaited {
            match self.find_root(number).await {
                Err(error) if is_missing(&error) => {}
                other => other?,
            }
        }
        Ok(())
    }

    /// Finds the root of the newest epoch if there is one. That it is missing is no error: it may come.
    pub(crate) async fn find_newest_root(&self) -> Result<(), ClientError> {
        let newest = self.with_view(|view| view.newest_epoch().map(|epoch| epoch.entry.number));
        match newest {
            None => Ok(()),
            Some(number) => match self.find_root(number).await {
                Err(error) if is_missing(&error) => Ok(()),
                other => other,
            },
        }
    }
}

fn issuer_of(entry: &reeeductio_core::VerifiedMessage) -> MemberId {
    use reeeductio_proto::MemberKind;
    match entry.sender.kind() {
        MemberKind::Space => MemberId::user(*entry.sender.public_key()),
        MemberKind::Tool | MemberKind::User => entry.sender,
    }
}

fn wrong(epoch: u32, error: RootError) -> ClientError {
    PolicyError::Root { epoch, error }.into()
}

/// Returns whether a root is not there yet, or somebody has made a wrap or a shard that holds none: that must keep nobody from the
/// messages of other epochs, and from removing whoever made it.
pub(super) fn is_missing(error: &ClientError) -> bool {
    match error {
        ClientError::Policy(failure) => matches!(
            failure.error(),
            PolicyError::KeyMissing { .. } | PolicyError::Root { .. }
        ),
        _ => false,
    }
}
