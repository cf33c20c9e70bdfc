//! `/health`, `/ready`, `/metrics`, `/openapi.json`, `/docs`, CORS, and routes that do not exist.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::http::{Method, Request};
use reeeductio_backend::memory::MemoryBlobs;
use reeeductio_backend::{Blobs as _, ManualClock, ObjectName};
use reeeductio_server::{DiskSpace, Disks};
use serde_json::json;

use crate::rig::{Answer, Bound, Rig, START, blob_id};

async fn preflight(rig: &Rig, path: &str) -> Answer {
    let request = Request::builder()
        .method(Method::OPTIONS)
        .uri(path)
        .header("origin", "https://example.org")
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", "authorization,x-custom")
        .body(Body::empty())
        .unwrap();
    rig.send(request).await
}

#[tokio::test]
async fn health_and_readiness_are_told() {
    let rig = Rig::start();
    let health = rig.get("/health").await.expect(200);
    assert_eq!(health, json!({"status": "healthy", "timestamp": START}));
    let ready = rig.get("/ready").await.expect(200);
    assert_eq!(ready["status"], "ready");
    assert_eq!(ready["timestamp"], START);
    assert_eq!(ready["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(ready["parts"], json!({"database": {"ready": true}}));
    assert_eq!(ready["storage_errors"], 0);
    assert_eq!(ready["storage_damage"], 0);
}

/// A disk with as much room as the test says.
fn with_disk(free: &Arc<AtomicU64>) -> Rig {
    let free = Arc::clone(free);
    Rig::with(|plan| {
        plan.config.limits.min_free_bytes = Some(1_000_000);
        let measure = move |_: &Path| {
            let free = free.load(Ordering::SeqCst);
            Ok(DiskSpace {
                free,
                size: 1 << 40,
            })
        };
        plan.disks = Some(Disks::measured(&plan.config, measure));
    })
}

#[tokio::test]
async fn a_full_disk_is_told_and_takes_no_writes_until_there_is_room_again() {
    let free = Arc::new(AtomicU64::new(1 << 30));
    let rig = with_disk(&free);
    let owner = rig.owner(1).await;
    let user = rig.user(&owner, 2).await;
    let blob = blob_id(b"before");
    owner.put_blob(&rig, &blob, "before").await.expect(201);
    owner.put_data(&rig, "a", b"1", rig.now()).await.expect(200);
    let ready = rig.get("/ready").await.expect(200);
    assert_eq!(ready["parts"]["blobs"]["free_bytes"], 1 << 30);

    free.store(999_999, Ordering::SeqCst);
    rig.clock.advance(500);
    let ready = rig.get("/ready").await;
    let body = ready.expect(503);
    assert_eq!(body["code"], "storage.full");
    assert_eq!(body["status"], "not ready");
    assert_eq!(body["parts"]["database"], json!({"ready": true}));
    assert_eq!(body["parts"]["data"]["ready"], false);
    let metrics = rig.get("/metrics").await;
    let metrics = String::from_utf8(metrics.body.to_vec()).unwrap();
    for line in [
        "reeeductio_ready{part=\"database\"} 1",
        "reeeductio_ready{part=\"data\"} 0",
        "reeeductio_disk_free_bytes{part=\"data\"} 999999",
        "reeeductio_disk_size_bytes{part=\"blobs\"} 1099511627776",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    let said = owner.try_say(&rig, "general", b"hello").await;
    said.refused(503, "storage.full");
    let put = owner.put_data(&rig, "b", b"1", rig.now()).await;
    put.refused(503, "storage.full");
    let upload = owner.put_blob(&rig, &blob_id(b"after"), "after").await;
    upload.refused(503, "storage.full");
    let large = owner.try_set(&rig, "large", &vec![7; 10_000]).await;
    large.refused(503, "storage.full");
    // Reading and deleting go on, and a member can be removed.
    owner.get(&rig, "data/a").await.expect(200);
    owner.get(&rig, "topics/general/messages").await.expect(200);
    owner
        .set(&rig, &format!("auth/users/{}", user.id), b"")
        .await;
    let deleted = rig.send(owner.blob(Method::DELETE, &blob, "")).await;
    assert_eq!(deleted.status, 204);

    free.store(1 << 30, Ordering::SeqCst);
    rig.clock.advance(500);
    rig.get("/ready").await.expect(200);
    owner.say(&rig, "general", b"hello").await;
    owner.put_blob(&rig, &blob, "before").await.expect(201);
}

#[tokio::test]
async fn a_quota_is_refused_by_its_name_and_leaves_the_owner_in_charge() {
    let rig = Rig::with(|plan| plan.engine.limits.storage.messages.space.count = Some(3));
    let owner = rig.owner(1).await;
    let user = rig.user(&owner, 2).await;
    owner.say(&rig, "general", b"x").await;
    owner.say(&rig, "general", b"y").await;
    let said = owner.try_say(&rig, "general", b"z").await;
    said.refused(403, "quota.exceeded");
    let quota = json!({"name": "quotas.space_messages", "limit": 3, "stored": 3});
    assert_eq!(said.expect(403)["details"], json!({"quota": quota}));
    owner
        .set(&rig, &format!("auth/users/{}", user.id), b"")
        .await;
}

#[tokio::test]
async fn an_upload_that_would_fill_the_disk_is_refused_before_it_is_sent() {
    let free = Arc::new(AtomicU64::new(1_000_010));
    let rig = with_disk(&free);
    let owner = rig.owner(1).await;
    let fits = owner
        .put_blob(&rig, &blob_id(b"0123456789"), "0123456789")
        .await;
    fits.expect(201);
    let larger = owner
        .put_blob(&rig, &blob_id(b"0123456789a"), "0123456789a")
        .await;
    larger.refused(503, "storage.full");
}

#[tokio::test]
async fn a_disk_that_does_not_tell_is_an_error_and_no_reason_to_refuse() {
    let rig = Rig::with(|plan| {
        let measure = |_: &Path| Err(std::io::Error::other("the disk is gone"));
        plan.disks = Some(Disks::measured(&plan.config, measure));
    });
    let ready = rig.get("/ready").await.expect(503);
    assert_eq!(ready["code"], "storage.unavailable");
    assert_eq!(ready["parts"]["data"]["error"], "the disk is gone");
    let owner = rig.owner(1).await;
    owner.say(&rig, "general", b"hello").await;
}

#[tokio::test]
async fn the_metrics_tell_the_version_and_the_memory() {
    let rig = Rig::start();
    let metrics = rig.get("/metrics").await;
    let text = String::from_utf8(metrics.body.to_vec()).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    for line in [
        &*format!("reeeductio_build_info{{version=\"{version}\"}} 1"),
        "reeeductio_memory_budget_bytes 268435456",
        "reeeductio_memory_held_bytes 0",
        "reeeductio_memory_waiting 0",
        "reeeductio_memory_refusals_total 0",
        "reeeductio_storage_errors_total 0",
        "reeeductio_storage_damage_total 0",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(text.ends_with("# EOF\n"), "{text}");
}

#[tokio::test]
async fn what_does_not_exist_is_404_and_the_wrong_method_405() {
    let rig = Rig::start();
    for path in [
        "/",
        "/nope",
        "/spaces",
        "/spaces/",
        "/spaces/x",
        "/admin",
        "/health/",
        "//health",
    ] {
        let refused = rig.get(path).await;
        let body = refused.refused(404, "request.route_not_found");
        assert_eq!(body["detail"], "Not Found");
    }
    for (method, path) in [
        (Method::PUT, "/health"),
        (Method::DELETE, "/spaces/x/state/a"),
        (Method::POST, "/spaces/x/state/a"),
        (Method::PATCH, "/spaces/x/data/a"),
        (Method::GET, "/spaces/x/auth/challenge"),
    ] {
        let refused = rig.call(method, path, None).await;
        refused.refused(405, "request.method_not_allowed");
        assert!(!refused.header("allow").is_empty());
    }
}

#[tokio::test]
async fn any_origin_may_ask_with_any_method_and_header() {
    let rig = Rig::start();
    for path in ["/health", "/spaces/x/data/a", "/nope"] {
        let answer = preflight(&rig, path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("access-control-allow-methods"), "PUT");
        assert_eq!(
            answer.header("access-control-allow-headers"),
            "authorization,x-custom"
        );
        assert_eq!(answer.header("access-control-max-age"), "600");
        assert!(
            !answer
                .headers
                .contains_key("access-control-allow-credentials")
        );
    }
    for path in ["/health", "/nope", "/spaces/x/state"] {
        let request = Request::builder()
            .uri(path)
            .header("origin", "https://example.org")
            .body(Body::empty())
            .unwrap();
        let answer = rig.send(request).await;
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
}

#[tokio::test]
async fn every_answer_names_its_request() {
    let rig = Rig::start();
    let mut seen = std::collections::HashSet::new();
    for path in ["/health", "/nope", "/spaces/x/state"] {
        let answer = rig.get(path).await;
        assert!(seen.insert(answer.header("x-request-id").to_owned()));
    }
}

#[tokio::test]
async fn the_document_lists_every_route_with_its_answers() {
    let rig = Rig::start();
    let document = rig.get("/openapi.json").await.expect(200);
    let paths = document["paths"].as_object().unwrap();
    let space = "/spaces/{space_id}";
    for (path, methods) in [
        ("/spaces/{space_id}/auth/challenge", "post"),
        ("/spaces/{space_id}/auth/verify", "post"),
        ("/spaces/{space_id}/auth/refresh", "post"),
        ("/spaces/{space_id}/topics/{topic_id}/messages", "get post"),
        (
            "/spaces/{space_id}/topics/{topic_id}/messages/{message_hash}",
            "get",
        ),
        ("/spaces/{space_id}/state", "get"),
        ("/spaces/{space_id}/stream", "get"),
        ("/spaces/{space_id}/blobs/{blob_id}", "delete get put"),
        ("/spaces/{space_id}/opaque/setup", "post"),
        ("/spaces/{space_id}/opaque/register/init", "post"),
        ("/spaces/{space_id}/opaque/register/finish", "post"),
        ("/spaces/{space_id}/opaque/login/init", "post"),
        ("/spaces/{space_id}/opaque/login/finish", "post"),
        ("/admin/auth/challenge", "post"),
        ("/admin/auth/verify", "post"),
        ("/admin/space", "get"),
        ("/admin/blobs/{blob_id}", "delete"),
        ("/health", "get"),
        ("/ready", "get"),
        ("/metrics", "get"),
    ] {
        let mut found: Vec<_> = paths[path].as_object().unwrap().keys().cloned().collect();
        found.sort();
        assert_eq!(found.join(" "), methods, "{path}");
    }
    for below in ["state", "data"] {
        let prefix = format!("{space}/{below}/");
        assert!(
            paths.keys().any(|path| path.starts_with(&prefix)),
            "{below}"
        );
    }
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path}");
            let answers = operation["responses"].as_object().unwrap();
            assert!(!answers.is_empty(), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_documentation_page_loads_nothing_from_elsewhere() {
    let rig = Rig::start();
    let page = rig.get("/docs").await;
    assert_eq!(page.status, 200);
    let text = std::str::from_utf8(&page.body).unwrap();
    assert!(text.contains("openapi.json"));
    for foreign in ["http://", "https://", "src=\"//"] {
        assert!(!text.contains(foreign), "{foreign}");
    }
}

#[tokio::test]
async fn a_server_that_starts_sweeps_up_what_a_crash_left_and_says_so() {
    let two_days = 2 * 86_400_000;
    let blobs = MemoryBlobs::new(Arc::new(ManualClock::at(START - two_days)));
    let left = ObjectName::parse("Bleft.0000000000000001").unwrap();
    let mut writer = blobs.begin(&left).await.unwrap();
    writer.write("12345".into()).await.unwrap();
    writer.finish().await.unwrap();
    let bound = Bound::with(|plan| plan.blobs = Arc::new(blobs.clone())).await;
    bound.until("reeeductio_swept_objects_total", 1).await;
    assert_eq!(bound.metric("reeeductio_swept_bytes_total").await, 5);
    assert_eq!(bound.metric("reeeductio_leftover_objects").await, 0);
    let last = bound
        .metric("reeeductio_last_sweep_timestamp_seconds")
        .await;
    assert_eq!(last, START / 1000);
    assert_eq!(blobs.size(&left).await.unwrap(), None);
    bound.server.stop().await.unwrap();
}
