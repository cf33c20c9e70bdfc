//! How long a space exists that an app registers, beside the admin space and other servers.

use futures_util::FutureExt as _;
use reeeductio_engine::live::{Close, Input, SessionConfig};
use reeeductio_proto::ErrorCode;

use super::{MADE, by_app, made, sign_in};
use crate::policy::space::PolicySpace;
use crate::rig::{Member, Rig, code, keys, space};
use crate::spaces::{operator, register, withdraw};

/// Milliseconds; the times of a space run ahead of a clock that stands.
const SECOND: i64 = 1_000;

/// Whether the holder of a token may act in the space that was made.
async fn is_admitted(rig: &Rig, member: &Member) -> Result<(), ErrorCode> {
    let token = &member.token.token;
    let found = rig.engine.authenticate(made(), token).await;
    found.map(drop).map_err(|refusal| refusal.code())
}

#[tokio::test]
async fn what_is_on_its_way_into_a_space_that_the_app_withdraws_is_not_stored_on_any_server() {
    let [here, there] = Rig::sharing_with(by_app);
    let mut app = PolicySpace::make(here).await;
    let ada = app.maker(2).await;
    app.register(&ada, MADE).await.unwrap();
    let (near, far) = (
        sign_in(&app.rig).await.unwrap(),
        sign_in(&there).await.unwrap(),
    );
    far.post(&there, "general", "n", b"1").await.unwrap();
    let session = app
        .rig
        .engine
        .open_session(near.caller.clone(), SessionConfig::default());
    let mut session = session.await.unwrap();
    let woken = session.wake().listen();
    app.withdraw(&ada, made()).await.unwrap();
    woken.await;
    let effects = session.handle(app.rig.now(), app.rig.engine.monotonic(), Input::Wake);
    assert_eq!(effects.close, Some(Close::Withdrawn));
    // The other server has not received it: the store refuses.
    for (rig, member) in [(&there, &far), (&app.rig, &near)] {
        let posted = member.post(rig, "general", "n", b"2").await;
        assert_eq!(code(posted), ErrorCode::SpaceUnknown);
        let put = member.put(rig, "a", b"1").await;
        assert_eq!(code(put), ErrorCode::SpaceUnknown);
    }
    app.register(&ada, MADE).await.unwrap();
    app.rig.clock.advance(2_001);
    for (rig, member) in [(&there, &far), (&app.rig, &near)] {
        let admitted = is_admitted(rig, member).await;
        assert_eq!(admitted, Err(ErrorCode::TokenRevoked), "of before");
        let again = sign_in(rig).await.unwrap();
        again.put(rig, "a", b"1").await.unwrap();
    }
    // Registering once more what is registered changes nothing for those who write.
    let writer = sign_in(&there).await.unwrap();
    app.register(&ada, MADE).await.unwrap();
    writer.put(&there, "a", b"2").await.unwrap();
}

#[tokio::test]
async fn a_space_of_two_exists_while_one_of_them_registers_it() {
    let mut app = PolicySpace::make(Rig::with(by_app)).await;
    let (ada, operator) = (app.maker(2).await, operator(&app.rig).await);
    register(&app.rig, &operator, MADE).await.unwrap();
    let member = sign_in(&app.rig).await.unwrap();
    app.rig.clock.advance(SECOND);
    app.register(&ada, MADE).await.unwrap();
    let session = app
        .rig
        .engine
        .open_session(member.caller.clone(), SessionConfig::default());
    let mut session = session.await.unwrap();
    let restarted = |app: &PolicySpace| app.rig.beside(by_app);
    for rig in [&app.rig, &restarted(&app)] {
        is_admitted(rig, &member).await.unwrap();
    }
    withdraw(&app.rig, &operator, made()).await.unwrap();
    // Whether it was without a registration for a moment cannot be told, so its members sign in again.
    let posted = member.put(&app.rig, "a", b"1").await;
    assert_eq!(code(posted), ErrorCode::TokenRevoked);
    let effects = session.handle(app.rig.now(), app.rig.engine.monotonic(), Input::Wake);
    assert_eq!(effects.close, Some(Close::Withdrawn));
    let member = sign_in(&app.rig).await.unwrap();
    member.put(&app.rig, "a", b"1").await.unwrap();
    for rig in [&app.rig, &restarted(&app)] {
        is_admitted(rig, &member).await.unwrap();
    }
    // The same is registered once more, and withdrawn: the app has registered it all the time.
    app.rig.clock.advance(SECOND);
    register(&app.rig, &operator, MADE).await.unwrap();
    for rig in [&app.rig, &restarted(&app)] {
        is_admitted(rig, &member).await.unwrap();
    }
    withdraw(&app.rig, &operator, made()).await.unwrap();
    for rig in [&app.rig, &restarted(&app)] {
        is_admitted(rig, &member).await.unwrap();
    }
    let engine = &app.rig.engine;
    let session = engine.open_session(member.caller.clone(), SessionConfig::default());
    let woken = session.await.unwrap().wake().listen();
    app.withdraw(&ada, made()).await.unwrap();
    assert!(woken.now_or_never().is_some(), "its streams end at once");
    for rig in [&app.rig, &restarted(&app)] {
        let gone = is_admitted(rig, &member).await;
        assert_eq!(gone, Err(ErrorCode::SpaceUnknown));
    }
    app.rig.clock.advance(SECOND);
    register(&app.rig, &operator, MADE).await.unwrap();
    for rig in [&app.rig, &restarted(&app)] {
        let before = is_admitted(rig, &member).await;
        assert_eq!(before, Err(ErrorCode::TokenRevoked));
        sign_in(rig).await.unwrap();
    }
}

#[tokio::test]
async fn an_app_has_no_say_in_a_space_that_it_has_not_registered() {
    let mut app = PolicySpace::make(Rig::with(by_app)).await;
    let (owner, operator) = (app.owner.clone(), operator(&app.rig).await);
    register(&app.rig, &operator, MADE).await.unwrap();
    let member = sign_in(&app.rig).await.unwrap();
    app.withdraw(&owner, made()).await.unwrap();
    for rig in [&app.rig, &app.rig.beside(by_app)] {
        is_admitted(rig, &member).await.unwrap();
    }
}

#[tokio::test]
async fn a_space_is_purged_once_neither_the_app_nor_the_operator_registers_it() {
    let mut app = PolicySpace::make(Rig::with(by_app)).await;
    let (ada, operator) = (app.maker(2).await, operator(&app.rig).await);
    app.register(&ada, MADE).await.unwrap();
    let member = sign_in(&app.rig).await.unwrap();
    for number in 0..300 {
        member
            .put(&app.rig, &format!("{number}"), b"1")
            .await
            .unwrap();
    }
    let status = async |rig: &Rig| {
        let status = rig.engine.space_status(&operator.caller, made(), None);
        let status = status.await.unwrap();
        (status.registered, status.served)
    };
    assert_eq!(status(&app.rig).await, (false, true));
    let listed = app.rig.engine.list_spaces(&operator.caller, None, 10).await;
    let listed: Vec<_> = listed
        .unwrap()
        .items
        .iter()
        .map(|item| item.space)
        .collect();
    assert!(listed.contains(&made()) && listed.contains(&space()));
    // It is to be withdrawn by the operator, as every space that is purged, and by the app.
    let step = async |rig: &Rig| rig.engine.purge_space(&operator.caller, made()).await;
    assert_eq!(code(step(&app.rig).await), ErrorCode::SpaceInUse);
    withdraw(&app.rig, &operator, made()).await.unwrap();
    assert_eq!(code(step(&app.rig).await), ErrorCode::SpaceInUse);
    assert_eq!(
        is_admitted(&app.rig, &member).await,
        Err(ErrorCode::TokenRevoked)
    );
    let member = sign_in(&app.rig).await.unwrap();
    app.withdraw(&ada, made()).await.unwrap();
    assert!(step(&app.rig).await.unwrap().has_more);
    let unfinished = app.register(&ada, MADE).await;
    assert_eq!(code(unfinished), ErrorCode::SpacePurgeUnfinished);
    let entry = super::registration(&app, &ada, MADE);
    let alone = ada.set(&app.rig, &entry).await;
    assert_eq!(code(alone), ErrorCode::SpacePurgeUnfinished);
    while step(&app.rig).await.unwrap().has_more {}
    app.rig.clock.advance(SECOND);
    app.register(&ada, MADE).await.unwrap();
    let before = is_admitted(&app.rig, &member).await;
    assert_eq!(before, Err(ErrorCode::TokenRevoked));
    // The app's own space is not purged at all.
    withdraw(&app.rig, &operator, space()).await.unwrap();
    let app_itself = app.rig.engine.purge_space(&operator.caller, space());
    assert_eq!(code(app_itself.await), ErrorCode::SpaceInUse);
    let of_operator = keys(100).space_id();
    let admin = app.rig.engine.purge_space(&operator.caller, of_operator);
    assert_eq!(code(admin.await), ErrorCode::SpaceInUse);
}
