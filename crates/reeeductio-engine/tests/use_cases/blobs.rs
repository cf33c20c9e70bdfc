//! Uploads: what an answer that was lost costs.

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use reeeductio_backend::{Blobs as _, Tools as _};
use reeeductio_core::state_entry;
use reeeductio_engine::Refusal;
use reeeductio_proto::{BlobId, ErrorCode, ToolLimits};

use crate::rig::{Member, Rig, code, keys, space};

async fn upload(rig: &Rig, member: &Member, content: &'static [u8]) -> Result<u64, Refusal> {
    let id = BlobId::of(content).to_string();
    let mut upload = rig.engine.upload_blob(&member.caller, &id, None).await?;
    upload.write(Bytes::from_static(content)).await?;
    rig.engine.finish_upload(&member.caller, upload).await
}

async fn objects(rig: &Rig) -> usize {
    rig.blobs
        .list()
        .try_collect::<Vec<_>>()
        .await
        .unwrap()
        .len()
}

#[tokio::test]
async fn a_tool_may_repeat_its_last_upload() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let id = keys(2).tool_id();
    let limits = ToolLimits {
        use_limit: Some(1),
        expires_at: None,
    };
    let entry = state_entry::tool(id, None, limits).unwrap();
    owner.set(&rig, &entry).await.unwrap();
    let tool = rig.sign_in(id, 2).await.unwrap();
    for _ in 0..2 {
        assert_eq!(upload(&rig, &tool, b"bytes").await.unwrap(), 5);
    }
    assert_eq!(rig.records.tool_uses(space(), id).await.unwrap(), 1);
    assert_eq!(objects(&rig).await, 1);
    let other = upload(&rig, &tool, b"other").await;
    assert_eq!(code(other), ErrorCode::ToolUseLimit);
    upload(&rig, &owner, b"other").await.unwrap();
    let theirs = upload(&rig, &tool, b"other").await;
    assert_eq!(code(theirs), ErrorCode::ToolUseLimit);
}

#[tokio::test]
async fn an_upload_that_is_recorded_without_an_answer_keeps_its_bytes() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    rig.records.lose_an_answer();
    let lost = upload(&rig, &owner, b"bytes").await;
    assert_eq!(code(lost), ErrorCode::StorageUnavailable);
    assert_eq!(objects(&rig).await, 1);
    let id = BlobId::of(b"bytes").to_string();
    let download = rig.engine.download_blob(&owner.caller, &id, None).await;
    download.unwrap();
    assert_eq!(upload(&rig, &owner, b"bytes").await.unwrap(), 5);
    assert_eq!(objects(&rig).await, 1, "not twice");
}
