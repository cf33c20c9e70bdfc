//! Servers whose clock is far from the client's.

use std::time::Duration;

use reeeductio_client::{Content, Identity, InvitationLimits, LiveOptions, Space};
use reeeductio_core::state_entry;
use reeeductio_proto::{ErrorCode, Operation};
use reeeductio_testkit::TestServer;

use crate::meddled::Since;
use crate::rig::{Rig, data_path, owner, root, soon, topic};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// By which servers are ahead, in milliseconds.
const OFFSETS: [i64; 4] = [-7 * HOUR, -5 * MINUTE, 5 * MINUTE, 7 * HOUR];

async fn rig(offset: i64) -> Rig {
    let server = TestServer::start_with_clock(offset, |_| {}).await;
    let owner = owner(&server, 1);
    Rig { server, owner }
}

#[tokio::test]
async fn members_set_entries_at_the_servers_time_and_read_them_at_once() {
    for offset in OFFSETS {
        let rig = rig(offset).await;
        let user = rig.user(2, &[(Operation::Write, "data/{...}")]).await;
        let entry = data_path("presence/alice");
        for (n, (writer, reader)) in (0..).zip([(&rig.owner, &user), (&user, &rig.owner)]) {
            let signed_at = writer
                .data()
                .set(&entry, Content::Sealed(&[n]))
                .await
                .unwrap();
            assert!((signed_at - rig.server.now()).abs() < MINUTE, "{offset}");
            assert_eq!(reader.data().open(&entry).await.unwrap(), [n]);
        }
    }
}

#[tokio::test]
async fn an_entry_is_set_after_the_servers_clock_was_set() {
    for offset in OFFSETS {
        let rig = rig(0).await;
        let entry = data_path("presence/alice");
        let before = rig
            .owner
            .data()
            .set(&entry, Content::Plain(b"1"))
            .await
            .unwrap();
        rig.server.set_clock(offset);
        let other = data_path("presence/bob");
        let signed_at = rig
            .owner
            .data()
            .set(&other, Content::Plain(b"2"))
            .await
            .unwrap();
        assert!((signed_at - rig.server.now()).abs() < MINUTE, "{offset}");
        assert!((signed_at - before).abs() > 4 * MINUTE);
        assert_eq!(rig.owner.data().value(&other).await.unwrap(), b"2");
    }
}

/// Requests to sign in, or to renew a token.
fn sign_ins(requests: &[String]) -> Vec<&str> {
    let auth = |line: &&String| line.starts_with("Post auth/");
    requests.iter().filter(auth).map(String::as_str).collect()
}

#[tokio::test]
async fn a_token_serves_until_shortly_before_its_end_by_the_servers_clock() {
    for offset in OFFSETS {
        let server = TestServer::start_with_clock(offset, |config| {
            config.server.jwt_expiry_hours = 3.0 / 60.0;
        });
        let server = server.await;
        let owner = owner(&server, 1);
        let rig = Rig { server, owner };
        let (space, network) = rig.meddled();
        for _ in 0..3 {
            space.topic(&topic("general")).head().await.unwrap();
        }
        let requests = network.requests();
        assert_eq!(
            sign_ins(&requests),
            ["Post auth/challenge", "Post auth/verify"],
            "{offset}"
        );
        // Two minutes and a half pass, on both sides.
        let passed = 150_000;
        tokio::time::pause();
        tokio::time::advance(Duration::from_millis(passed)).await;
        tokio::time::resume();
        rig.server
            .set_clock(offset + i64::try_from(passed).unwrap());
        for _ in 0..3 {
            space.topic(&topic("general")).head().await.unwrap();
        }
        assert_eq!(
            sign_ins(&network.requests()),
            ["Post auth/refresh"],
            "{offset}"
        );
    }
}

#[tokio::test]
async fn a_stream_that_lost_its_connection_gives_everything() {
    for offset in OFFSETS {
        for since in [Since::Kept, Since::Foreign, Since::Removed] {
            let rig = rig(offset).await;
            let (space, network) = rig.meddled();
            network.meddle_with_cursors(since);
            let options = LiveOptions {
                first_pause: Duration::from_millis(1),
                longest_pause: Duration::from_millis(4),
                ..LiveOptions::default()
            };
            let mut live = space.live_with(options).await.unwrap();
            let post = async |name: &str, n: u8| {
                let posted = rig
                    .owner
                    .topic(&topic(name))
                    .post(Content::Plain(&[n]), "n")
                    .await;
                posted.unwrap();
            };
            let mut next = async || {
                let message = soon(live.next()).await.unwrap().unwrap();
                (message.topic_id.to_string(), message.bytes().unwrap()[0])
            };
            post("known", 0).await;
            assert_eq!(next().await, ("known".to_owned(), 0));
            let mut held = network.hold_streams();
            network.cut();
            held.waiting().await;
            post("known", 1).await;
            post("fresh", 0).await;
            held.release();
            let mut found = vec![next().await];
            post("fresh", 1).await;
            post("known", 2).await;
            for _ in 0..3 {
                found.push(next().await);
            }
            let of = |name: &str| {
                let of = found.iter().filter(|(topic, _)| topic == name);
                of.map(|(_, n)| *n).collect::<Vec<_>>()
            };
            assert_eq!((of("known"), of("fresh")), (vec![1, 2], vec![0, 1]));
        }
    }
}

/// The server's clock is set back by an hour while there is no connection.
#[tokio::test]
async fn a_resumed_stream_gives_what_is_dated_before_the_connection_was_lost() {
    let rig = rig(0).await;
    let (space, network) = rig.meddled();
    let mut live = space.live().await.unwrap();
    let post = async |name: &str| {
        let posted = rig
            .owner
            .topic(&topic(name))
            .post(Content::Plain(b""), "n")
            .await;
        posted.unwrap();
    };
    let mut next = async || {
        soon(live.next())
            .await
            .unwrap()
            .unwrap()
            .topic_id
            .to_string()
    };
    post("known").await;
    assert_eq!(next().await, "known");
    let mut held = network.hold_streams();
    network.cut();
    held.waiting().await;
    rig.server.set_clock(-HOUR);
    post("fresh").await;
    post("known").await;
    held.release();
    assert_eq!(
        (next().await, next().await),
        ("fresh".to_owned(), "known".to_owned())
    );
    post("later").await;
    assert_eq!(next().await, "later");
}

/// The time of a registration is what the server's clock says; nothing is compared with it.
#[tokio::test]
async fn a_space_is_registered_at_the_servers_time() {
    for offset in OFFSETS {
        let admin = Identity::from_seed(&[40; 32]);
        let id = admin.space_id();
        let server = TestServer::start_with_clock(offset, |config| {
            config.admin.auto_create_spaces = Some(false);
            config.admin.space_id = Some(id.to_string());
        });
        let server = server.await;
        let member = admin.user_id();
        let registrar = Space::builder(&server.url())
            .open(id, member, admin, &root())
            .unwrap();
        let space = Identity::from_seed(&[1; 32]);
        registrar.registrations().create(&space).await.unwrap();
        let paths = state_entry::registration_paths(&space.space_id(), &member).unwrap();
        let entry = registrar.state().value(&paths[0]).await.unwrap();
        let entry: serde_json::Value = serde_json::from_slice(&entry).unwrap();
        let created_at = entry["created_at"].as_i64().unwrap();
        assert!((created_at - server.now()).abs() < MINUTE, "{offset}");
        let owner = owner(&server, 1);
        owner
            .topic(&topic("general"))
            .post(Content::Plain(b"!"), "n")
            .await
            .unwrap();
    }
}

/// The end of an invitation is compared with the server's clock alone: when its holder signs in, and when what it
/// wrote is judged, by the time that the server gave it.
#[tokio::test]
async fn an_invitation_lasts_as_long_as_it_says_by_the_servers_clock() {
    for offset in OFFSETS {
        let rig = rig(offset).await;
        rig.owner.members().create_role("user", None).await.unwrap();
        let invite = async |expires_at| {
            let limits = InvitationLimits {
                guests: None,
                expires_at: Some(expires_at),
            };
            rig.owner.invitations().create(None, limits).await.unwrap()
        };
        let accept = async |invitation, seed: u8| {
            let keys = Identity::from_seed(&[seed; 32]);
            let builder = Space::builder(&rig.server.url());
            builder.accept(invitation, keys).await
        };
        let lasting = invite(rig.server.now() + MINUTE).await;
        let guest = accept(&lasting, 6).await.unwrap();
        let users = rig
            .owner
            .members()
            .list(guest.member().kind())
            .await
            .unwrap();
        assert_eq!(
            users,
            [guest.member()],
            "the owner believes what the tool wrote"
        );
        let lapsed = invite(rig.server.now() - 1).await;
        let refused = accept(&lapsed, 7).await.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::MemberUnknown), "{offset}");
    }
}
