//! Members that come back: after they were removed, without a connection, or to a server that has moved.

use std::sync::Arc;

use reeeductio_client::transport::{Transport, TransportError};
use reeeductio_client::{Keyring, Space};
use reeeductio_proto::ErrorCode;

use crate::joining::{EDITOR, link, post, rig, store};
use crate::meddled::Meddled;

#[tokio::test]
async fn a_removed_guest_is_told_so_and_joins_as_somebody_else_once_it_forgets() {
    let rig = rig().await;
    let (mine, first) = (store(), link(&rig, EDITOR).await);
    let guest = Space::join(&first, Arc::clone(&mine)).await.unwrap();
    let member = guest.member();
    rig.owner.members().remove(&member).await.unwrap();
    let second = link(&rig, EDITOR).await;
    let refused = Space::join(&second, Arc::clone(&mine)).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::MemberUnknown));
    let text = refused.to_string();
    assert!(
        text.contains("removed") && text.contains("forget"),
        "{text}"
    );

    let keyring = Keyring::new(Arc::clone(&mine));
    keyring.forget(&second.space()).await.unwrap();
    let again = Space::join(&second, mine).await.unwrap();
    assert_ne!(again.member(), member);
    post(&again).await.unwrap();
}

#[tokio::test]
async fn a_guest_that_has_joined_joins_without_a_connection_too() {
    let rig = rig().await;
    let (mine, link) = (store(), link(&rig, EDITOR).await);
    let guest = Space::join(&link, Arc::clone(&mine)).await.unwrap();
    let network = Arc::new(Meddled::new());
    network.on_request(|_| async { Err(TransportError::Connect("off".to_owned())) });
    let builder = Space::builder(link.server()).store(mine);
    let builder = builder.transport(network as Arc<dyn Transport>);
    assert_eq!(builder.join(&link).await.unwrap().member(), guest.member());
}

#[tokio::test]
async fn a_space_whose_server_has_moved_is_reopened_at_the_new_address_from_then_on() {
    let rig = rig().await;
    let (mine, link) = (store(), link(&rig, EDITOR).await);
    let guest = Space::join(&link, Arc::clone(&mine)).await.unwrap();
    let port = rig.server.url().rsplit(':').next().unwrap().to_owned();
    let moved = format!("http://localhost:{port}");
    assert_ne!(moved, rig.server.url());
    let builder = Space::builder(&moved).store(Arc::clone(&mine));
    let there = builder.reopen(&link.space()).await.unwrap();
    assert_eq!(there.member(), guest.member());
    let again = Space::reopen(mine, &link.space()).await.unwrap();
    assert_eq!(again.credentials().base_url, moved);
    post(&again).await.unwrap();
}
