//! Data entries: put, get, delete.

use reeeductio_proto::{ErrorCode, Operation};

use crate::rig::{Rig, START, code};

#[tokio::test]
async fn the_newest_entry_is_kept_and_an_older_one_refused() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let put = async |value: &[u8], at: i64| {
        let entry = owner.entry("a/b", value, at);
        rig.engine.put_data(&owner.caller, "a/b", entry).await
    };
    assert_eq!(put(b"1", START).await.unwrap(), START);
    assert_eq!(put(b"2", START + 1).await.unwrap(), START + 1);
    assert_eq!(code(put(b"0", START - 1).await), ErrorCode::DataStale);
    let entry = rig.engine.data(&owner.caller, "a/b").await.unwrap();
    assert_eq!((entry.data.as_str(), entry.signed_at), ("Mg==", START + 1));
    assert_eq!(entry.signed_by, owner.id);
}

#[tokio::test]
async fn a_removed_entry_is_not_there_and_an_emptied_one_is_empty() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    owner.put(&rig, "a", b"1").await.unwrap();
    owner.put(&rig, "a", b"").await.unwrap();
    let emptied = rig.engine.data(&owner.caller, "a").await.unwrap();
    assert_eq!(emptied.data, "");
    for _ in 0..2 {
        rig.engine.delete_data(&owner.caller, "a").await.unwrap();
        let gone = rig.engine.data(&owner.caller, "a").await;
        assert_eq!(code(gone), ErrorCode::DataNotFound);
    }
}

#[tokio::test]
async fn each_operation_needs_its_own_right() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let operations = [
        Operation::Create,
        Operation::Modify,
        Operation::Delete,
        Operation::Read,
    ];
    for (seed, held) in (2..).zip(operations) {
        let member = rig.user(&owner, seed).await;
        owner.grant(&rig, &member, held, "data/{...}").await;
        let (there, free) = (format!("there/{seed}"), format!("free/{seed}"));
        owner.put(&rig, &there, b"1").await.unwrap();
        let allowed = [
            member.put(&rig, &free, b"1").await.is_ok(),
            member.put(&rig, &there, b"2").await.is_ok(),
            member.put(&rig, &there, b"").await.is_ok(),
            rig.engine.data(&member.caller, &there).await.is_ok(),
        ];
        assert_eq!(allowed, operations.map(|op| op == held), "{held:?}");
        let removes = rig.engine.delete_data(&member.caller, &there).await;
        assert_eq!(removes.is_ok(), held == Operation::Delete);
    }
}

#[tokio::test]
async fn an_entry_is_signed_by_the_caller_for_its_path_about_now() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let member = rig.user(&owner, 2).await;
    owner
        .grant(&rig, &member, Operation::Write, "data/{...}")
        .await;
    let put = async |path: &str, entry| rig.engine.put_data(&member.caller, path, entry).await;
    let good = member.entry("a", b"1", START);
    let others = owner.entry("a", b"1", START);
    assert_eq!(code(put("a", others).await), ErrorCode::DataSignerMismatch);
    let moved = good.clone();
    assert_eq!(code(put("b", moved).await), ErrorCode::DataBadSignature);
    let mut changed = good.clone();
    "Mg==".clone_into(&mut changed.data);
    assert_eq!(code(put("a", changed).await), ErrorCode::DataBadSignature);
    let mut unsigned = good.clone();
    unsigned.signature.clear();
    assert_eq!(
        code(put("a", unsigned).await),
        ErrorCode::SignatureUndecodable
    );
    for at in [START - 60_001, START + 60_001, i64::MIN, i64::MAX] {
        let entry = member.entry("a", b"1", at);
        assert_eq!(code(put("a", entry).await), ErrorCode::DataClockSkew);
    }
    put("a", good).await.unwrap();
}

#[tokio::test]
async fn an_entry_has_a_greatest_size_and_a_path_a_form() {
    let rig = Rig::with(|config| config.limits.entry_data = 8);
    let owner = rig.owner().await;
    owner.put(&rig, "a", &[0; 6]).await.unwrap();
    let large = owner.put(&rig, "a", &[0; 7]).await;
    assert_eq!(code(large), ErrorCode::DataTooLarge);
    for path in ["", "/a", "a//b", "a/../b", "a\n"] {
        let entry = owner.entry("a", b"1", rig.now());
        let put = rig.engine.put_data(&owner.caller, path, entry).await;
        assert_eq!(code(put), ErrorCode::DataInvalidPath);
        let read = rig.engine.data(&owner.caller, path).await;
        assert_eq!(code(read), ErrorCode::DataInvalidPath);
        let removed = rig.engine.delete_data(&owner.caller, path).await;
        assert_eq!(code(removed), ErrorCode::DataInvalidPath);
    }
}
