//! Answers of a server: the truth, or a lie.

use reeeductio_proto::api::{DataBody, MessageBody};
use reeeductio_proto::encoding;

use super::chain::{Place, Told, lie_about, told};
use super::world::{BEFORE, MESSAGES, World};
use super::{Lie, Path};

/// Answers of a server about a space.
#[derive(Clone, Debug)]
pub(super) struct Telling {
    pub(super) general: Vec<Told>,
    pub(super) state: Vec<Told>,
    /// Lists of the topic that is lied about.
    pub(super) pages: Pages,
    /// The id of the message that is asked for by its id.
    pub(super) asked: String,
    /// The answer for that id.
    pub(super) one: Option<MessageBody>,
    /// The pushed messages, if they are not the stored ones.
    pub(super) pushed: Option<Vec<MessageBody>>,
    /// State entry `a`, by the route for one entry.
    pub(super) entry: MessageBody,
    /// Data entry `one`.
    pub(super) data: Option<DataBody>,
    /// The listing of data entries, by their paths; `None` for 404.
    pub(super) listed: Option<Vec<(&'static str, DataBody)>>,
    /// Whether the listing goes on without end.
    pub(super) endless: bool,
    /// Whether entry `one` is said to be removed after it was pushed.
    pub(super) removed: bool,
    pub(super) blob: Option<Vec<u8>>,
}

/// How lists are given.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Pages {
    /// As they are.
    True,
    /// Each is said to have more after it.
    MoreClaimed,
    /// Two messages, and no more.
    EndClaimed,
    /// Not at all: 404.
    NotFound,
}

/// Messages given before the end is claimed.
pub(super) const CLAIMED: usize = 2;

impl Path {
    pub(super) fn is_live(self) -> bool {
        matches!(self, Self::Followed | Self::Live)
    }

    /// Returns whether the state is read, and nothing else.
    pub(super) fn is_state(self) -> bool {
        matches!(self, Self::State | Self::StateHistory | Self::StateList)
    }

    /// Returns whether data entries are read, and nothing else.
    pub(super) fn is_data(self) -> bool {
        matches!(self, Self::Data | Self::DataList | Self::DataWatch)
    }

    /// Returns whether the newest message of the topic is read, and nothing else.
    fn is_newest(self) -> bool {
        matches!(self, Self::Newest | Self::Head)
    }

    /// Returns whether something is asked for that may rightly not be there.
    pub(super) fn may_be_absent(self) -> bool {
        matches!(self, Self::ById | Self::State | Self::Data | Self::Blob)
    }

    /// Where the topic is lied about, so that what is read is hit.
    fn place(self, world: &World) -> Place {
        let all = world.state.len();
        let (target, seen, left) = match self {
            // The last but one has the place of entry `a`.
            _ if self.is_state() => (all - 2, all - 2, all - 2),
            _ if self.is_newest() => (MESSAGES - 1, MESSAGES - 1, MESSAGES - 2),
            // The target comes over the stream; the others are seen before it is opened.
            _ if self.is_live() => (BEFORE, BEFORE - 1, BEFORE - 2),
            _ => (2, 2, 2),
        };
        Place { target, seen, left }
    }
}

impl Telling {
    pub(super) fn honest(world: &World) -> Self {
        Self {
            general: told(&world.general),
            state: told(&world.state),
            pages: Pages::True,
            asked: world.general[2].message_hash.clone(),
            one: Some(world.general[2].clone()),
            pushed: None,
            entry: world.state[world.state.len() - 2].clone(),
            data: Some(world.data.clone()),
            listed: Some(vec![
                ("one", world.data.clone()),
                ("two", world.other_data.clone()),
            ]),
            endless: false,
            removed: false,
            blob: Some(world.blob.clone()),
        }
    }

    /// Keeps the answers that are given before anything comes over a live stream.
    pub(super) fn before(mut self, path: Path) -> Self {
        if path.is_live() {
            self.general.retain(|told| told.of < BEFORE);
        }
        if path == Path::DataWatch {
            self.listed = Some(self.listed.unwrap_or_default().split_off(1));
        }
        self
    }

    /// Returns the messages that are pushed over a live stream.
    pub(super) fn frames(&self) -> Vec<MessageBody> {
        let stored = self.general.iter().filter(|told| told.of >= BEFORE);
        let stored = stored.map(|told| told.body.clone());
        self.pushed.clone().unwrap_or_else(|| stored.collect())
    }

    /// A lie, told so that a reader of `path` hears it; `None` if it cannot be told there.
    pub(super) fn lied(lie: Lie, path: Path, world: &World) -> Option<Self> {
        let mut telling = Self::honest(world);
        let told = match path {
            Path::Data => telling.lie_about_data(lie, world),
            Path::DataList => telling.lie_about_listing(lie, world),
            Path::DataWatch => telling.lie_about_push(lie, world),
            Path::Blob => telling.lie_about_blob(lie),
            Path::ById => telling.lie_about_one(lie, world),
            _ => telling.lie_about_topic(lie, path, world),
        };
        told.then_some(telling)
    }

    fn lie_about_topic(&mut self, lie: Lie, path: Path, world: &World) -> bool {
        match lie {
            // No list begins or ends where a list of one message does.
            Lie::Swapped | Lie::Doubled if path.is_newest() => return false,
            // The removal is in the state: what comes after it is later.
            Lie::RemovedBefore if path.is_state() => return false,
            Lie::MoreClaimed => self.pages = Pages::MoreClaimed,
            Lie::EndClaimed if !path.is_newest() => self.pages = Pages::EndClaimed,
            Lie::NotFound => self.pages = Pages::NotFound,
            Lie::Older if path == Path::State => self.entry = world.old_state.clone(),
            Lie::FrameNotStored | Lie::FrameAltered if path.is_live() => {
                self.lie_pushed(lie, world);
            }
            _ => {
                let chain = if path.is_state() {
                    &mut self.state
                } else {
                    &mut self.general
                };
                return lie_about(chain, lie, path.place(world), world);
            }
        }
        true
    }

    fn lie_pushed(&mut self, lie: Lie, world: &World) {
        let mut frames = self.frames();
        let last = &world.general[BEFORE - 1];
        if lie == Lie::FrameAltered {
            frames[0].data = encoding::encode(b"altered");
        } else {
            let sender = &world.members.colluding;
            let time = last.server_timestamp;
            frames.insert(0, world.signed(sender, last, Some(last), time + 1));
        }
        self.pushed = Some(frames);
    }

    fn lie_about_one(&mut self, lie: Lie, world: &World) -> bool {
        let place = Path::ById.place(world);
        match lie {
            Lie::BeginningLeftOut | Lie::Swapped | Lie::Doubled | Lie::TimeBackwards => {
                return false;
            }
            Lie::WithoutRight | Lie::RemovedAfter | Lie::RemovedBefore => {
                lie_about(&mut self.general, lie, place, world);
                let added = self.general.last().unwrap().body.clone();
                self.asked.clone_from(&added.message_hash);
                self.one = Some(added);
            }
            Lie::NotFound => self.one = None,
            Lie::Unasked => self.one = Some(world.general[place.target + 1].clone()),
            _ if lie_about(&mut self.general, lie, place, world) => {
                let mut told = self.general.iter();
                let told = told.find(|told| told.of == place.target);
                self.one = told.map(|told| told.body.clone());
            }
            _ => return false,
        }
        true
    }

    fn lie_about_data(&mut self, lie: Lie, world: &World) -> bool {
        let (mut data, members) = (world.data.clone(), &world.members);
        let later = data.signed_at + 1;
        match lie {
            Lie::ContentAltered => data.data = encoding::encode(b"altered"),
            Lie::SenderSwapped => data.signed_by = members.colluding.user_id().to_string(),
            Lie::SignatureSwapped => data.signature.clone_from(&world.old_data.signature),
            Lie::Moved => data = world.other_data.clone(),
            Lie::TimesChanged => data.signed_at = later,
            Lie::WithoutRight => data = world.signed_data(&members.reader, later),
            Lie::RemovedAfter => data = world.signed_data(&members.removed, world.long_removed()),
            Lie::RemovedBefore => data = world.signed_data(&members.removed, later),
            Lie::Older => data = world.old_data.clone(),
            Lie::NotFound => {
                self.data = None;
                return true;
            }
            _ => return false,
        }
        self.data = Some(data);
        true
    }

    fn lie_about_listing(&mut self, lie: Lie, world: &World) -> bool {
        let mut listed = self.listed.take().unwrap_or_default();
        match lie {
            Lie::NotFound => return true,
            Lie::MiddleLeftOut => drop(listed.remove(0)),
            Lie::EndClaimed => listed.truncate(1),
            Lie::AllLeftOut => listed.clear(),
            Lie::Swapped => listed.swap(0, 1),
            Lie::Doubled => listed.insert(0, listed[0].clone()),
            Lie::MoreClaimed => self.endless = true,
            _ if self.lie_about_data(lie, world) => {
                listed[0].1 = self.data.clone().unwrap();
            }
            _ => return false,
        }
        self.listed = Some(listed);
        true
    }

    fn lie_about_push(&mut self, lie: Lie, world: &World) -> bool {
        match lie {
            Lie::NotFound => return false,
            Lie::MiddleLeftOut => self.data = None,
            Lie::FrameNotStored => self.removed = true,
            Lie::FrameAltered => return self.lie_about_data(Lie::ContentAltered, world),
            _ => return self.lie_about_data(lie, world),
        }
        true
    }

    fn lie_about_blob(&mut self, lie: Lie) -> bool {
        let Some(blob) = &mut self.blob else {
            return false;
        };
        match lie {
            Lie::ContentAltered => blob[50] ^= 1,
            Lie::CutShort => blob.truncate(50),
            Lie::Unasked => *blob = b"another".to_vec(),
            Lie::NotFound => self.blob = None,
            _ => return false,
        }
        true
    }
}
