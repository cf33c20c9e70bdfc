//! Writes directories as the published server leaves them (wire.md 13), with signed contents.

use std::fs;
use std::path::{Path, PathBuf};

use reeeductio_core::{Draft, Identity, sign_entry};
use reeeductio_proto::{
    BlobId, DataPath, MemberId, Message, MessageId, SpaceId, TopicId, encoding,
};
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use tempfile::TempDir;

const MESSAGES: &str = "
    PRAGMA synchronous = OFF;
    CREATE TABLE messages (
        space_id TEXT NOT NULL, topic_id TEXT NOT NULL, message_hash TEXT PRIMARY KEY, type TEXT NOT NULL,
        prev_hash TEXT, data TEXT NOT NULL, sender TEXT NOT NULL, signature TEXT NOT NULL,
        server_timestamp INTEGER NOT NULL
    );
    CREATE TABLE tool_usage (
        space_id TEXT NOT NULL, tool_id TEXT NOT NULL, use_count INTEGER NOT NULL, last_used_at INTEGER,
        PRIMARY KEY (space_id, tool_id)
    );";
const DATA: &str = "
    PRAGMA synchronous = OFF;
    CREATE TABLE kv_data (
        space_id TEXT NOT NULL, path TEXT NOT NULL, data TEXT NOT NULL, signature TEXT NOT NULL,
        signed_by TEXT NOT NULL, signed_at INTEGER NOT NULL, PRIMARY KEY (space_id, path)
    );";

/// Somebody with a key.
#[derive(Clone, Debug)]
pub(crate) struct Author {
    pub(crate) keys: Identity,
    pub(crate) id: MemberId,
}

impl Author {
    pub(crate) fn user(seed: u8) -> Self {
        let keys = Identity::from_seed(&[seed; 32]);
        let id = keys.user_id();
        Self { keys, id }
    }

    pub(crate) fn tool(seed: u8) -> Self {
        let keys = Identity::from_seed(&[seed; 32]);
        let id = keys.tool_id();
        Self { keys, id }
    }
}

/// The working directory of a published server.
pub(crate) struct Upstream {
    folder: TempDir,
}

impl Upstream {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("blobs")).unwrap();
        fs::create_dir_all(folder.path().join("spaces")).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A space of its own for the owner made of `seed`.
    pub(crate) fn space(&self, seed: u8) -> Space {
        let owner = Author::user(seed);
        let id = owner.keys.space_id();
        let folder = self.path().join("spaces").join(format!("ch_{id}"));
        fs::create_dir_all(&folder).unwrap();
        let messages = Connection::open(folder.join("messages.db")).unwrap();
        let data = Connection::open(folder.join("data.db")).unwrap();
        messages.execute_batch(MESSAGES).unwrap();
        data.execute_batch(DATA).unwrap();
        Space {
            id,
            owner,
            folder,
            messages,
            data,
        }
    }

    /// Puts bytes under the id of `content`, with references.
    pub(crate) fn blob(&self, content: &[u8], references: &[(SpaceId, MemberId)]) -> BlobId {
        let id = BlobId::of(content);
        let blobs = self.path().join("blobs");
        let references: serde_json::Map<String, Value> = references
            .iter()
            .map(|(space, member)| {
                let value = json!({"space_id": space, "uploaded_by": member, "uploaded_at": 1_700_000_000_000_i64});
                (format!("{space}:{member}"), value)
            })
            .collect();
        fs::write(blobs.join(id.to_string()), content).unwrap();
        fs::write(
            blobs.join(format!("{id}.meta")),
            json!({ "references": references }).to_string(),
        )
        .unwrap();
        id
    }

    pub(crate) fn blob_file(&self, id: BlobId) -> PathBuf {
        self.path().join("blobs").join(id.to_string())
    }

    /// Every file with its bytes.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let bytes = fs::read(&path).unwrap();
                    found.push((path, bytes));
                }
            }
        }
        found.sort();
        found
    }
}

/// A space of a published server.
pub(crate) struct Space {
    pub(crate) id: SpaceId,
    pub(crate) owner: Author,
    pub(crate) folder: PathBuf,
    pub(crate) messages: Connection,
    pub(crate) data: Connection,
}

impl Space {
    /// A signed message that is not stored yet.
    pub(crate) fn message(
        &self,
        author: &Author,
        topic: &str,
        prev: Option<MessageId>,
        data: &[u8],
        time: i64,
    ) -> Message {
        self.typed(author, topic, "chat.text", prev, data, time)
    }

    pub(crate) fn typed(
        &self,
        author: &Author,
        topic: &str,
        kind: &str,
        prev: Option<MessageId>,
        data: &[u8],
        time: i64,
    ) -> Message {
        let topic = TopicId::parse(topic).unwrap();
        let draft = Draft {
            space: &self.id,
            topic: &topic,
            kind,
            prev_hash: prev,
            data,
        };
        draft.message(&author.id, &author.keys, time)
    }

    /// Stores a message as it is.
    pub(crate) fn store(&self, message: &Message) -> MessageId {
        self.messages
            .execute(
                "INSERT INTO messages VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                params![
                    self.id.to_string(),
                    message.topic_id.as_str(),
                    message.message_hash.to_string(),
                    message.kind,
                    message.prev_hash.map(|hash| hash.to_string()),
                    message.data,
                    message.sender.to_string(),
                    message.signature.to_string(),
                    message.server_timestamp,
                ],
            )
            .unwrap();
        message.message_hash
    }

    /// Stores a chain of the owner's messages on top of `prev`; returns their ids.
    pub(crate) fn chain(
        &self,
        topic: &str,
        mut prev: Option<MessageId>,
        texts: &[&str],
        time: i64,
    ) -> Vec<MessageId> {
        texts
            .iter()
            .zip(time..)
            .map(|(text, time)| {
                let message = self.message(&self.owner, topic, prev, text.as_bytes(), time);
                prev = Some(self.store(&message));
                message.message_hash
            })
            .collect()
    }

    /// Adds state entries on top of `prev`; returns the new head.
    pub(crate) fn state(
        &self,
        author: &Author,
        mut prev: Option<MessageId>,
        entries: &[(String, Value)],
        time: i64,
    ) -> Option<MessageId> {
        for ((path, value), time) in entries.iter().zip(time..) {
            let data = match value {
                Value::Null => String::new(),
                value => value.to_string(),
            };
            let message = self.typed(author, "state", path, prev, data.as_bytes(), time);
            prev = Some(self.store(&message));
        }
        prev
    }

    pub(crate) fn entry(&self, author: &Author, path: &str, data: &[u8], signed_at: i64) {
        let parsed = DataPath::parse(path).unwrap();
        let entry = sign_entry(&self.id, &parsed, data, signed_at, &author.id, &author.keys);
        self.raw_entry(
            path,
            &encoding::encode(data),
            &entry.signature,
            &author.id,
            signed_at,
        );
    }

    pub(crate) fn raw_entry(
        &self,
        path: &str,
        data: &str,
        signature: &str,
        signer: &MemberId,
        signed_at: i64,
    ) {
        self.data
            .execute(
                "INSERT OR REPLACE INTO kv_data VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    self.id.to_string(),
                    path,
                    data,
                    signature,
                    signer.to_string(),
                    signed_at
                ],
            )
            .unwrap();
    }

    pub(crate) fn uses(&self, tool: &Author, count: i64) {
        self.messages
            .execute(
                "INSERT INTO tool_usage VALUES (?1, ?2, ?3, 0)",
                params![self.id.to_string(), tool.id.to_string(), count],
            )
            .unwrap();
    }

    /// Changes one column of a stored message.
    pub(crate) fn damage(&self, message: MessageId, column: &str, value: &str) {
        let changed = self
            .messages
            .execute(
                &format!("UPDATE messages SET {column} = ?1 WHERE message_hash = ?2"),
                [value, &message.to_string()],
            )
            .unwrap();
        assert_eq!(changed, 1);
    }

    pub(crate) fn delete(&self, message: MessageId) {
        self.messages
            .execute(
                "DELETE FROM messages WHERE message_hash = ?1",
                [message.to_string()],
            )
            .unwrap();
    }
}
