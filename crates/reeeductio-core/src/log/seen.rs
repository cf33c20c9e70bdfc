//! Comparison of the history that other members have seen with the one that this client was shown.

use std::collections::{HashMap, VecDeque};

use reeeductio_proto::tree::{Proof, empty_root};
use reeeductio_proto::{Lane, MessageId, TopicId};

use super::Log;
use super::checkpoints::SignedCheckpoint;
use super::consistency::{Agreement, ConsistencyQuestion};
use super::error::LogError;
use super::evidence::Evidence;
use super::message::LogMessage;
use super::record::LogRecord;
use crate::chain::StateChain;
use crate::sealed::Seen;

/// Lanes of which is remembered what their authors have seen.
const LANES: usize = 65_536;
/// Lanes that are looked at for one question.
const LOOK: usize = 256;

/// The checkpoint that the newest message of a lane names as seen by its author.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sighting {
    /// The topic.
    pub topic: TopicId,
    /// The lane.
    pub lane: Lane,
    /// The message that says so.
    pub message: MessageId,
    /// Number of its event.
    pub number: u64,
    /// The checkpoint that it names.
    pub seen: Seen,
    /// Whether that agrees with the own tree.
    pub verdict: SeenVerdict,
}

/// Whether what another member has seen agrees with the own tree.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SeenVerdict {
    /// Not known yet: the own tree is smaller, of another incarnation, or the server was not asked.
    Unproven,
    /// It does.
    Proven,
    /// It does not: the author or the server lies.
    Suspicious,
}

/// A checkpoint that members have seen, to be compared with the own tree.
#[derive(Clone, Debug)]
pub struct SeenQuestion {
    seen: Seen,
    newest: SignedCheckpoint,
    consistency: Option<ConsistencyQuestion>,
}

/// A member says that it has seen something else than this client was shown. Either the member or the server lies.
#[derive(Clone, Debug)]
pub struct Suspicion {
    /// The message that says so.
    pub sighting: Sighting,
    ours: Option<SignedCheckpoint>,
    /// The server's answer about it.
    proof: Proof,
}

/// Outcome of a suspicion, by the server's signature.
#[derive(Clone, Debug)]
pub enum Clarified {
    /// The server has signed both: evidence against it.
    Evidence(Box<Evidence>),
    /// The server signs what this client was shown, and not what the member has seen. With the note that the member keeps, this one
    /// is evidence; without it, the member made it up.
    Denied(Box<SignedCheckpoint>),
    /// The server signs what the member has seen, but no proof shows that it is not a part of the own tree. Ask again when the tree
    /// has grown.
    Signed(Box<SignedCheckpoint>),
}

/// The newest sighting of each lane.
#[derive(Clone, Debug, Default)]
pub(super) struct Sightings {
    lanes: HashMap<(TopicId, Lane), Held>,
    order: VecDeque<(TopicId, Lane)>,
    /// Lanes whose sighting is to be compared.
    open: VecDeque<(TopicId, Lane)>,
}

#[derive(Clone, Debug)]
struct Held {
    sighting: Sighting,
    is_open: bool,
}

impl Sightings {
    pub(super) fn set(&mut self, sighting: Sighting) {
        let key = (sighting.topic.clone(), sighting.lane);
        let is_open = sighting.verdict == SeenVerdict::Unproven;
        if let Some(known) = self.lanes.get_mut(&key) {
            if known.sighting.number <= sighting.number {
                known.sighting = sighting;
                if is_open && !known.is_open {
                    known.is_open = true;
                    self.open.push_back(key);
                }
            }
            return;
        }
        if self.order.len() == LANES
            && let Some(oldest) = self.order.pop_front()
        {
            self.lanes.remove(&oldest);
        }
        self.order.push_back(key.clone());
        if is_open {
            self.open.push_back(key.clone());
        }
        self.lanes.insert(key, Held { sighting, is_open });
        // Forgotten lanes are still among them.
        if self.open.len() > 2 * LANES {
            let lanes = &self.lanes;
            let is_open = |key: &&(TopicId, Lane)| lanes.get(*key).is_some_and(|held| held.is_open);
            self.open = self.order.iter().filter(is_open).cloned().collect();
        }
    }

    /// Returns a checkpoint that can be compared with a tree, of the next few lanes that wait for that.
    fn next(&mut self, incarnation: [u8; 8], size: u64) -> Option<Seen> {
        for _ in 0..self.open.len().min(LOOK) {
            let key = self.open.pop_front()?;
            let Some(held) = self.lanes.get_mut(&key) else {
                continue;
            };
            let seen = held.sighting.seen;
            held.is_open = held.sighting.verdict == SeenVerdict::Unproven;
            if held.is_open {
                // It stays until it is answered.
                self.open.push_back(key);
                if seen.incarnation == incarnation && seen.size <= size {
                    return Some(seen);
                }
            }
        }
        None
    }

    /// Forgets what messages say that a restored server has lost: event `size` and later ones.
    pub(super) fn cut(&mut self, size: u64) {
        self.lanes.retain(|_, held| held.sighting.number < size);
        let lanes = &self.lanes;
        self.order.retain(|key| lanes.contains_key(key));
        self.open.retain(|key| lanes.contains_key(key));
    }

    pub(super) fn len(&self) -> usize {
        self.lanes.len()
    }
}

impl Log {
    /// Takes note of what a message, once opened, says that its author has seen. Returns the record, or a suspicion: what it names is
    /// more than there was when the message was stored.
    pub fn note_seen(
        &mut self,
        message: &LogMessage,
        seen: Seen,
    ) -> Result<LogRecord, Box<Suspicion>> {
        let incarnation = self.checkpoint().map(|newest| newest.origin.incarnation());
        let is_impossible = incarnation == Some(seen.incarnation) && seen.size > message.number();
        let sighting = Sighting {
            topic: message.message().topic_id.clone(),
            lane: message.lane(),
            message: message.id(),
            number: message.number(),
            seen,
            verdict: if is_impossible {
                SeenVerdict::Suspicious
            } else {
                SeenVerdict::Unproven
            },
        };
        self.sightings.set(sighting.clone());
        if is_impossible {
            return Err(Box::new(Suspicion {
                sighting,
                ours: self.checkpoints.signed().cloned(),
                proof: Proof::default(),
            }));
        }
        Ok(LogRecord::Seen(Box::new(sighting)))
    }

    /// Returns what a lane's newest message says that its author has seen.
    pub fn sighting(&self, topic: &TopicId, lane: &Lane) -> Option<&Sighting> {
        let held = self.sightings.lanes.get(&(topic.clone(), *lane))?;
        Some(&held.sighting)
    }

    /// Begins to compare what members have seen with the own tree, one checkpoint at a time; `None` if none of the next few lanes that
    /// wait for it can be compared now.
    pub fn ask_seen(&mut self) -> Option<SeenQuestion> {
        let newest = self.checkpoints.signed()?.clone();
        let (size, root) = (newest.checkpoint().size, newest.checkpoint().root);
        let incarnation = newest.checkpoint().origin.incarnation();
        let seen = self.sightings.next(incarnation, size)?;
        Some(SeenQuestion {
            seen,
            newest,
            consistency: ConsistencyQuestion::new((seen.size, seen.root), (size, root)),
        })
    }

    /// Takes the server's answer. Returns the records of the lanes whose authors have seen what this client was shown, or a suspicion
    /// for each that has not.
    pub fn take_seen(
        &mut self,
        question: SeenQuestion,
        proof: &Proof,
    ) -> Result<Vec<LogRecord>, Vec<Suspicion>> {
        let SeenQuestion {
            seen,
            newest,
            consistency,
        } = question;
        let agrees = match consistency {
            Some(consistency) => consistency.read(proof) == Agreement::Agrees,
            None if seen.size == 0 => seen.root == empty_root(),
            None => seen.root == newest.checkpoint().root,
        };
        let lanes = self.sightings.lanes.values_mut();
        let same = lanes
            .map(|held| &mut held.sighting)
            .filter(|sighting| sighting.verdict == SeenVerdict::Unproven && sighting.seen == seen);
        let (mut records, mut suspicions) = (Vec::new(), Vec::new());
        for sighting in same {
            if agrees {
                sighting.verdict = SeenVerdict::Proven;
                records.push(LogRecord::Seen(Box::new(sighting.clone())));
            } else {
                sighting.verdict = SeenVerdict::Suspicious;
                suspicions.push(Suspicion {
                    sighting: sighting.clone(),
                    ours: Some(newest.clone()),
                    proof: proof.clone(),
                });
            }
        }
        if suspicions.is_empty() {
            Ok(records)
        } else {
            Err(suspicions)
        }
    }
}

impl SeenQuestion {
    /// The consistency proof to ask the server for; `None` if none is needed.
    pub fn consistency(&self) -> Option<&ConsistencyQuestion> {
        self.consistency.as_ref()
    }
}

impl Suspicion {
    /// The size of which the server is asked for its signed checkpoint.
    pub fn size(&self) -> u64 {
        self.sighting.seen.size
    }

    /// Takes the server's signed checkpoint of that size.
    pub fn clarify(&self, state: &StateChain, note: &str) -> Result<Clarified, LogError> {
        let server = state.view().settings().server.as_ref();
        let server = server.ok_or(LogError::NoKey("server"))?;
        let signed = SignedCheckpoint::verify(state.view().space(), server, note)?;
        let seen = &self.sighting.seen;
        let shown = signed.checkpoint();
        if (shown.size, shown.origin.incarnation()) != (seen.size, seen.incarnation) {
            return Err(LogError::Answer("the checkpoint is of another size"));
        }
        if shown.root != seen.root {
            return Ok(Clarified::Denied(Box::new(signed)));
        }
        let evidence = self
            .ours
            .as_ref()
            .and_then(|ours| ours.evidence(&signed, &self.proof));
        Ok(match evidence {
            Some(evidence) => Clarified::Evidence(Box::new(evidence)),
            None => Clarified::Signed(Box::new(signed)),
        })
    }
}
