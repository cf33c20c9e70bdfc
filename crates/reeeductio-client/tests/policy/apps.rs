//! Spaces that the users of an app make, on a server that lets nobody else.

use reeeductio_client::{ClientError, Identity, NewSpace, PolicySpace, Space};
use reeeductio_core::{StateEntry, register_space, state_entry};
use reeeductio_proto::{Capability, Operation};
use reeeductio_testkit::{Creation, Member, TestServer};

use crate::rig::{admit, keys};

/// Any time, Unix milliseconds.
const AT: i64 = 1_760_000_000_000;

/// A server on which users of the app of the key 1 may make spaces, and its owner.
async fn app() -> (TestServer, Member) {
    let server = TestServer::start_with(|config| {
        config.admin.auto_create_spaces = None;
        config.spaces.creation = Some(Creation::App);
        config.spaces.apps = vec![keys(1).space_id().to_string()];
    })
    .await;
    let owner = make(&server, &keys(1)).await.unwrap();
    // Ada may make spaces as an editor, Bob may not.
    admit(&owner, 2, "editor").await.unwrap();
    admit(&owner, 3, "viewer").await.unwrap();
    let right = Capability::new(Operation::Create, "state/spaces/{any}").unwrap();
    let right = state_entry::right_of_role("editor", "make", &right).unwrap();
    let owner = member(&server, 1).await;
    assert_eq!(set(&owner, &right).await, 201);
    (server, owner)
}

async fn make(server: &TestServer, of: &Identity) -> Result<PolicySpace, ClientError> {
    PolicySpace::create(
        Space::builder(&server.url()),
        of.clone(),
        NewSpace::default(),
    )
    .await
}

/// A member of the app, by raw HTTP.
async fn member(server: &TestServer, seed: u8) -> Member {
    let (app, keys) = (keys(1).space_id(), keys(seed));
    Member::sign_in(&server.url(), app, keys.user_id(), keys).await
}

/// The status of the answer.
async fn set(by: &Member, entry: &StateEntry) -> u16 {
    let set = by.set_bytes(entry.path.as_str(), entry.value.as_bytes());
    set.await.status
}

fn registration(space: &Identity, by: u8) -> StateEntry {
    let registration = register_space(space, keys(by).user_id(), AT);
    state_entry::app_registration(&registration).unwrap()
}

fn code<T: std::fmt::Debug>(result: Result<T, ClientError>) -> String {
    result.unwrap_err().code_text().to_owned()
}

#[tokio::test]
async fn a_user_whose_role_allows_it_makes_a_space_until_the_app_withdraws_it() {
    let (server, owner) = app().await;
    let (ada, bob) = (member(&server, 2).await, member(&server, 3).await);
    let new = keys(9);
    assert_eq!(code(make(&server, &new).await), "space.unknown");
    assert_eq!(set(&bob, &registration(&new, 3)).await, 403);
    assert_eq!(set(&ada, &registration(&new, 3)).await, 400, "of Bob");
    assert_eq!(code(make(&server, &new).await), "space.unknown");
    assert_eq!(set(&ada, &registration(&new, 2)).await, 201);
    let space = make(&server, &new).await.unwrap();
    admit(&space, 2, "editor").await.unwrap();
    let withdrawn = StateEntry {
        value: String::new(),
        ..registration(&new, 2)
    };
    for (by, status) in [(&bob, 403), (&ada, 403), (&owner, 201)] {
        assert_eq!(set(by, &withdrawn).await, status);
    }
    let refused = admit(&space, 3, "editor").await;
    assert_eq!(code(refused), "space.unknown");
}

#[tokio::test]
async fn a_server_that_is_started_again_knows_the_spaces_of_its_apps() {
    let (server, _) = app().await;
    let ada = member(&server, 2).await;
    assert_eq!(set(&ada, &registration(&keys(9), 2)).await, 201);
    let space = make(&server, &keys(9)).await.unwrap();
    let folder = server.stop().await;
    let server = TestServer::start_again_with(folder, |config| {
        config.admin.auto_create_spaces = Some(false);
        config.spaces.creation = Some(Creation::App);
        config.spaces.apps = vec![keys(1).space_id().to_string()];
    })
    .await;
    let again = make(&server, &keys(9)).await.unwrap();
    assert_eq!(again.id(), space.id());
    assert_eq!(code(make(&server, &keys(8)).await), "space.unknown");
}
