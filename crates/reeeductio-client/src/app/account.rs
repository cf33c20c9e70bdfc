//! A user of an app.

use reeeductio_proto::MemberId;

/// A user of an app.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct User {
    /// Its id, which never changes and is the same in every channel.
    pub id: MemberId,
    /// Its name.
    pub username: String,
}
