//! The JSON of capabilities.

use reeeductio_core::state_entry;
use reeeductio_proto::{BlobId, Capability, DataPath, Operation, Resource, StatePath, TopicId};

use crate::cast::{actors, with_ids};
use crate::input::lines;
use crate::script::START;

const OPERATIONS: [Operation; 5] = [
    Operation::Create,
    Operation::Delete,
    Operation::Modify,
    Operation::Read,
    Operation::Write,
];

/// Two lines: capabilities as JSON, in which `@a` stands for a member's id.
///
/// A capability reads as the same one after a client has written it. A capability allows nothing once it has lapsed
/// and no other operation; what it covers allows nothing that it does not.
pub fn check(data: &[u8]) {
    let Some([wide, narrow]) = lines(data) else {
        return;
    };
    let actors = actors();
    let [wide, narrow] =
        [wide, narrow].map(|text| Capability::from_json(with_ids(text, &actors).as_bytes()));
    for capability in [&wide, &narrow].into_iter().flatten() {
        let entry = state_entry::right_of_role("role", "right", capability).unwrap();
        let again = Capability::from_json(entry.value.as_bytes());
        assert_eq!(again.as_ref(), Ok(capability), "{}", entry.value);
        assert!(capability.covers(capability), "{}", entry.value);
    }
    let (Ok(mut wide), Ok(narrow)) = (wide, narrow) else {
        return;
    };
    // The judge of a grant compares the times at which they lapse.
    let lapses = wide.expires_at.take();
    let covers = wide.covers(&narrow);
    let resources = Resources::new();
    for (resource, actor) in resources
        .all()
        .iter()
        .flat_map(|r| actors.iter().map(move |a| (r, a)))
    {
        for (op, owner) in OPERATIONS
            .iter()
            .flat_map(|op| [(*op, None), (*op, Some(&actor.id))])
        {
            let allows =
                |right: &Capability, now| right.allows(op, resource, owner, &actor.id, now);
            assert!(!allows(&wide, START) || wide.op.grants(op));
            assert!(!covers || !allows(&narrow, START) || allows(&wide, START));
            if let Some(end) = lapses.and_then(|end| end.checked_add(1)) {
                let mut lapsing = wide.clone();
                lapsing.expires_at = lapses;
                assert!(!allows(&lapsing, end));
            }
        }
    }
}

/// Something of every kind to act on.
pub(crate) struct Resources {
    blob: BlobId,
    data: [DataPath; 2],
    state: [StatePath; 3],
    topics: [TopicId; 2],
}

impl Resources {
    /// None of them names a member.
    pub(crate) fn new() -> Self {
        let data = |path| DataPath::parse(path).unwrap();
        let state = |path| StatePath::parse(path).unwrap();
        let topic = |name| TopicId::parse(name).unwrap();
        Self {
            blob: BlobId::of(b"blob"),
            data: [data("notes"), data("notes/today")],
            state: [
                state("profile"),
                state("profile/name"),
                state("auth/roles/editor"),
            ],
            topics: [topic("general"), topic("alerts")],
        }
    }

    pub(crate) fn all(&self) -> Vec<Resource<'_>> {
        let mut all = vec![Resource::Blob(&self.blob)];
        all.extend(self.data.iter().map(Resource::Data));
        all.extend(self.state.iter().map(Resource::State));
        all.extend(self.topics.iter().map(Resource::Topic));
        all
    }
}
