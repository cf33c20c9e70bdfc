//! A client that reads, and asks whatever it must.

use reeeductio_proto::{SpaceId, TopicId};

use super::server::Server;
use crate::chain::StateChain;
use crate::log::*;

#[derive(Clone)]
pub(super) struct Reader {
    pub(super) log: Log,
    pub(super) state: StateChain,
    pub(super) records: Vec<LogRecord>,
    pub(super) withheld: Vec<Withheld>,
    pub(super) limit: usize,
    /// The server's time is that of its newest event.
    pub(super) later: i64,
}

impl Reader {
    pub(super) fn new(space: SpaceId) -> Self {
        Self {
            log: Log::new(space),
            state: StateChain::new(space),
            records: Vec::new(),
            withheld: Vec::new(),
            limit: 100,
            later: 0,
        }
    }

    /// Asks for what a step needs until it is settled.
    pub(super) fn settle<T>(&mut self, server: &Server, mut step: Step<T>) -> Result<T, LogError> {
        loop {
            match step {
                Step::Done(value) => return Ok(value),
                Step::Ask(ask) => {
                    let proof = server.consistency(ask.question());
                    step = ask.answer(&mut self.log, &proof)?;
                }
            }
        }
    }

    pub(super) fn read_state(&mut self, server: &Server) -> Result<Vec<LogItem>, LogError> {
        let mut items = Vec::new();
        loop {
            let question = self.log.ask_state(&self.state, self.limit);
            let answer = server.answer(&question);
            let linked = question.clone().link(answer.clone())?;
            let step = match linked.prove(&mut self.log, &self.state) {
                // The key may be named further on: it is asked for by its path.
                Err(LogError::NoKey(_) | LogError::Checkpoint(_)) => {
                    let question = question.with_settings(server.settings());
                    question.link(answer)?.prove(&mut self.log, &self.state)?
                }
                step => step?,
            };
            let proven = self.settle(server, step)?;
            let judged = proven.extend(&mut self.log, &mut self.state)?;
            let has_more = judged.has_more;
            items.extend(self.keep(judged).items);
            if !has_more {
                return Ok(items);
            }
        }
    }

    pub(super) fn keep(&mut self, judged: Judged) -> Judged {
        self.records.extend(judged.records.iter().cloned());
        self.withheld.extend(self.log.remember(&judged));
        judged
    }

    /// Takes an answer through its steps.
    pub(super) fn take(
        &mut self,
        server: &Server,
        question: LogQuestion,
        answer: LogAnswer,
    ) -> Result<Judged, LogError> {
        let step = question.link(answer)?.prove(&mut self.log, &self.state)?;
        let proven = self.settle(server, step)?;
        if proven.needs_state(&self.log, &self.state) {
            self.read_state(server)?;
        }
        let judged = proven.judge(&self.log, &self.state, server.now + self.later)?;
        Ok(self.keep(judged))
    }

    pub(super) fn ask(
        &mut self,
        server: &Server,
        question: LogQuestion,
    ) -> Result<Judged, LogError> {
        let answer = server.answer(&question);
        self.take(server, question, answer)
    }

    /// Follows a topic to its end.
    pub(super) fn follow(
        &mut self,
        server: &Server,
        topic: &TopicId,
    ) -> Result<Vec<LogItem>, LogError> {
        if self.state.is_empty() {
            self.read_state(server)?;
        }
        let mut items = Vec::new();
        loop {
            let question = self.log.ask_after(topic, self.limit);
            let judged = self.ask(server, question)?;
            items.extend(judged.items);
            if !judged.has_more {
                return Ok(items);
            }
        }
    }

    /// Reads a topic from its newest message back to its first one; oldest first.
    pub(super) fn history(
        &mut self,
        server: &Server,
        topic: &TopicId,
    ) -> Result<Vec<LogItem>, LogError> {
        if self.state.is_empty() {
            self.read_state(server)?;
        }
        let mut items = Vec::new();
        let mut question = self.log.ask_newest(topic, self.limit);
        loop {
            let judged = self.ask(server, question)?;
            items.extend(judged.items);
            let cursor = judged
                .cursor
                .and_then(|cursor| self.log.ask_before(topic, cursor, self.limit));
            match cursor {
                Some(before) => question = before,
                None => break,
            }
        }
        items.reverse();
        Ok(items)
    }

    /// The same client after it was started again, with what it kept.
    pub(super) fn restarted(&self) -> Self {
        let mut log = Log::new(self.state.view().space());
        for record in &self.records {
            log.apply(record);
        }
        let space = self.state.view().space();
        let state = StateChain::from_snapshot(space, &self.state.snapshot()).unwrap();
        if let Some(in_force) = self.log.in_force() {
            let kept = InForce::from_bytes(space, &in_force.to_bytes());
            log.put_in_force(kept.unwrap(), &state);
        }
        Self {
            log,
            state,
            ..self.clone()
        }
    }
}
