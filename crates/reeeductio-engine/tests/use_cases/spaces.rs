//! Spaces as the operator sees them: registered, withdrawn, purged, on two servers.

use bytes::Bytes;
use reeeductio_backend::Usage;
use reeeductio_core::{StateEntry, register_space, state_entry};
use reeeductio_engine::live::{Close, Input, SessionConfig};
use reeeductio_engine::{PurgeStep, Refusal};
use reeeductio_proto::{BlobId, ErrorCode, Operation, SpaceId, StatePath};

use crate::rig::{Member, Rig, code, keys, space};

/// The owner of the admin space, signed in.
pub(crate) async fn operator(rig: &Rig) -> Member {
    let keys = keys(100);
    rig.sign_in_to(keys.space_id(), keys.user_id(), 100)
        .await
        .unwrap()
}

pub(crate) async fn register(rig: &Rig, operator: &Member, seed: u8) -> Result<(), Refusal> {
    let registration = register_space(&keys(seed), operator.id, rig.now());
    let [entry, _] = state_entry::registration(&registration).unwrap();
    operator.set(rig, &entry).await
}

pub(crate) async fn withdraw(rig: &Rig, operator: &Member, space: SpaceId) -> Result<(), Refusal> {
    let [path, _] = state_entry::registration_paths(&space, &operator.id).unwrap();
    let entry = StateEntry {
        path,
        value: String::new(),
    };
    operator.set(rig, &entry).await
}

async fn purge(rig: &Rig, operator: &Member) -> u64 {
    let mut removed = 0;
    loop {
        let step = rig.engine.purge_space(&operator.caller, space()).await;
        let PurgeStep {
            removed: more,
            has_more,
        } = step.unwrap();
        removed += more;
        if !has_more {
            return removed;
        }
    }
}

#[tokio::test]
async fn what_is_on_its_way_into_a_space_that_is_purged_is_not_stored_on_any_server() {
    let [here, there] = Rig::pair();
    let operator = operator(&here).await;
    register(&here, &operator, 1).await.unwrap();
    let near = here.owner().await;
    let far = there.owner().await;
    near.post(&here, "general", "n", b"1").await.unwrap();
    let mut uploads = Vec::new();
    for (rig, member) in [(&here, &near), (&there, &far)] {
        let id = BlobId::of(b"bytes").to_string();
        let upload = rig.engine.upload_blob(&member.caller, &id, None).await;
        let mut upload = upload.unwrap();
        upload.write(Bytes::from_static(b"bytes")).await.unwrap();
        uploads.push((rig, member, upload));
    }
    withdraw(&here, &operator, space()).await.unwrap();
    assert_eq!(purge(&here, &operator).await, 1);
    // The other server has not received it: the store refuses.
    for (rig, member) in [(&there, &far), (&here, &near)] {
        let posted = member.post(rig, "general", "n", b"2").await;
        assert_eq!(code(posted), ErrorCode::SpaceUnknown);
        let put = member.put(rig, "a", b"1").await;
        assert_eq!(code(put), ErrorCode::SpaceUnknown);
    }
    for (rig, member, upload) in uploads {
        let stored = rig.engine.finish_upload(&member.caller, upload).await;
        assert_eq!(code(stored), ErrorCode::SpaceUnknown);
    }
    let gone = here.engine.space_status(&operator.caller, space(), None);
    assert_eq!(code(gone.await), ErrorCode::SpaceUnknown);
    let listed = here.engine.list_spaces(&operator.caller, None, 10).await;
    let listed = listed.unwrap().items;
    assert_eq!(listed.len(), 1, "the admin space");
    assert!(listed[0].served && !listed[0].registered);
}

#[tokio::test]
async fn a_write_that_another_server_overtakes_is_refused_by_the_store() {
    let [here, there] = Rig::pair();
    let operator = operator(&here).await;
    register(&here, &operator, 1).await.unwrap();
    let far = there.owner().await;
    withdraw(&here, &operator, space()).await.unwrap();
    // Not purged, so that nothing but the registration is in the way.
    let put = far.put(&there, "a", b"1").await;
    assert_eq!(code(put), ErrorCode::SpaceUnknown);
    register(&here, &operator, 1).await.unwrap();
    // Reads are judged by a view that is at most two seconds old.
    there.clock.advance(2_001);
    let far = there.owner().await;
    // Registering once more what is registered changes nothing for those who write.
    register(&here, &operator, 1).await.unwrap();
    far.put(&there, "a", b"1").await.unwrap();
}

#[tokio::test]
async fn a_space_that_begins_anew_knows_nobody_of_before() {
    let [here, there] = Rig::pair();
    let operator = operator(&here).await;
    register(&here, &operator, 1).await.unwrap();
    let owner = here.owner().await;
    let member = here.user(&owner, 2).await;
    there.sign_in(member.id, 2).await.unwrap();
    withdraw(&here, &operator, space()).await.unwrap();
    purge(&here, &operator).await;
    register(&here, &operator, 1).await.unwrap();
    here.clock.advance(2_001);
    for rig in [&here, &there] {
        for token in [&owner.token.token, &member.token.token] {
            let old = rig.engine.authenticate(space(), token).await;
            assert_eq!(code(old), ErrorCode::TokenRevoked);
        }
        let stranger = rig.sign_in(member.id, 2).await;
        assert_eq!(code(stranger), ErrorCode::MemberUnknown);
        rig.owner().await;
    }
    let owner = there.owner().await;
    let again = there.user(&owner, 2).await;
    let old = there
        .engine
        .authenticate(space(), &member.token.token)
        .await;
    assert_eq!(code(old), ErrorCode::TokenRevoked);
    there
        .engine
        .authenticate(space(), &again.token.token)
        .await
        .unwrap();
}

#[tokio::test]
async fn streams_end_with_the_registration_on_each_server() {
    let [here, there] = Rig::pair();
    let operator = operator(&here).await;
    register(&here, &operator, 1).await.unwrap();
    let near = here.owner().await;
    let far = there.owner().await;
    let mut sessions = Vec::new();
    for (rig, member) in [(&here, &near), (&there, &far)] {
        let session = rig
            .engine
            .open_session(member.caller.clone(), SessionConfig::default());
        sessions.push((rig, session.await.unwrap()));
    }
    let (_, session) = &sessions[0];
    let woken = session.wake().listen();
    withdraw(&here, &operator, space()).await.unwrap();
    woken.await;
    // The other server follows the admin space.
    there.clock.advance(2_001);
    let gone = there.engine.authenticate(space(), &far.token.token).await;
    assert_eq!(code(gone), ErrorCode::SpaceUnknown);
    for (rig, mut session) in sessions {
        let effects = session.handle(rig.now(), rig.engine.monotonic(), Input::Wake);
        assert_eq!(effects.close, Some(Close::Withdrawn));
    }
}

#[tokio::test]
async fn a_space_is_purged_only_while_nobody_can_use_it() {
    let [rig, _] = Rig::pair();
    let operator = operator(&rig).await;
    let step = async |space| rig.engine.purge_space(&operator.caller, space).await;
    assert_eq!(
        code(step(keys(100).space_id()).await),
        ErrorCode::SpaceInUse
    );
    register(&rig, &operator, 1).await.unwrap();
    assert_eq!(code(step(space()).await), ErrorCode::SpaceInUse);
    let owner = rig.owner().await;
    owner.put(&rig, "a", b"1").await.unwrap();
    let status = rig.engine.space_status(&operator.caller, space(), None);
    let status = status.await.unwrap();
    assert!(status.registered && status.served);
    assert_eq!(status.usage.entries.count, 1);
    let of_nobody = Some(keys(9).user_id());
    let status = rig
        .engine
        .space_status(&operator.caller, space(), of_nobody);
    assert_eq!(status.await.unwrap().usage, Usage::default());
    withdraw(&rig, &operator, space()).await.unwrap();
    assert_eq!(step(space()).await.unwrap().removed, 1);
    assert_eq!(step(space()).await.unwrap().removed, 0, "again");
    let open = Rig::with(|config| config.admin_space = Some(space()));
    let owner = open.owner().await;
    let refused = open
        .engine
        .purge_space(&owner.caller, keys(2).space_id())
        .await;
    assert_eq!(code(refused), ErrorCode::SpaceInUse);
}

#[tokio::test]
async fn members_of_the_admin_space_need_a_right_for_each() {
    let [rig, _] = Rig::pair();
    let operator = operator(&rig).await;
    let id = keys(2).user_id();
    operator
        .set(&rig, &state_entry::user(id, None).unwrap())
        .await
        .unwrap();
    let admin = keys(100).space_id();
    let member = rig.sign_in_to(admin, id, 2).await.unwrap();
    for seed in [1, 3] {
        register(&rig, &operator, seed).await.unwrap();
    }
    let engine = &rig.engine;
    let list = async || engine.list_spaces(&member.caller, None, 10).await;
    let look = async |seed| {
        let space = keys(seed).space_id();
        engine.space_status(&member.caller, space, None).await
    };
    let purge = async |seed| {
        let space = keys(seed).space_id();
        engine.purge_space(&member.caller, space).await
    };
    assert_eq!(code(list().await), ErrorCode::PermissionDenied);
    assert_eq!(code(look(1).await), ErrorCode::PermissionDenied);
    assert_eq!(code(purge(1).await), ErrorCode::PermissionDenied);
    let one = format!("state/spaces/{}", space());
    operator.grant(&rig, &member, Operation::Read, &one).await;
    look(1).await.unwrap();
    assert_eq!(code(look(3).await), ErrorCode::PermissionDenied);
    assert_eq!(code(list().await), ErrorCode::PermissionDenied, "not all");
    let all = "state/spaces/{any}";
    operator.grant(&rig, &member, Operation::Read, all).await;
    assert_eq!(list().await.unwrap().items.len(), 3);
    assert_eq!(code(purge(1).await), ErrorCode::PermissionDenied);
    assert_eq!(
        code(withdraw(&rig, &member, space()).await),
        ErrorCode::PermissionDenied
    );
    operator.grant(&rig, &member, Operation::Delete, all).await;
    withdraw(&rig, &member, space()).await.unwrap();
    purge(1).await.unwrap();
    // A token of another space, even its owner's, is nobody's here.
    let stranger = rig.sign_in_to(keys(3).space_id(), keys(3).user_id(), 3);
    let stranger = stranger.await.unwrap();
    let refused = engine.list_spaces(&stranger.caller, None, 10).await;
    assert_eq!(code(refused), ErrorCode::TokenWrongSpace);
}

#[tokio::test]
async fn the_list_goes_on_where_it_ended() {
    let [rig, _] = Rig::pair();
    let operator = operator(&rig).await;
    let mut expected = vec![keys(100).space_id()];
    for seed in 1..=5 {
        register(&rig, &operator, seed).await.unwrap();
        expected.push(keys(seed).space_id());
    }
    // One holds something and is not registered, one is neither.
    let owner = rig.owner().await;
    owner.put(&rig, "a", b"1").await.unwrap();
    withdraw(&rig, &operator, space()).await.unwrap();
    let empty = keys(2).space_id();
    withdraw(&rig, &operator, empty).await.unwrap();
    expected.retain(|space| *space != empty);
    expected.sort_unstable();
    for limit in [1, 2, 5, 6] {
        let (mut after, mut found) = (None, Vec::new());
        loop {
            let page = rig.engine.list_spaces(&operator.caller, after, limit).await;
            let page = page.unwrap();
            assert!(page.items.len() <= limit && !page.items.is_empty());
            found.extend(page.items.iter().map(|status| status.space));
            after = found.last().copied();
            if !page.has_more {
                break;
            }
        }
        assert_eq!(found, expected, "{limit}");
    }
}

#[tokio::test]
async fn a_purge_that_was_interrupted_is_noticed_while_the_messages_are_whole() {
    let [rig, _] = Rig::pair();
    let operator = operator(&rig).await;
    register(&rig, &operator, 1).await.unwrap();
    let owner = rig.owner().await;
    owner.post(&rig, "general", "n", b"1").await.unwrap();
    for number in 0..300 {
        owner.put(&rig, &format!("{number}"), b"1").await.unwrap();
    }
    withdraw(&rig, &operator, space()).await.unwrap();
    let step = rig.engine.purge_space(&operator.caller, space()).await;
    let removed = step.unwrap().removed;
    let usage = async || {
        let status = rig.engine.space_status(&operator.caller, space(), None);
        status.await.unwrap().usage
    };
    let left = usage().await;
    assert_eq!(left.entries.count, 300 - removed);
    assert_eq!(left.messages.count, 1);
    let registered = register(&rig, &operator, 1).await;
    assert_eq!(code(registered), ErrorCode::SpacePurgeUnfinished);
    purge(&rig, &operator).await;
    register(&rig, &operator, 1).await.unwrap();
    assert_eq!(usage().await, Usage::default());
}

/// A member of the admin space, signed in on one server and removed on the other, which the first has not learned of.
async fn removed_operator(here: &Rig, there: &Rig, path: &str) -> Member {
    let operator = operator(here).await;
    let id = keys(2).user_id();
    let entry = state_entry::user(id, None).unwrap();
    operator.set(here, &entry).await.unwrap();
    there.clock.advance(2_001);
    let admin = keys(100).space_id();
    let member = there.sign_in_to(admin, id, 2).await.unwrap();
    operator.grant(here, &member, Operation::Delete, path).await;
    there.clock.advance(2_001);
    let known = there.engine.authenticate(admin, &member.token.token).await;
    known.unwrap();
    let path = state_entry::member_path(id).unwrap();
    let value = String::new();
    operator
        .set(here, &StateEntry { path, value })
        .await
        .unwrap();
    member
}

#[tokio::test]
async fn an_operator_that_another_server_removed_purges_nothing() {
    let [here, there] = Rig::pair();
    let operator = operator(&here).await;
    register(&here, &operator, 1).await.unwrap();
    let owner = here.owner().await;
    owner.post(&here, "general", "n", b"1").await.unwrap();
    withdraw(&here, &operator, space()).await.unwrap();
    let removed = removed_operator(&here, &there, "state/spaces/{any}").await;
    let purged = there.engine.purge_space(&removed.caller, space()).await;
    assert_eq!(code(purged), ErrorCode::TokenRevoked);
    assert_eq!(purge(&here, &operator).await, 1);
}

#[tokio::test]
async fn an_operator_that_another_server_removed_deletes_no_blob() {
    let [here, there] = Rig::pair();
    let operator = operator(&here).await;
    register(&here, &operator, 1).await.unwrap();
    let owner = there.owner().await;
    let id = BlobId::of(b"bytes").to_string();
    let upload = there.engine.upload_blob(&owner.caller, &id, None).await;
    let mut upload = upload.unwrap();
    upload.write(Bytes::from_static(b"bytes")).await.unwrap();
    there
        .engine
        .finish_upload(&owner.caller, upload)
        .await
        .unwrap();
    let removed = removed_operator(&here, &there, "blobs/{any}").await;
    let deleted = there
        .engine
        .delete_blob_everywhere(&removed.caller, &id)
        .await;
    assert_eq!(code(deleted), ErrorCode::TokenRevoked);
    let owner = there.owner().await;
    there
        .engine
        .download_blob(&owner.caller, &id, None)
        .await
        .unwrap();
}

#[tokio::test]
async fn tokens_that_were_ended_do_not_count_after_a_purge_of_a_space_that_was_never_registered() {
    let open = Rig::start();
    let owner = open.owner().await;
    let all = StateEntry {
        path: StatePath::parse("auth/tokens/all").unwrap(),
        value: "{}".into(),
    };
    owner.set(&open, &all).await.unwrap();
    let ended = open.engine.authenticate(space(), &owner.token.token).await;
    assert_eq!(code(ended), ErrorCode::TokenRevoked);
    let rig = open.registered();
    let operator = operator(&rig).await;
    let refused = rig.engine.purge_space(&operator.caller, space()).await;
    assert_eq!(code(refused), ErrorCode::SpaceInUse);
    withdraw(&rig, &operator, space()).await.unwrap();
    assert_eq!(purge(&rig, &operator).await, 1);
    register(&rig, &operator, 1).await.unwrap();
    let ended = rig.engine.authenticate(space(), &owner.token.token).await;
    assert_eq!(code(ended), ErrorCode::TokenRevoked);
    rig.owner().await;
}
