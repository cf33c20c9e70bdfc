//! A server that lies in single answers.

use std::collections::BTreeMap;

use reeeductio_proto::api::PostMessage;
use serde_json::{Value, json};

use super::lies::PolicyLie;
use super::server::{Answer, Sent};
use crate::dice::Dice;

/// A server that lies to one device in single answers.
#[derive(Debug)]
pub(super) struct Liar {
    lie: PolicyLie,
    dice: Dice,
    /// Answers of a hundred that are lies.
    percent: usize,
    /// Lies that were told since the last look.
    told: usize,
    /// The first answer to each question.
    old: BTreeMap<String, Vec<u8>>,
}

impl Liar {
    pub(super) fn new(lie: PolicyLie, seed: u64, percent: usize) -> Self {
        Self {
            lie,
            dice: Dice::new(seed),
            percent,
            told: 0,
            old: BTreeMap::new(),
        }
    }

    /// Lies in every answer from now on.
    pub(super) fn always(&mut self) {
        self.percent = 100;
    }

    /// Lies since the last look.
    pub(super) fn told(&mut self) -> usize {
        std::mem::take(&mut self.told)
    }

    /// An answer in the server's place: it never hears of the request.
    pub(super) fn answer(&mut self, sent: &Sent, now: i64, size: u64) -> Option<Answer> {
        let is_post = sent.method == "POST" && sent.path.contains("/topics/");
        if self.lie != PolicyLie::Unstored || !is_post || !self.dice.chance(self.percent) {
            return None;
        }
        let post: PostMessage = serde_json::from_slice(&sent.body).unwrap();
        let body = json!({"message_hash": post.message_hash, "server_timestamp": now, "n": size});
        self.told += 1;
        Some(Answer {
            status: 201,
            content_type: Some("application/json".to_owned()),
            body: body.to_string().into_bytes(),
        })
    }

    pub(super) fn falsify(&mut self, sent: &Sent, answer: &mut Answer) {
        if sent.method != "GET" || answer.status != 200 {
            return;
        }
        if self.is_told(sent, answer) {
            self.told += 1;
        }
    }

    fn is_told(&mut self, sent: &Sent, answer: &mut Answer) -> bool {
        if sent.path.contains("/blobs/") {
            let lies = self.lie == PolicyLie::OtherWraps && self.dice.chance(self.percent);
            if lies && let Some(last) = answer.body.last_mut() {
                *last ^= 1;
            }
            return lies;
        }
        if self.lie == PolicyLie::OldAnswer {
            // The same question about messages, whatever proof is asked for with it.
            let question = sent.path.split("verified=").next().unwrap();
            let known = self.old.entry(question.to_owned());
            let known = known.or_insert_with(|| answer.body.clone());
            let lies = *known != answer.body && self.dice.chance(self.percent);
            if lies {
                answer.body.clone_from(known);
            }
            return lies;
        }
        if !self.dice.chance(self.percent) {
            return false;
        }
        let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else {
            return false;
        };
        let lies = if self.lie == PolicyLie::OtherConsistency && is_of_no_use(&sent.path) {
            false
        } else if sent.path.contains("/messages?") {
            self.lie.change_page(&mut body, &self.dice)
        } else if sent.path.contains("/messages/") {
            self.lie == PolicyLie::OtherConsistency
                && change_first(&mut body["proof"]["consistency"])
        } else if sent.path.contains("/proofs?") {
            self.lie == PolicyLie::OtherConsistency && change_first(&mut body["hashes"])
        } else if sent.path.ends_with("/checkpoint") {
            let lies = self.lie == PolicyLie::OtherCheckpoint;
            if lies {
                let note = body["checkpoint"].as_str().unwrap();
                let mut lines: Vec<&str> = note.split('\n').collect();
                lines[2] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=";
                body["checkpoint"] = lines.join("\n").into();
            }
            lies
        } else {
            false
        };
        if lies {
            answer.body = body.to_string().into_bytes();
        }
        lies
    }
}

/// Returns whether the consistency proof of an answer is one that a client leaves aside: it asks for another from a power of two.
fn is_of_no_use(path: &str) -> bool {
    let size = path.split("verified=").nth(1);
    let size = size.and_then(|size| size.parse::<u64>().ok());
    size.is_some_and(|size| size > 1 && size.is_power_of_two())
}

/// Changes the first hash of a proof, if it has one.
pub(super) fn change_first(hashes: &mut Value) -> bool {
    let first = hashes.as_array_mut().and_then(|hashes| hashes.first_mut());
    let Some(first) = first else {
        return false;
    };
    *first = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=".into();
    true
}
