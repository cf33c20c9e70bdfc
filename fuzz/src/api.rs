//! The bodies of requests and answers.

use reeeductio_proto::api::{
    AdminSpaceBody, BlobCreated, ChallengeRequest, ChallengeResponse, DataBody, DataStored,
    ErrorBody, Health, LoginFinishRequest, LoginFinishResponse, LoginInitRequest,
    LoginInitResponse, MessageBody, MessageCreated, MessagePage, PostMessage,
    RegisterFinishRequest, RegisterFinishResponse, RegisterInitRequest, RegisterInitResponse,
    SetupResponse, TokenResponse, VerifyRequest,
};
use reeeductio_proto::{ErrorCode, Operation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::input::text;

/// A body that is read is written as JSON that reads as the same body, and so does the same JSON with an unknown
/// key. Codes and operations have one name.
pub fn check(data: &[u8]) {
    is_kept::<AdminSpaceBody>(data);
    is_kept::<BlobCreated>(data);
    is_kept::<ChallengeRequest>(data);
    is_kept::<ChallengeResponse>(data);
    is_kept::<DataBody>(data);
    is_kept::<DataStored>(data);
    is_kept::<ErrorBody>(data);
    is_kept::<Health>(data);
    is_kept::<LoginFinishRequest>(data);
    is_kept::<LoginFinishResponse>(data);
    is_kept::<LoginInitRequest>(data);
    is_kept::<LoginInitResponse>(data);
    is_kept::<MessageBody>(data);
    is_kept::<MessageCreated>(data);
    is_kept::<MessagePage>(data);
    is_kept::<PostMessage>(data);
    is_kept::<RegisterFinishRequest>(data);
    is_kept::<RegisterFinishResponse>(data);
    is_kept::<RegisterInitRequest>(data);
    is_kept::<RegisterInitResponse>(data);
    is_kept::<SetupResponse>(data);
    is_kept::<TokenResponse>(data);
    is_kept::<VerifyRequest>(data);
    let Some(text) = text(data) else {
        return;
    };
    if let Some(code) = ErrorCode::parse(text) {
        assert_eq!(code.as_str(), text);
        assert!((400..600).contains(&code.status()), "{code}");
    }
    if let Some(operation) = Operation::parse(text) {
        assert_eq!(operation.as_str(), text);
    }
}

fn is_kept<T: DeserializeOwned + Serialize>(data: &[u8]) {
    let Ok(body) = serde_json::from_slice::<T>(data) else {
        return;
    };
    let written = serde_json::to_value(&body).unwrap();
    assert_eq!(rewritten::<T>(&written), written);
    let mut longer = written.clone();
    if let Some(map) = longer.as_object_mut() {
        map.insert("a key of tomorrow".to_owned(), Value::from(1));
    }
    assert_eq!(rewritten::<T>(&longer), written);
}

fn rewritten<T: DeserializeOwned + Serialize>(json: &Value) -> Value {
    let body: T = serde_json::from_value(json.clone()).unwrap();
    serde_json::to_value(body).unwrap()
}
