//! Answers of operations, as the values that the TypeScript files give names to.

use js_sys::Array;
use reeeductio_client::Credentials;
use reeeductio_operations::{Answer, Entry, Opened};
use wasm_bindgen::JsValue;

use crate::record;
use crate::stream::Stream;

/// Shows an answer to JavaScript.
pub(crate) fn shown(answer: Answer) -> JsValue {
    match answer {
        Answer::None => JsValue::UNDEFINED,
        Answer::Text(text) => text.as_str().into(),
        Answer::MaybeText(text) => text.map_or(JsValue::UNDEFINED, |text| text.as_str().into()),
        Answer::Texts(texts) => texts
            .into_iter()
            .map(JsValue::from)
            .collect::<Array>()
            .into(),
        Answer::Bytes(bytes) => record::bytes(&bytes).into(),
        Answer::Number(number) => record::time(number),
        Answer::Position(position) => record::posted(&position).into(),
        Answer::Message(message) => record::message(&message).into(),
        Answer::Page(messages, more) => {
            let records: Array = messages.iter().map(|each| record::message(each)).collect();
            Array::of2(&records, &more.into()).into()
        }
        Answer::Entry(entry) => record::entry(&entry).into(),
        Answer::Blob(id, size) => Array::of2(&id.to_string().into(), &count(size)).into(),
        Answer::SealedBlob(id, size, key) => {
            let key = record::bytes(key.expose());
            Array::of3(&id.to_string().into(), &count(size), &key).into()
        }
        Answer::Enabled(made) => made
            .into_iter()
            .map(JsValue::from)
            .collect::<Array>()
            .into(),
        Answer::Login(member, secrets) => Array::of4(
            &member.to_string().into(),
            &record::bytes(&*secrets.identity.seed()),
            &record::bytes(secrets.symmetric_root.expose()),
            &secrets
                .user_key
                .as_ref()
                .map_or(JsValue::UNDEFINED, |key| record::bytes(key.expose()).into()),
        )
        .into(),
        Answer::Credentials(kept) => credentials(&kept).into(),
        Answer::Keyring(all) => all.iter().map(credentials).collect::<Array>().into(),
        Answer::MaybeBytes(bytes) => {
            bytes.map_or(JsValue::UNDEFINED, |bytes| record::bytes(&bytes).into())
        }
        Answer::Entries(entries) => entries.into_iter().map(value).collect::<Array>().into(),
        Answer::Opened(opened) => self::opened(*opened).into(),
        Answer::OpenedPage(page) => page.into_iter().map(opened).collect::<Array>().into(),
        Answer::Waiting(waiting) => waiting
            .into_iter()
            .map(|one| {
                let topic = one.topic.to_string().into();
                let content = one.content.map(|content| record::bytes(&content).into());
                let content = content.unwrap_or(JsValue::UNDEFINED);
                Array::of4(&count(one.number), &topic, &one.kind.into(), &content)
            })
            .collect::<Array>()
            .into(),
        Answer::Sent(sent) => sent
            .into_iter()
            .map(|one| {
                let hash = one.position.hash.to_string().into();
                Array::of3(
                    &count(one.number),
                    &hash,
                    &record::time(one.position.timestamp),
                )
            })
            .collect::<Array>()
            .into(),
        Answer::Stream(_, items) => Stream::new(items).into(),
    }
}

/// Path, data, author or undefined, time or undefined, content or undefined.
fn value(entry: Entry) -> Array {
    let author = entry.author.map(|author| author.to_string().into());
    let content = entry.content.map(|content| record::bytes(&content).into());
    Array::of5(
        &entry.path.into(),
        &entry.data.into(),
        &author.unwrap_or(JsValue::UNDEFINED),
        &entry.time.map_or(JsValue::UNDEFINED, record::time),
        &content.unwrap_or(JsValue::UNDEFINED),
    )
}

/// Space, member, private key, symmetric root, address, the user's own key or undefined, and whether the member has joined.
fn credentials(kept: &Credentials) -> Array {
    let secrets = &kept.secrets;
    Array::of(&[
        kept.space.to_string().into(),
        kept.member.to_string().into(),
        record::bytes(&*secrets.identity.seed()).into(),
        record::bytes(secrets.symmetric_root.expose()).into(),
        kept.base_url.as_str().into(),
        secrets
            .user_key
            .as_ref()
            .map_or(JsValue::UNDEFINED, |key| record::bytes(key.expose()).into()),
        kept.is_joined().into(),
    ])
}

/// A message, and its content or undefined.
fn opened(opened: Opened) -> Array {
    let content = opened.content;
    let content = content.map_or(JsValue::UNDEFINED, |bytes| record::bytes(&bytes).into());
    Array::of2(&record::message(&opened.message), &content)
}

/// A count, such as of bytes: exact in a JavaScript number far beyond any blob.
#[expect(clippy::cast_precision_loss, reason = "see above")]
fn count(bytes: u64) -> JsValue {
    (bytes as f64).into()
}
