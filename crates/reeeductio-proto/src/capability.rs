//! Capabilities: an operation on the resources of a pattern (wire.md 8.1 to 8.4).

use serde::{Deserialize, Serialize};

use crate::id::MemberId;
use crate::pattern::{Pattern, PatternError};
use crate::resource::Resource;
use crate::time::{TimeError, check_time};

/// An operation that a capability allows.
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

    /// Returns whether a capability for this operation allows `wanted`.
    pub fn grants(self, wanted: Self) -> bool {
        self == Self::Write || self == wanted
    }
}

/// A right: an operation on the resources of a pattern.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Capability {
    /// The allowed operation.
    pub op: Operation,
    /// The resources it is allowed on.
    pub path: Pattern,
    /// Only to what the member itself has written; creating is always of one's own.
    pub must_be_owner: bool,
    /// When it lapses, Unix milliseconds.
    pub expires_at: Option<i64>,
}

/// Why a text is not a capability; [`field`](Self::field) says where.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CapabilityError {
    /// A field that capabilities do not have. Passing over it would widen the right.
    #[error(
        "a right has no field {0:?}, only \"op\", \"path\", \"must_be_owner\" and \"expires_at\"; correct its name or leave it out"
    )]
    Field(String),
    /// Not a JSON object with the right fields.
    #[error(
        "a right is a JSON object {{\"op\", \"path\", \"must_be_owner\"?, \"expires_at\"?}}: {0}"
    )]
    Json(String),
    /// Not one of the five.
    #[error("must be create, delete, modify, read or write, not {0:?}")]
    Operation(String),
    /// Not a pattern.
    #[error("{0}")]
    Path(#[from] PatternError),
    /// A time that is not in Unix milliseconds.
    #[error("{0}")]
    Time(#[from] TimeError),
}

impl CapabilityError {
    /// The field that is wrong; `data` for the whole.
    pub fn field(&self) -> &str {
        match self {
            Self::Field(field) => field,
            Self::Json(_) => "data",
            Self::Operation(_) => "op",
            Self::Path(_) => "path",
            Self::Time(_) => "expires_at",
        }
    }
}

/// The JSON of a right's entry.
#[derive(Deserialize, Serialize)]
struct Body {
    op: String,
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    must_be_owner: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

/// The keys of [`Body`].
const FIELDS: [&str; 4] = ["op", "path", "must_be_owner", "expires_at"];

impl Capability {
    /// The right to `op` on the resources of the pattern `path`, of everybody's and without end.
    ///
    /// ```
    /// use reeeductio_proto::{Capability, Operation};
    /// assert!(Capability::new(Operation::Read, "topics/{any}").is_ok());
    /// assert!(Capability::new(Operation::Read, "topics/{some}").is_err());
    /// ```
    pub fn new(op: Operation, path: &str) -> Result<Self, CapabilityError> {
        Ok(Self {
            op,
            path: Pattern::parse(path)?,
            must_be_owner: false,
            expires_at: None,
        })
    }

    /// Reads the JSON of a right that is to be given: an object without any other field, whose time is in
    /// Unix milliseconds.
    ///
    /// ```
    /// use reeeductio_proto::Capability;
    /// assert!(Capability::from_json(br#"{"op": "read", "path": "topics/{any}"}"#).is_ok());
    /// assert!(Capability::from_json(br#"{"op": "look", "path": "topics/{any}"}"#).is_err());
    /// let mistyped = br#"{"op": "write", "path": "state/{...}", "must_be_ownr": true}"#;
    /// assert!(Capability::from_json(mistyped).is_err());
    /// ```
    pub fn from_json(json: &[u8]) -> Result<Self, CapabilityError> {
        let fields: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(json).map_err(|error| in_json(&error))?;
        if let Some(field) = fields.keys().find(|key| !FIELDS.contains(&key.as_str())) {
            return Err(CapabilityError::Field(field.clone()));
        }
        let capability = Self::from_stored_json(json)?;
        check_time(capability.expires_at)?;
        Ok(capability)
    }

    /// Reads the JSON of a right that was given already, maybe by a server that looked less closely: other
    /// fields are passed over.
    pub fn from_stored_json(json: &[u8]) -> Result<Self, CapabilityError> {
        let body: Body = serde_json::from_slice(json).map_err(|error| in_json(&error))?;
        Ok(Self {
            op: Operation::parse(&body.op).ok_or(CapabilityError::Operation(body.op))?,
            path: Pattern::parse(&body.path)?,
            must_be_owner: body.must_be_owner.unwrap_or(false),
            expires_at: body.expires_at.filter(|at| *at != 0),
        })
    }

    /// Returns the value to serialize as the JSON of a right's entry.
    pub(crate) fn body(&self) -> impl Serialize {
        Body {
            op: self.op.as_str().to_owned(),
            path: self.path.to_string(),
            must_be_owner: self.must_be_owner.then_some(true),
            expires_at: self.expires_at,
        }
    }

    /// Returns whether it allows `op` on `resource` to `acting` at `now`, given who owns the resource.
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

    /// Returns whether it allows `op` on something at a path or below it, to `acting` at `now`.
    pub(crate) fn reaches<'a>(
        &self,
        op: Operation,
        path: impl Iterator<Item = &'a str>,
        acting: &MemberId,
        now: i64,
    ) -> bool {
        self.op.grants(op)
            && self.expires_at.is_none_or(|at| now <= at)
            && self.path.reaches(path, acting)
    }

    /// Returns whether the holder of this may hand out `other`. The caller compares the times at which they lapse,
    /// because it knows when the grants they come from lapse.
    pub fn covers(&self, other: &Self) -> bool {
        (self.op == Operation::Write || self.op == other.op)
            && (!self.must_be_owner || other.must_be_owner)
            && self.path.covers(&other.path)
    }
}

fn in_json(error: &serde_json::Error) -> CapabilityError {
    CapabilityError::Json(error.to_string())
}
