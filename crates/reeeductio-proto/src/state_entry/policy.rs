//! Entries of spaces with a policy (`spec/protocol.md`, "Entries of the state").

use serde::Serialize;

use super::{EntryError, StateEntry, entry, of_a_definition, of_kind, role_path};
use crate::authority::encryption_key::KeyBody;
use crate::authority::keyring::WrapBody;
use crate::authority::path::AuthPath;
use crate::authority::policy_entry::PolicyPath;
use crate::authority::{EpochEntry, LinkTerms, Policy, PublishedKey, Settings};
use crate::encoding;
use crate::id::{MemberId, MemberKind};
use crate::path::StatePath;
use crate::signature::Signature;
use crate::time::check_time;

#[derive(Serialize)]
struct LinkToolBody<'a> {
    tool_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    expires_at: i64,
    link: &'a LinkTerms,
}

#[derive(Serialize)]
struct LeaveBody {}

/// The policy: the first message of a space.
pub fn policy(policy: &Policy) -> Result<StateEntry, EntryError> {
    Ok(entry(path_of(PolicyPath::Policy)?, &policy.body()))
}

/// The settings of a space with a policy. They replace those before, whole.
pub fn settings(settings: &Settings) -> Result<StateEntry, EntryError> {
    Ok(entry(path_of(PolicyPath::Settings)?, &settings.body()))
}

/// A member's encryption key, with the member's signature over
/// [`encryption_key_statement`](crate::encryption_key_statement).
pub fn encryption_key(
    member: MemberId,
    key: &PublishedKey,
    signature: &Signature,
) -> Result<StateEntry, EntryError> {
    let path = path_of(PolicyPath::Key(of_a_definition(member)?))?;
    Ok(entry(path, &KeyBody::new(key, signature)))
}

/// A member's own removal.
pub fn leave(member: MemberId) -> Result<StateEntry, EntryError> {
    let path = path_of(PolicyPath::Leave(of_a_definition(member)?))?;
    Ok(entry(path, &LeaveBody {}))
}

/// An invite link: a tool that lets in as many users as its terms say, until `expires_at` (Unix milliseconds).
pub fn link(
    tool: MemberId,
    description: Option<&str>,
    terms: &LinkTerms,
    expires_at: i64,
) -> Result<StateEntry, EntryError> {
    check_time(Some(expires_at))?;
    role_path(&terms.role)?;
    let tool = of_kind(tool, MemberKind::Tool)?;
    let body = LinkToolBody {
        tool_id: tool.to_string(),
        description,
        expires_at,
        link: terms,
    };
    Ok(entry(AuthPath::Definition(tool).to_path()?, &body))
}

/// A new epoch.
pub fn epoch(epoch: &EpochEntry) -> Result<StateEntry, EntryError> {
    let path = path_of(PolicyPath::Epoch(epoch.number))?;
    Ok(entry(path, &epoch.body()))
}

/// The wrap of an epoch's root for a member that was not in its roster.
pub fn wrap(epoch: u32, member: MemberId, wrap: &[u8]) -> Result<StateEntry, EntryError> {
    let member = of_a_definition(member)?;
    let wrap = encoding::encode(wrap);
    Ok(entry(
        path_of(PolicyPath::Wrap { epoch, member })?,
        &WrapBody { wrap },
    ))
}

fn path_of(path: PolicyPath) -> Result<StatePath, EntryError> {
    Ok(StatePath::parse(&path.to_string())?)
}
