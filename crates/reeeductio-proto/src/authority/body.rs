//! The JSON of `auth/` entries: what is written is read by the same types.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::link::LinkTerms;
use super::path::{AuthPath, role_of};
use super::refusal::StateRefusal;
use super::view::View;
use crate::capability::Capability;
use crate::encoding;
use crate::id::MemberKind;

/// Most bytes of an entry that has a meaning in spaces with a policy alone.
const MOST: usize = 65_536;

/// How far a tool may be used.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ToolLimits {
    /// Successful posts and uploads; `None` for any number.
    pub use_limit: Option<u64>,
    /// Unix milliseconds; `None` for ever.
    pub expires_at: Option<i64>,
}

/// A body that its path may have.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Body {
    /// Of a user or a role, or of a path whose bodies say nothing.
    Plain,
    Tool(ToolLimits),
    /// A tool that is an invite link, in a space with a policy.
    Link {
        terms: LinkTerms,
        /// Unix milliseconds.
        expires_at: i64,
        use_limit: Option<u64>,
    },
    Right(Capability),
    Grant {
        /// Unix milliseconds.
        expires_at: Option<i64>,
    },
}

/// `auth/users/{U}`.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct UserBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<String>,
    /// As the published command line writes it.
    #[serde(skip_serializing)]
    pub(crate) public_key: Option<String>,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
}

/// `auth/tools/{T}`.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct ToolBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tool_id: Option<String>,
    /// As the published command line writes it.
    #[serde(skip_serializing)]
    pub(crate) public_key: Option<String>,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) use_limit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<i64>,
}

/// The field that makes a tool a link, in a space with a policy; elsewhere the field means nothing.
#[derive(Debug, Deserialize)]
struct LinkBody {
    link: Option<LinkTerms>,
}

/// `auth/roles/{role}`.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct RoleBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) role_id: Option<String>,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
}

/// `auth/users/{U}/roles/{role}`.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct GrantBody {
    pub(crate) user_id: String,
    pub(crate) role_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<i64>,
}

/// `auth/tokens/…`: a JSON object, in which nothing is read.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct TokensBody {}

impl Body {
    /// Reads the body an entry at this path must have to mean anything. Tolerates what was stored before
    /// bodies were checked as closely as [`admissible`](super::admission) does.
    pub(super) fn read(view: &View, path: &AuthPath<'_>, data: &str) -> Result<Self, StateRefusal> {
        let json = decode(data)?;
        let body = Self::of(path, &json)?;
        match body {
            Self::Tool(limits) if view.policy().is_some() => Self::of_tool(limits, &json),
            body => Ok(body),
        }
    }

    fn of_tool(limits: ToolLimits, json: &[u8]) -> Result<Self, StateRefusal> {
        let body: LinkBody = read(json, "a link")?;
        let Some(terms) = body.link else {
            return Ok(Self::Tool(limits));
        };
        terms.check()?;
        let Some(expires_at) = limits.expires_at else {
            return Err(StateRefusal::entry(
                "expires_at",
                "a link expires; say when",
            ));
        };
        Ok(Self::Link {
            terms,
            expires_at,
            use_limit: limits.use_limit,
        })
    }

    fn of(path: &AuthPath<'_>, json: &[u8]) -> Result<Self, StateRefusal> {
        match path {
            AuthPath::Definition(member) if member.kind() == MemberKind::Tool => {
                let body: ToolBody = read(json, "a tool")?;
                same("tool_id", body.tool_id.as_deref(), member)?;
                same("public_key", body.public_key.as_deref(), member)?;
                Ok(Self::Tool(ToolLimits {
                    use_limit: body.use_limit.filter(|limit| *limit != 0),
                    expires_at: body.expires_at.filter(|at| *at != 0),
                }))
            }
            AuthPath::Definition(member) => {
                let body: UserBody = read(json, "a user")?;
                same("user_id", body.user_id.as_deref(), member)?;
                same("public_key", body.public_key.as_deref(), member)?;
                Ok(Self::Plain)
            }
            AuthPath::Role(role) => {
                let body: RoleBody = read(json, "a role")?;
                same("role_id", body.role_id.as_deref(), role)?;
                Ok(Self::Plain)
            }
            AuthPath::Grant { user, key } => {
                let body: GrantBody = read(json, "a role grant")?;
                same("user_id", Some(&body.user_id), user)?;
                same("role_id", Some(&body.role_id), role_of(key))?;
                Ok(Self::Grant {
                    expires_at: body.expires_at.filter(|at| *at != 0),
                })
            }
            AuthPath::MemberRight { .. } | AuthPath::RoleRight { .. } => {
                Ok(Self::Right(Capability::from_stored_json(json)?))
            }
            AuthPath::WrongId => Err(StateRefusal::entry(
                "path",
                "users are named by U… ids and tools by T… ids",
            )),
            AuthPath::Tokens(_) | AuthPath::WrongHolder | AuthPath::Other => Ok(Self::Plain),
        }
    }
}

/// The bytes that an entry's `data` is the base64 of.
pub(super) fn decode(data: &str) -> Result<Vec<u8>, StateRefusal> {
    encoding::decode(data).map_err(|error| StateRefusal::entry("data", error.to_string()))
}

/// [`decode`] for an entry that has a meaning in spaces with a policy alone.
pub(super) fn decode_limited(data: &str) -> Result<Vec<u8>, StateRefusal> {
    if data.len() > MOST.div_ceil(3) * 4 {
        return Err(StateRefusal::entry(
            "data",
            "such an entry has at most 64 KiB",
        ));
    }
    decode(data)
}

/// Reads a field of a fixed number of bytes.
pub(super) fn bytes<const N: usize>(
    field: &'static str,
    text: &str,
) -> Result<[u8; N], StateRefusal> {
    encoding::decode_array(text).map_err(|error| StateRefusal::entry(field, error.to_string()))
}

/// Reads the JSON object of an entry.
pub(super) fn read<'de, T: Deserialize<'de>>(
    json: &'de [u8],
    what: &str,
) -> Result<T, StateRefusal> {
    let wrong = |explanation: String| {
        StateRefusal::entry(
            "data",
            format!("the entry of {what} is a JSON object{explanation}"),
        )
    };
    // A struct would also be read from an array; only an object is meant.
    match serde_json::from_slice(json) {
        Ok(Value::Object(_)) => {}
        Ok(_) => return Err(wrong(String::new())),
        Err(error) => return Err(wrong(format!(": {error}"))),
    }
    serde_json::from_slice(json).map_err(|error| wrong(format!(": {error}")))
}

/// Where a body names what the path names, they must agree.
fn same(
    field: &'static str,
    found: Option<&str>,
    expected: &(impl std::fmt::Display + ?Sized),
) -> Result<(), StateRefusal> {
    let expected = expected.to_string();
    match found {
        Some(found) if found != expected => Err(StateRefusal::entry(
            field,
            format!("the path says {expected}, the data says otherwise"),
        )),
        _ => Ok(()),
    }
}
