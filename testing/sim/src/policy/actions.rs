//! The actions of members.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use reeeductio_client::{
    ClientError, MessageId, NewMember, NewMessage, PolicySpace, PolicyTopic, TopicId,
};

use reeeductio_core::log::Clarified;

use super::device::{Device, Person};
use super::world::{Change, World};
use crate::dice::Dice;

pub(super) fn topic() -> TopicId {
    TopicId::parse("general").unwrap()
}

/// A thing that a device does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Act {
    Post,
    PostAgain,
    Edit,
    Delete,
    Admit,
    Remove,
    Leave,
    Rotate,
    PublishKey,
    GiveKey,
    Unread,
    ReadAll,
    History,
    Refresh,
    Compare,
    Restart,
    LoseStore,
    CloneStore,
}

impl Act {
    pub(super) fn any(dice: &Dice) -> Self {
        use Act::{
            Admit, CloneStore, Compare, Delete, Edit, GiveKey, History, Leave, LoseStore, Post,
            PostAgain, PublishKey, Refresh, Remove, Restart, Rotate, Unread,
        };
        const ALL: [Act; 32] = [
            Post, Post, Post, Post, Post, Post, PostAgain, PostAgain, PostAgain, Edit, Edit, Edit,
            Delete, Admit, Admit, Remove, Remove, Leave, Rotate, Rotate, PublishKey, GiveKey,
            Unread, Unread, Unread, History, Refresh, Compare, Restart, LoseStore, CloneStore,
            Compare,
        ];
        ALL[dice.below(ALL.len())]
    }
}

impl World {
    /// Does one thing on a device, and returns whether it succeeded. The faults that happen to it follow from `seed`.
    pub(super) async fn act(&self, device: &Arc<Device>, act: Act, seed: u64) -> bool {
        let dice = Dice::new(seed);
        device.begin(seed);
        let done = match act {
            Act::Restart => {
                device.restart();
                Ok(String::new())
            }
            Act::LoseStore => {
                device.lose_store();
                Ok(String::new())
            }
            Act::CloneStore => {
                let of = self.other_device(device);
                if let Some(other) = of.filter(|other| other.has_store()) {
                    device.clone_store(&other).await;
                }
                Ok(String::new())
            }
            _ => self.act_open(device, act, &dice).await,
        };
        self.outcome(device, &format!("{act:?}"), done)
    }

    async fn act_open(
        &self,
        device: &Arc<Device>,
        act: Act,
        dice: &Dice,
    ) -> Result<String, ClientError> {
        let space = device.space().await?;
        // Opened with faults; now those of the action's own.
        let topic = space.topic(&topic());
        match act {
            Act::Post => {
                let label = device.person.label();
                let mut id = [0; 16];
                id[..8].copy_from_slice(&dice.next().to_be_bytes());
                let message = text(&label).with_client_id(id);
                self.post(device, &topic, &label, message).await
            }
            Act::PostAgain => {
                let draft = device.draft.lock().take();
                match draft {
                    Some((label, message)) => self.post(device, &topic, &label, message).await,
                    None => Ok(String::new()),
                }
            }
            Act::Edit | Act::Delete => self.change(device, &topic, act, dice).await,
            Act::Admit => self.admit(&space, dice).await,
            Act::Remove => self.remove(&space, dice).await,
            Act::Leave => {
                if device.person.is_owner() || !dice.chance(30) {
                    return Ok("not now".to_owned());
                }
                device.person.was_outside.store(true, Ordering::Relaxed);
                space.members().leave().await.map(|()| String::new())
            }
            Act::Rotate => {
                if !device.person.is_owner() && device.person.role != super::run::KEEPER {
                    return Ok("may not".to_owned());
                }
                match space.members().rotate().await {
                    // It has published none.
                    Err(ClientError::Argument {
                        field: "member", ..
                    }) => Ok("has no key".to_owned()),
                    other => other.map(|()| String::new()),
                }
            }
            Act::PublishKey => space.members().publish_key().await.map(|()| String::new()),
            Act::GiveKey => self.give_key(&space, dice).await,
            Act::Unread => self.read_forward(device, &space, dice.chance(60)).await,
            Act::ReadAll => self.read_forward(device, &space, true).await,
            Act::History => self.read_back(device, &space, dice.chance(60)).await,
            Act::Refresh => space.refresh().await.map(|()| String::new()),
            Act::Compare => self.compare(device, &space).await,
            Act::Restart | Act::LoseStore | Act::CloneStore => Ok(String::new()),
        }
    }

    async fn post(
        &self,
        device: &Device,
        topic: &PolicyTopic,
        label: &str,
        message: NewMessage,
    ) -> Result<String, ClientError> {
        let installation = device.installation.load(Ordering::Relaxed);
        match topic.post(&message).await {
            Ok(posted) => {
                self.acknowledged(label, device, posted, Change::Posted);
                Ok(format!("{label} is {}", posted.number))
            }
            Err(error) => {
                self.truth.lock().tried.insert(label.to_owned());
                if installation == device.installation.load(Ordering::Relaxed) {
                    *device.draft.lock() = Some((label.to_owned(), message));
                }
                Err(error)
            }
        }
    }

    async fn change(
        &self,
        device: &Device,
        topic: &PolicyTopic,
        act: Act,
        dice: &Dice,
    ) -> Result<String, ClientError> {
        let target = {
            let truth = self.truth.lock();
            let posts = truth.acknowledged.iter().filter(|post| {
                let is_own = post.person == device.person.name || device.person.is_owner();
                is_own && post.change == Change::Posted
            });
            let posts: Vec<MessageId> = posts.map(|post| post.posted.position.hash).collect();
            match posts.get(dice.below(posts.len())) {
                Some(target) => *target,
                None => return Ok("nothing".to_owned()),
            }
        };
        let label = device.person.label();
        self.truth.lock().tried.insert(label.clone());
        if act == Act::Delete {
            self.truth.lock().deleted.insert(target);
        }
        let posted = if act == Act::Edit {
            topic.edit(&target, &text(&label)).await
        } else {
            topic.delete(&target).await
        };
        let posted = match posted {
            Err(error)
                if error.code_text() == "message.not_found"
                    && self.truth.lock().deleted.contains(&target) =>
            {
                return Ok("was deleted".to_owned());
            }
            other => other?,
        };
        self.acknowledged(&label, device, posted, Change::Of(target));
        Ok(format!("{label} is {}", posted.number))
    }

    async fn admit(&self, space: &PolicySpace, dice: &Dice) -> Result<String, ClientError> {
        let person = &self.people[1 + dice.below(self.people.len() - 1)];
        if space.member() != self.people[0].id() {
            return Ok("may not".to_owned());
        }
        self.admit_person(space, person).await?;
        Ok(person.name.to_owned())
    }

    pub(super) async fn admit_person(
        &self,
        space: &PolicySpace,
        person: &Person,
    ) -> Result<(), ClientError> {
        let identity = &person.identity;
        let key = identity.decryption_key(0).encryption_key().unwrap();
        let signature = identity.sign_encryption_key(&space.id(), &person.id(), &key);
        let new = NewMember {
            user: person.id(),
            role: person.role.to_owned(),
            key: person.brings_key.then_some((key, signature)),
        };
        space.members().admit(&new).await
    }

    async fn remove(&self, space: &PolicySpace, dice: &Dice) -> Result<String, ClientError> {
        let person = &self.people[1 + dice.below(self.people.len() - 1)];
        if space.member() != self.people[0].id() {
            return Ok("may not".to_owned());
        }
        person.was_outside.store(true, Ordering::Relaxed);
        match space.members().remove(person.id()).await {
            Err(ClientError::Argument {
                field: "member", ..
            }) => Ok("never was a member".to_owned()),
            other => other.map(|()| person.name.to_owned()),
        }
    }

    async fn give_key(&self, space: &PolicySpace, dice: &Dice) -> Result<String, ClientError> {
        let person = &self.people[1 + dice.below(self.people.len() - 1)];
        if space.member() != self.people[0].id() {
            return Ok("may not".to_owned());
        }
        match space.members().give_key(person.id()).await {
            // It has published none.
            Err(ClientError::Argument {
                field: "member", ..
            }) => Ok("has no key".to_owned()),
            // It had one, and is none any more.
            Err(error)
                if error.code_text() == "auth.invalid_entry"
                    && person.was_outside.load(Ordering::Relaxed) =>
            {
                Ok("is no member".to_owned())
            }
            other => other.map(|()| person.name.to_owned()),
        }
    }

    async fn compare(&self, device: &Device, space: &PolicySpace) -> Result<String, ClientError> {
        let log = space.log();
        log.checkpoint().await?;
        log.compare_seen().await?;
        let suspicions = log.suspicions();
        for suspicion in &suspicions {
            let note = device.wire.server();
            let note = note.note(&self.ground.owner, suspicion.size()).await;
            let code = match log.clarify(suspicion, &note)? {
                Clarified::Evidence(_) => "evidence",
                Clarified::Signed(_) => "signed",
                Clarified::Denied(_) => "denied",
            };
            let code = format!("suspicion.{code} {}", suspicion.size());
            self.finds(device, &code, &format!("{suspicion:?}"));
        }
        Ok(format!("{} suspicions", suspicions.len()))
    }

    pub(super) async fn compare_honest(
        &self,
        device: &Device,
        space: &PolicySpace,
    ) -> Result<(), ClientError> {
        self.compare(device, space).await.map(drop)
    }
}

pub(super) fn text(text: &str) -> NewMessage {
    NewMessage::new("text/plain", text.as_bytes().to_vec())
}
