//! Arguments as a package hands them over, not checked yet.

use std::fmt;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncSeek};
use zeroize::Zeroizing;

use reeeductio_client::{ClientError, MaybeSend, Store, Transferred};

/// The arguments of one call, by name.
pub trait Arguments {
    /// Takes an argument; [`Value::Absent`] if the caller left it out. An error names the field.
    fn take(&mut self, field: &'static str) -> Result<Value, ClientError>;
}

/// An argument in the types that every language has.
pub enum Value {
    /// Left out.
    Absent,
    /// Said to be none, in a language that tells that from an argument that was left out.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Whole(i64),
    /// A number of a language that has no whole ones.
    Number(f64),
    /// Text; it may be a password.
    Text(Zeroizing<String>),
    /// Bytes; they may be a key.
    Bytes(Zeroizing<Vec<u8>>),
    /// Several, in order.
    List(Vec<Value>),
    /// A local store.
    Store(Arc<dyn Store>),
    /// Bytes that are read piece by piece.
    Source(Box<dyn Source>),
    /// A function that is told how far a transfer is.
    Progress(Box<dyn Progress>),
    /// A function that changes a value.
    Change(Box<dyn Change>),
    /// A value of a type that no operation takes.
    Other,
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Zeroizing::new(text))
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Zeroizing::new(bytes))
    }
}

/// Bytes that are read piece by piece, from any place.
pub trait Source: AsyncRead + AsyncSeek + MaybeSend + Unpin {}
impl<T: AsyncRead + AsyncSeek + MaybeSend + Unpin> Source for T {}

/// A function that changes a value; nothing is there before or after if it is none.
pub trait Change: MaybeSend {
    /// Gives the new value.
    fn change(&mut self, old: Option<&[u8]>) -> Option<Vec<u8>>;
}

impl<F: FnMut(Option<&[u8]>) -> Option<Vec<u8>> + MaybeSend> Change for F {
    fn change(&mut self, old: Option<&[u8]>) -> Option<Vec<u8>> {
        self(old)
    }
}

/// A function that is told how far a transfer is.
pub trait Progress: MaybeSend {
    /// Tells it.
    fn report(&mut self, transferred: Transferred);
}

impl<F: FnMut(Transferred) + MaybeSend> Progress for F {
    fn report(&mut self, transferred: Transferred) {
        self(transferred);
    }
}

impl fmt::Debug for Value {
    /// The type alone: the value may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent | Self::Null => "nothing",
            Self::Bool(_) => "a truth value",
            Self::Whole(_) | Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "a list",
            Self::Store(_) => "a local store",
            Self::Source(_) => "a file",
            Self::Progress(_) | Self::Change(_) => "a function",
            Self::Other => "a value of another type",
        })
    }
}
