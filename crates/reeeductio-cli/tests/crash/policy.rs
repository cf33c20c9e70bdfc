//! Writers of a space with a policy: several lanes of one topic, edits and deletes, commands.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use reeeductio_client::{
    Identity, MemoryStore, MessageId, NewMessage, NewSpace, PolicySpace, Space, Store, TopicId,
    TopicItem,
};
use reeeductio_testkit::{Member, ServerProcess};
use tokio::task::JoinHandle;

use crate::keys::{check_keys, payload_keys};
use crate::ledger::Ledger;
use crate::writers::{CHANGES, Desk, POSTS, change, command, newcomer, post};
use crate::{BINARY, rounds, tree, verify};

/// Installations that post, each in a lane of its own.
const POSTERS: usize = 3;
/// Rounds after which another space is begun: each round reads all of it.
const ROUNDS: usize = 10;

/// The space, and the local stores of its installations: those of the posters, of the one that changes, and of the one that commands.
struct Installations {
    owner: Identity,
    ada: Identity,
    stores: Vec<Arc<MemoryStore>>,
}

impl Installations {
    fn new() -> Self {
        let stores = (0..POSTERS + 2).map(|_| Arc::default()).collect();
        let [owner, ada] = [[1; 32], [2; 32]].map(|seed| Identity::from_seed(&seed));
        Self { owner, ada, stores }
    }

    /// The space on a new server, with ada in it.
    async fn found(&self, url: &str) {
        let owner = self.owner.clone();
        let made = PolicySpace::create(Space::builder(url), owner, NewSpace::default());
        let space = made.await.unwrap();
        let ada = newcomer(&space, &self.ada);
        space.members().admit(&ada).await.unwrap();
    }

    /// Opens the space on the server at `url` with the store of one; the last poster is ada, all others are the owner's.
    async fn open(&self, url: &str, number: usize) -> PolicySpace {
        let identity = if number == POSTERS - 1 {
            &self.ada
        } else {
            &self.owner
        };
        let store = Arc::clone(&self.stores[number]) as Arc<dyn Store>;
        self.open_by(url, identity, Some(store)).await
    }

    async fn open_by(
        &self,
        url: &str,
        identity: &Identity,
        store: Option<Arc<dyn Store>>,
    ) -> PolicySpace {
        let mut builder = Space::builder(url);
        if let Some(store) = store {
            builder = builder.store(store);
        }
        let (space, member) = (self.owner.space_id(), identity.user_id());
        let opened = PolicySpace::open(builder, space, member, identity.clone());
        opened.await.unwrap()
    }

    /// Starts the writing.
    async fn write(&self, url: &str, desk: &Arc<Desk>) -> Vec<JoinHandle<()>> {
        desk.ended.store(false, Ordering::SeqCst);
        // All are at work at the same time, so that the kill finds them writing.
        let mut spaces = Vec::new();
        for number in 0..self.stores.len() {
            spaces.push(self.open(url, number).await);
        }
        let commanding = spaces.pop().unwrap();
        let changing = spaces.pop().unwrap();
        let posting = spaces.into_iter();
        let mut writers: Vec<_> = posting
            .map(|space| tokio::spawn(post(Arc::clone(desk), space)))
            .collect();
        writers.push(tokio::spawn(change(Arc::clone(desk), changing)));
        writers.push(tokio::spawn(command(Arc::clone(desk), commanding)));
        writers
    }
}

/// Waits until enough was acknowledged, and something of each kind; fails with a writer that fails.
async fn enough(desk: &Desk, writers: &[JoinHandle<()>], wanted: usize) {
    let counts = || {
        desk.note(|ledger| {
            [
                ledger.acknowledged,
                ledger.changed.len(),
                ledger.epochs as usize,
            ]
        })
    };
    let before = counts();
    loop {
        let [all, changed, epochs] = counts();
        let is_some = changed > before[1] && epochs > before[2];
        // One that has ended has panicked, and says why when it is waited for.
        if all >= before[0] + wanted && is_some || writers.iter().any(JoinHandle::is_finished) {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Ends the writers, as if their machines had lost power with the server.
async fn end(writers: Vec<JoinHandle<()>>) {
    for writer in writers {
        writer.abort();
        if let Err(error) = writer.await {
            assert!(error.is_cancelled(), "{error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_of_a_space_with_a_policy_survives_kill_9() {
    let mut left = rounds(4);
    while left > 0 {
        let now = left.min(ROUNDS);
        kill_often(now).await;
        left -= now;
    }
}

/// Kills the servers of one data directory, one after the other.
async fn kill_often(rounds: usize) {
    let folder = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(Path::new(BINARY), folder.path());
    let installations = Installations::new();
    installations.found(server.url()).await;
    server.kill();
    let desk = Arc::new(Desk::default());
    // Keys of payloads that were there before the writers of the last round.
    let mut keys = HashMap::new();
    for round in 0..=rounds {
        let server = ServerProcess::start(Path::new(BINARY), folder.path());
        let events = check(&installations, &desk, server.url(), round).await;
        check_keys(folder.path(), &events, &keys);
        if round == rounds {
            break;
        }
        keys = payload_keys(folder.path());
        let writers = installations.write(server.url(), &desk).await;
        // Another moment each time, in the middle of the writing.
        enough(&desk, &writers, 30 + 7 * round).await;
        desk.ended.store(true, Ordering::SeqCst);
        server.kill();
        end(writers).await;
        verify(folder.path());
    }
}

/// Checks what a server has of what was acknowledged, by its answers. Returns the events.
async fn check(
    installations: &Installations,
    desk: &Desk,
    url: &str,
    round: usize,
) -> BTreeMap<u64, tree::Event> {
    let owner = &installations.owner;
    let reader = installations.open_by(url, owner, None).await;
    let member = Member::sign_in(url, owner.space_id(), owner.user_id(), owner.clone()).await;
    // The one that asked for the checkpoints: to it the server proves that its tree is what it was, grown.
    let witness = installations.open(url, POSTERS + 1).await;
    let newest = witness.log().checkpoint().await.unwrap();
    let events = tree::events(&member, &["state", POSTS, CHANGES]).await;
    let roots = tree::roots(&member, &events);
    let newest = newest.checkpoint();
    assert_eq!(roots[usize::try_from(newest.size).unwrap()], newest.root);
    let mut shown = shown(&reader, POSTS).await;
    shown.extend(self::shown(&reader, CHANGES).await);
    let members: BTreeSet<_> = reader.members().list().await.unwrap().into_iter().collect();
    desk.note(|ledger| {
        for (size, root) in &ledger.checkpoints {
            let now = roots.get(usize::try_from(*size).unwrap());
            assert_eq!(now, Some(root), "round {round}: the tree of {size} events");
        }
        check_messages(ledger, &shown, &events, round);
        assert!(members.is_superset(&ledger.members), "round {round}");
        assert!(members.is_disjoint(&ledger.removed), "round {round}");
    });
    let epochs = desk.note(|ledger| ledger.epochs);
    let keyring = member.get(&format!("state/keyring/{epochs}")).await;
    assert_eq!(keyring.status, 200, "round {round}: an epoch is missing");
    // A write that is acknowledged comes after everything that the start of the server had to do.
    let probe = NewMessage::new("text/plain", b"probe".to_vec());
    let topic = witness.topic(&TopicId::parse(POSTS).unwrap());
    topic.post(&probe).await.unwrap();
    events
}

/// Numbers and bodies of the messages of a topic, by their ids; of edits and deletes the numbers.
async fn shown(reader: &PolicySpace, topic: &str) -> HashMap<MessageId, (u64, Option<String>)> {
    let mut history = reader.topic(&TopicId::parse(topic).unwrap()).history();
    let mut shown = HashMap::new();
    while let Some(page) = history.next_page().await.unwrap() {
        for item in &page.items {
            let TopicItem::Message(message) = item else {
                panic!("{item:?}");
            };
            let body = message
                .body()
                .map(|body| String::from_utf8(body.to_vec()).unwrap());
            shown.insert(message.position.hash, (message.number, body));
        }
    }
    shown
}

fn check_messages(
    ledger: &Ledger,
    shown: &HashMap<MessageId, (u64, Option<String>)>,
    events: &BTreeMap<u64, tree::Event>,
    round: usize,
) {
    for (id, (number, _)) in &ledger.posts {
        let (at, body) = shown
            .get(id)
            .unwrap_or_else(|| panic!("round {round}: {id} is lost"));
        assert_eq!(at, number, "round {round}: {id}");
        let expected = ledger.expected(id);
        assert!(
            expected.contains(&body.as_deref()),
            "round {round}: {id} is {body:?}, not one of {expected:?}"
        );
        let event = &events[number];
        assert_eq!(event.message.message_hash, *id, "round {round}");
        // Of one that is changed without an acknowledgement it may be there, or not.
        let is_kept = event.has_payload || ledger.changes.contains_key(id);
        assert!(is_kept, "round {round}: {id} has no payload");
    }
    for (number, event) in events {
        let id = &event.message.message_hash;
        let is_left = event.has_payload && ledger.replaced.contains(id);
        assert!(!is_left, "round {round}: {id} at {number} has its payload");
    }
    for (id, number) in &ledger.changed {
        assert_eq!(events[number].message.message_hash, *id, "round {round}");
    }
    let deleted = ledger
        .changes
        .iter()
        .filter(|(_, changes)| changes.is_deleted());
    for (id, _) in deleted {
        assert_eq!(shown[id].1, None, "round {round}: {id} is not deleted");
    }
}
