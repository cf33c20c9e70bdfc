//! Every answer a test gets is held against the OpenAPI document: its status and its code must be there.

use std::sync::LazyLock;

use axum::http::Method;
use serde_json::Value;

use super::Answer;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(reeeductio_server::openapi_document()).unwrap());

/// Fails when the document does not know the answer.
#[track_caller]
pub(super) fn check(method: &Method, path: &str, answer: &Answer) {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let Some((_, item)) = paths.iter().find(|(template, _)| matches(template, path)) else {
        return;
    };
    let method = match *method {
        Method::HEAD => "get".to_owned(),
        _ => method.as_str().to_lowercase(),
    };
    let Some(operation) = item.get(&method) else {
        return;
    };
    let documented = &operation["responses"][answer.status.to_string()];
    assert!(
        documented.is_object(),
        "{method} {path}: {} is not documented: {:?}",
        answer.status,
        answer.body
    );
    if answer.status >= 400 && !answer.body.is_empty() {
        let code = answer.json()["code"].as_str().unwrap().to_owned();
        let description = documented["description"].as_str().unwrap();
        assert!(
            description.contains(&format!("`{code}`")),
            "{method} {path}: {code} is not documented for {}",
            answer.status
        );
    }
}

/// `{path}` at the end stands for any number of segments, any other name for one.
fn matches(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) | (Some("{path}"), Some(_)) => return true,
            (Some(name), Some(segment)) if name.starts_with('{') && !segment.is_empty() => {}
            (Some(name), Some(segment)) if name == segment => {}
            _ => return false,
        }
    }
}
