//! Payloads and revisions.

use reeeductio_backend::{BackendError, Payload, Revised, Revision, Tally};
use reeeductio_proto::{MemberId, Message, SpaceId};
use rusqlite::params;

use super::Batch;
use crate::payload_seal;
use crate::read;
use crate::row::{PayloadPlace, PayloadRow, checksum_of_payload, checksum_of_revision, malformed};
use crate::statements::Sql;

impl Batch<'_> {
    /// Stores the payload of a message, the `number`th of its space.
    pub(super) fn store_payload(
        &mut self,
        space: &SpaceId,
        message: &Message,
        number: u64,
        payload: &Payload,
    ) -> Result<(), BackendError> {
        let (key, place_of_key) = self.add_payload_key()?;
        let sealed = payload_seal::seal(&key, &payload.bytes)?;
        let row = PayloadRow {
            place: PayloadPlace {
                is_state: message.topic_id.is_state(),
                timestamp: message.server_timestamp,
                event: number.cast_signed(),
            },
            sealed: &sealed,
            key: place_of_key,
            expires: payload.expires,
        };
        self.execute(
            Sql::INSERT_PAYLOAD,
            params![
                space.as_bytes(),
                row.place.is_state,
                row.place.timestamp,
                row.place.event,
                row.sealed,
                row.key.block,
                row.key.slot,
                checksum_of_payload(space, &row),
                row.expires,
            ],
        )?;
        Ok(())
    }

    /// Notes a revision that may be made, and removes what it replaces.
    pub(super) fn revise(
        &mut self,
        space: &SpaceId,
        message: &Message,
        revision: Revision,
    ) -> Result<(), BackendError> {
        let (topic, target) = (&message.topic_id, &revision.target);
        let newest = read::payloads::revised(self.database, space, topic, target)?;
        // The revisions before took the payloads that they replaced with them.
        let replaced = newest.map_or(*target, |newest| newest.by);
        let place = read::payloads::place(self.database, space, topic, &replaced)?;
        if let Some((place, sender)) = place {
            self.remove_payload(space, place, &sender)?;
        }
        let revised = Revised {
            by: message.message_hash,
            number: revision.number,
            deletes: revision.deletes,
        };
        self.execute(
            Sql::INSERT_REVISION,
            params![
                space.as_bytes(),
                topic.as_str(),
                target.hash(),
                revised.number,
                revised.by.hash(),
                revised.deletes,
                checksum_of_revision(space, topic, target, &revised),
            ],
        )?;
        Ok(())
    }

    pub(crate) fn remove_expired(&mut self, now: i64, limit: usize) -> Result<usize, BackendError> {
        let found = read::payloads::expired(self.database, now, limit)?;
        for (space, place) in &found {
            self.remove_aged(space, *place)?;
        }
        Ok(found.len())
    }

    pub(crate) fn remove_older(
        &mut self,
        space: &SpaceId,
        before: i64,
        limit: usize,
    ) -> Result<usize, BackendError> {
        let found = read::payloads::older(self.database, space, before, limit)?;
        for place in &found {
            self.remove_aged(space, *place)?;
        }
        Ok(found.len())
    }

    fn remove_aged(&mut self, space: &SpaceId, place: PayloadPlace) -> Result<(), BackendError> {
        let sender = read::payloads::sender(self.database, space, place.event)?;
        let sender = sender.ok_or_else(|| malformed("a payload of a message"))?;
        self.remove_payload(space, place, &sender)
    }

    /// Removes the payload of a message, if it has one, and counts it down.
    fn remove_payload(
        &mut self,
        space: &SpaceId,
        place: PayloadPlace,
        sender: &MemberId,
    ) -> Result<(), BackendError> {
        // Before the row goes: messages that the table `usage` does not count yet are counted with what is stored.
        self.space(space)?;
        let Some(bytes) = self.erase_payload(space, place)? else {
            return Ok(());
        };
        let removed = Tally { count: 0, bytes };
        if place.event > self.counted_event(space)? {
            let known = self.space(space)?;
            let waiting = known.uncounted.entry(*sender).or_default();
            *waiting = waiting.minus(removed);
            return Ok(());
        }
        for of in [None, Some(sender)] {
            self.change_usage(space, of, |row| {
                row.usage.messages = row.usage.messages.minus(removed);
            })?;
        }
        Ok(())
    }

    /// Removes the payload of a message that is being purged.
    pub(super) fn erase_payload_of(
        &mut self,
        space: &SpaceId,
        event: i64,
    ) -> Result<(), BackendError> {
        if let Some(place) = read::payloads::place_of_event(self.database, space, event)? {
            self.erase_payload(space, place)?;
        }
        Ok(())
    }

    /// Removes the payload of a message, and its key; returns how many bytes it had.
    pub(super) fn erase_payload(
        &mut self,
        space: &SpaceId,
        place: PayloadPlace,
    ) -> Result<Option<u64>, BackendError> {
        let Some((bytes, key)) = read::payloads::key_of(self.database, space, place)? else {
            return Ok(None);
        };
        self.execute(
            Sql::DELETE_PAYLOAD,
            params![
                space.as_bytes(),
                place.is_state,
                place.timestamp,
                place.event
            ],
        )?;
        self.forget_payload_key(key)?;
        self.erases = true;
        Ok(Some(bytes))
    }
}
