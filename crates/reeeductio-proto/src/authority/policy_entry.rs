//! Entries that have a meaning in spaces with a policy alone (`spec/protocol.md`, "Entries of the state").

use std::fmt;
use std::ops::RangeInclusive;

use super::body;
use super::encryption_key::SignedKey;
use super::judge::{Action, Refused, StateWrite, Verdict, judge};
use super::keyring::{EpochEntry, WrapBody};
use super::path::of_person;
use super::policy::{Policy, Settings};
use super::refusal::StateRefusal;
use super::view::View;
use crate::capability::Operation;
use crate::error_code::ErrorCode;
use crate::id::{MemberId, MemberKind};
use crate::resource::Resource;

/// Where the policy is.
pub(super) const POLICY: &str = Policy::PATH;
const SETTINGS: &str = Settings::PATH;

/// The path of such an entry, read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PolicyPath {
    /// `space/policy`.
    Policy,
    /// `space/settings`.
    Settings,
    /// `auth/keys/{member}`.
    Key(MemberId),
    /// `auth/leaves/{member}`.
    Leave(MemberId),
    /// `keyring/{epoch}`.
    Epoch(u32),
    /// `keyring/{epoch}/{member}`.
    Wrap { epoch: u32, member: MemberId },
    /// Below `auth/keys/` or `auth/leaves/`, and not such an entry.
    WrongMember,
    /// Below `keyring/`, and not such an entry.
    WrongEpoch,
}

/// An entry with its body.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum PolicyEntry {
    Settings(Settings),
    Key {
        member: MemberId,
        /// `None` withdraws the key.
        key: Option<SignedKey>,
    },
    Leave(MemberId),
    Epoch(EpochEntry),
    Wrap {
        epoch: u32,
        member: MemberId,
    },
}

impl PolicyPath {
    /// `None` for a path that has the same meaning in every space, or none.
    pub(super) fn read(path: &str) -> Option<Self> {
        if let Some(rest) = path.strip_prefix("keyring/") {
            return Some(Self::of_keyring(rest).unwrap_or(Self::WrongEpoch));
        }
        if let Some(rest) = path.strip_prefix("auth/keys/") {
            return Some(member(rest).map_or(Self::WrongMember, Self::Key));
        }
        if let Some(rest) = path.strip_prefix("auth/leaves/") {
            return Some(member(rest).map_or(Self::WrongMember, Self::Leave));
        }
        match path {
            POLICY => Some(Self::Policy),
            SETTINGS => Some(Self::Settings),
            _ => None,
        }
    }

    fn of_keyring(rest: &str) -> Option<Self> {
        match rest.split_once('/') {
            None => number(rest).map(Self::Epoch),
            Some((epoch, rest)) => Some(Self::Wrap {
                epoch: number(epoch)?,
                member: member(rest)?,
            }),
        }
    }
}

impl fmt::Display for PolicyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy => f.write_str(POLICY),
            Self::Settings => f.write_str(SETTINGS),
            Self::Key(member) => write!(f, "auth/keys/{member}"),
            Self::Leave(member) => write!(f, "auth/leaves/{member}"),
            Self::Epoch(epoch) => write!(f, "keyring/{epoch}"),
            Self::Wrap { epoch, member } => write!(f, "keyring/{epoch}/{member}"),
            // They stand for many paths, so none of them is written from here.
            Self::WrongMember => f.write_str("auth/"),
            Self::WrongEpoch => f.write_str("keyring/"),
        }
    }
}

/// A user or a tool: the owner has no second name here.
fn member(text: &str) -> Option<MemberId> {
    let member = MemberId::parse(text).ok()?;
    (member.kind() != MemberKind::Space).then_some(member)
}

/// A number in its one spelling, so that one epoch has one path.
fn number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

impl PolicyEntry {
    /// Reads an entry; `data` is empty for a tombstone.
    pub(super) fn read(path: PolicyPath, data: &str) -> Result<Self, StateRefusal> {
        match path {
            PolicyPath::Policy => Err(policy_fixed()),
            PolicyPath::Settings if data.is_empty() => Ok(Self::Settings(Settings::default())),
            PolicyPath::Settings => Ok(Self::Settings(Settings::read(data)?)),
            PolicyPath::Key(member) => {
                let key = (!data.is_empty()).then(|| SignedKey::read(data));
                let key = key.transpose()?;
                Ok(Self::Key { member, key })
            }
            PolicyPath::Leave(member) => {
                #[derive(serde::Deserialize)]
                struct LeaveBody {}
                let _body: LeaveBody = body::read(&body::decode_limited(data)?, "a leave")?;
                Ok(Self::Leave(member))
            }
            PolicyPath::Epoch(_) | PolicyPath::Wrap { .. } if data.is_empty() => Err(create_only()),
            PolicyPath::Epoch(number) => {
                let entry = EpochEntry::read(data)?;
                if entry.number != number {
                    return Err(StateRefusal::keyring(1, "the path names another epoch"));
                }
                Ok(Self::Epoch(entry))
            }
            PolicyPath::Wrap { epoch, member } => {
                WrapBody::check(data)?;
                Ok(Self::Wrap { epoch, member })
            }
            PolicyPath::WrongMember => Err(StateRefusal::entry(
                "path",
                "auth/keys/ and auth/leaves/ are followed by the U… or T… id of a member",
            )),
            PolicyPath::WrongEpoch => Err(StateRefusal::keyring(
                1,
                "keyring/ is followed by the number of an epoch in decimal, and that by a U… or T… id if at all",
            )),
        }
    }

    /// Judges the entry by what holds before it. `times` are those at which the roster of an epoch may be.
    pub(super) fn judge(
        &self,
        view: &View,
        sender: &MemberId,
        write: &StateWrite<'_>,
        times: &RangeInclusive<i64>,
        now: i64,
    ) -> Result<(), StateRefusal> {
        if !view.is_member(sender, now) {
            return Err(Refused::NotAMember.into());
        }
        // The view knows who wrote the entry before: the caller may not.
        let existing = view.entry(write.path).map(|entry| entry.sender);
        let by_right = |op| {
            let action = Action {
                op,
                resource: Resource::State(write.path),
                owner: existing,
            };
            match judge(view, sender, &action, now) {
                Verdict::Allow => Ok(()),
                Verdict::Refuse(refused) => Err(StateRefusal::from(refused)),
            }
        };
        match self {
            Self::Settings(_) if view.space().is_owned_by(sender) => Ok(()),
            Self::Settings(_) => Err(StateRefusal::new(
                ErrorCode::PermissionDenied,
                "The owner alone writes the settings of a space.",
            )),
            Self::Key { member, key } => {
                if of_person(sender) != *member {
                    by_right(match key {
                        Some(_) => Operation::Create,
                        None => Operation::Delete,
                    })?;
                }
                judge_key(view, member, key.as_ref())
            }
            Self::Leave(member) => judge_leave(view, member, sender),
            Self::Epoch(entry) => {
                by_right(Operation::Create)?;
                entry.check(view, sender, times)
            }
            Self::Wrap { epoch, member } => {
                if !view.may_wrap_by_link(sender, member) {
                    by_right(Operation::Create)?;
                }
                if existing.is_some() {
                    return Err(create_only());
                }
                if view.epoch(*epoch).is_none() {
                    return Err(StateRefusal::entry("path", "there is no such epoch"));
                }
                if !view.knows(member) || view.encryption_key(member).is_none() {
                    return Err(StateRefusal::entry(
                        "path",
                        format!("{member} is not a member with an encryption key"),
                    ));
                }
                Ok(())
            }
        }
    }
}

fn judge_key(view: &View, member: &MemberId, key: Option<&SignedKey>) -> Result<(), StateRefusal> {
    let Some(signing_key) = view.public_key(member) else {
        return Err(StateRefusal::entry(
            "path",
            format!("{member} is not a member of this space"),
        ));
    };
    let Some(signed) = key else {
        return Ok(());
    };
    if view
        .newest_generation(member)
        .is_some_and(|newest| signed.key.generation <= newest)
    {
        return Err(StateRefusal::entry(
            "generation",
            "a key of this generation or a higher one was there already",
        ));
    }
    signed.verify(&view.space(), member, &signing_key)
}

fn judge_leave(view: &View, member: &MemberId, sender: &MemberId) -> Result<(), StateRefusal> {
    if of_person(sender) != *member {
        return Err(StateRefusal::new(
            ErrorCode::PermissionDenied,
            "A member leaves by itself. To remove another, remove its definition.",
        ));
    }
    if view.space().is_owned_by(member) {
        return Err(StateRefusal::entry("path", "the owner cannot leave"));
    }
    Ok(())
}

pub(super) fn policy_fixed() -> StateRefusal {
    StateRefusal::new(
        ErrorCode::SpacePolicyFixed,
        "A policy is the first message of a space, and is never changed.",
    )
}

fn create_only() -> StateRefusal {
    StateRefusal::new(
        ErrorCode::KeyringInvalid,
        "What is below keyring/ is written once, and never changed or removed.",
    )
}
