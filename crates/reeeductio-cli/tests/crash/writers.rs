//! Members of a space with a policy that write until the server is gone.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use reeeductio_client::{
    ClientError, Identity, MessageId, NewMember, NewMessage, PolicySpace, TopicId, random,
};

use crate::ledger::Ledger;

/// The topic in which messages are posted only, and that in which they are changed, too.
pub(crate) const POSTS: &str = "posts";
pub(crate) const CHANGES: &str = "changes";

/// Shared by the writers of all rounds.
#[derive(Default)]
pub(crate) struct Desk {
    pub(crate) ledger: Mutex<Ledger>,
    /// Messages that will be changed, the oldest first. Some were stored by the server before it was killed.
    queue: Mutex<VecDeque<MessageId>>,
    /// Members that will be removed.
    guests: Mutex<VecDeque<Identity>>,
    bodies: AtomicUsize,
    /// The server is about to be killed: from now on errors are expected.
    pub(crate) ended: AtomicBool,
}

impl Desk {
    pub(crate) fn note<T>(&self, note: impl FnOnce(&mut Ledger) -> T) -> T {
        note(&mut self.ledger.lock().unwrap())
    }

    /// A body that no other message has.
    fn body(&self) -> String {
        let number = self.bodies.fetch_add(1, Ordering::SeqCst);
        format!("body {number} {}", "x".repeat(number % 7 * 100))
    }

    /// Returns whether the writing ends; panics over an error of a server that was not killed.
    fn is_over(&self, result: &Result<(), ClientError>) -> bool {
        let ended = self.ended.load(Ordering::SeqCst);
        if let Err(error) = result {
            assert!(ended, "{error:?}");
        }
        ended
    }
}

fn message(body: &str) -> NewMessage {
    NewMessage::new("text/plain", body.as_bytes().to_vec())
}

/// Posts messages that nobody changes.
pub(crate) async fn post(desk: Arc<Desk>, space: PolicySpace) {
    let topic = space.topic(&TopicId::parse(POSTS).unwrap());
    loop {
        let body = desk.body();
        let posted = topic.post(&message(&body)).await;
        let posted = posted.map(|posted| desk.note(|ledger| ledger.posted(posted, body)));
        if desk.is_over(&posted) {
            return;
        }
    }
}

/// Posts messages, and later edits them, deletes them, or does both.
pub(crate) async fn change(desk: Arc<Desk>, space: PolicySpace) {
    loop {
        let changed = change_one(&desk, &space).await;
        if desk.is_over(&changed) {
            return;
        }
    }
}

async fn change_one(desk: &Desk, space: &PolicySpace) -> Result<(), ClientError> {
    let topic = space.topic(&TopicId::parse(CHANGES).unwrap());
    let body = desk.body();
    let posted = topic.post(&message(&body)).await?;
    desk.note(|ledger| ledger.posted(posted, body));
    let oldest = {
        let mut queue = desk.queue.lock().unwrap();
        queue.push_back(posted.position.hash);
        if queue.len() < 4 {
            return Ok(());
        }
        queue.pop_front().unwrap()
    };
    let kind = posted.number % 3;
    if kind > 0 {
        let body = desk.body();
        desk.note(|ledger| ledger.ask(oldest, Some(body.clone())));
        let edited = topic.edit(&oldest, &message(&body)).await?;
        desk.note(|ledger| ledger.changed(oldest, edited));
    }
    if kind < 2 {
        desk.note(|ledger| ledger.ask(oldest, None));
        let deleted = topic.delete(&oldest).await?;
        desk.note(|ledger| ledger.changed(oldest, deleted));
    }
    Ok(())
}

/// Admits members, begins epochs and removes members, each by a command, and asks for a checkpoint after each.
pub(crate) async fn command(desk: Arc<Desk>, space: PolicySpace) {
    loop {
        let commanded = command_some(&desk, &space).await;
        if desk.is_over(&commanded) {
            return;
        }
    }
}

async fn command_some(desk: &Desk, space: &PolicySpace) -> Result<(), ClientError> {
    let members = space.members();
    let guest = Identity::from_seed(&random()?);
    let id = guest.user_id();
    desk.guests.lock().unwrap().push_back(guest.clone());
    members.admit(&newcomer(space, &guest)).await?;
    desk.note(|ledger| {
        ledger.members.insert(id);
        ledger.acknowledged += 1;
    });
    checkpoint(desk, space).await?;
    members.rotate().await?;
    desk.note(|ledger| {
        ledger.epochs += 1;
        ledger.acknowledged += 1;
    });
    checkpoint(desk, space).await?;
    let leaving = desk.guests.lock().unwrap().pop_front().unwrap().user_id();
    if desk.note(|ledger| ledger.members.remove(&leaving)) {
        members.remove(leaving).await?;
        desk.note(|ledger| {
            ledger.removed.insert(leaving);
            ledger.epochs += 1;
            ledger.acknowledged += 1;
        });
        checkpoint(desk, space).await?;
    }
    Ok(())
}

async fn checkpoint(desk: &Desk, space: &PolicySpace) -> Result<(), ClientError> {
    let signed = space.log().checkpoint().await?;
    let checkpoint = signed.checkpoint();
    desk.note(|ledger| ledger.checkpoints.push((checkpoint.size, checkpoint.root)));
    Ok(())
}

/// An editor with its encryption key.
pub(crate) fn newcomer(space: &PolicySpace, user: &Identity) -> NewMember {
    let key = user.decryption_key(0).encryption_key().unwrap();
    let signature = user.sign_encryption_key(&space.id(), &user.user_id(), &key);
    NewMember {
        user: user.user_id(),
        role: "editor".to_owned(),
        key: Some((key, signature)),
    }
}
