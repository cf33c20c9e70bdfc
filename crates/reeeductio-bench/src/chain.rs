//! Messages of one writer on a topic of its own, which can therefore be signed long before they are sent.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use anyhow::{Context as _, Result};
use reeeductio_proto::{MessageId, TopicId};

use crate::connection::Connection;
use crate::member::Member;

/// Bytes in a message.
pub(crate) const MESSAGE: [u8; 256] = [7; 256];

/// Messages of one writer, each behind the last.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    member: Member,
    topic: TopicId,
    kind: String,
    prev: Option<MessageId>,
    length: usize,
}

/// A message's id, and the request that posts it.
pub(crate) type Signed = (MessageId, Vec<u8>);

/// Signed messages that wait to be sent, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stock(Rc<RefCell<VecDeque<Signed>>>);

impl Chain {
    /// Of an empty topic.
    pub(crate) fn new(member: &Member, topic: &str) -> Result<Self> {
        Ok(Self {
            member: member.clone(),
            topic: TopicId::parse(topic)?,
            kind: "bench".to_owned(),
            prev: None,
            length: 0,
        })
    }

    /// Of the state of a space, which nobody else writes meanwhile: `prev` is its head.
    pub(crate) fn of_state(member: &Member, prev: Option<MessageId>) -> Self {
        Self {
            member: member.clone(),
            topic: TopicId::state(),
            kind: String::new(),
            prev,
            length: 0,
        }
    }

    /// The same chain with messages of another type, which in the state is a path.
    pub(crate) fn set_kind(&mut self, kind: impl Into<String>) {
        self.kind = kind.into();
    }

    pub(crate) fn topic(&self) -> &TopicId {
        &self.topic
    }

    /// Messages signed so far.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Signs the next message.
    pub(crate) fn sign(&mut self, connection: &Connection, data: &[u8]) -> Result<Signed> {
        let Self {
            member,
            topic,
            kind,
            prev,
            length,
        } = self;
        let signed = member.post(connection, topic, kind, *prev, data)?;
        *prev = Some(signed.0);
        *length += 1;
        Ok(signed)
    }

    /// Signs until `count` messages wait.
    pub(crate) fn stock_up(
        &mut self,
        stock: &Stock,
        connection: &Connection,
        count: usize,
    ) -> Result<()> {
        let mut stock = stock.0.borrow_mut();
        while stock.len() < count {
            stock.push_back(self.sign(connection, &MESSAGE)?);
        }
        Ok(())
    }

    /// Posts one message.
    pub(crate) async fn post(&mut self, connection: &mut Connection, data: &[u8]) -> Result<()> {
        let (_, request) = self.sign(connection, data)?;
        connection
            .expect(&request, 201)
            .await
            .with_context(|| format!("cannot post to topic {}", self.topic))
    }

    /// Posts messages, without measuring.
    pub(crate) async fn fill(&mut self, connection: &mut Connection, count: usize) -> Result<()> {
        for _ in 0..count {
            self.post(connection, &MESSAGE).await?;
        }
        Ok(())
    }
}

impl Stock {
    pub(crate) fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Adds a message behind those that wait.
    pub(crate) fn push(&self, signed: Signed) {
        self.0.borrow_mut().push_back(signed);
    }

    /// The next message.
    pub(crate) fn take(&self) -> Option<Signed> {
        self.0.borrow_mut().pop_front()
    }

    /// Ids of the messages that wait.
    pub(crate) fn ids(&self) -> Vec<MessageId> {
        self.0.borrow().iter().map(|(id, _)| *id).collect()
    }

    /// A worker that posts what waits.
    pub(crate) fn poster(
        &self,
        mut connection: Connection,
    ) -> impl AsyncFnMut() -> Result<bool> + use<> {
        let stock = self.clone();
        async move || {
            let Some((_, request)) = stock.take() else {
                return Ok(false);
            };
            connection.expect(&request, 201).await?;
            Ok(true)
        }
    }
}
