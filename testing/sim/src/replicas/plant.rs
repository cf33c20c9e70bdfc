//! Bugs that are built in on purpose, for the simulation to find.

/// A bug around the client, as its store or its source would have it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReplicaPlant {
    /// The store acknowledges commits that it keeps later, and loses them in a crash.
    AcknowledgesUnkept,
    /// The store keeps no heads.
    ForgetsHeads,
    /// The store loses batches of one message, such as one's own posts.
    ForgetsOwnPosts,
    /// The store keeps no signed times of data entries.
    ForgetsSignedTimes,
    /// The store keeps heads before the messages that they belong to.
    KeepsHeadsFirst,
    /// The source signs a message again, after the new head, when the answer was lost.
    SignsAgain,
}

pub(super) use ReplicaPlant as Plant;
