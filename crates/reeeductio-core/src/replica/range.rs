//! Ranges of messages to read.

use reeeductio_proto::{TimeError, check_time};

use crate::chain::Order;

/// A time after every message, as the published clients write it.
const FAR_FUTURE: i64 = 9_999_999_999_999;

/// Range of messages to read. `from` and `to` are Unix milliseconds, both inclusive. With `from` after `to` the
/// newest come first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Range {
    /// The first time, `None` for the beginning.
    pub from: Option<i64>,
    /// The last time, `None` for the end.
    pub to: Option<i64>,
    /// Most messages to read, 1 to 1000.
    pub limit: usize,
}

impl Range {
    /// Makes the range of the first messages of a topic.
    pub fn first(limit: usize) -> Self {
        Self {
            from: None,
            to: None,
            limit,
        }
    }

    /// Makes the range of the last messages of a topic, newest first.
    pub fn last(limit: usize) -> Self {
        Self {
            from: Some(FAR_FUTURE),
            to: Some(0),
            limit,
        }
    }

    /// Makes the range of the messages at and after a time.
    pub fn since(from: i64, limit: usize) -> Self {
        Self {
            from: Some(from),
            to: None,
            limit,
        }
    }

    /// Makes the range of the messages of one time; servers of the first release gave several messages one.
    pub fn at(time: i64) -> Self {
        Self {
            from: Some(time),
            to: Some(time),
            limit: 1000,
        }
    }

    /// Refuses times that are plainly in seconds, with the name of the field.
    pub fn check_times(&self) -> Result<(), (&'static str, TimeError)> {
        check_time(self.from).map_err(|error| ("from", error))?;
        check_time(self.to).map_err(|error| ("to", error))
    }

    /// Returns the range after the messages of a time, in the same order; `None` if that is its end.
    pub fn past(self, time: i64) -> Option<Self> {
        let (from, ended) = match self.order() {
            Order::OldestFirst => (time.checked_add(1)?, self.to.is_some_and(|to| time >= to)),
            Order::NewestFirst => (time.checked_sub(1)?, self.to.is_some_and(|to| time <= to)),
        };
        let from = Some(from);
        (!ended).then_some(Self { from, ..self })
    }

    /// Returns the order in which the messages come.
    pub fn order(&self) -> Order {
        match (self.from, self.to) {
            (Some(from), Some(to)) if from > to => Order::NewestFirst,
            _ => Order::OldestFirst,
        }
    }

    /// Returns whether the newest messages come first.
    pub fn is_newest_first(&self) -> bool {
        self.order() == Order::NewestFirst
    }

    /// Returns the earliest time, Unix milliseconds; `None` for the beginning.
    pub fn lowest(&self) -> Option<i64> {
        match self.order() {
            Order::OldestFirst => self.from,
            Order::NewestFirst => self.to,
        }
    }

    /// Returns the latest time, Unix milliseconds; `None` for the end.
    pub fn highest(&self) -> Option<i64> {
        match self.order() {
            Order::OldestFirst => self.to,
            Order::NewestFirst => self.from,
        }
    }

    /// Returns whether a time, Unix milliseconds, is inside.
    pub fn contains(&self, time: i64) -> bool {
        self.lowest().is_none_or(|lowest| lowest <= time)
            && self.highest().is_none_or(|highest| time <= highest)
    }
}
