use reeeductio_client::{AdminClient, Content, Identity, Space, Stored};
use reeeductio_proto::{DataPath, ErrorCode, PathPrefix};
use reeeductio_testkit::TestServer;

use crate::rig::{owner, root, soon, topic};

/// A server with an admin space, on which no space exists unregistered.
async fn server() -> (TestServer, Identity) {
    let admin = Identity::from_seed(&[40; 32]);
    let id = admin.space_id().to_string();
    let server = TestServer::start_with(|config| {
        config.admin.auto_create_spaces = Some(false);
        config.admin.space_id = Some(id);
    })
    .await;
    (server, admin)
}

fn admin_space(server: &TestServer, admin: &Identity) -> Space {
    let keys = admin.clone();
    Space::builder(&server.url())
        .open(keys.space_id(), keys.user_id(), keys, &root())
        .unwrap()
}

#[tokio::test]
async fn a_space_exists_once_it_is_registered() {
    let (server, admin) = server().await;
    let space = owner(&server, 1);
    let unknown = space.session().sign_in().await.unwrap_err();
    assert_eq!(unknown.code(), Some(ErrorCode::SpaceUnknown));
    let registrar = admin_space(&server, &admin);
    let owner_key = Identity::from_seed(&[1; 32]);
    assert_eq!(
        registrar.registrations().create(&owner_key).await.unwrap(),
        space.id()
    );
    // Again, as after a failure half way.
    registrar.registrations().create(&owner_key).await.unwrap();
    space
        .topic(&topic("general"))
        .post(Content::Plain(b"!"), "n")
        .await
        .unwrap();
}

#[tokio::test]
async fn the_operator_finds_the_admin_space_and_removes_blobs_everywhere() {
    let (server, admin) = server().await;
    let registrar = admin_space(&server, &admin);
    let client = AdminClient::new(admin.clone(), &server.url()).unwrap();
    assert_eq!(client.space_id().await.unwrap(), admin.space_id());
    let mut ids = Vec::new();
    for seed in [1, 2] {
        registrar
            .registrations()
            .create(&Identity::from_seed(&[seed; 32]))
            .await
            .unwrap();
        let space = owner(&server, seed);
        ids.push(space.blobs().upload(&b"same"[..]).await.unwrap());
    }
    assert_eq!(ids[0], ids[1]);
    client.delete_blob(&ids[0]).await.unwrap();
    for seed in [1, 2] {
        let gone = owner(&server, seed)
            .blobs()
            .download(&ids[0])
            .await
            .unwrap_err();
        assert_eq!(gone.code(), Some(ErrorCode::BlobNotFound));
    }
    assert!(
        client
            .delete_blob(&ids[0])
            .await
            .unwrap_err()
            .is_not_found()
    );
}

#[tokio::test]
async fn a_stranger_is_no_operator() {
    let (server, _) = server().await;
    let client = AdminClient::new(Identity::from_seed(&[3; 32]), &server.url()).unwrap();
    let refused = client.space_id().await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::MemberUnknown));
}

#[tokio::test]
async fn a_purge_that_was_interrupted_is_ended_before_the_space_begins_anew() {
    let (server, admin) = server().await;
    let registrar = admin_space(&server, &admin);
    let client = AdminClient::new(admin.clone(), &server.url()).unwrap();
    let key = Identity::from_seed(&[1; 32]);
    registrar.registrations().create(&key).await.unwrap();
    let space = owner(&server, 1);
    for _ in 0..300 {
        space
            .topic(&topic("general"))
            .post(Content::Plain(b"!"), "n")
            .await
            .unwrap();
    }
    let refused = client.purge_step(space.id()).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::SpaceInUse));
    registrar.registrations().remove(space.id()).await.unwrap();
    let unregistered = registrar
        .registrations()
        .remove(space.id())
        .await
        .unwrap_err();
    assert_eq!(unregistered.code_text(), "client.argument");
    let first = client.purge_step(space.id()).await.unwrap();
    assert!(first.has_more && (1..300).contains(&first.removed));
    let half = registrar.registrations().create(&key).await.unwrap_err();
    assert_eq!(half.code(), Some(ErrorCode::SpacePurgeUnfinished));
    let mut removed = first.removed;
    loop {
        let step = client.purge_step(space.id()).await.unwrap();
        removed += step.removed;
        if !step.has_more {
            break;
        }
    }
    assert_eq!(removed, 300);
    let page = client.spaces(None, 10).await.unwrap();
    assert_eq!((page.spaces.len(), page.has_more), (1, false));
    registrar.registrations().create(&key).await.unwrap();
    let status = client.space(space.id(), None).await.unwrap();
    assert!(status.registered && status.served);
    assert_eq!(status.messages, Stored::default());
    owner(&server, 1)
        .topic(&topic("general"))
        .post(Content::Plain(b"!"), "n")
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_purged_space_comes_back_by_those_who_were_writing() {
    let (server, admin) = server().await;
    let registrar = admin_space(&server, &admin);
    let client = AdminClient::new(admin.clone(), &server.url()).unwrap();
    let key = Identity::from_seed(&[1; 32]);
    registrar.registrations().create(&key).await.unwrap();
    let mut writers = Vec::new();
    let (wrote, mut writing) = tokio::sync::mpsc::unbounded_channel();
    for number in 0..6_u32 {
        let (space, wrote) = (owner(&server, 1), wrote.clone());
        writers.push(tokio::spawn(async move {
            for round in 0_u32.. {
                // New topics, data and blobs: no head or entry of before is in their way.
                let name = format!("{number}-{round}");
                let done = match number % 3 {
                    0 => space
                        .topic(&topic(&name))
                        .post(Content::Plain(b"!"), "n")
                        .await
                        .map(drop),
                    1 => {
                        let path = DataPath::parse(&name).unwrap();
                        space
                            .data()
                            .set(&path, Content::Plain(b"!"))
                            .await
                            .map(drop)
                    }
                    _ => space.blobs().upload(name.into_bytes()).await.map(drop),
                };
                if let Err(error) = done {
                    return error.code();
                }
                wrote.send(number).unwrap();
            }
            None
        }));
    }
    // Each of them is in the middle of it.
    let mut seen = std::collections::HashSet::new();
    while seen.len() < 6 {
        seen.insert(writing.recv().await.unwrap());
    }
    let space = key.space_id();
    registrar.registrations().remove(space).await.unwrap();
    while client.purge_step(space).await.unwrap().has_more {}
    for writer in writers {
        assert_eq!(writer.await.unwrap(), Some(ErrorCode::SpaceUnknown));
    }
    assert!(!client.purge_step(space).await.unwrap().has_more);
    let gone = client.space(space, None).await.unwrap_err();
    assert_eq!(gone.code(), Some(ErrorCode::SpaceUnknown));
    let page = client.spaces(None, 10).await.unwrap();
    let left: Vec<_> = page.spaces.iter().map(|status| status.space).collect();
    assert_eq!(left, [admin.space_id()]);
}

#[tokio::test]
async fn a_space_that_was_never_registered_is_removed_before_it_is_purged() {
    let (server, admin) = server().await;
    let registrar = admin_space(&server, &admin);
    let client = AdminClient::new(admin.clone(), &server.url()).unwrap();
    let space = Identity::from_seed(&[1; 32]).space_id();
    let refused = client.purge_step(space).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::SpaceInUse));
    registrar.registrations().remove(space).await.unwrap();
    let again = registrar.registrations().remove(space).await.unwrap_err();
    assert_eq!(again.code_text(), "client.argument");
    assert!(!client.purge_step(space).await.unwrap().has_more);
}

#[tokio::test]
async fn streams_of_a_space_that_is_removed_end_with_what_the_server_says_of_it() {
    let (server, admin) = server().await;
    let registrar = admin_space(&server, &admin);
    let owner_key = Identity::from_seed(&[1; 32]);
    registrar.registrations().create(&owner_key).await.unwrap();
    let space = owner(&server, 1);
    let mut live = space.live().await.unwrap();
    let mut watch = space.data().watch(&PathPrefix::ALL).await.unwrap();
    registrar.registrations().remove(space.id()).await.unwrap();
    let ended = [
        soon(live.next()).await.unwrap().map(drop).unwrap_err(),
        soon(watch.next()).await.unwrap().map(drop).unwrap_err(),
    ];
    for error in ended {
        assert_eq!(error.code(), Some(ErrorCode::SpaceUnknown), "{error}");
    }
}

#[tokio::test]
async fn a_quota_that_is_exceeded_is_named_with_its_limit() {
    let server = TestServer::start_with(|config| config.quotas.space_messages = 1).await;
    let space = owner(&server, 1);
    let general = space.topic(&topic("general"));
    general.post(Content::Plain(b"1"), "n").await.unwrap();
    let refused = general.post(Content::Plain(b"2"), "n").await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::QuotaExceeded));
    let quota = refused.refusal().unwrap().quota.clone().unwrap();
    assert_eq!(quota.name, "quotas.space_messages");
    assert_eq!((quota.limit, quota.stored), (1, 1));
}
