//! Admissions by a keeper: what it writes beside them, and how anybody judges them (`spec/apps.md`, "Admissions").

use reeeductio_proto::{MemberId, PublicKey, Signature, SpaceId, StatePath, encoding};
use serde::{Deserialize, Serialize};

use super::channel::{Admits, KeeperPowers};
use super::directory::{DirectoryError, read, state_value};
use crate::StateEntry;
use crate::join::{self, JoinRequest};
use crate::state_entry::EntryError;

const VERSION: u8 = 1;
/// Beginning of the places of admissions.
pub(super) const ADMISSIONS: &str = "channel/admissions/";

/// The request that an admission rests on, as the keeper writes it into the channel: everybody can verify that the user has asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Admission {
    key: [u8; 32],
    time: u64,
    nonce: [u8; 16],
    signature: Signature,
}

/// Why an admission by the keeper was not its to make.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AdmissionFault {
    /// The channel's owner has not given it that power.
    #[error("the keeper lets nobody into this channel")]
    NoPower,
    /// The channel is for those who are invited, and nobody has invited the user.
    #[error("nobody has invited the user")]
    NotInvited,
    /// The user is none of the app.
    #[error("the user is none of the app")]
    NotAUser,
    /// There is no request of the user.
    #[error("the user has not asked")]
    NoRequest,
    /// The user was given another role than the channel's owner says.
    #[error("the user has another role than the owner of the channel says")]
    Role,
}

impl AdmissionFault {
    /// A stable word for it, for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoPower => "no_power",
            Self::NotInvited => "not_invited",
            Self::NotAUser => "not_a_user",
            Self::NoRequest => "no_request",
            Self::Role => "role",
        }
    }
}

#[derive(Deserialize, Serialize)]
struct AdmissionBody {
    version: u64,
    key: String,
    time: u64,
    nonce: String,
    signature: String,
}

impl Admission {
    /// Of a request.
    pub fn of(request: &JoinRequest) -> Self {
        Self {
            key: request.key_hash(),
            time: request.time(),
            nonce: request.nonce(),
            signature: *request.signature(),
        }
    }

    /// The entry beside the definition of the user.
    pub fn entry(&self, user: MemberId) -> Result<StateEntry, EntryError> {
        let body = AdmissionBody {
            version: VERSION.into(),
            key: encoding::encode(&self.key),
            time: self.time,
            nonce: encoding::encode(&self.nonce),
            signature: self.signature.to_string(),
        };
        let path = StatePath::parse(&format!("{ADMISSIONS}{user}"))?;
        Ok(state_value(path, &body))
    }

    /// Reads an entry.
    pub fn read(json: &[u8]) -> Result<Self, DirectoryError> {
        let body: AdmissionBody = read(json)?;
        let format = |_| DirectoryError::Format;
        Ok(Self {
            key: encoding::decode_array(&body.key).map_err(format)?,
            time: body.time,
            nonce: encoding::decode_array(&body.nonce).map_err(format)?,
            signature: Signature::parse(&body.signature).map_err(format)?,
        })
    }

    /// Returns whether `user` has signed the request, for `channel`.
    pub fn is_of(&self, channel: SpaceId, user: &MemberId) -> bool {
        let statement = join::statement(&channel, user, &self.key, self.time, &self.nonce);
        PublicKey::parse(user.public_key())
            .and_then(|key| key.verify(&statement, &self.signature))
            .is_ok()
    }

    /// When the request was written, by its author's clock, Unix milliseconds.
    pub fn time(&self) -> u64 {
        self.time
    }
}

/// Decides whether a keeper may let in a user who has asked.
pub fn judge_admission(
    powers: Option<&KeeperPowers>,
    is_user: bool,
    is_invited: bool,
) -> Result<(), AdmissionFault> {
    match powers.map(|powers| powers.admits) {
        None | Some(Admits::Nobody) => Err(AdmissionFault::NoPower),
        Some(_) if !is_user => Err(AdmissionFault::NotAUser),
        Some(Admits::Invited) if !is_invited => Err(AdmissionFault::NotInvited),
        Some(Admits::Invited | Admits::Users) => Ok(()),
    }
}
