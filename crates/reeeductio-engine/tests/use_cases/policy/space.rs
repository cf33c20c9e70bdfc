//! A space with a policy as its members know it: they seal, sign and begin epochs.

use reeeductio_backend::Messages as _;
use reeeductio_core::{
    Carried, Draft, Epoch, EpochRoots, Key, MessageContent, MessageHead, MessagePlace, NewEpoch,
    SEALED, StateEntry, seal_message, state_entry,
};
use reeeductio_engine::{Appended, Refusal};
use reeeductio_proto::api::PostMessage;
use reeeductio_proto::{
    Capability, ChainId, History, MemberId, MessageId, Operation, Pattern, Policy, Position,
    SealedHeader, Settings, Target, TopicId, View, encoding,
};

use crate::rig::{Member, Rig, space};

/// The lane of every message that names no other.
pub(crate) const LANE: [u8; 8] = *b"lane one";

pub(crate) struct PolicySpace {
    pub(crate) rig: Rig,
    pub(crate) owner: Member,
    /// The state as a client that read all of it judges it.
    pub(crate) view: View,
    pub(crate) head: Option<Position>,
    pub(crate) keys: EpochRoots,
    salts: u32,
}

/// A message to be sealed.
#[derive(Clone)]
pub(crate) struct Note<'a> {
    pub(crate) lane: [u8; 8],
    pub(crate) prev: Option<MessageId>,
    pub(crate) text: &'a str,
    pub(crate) target: Option<Target>,
    pub(crate) expires: Option<u64>,
}

impl<'a> Note<'a> {
    /// The first message of [`LANE`].
    pub(crate) fn first(text: &'a str) -> Self {
        Self {
            lane: LANE,
            prev: None,
            text,
            target: None,
            expires: None,
        }
    }

    pub(crate) fn after(text: &'a str, before: Appended) -> Self {
        Self {
            prev: Some(before.position.hash),
            ..Self::first(text)
        }
    }

    pub(crate) fn in_lane(self, lane: [u8; 8]) -> Self {
        Self { lane, ..self }
    }
}

pub(crate) fn topic() -> TopicId {
    TopicId::parse("general").unwrap()
}

impl PolicySpace {
    /// Makes the space by one command: its policy and settings, the owner's encryption key and the first epoch.
    pub(crate) async fn make(rig: Rig) -> Self {
        let owner = rig.owner().await;
        let mut made = Self {
            owner,
            rig,
            view: View::new(space()),
            head: None,
            keys: EpochRoots::default(),
            salts: 0,
        };
        let settings = Settings {
            mutable: true,
            ..Settings::default()
        };
        let entries = [
            state_entry::policy(&Policy::new(History::Static)).unwrap(),
            state_entry::settings(&settings).unwrap(),
            Self::key_of(&made.owner),
        ];
        let owner = made.owner.clone();
        made.command(&owner, &entries).await.unwrap();
        made.rotate(&owner).await.unwrap();
        made
    }

    /// A user that the owner has added with the right to everything in every topic, with its encryption key.
    pub(crate) async fn user(&mut self, seed: u8) -> Member {
        let owner = self.owner.clone();
        let id = crate::rig::keys(seed).user_id();
        let definition = state_entry::user(id, None).unwrap();
        self.command(&owner, &[definition]).await.unwrap();
        let user = self.rig.sign_in(id, seed).await.unwrap();
        for op in [Operation::Create, Operation::Read] {
            let right = Capability {
                op,
                path: Pattern::parse("topics/{any}").unwrap(),
                must_be_owner: false,
                expires_at: None,
            };
            let name = format!("cap_{}", op.as_str());
            let entry = state_entry::right_of_member(id, &name, &right).unwrap();
            self.command(&owner, &[entry]).await.unwrap();
        }
        let key = Self::key_of(&user);
        self.command(&user, &[key]).await.unwrap();
        user
    }

    pub(crate) fn key_of(member: &Member) -> StateEntry {
        let key = member.keys.decryption_key(0).encryption_key().unwrap();
        let signature = member.keys.sign_encryption_key(&space(), &member.id, &key);
        state_entry::encryption_key(member.id, &key.to_published(), &signature).unwrap()
    }

    /// Signs entries, each after the one before.
    pub(crate) fn sign(&self, member: &Member, entries: &[StateEntry]) -> Vec<PostMessage> {
        let mut prev_hash = self.head.map(|head| head.hash);
        let sign = |entry: &StateEntry| {
            let draft = Draft {
                space: &space(),
                topic: &TopicId::state(),
                kind: entry.path.as_str(),
                prev_hash,
                data: entry.value.as_bytes(),
            };
            let (id, body) = draft.sign(&member.id, &member.keys);
            prev_hash = Some(id);
            body
        };
        entries.iter().map(sign).collect()
    }

    /// Writes entries by one command.
    pub(crate) async fn command(
        &mut self,
        member: &Member,
        entries: &[StateEntry],
    ) -> Result<Vec<Appended>, Refusal> {
        let posts = self.sign(member, entries);
        let stored = self.rig.engine.command(&member.caller, posts).await?;
        self.read_state().await;
        Ok(stored)
    }

    /// Takes in what is new in the state.
    pub(crate) async fn read_state(&mut self) {
        let engine = &self.rig.engine;
        let request = reeeductio_engine::PageRequest {
            from: self.head.map(|head| head.timestamp + 1),
            to: None,
            limit: 1000,
            verified: None,
        };
        let page = engine
            .entries(&self.owner.caller, &TopicId::state(), request)
            .await
            .unwrap();
        for entry in page.entries.items {
            let applied = self.view.apply(&entry.message);
            assert!(
                !matches!(applied, reeeductio_proto::Applied::Ignored(_)),
                "{applied:?}"
            );
            self.head = Some(Position::from(&entry.message));
        }
    }

    /// The entries of a new epoch, and its keys. Its shards are stored.
    pub(crate) async fn begin(&mut self, member: &Member) -> (StateEntry, Epoch) {
        let root = Key::new([u8::try_from(self.salts).unwrap(); 32]);
        self.salts += 1;
        let newest = self.view.newest_epoch().map(|epoch| epoch.entry.number);
        let previous = newest.and_then(|number| self.keys.get(number));
        let at = self.head.map_or(0, |head| head.timestamp);
        let new = NewEpoch::begin(
            &self.view,
            member.id,
            at,
            Carried::Root(previous),
            root,
            || [9; 32],
        )
        .unwrap();
        for (id, bytes) in &new.shards {
            self.rig.store_blob(member, id, bytes).await;
        }
        (state_entry::epoch(&new.entry).unwrap(), new.epoch)
    }

    pub(crate) async fn rotate(&mut self, member: &Member) -> Result<(), Refusal> {
        let (entry, epoch) = self.begin(member).await;
        self.command(member, &[entry]).await?;
        self.keys.keep(&self.view, epoch).unwrap();
        Ok(())
    }

    /// Seals and signs a message under the newest epoch that the test knows.
    pub(crate) fn seal(&mut self, member: &Member, note: &Note<'_>) -> PostMessage {
        let newest = self.keys.iter().last().unwrap().clone();
        self.seal_under(&newest, member, note)
    }

    pub(crate) fn seal_under(
        &mut self,
        epoch: &Epoch,
        member: &Member,
        note: &Note<'_>,
    ) -> PostMessage {
        let authority = self
            .view
            .newest_authority()
            .map(|position| *position.hash.hash());
        self.seal_with(epoch, member, note, authority.unwrap_or_default())
    }

    pub(crate) fn seal_with(
        &mut self,
        epoch: &Epoch,
        member: &Member,
        note: &Note<'_>,
        authority: [u8; 32],
    ) -> PostMessage {
        self.salts += 1;
        let deletes = note
            .target
            .is_some_and(|target| target.change == reeeductio_proto::TargetChange::Delete);
        let content = MessageContent {
            seen: None,
            content_type: if deletes { "" } else { "text" }.to_owned(),
            client_id: u128::from(self.salts).to_be_bytes(),
            body: note.text.as_bytes().to_vec().into(),
        };
        let head = MessageHead {
            lane: note.lane,
            authority,
            salt: u128::from(self.salts).to_be_bytes(),
            expires: note.expires,
            target: note.target,
        };
        let (space, topic) = (space(), topic());
        let place = MessagePlace {
            space: &space,
            topic: &topic,
            kind: SEALED,
            sender: &member.id,
        };
        let (header, payload) = seal_message(&epoch.topic(&topic), place, head, &content).unwrap();
        Self::sign_sealed(member, note.prev, &header, &payload)
    }

    pub(crate) fn sign_sealed(
        member: &Member,
        prev_hash: Option<MessageId>,
        header: &SealedHeader,
        payload: &[u8],
    ) -> PostMessage {
        let draft = Draft {
            space: &space(),
            topic: &topic(),
            kind: SEALED,
            prev_hash,
            data: &header.to_bytes(),
        };
        let (_, body) = draft.sign(&member.id, &member.keys);
        PostMessage {
            payload: Some(encoding::encode(payload)),
            ..body
        }
    }

    pub(crate) async fn post(
        &mut self,
        member: &Member,
        note: &Note<'_>,
    ) -> Result<Appended, Refusal> {
        let body = self.seal(member, note);
        self.send(member, body).await
    }

    pub(crate) async fn send(
        &self,
        member: &Member,
        body: PostMessage,
    ) -> Result<Appended, Refusal> {
        self.rig.engine.append(&member.caller, &topic(), body).await
    }

    /// Removes a member, without a new epoch.
    pub(crate) async fn remove(&mut self, member: MemberId) {
        let owner = self.owner.clone();
        let path = state_entry::member_path(member).unwrap();
        let removal = StateEntry {
            path,
            value: String::new(),
        };
        self.command(&owner, &[removal]).await.unwrap();
    }

    pub(crate) async fn state_head(&self) -> Option<Position> {
        let head = self.rig.records.head(space(), &ChainId::state()).await;
        head.unwrap()
    }
}
