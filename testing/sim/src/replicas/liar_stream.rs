//! A stream over which lies come.

use std::collections::VecDeque;
use std::sync::Arc;

use reeeductio_client::ClientError;
use reeeductio_client::source::{Answered, Pushed, Subscription};
use reeeductio_proto::Message;

use super::liar::Told;
use super::lies::{Lie, any_id};

/// A stream that passes on the frames of another one, and lies at times.
pub(super) struct LiarStream {
    honest: Box<dyn Subscription>,
    told: Arc<Told>,
    next: VecDeque<Pushed>,
}

impl LiarStream {
    pub(super) fn new(honest: Box<dyn Subscription>, told: Arc<Told>) -> Self {
        Self {
            honest,
            told,
            next: VecDeque::new(),
        }
    }

    async fn next_frame(&mut self) -> Result<Option<Pushed>, ClientError> {
        if let Some(next) = self.next.pop_front() {
            return Ok(Some(next));
        }
        match self.honest.next().await? {
            Some(Pushed::Message(message)) if self.told.ledger.strikes(&self.told.dice) => {
                Ok(Some(self.falsify(message)))
            }
            other => Ok(other),
        }
    }

    /// Returns a false message instead of the one that came, or before it.
    fn falsify(&mut self, mut message: Box<Message>) -> Pushed {
        let (told, dice) = (&self.told, &self.told.dice);
        if dice.chance(50) {
            Lie::any_field(dice).alter(&mut message, dice);
            told.tell(Lie::PushedAltered);
            return Pushed::Message(message);
        }
        let (topic, time) = (&message.topic_id, message.server_timestamp);
        let (lie, signer) = if dice.chance(33) {
            (Lie::RemovedWrites, &told.ledger.outcast)
        } else {
            (Lie::PushedAlien, &told.ledger.colluder)
        };
        told.tell(lie);
        let prev = if dice.chance(50) {
            message.prev_hash
        } else {
            Some(any_id(dice))
        };
        let alien = told.sign(signer, topic, prev, time);
        if lie == Lie::PushedAlien {
            told.truth.fork(&alien);
        } else {
            told.truth.outcast(&alien);
        }
        self.next.push_back(Pushed::Message(message));
        Pushed::Message(Box::new(alien))
    }
}

impl Subscription for LiarStream {
    fn next(&mut self) -> Answered<'_, Option<Pushed>> {
        Box::pin(self.next_frame())
    }

    fn close(&mut self) -> Answered<'_, ()> {
        self.honest.close()
    }
}
