//! A member's handle on a space with a policy (spec/protocol.md).
//!
//! Messages are sealed under the newest epoch and signed when they are sent, each installation writes a lane of its own, and
//! everything that is read is proven to be in the tree that the server signs. [`reeeductio_core::log`] decides what is believed; here
//! it is asked for, kept and handed out.

mod answer_items;
mod command;
mod create;
mod drafts;
mod error;
mod inbox;
mod item;
mod keep;
mod known;
mod lane;
mod links;
mod live;
mod log;
mod member_roles;
mod members;
mod new_epoch;
mod outbox;
mod pending;
mod posting;
mod reading;
mod redeem;
mod requests;
mod restored;
mod restoring;
mod roles;
mod roots;
mod sending;
mod settings;
mod state;
mod stream;
mod topic;
mod values;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use reeeductio_core::{Identity, Key};
use reeeductio_proto::{MemberId, SpaceId, TopicId};

pub use create::NewSpace;
pub(crate) use create::{EDITOR, role_with};
pub use error::{PolicyError, PolicyFailure};
pub use inbox::{InboxError, InboxItem, InboxItems, PolicyInbox, SealedItem};
pub use item::{TopicItem, TopicMessage, TopicPage};
pub use links::{LinkSummary, NewLink, PolicyLinks};
pub use live::TopicLive;
pub use log::PolicyLog;
pub use member_roles::MemberSummary;
pub(crate) use members::wrap;
pub use members::{NewMember, PolicyMembers};
pub use outbox::PolicyOutbox;
pub use posting::Posted;
pub use reading::TopicHistory;
pub use restored::{LostMessage, ServerRestored};
pub use roles::{PolicyRoles, RoleSummary};
pub use stream::{
    PolicyStream, RefusedSignal, Signal, SignalError, SignalSender, StreamEvent, StreamOptions,
    UnreadableSignal,
};
pub use topic::{NewMessage, PolicyTopic};
pub use values::{PolicyState, StateValue};

use crate::error::ClientError;
use crate::platform::now;
use crate::session::Session;
use crate::space::rounds::Rounds;
use crate::space::turns::Turns;
use crate::space::{Blobs, Space, SpaceBuilder};
use known::Known;

/// A member's handle on a space with a policy. Signs in when needed; clones share everything.
///
/// ```no_run
/// # async fn example() -> Result<(), reeeductio_client::ClientError> {
/// use reeeductio_client::{Identity, NewMessage, NewSpace, PolicySpace, Space, TopicId, random};
///
/// let owner = Identity::from_seed(&random()?);
/// let builder = Space::builder("https://example.org");
/// let space = PolicySpace::create(builder, owner, NewSpace::default()).await?;
/// let topic = space.topic(&TopicId::parse("general").expect("a topic"));
/// let posted = topic.post(&NewMessage::new("text/plain", b"hello".to_vec())).await?;
/// println!("event {} at {}", posted.number, posted.position.timestamp);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PolicySpace {
    shared: Arc<Shared>,
}

struct Shared {
    /// Network, sign-in, blobs, the stream and the local store. Its keys are of the member, and seal what is kept on this machine.
    base: Space,
    /// Locked for the time of a look only, never across an await.
    known: Mutex<Known>,
    /// Readings of the state, which all share that need one.
    state_rounds: Rounds,
    /// One message at a time in each lane.
    lane_turns: Turns<TopicId>,
    /// One command at a time: two of one member would only get into each other's way.
    command_turn: tokio::sync::Mutex<()>,
    /// One task goes over to the history of a restored server; the others wait for it.
    restore_turn: tokio::sync::Mutex<()>,
}

impl PolicySpace {
    /// Opens a space as `member`, whose key is `identity`, and reads its state.
    ///
    /// Without a [`store`](SpaceBuilder::store) each handle writes lanes of its own, and a member has at most 256 in a topic: a
    /// program that is started often needs one. A store that another member of the space has used is refused (`client.argument`). The program
    /// keeps `space` and the seed of `identity` itself; a store holds neither.
    ///
    /// With a store, and a server that was restored from a backup since, this fails once with `server.restored`: open the space again.
    pub async fn open(
        builder: SpaceBuilder,
        space: SpaceId,
        member: MemberId,
        identity: Identity,
    ) -> Result<Self, ClientError> {
        let opened = Self::at(builder, space, member, identity).await?;
        opened.follow_state().await?;
        if opened.with(|known| known.state.is_empty()) {
            return Err(requests::no_policy());
        }
        Ok(opened)
    }

    /// A handle on which nothing was asked yet.
    async fn at(
        builder: SpaceBuilder,
        space: SpaceId,
        member: MemberId,
        identity: Identity,
    ) -> Result<Self, ClientError> {
        // The owner has one name here.
        let member = if space.is_owned_by(&member) {
            MemberId::user(*member.public_key())
        } else {
            member
        };
        let own = Key::new(*identity.seed());
        let kept_state = builder.kept_state();
        let base = builder.open(space, member, identity, &own)?;
        let known = keep::load(&base, kept_state).await?;
        let shared = Shared {
            base,
            known: Mutex::new(known),
            state_rounds: Rounds::default(),
            lane_turns: Turns::default(),
            command_turn: tokio::sync::Mutex::default(),
            restore_turn: tokio::sync::Mutex::default(),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// The space's id.
    pub fn id(&self) -> SpaceId {
        self.base().id()
    }

    /// The member that acts.
    pub fn member(&self) -> MemberId {
        self.base().member()
    }

    pub(crate) fn is_owner(&self) -> bool {
        self.id().is_owned_by(&self.member())
    }

    /// The server's time, Unix milliseconds; this machine's as long as that is not known.
    pub(crate) fn server_time(&self) -> i64 {
        self.base().connection().server_time().unwrap_or_else(now)
    }

    /// The member's session at the server.
    pub fn session(&self) -> Session {
        self.base().session()
    }

    /// A topic.
    pub fn topic(&self, id: &TopicId) -> PolicyTopic {
        PolicyTopic {
            space: self.clone(),
            id: id.clone(),
        }
    }

    /// The members, and the epochs that begin when one goes.
    pub fn members(&self) -> PolicyMembers {
        PolicyMembers(self.clone())
    }

    /// The invite links.
    pub fn links(&self) -> PolicyLinks {
        PolicyLinks(self.clone())
    }

    /// The server's signed log, and what other members have seen of it.
    pub fn log(&self) -> PolicyLog {
        PolicyLog(self.clone())
    }

    /// The messages that wait to be sent. Needs a local store.
    pub fn outbox(&self) -> PolicyOutbox {
        PolicyOutbox(self.clone())
    }

    /// The blobs.
    pub fn blobs(&self) -> Blobs {
        self.base().blobs()
    }

    /// Reads the state to its end, so that later calls judge by it, and asks for the newest [checkpoint](PolicyLog::checkpoint).
    pub async fn refresh(&self) -> Result<(), ClientError> {
        self.follow_state().await?;
        self.log().checkpoint().await.map(drop)
    }

    pub(crate) fn base(&self) -> &Space {
        &self.shared.base
    }

    pub(crate) fn identity(&self) -> &Identity {
        self.base().connection().identity()
    }

    /// Looks at what is known, or changes it.
    fn with<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        // It is changed in steps that do not panic.
        let known = self.shared.known.lock();
        look(&mut known.unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for PolicySpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicySpace")
            .field("id", &self.id())
            .field("member", &self.member())
            .finish_non_exhaustive()
    }
}
