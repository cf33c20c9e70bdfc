//! What a write was judged by.

use reeeductio_proto::{MemberId, Position};

/// The view that a write was judged by, so that it is stored only while the judgement stands.
///
/// If a later `auth/` message than [`authority`](Self::authority) is stored that concerns the member
/// (`proto::auth::concerns`), nothing is written and the outcome names the newest one: the caller brings its
/// view there and judges again. So no process lets a member write whom another one has removed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Judged {
    /// Who writes.
    pub member: MemberId,
    /// The newest `auth/` message in the view; `None` before the first.
    pub authority: Option<Position>,
}
