//! The lane that this installation writes in a topic, as the local store keeps it.

use std::collections::VecDeque;
use std::ops::Range;

use reeeductio_proto::api::PostMessage;
use reeeductio_proto::{MessageId, Position, Reader, lp};

use super::posting::Posted;
use crate::error::ClientError;
use crate::platform::random;
use crate::store::StoreError;

const VERSION: u8 = 1;
/// Messages of which the answers are remembered, so that a draft that is sent again is not posted twice.
const ANSWERS: usize = 16;

/// The lane that this installation writes in a topic.
#[derive(Clone, Debug)]
pub(super) struct OwnLane {
    pub(super) id: [u8; 8],
    /// The last message of which it is known that the server has stored it.
    pub(super) head: Option<MessageId>,
    /// The message that was sent, and of which it is not known whether the server has stored it.
    pub(super) pending: Option<SignedMessage>,
    answers: VecDeque<Answer>,
    /// Restores of the server that had been accepted when it was looked at last.
    restores: u32,
}

/// The client id of a draft, and where its message was stored.
pub(super) type Answer = ([u8; 16], Posted);

/// A message that is sealed and signed.
#[derive(Clone, Debug)]
pub(super) struct SignedMessage {
    pub(super) client_id: [u8; 16],
    pub(super) id: MessageId,
    pub(super) body: PostMessage,
}

impl OwnLane {
    /// Begins a lane: 8 random bytes, not all zero.
    pub(super) fn begin(restores: u32) -> Result<Self, ClientError> {
        let id = loop {
            let id: [u8; 8] = random()?;
            if id != [0; 8] {
                break id;
            }
        };
        Ok(Self {
            id,
            head: None,
            pending: None,
            answers: VecDeque::new(),
            restores,
        })
    }

    /// Begins another lane in the place of this one.
    pub(super) fn renew(&mut self) -> Result<(), ClientError> {
        let answers = std::mem::take(&mut self.answers);
        *self = Self {
            answers,
            ..Self::begin(self.restores)?
        };
        Ok(())
    }

    /// Restores of the server that had been accepted when the lane was looked at last.
    pub(super) fn restores(&self) -> u32 {
        self.restores
    }

    /// The answers that are remembered to messages of events that are lost, oldest first, and whether these are all.
    pub(super) fn lost(&self, lost: Range<u64>) -> (Vec<Answer>, bool) {
        let answers = self.answers.iter().copied();
        let lost: Vec<Answer> = answers
            .filter(|(_, posted)| lost.contains(&posted.number))
            .collect();
        let is_whole = lost.len() < ANSWERS;
        (lost, is_whole)
    }

    /// Goes over to the history after so many restores: what they have taken back is forgotten, and a lane that they have cut is left for a
    /// new one. So no message of it is followed by two, whoever gives the lost ones back.
    pub(super) fn go_over(
        &mut self,
        restores: u32,
        survived: impl Fn(u32) -> u64,
    ) -> Result<(), ClientError> {
        if self.restores >= restores {
            return Ok(());
        }
        let left = survived(self.restores);
        let is_head = |answer: &&Answer| Some(answer.1.position.hash) == self.head;
        let head = self.answers.iter().rev().find(is_head);
        let is_cut = self.head.is_some() && head.is_none_or(|(_, posted)| posted.number >= left);
        self.answers.retain(|(_, posted)| posted.number < left);
        self.restores = restores;
        if is_cut { self.renew() } else { Ok(()) }
    }

    /// Where the message of a draft was stored, if that was not long ago.
    pub(super) fn answer(&self, client_id: &[u8; 16]) -> Option<Posted> {
        let known = self.answers.iter().find(|(id, _)| id == client_id);
        known.map(|(_, posted)| *posted)
    }

    /// Takes note that the server has stored a message, which is the newest of the lane.
    pub(super) fn stored(&mut self, client_id: [u8; 16], posted: Posted) {
        self.head = Some(posted.position.hash);
        self.pending = None;
        if self.answers.len() == ANSWERS {
            self.answers.pop_front();
        }
        self.answers.push_back((client_id, posted));
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let head = self.head.map(|head| *head.hash());
        let pending = self.pending.as_ref().map(SignedMessage::to_bytes);
        let answers: Vec<u8> = self.answers.iter().flat_map(answer_bytes).collect();
        let mut bytes = vec![VERSION];
        bytes.extend(lp([
            self.id.as_slice(),
            head.as_ref().map_or(&[], |head| head.as_slice()),
            pending.as_deref().unwrap_or_default(),
            &answers,
            &self.restores.to_be_bytes(),
        ]));
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
        read(bytes)
            .ok_or_else(|| StoreError::Damaged("the record of a lane cannot be read".to_owned()))
    }
}

fn read(bytes: &[u8]) -> Option<OwnLane> {
    let mut reader = Reader::new(bytes);
    if reader.byte()? != VERSION {
        return None;
    }
    let id = reader.field()?.try_into().ok()?;
    let head = match reader.field()? {
        [] => None,
        head => Some(MessageId::from_hash(head.try_into().ok()?)),
    };
    let pending = match reader.field()? {
        [] => None,
        pending => Some(SignedMessage::read(pending)?),
    };
    let mut rest = Reader::new(reader.field()?);
    let mut answers = VecDeque::new();
    while !rest.is_empty() {
        let client_id = rest.array()?;
        let position = Position {
            hash: MessageId::from_hash(rest.array()?),
            timestamp: i64::from_be_bytes(rest.array()?),
        };
        let number = u64::from_be_bytes(rest.array()?);
        answers.push_back((client_id, Posted { position, number }));
    }
    let restores = u32::from_be_bytes(reader.field()?.try_into().ok()?);
    reader.is_empty().then_some(OwnLane {
        id,
        head,
        pending,
        answers,
        restores,
    })
}

fn answer_bytes((client_id, posted): &([u8; 16], Posted)) -> Vec<u8> {
    let mut bytes = client_id.to_vec();
    bytes.extend_from_slice(posted.position.hash.hash());
    bytes.extend_from_slice(&posted.position.timestamp.to_be_bytes());
    bytes.extend_from_slice(&posted.number.to_be_bytes());
    bytes
}

impl SignedMessage {
    fn to_bytes(&self) -> Vec<u8> {
        let body = &self.body;
        lp([
            self.client_id.as_slice(),
            self.id.hash(),
            body.kind.as_bytes(),
            body.prev_hash.as_deref().unwrap_or_default().as_bytes(),
            body.data.as_bytes(),
            body.message_hash.as_bytes(),
            body.signature.as_bytes(),
            body.payload.as_deref().unwrap_or_default().as_bytes(),
        ])
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let client_id = reader.field()?.try_into().ok()?;
        let id = MessageId::from_hash(reader.field()?.try_into().ok()?);
        let mut text = || Some(std::str::from_utf8(reader.field()?).ok()?.to_owned());
        let body = PostMessage {
            kind: text()?,
            prev_hash: text().map(not_empty)?,
            data: text()?,
            message_hash: text()?,
            signature: text()?,
            payload: text().map(not_empty)?,
        };
        reader.is_empty().then_some(Self {
            client_id,
            id,
            body,
        })
    }
}

fn not_empty(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted(number: u64) -> Posted {
        Posted {
            position: Position {
                hash: MessageId::from_hash([3; 32]),
                timestamp: 5,
            },
            number,
        }
    }

    #[test]
    fn a_lane_is_read_as_it_was_written() {
        let mut lane = OwnLane::begin(2).unwrap();
        for number in 0..20 {
            lane.stored([u8::try_from(number).unwrap(); 16], posted(number));
        }
        lane.pending = Some(SignedMessage {
            client_id: [7; 16],
            id: MessageId::from_hash([8; 32]),
            body: PostMessage {
                kind: "sealed".to_owned(),
                prev_hash: None,
                data: "AA==".to_owned(),
                message_hash: "M".to_owned(),
                signature: "s".to_owned(),
                payload: Some("BB==".to_owned()),
            },
        });
        let bytes = lane.to_bytes();
        let read = OwnLane::from_bytes(&bytes).unwrap();
        assert_eq!(read.to_bytes(), bytes);
        assert_eq!((read.id, read.head), (lane.id, lane.head));
        // The oldest answers are forgotten.
        assert_eq!(read.answer(&[3; 16]), None);
        assert_eq!(read.answer(&[4; 16]), Some(posted(4)));
        for length in 0..bytes.len() {
            assert!(OwnLane::from_bytes(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_lane_that_a_restore_has_cut_is_left_and_another_goes_on() {
        let mut lane = OwnLane::begin(0).unwrap();
        for number in 0..5 {
            let mut at = posted(number);
            at.position.hash = MessageId::from_hash([u8::try_from(number).unwrap(); 32]);
            lane.stored([u8::try_from(number).unwrap(); 16], at);
        }
        for (survived, is_cut) in [(5, false), (4, true), (0, true)] {
            let mut after = lane.clone();
            let (lost, is_whole) = lane.lost(survived..u64::MAX);
            assert!(is_whole);
            assert_eq!(lost.len() as u64, 5 - survived);
            after.go_over(1, |_| survived).unwrap();
            assert_eq!(after.id != lane.id, is_cut);
            assert_eq!(after.head.is_none(), is_cut);
            let left = (0..5).filter(|client_id| after.answer(&[*client_id; 16]).is_some());
            assert_eq!(left.count() as u64, survived);
            // Once only.
            let id = after.id;
            after.go_over(1, |_| 0).unwrap();
            assert_eq!(after.id, id);
        }
    }
}
