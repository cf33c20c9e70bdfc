//! Everything that can be read.

use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use reeeductio_proto::{BlobId, DataPath, MemberId, MessageId, SpaceId, StatePath, TopicId};

use super::answer::{Answer, answer};
use super::universe;
use crate::{MessageRange, ObjectName, Order, Records};

/// A read.
#[derive(Clone, Debug)]
pub enum Query {
    /// [`Records::blob`]
    Blob(BlobId),
    /// [`Records::blob_references`]
    BlobReferences(SpaceId, BlobId),
    /// [`Records::data`]
    Data(SpaceId, DataPath),
    /// [`Records::events`]
    Events(SpaceId, u64, usize),
    /// [`Records::head`]
    Head(SpaceId, TopicId),
    /// [`Records::last_event`]
    LastEvent(SpaceId),
    /// [`Records::message`]
    Message(SpaceId, TopicId, MessageId),
    /// [`Records::messages`]
    Messages(SpaceId, TopicId, MessageRange),
    /// [`Records::objects`]
    Objects(Option<ObjectName>, usize),
    /// [`Records::ready`]
    Ready,
    /// [`Records::spaces`]
    Spaces(Option<SpaceId>, usize),
    /// [`Records::state_entry`]
    StateEntry(SpaceId, StatePath),
    /// [`Records::state_under`]
    StateUnder(SpaceId, &'static str, i64, usize),
    /// [`Records::tool_uses`]
    ToolUses(SpaceId, MemberId),
    /// [`Records::topics`]
    Topics(SpaceId),
}

impl Query {
    pub(super) async fn ask(&self, records: &dyn Records) -> Answer {
        match self.clone() {
            Self::Blob(blob) => answer(records.blob(blob).await),
            Self::BlobReferences(space, blob) => answer(records.blob_references(space, blob).await),
            Self::Data(space, path) => answer(records.data(space, &path).await),
            Self::Events(space, after, limit) => answer(records.events(space, after, limit).await),
            Self::Head(space, topic) => answer(records.head(space, &topic).await),
            Self::LastEvent(space) => answer(records.last_event(space).await),
            Self::Message(space, topic, id) => answer(records.message(space, &topic, id).await),
            Self::Messages(space, topic, range) => {
                answer(records.messages(space, &topic, range).await)
            }
            Self::Objects(after, limit) => answer(records.objects(after.as_ref(), limit).await),
            Self::Ready => answer(records.ready().await),
            Self::Spaces(after, limit) => answer(records.spaces(after, limit).await),
            Self::StateEntry(space, path) => answer(records.state_entry(space, &path).await),
            Self::StateUnder(space, prefix, after, limit) => {
                answer(records.state_under(space, prefix, after, limit).await)
            }
            Self::ToolUses(space, tool) => answer(records.tool_uses(space, tool).await),
            Self::Topics(space) => answer(records.topics(space).await),
        }
    }
}

fn order() -> impl Strategy<Value = Order> {
    prop_oneof![Just(Order::NewestFirst), Just(Order::OldestFirst)]
}

fn range() -> impl Strategy<Value = MessageRange> {
    let bounds = (universe::bound(), universe::bound());
    (bounds, order(), universe::limit()).prop_map(|((from, to), order, limit)| MessageRange {
        from,
        to,
        order,
        limit,
    })
}

/// The name of the object that is written as the `serial`th of a history.
pub(super) fn object(serial: usize) -> ObjectName {
    ObjectName::parse(&format!("object-{serial}")).unwrap()
}

/// Any read.
pub(super) fn query() -> impl Strategy<Value = Query> {
    use universe::{blob, bound, data_path, limit, member, prefix, space, state_path, topic};
    let event = prop_oneof![4 => 0..12_u64, 1 => any::<u64>()];
    let id = (0..40_usize).prop_map(universe::message_id);
    let name = (0..40_usize).prop_map(object);
    prop_oneof![
        1 => blob().prop_map(Query::Blob),
        1 => (space(), blob()).prop_map(|(space, blob)| Query::BlobReferences(space, blob)),
        1 => (space(), data_path()).prop_map(|(space, path)| Query::Data(space, path)),
        1 => (space(), event, limit()).prop_map(|(a, b, c)| Query::Events(a, b, c)),
        1 => (space(), topic()).prop_map(|(space, topic)| Query::Head(space, topic)),
        1 => space().prop_map(Query::LastEvent),
        1 => (space(), topic(), id).prop_map(|(a, b, c)| Query::Message(a, b, c)),
        4 => (space(), topic(), range()).prop_map(|(a, b, c)| Query::Messages(a, b, c)),
        1 => (option::of(name), limit()).prop_map(|(after, limit)| Query::Objects(after, limit)),
        1 => Just(Query::Ready),
        1 => (option::of(space()), limit()).prop_map(|(after, limit)| Query::Spaces(after, limit)),
        1 => (space(), state_path()).prop_map(|(space, path)| Query::StateEntry(space, path)),
        2 => (space(), prefix(), bound(), limit())
            .prop_map(|(a, b, c, d)| Query::StateUnder(a, b, c, d)),
        1 => (space(), member()).prop_map(|(space, tool)| Query::ToolUses(space, tool)),
        1 => space().prop_map(Query::Topics),
    ]
}

/// Reads whose answers together are everything that is stored, after `writes` writes.
pub(super) fn everything(writes: usize) -> Vec<Query> {
    let mut queries = vec![
        Query::Ready,
        Query::Spaces(None, usize::MAX),
        Query::Objects(None, usize::MAX),
    ];
    queries.extend(universe::all_blobs().into_iter().map(Query::Blob));
    for space in universe::all_spaces() {
        queries.extend([
            Query::Topics(space),
            Query::LastEvent(space),
            Query::Events(space, 0, usize::MAX),
        ]);
        for topic in universe::all_topics() {
            queries.push(Query::Head(space, topic.clone()));
            for order in [Order::NewestFirst, Order::OldestFirst] {
                let all = MessageRange {
                    from: i64::MIN,
                    to: i64::MAX,
                    order,
                    limit: usize::MAX,
                };
                queries.push(Query::Messages(space, topic.clone(), all));
            }
            let ids = (0..writes).map(universe::message_id);
            queries.extend(ids.map(|id| Query::Message(space, topic.clone(), id)));
        }
        let paths = universe::all_state_paths().into_iter();
        queries.extend(paths.map(|path| Query::StateEntry(space, path)));
        let prefixes = universe::all_prefixes().into_iter();
        queries
            .extend(prefixes.map(|prefix| Query::StateUnder(space, prefix, i64::MIN, usize::MAX)));
        let paths = universe::all_data_paths().into_iter();
        queries.extend(paths.map(|path| Query::Data(space, path)));
        let members = universe::all_members().into_iter();
        queries.extend(members.map(|member| Query::ToolUses(space, member)));
        let blobs = universe::all_blobs().into_iter();
        queries.extend(blobs.map(|blob| Query::BlobReferences(space, blob)));
    }
    queries
}
