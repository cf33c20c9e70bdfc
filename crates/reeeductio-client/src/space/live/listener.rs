//! A stream's place among the events of the connection that all share.

use std::pin::pin;
use std::sync::Arc;

use super::event::Event;
use super::hub::Hub;
use super::options::LiveOptions;
use crate::platform::spawn;

/// A stream's place among the events.
#[derive(Debug)]
pub(crate) struct Listener {
    hub: Arc<Hub>,
    options: LiveOptions,
    at: u64,
    with_data: bool,
}

impl Listener {
    /// A place before event number `at`, already counted among the listeners.
    pub(super) fn new(hub: &Arc<Hub>, options: &LiveOptions, at: u64, with_data: bool) -> Self {
        Self {
            hub: Arc::clone(hub),
            options: options.clone(),
            at,
            with_data,
        }
    }

    /// The next event. Cancelling loses nothing.
    pub(crate) async fn next(&mut self) -> Event {
        let hub = Arc::clone(&self.hub);
        loop {
            let mut changed = pin!(hub.changed.notified());
            changed.as_mut().enable();
            if let Some(event) = self.take() {
                return event;
            }
            changed.await;
        }
    }

    fn take(&mut self) -> Option<Event> {
        let mut events = self.hub.events();
        let first = events.next - events.kept.len() as u64;
        if self.at < first {
            self.at = first;
            return Some(Event::Missed);
        }
        let index = usize::try_from(self.at - first).ok()?;
        if let Some((_, event)) = events.kept.get(index) {
            self.at += 1;
            return Some(event.clone());
        }
        if !events.running {
            // The first stream, or the first after the task's runtime has ended.
            events.running = true;
            spawn(Arc::clone(&self.hub).run(self.options.clone()));
        }
        None
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut events = self.hub.events();
        events.listeners = events.listeners.saturating_sub(1);
        let of_data = usize::from(self.with_data);
        events.data_listeners = events.data_listeners.saturating_sub(of_data);
        if events.listeners == 0 {
            events.kept.clear();
            events.bytes = 0;
            drop(events);
            self.hub.left.notify_one();
        }
    }
}
