//! Answers of operations, as the values that the Python half gives names to.

use pyo3::IntoPyObjectExt as _;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use reeeductio_client::{Credentials, MemberSecrets};
use reeeductio_operations::{Answer, Entry, Opened};

use crate::closing::Closing;
use crate::record::{self, MessageRecord};
use crate::stream::Stream;

/// A message, and its content or `None`.
fn opened(py: Python<'_>, opened: Opened) -> (MessageRecord, Option<Bound<'_, PyBytes>>) {
    let content = opened.content.map(|content| PyBytes::new(py, &content));
    (record::message(opened.message), content)
}

/// Path, data, author or `None`, time or `None`, content or `None`.
fn value(py: Python<'_>, entry: Entry) -> ValueRecord<'_> {
    (
        entry.path,
        entry.data,
        entry.author.map(|author| author.to_string()),
        entry.time,
        entry.content.map(|content| PyBytes::new(py, &content)),
    )
}

type ValueRecord<'py> = (
    String,
    String,
    Option<String>,
    Option<i64>,
    Option<Bound<'py, PyBytes>>,
);

/// Space, member, private key, symmetric root, address, the user's own key or `None`, and whether the member has joined.
fn credentials<'py>(py: Python<'py>, kept: &Credentials) -> CredentialsRecord<'py> {
    let MemberSecrets {
        identity,
        symmetric_root,
        user_key,
    } = &kept.secrets;
    (
        kept.space.to_string(),
        kept.member.to_string(),
        PyBytes::new(py, &*identity.seed()),
        PyBytes::new(py, symmetric_root.expose()),
        kept.base_url.clone(),
        user_key.as_ref().map(|key| PyBytes::new(py, key.expose())),
        kept.is_joined(),
    )
}

type CredentialsRecord<'py> = (
    String,
    String,
    Bound<'py, PyBytes>,
    Bound<'py, PyBytes>,
    String,
    Option<Bound<'py, PyBytes>>,
    bool,
);

/// An answer that Python sees.
pub(crate) enum Shown {
    /// With what ends it if it is a stream.
    Answer(Answer, Closing),
    /// A stream that has ended before it was open.
    Ended,
}

impl From<Answer> for Shown {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer, Closing::default())
    }
}

impl<'py> IntoPyObject<'py> for Shown {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        let (answer, closing) = match self {
            Self::Answer(answer, closing) => (answer, closing),
            Self::Ended => return Stream::ended().into_bound_py_any(py),
        };
        match answer {
            Answer::None => Ok(py.None().into_bound(py)),
            Answer::Text(text) => text.as_str().into_bound_py_any(py),
            Answer::MaybeText(text) => text.as_deref().map(String::as_str).into_bound_py_any(py),
            Answer::Texts(texts) => texts.into_bound_py_any(py),
            Answer::Bytes(bytes) => PyBytes::new(py, &bytes).into_bound_py_any(py),
            Answer::Number(number) => number.into_bound_py_any(py),
            Answer::Position(position) => record::posted(position).into_bound_py_any(py),
            Answer::Message(message) => record::message(*message).into_bound_py_any(py),
            Answer::Page(messages, more) => {
                let records: Vec<_> = messages.into_iter().map(record::message).collect();
                (records, more).into_bound_py_any(py)
            }
            Answer::Entry(entry) => record::entry(*entry).into_bound_py_any(py),
            Answer::Blob(id, size) => (id.to_string(), size).into_bound_py_any(py),
            Answer::SealedBlob(id, size, key) => {
                let key = PyBytes::new(py, key.expose());
                (id.to_string(), size, key).into_bound_py_any(py)
            }
            Answer::Enabled([setup, role, right]) => (setup, role, right).into_bound_py_any(py),
            Answer::Login(member, secrets) => (
                member.to_string(),
                PyBytes::new(py, &*secrets.identity.seed()),
                PyBytes::new(py, secrets.symmetric_root.expose()),
                secrets
                    .user_key
                    .as_ref()
                    .map(|key| PyBytes::new(py, key.expose())),
            )
                .into_bound_py_any(py),
            Answer::Credentials(kept) => credentials(py, &kept).into_bound_py_any(py),
            Answer::Keyring(all) => {
                let each = all.iter().map(|kept| credentials(py, kept));
                each.collect::<Vec<_>>().into_bound_py_any(py)
            }
            Answer::MaybeBytes(bytes) => {
                let bytes = bytes.map(|bytes| PyBytes::new(py, &bytes));
                bytes.into_bound_py_any(py)
            }
            Answer::Entries(entries) => {
                let each = entries.into_iter().map(|entry| value(py, entry));
                each.collect::<Vec<_>>().into_bound_py_any(py)
            }
            Answer::Opened(opened) => self::opened(py, *opened).into_bound_py_any(py),
            Answer::OpenedPage(page) => {
                let each = page.into_iter().map(|opened| self::opened(py, opened));
                each.collect::<Vec<_>>().into_bound_py_any(py)
            }
            Answer::Waiting(waiting) => {
                let each = waiting.into_iter();
                each.map(|one| (one.number, one.topic.to_string(), one.kind))
                    .collect::<Vec<_>>()
                    .into_bound_py_any(py)
            }
            Answer::Sent(sent) => {
                let each = sent.into_iter();
                each.map(|one| (one.number, record::posted(one.position)))
                    .collect::<Vec<_>>()
                    .into_bound_py_any(py)
            }
            Answer::Stream(_, items) => Stream::new(py, items, closing)?.into_bound_py_any(py),
        }
    }
}
