//! Inboxes of spaces with a policy (spec/protocol.md).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An item for the inbox of a member; its sender is the holder of the token.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct InboxPost {
    /// 16 random bytes that name the item, standard base64.
    pub item: String,
    /// Content, sealed to the recipient, standard base64.
    pub sealed: String,
    /// When the item is over, Unix milliseconds; 0 for none.
    pub expires: u64,
    /// Ed25519 over the item's statement, standard base64.
    pub signature: String,
}

/// An item is in the inbox, or was.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct InboxPosted {
    /// The item, standard base64.
    pub item: String,
    /// When the server received it first, Unix milliseconds.
    pub received_at: i64,
}

/// An item in an inbox, as it was posted.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct InboxItemBody {
    /// 16 bytes that name the item, standard base64.
    pub item: String,
    /// Member who posted it.
    pub sender: String,
    /// Content, sealed to the recipient, standard base64.
    pub sealed: String,
    /// When the item is over, Unix milliseconds; 0 for none.
    pub expires: u64,
    /// Ed25519 over the item's statement, standard base64.
    pub signature: String,
    /// When the server received it, Unix milliseconds. Increases strictly within an inbox while anything is in it.
    pub received_at: i64,
}

/// A page of an inbox.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct InboxPage {
    /// The oldest first.
    pub items: Vec<InboxItemBody>,
    /// Whether the inbox holds more after them.
    pub has_more: bool,
}

/// Items that the recipient has, and the server need not keep.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct InboxAcknowledgement {
    /// The items, standard base64, 1 to 256.
    pub items: Vec<String>,
}
