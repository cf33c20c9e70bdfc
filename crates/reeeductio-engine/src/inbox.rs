//! Inboxes: what members leave for one member, sealed to it (spec/protocol.md, "Inboxes").

use reeeductio_backend::{
    AcknowledgeItems, AcknowledgeItemsOutcome, InboxFull, InboxItem, InboxRange, Page, PageLimit,
    PostItem, PostItemOutcome,
};
use reeeductio_proto::api::{InboxItemBody, InboxPost, InboxPosted};
use reeeductio_proto::{
    Action, ErrorCode, FormatError, MemberId, MemberKind, Operation, PublicKey, Resource,
    Signature, check_sealed_item, encoding, inbox_item_statement, lp,
};
use sha2::{Digest as _, Sha256};

use crate::append::{tool_use, tool_used_up};
use crate::caller::SpaceMember;
use crate::draft::Rules;
use crate::engine::{ATTEMPTS, Engine, contended};
use crate::quota::{Kind, over_quota, quotas_of};
use crate::refusal::Refusal;

/// Most items of a page, and of an acknowledgement.
pub const INBOX_ITEMS: usize = 256;
/// Milliseconds for which an item is kept at most.
const KEPT: i64 = 30 * 24 * 60 * 60 * 1000;

/// Which items of an inbox to list.
#[derive(Clone, Copy, Debug)]
pub struct InboxRequest {
    /// Items received after this time, Unix milliseconds; `None` begins with the oldest.
    pub after: Option<i64>,
    /// 1 to [`INBOX_ITEMS`].
    pub limit: usize,
}

/// A page of an inbox, the oldest item first. It is cut short where it would hold more than
/// [`Limits::page_bytes`](crate::Limits::page_bytes).
pub type InboxItems = Page<InboxItem>;

/// An item that was posted, with what its sender signed.
struct Posted {
    item: InboxItem,
    statement: Vec<u8>,
}

impl Engine {
    /// Stores an item for another member. To post the same one again is no error: its answer may have been lost.
    pub async fn post_item(
        &self,
        caller: &SpaceMember,
        recipient: &str,
        body: InboxPost,
    ) -> Result<InboxPosted, Refusal> {
        self.check_inboxes(caller).await?;
        let recipient = MemberId::parse(recipient)
            .map_err(|error| Refusal::field(ErrorCode::MemberInvalidId, "member", error))?;
        let action = Action {
            op: Operation::Create,
            resource: Resource::Inbox(&recipient),
            owner: None,
        };
        self.authorize(caller, &action).await?;
        let Posted { item, statement } = read(caller, recipient, &body)?;
        check_signature(&item, &statement)?;
        let sender = caller.id.to_bytes();
        let digest = Sha256::digest(lp([sender.as_slice(), &statement])).into();
        for _ in 0..ATTEMPTS {
            let judged = self.authorize_write(caller, &action).await?;
            let now = self.now();
            let tool_use = {
                let authority = caller.space.authority().await?;
                // One that is removed after this has an item more that nobody reads, until it expires.
                let is_member = authority.view.is_member(&recipient, now);
                if !is_member || recipient.kind() == MemberKind::Space {
                    return Err(no_recipient(recipient));
                }
                tool_use(caller, authority.view.tool_limits(&caller.id).as_ref())
            };
            let post = PostItem {
                space: caller.space_id(),
                recipient,
                item: InboxItem {
                    received_at: now,
                    ..item.clone()
                },
                digest,
                kept_until: kept_until(item.expires, now)?,
                judged: Some(judged),
                tool_use,
                limits: self.config.limits.inbox,
                quotas: quotas_of(caller, self.config.limits.storage.messages),
            };
            match self.records.post_item(post).await? {
                PostItemOutcome::JudgementMoved(moved) => caller.catch_up(moved).await?,
                PostItemOutcome::Stored { received_at, .. } => {
                    return Ok(InboxPosted {
                        item: body.item,
                        received_at,
                    });
                }
                PostItemOutcome::Exists => return Err(item_exists()),
                PostItemOutcome::Full(full) => return Err(inbox_full(full)),
                PostItemOutcome::OverQuota(over) => return Err(over_quota(Kind::Message, over)),
                PostItemOutcome::ToolUsedUp => return Err(tool_used_up()),
            }
        }
        Err(contended())
    }

    /// Lists the caller's own inbox: there is no way to ask for another.
    pub async fn inbox(
        &self,
        caller: &SpaceMember,
        request: InboxRequest,
    ) -> Result<InboxItems, Refusal> {
        self.check_inboxes(caller).await?;
        let range = InboxRange {
            after: request.after.unwrap_or(i64::MIN),
            now: self.now(),
            limit: PageLimit {
                count: request.limit,
                bytes: self.config.limits.page_bytes,
            },
        };
        let items = self.records.inbox(caller.space_id(), caller.id, range);
        let items = items.await?;
        // It may have been removed while the page was read.
        let authority = caller.space.authority().await?;
        caller.judged_by(&authority, self.now())?;
        Ok(items)
    }

    /// Removes items from the caller's own inbox, for good. Those that are not there are passed over.
    pub async fn acknowledge_items(
        &self,
        caller: &SpaceMember,
        items: &[String],
    ) -> Result<(), Refusal> {
        if !(1..=INBOX_ITEMS).contains(&items.len()) {
            return Err(Refusal::field(
                ErrorCode::RequestInvalid,
                "items",
                format!("{} items; 1 to {INBOX_ITEMS} are allowed", items.len()),
            ));
        }
        self.check_inboxes(caller).await?;
        let items = items
            .iter()
            .map(|item| item_id("items", item))
            .collect::<Result<Vec<_>, _>>()?;
        for _ in 0..ATTEMPTS {
            let now = self.now();
            let judged = {
                let authority = caller.space.authority().await?;
                caller.judged_by(&authority, now)?
            };
            let acknowledge = AcknowledgeItems {
                space: caller.space_id(),
                recipient: caller.id,
                items: items.clone(),
                now,
                judged: Some(judged),
            };
            match self.records.acknowledge_items(acknowledge).await? {
                AcknowledgeItemsOutcome::Removed(_) => return Ok(()),
                AcknowledgeItemsOutcome::JudgementMoved(moved) => caller.catch_up(moved).await?,
            }
        }
        Err(contended())
    }

    /// Inboxes hold what is sealed to encryption keys, which members of spaces with a policy alone have.
    async fn check_inboxes(&self, caller: &SpaceMember) -> Result<(), Refusal> {
        if self.rules(caller).await? == Rules::Base {
            return Err(Refusal::new(
                ErrorCode::SpaceNoPolicy,
                "This space has no policy: its members have no inboxes.",
            ));
        }
        if caller.id.kind() == MemberKind::Space {
            return Err(Refusal::field(
                ErrorCode::FormatMalformed,
                "sender",
                "In a space with a policy the owner acts by its U… id. Sign in with that.",
            ));
        }
        Ok(())
    }
}

/// The item as its recipient is told of it.
pub fn item_body(item: &InboxItem) -> InboxItemBody {
    InboxItemBody {
        item: encoding::encode(&item.id),
        sender: item.sender.to_string(),
        sealed: encoding::encode(&item.sealed),
        expires: item.expires,
        signature: item.signature.to_string(),
        received_at: item.received_at,
    }
}

/// Takes an item apart; its signature is not checked yet.
fn read(caller: &SpaceMember, recipient: MemberId, body: &InboxPost) -> Result<Posted, Refusal> {
    let id = item_id("item", &body.item)?;
    let sealed = encoding::decode(&body.sealed)
        .map_err(|error| Refusal::field(ErrorCode::FormatMalformed, "sealed", error))?;
    check_sealed_item(&sealed).map_err(|error| {
        let code = match error {
            FormatError::Unknown { .. } => ErrorCode::FormatUnknown,
            _ => ErrorCode::FormatMalformed,
        };
        Refusal::field(code, "sealed", error)
    })?;
    let signature = Signature::parse(&body.signature)
        .map_err(|error| Refusal::field(ErrorCode::SignatureUndecodable, "signature", error))?;
    let space = caller.space_id();
    let statement = inbox_item_statement(&space, &recipient, id, body.expires, &sealed);
    let item = InboxItem {
        id,
        sender: caller.id,
        sealed: sealed.into(),
        signature,
        expires: body.expires,
        received_at: 0,
    };
    Ok(Posted { item, statement })
}

fn item_id(field: &'static str, text: &str) -> Result<[u8; 16], Refusal> {
    encoding::decode_array(text)
        .map_err(|error| Refusal::field(ErrorCode::FormatMalformed, field, error))
}

fn check_signature(item: &InboxItem, statement: &[u8]) -> Result<(), Refusal> {
    PublicKey::parse(item.sender.public_key())
        .and_then(|key| key.verify(statement, &item.signature))
        .map_err(|_| {
            Refusal::field(
                ErrorCode::InboxBadSignature,
                "signature",
                "does not match. Sign the statement of the item with the key of the token's holder.",
            )
        })
}

/// Until when an item is kept that is posted now. Times in Unix milliseconds.
fn kept_until(expires: u64, now: i64) -> Result<i64, Refusal> {
    let longest = now.saturating_add(KEPT);
    if expires == 0 {
        return Ok(longest);
    }
    let expires = i64::try_from(expires).unwrap_or(i64::MAX);
    if expires <= now {
        return Err(Refusal::field(
            ErrorCode::InboxExpired,
            "expires",
            "has passed already. It is a time in Unix milliseconds.",
        ));
    }
    Ok(expires.min(longest))
}

fn no_recipient(recipient: MemberId) -> Refusal {
    Refusal::field(
        ErrorCode::InboxNoRecipient,
        "member",
        format!("{recipient} is not a member of this space, by its U… or T… id."),
    )
}

fn item_exists() -> Refusal {
    Refusal::field(
        ErrorCode::InboxItemExists,
        "item",
        "another item with this id is in the inbox, or was acknowledged not long ago. Take a new id, and seal again.",
    )
}

fn inbox_full(full: InboxFull) -> Refusal {
    let what = match full {
        InboxFull::InAll => "The inbox holds as much as it may.",
        InboxFull::OfSender => "The inbox holds as much from you as it may.",
    };
    Refusal::new(
        ErrorCode::InboxFull,
        format!("{what} The recipient must acknowledge items first."),
    )
}
