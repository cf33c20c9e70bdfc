//! Something a check found: where it is and what to do about it.

use std::fmt;

use reeeductio_proto::SpaceId;
use serde::Serialize;

/// Something a check found.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// Stable code of the kind: `chain.broken`, `row.corrupt`, …
    pub code: &'static str,
    /// The spaces it concerns; none where that cannot be told.
    pub spaces: Vec<SpaceId>,
    /// The file it is in.
    pub file: String,
    /// Description of the finding.
    pub what: String,
    /// Advice on what to do.
    pub cure: &'static str,
}

impl Finding {
    pub(crate) fn new(code: &'static str, what: impl Into<String>) -> Self {
        Self {
            code,
            spaces: Vec::new(),
            file: String::new(),
            what: what.into(),
            cure: cure(code),
        }
    }

    pub(crate) fn in_spaces(mut self, spaces: &[SpaceId]) -> Self {
        self.spaces = spaces.to_vec();
        self
    }

    pub(crate) fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = file.into();
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.what)?;
        for space in &self.spaces {
            write!(f, "\n  space: {space}")?;
        }
        write!(f, "\n  file: {}\n  cure: {}", self.file, self.cure)
    }
}

fn cure(code: &str) -> &'static str {
    match code {
        "blob.corrupt" | "blob.missing" => {
            "Stop the server and run `reeeductio repair DIR --from BACKUP`. Without a backup that has it, a member deletes the blob and uploads it again."
        }
        "object.unreferenced" => {
            "Nothing: the server removes it when it is a day old, unless the database was restored or repaired. `reeeductio repair DIR --leftovers` does it at once."
        }
        "auth.without_authority" => "Nothing: no server and no client goes by it.",
        _ => {
            "Stop the server and run `reeeductio repair DIR --from BACKUP`. Without a backup that has it, it is lost; what is intact is still served."
        }
    }
}
