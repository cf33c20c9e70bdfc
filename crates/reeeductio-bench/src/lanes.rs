//! Writers on one topic of a space with a policy, each in a lane of its own, so nobody waits for anybody. Everything is
//! sealed and signed before the clock starts.

use anyhow::{Context as _, Result};
use reeeductio_client::random;
use reeeductio_core::{
    Draft, Epoch, Key, MessageContent, MessageHead, MessagePlace, NewEpoch, SEALED, StateEntry,
    TopicEpoch, seal_message, state_entry,
};
use reeeductio_proto::api::PostMessage;
use reeeductio_proto::{Applied, History, MessageId, Policy, Position, TopicId, View, encoding};
use serde_json::{Value, json};

use crate::chain::{MESSAGE, Stock};
use crate::connection::Connection;
use crate::figure::Figure;
use crate::limits::Limit;
use crate::member::Member;
use crate::rig::{Rig, announce};

/// Messages that wait when a round begins, of all writers together.
const SEALED_AHEAD: usize = 24_000;

pub(crate) async fn run(rig: &mut Rig) -> Result<()> {
    let limits = [
        (Limit::Echo32, 1.0),
        (Limit::Commit, 1.0),
        (Limit::Verify, 1.0),
    ];
    for writers in [1, 50] {
        one(rig, writers, &limits).await?;
    }
    Ok(())
}

async fn one(rig: &mut Rig, writers: usize, limits: &[(Limit, f64)]) -> Result<()> {
    let name = format!("append sealed messages, {writers} lanes in one topic");
    announce(&name);
    let owner = rig.owner().await?;
    let mut connection = rig.connect().await?;
    let epoch = make_space(&owner, &mut connection).await?;
    let topic = TopicId::parse("lanes")?;
    let mut writing: Vec<(Lane, Stock)> = Vec::new();
    for number in 0..writers {
        let lane = Lane {
            member: owner.clone(),
            epoch: epoch.topic(&topic),
            topic: topic.clone(),
            id: (number as u64 + 1).to_be_bytes(),
            prev: None,
        };
        writing.push((lane, Stock::default()));
    }
    let run = rig
        .measure_rounds(async || {
            let mut workers = Vec::new();
            for (lane, stock) in &mut writing {
                let connection = rig.connect().await?;
                while stock.len() < SEALED_AHEAD / writers {
                    stock.push(lane.seal(&connection)?);
                }
                workers.push(stock.poster(connection));
            }
            Ok(workers)
        })
        .await?;
    let figure = Figure::rate(format!("lanes.{writers}"), name, "messages/s", 1.0, &run);
    rig.add(figure, limits).await
}

/// A lane of a topic.
struct Lane {
    member: Member,
    topic: TopicId,
    epoch: TopicEpoch,
    id: [u8; 8],
    prev: Option<MessageId>,
}

impl Lane {
    /// Seals and signs the next message.
    fn seal(&mut self, connection: &Connection) -> Result<(MessageId, Vec<u8>)> {
        let content = MessageContent {
            seen: None,
            content_type: "bench".to_owned(),
            client_id: random()?,
            body: MESSAGE.to_vec().into(),
        };
        let head = MessageHead {
            lane: self.id,
            authority: [0; 32],
            salt: random()?,
            expires: None,
            target: None,
        };
        let member = &self.member;
        let place = MessagePlace {
            space: &member.space,
            topic: &self.topic,
            kind: SEALED,
            sender: &member.id,
        };
        let (header, payload) = seal_message(&self.epoch, place, head, &content)?;
        let data = header.to_bytes();
        let draft = Draft {
            space: &member.space,
            topic: &self.topic,
            kind: SEALED,
            prev_hash: self.prev,
            data: &data,
        };
        let (hash, body) = draft.sign(&member.id, &member.keys);
        self.prev = Some(hash);
        let body = PostMessage {
            payload: Some(encoding::encode(&payload)),
            ..body
        };
        let path = format!("topics/{}/messages", self.topic);
        let body = serde_json::to_vec(&body)?;
        Ok((hash, member.request(connection, "POST", &path, &body)))
    }
}

/// Gives an empty space a policy, its owner's encryption key, and the first epoch.
async fn make_space(owner: &Member, connection: &mut Connection) -> Result<Epoch> {
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
    let head = command(owner, connection, None, &entries).await?;
    let mut prev = None;
    for entry in &entries {
        // The times of a command's messages are not told one by one; the roster looks at none here.
        let message = draft(owner, prev, entry).message(&owner.id, &owner.keys, head.timestamp);
        anyhow::ensure!(
            view.apply(&message) == Applied::Changed,
            "an entry has no effect"
        );
        prev = Some(message.message_hash);
    }
    let root = Key::new(random()?);
    let mut seeds = Ok([0; 32]);
    let new = NewEpoch::begin(&view, owner.id, head.timestamp, None, root, || {
        seeds = random();
        seeds.clone().unwrap_or_default()
    })?;
    seeds.context("randomness")?;
    for (id, bytes) in &new.shards {
        let request = owner.request(connection, "PUT", &format!("blobs/{id}"), bytes);
        connection.expect(&request, 201).await?;
    }
    let entry = state_entry::epoch(&new.entry)?;
    command(owner, connection, Some(head.hash), &[entry]).await?;
    Ok(new.epoch)
}

fn draft<'a>(owner: &'a Member, prev_hash: Option<MessageId>, entry: &'a StateEntry) -> Draft<'a> {
    static STATE: std::sync::LazyLock<TopicId> = std::sync::LazyLock::new(TopicId::state);
    Draft {
        space: &owner.space,
        topic: &STATE,
        kind: entry.path.as_str(),
        prev_hash,
        data: entry.value.as_bytes(),
    }
}

/// Writes entries of the state by one command; returns the place of the last.
async fn command(
    owner: &Member,
    connection: &mut Connection,
    mut prev: Option<MessageId>,
    entries: &[StateEntry],
) -> Result<Position> {
    let mut messages = Vec::new();
    for entry in entries {
        let (hash, body) = draft(owner, prev, entry).sign(&owner.id, &owner.keys);
        prev = Some(hash);
        messages.push(body);
    }
    let body = serde_json::to_vec(&json!({"messages": messages}))?;
    let request = owner.request(connection, "POST", "commands", &body);
    connection.expect(&request, 201).await?;
    let answer: Value = serde_json::from_slice(connection.body())?;
    let last = answer.pointer(&format!("/messages/{}/server_timestamp", entries.len() - 1));
    Ok(Position {
        hash: prev.context("an empty command")?,
        timestamp: last.and_then(Value::as_i64).context("a time")?,
    })
}
