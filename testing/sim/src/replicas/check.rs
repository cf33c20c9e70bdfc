//! The invariants of the messages and entries that are handed out.

use std::collections::BTreeSet;

use reeeductio_client::{ClientError, Range, Records, Refused, VerifiedMessage};
use reeeductio_proto::{ChainId, DataEntry, DataPath, Message, MessageId, TopicId};

use super::member::{Handle, Member};
use super::seen::Seen;
use super::world::World;

/// Result of a read of messages.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) messages: Vec<VerifiedMessage>,
    pub(super) refused: Vec<Refused>,
    pub(super) has_more: bool,
}

/// Returns whether an error says that the server is not to be believed.
pub(super) fn accuses(error: &ClientError) -> bool {
    let code = error.code_text();
    code.starts_with("verify.") || code == "client.answer"
}

impl World {
    /// Checks that a message is one that its sender signed and was allowed to post, in its place.
    pub(super) async fn check_message(&self, handle: &Handle, message: &Message) {
        let who = &handle.name;
        let topic = &message.topic_id;
        let truth = self.truth.message(topic, message.message_hash).await;
        let same = truth.as_ref().is_some_and(|truth| {
            // The time is the server's word: no signature covers it.
            let mut shown = message.clone();
            if self.lies() {
                shown.server_timestamp = truth.server_timestamp;
            }
            shown == *truth
        });
        // A member from whom the state was hidden from the beginning cannot know of a removal.
        let outcast = self.truth.is_outcast(&message.message_hash);
        if !same || (outcast && !handle.before().false_state) {
            self.violated(format!(
                "{who} was given {message:?}, the truth is {truth:?}"
            ));
        }
    }

    /// Checks that a refusal accuses nobody wrongly.
    pub(super) fn check_refused(&self, who: &str, refused: &Refused) {
        let time = refused.position.timestamp;
        let removed = self.truth.was_removed(&refused.sender, time);
        if !self.lies() && (refused.is_forged() || !removed) {
            self.violated(format!("{who}: an honest message was refused: {refused:?}"));
        }
    }

    /// Checks a page: true, linked, and in agreement with all that was seen `before` it was asked for.
    pub(super) async fn check_page(
        &self,
        handle: &Handle,
        (topic, range): (&TopicId, Range),
        before: &Seen,
        shown: &Shown,
    ) {
        let who = &handle.name;
        for message in &shown.messages {
            self.check_message(handle, message).await;
        }
        for refused in &shown.refused {
            self.check_refused(who, refused);
        }
        let verified = shown.messages.iter().map(|message| {
            let prev = Some(message.prev_hash);
            (message.server_timestamp, message.message_hash, prev)
        });
        let refused = shown.refused.iter().map(|refused| {
            let position = refused.position;
            (position.timestamp, position.hash, None)
        });
        let mut items: Vec<(i64, MessageId, Option<Option<MessageId>>)> =
            verified.chain(refused).collect();
        items.sort_by_key(|(time, ..)| *time);
        self.check_links(who, topic, &items);
        self.check_covered(handle, (topic, range), before, shown.has_more, &items);
        self.check_joined(who, topic, before, &items).await;
    }

    fn check_links(
        &self,
        who: &str,
        topic: &TopicId,
        items: &[(i64, MessageId, Option<Option<MessageId>>)],
    ) {
        for pair in items.windows(2) {
            let ((time, before, _), (next, after, prev)) = (pair[0], pair[1]);
            if time < next && prev.is_some_and(|prev| prev != Some(before)) {
                self.violated(format!(
                    "{who}, topic {topic}: {after} was given after {before}"
                ));
            }
        }
    }

    /// Checks that the page holds all that was seen of the times it covers.
    fn check_covered(
        &self,
        handle: &Handle,
        (topic, range): (&TopicId, Range),
        before: &Seen,
        has_more: bool,
        items: &[(i64, MessageId, Option<Option<MessageId>>)],
    ) {
        let mut from = range.lowest().unwrap_or(i64::MIN);
        let mut to = range.highest().unwrap_or(i64::MAX);
        if has_more {
            let (Some(first), Some(last)) = (items.first(), items.last()) else {
                return;
            };
            if range.is_newest_first() {
                from = first.0 + 1;
            } else {
                to = last.0 - 1;
            }
        }
        let there: BTreeSet<MessageId> = items.iter().map(|(_, id, _)| *id).collect();
        let (newest, now) = (before.newest(topic), handle.before());
        for (time, id) in before.between(topic, from, to) {
            // Of several messages of the newest time only one is compared: older servers gave one time to several, and some of
            // these may have been learned while the answer was on its way.
            let last = newest.is_some_and(|newest| newest.0 == time);
            let tied = last && now.between(topic, time, time).count() > 1;
            if !tied && !there.contains(&id) {
                self.violated(format!(
                    "{}, topic {topic}: {id} of {time} was seen before and is not in {range:?}: {items:?}",
                    handle.name
                ));
            }
        }
    }

    /// Checks that messages newer than all that was seen follow it.
    async fn check_joined(
        &self,
        who: &str,
        topic: &TopicId,
        before: &Seen,
        items: &[(i64, MessageId, Option<Option<MessageId>>)],
    ) {
        // A refused message is not in the truth.
        let verified = items.iter().find(|(_, _, prev)| prev.is_some()).copied();
        let (Some((seen_at, seen)), Some((time, first, _))) = (before.newest(topic), verified)
        else {
            return;
        };
        if seen_at < time && !self.truth.leads_to(topic, seen, first).await {
            self.violated(format!(
                "{who}, topic {topic}: {first} of {time} does not follow {seen} of {seen_at}"
            ));
        }
    }

    /// Checks a data entry: signed, and not older than one that was acknowledged or seen before it was asked for.
    pub(super) fn check_entry(
        &self,
        who: &str,
        entry: &DataEntry,
        (acknowledged, before): (Option<i64>, &Seen),
    ) {
        let signed = {
            let entries = self.truth.entries.lock();
            let signed = entries.signed.get(&entry.path);
            signed.is_some_and(|signed| signed.contains(entry))
        };
        if !signed {
            self.violated(format!("{who} was given {entry:?}, which nobody signed"));
        }
        let seen = before.entries.get(&entry.path).copied();
        let floor = if self.lies() {
            seen
        } else {
            acknowledged.max(seen)
        };
        if floor.is_some_and(|floor| entry.signed_at < floor) {
            self.violated(format!("{who} was given {entry:?} after one of {floor:?}"));
        }
    }

    /// Returns the newest acknowledged time at a path.
    pub(super) fn acknowledged(&self, path: &DataPath) -> Option<i64> {
        let entries = self.truth.entries.lock();
        entries.acknowledged.get(path).copied()
    }

    /// Checks that a store holds all that was handed out, and heads only with all before them since the last look.
    pub(super) async fn check_disk(&self, member: &Member) {
        let handle = member.handle(self);
        let Some(disk) = &handle.disk else { return };
        let records = Records::new(disk.clone(), self.space);
        let shared = |topic: &TopicId| ChainId::shared(topic.clone());
        let seen = handle.before();
        for (topic, messages) in &seen.topics {
            for (_, id) in messages {
                let kept = records.message(&shared(topic), id).await.unwrap();
                if kept.is_none() {
                    let what = format!("{}: {id} was handed out and is not kept", handle.name);
                    self.violated(what);
                }
            }
        }
        if self.lies() {
            // The member may have seen another history.
            return;
        }
        for topic in member.topics.iter().chain(&["state"]) {
            let topic = TopicId::parse(topic).unwrap();
            let Some(head) = records.head(&shared(&topic)).await.unwrap() else {
                continue;
            };
            let last = member.heads.lock().insert(topic.clone(), head);
            let since = last.map_or(head.timestamp, |last| last.timestamp);
            for message in self.truth.chain(&topic).await {
                let time = message.server_timestamp;
                let inside = (since..=head.timestamp).contains(&time);
                if !inside || self.truth.was_removed(&message.sender, time) {
                    continue;
                }
                let id = &message.message_hash;
                let kept = records.message(&shared(&topic), id).await.unwrap();
                if kept.is_none() {
                    let what = format!("{}: the head of {topic} is kept, {id} is not", handle.name);
                    self.violated(what);
                }
            }
        }
    }
}
