//! Invite links of version 1.

use reeeductio_client::{AnchoredLink, ErrorKind, LinkAnchor, NewLink, PolicySpace};

use crate::rig::{Rig, bodies, history, keys, post, unread};

fn terms(rig: &Rig, uses: u32) -> NewLink {
    NewLink {
        role: "editor".to_owned(),
        uses,
        expires_at: rig.server.now() + 3_600_000,
        password: None,
        page: None,
    }
}

#[tokio::test]
async fn a_guest_joins_by_a_link_and_reads_and_writes() {
    let rig = Rig::start().await;
    post(&rig.owner, "welcome").await.unwrap();
    let link = rig.owner.links().create(&terms(&rig, 1)).await.unwrap();
    let link = AnchoredLink::parse(link.expose()).unwrap();
    let ada = PolicySpace::redeem(rig.builder(), &link, None, keys(2))
        .await
        .unwrap();
    assert_eq!(bodies(&history(&ada).await), ["welcome"]);
    post(&ada, "thanks").await.unwrap();
    assert_eq!(bodies(&unread(&rig.owner).await), ["welcome", "thanks"]);
    // Once more with the same identity: nothing is used up, and it is the same member.
    let again = PolicySpace::redeem(rig.builder(), &link, None, keys(2))
        .await
        .unwrap();
    assert_eq!(again.member(), ada.member());
    let used = PolicySpace::redeem(rig.builder(), &link, None, keys(3)).await;
    assert_eq!(used.unwrap_err().code_text(), "tool.use_limit");
    let links = rig.owner.links().list().await.unwrap();
    assert_eq!((links.len(), links[0].state.used), (1, 1));
    // A link that is only used up costs no epoch.
    post(&ada, "more").await.unwrap();
}

#[tokio::test]
async fn a_link_with_a_password_opens_with_that_alone() {
    let rig = Rig::start().await;
    let new = NewLink {
        password: Some("correct horse".to_owned()),
        ..terms(&rig, 1)
    };
    let link = rig.owner.links().create(&new).await.unwrap();
    let none = PolicySpace::redeem(rig.builder(), &link, None, keys(2)).await;
    assert_eq!(none.unwrap_err().code_text(), "client.argument");
    let wrong = PolicySpace::redeem(rig.builder(), &link, Some("wrong"), keys(2)).await;
    assert_eq!(wrong.unwrap_err().kind(), ErrorKind::Authentication);
    let joined = PolicySpace::redeem(rig.builder(), &link, Some("correct horse"), keys(2));
    joined.await.unwrap();
}

#[tokio::test]
async fn a_removal_ends_every_link() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    let link = rig.owner.links().create(&terms(&rig, 5)).await.unwrap();
    rig.owner.members().remove(ada.member()).await.unwrap();
    let late = PolicySpace::redeem(rig.builder(), &link, None, keys(3)).await;
    assert_eq!(late.unwrap_err().kind(), ErrorKind::Authentication);
    assert!(rig.owner.links().list().await.unwrap()[0].state.ended);
}

#[tokio::test]
async fn a_revoked_link_opens_nothing_and_has_no_part_in_the_next_epoch() {
    let rig = Rig::start().await;
    let link = rig.owner.links().create(&terms(&rig, 5)).await.unwrap();
    let joined = PolicySpace::redeem(rig.builder(), &link, None, keys(2));
    let ada = joined.await.unwrap();
    let tool = rig.owner.links().list().await.unwrap()[0].tool;
    rig.owner.links().revoke(tool).await.unwrap();
    assert!(rig.owner.links().list().await.unwrap().is_empty());
    let late = PolicySpace::redeem(rig.builder(), &link, None, keys(3)).await;
    assert_eq!(late.unwrap_err().kind(), ErrorKind::Authentication);
    // A guest that has joined stays.
    post(&ada, "still here").await.unwrap();
    let shown = unread(&rig.owner).await;
    assert_eq!(bodies(&shown), ["still here"]);
}

#[tokio::test]
async fn a_state_from_before_the_link_is_refused() {
    let rig = Rig::start().await;
    let link = rig.owner.links().create(&terms(&rig, 5)).await.unwrap();
    let with = |anchor: LinkAnchor| {
        let (space, secret) = (link.space(), link.secret().clone());
        AnchoredLink::new(space, secret, anchor, false, link.server(), None).unwrap()
    };
    let wrong_head = LinkAnchor {
        state: [7; 16],
        ..link.anchor()
    };
    let later_epoch = LinkAnchor {
        epoch: 1,
        ..link.anchor()
    };
    for anchor in [wrong_head, later_epoch] {
        let stale = PolicySpace::redeem(rig.builder(), &with(anchor), None, keys(2)).await;
        assert_eq!(stale.unwrap_err().code_text(), "link.stale_state");
    }
    // Nothing was used up by that.
    assert_eq!(rig.owner.links().list().await.unwrap()[0].state.used, 0);
}
