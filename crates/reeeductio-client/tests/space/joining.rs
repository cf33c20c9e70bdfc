//! Joining by an invite link, with a local store that keeps the member's keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use reeeductio_client::transport::{Transport, TransportError};
use reeeductio_client::{
    Capability, ClientError, Content, InviteLink, Keyring, LinkOptions, MemberKind, MemoryStore,
    Records, Space, Store,
};
use reeeductio_proto::{ErrorCode, Operation};

use crate::meddled::Meddled;
use crate::rig::{Rig, data_path, topic};

/// A space with the role `editor`, whose holders write to the topic `general` and keep data for themselves.
pub(crate) async fn rig() -> Rig {
    let rig = Rig::start().await;
    let members = rig.owner.members();
    members.create_role("editor", None).await.unwrap();
    for (name, path) in [
        ("chat", "topics/general"),
        ("own", "data/user/{self}/{...}"),
    ] {
        let right = Capability::new(Operation::Write, path).unwrap();
        members.grant_to_role("editor", name, &right).await.unwrap();
    }
    rig
}

pub(crate) const EDITOR: LinkOptions<'_> = LinkOptions {
    page: None,
    role: Some("editor"),
    guests: None,
    expires_at: None,
    description: None,
};

pub(crate) async fn link(rig: &Rig, options: LinkOptions<'_>) -> InviteLink {
    let made = rig.owner.invitations().link(options).await.unwrap();
    // As a guest gets it.
    InviteLink::parse(made.expose()).unwrap()
}

pub(crate) async fn for_one(rig: &Rig) -> InviteLink {
    let guests = Some(1);
    link(rig, LinkOptions { guests, ..EDITOR }).await
}

pub(crate) fn store() -> Arc<dyn Store> {
    Arc::new(MemoryStore::default())
}

pub(crate) async fn post(space: &Space) -> Result<(), ClientError> {
    let general = space.topic(&topic("general"));
    general.post(Content::Sealed(b"hello"), "n").await.map(drop)
}

async fn users(rig: &Rig) -> usize {
    let members = rig.owner.members();
    members.list(MemberKind::User).await.unwrap().len()
}

#[tokio::test]
async fn a_guest_joins_by_a_link_and_the_next_start_opens_the_space_from_the_store_alone() {
    let rig = rig().await;
    let (link, store) = (link(&rig, EDITOR).await, store());
    let guest = Space::join(&link, Arc::clone(&store)).await.unwrap();
    post(&guest).await.unwrap();
    let notes = data_path("notes");
    guest.user_data().set(&notes, b"mine").await.unwrap();

    let kept = Keyring::new(Arc::clone(&store)).list().await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].space, rig.owner.id());
    assert!(kept[0].is_joined());
    let again = Space::reopen(store, &kept[0].space).await.unwrap();
    assert_eq!(again.member(), guest.member());
    assert_eq!(again.user_data().open(&notes).await.unwrap(), b"mine");
    post(&again).await.unwrap();
}

#[tokio::test]
async fn a_link_is_used_once_by_each_store_however_often_it_is_opened() {
    let rig = rig().await;
    let (link, mine) = (for_one(&rig).await, store());
    let first = Space::join(&link, Arc::clone(&mine)).await.unwrap();
    let again = Space::join(&link, mine).await.unwrap();
    assert_eq!(again.member(), first.member());

    let refused = Space::join(&link, store()).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::ToolUseLimit));
    assert!(refused.to_string().contains("as many guests"), "{refused}");
    assert_eq!(users(&rig).await, 1);
}

#[tokio::test]
async fn of_two_guests_at_once_on_a_link_for_one_exactly_one_is_let_in() {
    for _ in 0..4 {
        let rig = rig().await;
        let link = for_one(&rig).await;
        let joins = [(); 4].map(|()| Space::join(&link, store()));
        let joined = futures_util::future::join_all(joins).await;
        let (inside, outside): (Vec<_>, Vec<_>) = joined.into_iter().partition(Result::is_ok);
        for refused in outside {
            let refused = refused.unwrap_err();
            assert_eq!(refused.code(), Some(ErrorCode::ToolUseLimit), "{refused}");
        }
        assert_eq!(inside.len(), 1);
        // With the role.
        post(inside[0].as_ref().unwrap()).await.unwrap();
    }
}

#[tokio::test]
async fn two_windows_that_join_at_once_with_one_store_are_one_guest() {
    let rig = rig().await;
    let (link, mine) = (for_one(&rig).await, store());
    let joins = [(); 3].map(|()| {
        let (link, mine) = (link.clone(), Arc::clone(&mine));
        tokio::spawn(async move { Space::join(&link, mine).await.unwrap() })
    });
    let mut members = Vec::new();
    for join in joins {
        let space = join.await.unwrap();
        post(&space).await.unwrap();
        members.push(space.member());
    }
    members.dedup();
    assert_eq!(members.len(), 1);
    assert_eq!(users(&rig).await, 1);
}

/// A network that is gone after `count` requests to write state.
pub(crate) fn network_for(count: u32) -> Arc<Meddled> {
    let network = Arc::new(Meddled::new());
    let left = Arc::new(AtomicU32::new(count));
    network.on_request(move |line| {
        let left = Arc::clone(&left);
        async move {
            let is_write = line.starts_with("Put state") || line.starts_with("Post topics/state");
            let refused = is_write && left.fetch_sub(1, Ordering::SeqCst) == 0;
            // As when the process ends: nothing is tried again.
            if refused {
                Err(TransportError::Timeout)
            } else {
                Ok(())
            }
        }
    });
    network
}

#[tokio::test]
async fn a_join_that_was_cut_short_is_completed_with_the_same_key_and_place() {
    for written in [0, 1] {
        let rig = rig().await;
        let (link, mine) = (for_one(&rig).await, store());
        let builder = Space::builder(link.server()).store(Arc::clone(&mine));
        let network = network_for(written) as Arc<dyn Transport>;
        let cut = builder.transport(network).join(&link).await.unwrap_err();
        assert_eq!(cut.code_text(), "transport.timeout", "{cut}");
        assert_eq!(users(&rig).await, usize::try_from(written).unwrap());

        let kept = Keyring::new(Arc::clone(&mine)).list().await.unwrap();
        assert!(!kept[0].is_joined());
        let early = kept[0].open(Space::builder(link.server())).unwrap_err();
        assert!(early.to_string().contains("reopen"), "{early}");
        if written == 1 {
            // Its place is its own, also while it is away.
            let refused = Space::join(&link, store()).await.unwrap_err();
            assert_eq!(refused.code(), Some(ErrorCode::ToolUseLimit));
        }

        // Either way completes it: by the store alone, or by the link.
        let space = match written {
            0 => Space::reopen(mine, &link.space()).await.unwrap(),
            _ => Space::join(&link, mine).await.unwrap(),
        };
        assert_eq!(space.member(), kept[0].member);
        post(&space).await.unwrap();
        assert_eq!(users(&rig).await, 1);
    }
}

#[tokio::test]
async fn a_join_that_was_cut_short_is_completed_by_a_new_link_if_the_first_has_lapsed() {
    let rig = rig().await;
    let (first, mine) = (for_one(&rig).await, store());
    let builder = Space::builder(first.server()).store(Arc::clone(&mine));
    let network = network_for(1) as Arc<dyn Transport>;
    builder.transport(network).join(&first).await.unwrap_err();
    let members = rig.owner.members();
    for tool in members.list(MemberKind::Tool).await.unwrap() {
        members.remove(&tool).await.unwrap();
    }
    let lapsed = Space::reopen(Arc::clone(&mine), &first.space()).await;
    let lapsed = lapsed.unwrap_err();
    assert_eq!(lapsed.code(), Some(ErrorCode::MemberUnknown));
    assert!(lapsed.to_string().contains("taken back"), "{lapsed}");

    let second = for_one(&rig).await;
    let space = Space::join(&second, mine).await.unwrap();
    post(&space).await.unwrap();
    assert_eq!(users(&rig).await, 1);
}

#[tokio::test]
async fn a_link_that_cannot_give_its_role_any_more_lets_nobody_in_as_half_a_member() {
    let rig = rig().await;
    let link = link(&rig, EDITOR).await;
    let members = rig.owner.members();
    members.create_role("other", None).await.unwrap();
    let role = reeeductio_proto::state_entry::role_path("editor").unwrap();
    rig.owner.state().delete(&role).await.unwrap();
    members.create_role("editor", None).await.unwrap();
    let refused = Space::join(&link, store()).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::PermissionDenied));
    assert!(refused.to_string().contains("invitation"), "{refused}");
    assert_eq!(users(&rig).await, 0);
}

#[tokio::test]
async fn a_link_that_has_lapsed_lets_nobody_in() {
    let rig = rig().await;
    let link = link(&rig, EDITOR).await;
    rig.expire_tools().await;
    let refused = Space::join(&link, store()).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::MemberUnknown));
    assert!(refused.to_string().contains("expired"), "{refused}");
    assert_eq!(users(&rig).await, 0);
}

#[tokio::test]
async fn a_link_with_a_role_that_does_not_exist_is_not_made() {
    let rig = rig().await;
    for (role, named) in [(Some("boss"), "boss"), (None, "user")] {
        let options = LinkOptions { role, ..EDITOR };
        let refused = rig.owner.invitations().link(options).await.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::AuthInvalidEntry));
        assert!(
            refused
                .to_string()
                .starts_with(&format!("role: there is no role {named}"))
        );
    }
    for (options, field) in [
        (
            LinkOptions {
                guests: Some(0),
                ..EDITOR
            },
            "guests:",
        ),
        (
            LinkOptions {
                page: Some("https://app/#x"),
                ..EDITOR
            },
            "page:",
        ),
    ] {
        let refused = rig.owner.invitations().link(options).await.unwrap_err();
        assert!(refused.to_string().starts_with(field), "{refused}");
    }
    let tools = rig.owner.members().list(MemberKind::Tool).await.unwrap();
    assert!(tools.is_empty());
}

#[tokio::test]
async fn the_tool_of_a_link_does_nothing_but_add_users_with_its_role() {
    let rig = rig().await;
    let members = rig.owner.members();
    members.create_role("boss", None).await.unwrap();
    let mine = store();
    let page = Some("https://app.example/join");
    let link = link(&rig, LinkOptions { page, ..EDITOR }).await;
    let guest = Space::join(&link, mine).await.unwrap();

    // The key, from the text of the link.
    let (_, secret) = link.expose().rsplit_once('.').unwrap();
    let secret = reeeductio_proto::encoding::decode_url(secret).unwrap();
    let key = reeeductio_client::Identity::from_seed(secret.first_chunk().unwrap());
    let tool = rig.member(key.tool_id(), key);
    let right = Capability::new(Operation::Read, "topics/general").unwrap();
    let results = [
        tool.members()
            .assign_role(&guest.member(), "boss", None)
            .await,
        tool.members()
            .unassign_role(&guest.member(), "editor")
            .await,
        tool.members().remove(&guest.member()).await,
        tool.members().create_role("new", None).await,
        tool.members().grant_to_role("editor", "more", &right).await,
        tool.members()
            .grant_to_member(&guest.member(), "more", &right)
            .await,
        tool.topic(&topic("general"))
            .post(Content::Plain(b"x"), "n")
            .await,
        tool.invitations()
            .link(EDITOR)
            .await
            .map(|_| unreachable!()),
    ];
    for refused in results {
        let refused = refused.unwrap_err();
        assert_eq!(refused.status(), Some(403), "{refused}");
    }
    let read = tool.topic(&topic("general")).newest().await.unwrap_err();
    assert_eq!(read.status(), Some(403), "{read}");
}

#[tokio::test]
async fn a_member_makes_links_for_the_roles_it_can_give_and_no_others() {
    let rig = rig().await;
    let host = rig
        .user(
            5,
            &[
                (Operation::Create, "state/auth/tools/{...}"),
                (Operation::Create, "state/auth/users/{...}"),
                (Operation::Write, "topics/{any}"),
                (Operation::Write, "data/user/{self}/{...}"),
            ],
        )
        .await;
    let members = rig.owner.members();
    members.create_role("boss", None).await.unwrap();
    let right = Capability::new(Operation::Write, "state/{...}").unwrap();
    members.grant_to_role("boss", "all", &right).await.unwrap();
    let made = host.invitations().link(EDITOR).await.unwrap();
    let guest = Space::join(&made, store()).await.unwrap();
    post(&guest).await.unwrap();
    let role = Some("boss");
    let refused = host
        .invitations()
        .link(LinkOptions { role, ..EDITOR })
        .await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::GrantEscalation));
}

#[tokio::test]
async fn a_link_to_another_server_does_not_get_the_member_of_a_joined_space_to_sign_in_there() {
    let rig = rig().await;
    let (mine, link) = (store(), link(&rig, EDITOR).await);
    Space::join(&link, Arc::clone(&mine)).await.unwrap();
    // The same space, by the word of whoever made the link.
    let elsewhere = Rig::start().await;
    let network = Arc::new(Meddled::new());
    let builder = Space::builder(&elsewhere.server.url()).store(Arc::clone(&mine));
    let builder = builder.transport(Arc::clone(&network) as Arc<dyn Transport>);
    let refused = builder.join(&link).await.unwrap_err();
    assert!(refused.to_string().starts_with("link:"), "{refused}");
    assert!(network.requests().is_empty());
}

#[tokio::test]
async fn without_a_store_nobody_joins_and_without_credentials_nothing_is_reopened() {
    let rig = rig().await;
    let link = link(&rig, EDITOR).await;
    let refused = Space::builder(link.server()).join(&link).await;
    assert!(refused.unwrap_err().to_string().starts_with("store:"));
    let refused = Space::reopen(store(), &link.space()).await.unwrap_err();
    assert!(refused.to_string().starts_with("space:"), "{refused}");
    assert_eq!(users(&rig).await, 0);
}

#[tokio::test]
async fn forgotten_credentials_are_gone_and_those_that_were_kept_open_the_space_elsewhere() {
    let rig = rig().await;
    let (mine, other) = (store(), store());
    let link = link(&rig, EDITOR).await;
    let guest = Space::join(&link, Arc::clone(&mine)).await.unwrap();
    let keyring = Keyring::new(Arc::clone(&other));
    keyring.keep(&guest.credentials()).await.unwrap();
    let there = Space::reopen(other, &link.space()).await.unwrap();
    assert_eq!(there.member(), guest.member());
    post(&there).await.unwrap();
    let keyring = Keyring::new(Arc::clone(&mine));
    keyring.forget(&link.space()).await.unwrap();
    assert!(keyring.get(&link.space()).await.unwrap().is_none());
    // As somebody else.
    let second = Space::join(&link, mine).await.unwrap();
    assert_ne!(second.member(), guest.member());
}

#[tokio::test]
async fn credentials_of_a_newer_release_are_left_alone() {
    let rig = rig().await;
    let (link, mine) = (link(&rig, EDITOR).await, store());
    let records = Records::new(Arc::clone(&mine), link.space());
    records.put_credentials(&[2, 7]).await.unwrap();
    let keyring = Keyring::new(Arc::clone(&mine));
    let errors = [
        Space::join(&link, Arc::clone(&mine)).await.map(drop),
        Space::reopen(mine, &link.space()).await.map(drop),
        keyring.keep(&rig.owner.credentials()).await,
        keyring.list().await.map(drop),
    ];
    for error in errors {
        assert_eq!(error.unwrap_err().code_text(), "store.unavailable");
    }
    let kept = records.credentials().await.unwrap().unwrap();
    assert_eq!(*kept, [2, 7]);
    assert_eq!(users(&rig).await, 0);
}

#[tokio::test]
async fn a_space_that_was_created_is_opened_again_by_its_owner_from_the_store_alone() {
    let rig = rig().await;
    let store = store();
    let made = Space::create(Arc::clone(&store), &rig.server.url())
        .await
        .unwrap();
    // Another one does not take its place.
    Space::create(Arc::clone(&store), &rig.server.url())
        .await
        .unwrap();
    assert_eq!(
        Keyring::new(Arc::clone(&store)).list().await.unwrap().len(),
        2
    );
    post(&made).await.unwrap();

    let again = Space::reopen(store, &made.id()).await.unwrap();
    again.members().create_role("editor", None).await.unwrap();
    let secrets = again.credentials().secrets;
    assert_eq!(
        secrets.symmetric_root.expose(),
        made.credentials().secrets.symmetric_root.expose()
    );
    assert!(secrets.user_key.is_some());
}

#[tokio::test]
async fn a_link_whose_server_was_never_reached_does_not_shut_out_the_right_one() {
    let rig = rig().await;
    let (link, mine) = (for_one(&rig).await, store());
    // As from a link that names a server that is not there: nothing was sent, and nobody is admitted.
    let elsewhere = Space::builder("http://127.0.0.1:9").store(Arc::clone(&mine));
    elsewhere.join(&link).await.unwrap_err();
    let joined = Space::join(&link, mine).await;
    assert!(joined.is_ok(), "{}", joined.unwrap_err());
}

#[tokio::test]
async fn a_join_that_was_cut_short_twice_is_completed_by_the_link_that_still_lets_in() {
    let rig = rig().await;
    let (first, mine) = (for_one(&rig).await, store());
    let cut = async |link: &InviteLink, written| {
        let builder = Space::builder(link.server()).store(Arc::clone(&mine));
        let network = network_for(written) as Arc<dyn Transport>;
        builder.transport(network).join(link).await.unwrap_err();
    };
    cut(&first, 1).await;
    let members = rig.owner.members();
    for tool in members.list(MemberKind::Tool).await.unwrap() {
        members.remove(&tool).await.unwrap();
    }
    let second = for_one(&rig).await;
    cut(&second, 0).await;
    let space = Space::reopen(Arc::clone(&mine), &second.space()).await;
    assert!(space.is_ok(), "{}", space.unwrap_err());
}

#[tokio::test]
async fn a_link_that_nobody_could_use_is_not_made() {
    let rig = rig().await;
    let before = rig.owner.members().list(MemberKind::Tool).await.unwrap();
    let past = LinkOptions {
        expires_at: Some(1_700_000_000_000),
        ..EDITOR
    };
    let page = LinkOptions {
        page: Some("/join"),
        ..EDITOR
    };
    for (options, field) in [(past, "expires_at:"), (page, "page:")] {
        let refused = rig.owner.invitations().link(options).await.unwrap_err();
        assert!(refused.to_string().starts_with(field), "{refused}");
    }
    let after = rig.owner.members().list(MemberKind::Tool).await.unwrap();
    assert_eq!(after, before);
}
