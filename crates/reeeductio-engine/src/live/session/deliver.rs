//! Messages and changes of data, as far as the member may read them and has asked for them.

use reeeductio_proto::{Action, Operation, Resource, TopicId, Verdict, View, judge};

use super::super::cursor::Told;
use super::super::hub::{Frame, FrameContent};
use super::{Close, Effects, Session};
use crate::caller::SpaceMember;
use crate::data::may_read;

impl Session {
    /// Sends what the member may read, and up to where that was.
    pub(super) fn deliver(&mut self, now: i64, frames: Vec<Frame>, effects: &mut Effects) {
        let before = effects.send.len();
        self.deliver_events(now, frames, effects);
        if effects.send.len() > before {
            self.tell_cursor(effects);
        }
    }

    fn deliver_events(&mut self, now: i64, frames: Vec<Frame>, effects: &mut Effects) {
        // A session's own space was loaded when its member was authenticated, and stays while held.
        let complete_to = self.caller.space.authority_cell().event();
        let Some(authority) = self.caller.space.peek_authority() else {
            effects.close = Some(Close::Revoked);
            return;
        };
        let view = &authority.view;
        if !self.caller.is_admitted(view, now) {
            effects.close = Some(Close::Revoked);
            return;
        }
        self.verdicts.hold_for(view.version(), now.div_euclid(1000));
        for frame in frames {
            // A replay and the hub may overlap.
            if frame.position <= self.cursor {
                continue;
            }
            // Rights may have changed before it in a way the view does not know yet.
            if frame.position.message > complete_to {
                self.caller.space.start_following();
                return;
            }
            self.cursor = self.config.passed(frame.position);
            let text = match frame.content {
                FrameContent::Message(message, cursor) => {
                    if let Some(told) = &mut self.told {
                        told.reach(cursor);
                    }
                    let wanted = &self.signed_in;
                    let readable = self.verdicts.may_read(&message.topic, |topic| {
                        wanted
                            .as_ref()
                            .is_none_or(|wanted| wanted.subscription.tells_topic(topic))
                            && may_read_topic(&self.caller, view, topic, now)
                    });
                    readable.then_some(message.text)
                }
                FrameContent::Data(data) => {
                    let wanted = &self.signed_in;
                    let readable = self.config.data
                        && wanted
                            .as_ref()
                            .is_none_or(|wanted| wanted.subscription.tells_path(&data.path))
                        && may_read(&self.caller, view, &data.path, data.signed_by, now);
                    readable.then(|| data.text.clone())
                }
            };
            effects.send.extend(text);
        }
    }

    pub(super) fn tell_cursor(&mut self, effects: &mut Effects) {
        effects.send.extend(self.told.as_mut().and_then(Told::news));
    }
}

fn may_read_topic(caller: &SpaceMember, view: &View, topic: &TopicId, now: i64) -> bool {
    let action = Action {
        op: Operation::Read,
        resource: Resource::Topic(topic),
        owner: None,
    };
    topic.is_state() || matches!(judge(view, &caller.id, &action, now), Verdict::Allow)
}
