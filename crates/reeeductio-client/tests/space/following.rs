//! Following a long topic from its beginning: what is read is what somebody takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reeeductio_client::{Capability, Content, Identity, LiveMessages, LiveOptions};
use reeeductio_proto::{Message, Operation};

use crate::history::{bodies, serve, signed};
use crate::meddled::Meddled;
use crate::rig::{Rig, soon, topic};

const LENGTH: u16 = 5000;
/// Most messages of a page.
const PAGE: usize = 1000;

/// A stream that follows a topic of five pages.
struct Following {
    rig: Rig,
    network: Arc<Meddled>,
    live: LiveMessages,
    /// Messages that the server has given in lists.
    given: Arc<AtomicUsize>,
}

impl Following {
    async fn start() -> Self {
        let rig = Rig::start().await;
        let owner = Identity::from_seed(&[1; 32]);
        let mut history: Vec<Message> = Vec::new();
        for n in 0..LENGTH {
            let (prev, data) = (history.last(), n.to_le_bytes());
            let message = signed(&rig, &owner, prev, 1_000_000 + i64::from(n), &data);
            history.push(message);
        }
        let (space, network) = rig.meddled();
        let given = serve(&network, &bodies(&history));
        let options = LiveOptions {
            follow: vec![(topic("general"), None)],
            ..LiveOptions::default()
        };
        let live = soon(space.live_with(options)).await.unwrap();
        Self {
            rig,
            network,
            live,
            given,
        }
    }

    async fn take(&mut self, n: u16) {
        let message = soon(self.live.next()).await.unwrap();
        let message = message.expect("the stream ended");
        assert_eq!(message.bytes().unwrap(), n.to_le_bytes());
    }

    fn given(&self) -> usize {
        self.given.load(Ordering::SeqCst)
    }

    /// Lists of the topic that were asked for since the last call.
    fn lists(&self) -> usize {
        let requests = self.network.requests();
        let lists = requests.iter();
        lists
            .filter(|line| *line == "Get topics/general/messages")
            .count()
    }
}

#[tokio::test]
async fn the_first_message_of_a_long_topic_comes_after_one_page() {
    let mut following = Following::start().await;
    following.take(0).await;
    assert_eq!(following.lists(), 1);
    assert!(following.given() <= PAGE);
}

#[tokio::test]
async fn a_topic_that_nobody_takes_from_is_not_read_to_its_end() {
    let mut following = Following::start().await;
    following.take(0).await;
    // Time for whatever reads ahead: a server answers often in it.
    for n in 0..20 {
        let other = topic("other");
        let posted = following
            .rig
            .owner
            .topic(&other)
            .post(Content::Plain(&[n]), "n")
            .await;
        posted.unwrap();
    }
    let given = following.given();
    assert!(given <= 2 * PAGE, "{given} messages were read for one");
    for n in 1..LENGTH {
        following.take(n).await;
        let ahead = following.given() - usize::from(n);
        assert!(ahead <= 2 * PAGE, "{ahead} messages were read ahead");
    }
    assert_eq!(following.given(), usize::from(LENGTH));
}

#[tokio::test]
async fn a_followed_topic_is_complete_also_if_the_right_to_read_it_comes_later() {
    let rig = Rig::start().await;
    let user = rig.user(2, &[]).await;
    let general = topic("general");
    let post = async |text: &str| {
        let general = rig.owner.topic(&general);
        let posted = general.post(Content::Plain(text.as_bytes()), "n").await;
        posted.unwrap();
    };
    post("first").await;
    let options = LiveOptions {
        follow: vec![(general.clone(), None)],
        ..LiveOptions::default()
    };
    let mut live = soon(user.live_with(options)).await.unwrap();
    // The topic is asked for before the entry that grants is delivered, in vain.
    let reader = (user.member(), "reader", Operation::Read, "topics/general");
    let right = Capability::new(reader.2, reader.3).unwrap();
    let members = rig.owner.members();
    let granted = members.grant_to_member(&reader.0, reader.1, &right);
    assert!(
        tokio::time::timeout(std::time::Duration::from_millis(300), live.next())
            .await
            .is_err()
    );
    granted.await.unwrap();
    post("second").await;
    let mut texts = Vec::new();
    while texts.len() < 2 {
        let message = soon(live.next()).await.unwrap().unwrap();
        if message.topic_id == general {
            texts.push(message.bytes().unwrap());
        }
    }
    assert_eq!(texts, [b"first".to_vec(), b"second".to_vec()]);
}
