//! A space with a policy and one epoch, as lean as the rest: its members share the keys that the bench makes.

use std::sync::LazyLock;

use anyhow::{Context as _, Result, ensure};
use reeeductio_client::{Identity, random};
use reeeductio_core::{Carried, Draft, Epoch, Key, NewEpoch, StateEntry, state_entry};
use reeeductio_proto::{
    Applied, Capability, History, MessageId, Operation, Policy, Position, TopicId, View,
};
use serde_json::{Value, json};

use crate::connection::Connection;
use crate::lane::Lane;
use crate::member::Member;
use crate::rig::Rig;

/// Role of all members but the owner.
const ROLE: &str = "editor";
/// Entries of a command, of which a member that is let in takes two.
const COMMAND: usize = 64;

/// A space with a policy.
pub(crate) struct SealedSpace {
    state: State,
    epoch: Epoch,
}

/// The topic `state`, which the owner alone writes.
struct State {
    owner: Member,
    head: Option<MessageId>,
    /// The newest message below `auth/`, which messages name.
    authority: Option<MessageId>,
}

impl SealedSpace {
    /// Makes a space with a policy, its owner's encryption key, the first epoch, and a role that reads and writes.
    pub(crate) async fn make(rig: &Rig) -> Result<Self> {
        let owner = rig.owner().await?;
        let connection = &mut rig.connect().await?;
        let mut view = View::new(owner.space);
        let key = owner.keys.decryption_key(0).encryption_key();
        let key = key.context("an encryption key")?;
        let signature = owner
            .keys
            .sign_encryption_key(&owner.space, &owner.id, &key);
        let entries = [
            state_entry::policy(&Policy::new(History::Static))?,
            state_entry::encryption_key(owner.id, &key.to_published(), &signature)?,
        ];
        let mut state = State {
            owner,
            head: None,
            authority: None,
        };
        let head = state.write(connection, &entries).await?;
        let (owner, mut prev) = (&state.owner, None);
        for entry in &entries {
            // The times of a command's messages are not told one by one; the roster looks at none here.
            let message = draft(owner, prev, entry).message(&owner.id, &owner.keys, head.timestamp);
            let applied = view.apply(&message);
            ensure!(applied == Applied::Changed, "an entry has no effect");
            prev = Some(message.message_hash);
        }
        let root = Key::new(random()?);
        let mut seeds = Ok([0; 32]);
        let new = NewEpoch::begin(
            &view,
            owner.id,
            head.timestamp,
            Carried::Root(None),
            root,
            || {
                seeds = random();
                seeds.clone().unwrap_or_default()
            },
        )?;
        seeds.context("randomness")?;
        for (id, bytes) in &new.shards {
            let request = owner.request(connection, "PUT", &format!("blobs/{id}"), bytes);
            connection.expect(&request, 201).await?;
        }
        let epoch = state_entry::epoch(&new.entry)?;
        state.write(connection, &[epoch]).await?;
        let mut role = vec![state_entry::role(ROLE, None)?];
        for (op, path) in [
            (Operation::Create, "topics/{any}"),
            (Operation::Read, "topics/{any}"),
            (Operation::Read, "state/{...}"),
        ] {
            let name = format!("{}_{}", op.as_str(), role.len());
            let right = Capability::new(op, path)?;
            role.push(state_entry::right_of_role(ROLE, &name, &right)?);
        }
        state.write(connection, &role).await?;
        Ok(Self {
            state,
            epoch: new.epoch,
        })
    }

    /// Lets in members that read and write in every topic, and signs them in.
    pub(crate) async fn admit(&mut self, rig: &Rig, count: usize) -> Result<Vec<Member>> {
        let connection = &mut rig.connect().await?;
        let mut keys = Vec::new();
        let mut entries = Vec::new();
        for _ in 0..count {
            let new = Identity::from_seed(&random()?);
            entries.push(state_entry::user(new.user_id(), None)?);
            entries.push(state_entry::role_grant(new.user_id(), ROLE, None)?);
            keys.push(new);
        }
        for entries in entries.chunks(COMMAND) {
            self.state.write(connection, entries).await?;
        }
        let mut members = Vec::new();
        for keys in keys {
            let (space, id) = (self.state.owner.space, keys.user_id());
            members.push(Member::sign_in(connection, keys, space, id).await?);
        }
        Ok(members)
    }

    /// A new lane of a member in a topic.
    pub(crate) fn lane(&self, member: &Member, topic: &str) -> Result<Lane> {
        let topic = TopicId::parse(topic)?;
        let epoch = self.epoch.topic(&topic);
        let authority = self.state.authority.context("a space with members")?;
        Lane::begin(member, topic, epoch, authority)
    }
}

impl State {
    /// Writes entries by one command; returns the place of the last.
    async fn write(
        &mut self,
        connection: &mut Connection,
        entries: &[StateEntry],
    ) -> Result<Position> {
        let owner = &self.owner;
        let (mut prev, mut authority) = (self.head, self.authority);
        let mut messages = Vec::new();
        for entry in entries {
            let (hash, body) = draft(owner, prev, entry).sign(&owner.id, &owner.keys);
            prev = Some(hash);
            if entry.path.as_str().starts_with("auth/") {
                authority = prev;
            }
            messages.push(body);
        }
        let body = serde_json::to_vec(&json!({"messages": messages}))?;
        let request = owner.request(connection, "POST", "commands", &body);
        connection.expect(&request, 201).await?;
        (self.head, self.authority) = (prev, authority);
        let answer: Value = serde_json::from_slice(connection.body())?;
        let last = answer.pointer(&format!("/messages/{}/server_timestamp", entries.len() - 1));
        Ok(Position {
            hash: prev.context("an empty command")?,
            timestamp: last.and_then(Value::as_i64).context("a time")?,
        })
    }
}

fn draft<'a>(owner: &'a Member, prev_hash: Option<MessageId>, entry: &'a StateEntry) -> Draft<'a> {
    static STATE: LazyLock<TopicId> = LazyLock::new(TopicId::state);
    Draft {
        space: &owner.space,
        topic: &STATE,
        kind: entry.path.as_str(),
        prev_hash,
        data: entry.value.as_bytes(),
    }
}
