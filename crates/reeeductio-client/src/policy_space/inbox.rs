//! Inboxes: what members leave for each other, sealed to one of them.

use std::fmt;

use reeeductio_core::{EncryptionKey, ItemContent, ItemContext, ItemError};
use reeeductio_proto::api::{
    InboxAcknowledgement, InboxItemBody, InboxPage, InboxPost, InboxPosted,
};
use reeeductio_proto::{
    ClientCode, ErrorCode, FormatError, MemberId, Signature, SignatureError, encoding,
};

use super::PolicySpace;
use crate::error::ClientError;
use crate::platform::random;
use crate::space::retry::Persistence;
use crate::transport::Method;

/// Items asked for at a time, each of 64 KiB at most.
const PAGE: usize = 100;
/// Items acknowledged at a time.
const ACKNOWLEDGED: usize = 256;
/// Own encryption keys that are tried, the newest first.
const KEYS: u32 = 8;

/// The inboxes of a space: this member's own, and those that it leaves something in.
#[derive(Clone, Debug)]
pub struct PolicyInbox(pub(super) PolicySpace);

/// An item that is sealed and signed. [Leaving](PolicyInbox::leave) it again after an error leaves it once.
#[derive(Clone)]
pub struct SealedItem {
    recipient: MemberId,
    item: [u8; 16],
    post: InboxPost,
}

/// An item of the member's own inbox, opened, or the reason why not.
#[derive(Clone, Debug)]
pub struct InboxItem {
    /// Names the item in this inbox.
    pub item: [u8; 16],
    /// The member that left it, whose signature was verified. One that was removed since may have left it before.
    pub sender: MemberId,
    /// When the server received it, by its word, Unix milliseconds.
    pub received_at: i64,
    /// When it is over, Unix milliseconds; 0 for never.
    pub expires: u64,
    /// The content.
    pub content: Result<ItemContent, InboxError>,
}

/// Why an item was not opened. Acknowledge it, or leave it to end by its time.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InboxError {
    /// The member that it names has not signed it.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// It is sealed to no key that this member has published, or it is no item.
    #[error(transparent)]
    Item(#[from] ItemError),
}

/// A walk through the member's own inbox, the oldest item first.
#[derive(Debug)]
pub struct InboxItems {
    space: PolicySpace,
    after: Option<i64>,
    ended: bool,
}

impl InboxError {
    /// The stable code, as text.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Signature(_) => ClientCode::SignatureMismatch.as_str(),
            Self::Item(ItemError::Format(FormatError::Unknown { .. })) => {
                ErrorCode::FormatUnknown.as_str()
            }
            Self::Item(ItemError::Format(_)) => ErrorCode::FormatMalformed.as_str(),
            Self::Item(_) => ClientCode::Open.as_str(),
        }
    }
}

impl SealedItem {
    /// The id of the item, which its recipient acknowledges it by.
    pub fn item(&self) -> [u8; 16] {
        self.item
    }
}

impl fmt::Debug for SealedItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedItem")
            .field("recipient", &self.recipient)
            .finish_non_exhaustive()
    }
}

impl PolicySpace {
    /// The inboxes of the members.
    ///
    /// ```no_run
    /// # async fn example(space: reeeductio_client::PolicySpace, ada: reeeductio_client::MemberId) -> Result<(), reeeductio_client::ClientError> {
    /// let inbox = space.inbox();
    /// let note = inbox.seal(ada, "text/plain", b"call me", None).await?;
    /// inbox.leave(&note).await?;
    ///
    /// let mut items = inbox.items();
    /// while let Some(page) = items.next_page().await? {
    ///     let taken: Vec<[u8; 16]> = page.iter().map(|item| item.item).collect();
    ///     inbox.acknowledge(&taken).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn inbox(&self) -> PolicyInbox {
        PolicyInbox(self.clone())
    }
}

impl PolicyInbox {
    /// Seals an item for a member that has published its encryption key: at most 63,476 bytes, content type and body together. The server removes it
    /// at `expires`, Unix milliseconds, and after 30 days at the latest.
    pub async fn seal(
        &self,
        recipient: MemberId,
        content_type: &str,
        body: &[u8],
        expires: Option<u64>,
    ) -> Result<SealedItem, ClientError> {
        let space = &self.0;
        if self.key_of(&recipient).is_none() {
            // It may have been admitted just now.
            space.follow_state().await?;
        }
        let key = self.key_of(&recipient).ok_or_else(|| {
            let problem = "is no member, or has published no encryption key yet";
            ClientError::argument("recipient", problem)
        })?;
        let (id, sender, item) = (space.id(), space.member(), random()?);
        let context = ItemContext {
            space: &id,
            recipient: &recipient,
            sender: &sender,
            item,
        };
        let content = ItemContent {
            content_type: content_type.to_owned(),
            body: body.to_vec().into(),
        };
        let sealed = key.seal_item(context, &content, &random()?)?;
        let expires = expires.unwrap_or(0);
        let signature = context.sign(expires, &sealed, space.identity());
        let post = InboxPost {
            item: encoding::encode(&item),
            sealed: encoding::encode(&sealed),
            expires,
            signature: signature.to_string(),
        };
        Ok(SealedItem {
            recipient,
            item,
            post,
        })
    }

    /// The encryption key of somebody who is a member.
    fn key_of(&self, recipient: &MemberId) -> Option<EncryptionKey> {
        self.0.with_view(|view| {
            let key = view.encryption_key(recipient);
            let key = key.filter(|_| view.knows(recipient) || view.space().is_owned_by(recipient));
            key.and_then(EncryptionKey::published)
        })
    }

    /// Leaves an item in the inbox of its recipient. Once, however often this is called with it within a day. Returns when the server received it first, Unix
    /// milliseconds by its word.
    pub async fn leave(&self, item: &SealedItem) -> Result<i64, ClientError> {
        let base = self.0.base();
        let path = format!("inbox/{}", item.recipient);
        let mut persistence = Persistence::new(base.jitter());
        loop {
            let posted = base
                .connection()
                .submit(Method::Post, &path, &item.post)
                .await;
            let error: ClientError = match posted {
                Ok(InboxPosted { received_at, .. }) => return Ok(received_at),
                Err(error) => error,
            };
            if !persistence.is_worth_it(&error).await {
                return Err(error);
            }
        }
    }

    /// The items in this member's own inbox. A restored server may show items again that were acknowledged: a program that must take each once remembers the
    /// ids of those that it took.
    pub fn items(&self) -> InboxItems {
        InboxItems {
            space: self.0.clone(),
            after: None,
            ended: false,
        }
    }

    /// Has the server remove items of this member's own inbox for good. Those that are not there are passed over.
    pub async fn acknowledge(&self, items: &[[u8; 16]]) -> Result<(), ClientError> {
        for some in items.chunks(ACKNOWLEDGED) {
            let items = some.iter().map(|item| encoding::encode(item)).collect();
            self.0.acknowledge(&InboxAcknowledgement { items }).await?;
        }
        Ok(())
    }
}

impl InboxItems {
    /// The next items; `None` at the end.
    pub async fn next_page(&mut self) -> Result<Option<Vec<InboxItem>>, ClientError> {
        if self.ended {
            return Ok(None);
        }
        let page: InboxPage = self.space.inbox_page(self.after, PAGE).await?;
        let mut items = Vec::new();
        for body in page.items {
            let item = self.space.open_item(&body)?;
            if self.after.is_some_and(|after| item.received_at <= after) {
                return Err(ClientError::answer("received_at", "does not increase"));
            }
            self.after = Some(item.received_at);
            items.push(item);
        }
        self.ended = !page.has_more || items.is_empty();
        Ok((!items.is_empty()).then_some(items))
    }
}

impl PolicySpace {
    /// Verifies and opens an item that a stream told.
    pub(super) async fn told_item(&self, body: &InboxItemBody) -> Result<InboxItem, ClientError> {
        let item = self.open_item(body)?;
        if !matches!(
            item.content,
            Err(InboxError::Item(ItemError::Authentication))
        ) {
            return Ok(item);
        }
        // It may be sealed to a key that another device of this member has published just now.
        self.follow_state().await?;
        self.open_item(body)
    }

    /// Verifies and opens an item of the own inbox.
    fn open_item(&self, body: &InboxItemBody) -> Result<InboxItem, ClientError> {
        let item = encoding::decode_array(&body.item)
            .map_err(|error| ClientError::answer("item", error))?;
        let sender =
            MemberId::parse(&body.sender).map_err(|error| ClientError::answer("sender", error))?;
        let sealed =
            encoding::decode(&body.sealed).map_err(|error| ClientError::answer("sealed", error))?;
        let signature = Signature::parse(&body.signature)
            .map_err(|error| ClientError::answer("signature", error))?;
        let (space, recipient) = (self.id(), self.member());
        let context = ItemContext {
            space: &space,
            recipient: &recipient,
            sender: &sender,
            item,
        };
        let content = match context.verify(body.expires, &sealed, &signature) {
            Ok(()) => self.open_with_own_keys(context, &sealed),
            Err(error) => Err(error.into()),
        };
        Ok(InboxItem {
            item,
            sender,
            received_at: body.received_at,
            expires: body.expires,
            content,
        })
    }

    /// Tries the newest key first: an item does not say which it is sealed to, and may be older.
    fn open_with_own_keys(
        &self,
        context: ItemContext<'_>,
        sealed: &[u8],
    ) -> Result<ItemContent, InboxError> {
        let own = self.member();
        let newest = self.with_view(|view| view.encryption_key(&own).map(|key| key.generation));
        let newest = newest.unwrap_or_default();
        let mut last = InboxError::Item(ItemError::Authentication);
        for generation in (newest.saturating_sub(KEYS - 1)..=newest).rev() {
            let key = self.identity().decryption_key(generation);
            match key.open_item(context, sealed) {
                Ok(content) => return Ok(content),
                Err(error @ ItemError::Authentication) => last = error.into(),
                Err(error) => return Err(error.into()),
            }
        }
        Err(last)
    }
}
