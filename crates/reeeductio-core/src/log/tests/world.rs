//! A space with a policy: an owner, two members, a server.

use std::collections::HashMap;

use reeeductio_proto::{
    BlobId, Capability, EpochEntry, History, LogServer, MemberId, Message, MessageId, Operation,
    Pattern, Policy, Settings, Shard, SpaceId, Target, TargetChange, TopicId, encoding,
    roster_hash,
};
use zeroize::Zeroizing;

use super::server::{HOST, Server};
use crate::chain::{StateChain, check};
use crate::state_entry::{self, StateEntry};
use crate::{
    Draft, Epoch, Identity, Key, MessageContent, MessageHead, MessagePlace, SEALED, Seen,
    seal_message,
};

pub(super) struct World {
    pub(super) server: Server,
    pub(super) owner: Identity,
    pub(super) ada: Identity,
    pub(super) bob: Identity,
    pub(super) operator: Identity,
    pub(super) space: SpaceId,
    pub(super) topic: TopicId,
    pub(super) state: StateChain,
    pub(super) epochs: HashMap<u32, Epoch>,
    pub(super) settings: Settings,
    salt: u64,
}

/// One installation of a member.
#[derive(Clone)]
pub(super) struct Device {
    pub(super) identity: Identity,
    pub(super) lane: [u8; 8],
    pub(super) head: Option<MessageId>,
}

/// Fields of a message beside its body.
#[derive(Clone, Default)]
pub(super) struct Post {
    pub(super) body: &'static str,
    pub(super) target: Option<Target>,
    pub(super) expires: Option<u64>,
    pub(super) seen: Option<Seen>,
    pub(super) epoch: Option<u32>,
    pub(super) authority: Option<[u8; 32]>,
}

impl Device {
    pub(super) fn new(identity: &Identity, lane: u8) -> Self {
        Self {
            identity: identity.clone(),
            lane: [lane; 8],
            head: None,
        }
    }
}

impl World {
    pub(super) fn new() -> Self {
        let owner = Identity::from_seed(&[1; 32]);
        let space = owner.space_id();
        let server = Server::new(space);
        let operator = Identity::from_seed(&[91; 32]);
        let settings = Settings {
            mutable: true,
            server: Some(LogServer {
                host: HOST.to_owned(),
                log_key: server.key.public_key(),
            }),
            operator_key: Some(operator.public_key()),
            ..Settings::default()
        };
        let mut world = Self {
            server,
            ada: Identity::from_seed(&[2; 32]),
            bob: Identity::from_seed(&[3; 32]),
            operator,
            space,
            topic: TopicId::parse("general").unwrap(),
            state: StateChain::new(space),
            epochs: HashMap::new(),
            settings: settings.clone(),
            owner,
            salt: 0,
        };
        world.own(&state_entry::policy(&Policy::new(History::Rotate)).unwrap());
        world.own(&state_entry::settings(&settings).unwrap());
        for member in [world.ada.clone(), world.bob.clone()] {
            world.admit(&member);
        }
        world.rotate();
        world
    }

    pub(super) fn admit(&mut self, member: &Identity) {
        self.own(&state_entry::user(member.user_id(), None).unwrap());
        self.give(member, Operation::Create, "topics/{any}");
    }

    pub(super) fn give(&mut self, member: &Identity, op: Operation, path: &str) {
        let right = Capability {
            op,
            path: Pattern::parse(path).unwrap(),
            must_be_owner: false,
            expires_at: None,
        };
        let entry = state_entry::right_of_member(member.user_id(), op.as_str(), &right).unwrap();
        self.own(&entry);
    }

    /// A message of the owner for the state, behind its head, not sent.
    pub(super) fn state_message(&self, path: &str, value: &[u8]) -> Message {
        let draft = Draft {
            space: &self.space,
            topic: &TopicId::state(),
            kind: path,
            prev_hash: self.state.head().map(|head| head.hash),
            data: value,
        };
        draft.message(&self.owner.user_id(), &self.owner, 0)
    }

    pub(super) fn write(&mut self, path: &str, value: &[u8]) -> MessageId {
        let message = self.state_message(path, value);
        let id = message.message_hash;
        let n = self.server.append(message, None);
        self.take(n);
        assert_eq!(self.state.refusal(&id), None);
        id
    }

    /// Members read a message of the state that the server has appended.
    pub(super) fn take(&mut self, n: u64) {
        let n = usize::try_from(n).unwrap();
        let message = self.server.events[n].message.clone();
        self.state
            .extend(check(&self.space, vec![message]))
            .unwrap();
    }

    pub(super) fn own(&mut self, entry: &StateEntry) -> MessageId {
        self.write(entry.path.as_str(), entry.value.as_bytes())
    }

    pub(super) fn set(&mut self, change: impl FnOnce(&mut Settings)) -> MessageId {
        change(&mut self.settings);
        self.own(&state_entry::settings(&self.settings.clone()).unwrap())
    }

    pub(super) fn remove(&mut self, member: &Identity) -> MessageId {
        let path = state_entry::member_path(member.user_id()).unwrap();
        self.write(path.as_str(), b"")
    }

    /// Begins the next epoch.
    pub(super) fn rotate(&mut self) -> u32 {
        let newest = self.state.view().newest_epoch();
        let number = newest.map_or(0, |newest| newest.entry.number + 1);
        let root = Key::new([u8::try_from(number).unwrap() + 10; 32]);
        let epoch = Epoch::new(self.space, number, root);
        let at = self.state.head().unwrap().timestamp;
        let roster = self.state.view().roster(at);
        let entry = EpochEntry {
            number,
            commitment: *epoch.commitment(),
            previous: None,
            issuer: self.owner.user_id(),
            at,
            roster_hash: roster_hash(&self.space, number, &roster),
            shards: vec![Shard {
                blob: BlobId::of(b"shard"),
                first: self.owner.user_id(),
            }],
        };
        self.own(&state_entry::epoch(&entry).unwrap());
        self.epochs.insert(number, epoch);
        number
    }

    /// A sealed message behind the device's head, not sent.
    pub(super) fn sealed(&mut self, device: &Device, post: &Post) -> (Message, Vec<u8>) {
        self.salt += 1;
        let mut salt = [0; 16];
        salt[..8].copy_from_slice(&self.salt.to_be_bytes());
        let sender: MemberId = device.identity.user_id();
        let newest = u32::try_from(self.epochs.len()).unwrap() - 1;
        let epoch = &self.epochs[&post.epoch.unwrap_or(newest)];
        let authority = self.state.view().newest_authority();
        let place = MessagePlace {
            space: &self.space,
            topic: &self.topic,
            kind: SEALED,
            sender: &sender,
        };
        // Nobody seals without a lane: a test that wants it changes what was sealed.
        let lane = match device.lane {
            [0, 0, 0, 0, 0, 0, 0, 0] => [1; 8],
            lane => lane,
        };
        let head = MessageHead {
            lane,
            authority: post
                .authority
                .unwrap_or_else(|| *authority.unwrap().hash.hash()),
            salt,
            expires: post.expires,
            target: post.target,
        };
        let is_delete = post
            .target
            .is_some_and(|target| target.change == TargetChange::Delete);
        let content = MessageContent {
            seen: post.seen,
            content_type: if is_delete { "" } else { "text" }.to_owned(),
            client_id: salt,
            body: Zeroizing::new(post.body.as_bytes().to_vec()),
        };
        let (mut header, payload) =
            seal_message(&epoch.topic(place.topic), place, head, &content).unwrap();
        header.lane = device.lane;
        let draft = Draft {
            space: &self.space,
            topic: &self.topic,
            kind: SEALED,
            prev_hash: device.head,
            data: &header.to_bytes(),
        };
        (draft.message(&sender, &device.identity, 0), payload)
    }

    pub(super) fn send(&mut self, device: &mut Device, post: &Post) -> MessageId {
        let (message, payload) = self.sealed(device, post);
        let id = message.message_hash;
        device.head = Some(id);
        self.server.append(message, Some(payload));
        id
    }

    pub(super) fn post(&mut self, device: &mut Device, body: &'static str) -> MessageId {
        let post = Post {
            body,
            ..Post::default()
        };
        self.send(device, &post)
    }

    pub(super) fn change(
        &mut self,
        device: &mut Device,
        change: TargetChange,
        target: MessageId,
        revision: u32,
    ) -> MessageId {
        let target = Target {
            change,
            message: *target.hash(),
            revision,
        };
        let body = match change {
            TargetChange::Edit => "edited",
            TargetChange::Delete => "",
        };
        let post = Post {
            body,
            target: Some(target),
            ..Post::default()
        };
        self.send(device, &post)
    }

    /// The server removes the payload of a message.
    pub(super) fn drop_payload(&mut self, id: MessageId) {
        let event = self
            .server
            .events
            .iter_mut()
            .find(|event| event.message.message_hash == id);
        event.unwrap().payload = None;
    }

    /// A message whose data somebody changed on its way to a reader.
    pub(super) fn forge(message: &mut Message) {
        let mut data = encoding::decode(&message.data).unwrap();
        let last = data.len() - 1;
        data[last] ^= 1;
        message.data = encoding::encode(&data);
    }
}
