//! A right on the command line.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use reeeductio_proto::{Capability, Operation, Pattern};

#[derive(Args, Debug)]
pub(crate) struct Right {
    /// Name of the right, by which it can be taken back
    #[arg(short, long, value_name = "NAME")]
    pub(super) cap_id: String,
    /// Operation that is allowed; write includes all of the others
    #[arg(long, value_parser = operations())]
    op: Operation,
    /// To what: a path below blobs, data, inbox, signals, state or topics, in which {any} is one segment, {self} the
    /// member's id, {other} any other id, and {...} at the end any number of segments
    #[arg(long, value_name = "PATTERN", value_parser = Pattern::parse)]
    path: Pattern,
    /// Only to what the member wrote itself
    #[arg(long)]
    must_be_owner: bool,
}

impl Right {
    /// The right.
    pub(super) fn capability(&self) -> Capability {
        Capability {
            op: self.op,
            path: self.path.clone(),
            must_be_owner: self.must_be_owner,
            expires_at: None,
        }
    }

    /// The role that the right allows to assign, if it names one.
    pub(super) fn role(&self) -> Option<String> {
        let path = self.path.to_string();
        let (_, key) = path
            .strip_prefix("state/auth/users/")?
            .split_once("/roles/")?;
        let role = key.split('/').next()?;
        (!role.starts_with('{')).then(|| role.to_owned())
    }

    /// The right in words.
    pub(super) fn text(&self) -> String {
        format!("{} on {}", self.op.as_str(), self.path)
    }

    /// The fields of the right, for JSON.
    pub(super) fn fields(&self) -> serde_json::Value {
        serde_json::json!({
            "cap_id": self.cap_id,
            "op": self.op.as_str(),
            "path": self.path.to_string(),
            "must_be_owner": self.must_be_owner,
        })
    }
}

fn operations() -> impl clap::builder::TypedValueParser<Value = Operation> {
    PossibleValuesParser::new(["read", "create", "modify", "delete", "write"])
        // Only the five get here.
        .map(|name| Operation::parse(&name).unwrap_or(Operation::Read))
}
