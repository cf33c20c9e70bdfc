//! Outcome of a lie.

use std::fmt;

use reeeductio_client::ClientError;

use super::Path;
use super::read::Found;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// The lie cannot be told there: `-`.
    DoesNotApply,
    /// This message or entry is refused, with this code, and the others are given: `(code)`.
    Item(String),
    /// It could be true, since nothing else was seen: `?`.
    Possible,
    /// The truth is given all the same: `=`.
    Truth,
    /// It is believed against what was seen: `!`.
    Unnoticed,
    /// The answer is refused with this code: `code`.
    Whole(String),
}

impl Verdict {
    /// Of what was found, where an honest server would have had `truth` found. `seen` is whether the truth was known.
    pub(super) fn of(
        path: Path,
        found: Result<Found, ClientError>,
        truth: &Found,
        seen: bool,
    ) -> Self {
        let believed = if seen {
            Self::Unnoticed
        } else {
            Self::Possible
        };
        let found = match found {
            // Programs take it for what it says.
            Err(error) if error.is_not_found() && path.may_be_absent() => return believed,
            Err(error) => return Self::Whole(short(error.code_text())),
            Ok(found) => found,
        };
        if found.refused.is_empty() {
            return if found == *truth {
                Self::Truth
            } else {
                believed
            };
        }
        let others = truth.given.iter().filter(|item| found.given.contains(item));
        let others: Vec<&String> = others.collect();
        let whole = others.len() + found.refused.len() >= truth.given.len();
        assert!(
            whole && others.into_iter().eq(&found.given),
            "of {truth:?}, {found:?} was given"
        );
        let mut codes: Vec<String> = found.refused.iter().map(|code| short(code)).collect();
        codes.dedup();
        Self::Item(codes.join("+"))
    }

    /// As it is written in the table.
    pub(super) fn parse(mark: &str) -> Self {
        match mark {
            "-" => Self::DoesNotApply,
            "?" => Self::Possible,
            "=" => Self::Truth,
            "!" => Self::Unnoticed,
            _ => {
                let item = mark
                    .strip_prefix('(')
                    .and_then(|mark| mark.strip_suffix(')'));
                let code = item.unwrap_or(mark);
                let is_code = |byte: u8| byte.is_ascii_lowercase() || b"._+".contains(&byte);
                let valid = !code.is_empty() && code.bytes().all(is_code);
                assert!(valid, "no verdict: {mark:?}");
                match item {
                    Some(code) => Self::Item(code.to_owned()),
                    None => Self::Whole(code.to_owned()),
                }
            }
        }
    }
}

/// The table leaves out the part that most codes have in common.
fn short(code: &str) -> String {
    code.strip_prefix("verify.").unwrap_or(code).to_owned()
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DoesNotApply => f.write_str("-"),
            Self::Item(code) => write!(f, "({code})"),
            Self::Possible => f.write_str("?"),
            Self::Truth => f.write_str("="),
            Self::Unnoticed => f.write_str("!"),
            Self::Whole(code) => f.write_str(code),
        }
    }
}
