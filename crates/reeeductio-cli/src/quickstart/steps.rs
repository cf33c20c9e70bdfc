//! The steps. Everything printed was done, read back or measured.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use reeeductio_client::{Capability, ClientError, Content, Identity, Key, Space, random};
use reeeductio_proto::{DataPath, ErrorCode, Message, Operation, StatePath, TopicId};
use tokio::time::timeout;

use crate::report::{heading, out};

/// Longest paragraph that is posted, in bytes; more belongs into a blob.
const LONGEST: usize = 60_000;

/// Posts every paragraph as a message and receives each live.
pub(super) async fn post_paragraphs(
    space: &Space,
    name: &str,
    text: &str,
) -> anyhow::Result<Vec<String>> {
    let normal = text.replace("\r\n", "\n");
    let paragraphs: Vec<String> = normal
        .split("\n\n")
        .map(str::trim)
        .filter(|paragraph| !paragraph.is_empty() && paragraph.len() <= LONGEST)
        .map(str::to_owned)
        .collect();
    ensure!(!paragraphs.is_empty(), "{name} holds no paragraphs");
    let topic = TopicId::parse("quickstart")?;
    let mut live = space.live().await?;
    for paragraph in &paragraphs {
        space
            .topic(&topic)
            .post(Content::Sealed(paragraph.as_bytes()), "text.paragraph")
            .await?;
    }
    heading("3. Messages");
    out(&format!(
        "   {} paragraphs of {name}: each sealed, signed and linked to the one before",
        paragraphs.len()
    ));
    for expected in &paragraphs {
        let message = timeout(Duration::from_secs(10), live.next())
            .await
            .context("a message did not arrive on the live stream")?
            .context("the live stream ended")??;
        ensure!(
            space.open_message(&message)? == expected.as_bytes(),
            "a live message is another"
        );
    }
    out(&format!(
        "   {} arrived live over the WebSocket and opened",
        paragraphs.len()
    ));
    drop(live);
    Ok(paragraphs)
}

/// A sealed file, a state entry and a data entry, each written and read back.
pub(super) async fn store_values(space: &Space, name: &str, file: &[u8]) -> anyhow::Result<()> {
    heading("4. A file, state and data");
    let (blob, key) = space.blobs().upload_sealed(file).await?;
    ensure!(
        space.blobs().download_sealed(&blob, &key).await? == file,
        "the file came back changed"
    );
    out(&format!(
        "   {name}, {} bytes, as sealed blob {blob}",
        file.len()
    ));
    let profile = StatePath::parse("profiles/owner")?;
    space.state().set(&profile, Content::Sealed(b"Ada")).await?;
    ensure!(
        space.state().open(&profile).await? == b"Ada",
        "the state came back changed"
    );
    out(&format!("   state {profile} = \"Ada\""));
    let presence = DataPath::parse("presence/owner")?;
    space
        .data()
        .set(&presence, Content::Sealed(b"online"))
        .await?;
    ensure!(
        space.data().open(&presence).await? == b"online",
        "the data came back changed"
    );
    out(&format!("   data  {presence} = \"online\""));
    Ok(())
}

/// Adds a member who may read, and shows what it may and may not do.
pub(super) async fn second_member(
    space: &Space,
    root: &Key,
    url: &str,
    paragraphs: &[String],
) -> anyhow::Result<()> {
    let topic = TopicId::parse("quickstart")?;
    let keys = Identity::from_seed(&random()?);
    let id = keys.user_id();
    space
        .members()
        .create_role("reader", Some("may read every topic"))
        .await?;
    space
        .members()
        .grant_to_role(
            "reader",
            "read-all",
            &Capability::new(Operation::Read, "topics/{any}")?,
        )
        .await?;
    space.members().add_user(&id, None).await?;
    space.members().assign_role(&id, "reader", None).await?;
    heading("5. A second member, with the role \"reader\"");
    out(&format!("   {id}"));
    let member = Space::builder(url).open(space.id(), id, keys, root)?;
    let read = member.topic(&topic).history().all().await?;
    ensure!(
        read.len() == paragraphs.len(),
        "the member sees {} messages",
        read.len()
    );
    out(&format!(
        "   may read:     {} messages of topic {topic}",
        read.len()
    ));
    refused(
        "   may not post:",
        member
            .topic(&topic)
            .post(Content::Plain(b"?"), "text")
            .await,
    )?;
    let path = StatePath::parse("profiles/owner")?;
    refused(
        "   may not write:",
        member.state().set(&path, Content::Sealed(b"Eve")).await,
    )
}

fn refused<T>(what: &str, outcome: Result<T, ClientError>) -> anyhow::Result<()> {
    match outcome {
        Err(error) if error.code() == Some(ErrorCode::PermissionDenied) => {
            out(&format!("{what} {error}"));
            Ok(())
        }
        Err(error) => Err(error.into()),
        Ok(_) => bail!("the server let the member do what it has no right to"),
    }
}

/// A message to compare with the disk.
pub(super) struct Shown {
    message: Message,
    plain: String,
}

/// Reads the topic back and checks the whole chain.
pub(super) async fn read_back(space: &Space, paragraphs: &[String]) -> anyhow::Result<Shown> {
    let topic = TopicId::parse("quickstart")?;
    let messages = space.topic(&topic).history().all().await?;
    for (message, paragraph) in messages.iter().zip(paragraphs) {
        ensure!(
            space.open_message(message)? == paragraph.as_bytes(),
            "a message came back changed"
        );
    }
    ensure!(
        messages.len() == paragraphs.len(),
        "{} messages came back",
        messages.len()
    );
    heading("6. Everything read back");
    out(&format!(
        "   {} messages: every hash, signature and link is right",
        messages.len()
    ));
    let last = messages
        .into_iter()
        .next_back()
        .context("the topic is empty")?;
    let plain = String::from_utf8(space.open_message(&last)?)?;
    Ok(Shown {
        message: last.into_message(),
        plain,
    })
}

/// Shows one message as it is on disk beside what a member reads, and looks for any paragraph on disk.
pub(super) fn compare(data: &Path, shown: &Shown, paragraphs: &[String]) -> anyhow::Result<()> {
    heading("7. What the server has, and what a member reads");
    let Shown { message, plain } = shown;
    let files = read_all(data)?;
    ensure!(
        files
            .iter()
            .any(|file| contains(file, message.data.as_bytes())),
        "the message is not on disk"
    );
    let readable = paragraphs
        .iter()
        .filter(|paragraph| paragraph.len() >= 16)
        .filter(|paragraph| {
            files
                .iter()
                .any(|file| contains(file, paragraph.as_bytes()))
        })
        .count();
    let first = |text: &str| {
        text.lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(60)
            .collect::<String>()
    };
    out(&format!(
        "   on disk:  {}…",
        message.data.chars().take(60).collect::<String>()
    ));
    out(&format!("   a member: {}", first(plain)));
    out(&format!(
        "   Looked for all {} paragraphs in all {} files of the data folder: {readable} found.",
        paragraphs.len(),
        files.len()
    ));
    ensure!(readable == 0, "the data folder holds plain text");
    Ok(())
}

fn read_all(folder: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(read_all(&entry.path())?);
        } else {
            found.push(std::fs::read(entry.path())?);
        }
    }
    Ok(found)
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    let Some(first) = wanted.first() else {
        return true;
    };
    bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| *byte == first)
        .any(|(at, _)| bytes.get(at..at + wanted.len()) == Some(wanted))
}

/// How to go on in Python, in a clone of the repository.
pub(super) fn python(url: &str, space: &Space, owner: &Identity, root: &Key) {
    heading("8. Go on in Python");
    out("   pip install ./bindings/python");
    out("");
    out("   from reeeductio import Space");
    out("   space = Space(");
    out(&format!("       space_id='{}',", space.id()));
    out(&format!("       member_id='{}',", space.member()));
    out(&format!(
        "       private_key=bytes.fromhex('{}'),",
        hex(owner.seed().as_slice())
    ));
    out(&format!(
        "       symmetric_root=bytes.fromhex('{}'),",
        hex(root.expose())
    ));
    out(&format!("       base_url='{url}',"));
    out("   )");
    out("   for message in space.get_messages('quickstart'):");
    out("       print(space.decrypt_message_data(message, 'quickstart').decode())");
    out("");
    out(
        "   These keys are for trying things out. Real ones belong in a file that only you can read.",
    );
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ok = write!(text, "{byte:02x}");
        text
    })
}
