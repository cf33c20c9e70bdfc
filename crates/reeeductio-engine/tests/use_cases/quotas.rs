//! Quotas: what they refuse, what they say, and what they never refuse.

use reeeductio_backend::{Quota, Quotas};
use reeeductio_core::{StateEntry, register_space, state_entry};
use reeeductio_engine::{Details, OverQuotaDetails, Refusal};
use reeeductio_proto::{BlobId, ErrorCode, History, Operation, Policy, Settings};

use crate::rig::{Member, Rig, code, keys};

fn quotas(space: Option<u64>, member_bytes: Option<u64>) -> Quotas {
    Quotas {
        space: Quota {
            count: space,
            bytes: None,
        },
        member: Quota {
            count: None,
            bytes: member_bytes,
        },
    }
}

/// A user that may post, in a space that it has filled.
async fn full(rig: &Rig) -> (Member, Member) {
    let owner = rig.owner().await;
    let user = rig.user(&owner, 2).await;
    owner
        .grant(rig, &user, Operation::Create, "topics/general/{any}")
        .await;
    while user.post(rig, "general", "n", b"1").await.is_ok() {}
    (owner, user)
}

fn refused<T: std::fmt::Debug>(result: Result<T, Refusal>) -> (String, OverQuotaDetails) {
    let refusal = result.unwrap_err();
    assert_eq!(refusal.code(), ErrorCode::QuotaExceeded);
    let Some(Details::OverQuota(over)) = refusal.details() else {
        panic!("{refusal}");
    };
    (refusal.to_string(), *over)
}

#[tokio::test]
async fn the_owner_of_a_full_space_still_takes_rights_and_removes_members() {
    let rig = Rig::with(|config| config.limits.storage.messages = quotas(Some(10), None));
    let (owner, user) = full(&rig).await;
    // The exception gives no rights.
    let other = state_entry::user(keys(3).user_id(), None).unwrap();
    let added = user.set(&rig, &other).await;
    assert_eq!(code(added), ErrorCode::PermissionDenied);
    let gone = |path: reeeductio_proto::StatePath| StateEntry {
        path,
        value: String::new(),
    };
    let added = state_entry::user(user.id, None).unwrap();
    owner.set(&rig, &gone(added.path)).await.unwrap();
    // Other state is refused, and so are entries larger than any that takes something away.
    let other = owner.post(&rig, "state", "settings/name", b"x").await;
    assert_eq!(code(other), ErrorCode::QuotaExceeded);
    let mut large = state_entry::user(keys(3).user_id(), None).unwrap();
    large.value = format!(r#"{{"note":"{}",{}"#, "x".repeat(8192), &large.value[1..]);
    assert_eq!(
        code(owner.set(&rig, &large).await),
        ErrorCode::QuotaExceeded
    );
}

#[tokio::test]
async fn the_admin_space_has_no_quotas() {
    let rig = Rig::with(|config| {
        config.auto_create_spaces = false;
        config.admin_space = Some(keys(100).space_id());
        let none = quotas(Some(0), Some(0));
        config.limits.storage.messages = none;
        config.limits.storage.entries = none;
        config.limits.storage.blobs = none;
    });
    let admin = keys(100);
    let operator = rig.sign_in_to(admin.space_id(), admin.user_id(), 100);
    let operator = operator.await.unwrap();
    operator.post(&rig, "notes", "n", b"1").await.unwrap();
    let registration = register_space(&keys(1), operator.id, rig.now());
    for entry in state_entry::registration(&registration).unwrap() {
        operator.set(&rig, &entry).await.unwrap();
    }
    operator.put(&rig, "a", b"1").await.unwrap();
    let id = BlobId::of(b"bytes").to_string();
    let upload = rig.engine.upload_blob(&operator.caller, &id, Some(5)).await;
    let mut upload = upload.unwrap();
    upload
        .write(bytes::Bytes::from_static(b"bytes"))
        .await
        .unwrap();
    let stored = rig.engine.finish_upload(&operator.caller, upload).await;
    assert_eq!(stored.unwrap(), 5);
    // The registered one has.
    let owner = rig.owner().await;
    let post = owner.post(&rig, "general", "n", b"1").await;
    assert_eq!(code(post), ErrorCode::QuotaExceeded);
}

#[tokio::test]
async fn a_refusal_names_the_quota_its_limit_and_what_is_stored() {
    let rig = Rig::with(|config| {
        config.limits.storage.messages = quotas(Some(10), None);
        config.limits.storage.entries = quotas(None, Some(20));
        config.limits.storage.blobs = quotas(None, Some(3));
    });
    let (owner, user) = full(&rig).await;
    let (message, over) = refused(user.post(&rig, "general", "n", b"1").await);
    assert_eq!(
        over,
        OverQuotaDetails {
            quota: "quotas.space_messages",
            limit: 10,
            stored: 10,
        }
    );
    assert_eq!(
        message,
        "This space stores 10 messages, and quotas.space_messages of the server is 10. Messages cannot be removed: ask the server's operator to raise it."
    );
    owner.put(&rig, "a", b"1").await.unwrap();
    let (message, over) = refused(owner.put(&rig, "b", b"a longer value").await);
    assert_eq!(
        (over.quota, over.limit, over.stored),
        ("quotas.member_entry_bytes", 20, 5)
    );
    assert!(message.starts_with("You store 5 bytes of data entries, "));
    assert!(message.contains("Delete data entries, or ask"), "{message}");
    let id = BlobId::of(b"bytes").to_string();
    let upload = rig.engine.upload_blob(&owner.caller, &id, Some(5)).await;
    let (_, over) = refused(upload.map(drop));
    assert_eq!(
        (over.quota, over.limit, over.stored),
        ("quotas.member_blob_bytes", 3, 0)
    );
}

#[tokio::test]
async fn an_upload_that_a_quota_refuses_is_refused_before_it_is_sent() {
    let none = Quota {
        count: None,
        bytes: None,
    };
    let one_blob = Quota {
        count: Some(1),
        bytes: None,
    };
    let nine_bytes = Quota {
        count: None,
        bytes: Some(9),
    };
    for (space, member, name) in [
        (one_blob, none, "quotas.space_blobs"),
        (nine_bytes, none, "quotas.space_blob_bytes"),
        (none, one_blob, "quotas.member_blobs"),
        (none, nine_bytes, "quotas.member_blob_bytes"),
    ] {
        let rig = Rig::with(|config| config.limits.storage.blobs = Quotas { space, member });
        let owner = rig.owner().await;
        let user = rig.user(&owner, 2).await;
        let begin = async |by: &Member, content: &[u8]| {
            let id = BlobId::of(content).to_string();
            rig.engine.upload_blob(&by.caller, &id, Some(5)).await
        };
        let mut upload = begin(&owner, b"first").await.unwrap();
        upload
            .write(bytes::Bytes::from_static(b"first"))
            .await
            .unwrap();
        rig.engine
            .finish_upload(&owner.caller, upload)
            .await
            .unwrap();
        let (_, over) = refused(begin(&owner, b"other").await.map(drop));
        assert_eq!(over.quota, name);
        let (_, over) = refused(rig.engine.check_upload(&owner.caller, 5).await);
        assert_eq!(over.quota, name);
        // The answer to the first upload may have been lost; and a blob that the space has adds nothing to it.
        begin(&owner, b"first").await.unwrap();
        begin(&user, b"first").await.unwrap();
    }
}

#[tokio::test]
async fn values_beside_the_settings_of_a_space_with_a_policy_have_quotas() {
    let rig = Rig::with(|config| config.limits.storage.messages = quotas(Some(10), None));
    let owner = rig.owner().await;
    let policy = state_entry::policy(&Policy::new(History::Static)).unwrap();
    owner.set(&rig, &policy).await.unwrap();
    // The settings are written in a full space, too; other values are not.
    for number in 1..10 {
        let path = format!("settings/{number}");
        owner.post(&rig, "state", &path, b"x").await.unwrap();
    }
    for path in ["settings/name", "space/name"] {
        let other = owner.post(&rig, "state", path, b"x").await;
        assert_eq!(code(other), ErrorCode::QuotaExceeded, "{path}");
    }
    let settings = state_entry::settings(&Settings::default()).unwrap();
    owner.set(&rig, &settings).await.unwrap();
}

#[tokio::test]
async fn a_member_does_not_fill_a_space_with_keys_of_its_own() {
    let rig = Rig::with(|config| config.limits.storage.messages = quotas(None, Some(100_000)));
    let owner = rig.owner().await;
    let policy = state_entry::policy(&Policy::new(History::Static)).unwrap();
    owner.set(&rig, &policy).await.unwrap();
    let user = rig.user(&owner, 2).await;
    let mut stored = 0;
    for generation in 0..200 {
        let key = user.keys.decryption_key(generation);
        let key = key.encryption_key().unwrap();
        let space = user.caller.space_id();
        let signature = user.keys.sign_encryption_key(&space, &user.id, &key);
        let entry = state_entry::encryption_key(user.id, &key.to_published(), &signature).unwrap();
        if user.set(&rig, &entry).await.is_err() {
            break;
        }
        stored += entry.value.len();
    }
    assert!(
        stored <= 100_000,
        "{stored} bytes by a member without rights"
    );
}
