//! The view of a space's `auth/` state.

use reeeductio_proto::{
    Action, Applied, History, MemberId, MemberKind, Message, MessageId, Operation, Policy,
    Signature, StateEntry, StatePath, StateWrite, TopicId, Verdict, View, encoding, judge,
    judge_state_write, state_entry,
};

use crate::capability::Resources;
use crate::cast::{Actor, actors, space};
use crate::input::text;
use crate::script::messages;

/// Times after the newest message at which verdicts are asked for, in milliseconds.
const LATER: [i64; 4] = [0, 1, 1_000, 1 << 40];
const OPERATIONS: [Operation; 4] = [
    Operation::Create,
    Operation::Delete,
    Operation::Modify,
    Operation::Read,
];

/// A script of state messages, in a space without a policy and in one with.
///
/// Two views that take in the same messages say the same. A message that is ignored changes nothing, one that
/// is not counts once. A message that was altered is never taken in. Every view takes in what a server admits. The
/// owner may do everything. No user ever gives anybody more than the user itself holds, and the definition of a role
/// gives nobody anything. The time from which tokens count never goes back.
pub fn check(data: &[u8]) {
    let Some(text) = text(data) else {
        return;
    };
    check_from(View::new(space()), text);
    let policy = state_entry::policy(&Policy::new(History::Static)).unwrap();
    let mut founded = View::new(space());
    assert_eq!(founded.apply(&first(&policy)), Applied::Changed);
    check_from(founded, text);
}

/// The owner's first message.
fn first(entry: &StateEntry) -> Message {
    Message {
        message_hash: MessageId::of(b"first"),
        topic_id: TopicId::state(),
        kind: entry.path.as_str().to_owned(),
        prev_hash: None,
        data: encoding::encode(entry.value.as_bytes()),
        sender: MemberId::owner_of(space()),
        signature: Signature::from_bytes([0; 64]),
        server_timestamp: 1,
    }
}

fn check_from(mut view: View, text: &str) {
    let actors = actors();
    let mut twin = view.clone();
    let resources = Resources::new();
    for message in messages(text, &actors) {
        let probe = Probe {
            actors: &actors,
            resources: &resources,
            now: message.server_timestamp,
        };
        let before = Verdicts::of(&view, &probe);
        let version = view.version();

        let mut altered = message.clone();
        altered.data.push_str("AAAA");
        assert!(!matches!(view.replay(&altered), Applied::Changed));

        let admitted = is_admitted(&view, &message);
        let tokens = tokens(&view, &actors);
        let applied = view.replay(&message);
        assert!(
            !admitted || !matches!(applied, Applied::Ignored(_)),
            "admitted and then ignored: {message:?}"
        );
        for (before, after) in tokens.iter().zip(self::tokens(&view, &actors)) {
            assert!(*before <= after, "tokens came back: {message:?}");
        }
        assert_eq!(applied, twin.apply(&message), "two views differ");
        let after = Verdicts::of(&view, &probe);
        assert_eq!(after, Verdicts::of(&twin, &probe), "two views differ");
        if applied == Applied::Changed {
            assert_eq!(view.version(), version + 1);
            is_entered(&view, &message);
            no_gift_beyond_ones_means(&message, &before, &after);
            no_gift_by_a_definition_of_a_role(&message, &before, &after);
        } else {
            assert_eq!(view.version(), version);
            assert_eq!(before, after, "what was ignored changed something");
        }
    }
}

fn is_entered(view: &View, message: &Message) {
    let path = StatePath::parse(&message.kind).unwrap();
    let entry = view.entry(&path).unwrap();
    assert_eq!(entry.sender, message.sender);
    assert_eq!(entry.deleted, message.data.is_empty());
}

/// Checks that a user who is not the owner enables nobody to do what it could not do itself.
///
/// Tools may assign the roles their permission names, which is what they are for. Defining a member brings to
/// life what others gave it before.
fn no_gift_beyond_ones_means(message: &Message, before: &Verdicts, after: &Verdicts) {
    let writer = message.sender;
    let defines = message.kind.split('/').count() == 3;
    if space().is_owned_by(&writer) || writer.kind() != MemberKind::User || defines {
        return;
    }
    let own = before.of_member(&writer);
    for (member, verdicts) in &after.by_member {
        let gained = verdicts
            .iter()
            .zip(before.of_member(member))
            .map(|(after, before)| *after && !before);
        for (gained, own) in gained.zip(own) {
            assert!(
                !gained || *own,
                "{writer} gave {member} what it did not hold: {message:?}"
            );
        }
    }
}

/// A role is assigned after it is defined, not before.
fn no_gift_by_a_definition_of_a_role(message: &Message, before: &Verdicts, after: &Verdicts) {
    let segments = message.kind.split('/').count();
    if !message.kind.starts_with("auth/roles/") || segments != 3 {
        return;
    }
    for (member, verdicts) in &after.by_member {
        let mut gained = verdicts
            .iter()
            .zip(before.of_member(member))
            .map(|(after, before)| *after && !before);
        assert!(
            !gained.any(|gained| gained),
            "{member} was waiting for it: {message:?}"
        );
    }
}

fn is_admitted(view: &View, message: &Message) -> bool {
    StatePath::parse(&message.kind).is_ok_and(|path| {
        let write = StateWrite {
            path: &path,
            data: &message.data,
            existing: None,
            prev: None,
        };
        judge_state_write(view, &message.sender, &write, message.server_timestamp).is_ok()
    })
}

fn tokens(view: &View, actors: &[Actor]) -> Vec<Option<i64>> {
    let valid_from = |actor: &Actor| view.tokens_valid_from(&actor.id);
    actors.iter().map(valid_from).collect()
}

/// The members and resources that verdicts are asked about.
struct Probe<'a> {
    actors: &'a [Actor],
    resources: &'a Resources,
    now: i64,
}

/// The verdicts for each actor.
#[derive(Debug, PartialEq)]
struct Verdicts {
    by_member: Vec<(MemberId, Vec<bool>)>,
    members: Vec<MemberId>,
}

impl Verdicts {
    fn of(view: &View, probe: &Probe<'_>) -> Self {
        let by_member = probe
            .actors
            .iter()
            .map(|actor| (actor.id, verdicts(view, &actor.id, probe)))
            .collect();
        let mut members: Vec<MemberId> = view.members().copied().collect();
        members.sort_unstable();
        Self { by_member, members }
    }

    fn of_member(&self, id: &MemberId) -> &[bool] {
        let mut all = self.by_member.iter();
        all.find(|(member, _)| member == id)
            .map_or(&[], |(_, verdicts)| verdicts)
    }
}

fn verdicts(view: &View, member: &MemberId, probe: &Probe<'_>) -> Vec<bool> {
    let mut verdicts = Vec::new();
    for resource in probe.resources.all() {
        for op in OPERATIONS {
            for owner in [None, Some(*member)] {
                let action = Action {
                    op,
                    resource,
                    owner,
                };
                verdicts.extend(LATER.map(|later| {
                    judge(view, member, &action, probe.now + later) == Verdict::Allow
                }));
            }
        }
    }
    if view.space().is_owned_by(member) {
        assert!(
            verdicts.iter().all(|allowed| *allowed),
            "the owner was refused"
        );
    }
    if !view.is_member(member, probe.now) {
        assert!(
            verdicts.iter().all(|allowed| !allowed),
            "a stranger was let in"
        );
    }
    verdicts
}
