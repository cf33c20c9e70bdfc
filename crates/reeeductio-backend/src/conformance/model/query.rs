//! Everything that can be read.

use std::ops::Range;

use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use reeeductio_proto::tree::{consistency_ranges, inclusion_ranges};
use reeeductio_proto::{
    BlobId, ChainId, DataPath, EventPosition, MemberId, MessageId, SpaceId, StatePath, TopicId,
};

use super::answer::{Answer, answer};
use super::inbox;
use super::universe;
use crate::{DataRange, InboxRange, MessageRange, ObjectName, Order, PageLimit, Records};

/// A read.
#[derive(Clone, Debug)]
pub enum Query {
    /// [`BlobRecords::blob`](crate::BlobRecords::blob)
    Blob(SpaceId, BlobId),
    /// [`BlobRecords::blob_spaces`](crate::BlobRecords::blob_spaces)
    BlobSpaces(BlobId),
    /// [`BlobRecords::blob_references`](crate::BlobRecords::blob_references)
    BlobReferences(SpaceId, BlobId),
    /// [`DataEntries::data`](crate::DataEntries::data)
    Data(SpaceId, DataPath),
    /// [`Messages::changes`](crate::Messages::changes)
    Changes(SpaceId, EventPosition, PageLimit),
    /// [`DataEntries::data_below`](crate::DataEntries::data_below)
    DataBelow(SpaceId, DataRange),
    /// [`Messages::last_change`](crate::Messages::last_change)
    LastChange(SpaceId),
    /// [`State::authority_entries`](crate::State::authority_entries)
    AuthorityEntries(SpaceId, i64, PageLimit),
    /// [`Messages::entries`](crate::Messages::entries)
    Entries(SpaceId, TopicId, MessageRange),
    /// [`Messages::entry`](crate::Messages::entry)
    Entry(SpaceId, TopicId, MessageId),
    /// [`Trees::leaf`](crate::Trees::leaf)
    Leaf(SpaceId, u64),
    /// [`Trees::range_roots`](crate::Trees::range_roots)
    RangeRoots(SpaceId, Vec<Range<u64>>),
    /// [`Trees::restores`](crate::Trees::restores)
    Restores(SpaceId),
    /// [`Trees::tree`](crate::Trees::tree)
    Tree(SpaceId),
    /// [`Messages::events`](crate::Messages::events)
    Events(SpaceId, u64, PageLimit),
    /// [`Messages::head`](crate::Messages::head)
    Head(SpaceId, ChainId),
    /// [`Inboxes::inbox`](crate::Inboxes::inbox)
    Inbox(SpaceId, MemberId, InboxRange),
    /// [`Messages::last_event`](crate::Messages::last_event)
    LastEvent(SpaceId),
    /// [`Messages::message`](crate::Messages::message)
    Message(SpaceId, TopicId, MessageId),
    /// [`Messages::messages`](crate::Messages::messages)
    Messages(SpaceId, TopicId, MessageRange),
    /// [`BlobRecords::objects`](crate::BlobRecords::objects)
    Objects(Option<ObjectName>, usize),
    /// [`Records::ready`]
    Ready,
    /// [`Spaces::spaces`](crate::Spaces::spaces)
    Spaces(Option<SpaceId>, usize),
    /// [`State::state_entry`](crate::State::state_entry)
    StateEntry(SpaceId, StatePath),
    /// [`Tools::tool_uses`](crate::Tools::tool_uses)
    ToolUses(SpaceId, MemberId),
    /// [`Spaces::topics`](crate::Spaces::topics)
    Topics(SpaceId),
    /// [`Spaces::usage`](crate::Spaces::usage)
    Usage(SpaceId, Option<MemberId>),
}

impl Query {
    pub(super) async fn ask(&self, records: &dyn Records) -> Answer {
        match self.clone() {
            Self::AuthorityEntries(space, after, limit) => {
                answer(records.authority_entries(space, after, limit).await)
            }
            Self::Blob(space, blob) => answer(records.blob(space, blob).await),
            Self::BlobSpaces(blob) => answer(records.blob_spaces(blob).await),
            Self::BlobReferences(space, blob) => answer(records.blob_references(space, blob).await),
            Self::Changes(space, after, limit) => {
                answer(records.changes(space, after, limit).await)
            }
            Self::DataBelow(space, range) => answer(records.data_below(space, range).await),
            Self::LastChange(space) => answer(records.last_change(space).await),
            Self::Data(space, path) => answer(records.data(space, &path).await),
            Self::Entries(space, topic, range) => {
                answer(records.entries(space, &topic, range).await)
            }
            Self::Entry(space, topic, id) => {
                let entry = records.entry(space, &topic, id).await;
                answer(entry.map(|entry| entry.map(Box::new)))
            }
            Self::Leaf(space, number) => answer(records.leaf(space, number).await),
            Self::RangeRoots(space, ranges) => answer(records.range_roots(space, ranges).await),
            Self::Restores(space) => answer(records.restores(space).await),
            Self::Tree(space) => answer(records.tree(space).await),
            Self::Events(space, after, limit) => answer(records.events(space, after, limit).await),
            Self::Head(space, chain) => answer(records.head(space, &chain).await),
            Self::Inbox(space, member, range) => answer(records.inbox(space, member, range).await),
            Self::LastEvent(space) => answer(records.last_event(space).await),
            Self::Message(space, topic, id) => answer(records.message(space, &topic, id).await),
            Self::Messages(space, topic, range) => {
                answer(records.messages(space, &topic, range).await)
            }
            Self::Objects(after, limit) => answer(records.objects(after.as_ref(), limit).await),
            Self::Ready => answer(records.ready().await),
            Self::Spaces(after, limit) => answer(records.spaces(after, limit).await),
            Self::StateEntry(space, path) => answer(records.state_entry(space, &path).await),
            Self::ToolUses(space, tool) => answer(records.tool_uses(space, tool).await),
            Self::Topics(space) => answer(records.topics(space).await),
            Self::Usage(space, member) => answer(records.usage(space, member).await),
        }
    }
}

fn order() -> impl Strategy<Value = Order> {
    prop_oneof![Just(Order::NewestFirst), Just(Order::OldestFirst)]
}

fn range() -> impl Strategy<Value = MessageRange> {
    let bounds = (universe::bound(), universe::bound());
    (bounds, order(), universe::page_limit()).prop_map(|((from, to), order, limit)| MessageRange {
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
    use universe::{
        blob, bound, chain, data_path, limit, member, page_limit, space, state_path, topic,
    };
    let event = prop_oneof![4 => 0..12_u64, 1 => any::<u64>()];
    let position = (0..12_u64, prop_oneof![4 => 0..6_u64, 1 => any::<u64>()])
        .prop_map(|(message, change)| EventPosition { message, change });
    let data_range = (universe::prefix(), option::of(data_path()), page_limit()).prop_map(
        |(below, after, limit)| DataRange {
            below,
            after,
            limit,
        },
    );
    let ids = || (0..40_usize).prop_map(universe::message_id);
    let proof = (0..40_u64, 0..40_u64, any::<bool>()).prop_map(|(of, size, inclusion)| {
        if inclusion {
            inclusion_ranges(of, size)
        } else {
            consistency_ranges(of, size)
        }
    });
    let name = (0..40_usize).prop_map(object);
    prop_oneof![
        2 => (space(), bound(), page_limit()).prop_map(|(a, b, c)| Query::AuthorityEntries(a, b, c)).boxed(),
        1 => (space(), blob()).prop_map(|(space, blob)| Query::Blob(space, blob)).boxed(),
        1 => blob().prop_map(Query::BlobSpaces).boxed(),
        1 => (space(), blob()).prop_map(|(space, blob)| Query::BlobReferences(space, blob)).boxed(),
        2 => (space(), position, page_limit()).prop_map(|(a, b, c)| Query::Changes(a, b, c)).boxed(),
        2 => (space(), data_range).prop_map(|(space, range)| Query::DataBelow(space, range)).boxed(),
        1 => space().prop_map(Query::LastChange).boxed(),
        1 => (space(), data_path()).prop_map(|(space, path)| Query::Data(space, path)).boxed(),
        2 => (space(), event, page_limit()).prop_map(|(a, b, c)| Query::Events(a, b, c)).boxed(),
        1 => (space(), chain()).prop_map(|(space, chain)| Query::Head(space, chain)).boxed(),
        2 => inbox::query().boxed(),
        1 => space().prop_map(Query::LastEvent).boxed(),
        1 => (space(), topic(), ids()).prop_map(|(a, b, c)| Query::Message(a, b, c)).boxed(),
        4 => (space(), topic(), range()).prop_map(|(a, b, c)| Query::Messages(a, b, c)).boxed(),
        4 => (space(), topic(), range()).prop_map(|(a, b, c)| Query::Entries(a, b, c)).boxed(),
        1 => (space(), topic(), ids()).prop_map(|(a, b, c)| Query::Entry(a, b, c)).boxed(),
        1 => (space(), 0..40_u64).prop_map(|(space, number)| Query::Leaf(space, number)).boxed(),
        2 => (space(), proof).prop_map(|(space, ranges)| Query::RangeRoots(space, ranges)).boxed(),
        1 => space().prop_map(Query::Restores).boxed(),
        2 => space().prop_map(Query::Tree).boxed(),
        1 => (option::of(name), limit()).prop_map(|(after, limit)| Query::Objects(after, limit)).boxed(),
        1 => Just(Query::Ready).boxed(),
        1 => (option::of(space()), limit()).prop_map(|(after, limit)| Query::Spaces(after, limit)).boxed(),
        1 => (space(), state_path()).prop_map(|(space, path)| Query::StateEntry(space, path)).boxed(),
        1 => (space(), member()).prop_map(|(space, tool)| Query::ToolUses(space, tool)).boxed(),
        1 => space().prop_map(Query::Topics).boxed(),
        1 => (space(), option::of(member())).prop_map(|(space, of)| Query::Usage(space, of)).boxed(),
    ]
}

/// Reads whose answers together are everything that is stored, after `writes` writes.
pub(super) fn everything(writes: usize) -> Vec<Query> {
    let mut queries = vec![
        Query::Ready,
        Query::Spaces(None, usize::MAX),
        Query::Objects(None, usize::MAX),
    ];
    queries.extend(universe::all_blobs().into_iter().map(Query::BlobSpaces));
    let all = PageLimit::count(usize::MAX);
    for space in universe::all_spaces() {
        queries.extend([
            Query::Topics(space),
            Query::LastEvent(space),
            Query::Events(space, 0, all),
            Query::LastChange(space),
            Query::Changes(space, EventPosition::default(), all),
            Query::AuthorityEntries(space, i64::MIN, all),
            Query::Usage(space, None),
            Query::Tree(space),
            Query::Restores(space),
        ]);
        queries.extend((0..40).map(|number| Query::Leaf(space, number)));
        for topic in universe::all_topics() {
            for lane in universe::all_lanes() {
                let topic = topic.clone();
                queries.push(Query::Head(space, ChainId { topic, lane }));
            }
            // A store may answer for the newest message alone in another way than for the rest.
            let newest = (Order::NewestFirst, PageLimit::count(1));
            for (order, limit) in [(Order::NewestFirst, all), (Order::OldestFirst, all), newest] {
                let range = MessageRange {
                    from: i64::MIN,
                    to: i64::MAX,
                    order,
                    limit,
                };
                queries.push(Query::Messages(space, topic.clone(), range));
                queries.push(Query::Entries(space, topic.clone(), range));
            }
            let ids = (0..writes).map(universe::message_id);
            queries.extend(ids.flat_map(|id| {
                [
                    Query::Message(space, topic.clone(), id),
                    Query::Entry(space, topic.clone(), id),
                ]
            }));
        }
        let paths = universe::all_state_paths().into_iter();
        queries.extend(paths.map(|path| Query::StateEntry(space, path)));
        let paths = universe::all_data_paths().into_iter();
        queries.extend(paths.map(|path| Query::Data(space, path)));
        let members = universe::all_members().into_iter();
        queries.extend(members.flat_map(|member| {
            [
                Query::ToolUses(space, member),
                Query::Usage(space, Some(member)),
                inbox::whole(space, member),
            ]
        }));
        let blobs = universe::all_blobs().into_iter();
        queries.extend(
            blobs.flat_map(|blob| [Query::Blob(space, blob), Query::BlobReferences(space, blob)]),
        );
    }
    queries
}
