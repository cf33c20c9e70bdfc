//! Verifying answers about a tree: a server that answers anything else quickly is not to look good.

use anyhow::{Context as _, Result, ensure};
use reeeductio_proto::api::{CheckpointBody, EntryPage, LogBody, ProofBody};
use reeeductio_proto::tree::{Proof, TreeHash};
use reeeductio_proto::{Checkpoint, EventKind, EventLeaf, MessageId, SealedHeader, encoding};

use super::question::{Asked, Kind, Question, What, WrittenTopic};
use crate::connection::Connection;

/// Questions of each kind whose answers are verified.
const VERIFIED: usize = 16;

/// The key of the server's log, and the tree that it signed.
pub(super) struct Verifier {
    key: [u8; 32],
    newest: Checkpoint,
}

impl Verifier {
    /// Asks for the key and the newest checkpoint.
    pub(super) async fn new(connection: &mut Connection, topics: &[WrittenTopic]) -> Result<Self> {
        let request = connection.request("GET", "/log", "", b"");
        connection.expect(&request, 200).await?;
        let log: LogBody = serde_json::from_slice(connection.body())?;
        let key = encoding::decode_array(&log.log_key)?;
        let topic = topics.first().context("a topic")?;
        let what = What::Checkpoint;
        let newest = checkpoint(connection, &key, &Question { topic, what }).await?;
        Ok(Self { key, newest })
    }

    /// Leaves of the tree.
    pub(super) fn size(&self) -> u64 {
        self.newest.size
    }

    /// Verifies some answers of each kind.
    pub(super) async fn verify(&self, connection: &mut Connection, asked: &Asked) -> Result<()> {
        for _ in 0..VERIFIED {
            for kind in Kind::ALL {
                let question = asked.question(kind)?;
                match question.what {
                    // That of the verifier is one.
                    What::Checkpoint | What::Inclusion(_) => {}
                    What::EarlierCheckpoint(size) | What::Consistency(size) => {
                        self.verify_growth(connection, question.topic, size).await?;
                    }
                    What::Messages(..) => self.verify_page(connection, &question).await?,
                }
            }
        }
        Ok(())
    }

    /// Verifies the checkpoint of an earlier size, and that the tree has grown from it.
    async fn verify_growth(
        &self,
        connection: &mut Connection,
        topic: &WrittenTopic,
        size: u64,
    ) -> Result<()> {
        let what = What::EarlierCheckpoint(size);
        let earlier = checkpoint(connection, &self.key, &Question { topic, what }).await?;
        ensure!(earlier.size == size, "a checkpoint of another size");
        let what = What::Consistency(size);
        let proof = self.proof(connection, &Question { topic, what }).await?;
        let newest = (self.newest.size, &self.newest.root);
        proof.verify_consistency((size, &earlier.root), newest)?;
        Ok(())
    }

    /// Verifies a page by its proof, and the proof of its newest message that is asked for alone.
    async fn verify_page(
        &self,
        connection: &mut Connection,
        question: &Question<'_>,
    ) -> Result<()> {
        let request = question.request(connection, self.newest.size);
        connection.expect(&request, 200).await?;
        let page: EntryPage = serde_json::from_slice(connection.body())?;
        let What::Messages(_, limit) = question.what else {
            anyhow::bail!("no messages were asked for");
        };
        ensure!(page.messages.len() == limit, "a page that is not full");
        let (leaf, number) = newest_leaf(&page, question.topic)?;
        let inclusion = page.proof.context("a page without a proof")?;
        let root = Checkpoint::verify(&inclusion.checkpoint, &self.key)?;
        let proof = Proof(hashes(&inclusion.hashes)?);
        proof.verify_inclusion(&leaf, number, root.size, &root.root)?;
        let alone = Question {
            topic: question.topic,
            what: What::Inclusion(number),
        };
        let alone = self.proof(connection, &alone).await?;
        let Checkpoint { size, root, .. } = &self.newest;
        alone.verify_inclusion(&leaf, number, *size, root)?;
        Ok(())
    }

    async fn proof(&self, connection: &mut Connection, question: &Question<'_>) -> Result<Proof> {
        let request = question.request(connection, self.newest.size);
        connection.expect(&request, 200).await?;
        let body: ProofBody = serde_json::from_slice(connection.body())?;
        Ok(Proof(hashes(&body.hashes)?))
    }
}

async fn checkpoint(
    connection: &mut Connection,
    key: &[u8; 32],
    question: &Question<'_>,
) -> Result<Checkpoint> {
    // Of a checkpoint the path alone says the size.
    let request = question.request(connection, 0);
    connection.expect(&request, 200).await?;
    let body: CheckpointBody = serde_json::from_slice(connection.body())?;
    Ok(Checkpoint::verify(&body.checkpoint, key)?)
}

fn hashes(texts: &[String]) -> Result<Vec<TreeHash>> {
    let hashes = texts.iter().map(|text| Ok(encoding::decode_array(text)?));
    hashes.collect()
}

/// The leaf of a page's newest message with its number, by the leaves before it.
fn newest_leaf(page: &EntryPage, topic: &WrittenTopic) -> Result<(TreeHash, u64)> {
    let before = page.previous.as_deref().map(encoding::decode_array);
    let mut newest = (before.transpose()?.unwrap_or_default(), 0);
    for entry in &page.messages {
        let message = &entry.message;
        let header = SealedHeader::parse(&encoding::decode(&message.data)?)?;
        let state = entry.state.as_deref().map(MessageId::parse).transpose()?;
        let leaf = EventLeaf {
            space: &topic.member.space,
            number: entry.n,
            what: EventKind::Message,
            topic: &topic.name,
            lane: header.lane,
            hash: *MessageId::parse(&message.message_hash)?.hash(),
            timestamp: message.server_timestamp.cast_unsigned(),
            previous: newest.0,
            state: state.map_or([0; 32], |state| *state.hash()),
        };
        newest = (leaf.hash(), entry.n);
    }
    Ok(newest)
}
