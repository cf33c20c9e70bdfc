//! Requests about a space with a policy (spec/protocol.md).

use bytes::Bytes;
use reeeductio_core::chain::{Checked, check};
use reeeductio_core::log::{
    ConsistencyQuestion, Inclusion, LogAnswer, LogEntry, LogQuestion, Restore,
};
use reeeductio_proto::api::{
    CheckpointBody, CommandBody, CommandDone, EntryBody, EntryPage, InboxAcknowledgement,
    InboxPage, InclusionBody, LogBody, MessageBody, MessageCreated, MessagePage, PostMessage,
    ProofBody, ProvenEntry, RestoreBody, RestoreList, RevisedBody,
};
use reeeductio_proto::tree::{Proof, TreeHash};
use reeeductio_proto::{
    Checkpoint, LogServer, Message, MessageId, Origin, PublicKey, Signature, SpaceId, TopicId,
    encoding,
};
use serde::de::DeserializeOwned;

use super::PolicySpace;
use crate::answer::{accepted, read};
use crate::endpoint::json;
use crate::error::ClientError;
use crate::platform::compute;
use crate::transport::{Body, Method, Request, Url};

/// Number of messages from which on their signatures are checked beside the other tasks.
const MANY: usize = 16;
/// Most bytes of a page: it has about 4 MiB, and its base64 and JSON are larger.
const LONGEST: usize = 64 << 20;
/// Most bytes of any other answer: one message with its payload, a proof, a checkpoint.
const LONGEST_OF_ONE: usize = 1 << 20;
/// Most hashes of a proof.
const HASHES: usize = 128;

/// The newest change of a message, by a server's word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Revised {
    /// The changed message.
    pub(super) target: MessageId,
    /// The edit or delete.
    pub(super) by: MessageId,
}

/// The answer to a question about messages, signatures checked.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) answer: LogAnswer,
    pub(super) revised: Vec<Revised>,
}

impl PolicySpace {
    /// The server's name and key, by its word.
    pub(super) async fn log_server(&self) -> Result<LogServer, ClientError> {
        let url = format!("{}/log", self.base().base_url().trim_end_matches('/'));
        let request = Request::new(Method::Get, Url::new(url));
        let body: LogBody = read(self.base().transport().send(request).await?).await?;
        let log_key = array("log_key", &body.log_key)?;
        PublicKey::parse(&log_key).map_err(|error| ClientError::answer("log_key", error))?;
        Ok(LogServer {
            host: body.host,
            log_key,
        })
    }

    /// The messages that a question asks for.
    pub(super) async fn messages(&self, question: &LogQuestion) -> Result<Told, ClientError> {
        let mut path = format!(
            "topics/{}/messages?limit={}",
            question.topic(),
            question.limit()
        );
        if question.is_newest_first() {
            let from = question
                .before()
                .map_or(i64::MAX, |before| before.saturating_sub(1));
            path = format!("{path}&from={from}&to={}", i64::MIN);
        } else if let Some(after) = question.after() {
            path = format!("{path}&from={}", after.saturating_add(1));
        }
        if let Some(size) = question.verified() {
            path = format!("{path}&verified={size}");
        }
        let bytes = self.bytes(&path, LONGEST).await?;
        let page: EntryPage = match serde_json::from_slice(&bytes) {
            Ok(page) => page,
            // Not of a space with a policy.
            Err(_) if serde_json::from_slice::<MessagePage>(&bytes).is_ok() => {
                return Err(no_policy());
            }
            Err(error) => return Err(ClientError::Answer(error.to_string())),
        };
        drop(bytes);
        let previous = hash("previous", page.previous.as_deref())?;
        let inclusion = page.proof.map(inclusion).transpose()?;
        self.told(page.messages, page.has_more, previous, inclusion)
            .await
    }

    /// One message with its proof, and that the tree has grown from one of the size `verified`.
    pub(super) async fn message(
        &self,
        topic: &TopicId,
        id: &MessageId,
        verified: Option<u64>,
    ) -> Result<Told, ClientError> {
        let verified = verified.map_or_else(String::new, |size| format!("?verified={size}"));
        let path = format!("topics/{topic}/messages/{id}{verified}");
        let proven: ProvenEntry = self.get(&path).await?;
        let previous = hash("previous", proven.previous.as_deref())?;
        let inclusion = Some(inclusion(proven.proof)?);
        self.told(vec![proven.entry], false, previous, inclusion)
            .await
    }

    async fn told(
        &self,
        bodies: Vec<EntryBody>,
        has_more: bool,
        previous: Option<TreeHash>,
        inclusion: Option<Inclusion>,
    ) -> Result<Told, ClientError> {
        let space = self.id();
        let read = if bodies.len() < MANY {
            entries(space, bodies)
        } else {
            compute(move || entries(space, bodies)).await?
        };
        let (entries, revised) = read?;
        let answer = LogAnswer {
            entries,
            has_more,
            previous,
            inclusion,
        };
        Ok(Told { answer, revised })
    }

    /// The id of the message of a topic that the server received at a time, by its word.
    pub(super) async fn id_at(
        &self,
        topic: &TopicId,
        timestamp: i64,
    ) -> Result<Option<MessageId>, ClientError> {
        let path = format!("topics/{topic}/messages?limit=1&from={timestamp}&to={timestamp}");
        let page: EntryPage = self.get(&path).await?;
        let entry = page.messages.into_iter().next();
        let entry = entry.filter(|entry| entry.message.server_timestamp == timestamp);
        entry
            .map(|entry| id("message_hash", &entry.message.message_hash))
            .transpose()
    }

    /// The newest message at `space/settings`, by the server's word.
    pub(super) async fn newest_settings(&self) -> Result<Checked, ClientError> {
        let body: MessageBody = self.get("state/space/settings").await?;
        Ok(Checked::new(&self.id(), message_of(body)?))
    }

    pub(super) async fn consistency(
        &self,
        question: &ConsistencyQuestion,
    ) -> Result<Proof, ClientError> {
        let (from, size) = (question.from(), question.size());
        let body: ProofBody = self.get(&format!("proofs?from={from}&size={size}")).await?;
        proof(&body.hashes)
    }

    /// The server's newest checkpoint, a signed note.
    pub(super) async fn newest_note(&self) -> Result<String, ClientError> {
        let body: CheckpointBody = self.get("checkpoint").await?;
        Ok(body.checkpoint)
    }

    /// The restores of the server's history that its operator has signed, in their order. `host` is the server's name.
    pub(super) async fn restores(&self, host: &str) -> Result<Vec<Restore>, ClientError> {
        let body: RestoreList = self.get("restores").await?;
        let signed = body.restores.into_iter().filter_map(|body| {
            let signature = body.signature.clone()?;
            Some(restore(host, self.id(), &body, &signature))
        });
        signed.collect()
    }

    pub(super) async fn append(
        &self,
        topic: &TopicId,
        post: &PostMessage,
    ) -> Result<MessageCreated, ClientError> {
        let path = format!("topics/{topic}/messages");
        self.base()
            .connection()
            .submit(Method::Post, &path, post)
            .await
    }

    pub(super) async fn send_command(
        &self,
        command: &CommandBody,
    ) -> Result<CommandDone, ClientError> {
        self.base()
            .connection()
            .submit(Method::Post, "commands", command)
            .await
    }

    /// Items of the own inbox that the server received after a time.
    pub(super) async fn inbox_page(
        &self,
        after: Option<i64>,
        limit: usize,
    ) -> Result<InboxPage, ClientError> {
        let after = after.map_or_else(String::new, |after| format!("&after={after}"));
        let bytes = self
            .bytes(&format!("inbox?limit={limit}{after}"), LONGEST)
            .await?;
        serde_json::from_slice(&bytes).map_err(|error| ClientError::Answer(error.to_string()))
    }

    pub(super) async fn acknowledge(
        &self,
        items: &InboxAcknowledgement,
    ) -> Result<(), ClientError> {
        let connection = self.base().connection();
        accepted(connection.send(Method::Post, "inbox", json(items)?).await?)
            .await
            .map(drop)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        let bytes = self.bytes(path, LONGEST_OF_ONE).await?;
        serde_json::from_slice(&bytes).map_err(|error| ClientError::Answer(error.to_string()))
    }

    async fn bytes(&self, path: &str, longest: usize) -> Result<Bytes, ClientError> {
        let connection = self.base().connection();
        let response = connection.send(Method::Get, path, Body::Empty).await?;
        Ok(accepted(response).await?.collect(longest).await?)
    }
}

pub(super) fn no_policy() -> ClientError {
    ClientError::argument("space", "has no policy; open it with Space")
}

fn entries(
    space: SpaceId,
    bodies: Vec<EntryBody>,
) -> Result<(Vec<LogEntry>, Vec<Revised>), ClientError> {
    let (mut messages, mut beside, mut revised) = (Vec::new(), Vec::new(), Vec::new());
    for body in bodies {
        let message = message_of(body.message)?;
        if let Some(RevisedBody { by, .. }) = &body.revised {
            revised.push(Revised {
                target: message.message_hash,
                by: id("revised.by", by)?,
            });
        }
        let payload = body.payload.map(|payload| encoding::decode(&payload));
        let payload = payload
            .transpose()
            .map_err(|error| ClientError::answer("payload", error))?;
        let state = body.state.map(|state| id("state", &state)).transpose()?;
        messages.push(message);
        beside.push((payload, body.n, state));
    }
    let entries = check(&space, messages).into_iter().zip(beside);
    let entries = entries.map(|(message, (payload, number, state))| LogEntry {
        message,
        payload,
        number,
        state,
    });
    Ok((entries.collect(), revised))
}

fn message_of(body: MessageBody) -> Result<Message, ClientError> {
    Message::try_from(body).map_err(|error| ClientError::answer("message", error))
}

pub(super) fn id(field: &str, text: &str) -> Result<MessageId, ClientError> {
    MessageId::parse(text).map_err(|error| ClientError::answer(field, error))
}

fn restore(
    host: &str,
    space: SpaceId,
    body: &RestoreBody,
    signature: &str,
) -> Result<Restore, ClientError> {
    let wrong = |field, error: &dyn std::fmt::Display| ClientError::answer(field, error);
    let old = incarnation("old_incarnation", &body.old_incarnation)?;
    let origin = Origin::new(host, space, old)
        .ok_or_else(|| wrong("old_incarnation", &"is none of a server"))?;
    Ok(Restore {
        survived: Checkpoint {
            origin,
            size: body.size,
            root: array("root", &body.root)?,
        },
        incarnation: incarnation("incarnation", &body.incarnation)?,
        signature: Signature::parse(signature).map_err(|error| wrong("signature", &error))?,
    })
}

/// 16 hexadecimal digits.
fn incarnation(field: &str, text: &str) -> Result<[u8; 8], ClientError> {
    let number =
        u64::from_str_radix(text, 16).map_err(|error| ClientError::answer(field, error))?;
    Ok(number.to_be_bytes())
}

fn inclusion(body: InclusionBody) -> Result<Inclusion, ClientError> {
    Ok(Inclusion {
        checkpoint: body.checkpoint,
        proof: proof(&body.hashes)?,
        consistency: body.consistency.as_deref().map(proof).transpose()?,
    })
}

fn proof(hashes: &[String]) -> Result<Proof, ClientError> {
    if hashes.len() > HASHES {
        return Err(ClientError::answer("hashes", "are more than a proof has"));
    }
    let hashes = hashes.iter().map(|text| array("hashes", text));
    Ok(Proof(hashes.collect::<Result<_, _>>()?))
}

fn hash(field: &str, text: Option<&str>) -> Result<Option<TreeHash>, ClientError> {
    text.map(|text| array(field, text)).transpose()
}

fn array(field: &str, text: &str) -> Result<[u8; 32], ClientError> {
    encoding::decode_array(text).map_err(|error| ClientError::answer(field, error))
}
