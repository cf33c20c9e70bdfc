//! Spaces that the users of an app make: registered in the app's space as others are in the admin space.

mod lifetime;

use reeeductio_core::{StateEntry, register_space, state_entry};
use reeeductio_engine::{Appended, EngineConfig, Refusal};
use reeeductio_proto::{Capability, ErrorCode, Operation, Pattern, SpaceId, StatePath};

use crate::policy::space::PolicySpace;
use crate::rig::{Member, Rig, code, keys, space};

/// Seed of the key of the space that is made.
const MADE: u8 = 5;

fn made() -> SpaceId {
    keys(MADE).space_id()
}

/// Users of the app in the space of the key 1 may make spaces, and so may the operator.
fn by_app(config: &mut EngineConfig) {
    config.auto_create_spaces = false;
    config.admin_space = Some(keys(100).space_id());
    config.app_spaces = vec![space()];
}

/// The registration of the space with a seed, for a member that makes it.
fn registration(app: &PolicySpace, by: &Member, seed: u8) -> StateEntry {
    let registration = register_space(&keys(seed), by.id, app.rig.now());
    state_entry::app_registration(&registration).unwrap()
}

fn value(path: &str, value: &str) -> StateEntry {
    StateEntry {
        path: StatePath::parse(path).unwrap(),
        value: value.to_owned(),
    }
}

impl PolicySpace {
    /// A user whose role in the app allows it to make spaces, and to withdraw them.
    async fn maker(&mut self, seed: u8) -> Member {
        let (owner, user) = (self.owner.clone(), self.user(seed).await);
        let mut entries = vec![state_entry::role("maker", None).unwrap()];
        for op in [Operation::Create, Operation::Modify, Operation::Delete] {
            let right = Capability {
                op,
                path: Pattern::parse("state/spaces/{any}").unwrap(),
                must_be_owner: op != Operation::Create,
                expires_at: None,
            };
            entries.push(state_entry::right_of_role("maker", op.as_str(), &right).unwrap());
        }
        entries.push(state_entry::role_grant(user.id, "maker", None).unwrap());
        self.command(&owner, &entries).await.unwrap();
        user
    }

    async fn register(&mut self, by: &Member, seed: u8) -> Result<Vec<Appended>, Refusal> {
        let entry = registration(self, by, seed);
        self.command(by, &[entry]).await
    }

    async fn withdraw(&mut self, by: &Member, space: SpaceId) -> Result<Vec<Appended>, Refusal> {
        self.command(by, &[value(&format!("spaces/{space}"), "")])
            .await
    }
}

/// The owner of the space that is made, signed in.
async fn sign_in(rig: &Rig) -> Result<Member, Refusal> {
    rig.sign_in_to(made(), keys(MADE).user_id(), MADE).await
}

#[tokio::test]
async fn a_user_whose_role_allows_it_makes_a_space_and_a_directory_entry_at_once() {
    let mut app = PolicySpace::make(Rig::with(by_app)).await;
    let ada = app.maker(2).await;
    assert_eq!(code(sign_in(&app.rig).await), ErrorCode::SpaceUnknown);
    let owner = app.owner.clone();
    let listed = Capability {
        op: Operation::Create,
        path: Pattern::parse("state/directory/{any}").unwrap(),
        must_be_owner: false,
        expires_at: None,
    };
    let right = state_entry::right_of_role("maker", "list", &listed).unwrap();
    app.command(&owner, &[right]).await.unwrap();
    let entries = [
        registration(&app, &ada, MADE),
        value("directory/general", "listed"),
    ];
    app.command(&ada, &entries).await.unwrap();
    let owner = sign_in(&app.rig).await.unwrap();
    owner.post(&app.rig, "general", "n", b"1").await.unwrap();
    // One at a time is as good.
    app.register(&ada, 6).await.unwrap();
    let other = keys(6);
    let signed_in = app
        .rig
        .sign_in_to(other.space_id(), other.user_id(), 6)
        .await;
    signed_in.unwrap();
}

#[tokio::test]
async fn nobody_makes_a_space_without_the_right_or_the_signature_of_its_key() {
    let mut app = PolicySpace::make(Rig::with(by_app)).await;
    let (ada, bob) = (app.maker(2).await, app.user(3).await);
    let refused = app.register(&bob, MADE).await;
    assert_eq!(code(refused), ErrorCode::PermissionDenied);
    // A stranger cannot even sign in to the app, and is not let into another space that way.
    let stranger = app.rig.sign_in(keys(4).user_id(), 4).await;
    assert_eq!(code(stranger), ErrorCode::MemberUnknown);
    let invalid = ErrorCode::SpaceInvalidRegistration;
    let good = registration(&app, &ada, MADE);
    let of_bob = registration(&app, &bob, MADE);
    let path = |seed| format!("spaces/{}", keys(seed).space_id());
    let signed = register_space(&keys(6), ada.id, app.rig.now()).space_signature;
    let mut unsigned = register_space(&keys(MADE), ada.id, app.rig.now());
    unsigned.space_signature = signed;
    for wrong in [
        of_bob,
        state_entry::app_registration(&unsigned).unwrap(),
        value(&path(6), &good.value),
        value("spaces/general", &good.value),
        value(&path(MADE), "{}"),
        value(&path(MADE), "no JSON"),
    ] {
        let refused = app.command(&ada, std::slice::from_ref(&wrong)).await;
        assert_eq!(code(refused), invalid, "{}", wrong.path);
        let refused = ada.set(&app.rig, &wrong).await;
        assert_eq!(code(refused), invalid, "{}", wrong.path);
    }
    assert_eq!(code(sign_in(&app.rig).await), ErrorCode::SpaceUnknown);
    // Another entry is the app's own affair.
    let owner = app.owner.clone();
    for path in ["spaces", "spaces/a/b", "users/a/spaces/b"] {
        app.command(&owner, &[value(path, "{}")]).await.unwrap();
    }
}

#[tokio::test]
async fn only_an_app_that_is_configured_makes_spaces() {
    let mut app = PolicySpace::make(Rig::with(by_app)).await;
    let ada = app.maker(2).await;
    app.register(&ada, MADE).await.unwrap();
    let sign_in_on = async |rig: Rig| sign_in(&rig).await;
    let operator_only = |config: &mut EngineConfig| {
        by_app(config);
        config.app_spaces.clear();
    };
    let found = sign_in_on(app.rig.beside(operator_only)).await;
    assert_eq!(code(found), ErrorCode::SpaceUnknown);
    let other_app = |config: &mut EngineConfig| {
        by_app(config);
        config.app_spaces = vec![keys(9).space_id()];
    };
    let found = sign_in_on(app.rig.beside(other_app)).await;
    assert_eq!(code(found), ErrorCode::SpaceUnknown);
    let second_of_two = |config: &mut EngineConfig| {
        by_app(config);
        config.app_spaces.insert(0, keys(9).space_id());
    };
    sign_in_on(app.rig.beside(second_of_two)).await.unwrap();
    let everybody = |config: &mut EngineConfig| {
        by_app(config);
        config.app_spaces.clear();
        config.auto_create_spaces = true;
    };
    sign_in_on(app.rig.beside(everybody)).await.unwrap();
}

#[tokio::test]
async fn registrations_outlive_the_server() {
    let mut app = PolicySpace::make(Rig::with(by_app)).await;
    let ada = app.maker(2).await;
    app.register(&ada, MADE).await.unwrap();
    app.register(&ada, 6).await.unwrap();
    let before = sign_in(&app.rig).await.unwrap();
    app.withdraw(&ada, keys(6).space_id()).await.unwrap();
    let again = app.rig.beside(by_app);
    let token = &before.token.token;
    again.engine.authenticate(made(), token).await.unwrap();
    let gone = again.sign_in_to(keys(6).space_id(), keys(6).user_id(), 6);
    assert_eq!(code(gone.await), ErrorCode::SpaceUnknown);
}
