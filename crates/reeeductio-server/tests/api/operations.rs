//! `/health`, `/ready`, `/metrics`, `/openapi.json`, `/docs`, CORS, and routes that do not exist.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request};
use reeeductio_backend::memory::MemoryBlobs;
use reeeductio_backend::{Blobs as _, ManualClock, ObjectName};
use serde_json::json;

use crate::rig::{Answer, Bound, Rig, START};

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
