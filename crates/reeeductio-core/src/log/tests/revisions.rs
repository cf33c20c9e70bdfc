use reeeductio_proto::{Operation, TargetChange};

use super::*;
use TargetChange::{Delete, Edit};

fn read(world: &World) -> (Reader, Vec<LogItem>) {
    let mut reader = Reader::new(world.space);
    let items = reader.follow(&world.server, &world.topic).unwrap();
    (reader, items)
}

/// Returns what an application sees of a message.
fn shown(reader: &Reader, items: &[LogItem], world: &World, id: MessageId) -> Shown {
    let find = |id: &MessageId| {
        { items.iter() }
            .filter_map(LogItem::verified)
            .find(|message| message.id() == *id)
    };
    let revisions = reader.log.revisions();
    revisions.show(&world.space, find(&id).unwrap(), find, &world.epochs)
}

fn body(opened: &Opened) -> &[u8] {
    match opened {
        Opened::Content(content) => &content.body,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_edit_replaces_and_a_delete_removes_whichever_way_the_topic_is_read() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    let [plain, edited, deleted] = [(); 3].map(|()| world.post(&mut ada, "first"));
    world.change(&mut ada, Edit, edited, 1);
    let last = world.change(&mut ada, Edit, edited, 2);
    world.change(&mut ada, Edit, deleted, 1);
    let delete = world.change(&mut ada, Delete, deleted, 2);
    let (forward, items) = read(&world);
    let mut backward = Reader::new(world.space);
    backward.limit = 2;
    let history = backward.history(&world.server, &world.topic).unwrap();
    for (reader, items) in [(&forward, &items), (&backward, &history)] {
        assert_eq!(codes(items), ["ok"; 7]);
        let Shown::Posted(content) = shown(reader, items, &world, plain) else {
            panic!("it stands");
        };
        assert_eq!(*content.body, b"first");
        let Shown::Edited {
            by,
            revision,
            content,
        } = shown(reader, items, &world, edited)
        else {
            panic!("it is edited");
        };
        assert_eq!(
            (by, revision, body(&content)),
            (last, 2, b"edited".as_slice())
        );
        assert_eq!(
            shown(reader, items, &world, deleted),
            Shown::Deleted { by: delete }
        );
    }
}

#[test]
fn an_edit_by_another_and_a_delete_of_what_another_wrote_are_refused() {
    let mut world = World::new();
    let (mut ada, mut bob) = (Device::new(&world.ada, 1), Device::new(&world.bob, 1));
    let id = world.post(&mut ada, "Ada's");
    world.change(&mut bob, Edit, id, 1);
    world.change(&mut bob, Delete, id, 1);
    world.change(&mut ada, Edit, id, 1);
    let (reader, items) = read(&world);
    assert_eq!(
        codes(&items),
        ["ok", "verify.unauthorized", "verify.unauthorized", "ok"]
    );
    assert!(matches!(
        shown(&reader, &items, &world, id),
        Shown::Edited { revision: 1, .. }
    ));
    // Backward the change is read before it is known whose message it is; it has no effect.
    let mut backward = Reader::new(world.space);
    backward.limit = 1;
    let history = backward.history(&world.server, &world.topic).unwrap();
    assert!(matches!(
        shown(&backward, &history, &world, id),
        Shown::Edited { revision: 1, .. }
    ));
    let refused = backward
        .log
        .revisions()
        .refused(history[0].verified().unwrap());
    let codes: Vec<&str> = refused.iter().map(|(_, reason)| reason.code()).collect();
    assert_eq!(codes, ["verify.unauthorized"; 2]);
}

#[test]
fn who_has_the_right_changes_what_others_wrote() {
    let mut world = World::new();
    let (mut ada, mut bob) = (Device::new(&world.ada, 1), Device::new(&world.bob, 1));
    let [one, two] = [(); 2].map(|()| world.post(&mut ada, "Ada's"));
    let bobs = world.bob.clone();
    world.give(&bobs, Operation::Delete, "topics/general/messages");
    let delete = world.change(&mut bob, Delete, one, 1);
    world.change(&mut bob, Edit, two, 1);
    let (reader, items) = read(&world);
    assert_eq!(codes(&items), ["ok", "ok", "ok", "verify.unauthorized"]);
    assert_eq!(
        shown(&reader, &items, &world, one),
        Shown::Deleted { by: delete }
    );
    assert!(matches!(
        shown(&reader, &items, &world, two),
        Shown::Posted(_)
    ));
}

#[test]
fn a_space_that_is_not_mutable_has_no_edits_from_then_on() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    let id = world.post(&mut ada, "first");
    world.change(&mut ada, Edit, id, 1);
    world.set(|settings| settings.mutable = false);
    world.change(&mut ada, Edit, id, 2);
    let (reader, items) = read(&world);
    assert_eq!(codes(&items), ["ok", "ok", "verify.unauthorized"]);
    assert!(matches!(
        shown(&reader, &items, &world, id),
        Shown::Edited { revision: 1, .. }
    ));
}

#[test]
fn revisions_follow_each_other_and_end_with_a_delete() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    let id = world.post(&mut ada, "first");
    let first = world.change(&mut ada, Edit, id, 1);
    let again = world.change(&mut ada, Edit, id, 1);
    let skipped = world.change(&mut ada, Edit, id, 4);
    let delete = world.change(&mut ada, Delete, id, 2);
    let late = world.change(&mut ada, Edit, id, 3);
    world.change(&mut ada, Edit, first, 1);
    let (reader, items) = read(&world);
    let last = codes(&items)[6];
    assert_eq!(last, "format.malformed");
    assert_eq!(
        shown(&reader, &items, &world, id),
        Shown::Deleted { by: delete }
    );
    let refused = reader.log.revisions().refused(items[0].verified().unwrap());
    let reasons: Vec<_> = refused
        .iter()
        .map(|(id, reason)| (*id, reason.code()))
        .collect();
    let expected = [again, skipped, late].map(|id| (id, "revision.conflict"));
    assert_eq!(reasons, expected);
}

#[test]
fn a_payload_that_nothing_explains_is_withheld_once_the_topic_was_read_to_its_end() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    let [withheld, edited, deleted] = [(); 3].map(|()| world.post(&mut ada, "hi"));
    let edit = world.change(&mut ada, Edit, edited, 1);
    world.change(&mut ada, Edit, edited, 2);
    world.change(&mut ada, Delete, deleted, 1);
    // An honest server removes what was replaced; this one removes another, too.
    for id in [withheld, edited, deleted, edit] {
        world.drop_payload(id);
    }
    let (mut reader, items) = read(&world);
    assert_eq!(codes(&items), ["ok"; 6]);
    assert_eq!(shown(&reader, &items, &world, withheld), Shown::Missing);
    reader.follow(&world.server, &world.topic).unwrap();
    let found: Vec<MessageId> = reader.withheld.iter().map(|found| found.message).collect();
    assert_eq!(found, [withheld]);
    // It is said once.
    reader.follow(&world.server, &world.topic).unwrap();
    assert_eq!(reader.withheld.len(), 1);
    let mut backward = Reader::new(world.space);
    backward.limit = 2;
    backward.history(&world.server, &world.topic).unwrap();
    assert!(backward.withheld.is_empty());
    backward.follow(&world.server, &world.topic).unwrap();
    let found: Vec<MessageId> = backward
        .withheld
        .iter()
        .map(|found| found.message)
        .collect();
    assert_eq!(found, [withheld]);
}

#[test]
fn a_foreign_edit_explains_no_missing_payload() {
    let mut world = World::new();
    let (mut ada, mut bob) = (Device::new(&world.ada, 1), Device::new(&world.bob, 1));
    let id = world.post(&mut ada, "hi");
    world.change(&mut bob, Delete, id, 1);
    world.drop_payload(id);
    let mut reader = Reader::new(world.space);
    reader.history(&world.server, &world.topic).unwrap();
    reader.follow(&world.server, &world.topic).unwrap();
    assert_eq!(reader.withheld.len(), 1);
}

#[test]
fn a_message_that_is_edited_while_its_topic_is_read_is_not_taken_for_withheld() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    let [old, _, _] = [(); 3].map(|()| world.post(&mut ada, "hi"));
    let mut reader = Reader::new(world.space);
    reader.read_state(&world.server).unwrap();
    let question = reader.log.ask_newest(&world.topic, 2);
    let page = reader.ask(&world.server, question).unwrap();
    let asked = reader.log.ask_after(&world.topic, 10);
    let empty = world.server.answer(&asked);
    // Between the two pages.
    world.change(&mut ada, Edit, old, 1);
    world.drop_payload(old);
    let question = reader
        .log
        .ask_before(&world.topic, page.cursor.unwrap(), 2)
        .unwrap();
    let older = reader.ask(&world.server, question).unwrap();
    assert_eq!(
        older.items[0].verified().unwrap().payload(),
        &Payload::Missing
    );
    // An answer of before the edit, which comes late, decides nothing.
    drop(reader.take(&world.server, asked, empty).unwrap());
    assert!(reader.withheld.is_empty());
    reader.follow(&world.server, &world.topic).unwrap();
    reader.follow(&world.server, &world.topic).unwrap();
    assert!(reader.withheld.is_empty());
}

#[test]
fn what_has_expired_or_is_kept_no_longer_is_not_withheld() {
    const DAY: i64 = 86_400_000;
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    let now = u64::try_from(world.server.now).unwrap();
    let post = Post {
        expires: Some(now + 60_000),
        ..Post::default()
    };
    let expiring = world.send(&mut ada, &post);
    let old = world.post(&mut ada, "old");
    for id in [expiring, old] {
        world.drop_payload(id);
    }
    let payloads = |world: &World, later: i64| {
        let mut reader = Reader::new(world.space);
        reader.later = later;
        let items = reader.follow(&world.server, &world.topic).unwrap();
        let payload = |item: &LogItem| item.verified().unwrap().payload().clone();
        items.iter().map(payload).collect::<Vec<_>>()
    };
    assert_eq!(payloads(&world, 0), [Payload::Missing, Payload::Missing]);
    assert_eq!(
        payloads(&world, 60_000),
        [Payload::Expired, Payload::Missing]
    );
    world.set(|settings| settings.retention_days = Some(2));
    assert_eq!(payloads(&world, DAY), [Payload::Expired, Payload::Missing]);
    assert_eq!(
        payloads(&world, 2 * DAY),
        [Payload::Expired, Payload::NotRetained]
    );
    // A setting that is gone again may have removed it.
    world.set(|settings| settings.retention_days = None);
    assert_eq!(
        payloads(&world, 2 * DAY),
        [Payload::Expired, Payload::NotRetained]
    );
}

#[test]
fn kept_messages_say_after_a_restart_what_they_change() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    let id = world.post(&mut ada, "first");
    let edit = world.change(&mut ada, Edit, id, 1);
    let (reader, items) = read(&world);
    let mut restarted = reader.restarted();
    let messages = items.into_iter().map(|item| item.into_result().unwrap());
    let kept: Vec<LogMessage> = messages
        .map(|kept| {
            let (payload, number) = (kept.payload().clone(), kept.number());
            let message = kept.message().clone().into_message();
            let may = kept.may_change_others();
            let restored =
                LogMessage::restore(&world.space, message.clone(), payload, number, may).unwrap();
            assert_eq!(restored, *kept);
            let other = Payload::Here(vec![0; 208]);
            let refused = LogMessage::restore(&world.space, message, other, number, may);
            assert_eq!(refused.unwrap_err(), Reason::Payload);
            restored
        })
        .collect();
    assert_eq!(
        restarted.log.revisions().standing(&kept[0]),
        Standing::Posted
    );
    for message in &kept {
        restarted.log.note_kept(message);
    }
    let standing = restarted.log.revisions().standing(&kept[0]);
    assert_eq!(
        standing,
        Standing::Edited {
            by: edit,
            revision: 1
        }
    );
}

#[test]
fn a_right_in_one_topic_changes_nothing_in_another() {
    let mut world = World::new();
    let (mut ada, bob) = (Device::new(&world.ada, 1), world.bob.clone());
    let [one, two] = [(); 2].map(|()| world.post(&mut ada, "Ada's"));
    world.give(&bob, Operation::Delete, "topics/other/messages");
    world.give(&bob, Operation::Modify, "topics/other/messages");
    let (general, other) = (world.topic.clone(), TopicId::parse("other").unwrap());
    // Past the server, which takes changes of messages of the same topic alone.
    world.topic = other.clone();
    let mut device = Device::new(&bob, 1);
    world.change(&mut device, Delete, one, 1);
    world.change(&mut device, Edit, two, 1);
    let mut reader = Reader::new(world.space);
    reader.follow(&world.server, &other).unwrap();
    let items = reader.follow(&world.server, &general).unwrap();
    for id in [one, two] {
        let shown = shown(&reader, &items, &world, id);
        assert!(matches!(shown, Shown::Posted(_)), "{shown:?}");
    }
}
