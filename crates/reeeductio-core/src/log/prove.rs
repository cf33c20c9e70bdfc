//! The proof of an answer: its newest message is in the tree, and the tree is the known one, grown.

use reeeductio_proto::tree::{Proof, TreeHash};
use reeeductio_proto::{Settings, SpaceId};

use super::Log;
use super::checkpoints::{Asked, Offered, SignedCheckpoint};
use super::consistency::ConsistencyQuestion;
use super::error::LogError;
use super::page::{LinkedLog, Page};
use crate::chain::StateChain;

/// An answer whose messages are in the tree, and link to what was known.
#[derive(Clone, Debug)]
#[must_use = "none of the messages is judged yet"]
pub struct ProvenLog {
    pub(super) page: Page,
    /// Events in the tree that the answer was proven with; 0 for an empty answer.
    pub(super) size: u64,
    /// The incarnation that it was proven in; `None` for an empty answer.
    pub(super) incarnation: Option<[u8; 8]>,
}

/// A value that a checkpoint proves, once the checkpoint is known to belong to the history of the space.
#[derive(Clone, Debug)]
#[must_use = "nothing is believed before the server has proven it"]
pub enum Step<T> {
    /// It does.
    Done(T),
    /// The server must answer a question first.
    Ask(Box<Unsettled<T>>),
}

/// A value that waits for a consistency proof.
#[derive(Clone, Debug)]
pub struct Unsettled<T> {
    value: T,
    offered: SignedCheckpoint,
    asked: Asked,
    question: ConsistencyQuestion,
}

impl LinkedLog {
    /// Returns whether the server that the settings name has not signed the proof. A later entry of the settings may name another key:
    /// the state is read to its end before the answer is refused.
    pub fn needs_settings(&self, state: &StateChain) -> bool {
        { self.inclusion.as_ref() }
            .is_some_and(|inclusion| verify(&self.page, state, &inclusion.checkpoint).is_err())
    }

    /// Checks that the newest message is in the tree, that the page links to what was known, and that the tree is the known one, grown.
    /// The first thing that is looked at is the incarnation: after a restore, nothing links.
    ///
    /// A checkpoint that is newer than the known one is kept from here on.
    pub fn prove(self, log: &mut Log, state: &StateChain) -> Result<Step<ProvenLog>, LogError> {
        let Self { page, inclusion } = self;
        let (Some(newest), Some(inclusion)) = (page.entries.last(), inclusion) else {
            return Ok(Step::Done(ProvenLog {
                page,
                size: 0,
                incarnation: None,
            }));
        };
        let offered = verify(&page, state, &inclusion.checkpoint)?;
        let (size, root) = (offered.checkpoint().size, offered.checkpoint().root);
        let included =
            inclusion
                .proof
                .verify_inclusion(&newest.leaf, newest.entry.number, size, &root);
        included.map_err(|_| LogError::Proof)?;
        log.checkpoints.check_incarnation(&offered)?;
        page.check_ends()?;
        let asked = page.question.asked;
        let proven = ProvenLog {
            page,
            size,
            incarnation: Some(offered.checkpoint().origin.incarnation()),
        };
        match (
            log.offer(proven, offered, asked, None)?,
            inclusion.consistency,
        ) {
            // It may be a proof of other sizes: the known tree may have grown meanwhile.
            (Step::Ask(unsettled), Some(proof))
                if (unsettled.question.from(), unsettled.question.size())
                    == (asked.size(), size) =>
            {
                unsettled.answer(log, &proof)
            }
            (step, _) => Ok(step),
        }
    }
}

/// Verifies a note by the settings: those of the state that was read, or, in a page of the state itself, at the page's end, or the
/// newest ones that the owner has signed.
fn verify(page: &Page, state: &StateChain, note: &str) -> Result<SignedCheckpoint, LogError> {
    let question = &page.question;
    if !question.topic.is_state() {
        return verify_by(question.space, state.view().settings(), note);
    }
    let messages = page.entries.iter().map(|entry| &entry.entry.message);
    let read = verify_by(
        question.space,
        &state.settings_after(messages.clone()),
        note,
    );
    match (&question.settings, read) {
        (Some(newest), Err(_)) => {
            let settings = state.settings_after(messages.chain([newest]));
            verify_by(question.space, &settings, note)
        }
        (_, read) => read,
    }
}

fn verify_by(
    space: SpaceId,
    settings: &Settings,
    note: &str,
) -> Result<SignedCheckpoint, LogError> {
    let server = settings.server.as_ref().ok_or(LogError::NoKey("server"))?;
    Ok(SignedCheckpoint::verify(space, server, note)?)
}

impl Log {
    pub(super) fn offer<T>(
        &mut self,
        value: T,
        offered: SignedCheckpoint,
        asked: Asked,
        proven: Option<&ConsistencyQuestion>,
    ) -> Result<Step<T>, LogError> {
        match self.checkpoints.offer(&offered, asked, proven)? {
            Offered::Settled => Ok(Step::Done(value)),
            Offered::Ask(question) => Ok(Step::Ask(Box::new(Unsettled {
                value,
                offered,
                asked,
                question,
            }))),
        }
    }
}

impl<T> Unsettled<T> {
    /// The consistency proof to ask the server for.
    pub fn question(&self) -> &ConsistencyQuestion {
        &self.question
    }

    /// Takes the server's answer. If the known tree has grown meanwhile, there may be another question.
    pub fn answer(self, log: &mut Log, proof: &Proof) -> Result<Step<T>, LogError> {
        let Self {
            value,
            offered,
            asked,
            question,
        } = self;
        log.checkpoints.prove(&offered, &question, proof)?;
        log.offer(value, offered, asked, Some(&question))
    }
}

impl<T> Step<T> {
    /// The value, if nothing must be asked for it.
    pub fn done(self) -> Option<T> {
        match self {
            Self::Done(value) => Some(value),
            Self::Ask(_) => None,
        }
    }
}

impl ProvenLog {
    /// Returns whether the state must be read to its end before the answer is judged: a message names one of its messages that is
    /// not known.
    pub fn needs_state(&self, log: &Log, state: &StateChain) -> bool {
        let named = self
            .page
            .entries
            .iter()
            .filter_map(|entry| entry.entry.state);
        let mut named = named.map(|id| state.place(&id));
        !self.page.question.topic.is_state()
            && named.any(|place| place.is_none_or(|place| place >= log.state.len()))
    }

    /// Returns whether the topic has more in this direction, as the server says.
    pub fn has_more(&self) -> bool {
        self.page.has_more
    }

    pub(super) fn previous(&self) -> TreeHash {
        self.page
            .entries
            .first()
            .map_or([0; 32], |oldest| oldest.previous)
    }
}
