//! The pages of a roster, put together.

use reeeductio_proto::MemberId;

use super::StreamEvent;
use super::frame::RosterPage;
use crate::error::ClientError;

/// Most members that a server names.
const MEMBERS: usize = 1_024;

/// A roster that is not complete yet.
#[derive(Debug, Default)]
pub(super) struct Pages {
    members: Vec<MemberId>,
    next: u64,
}

impl Pages {
    /// Takes a page; the event, if it was the last.
    pub(super) fn take(&mut self, page: RosterPage) -> Result<Option<StreamEvent>, ClientError> {
        if page.page == 0 {
            *self = Self::default();
        }
        if page.page != self.next {
            return Err(ClientError::answer("page", "is not the next one"));
        }
        let count = page.count.unwrap_or_default();
        if page.members.is_empty() && !page.more && count > 0 {
            *self = Self::default();
            return Ok(Some(StreamEvent::Crowd(count)));
        }
        self.members.extend(page.members);
        if self.members.len() > MEMBERS {
            return Err(ClientError::answer("members", "are more than a roster has"));
        }
        if page.more {
            self.next += 1;
            return Ok(None);
        }
        let members = std::mem::take(self).members;
        Ok(Some(StreamEvent::Roster(members)))
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    fn page(page: u64, members: std::ops::Range<u8>, more: bool) -> RosterPage {
        RosterPage {
            page,
            members: members.map(|seed| MemberId::user([seed; 32])).collect(),
            more,
            count: None,
        }
    }

    #[test]
    fn pages_are_one_roster_and_a_first_page_begins_anew() {
        let mut pages = Pages::default();
        assert!(pages.take(page(0, 0..3, true)).unwrap().is_none());
        assert!(pages.take(page(0, 0..2, true)).unwrap().is_none());
        let Ok(Some(StreamEvent::Roster(members))) = pages.take(page(1, 2..5, false)) else {
            panic!("no roster");
        };
        assert_eq!(members.len(), 5);
        assert!(pages.take(page(1, 0..1, false)).is_err());
        let crowd = RosterPage {
            count: Some(5_000),
            ..page(0, 0..0, false)
        };
        let crowd = pages.take(crowd).unwrap();
        assert!(matches!(crowd, Some(StreamEvent::Crowd(5_000))));
        let empty = pages.take(page(0, 0..0, false)).unwrap();
        assert!(matches!(empty, Some(StreamEvent::Roster(members)) if members.is_empty()));
    }

    #[test]
    fn a_roster_without_an_end_is_refused() {
        let mut pages = Pages::default();
        let outcome = (0..100).try_for_each(|number| {
            let page = page(number, 0..200, true);
            pages.take(page).map(drop)
        });
        assert!(outcome.is_err());
    }
}
