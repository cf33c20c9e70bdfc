//! Reads by each of the paths.

use std::time::Duration;

use reeeductio_client::{
    ClientError, Frame, LiveMessages, LiveOptions, MessagePage, Range, Space, VerifiedMessage,
};
use reeeductio_proto::{Message, MessageId, PathPrefix};
use serde_json::json;

use super::Path;
use super::liar::say;
use super::telling::Telling;
use super::world::World;
use crate::meddled::Meddled;
use crate::rig::{data_path, path, soon, topic};

/// Messages of a range: more than there are.
const LIMIT: usize = 100;

/// Results that the program was given.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Found {
    /// Messages by hash and time, entries and bytes as they are.
    pub(super) given: Vec<String>,
    /// Codes of messages that were refused by themselves.
    pub(super) refused: Vec<String>,
    /// Whether there is said to be more.
    pub(super) has_more: bool,
}

impl Found {
    fn message(&mut self, message: &Message) {
        self.given.push(format!(
            "{}@{}",
            message.message_hash, message.server_timestamp
        ));
    }

    fn page(&mut self, page: &MessagePage) {
        for message in &page.messages {
            self.message(message);
        }
        let refused = page.refused.iter();
        self.refused
            .extend(refused.map(|refused| refused.reason.code().to_owned()));
    }
}

/// Reads, while the server tells this.
pub(super) async fn read(
    space: &Space,
    network: &Meddled,
    telling: &Telling,
    kind: Path,
    world: &World,
) -> Result<Found, ClientError> {
    say(network, &telling.clone().before(kind), kind);
    let (general, mut found) = (topic("general"), Found::default());
    match kind {
        Path::OldestFirst | Path::NewestFirst | Path::StateHistory => {
            let page = match kind {
                Path::StateHistory => space.state().page(Range::first(LIMIT)).await?,
                Path::OldestFirst => space.topic(&general).page(Range::first(LIMIT)).await?,
                _ => space.topic(&general).page(Range::last(LIMIT)).await?,
            };
            found.page(&page);
            found.has_more = page.has_more;
        }
        Path::ById => {
            let id = MessageId::parse(&telling.asked).unwrap();
            found.message(&*space.topic(&general).message(id).await?);
        }
        Path::Newest => {
            let newest = space.topic(&general).newest().await?;
            if let Some(message) = &newest {
                found.message(message);
            }
        }
        Path::Head => {
            let head = space.topic(&general).head().await?;
            found.given.extend(head.map(|head| head.to_string()));
        }
        Path::Reader => {
            let mut reader = space.topic(&general).history();
            while let Some(page) = reader.next_page().await? {
                found.page(&page);
            }
        }
        Path::History => {
            let all: Vec<VerifiedMessage> = space.topic(&general).history().all().await?;
            for message in &all {
                found.message(message);
            }
        }
        Path::Followed | Path::Live => {
            let followed = (kind == Path::Followed).then_some((general, None));
            let options = LiveOptions {
                follow: followed.into_iter().collect(),
                first_pause: Duration::from_millis(1),
                longest_pause: Duration::from_millis(4),
                ..LiveOptions::default()
            };
            let mut live = soon(space.live_with(options)).await?;
            listen(&mut live, network, &mut found).await?;
            say(network, telling, kind);
            for frame in telling.frames() {
                network.push(serde_json::to_string(&frame).unwrap());
            }
            listen(&mut live, network, &mut found).await?;
        }
        Path::State => found.message(&*space.state().entry(&path("a")).await?),
        Path::Data => found.given.push(format!(
            "{:?}",
            space.data().entry(&data_path("one")).await?
        )),
        Path::StateList => {
            for entry in space.state().list(&PathPrefix::ALL).await? {
                found.message(&entry);
            }
        }
        Path::DataList => {
            let listing = space.data().list(&PathPrefix::ALL).await?;
            let given = listing.entries.iter().map(|entry| format!("{entry:?}"));
            found.given.extend(given);
            let refused = listing.refused.iter();
            found
                .refused
                .extend(refused.map(|refused| refused.reason.code().to_owned()));
        }
        Path::DataWatch => watch(space, network, telling, &mut found).await?,
        Path::Blob => {
            let bytes = space
                .blobs()
                .download(&world.blob_id())
                .await?
                .bytes()
                .await?;
            found.given.push(format!("{bytes:?}"));
        }
    }
    Ok(found)
}

/// Watches the data entries: those that are listed, then entry `one` as it is pushed.
async fn watch(
    space: &Space,
    network: &Meddled,
    telling: &Telling,
    found: &mut Found,
) -> Result<(), ClientError> {
    let mut watch = soon(space.data().watch(&PathPrefix::ALL)).await?;
    let two = soon(watch.next()).await.unwrap()?;
    found.given.push(format!("{two:?}"));
    say(network, telling, Path::DataWatch);
    if let Some(one) = &telling.data {
        let mut frame = serde_json::to_value(one).unwrap();
        frame["type"] = json!("data");
        frame["path"] = json!("one");
        network.push(frame.to_string());
    }
    let removed = |path: &str| {
        json!({"type": "data_removed", "path": path, "signed_at": i64::MAX}).to_string()
    };
    if telling.removed {
        network.push(removed("one"));
    }
    // It comes after everything that was pushed before it.
    network.push(removed("two"));
    loop {
        let change = match soon(watch.next()).await.expect("the watch ended") {
            Ok(change) => change,
            Err(error) => {
                found.refused.push(error.code_text().to_owned());
                continue;
            }
        };
        if change.path == data_path("two") {
            return Ok(());
        }
        found.given.push(format!("{change:?}"));
    }
}

/// Takes in what came over a stream.
async fn listen(
    live: &mut LiveMessages,
    network: &Meddled,
    found: &mut Found,
) -> Result<(), ClientError> {
    // It comes after everything that was pushed before it.
    network.push(r#"{"type": "ping"}"#.to_owned());
    loop {
        match soon(live.next_frame()).await? {
            Some(Frame::Message(message)) if message.topic_id == topic("general") => {
                found.message(&message);
            }
            Some(Frame::Refused(refused)) => {
                found.refused.push(refused.reason.code().to_owned());
            }
            Some(Frame::Message(_)) => {}
            Some(Frame::Ping) => return Ok(()),
            None => panic!("the stream ended"),
        }
    }
}
