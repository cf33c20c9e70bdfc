//! Settings that the owner changes.

use reeeductio_client::{NewSpace, Visibility};

use crate::rig::{Rig, post, soon, text, topic};

#[tokio::test]
async fn settings_change_for_all_members() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    let posted = post(&ada, "hers").await.unwrap();
    let before = ada.settings().await.unwrap();
    assert!(before.mutable && before.retention_days.is_none() && before.server.is_some());
    let change = rig.owner.change_settings(|settings| {
        settings.mutable = false;
        settings.visibility = Some(Visibility::Public);
    });
    soon(change).await.unwrap();
    let after = ada.settings().await.unwrap();
    assert!(!after.mutable && after.visibility == Some(Visibility::Public));
    assert_eq!(after.server, before.server);
    let (general, changed) = (ada.topic(&topic()), text("changed"));
    let edited = soon(general.edit(&posted.position.hash, &changed)).await;
    assert!(edited.is_err());
}

#[tokio::test]
async fn changes_of_two_devices_at_once_are_both_kept() {
    let rig = Rig::start().await;
    let second = rig.open(1, rig.builder()).await.unwrap();
    let (one, two) = tokio::join!(
        rig.owner
            .change_settings(|settings| settings.retention_days = Some(90)),
        second.change_settings(|settings| settings.visibility = Some(Visibility::Private)),
    );
    one.unwrap();
    two.unwrap();
    let settings = rig.owner.settings().await.unwrap();
    assert_eq!(settings.retention_days, Some(90));
    assert_eq!(settings.visibility, Some(Visibility::Private));
}

#[tokio::test]
async fn settings_that_stay_are_not_written_and_wrong_ones_are_refused() {
    let rig = Rig::start_with(NewSpace {
        retention_days: Some(7),
        ..NewSpace::default()
    })
    .await;
    let (builder, network) = rig.meddled();
    let owner = rig.open(1, builder).await.unwrap();
    network.requests();
    let change = owner.change_settings(|settings| settings.retention_days = Some(7));
    soon(change).await.unwrap();
    assert!(
        !network
            .requests()
            .iter()
            .any(|line| line.contains("commands"))
    );
    let change = owner.change_settings(|settings| settings.retention_days = Some(0));
    let error = soon(change).await.unwrap_err();
    assert_eq!(error.code_text(), "auth.invalid_entry");
    assert_eq!(owner.settings().await.unwrap().retention_days, Some(7));
}

#[tokio::test]
async fn another_member_changes_no_settings() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    let change = ada.change_settings(|settings| settings.mutable = false);
    let error = soon(change).await.unwrap_err();
    assert_eq!(error.code_text(), "permission.denied");
    assert!(rig.owner.settings().await.unwrap().mutable);
}
