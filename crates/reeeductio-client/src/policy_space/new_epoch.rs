//! Beginning epochs.

use reeeductio_core::{Carried, Epoch, Key, NewEpoch, StateEntry, state_entry};
use reeeductio_proto::{Action, MemberId, Operation, Resource, StatePath, Verdict, View, judge};
use zeroize::Zeroizing;

use super::command::{ATTEMPTS, LONGEST_PAUSE, Outcome, conflict};
use super::{PolicyError, PolicySpace};
use crate::error::ClientError;
use crate::platform::{MaybeSend, MaybeSync, compute, random};

/// Milliseconds after which a member that may begins another epoch.
const LONGEST_EPOCH: i64 = 30 * 86_400_000;
/// Random bytes that are asked of the operating system at a time.
const RANDOM: usize = 4_096;

/// The root that a new epoch gives to those who come later.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Carry {
    /// The root before it, where histories are static.
    Root,
    /// Nothing, because nobody gives that root.
    Nothing,
}

/// Told while an epoch is made.
pub(super) type Progress = std::sync::Arc<dyn Tell>;

/// Takes note of for how many members a root was wrapped, and for how many it will be.
pub(super) trait Tell: MaybeSend + MaybeSync {
    fn tell(&self, done: usize, of: usize);
}

impl<F: Fn(usize, usize) + MaybeSend + MaybeSync> Tell for F {
    fn tell(&self, done: usize, of: usize) {
        self(done, of);
    }
}

impl PolicySpace {
    /// Writes entries and a new epoch that follows from them, in one command. `entries` is asked again when the state has moved; `None` if
    /// nothing is left to do.
    pub(super) async fn write_with_epoch(
        &self,
        entries: impl Fn(&View) -> Option<Vec<StateEntry>>,
        carry: Carry,
        progress: Option<Progress>,
    ) -> Result<(), ClientError> {
        let _turn = self.shared.command_turn.lock().await;
        self.follow_state().await?;
        for _ in 0..ATTEMPTS {
            let Some(entries) = self.with_view(&entries) else {
                return Ok(());
            };
            let tried = self.try_with_epoch(entries, carry, progress.clone());
            match tried.await? {
                Outcome::Stored => return Ok(()),
                Outcome::Moved => self.base().jitter().pause(LONGEST_PAUSE).await,
            }
        }
        Err(conflict())
    }

    pub(super) async fn try_with_epoch(
        &self,
        mut entries: Vec<StateEntry>,
        carry: Carry,
        progress: Option<Progress>,
    ) -> Result<Outcome, ClientError> {
        let newest = self.newest_number();
        // One that has come meanwhile is carried, whatever was found out before.
        let carry = if self.finds_newest_root().await? {
            Carry::Root
        } else {
            carry
        };
        let at = self.with(|known| known.state.head().map_or(0, |head| head.timestamp));
        let mut view = self.with_view(View::clone);
        self.sign_command(&entries).apply_to(&mut view);
        let previous =
            newest.and_then(|number| self.with(|known| known.roots.get(number).cloned()));
        let new = self.make_epoch(view, at, previous, carry, progress).await?;
        for (_, bytes) in new.shards {
            self.blobs().upload(bytes).await?;
        }
        entries.push(state_entry::epoch(&new.entry)?);
        let outcome = self.send_all(&self.sign_command(&entries)).await?;
        if matches!(outcome, Outcome::Stored) {
            // The state may have grown by more than this command, so the epoch may not be the newest. It is one of its epochs.
            self.keep_root(new.epoch).await?;
        }
        Ok(outcome)
    }

    /// Makes the epoch that follows a view, beside the other tasks: a third of a millisecond for each member.
    async fn make_epoch(
        &self,
        view: View,
        at: i64,
        previous: Option<Epoch>,
        carry: Carry,
        progress: Option<Progress>,
    ) -> Result<NewEpoch, ClientError> {
        let issuer = self.member();
        if view.encryption_key(&issuer).is_none() {
            let problem = "has published no encryption key, so it would lose the epoch's root: call `publish_key` first";
            return Err(ClientError::argument("member", problem));
        }
        let root = Key::new(random()?);
        let members = view.roster(at).len();
        let seeds = seeds(members)?;
        let made = compute(move || {
            let mut left = seeds.chunks_exact(32);
            let (mut done, mut ran_out) = (0, false);
            let seed = || {
                done += 1;
                if let Some(progress) = &progress {
                    progress.tell(done, members);
                }
                let seed = left.next().and_then(|seed| seed.try_into().ok());
                ran_out |= seed.is_none();
                seed.unwrap_or_default()
            };
            let carried = match carry {
                Carry::Root => Carried::Root(previous.as_ref()),
                Carry::Nothing => Carried::Nothing,
            };
            let made = NewEpoch::begin(&view, issuer, at, carried, root, seed);
            // A seed that is not random would give the root away.
            if ran_out { None } else { Some(made) }
        });
        let made = made.await?.ok_or_else(|| {
            ClientError::Interrupted("the roster has more members than it had".to_owned())
        })?;
        Ok(made.map_err(PolicyError::from)?)
    }

    /// Begins a new epoch, unless another member does so first: then that one is used.
    pub(super) async fn begin_epoch(&self, progress: Option<Progress>) -> Result<(), ClientError> {
        let before = self.newest_number();
        let _turn = self.shared.command_turn.lock().await;
        self.follow_state().await?;
        for _ in 0..ATTEMPTS {
            // Another task, or another member, was faster.
            if self.newest_number() != before && self.is_current().await? {
                return self.find_newest_root().await;
            }
            let tried = self.try_with_epoch(Vec::new(), Carry::Root, progress.clone());
            match tried.await? {
                Outcome::Stored => return Ok(()),
                Outcome::Moved => self.base().jitter().pause(LONGEST_PAUSE).await,
            }
        }
        Err(conflict())
    }

    /// Looks for the root of the newest epoch, also if it was missing a moment ago, and returns whether it is at hand.
    pub(super) async fn finds_newest_root(&self) -> Result<bool, ClientError> {
        let Some(number) = self.newest_number() else {
            return Ok(false);
        };
        self.with(|known| known.missing_roots.remove(&number));
        self.find_newest_root().await?;
        Ok(self.with(|known| known.has_root(number)))
    }

    pub(super) fn newest_number(&self) -> Option<u32> {
        self.with_view(|view| view.newest_epoch().map(|epoch| epoch.entry.number))
    }

    async fn is_current(&self) -> Result<bool, ClientError> {
        let now = self.base().source().now().await?;
        Ok(self.with_view(|view| view.is_epoch_current(now)))
    }

    /// Returns whether this member may begin the next epoch.
    pub(super) fn may_begin(&self, now: i64) -> bool {
        let next = self
            .newest_number()
            .map_or(Some(0), |number| number.checked_add(1));
        let path = next.and_then(|next| StatePath::parse(&format!("keyring/{next}")).ok());
        let Some(path) = path else {
            return false;
        };
        let member = self.member();
        // One without an encryption key would begin an epoch that it has no wrap of.
        self.with_view(|view| {
            view.encryption_key(&member).is_some() && may_create(view, &member, &path, now)
        })
    }

    /// Returns whether the newest epoch is so old that the next one is due.
    pub(super) fn is_epoch_due(&self, now: i64) -> bool {
        self.with_view(|view| {
            view.newest_epoch()
                .is_some_and(|epoch| now.saturating_sub(epoch.position.timestamp) >= LONGEST_EPOCH)
        })
    }
}

pub(super) fn may_create(view: &View, member: &MemberId, path: &StatePath, now: i64) -> bool {
    let action = Action {
        op: Operation::Create,
        resource: Resource::State(path),
        owner: None,
    };
    judge(view, member, &action, now) == Verdict::Allow
}

/// 32 random bytes for each member.
fn seeds(members: usize) -> Result<Zeroizing<Vec<u8>>, ClientError> {
    let wanted = members.saturating_mul(32);
    let mut seeds = Zeroizing::new(Vec::with_capacity(wanted + RANDOM));
    while seeds.len() < wanted {
        seeds.extend_from_slice(&*Zeroizing::new(random::<RANDOM>()?));
    }
    Ok(seeds)
}
