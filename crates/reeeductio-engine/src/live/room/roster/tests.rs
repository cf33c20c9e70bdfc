use super::*;

/// Members that come and go, and one stream that follows.
struct Stage {
    roster: Roster,
    members: BTreeMap<MemberId, Present>,
    place: Option<RosterPlace>,
    now: i64,
    /// The roster as the stream was told it.
    known: BTreeSet<MemberId>,
}

fn member(number: usize) -> MemberId {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&(number as u64).to_be_bytes());
    MemberId::user(key)
}

impl Stage {
    fn new() -> Self {
        Self {
            roster: Roster::new(100 * size_of::<MemberId>()),
            members: BTreeMap::new(),
            place: None,
            now: 0,
            known: BTreeSet::new(),
        }
    }

    fn comes(&mut self, number: usize) -> bool {
        let present = Present { streams: 1 };
        self.members.insert(member(number), present);
        let count = self.members.len();
        self.roster.changed(member(number), count, self.now)
    }

    fn goes(&mut self, number: usize) -> bool {
        self.members.remove(&member(number));
        let count = self.members.len();
        self.roster.changed(member(number), count, self.now)
    }

    /// Takes one step: how many members it names, and the page.
    fn step(&mut self) -> Option<(usize, Option<usize>)> {
        let step = self.roster.step(&self.members, &mut self.place, self.now)?;
        Some(match step {
            RosterStep::Page {
                number, members, ..
            } => {
                if number == 0 {
                    self.known.clear();
                }
                let told = (members.len(), Some(number));
                self.known.extend(members);
                told
            }
            RosterStep::Changes(changes) => {
                let told = (changes.len(), None);
                for (member, came) in changes {
                    if came {
                        self.known.insert(member);
                    } else {
                        self.known.remove(&member);
                    }
                }
                told
            }
        })
    }

    fn steps(&mut self) -> Vec<(usize, Option<usize>)> {
        std::iter::from_fn(|| self.step()).collect()
    }

    #[track_caller]
    fn agrees(&self) {
        let members: BTreeSet<MemberId> = self.members.keys().copied().collect();
        assert_eq!(self.known, members);
    }
}

#[test]
fn a_roster_comes_in_pages_and_then_as_changes() {
    let mut stage = Stage::new();
    for number in 0..300 {
        stage.comes(number);
    }
    assert_eq!(stage.step(), Some((256, Some(0))));
    // Before and after the end of the first page.
    stage.goes(1);
    stage.goes(299);
    stage.comes(1000);
    assert_eq!(stage.steps(), [(3, None), (44, Some(1))]);
    stage.agrees();
    stage.comes(1);
    stage.goes(1);
    stage.comes(1);
    stage.goes(2);
    assert_eq!(stage.steps(), [(2, None)], "the result, of each once");
    stage.agrees();
    assert_eq!(stage.steps(), []);
}

#[test]
fn a_stream_that_missed_changes_begins_anew() {
    let mut stage = Stage::new();
    stage.comes(0);
    assert_eq!(stage.steps(), [(1, Some(0))]);
    for number in 1..=101 {
        stage.comes(number);
    }
    assert_eq!(stage.steps(), [(102, Some(0))], "more than are held");
    stage.goes(0);
    stage.now += super::super::super::ring::LIFETIME;
    assert_eq!(stage.steps(), [(101, Some(0))], "longer than they are held");
    stage.agrees();
}

#[test]
fn too_many_members_are_counted_until_there_are_fewer() {
    let mut stage = Stage::new();
    for number in 0..MOST {
        stage.comes(number);
    }
    assert_eq!(stage.steps().len(), MOST / PAGE);
    stage.agrees();
    assert!(stage.comes(MOST));
    assert_eq!(stage.steps(), [(0, Some(0))], "none is named");
    assert!(!stage.comes(MOST + 1) && !stage.goes(0), "nobody is woken");
    assert_eq!(stage.steps(), []);
    for number in 1..=MOST - AGAIN {
        assert!(!stage.goes(number));
    }
    assert!(stage.goes(MOST - AGAIN + 1));
    assert_eq!(stage.steps().len(), AGAIN / PAGE);
    stage.agrees();
}
