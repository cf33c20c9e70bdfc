//! The roots of epochs that a member has, and where to find those that it has not.

use std::collections::BTreeMap;

use reeeductio_proto::{EpochEntry, FormatError, MemberId, Shard, View};

use super::{Epoch, PreviousError};
use crate::identity::Identity;
use crate::log::EpochKeys;
use crate::shards::{find_shard, read_shard};
use crate::wrap::{UnwrapError, WrapContext};

/// The epochs of a space whose root a member has.
#[derive(Debug, Default)]
pub struct EpochRoots {
    epochs: BTreeMap<u32, Epoch>,
    /// The highest epoch that this installation sent under: it never falls, not by a restore either.
    sent_under: Option<u32>,
}

/// A root was not found in a shard, or in a wrap.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RootError {
    /// The view has no such epoch.
    #[error("the space has no epoch {0}")]
    NoEpoch(u32),
    /// The shard holds no wrap for the member.
    #[error("the shard has no wrap for this member")]
    NotInShard,
    /// The member has published no encryption key.
    #[error("the member has published no encryption key")]
    NoKey,
    /// The shard is not one.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The wrap does not open.
    #[error(transparent)]
    Unwrap(#[from] UnwrapError),
}

/// Under which epoch to send.
#[derive(Debug)]
pub enum Sending<'a> {
    /// Under this one.
    Under(&'a Epoch),
    /// Somebody who has the root of the newest epoch is a member no more, or there is none: begin one first, or wait for somebody who may.
    Begin,
    /// The root of the newest epoch is missing: find it first.
    Find(u32),
    /// The chain lacks the epoch that was sent under last, since the server lost it: it must be in the chain again first.
    Behind(u32),
}

impl EpochKeys for EpochRoots {
    fn epoch(&self, number: u32) -> Option<&Epoch> {
        self.get(number)
    }
}

impl EpochRoots {
    /// The epoch of a number, if its root is at hand.
    pub fn get(&self, number: u32) -> Option<&Epoch> {
        self.epochs.get(&number)
    }

    /// All of them, by ascending number.
    pub fn iter(&self) -> impl Iterator<Item = &Epoch> {
        self.epochs.values()
    }

    /// Keeps a root that was verified against the commitment of its epoch, and opens those before it that are carried. An error is of
    /// one of these: it and those before it are missing, all others are kept.
    pub fn keep(&mut self, view: &View, epoch: Epoch) -> Result<(), PreviousError> {
        let mut number = epoch.number();
        self.epochs.insert(number, epoch);
        while let Some(before) = number.checked_sub(1) {
            if self.epochs.contains_key(&before) {
                break;
            }
            let (Some(of), Some(newer)) = (view.epoch(before), self.epochs.get(&number)) else {
                break;
            };
            let sealed = view
                .epoch(number)
                .and_then(|epoch| epoch.entry.previous.as_ref());
            let Some(sealed) = sealed else { break };
            let opened = newer.open_previous(sealed, &of.entry.commitment)?;
            self.epochs.insert(before, opened);
            number = before;
        }
        Ok(())
    }

    /// Forgets the roots of epochs that a view has not, or has with another commitment: a restored server has lost them.
    pub fn retain_valid(&mut self, view: &View) {
        self.epochs.retain(|number, epoch| {
            let of = view.epoch(*number);
            of.is_some_and(|of| of.entry.commitment == *epoch.commitment())
        });
    }

    /// The shard in which the member's wrap of an epoch is, if it has one.
    pub fn shard_of<'a>(entry: &'a EpochEntry, member: &MemberId) -> Option<&'a Shard> {
        let firsts: Vec<MemberId> = entry.shards.iter().map(|shard| shard.first).collect();
        entry.shards.get(find_shard(&firsts, member)?)
    }

    /// Takes the root of an epoch from the member's record in a shard. The bytes are those of the blob that the epoch names.
    pub fn take_shard(
        view: &View,
        number: u32,
        member: &MemberId,
        identity: &Identity,
        shard: &[u8],
    ) -> Result<Epoch, RootError> {
        let records = read_shard(shard)?;
        let record = records
            .iter()
            .find(|record| record.member == *member)
            .ok_or(RootError::NotInShard)?;
        let epoch = view.epoch(number).ok_or(RootError::NoEpoch(number))?;
        let issuer = epoch.entry.issuer;
        Self::take_wrap(view, number, member, identity, &issuer, &record.wrap)
    }

    /// Takes the root of an epoch from a wrap that `issuer` made for the member.
    pub fn take_wrap(
        view: &View,
        number: u32,
        member: &MemberId,
        identity: &Identity,
        issuer: &MemberId,
        wrap: &[u8],
    ) -> Result<Epoch, RootError> {
        let epoch = view.epoch(number).ok_or(RootError::NoEpoch(number))?;
        let published = view.encryption_key(member).ok_or(RootError::NoKey)?;
        let context = WrapContext {
            space: &view.space(),
            recipient: member,
            issuer,
            epoch: number,
            commitment: &epoch.entry.commitment,
        };
        // It was wrapped to the key of that time: the newest generation first, since most are.
        let mut failed = None;
        for generation in (0..=published.generation).rev().take(GENERATIONS) {
            match identity.decryption_key(generation).unwrap(context, wrap) {
                Ok(epoch) => return Ok(epoch),
                Err(error @ UnwrapError::Authentication) => failed = Some(error),
                Err(error) => return Err(error.into()),
            }
        }
        Err(failed.unwrap_or(UnwrapError::Authentication).into())
    }

    /// The epoch to send under at `now` (Unix milliseconds, by the server's clock).
    pub fn sending(&self, view: &View, now: i64) -> Sending<'_> {
        let newest = view.newest_epoch();
        if let Some(sent) = self.sent_under
            && newest.is_none_or(|newest| newest.entry.number < sent)
        {
            return Sending::Behind(sent);
        }
        let Some(newest) = newest.filter(|_| view.is_epoch_current(now)) else {
            return Sending::Begin;
        };
        let number = newest.entry.number;
        match self.epochs.get(&number) {
            Some(epoch) if *epoch.commitment() == newest.entry.commitment => Sending::Under(epoch),
            _ => Sending::Find(number),
        }
    }

    /// Notes that a message was sent under an epoch. To be kept durably before it is sent.
    pub fn note_sent(&mut self, number: u32) {
        self.sent_under = self.sent_under.max(Some(number));
    }

    /// The highest epoch that was sent under.
    pub fn sent_under(&self) -> Option<u32> {
        self.sent_under
    }
}

/// Generations of an encryption key that a wrap is tried with.
const GENERATIONS: usize = 8;
