//! The judgement of a write.

use reeeductio_proto::{MemberId, Position, SpaceId};

/// The view that a write was judged by, so that it is stored only while the judgement stands.
///
/// If a later message at an [authority path](reeeductio_proto::is_authority) than [`authority`](Self::authority) is
/// stored that concerns the member (`proto::authority_concerns`), or the newest entry of the space's registration
/// is another one than [`registration`](Self::registration), nothing is written and the outcome says so: the caller brings its
/// views there and judges again. So no process lets a member write whom another one has removed, nor into a
/// space that another one has withdrawn.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Judged {
    /// Member who writes.
    pub member: MemberId,
    /// The newest message in the view that is at an authority path; `None` before the first.
    pub authority: Option<Position>,
    /// The registration of the space; `None` where it exists without one.
    pub registration: Option<Registration>,
}

/// Registration of a space: the newest entry `spaces/{S}` of the space that registers it, which is not empty.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Registration {
    /// The space that has the entry: the admin space, or that of an app.
    pub registrar: SpaceId,
    /// The entry.
    pub entry: Position,
}

/// The judgement of an act of the operator on another space: its rights in the admin space.
///
/// It is compared like the judgement of a write, with the authority of the admin space.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Operator {
    /// The admin space.
    pub admin: SpaceId,
    /// The view of the admin space that judged.
    pub judged: Judged,
}

/// Why a judgement does not stand any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Moved {
    /// The rights of the member may have changed since; the newest message at an authority path.
    Authority(Position),
    /// The registration of the space was withdrawn, or written again.
    Registration,
}
