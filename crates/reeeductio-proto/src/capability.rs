//! Capabilities: an operation on the resources of a pattern (wire.md 8.1 to 8.4).

use serde::Deserialize;

use crate::id::MemberId;
use crate::pattern::{Pattern, PatternError};
use crate::resource::Resource;

/// What may be done.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Operation {
    /// Make what is not there.
    Create,
    /// Remove what is there.
    Delete,
    /// Change what is there.
    Modify,
    /// Look.
    Read,
    /// All of the others.
    Write,
}

impl Operation {
    /// Reads the name used in capabilities.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "create" => Self::Create,
            "delete" => Self::Delete,
            "modify" => Self::Modify,
            "read" => Self::Read,
            "write" => Self::Write,
            _ => return None,
        })
    }

    /// The name used in capabilities.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Delete => "delete",
            Self::Modify => "modify",
            Self::Read => "read",
            Self::Write => "write",
        }
    }

    /// Whether a capability for this operation allows `wanted`.
    pub fn grants(self, wanted: Self) -> bool {
        self == Self::Write || self == wanted
    }
}

/// A right: an operation on the resources of a pattern.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Capability {
    /// What may be done.
    pub op: Operation,
    /// To what.
    pub path: Pattern,
    /// Only to what the member itself has written; creating is always of one's own.
    pub must_be_owner: bool,
    /// When it lapses, Unix milliseconds.
    pub expires_at: Option<i64>,
}

/// Why a text is not a capability.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CapabilityError {
    /// Not a JSON object with the right fields.
    #[error(
        "a capability is a JSON object {{\"op\", \"path\", \"must_be_owner\"?, \"expires_at\"?}}: {0}"
    )]
    Json(String),
    /// Not one of the five.
    #[error("op: create, delete, modify, read or write, not {0:?}")]
    Operation(String),
    /// Not a pattern.
    #[error("path: {0}")]
    Path(#[from] PatternError),
}

#[derive(Deserialize)]
struct Body {
    op: String,
    path: String,
    #[serde(default)]
    must_be_owner: Option<bool>,
    #[serde(default)]
    expires_at: Option<i64>,
}

impl Capability {
    /// Reads the JSON of a right's entry; keys it does not know are ignored.
    ///
    /// ```
    /// use reeeductio_proto::Capability;
    /// assert!(Capability::from_json(br#"{"op": "read", "path": "topics/{any}"}"#).is_ok());
    /// assert!(Capability::from_json(br#"{"op": "look", "path": "topics/{any}"}"#).is_err());
    /// ```
    pub fn from_json(json: &[u8]) -> Result<Self, CapabilityError> {
        let body: Body = serde_json::from_slice(json)
            .map_err(|error| CapabilityError::Json(error.to_string()))?;
        Ok(Self {
            op: Operation::parse(&body.op).ok_or(CapabilityError::Operation(body.op))?,
            path: Pattern::parse(&body.path)?,
            must_be_owner: body.must_be_owner.unwrap_or(false),
            expires_at: body.expires_at.filter(|at| *at != 0),
        })
    }

    /// Whether it allows `op` on `resource` to `acting` at `now`, given who owns the resource.
    pub fn allows(
        &self,
        op: Operation,
        resource: &Resource<'_>,
        owner: Option<&MemberId>,
        acting: &MemberId,
        now: i64,
    ) -> bool {
        let owned = !self.must_be_owner
            || op == Operation::Create
            || (resource.can_be_owned() && owner == Some(acting));
        self.op.grants(op)
            && owned
            && self.expires_at.is_none_or(|at| now <= at)
            && resource.with_segments(|path| self.path.matches(path, acting))
    }

    /// Whether whoever holds this may hand out `other`; the times at which they lapse are compared by
    /// the caller, who knows when the grants they come from lapse.
    pub fn covers(&self, other: &Self) -> bool {
        (self.op == Operation::Write || self.op == other.op)
            && (!self.must_be_owner || other.must_be_owner)
            && self.path.covers(&other.path)
    }
}
