//! The workloads.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use reeeductio_proto::{BlobId, DataPath, TopicId};
use serde_json::{Value, json};

use super::connection::Connection;
use super::figure::Figures;
use super::limits::{ECHO, ECHO_ONE, HASH};
use super::member::Member;
use crate::report::progress;

/// Bytes of a message.
const MESSAGE: usize = 256;
/// Messages each writer signs before the clock starts; a run ends early when they are used up.
const SIGNED: usize = 30_000;

/// A run against a server.
pub(super) struct Run {
    pub(super) authority: String,
    pub(super) seconds: u64,
}

#[expect(clippy::disallowed_methods, reason = "measuring time is the purpose")]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// Repeats each of `work` until the time is over, all at once, and adds what was done. Each repetition
/// counts `weight`.
pub(super) async fn repeat<W>(
    figures: &mut Figures,
    name: &str,
    unit: &'static str,
    weight: u64,
    seconds: u64,
    work: Vec<W>,
) -> Result<()>
where
    W: AsyncFnMut(usize) -> Result<()> + 'static,
{
    let time = Duration::from_secs(seconds);
    let started = now();
    let tasks = work.into_iter().map(|mut work| async move {
        let mut times = Vec::new();
        while started.elapsed() < time {
            let began = now();
            if work(times.len()).await.is_err() && times.is_empty() {
                anyhow::bail!("the first repetition failed");
            }
            times.push(began.elapsed());
        }
        Ok(times)
    });
    let times: Vec<Duration> = futures_util::future::try_join_all(tasks).await?.concat();
    ensure!(!times.is_empty(), "{name}: nothing was done");
    figures.add(
        name,
        unit,
        times.len() as u64 * weight,
        started.elapsed(),
        times,
    );
    Ok(())
}

impl Run {
    pub(super) async fn all(&self, figures: &mut Figures) -> Result<()> {
        self.append(figures, 1, ECHO_ONE).await?;
        self.append(figures, 32, ECHO).await?;
        self.contended(figures, 8).await?;
        self.read(figures).await?;
        self.role(figures, 10).await?;
        self.role(figures, 5_000).await?;
        self.values(figures).await?;
        self.logins(figures).await?;
        self.blobs(figures, 16).await
    }

    async fn connect(&self) -> Result<Connection> {
        Connection::open(&self.authority).await
    }

    /// Writers with a topic each; everything is signed before.
    async fn append(&self, figures: &mut Figures, writers: usize, limit: &str) -> Result<()> {
        let name = format!("append, {writers} writers on own topics");
        progress(&name);
        let mut first = self.connect().await?;
        let owner = Member::owner(&mut first).await?;
        let mut work = Vec::new();
        for number in 0..writers {
            let mut connection = self.connect().await?;
            let topic = TopicId::parse(&format!("writer-{number:03}"))?;
            let mut prev = None;
            let mut requests = Vec::new();
            for _ in 0..SIGNED / writers {
                let (hash, request) = owner.post(&connection, &topic, "n", prev, &[7; MESSAGE])?;
                prev = Some(hash);
                requests.push(request);
            }
            work.push(async move |at: usize| match requests.get(at) {
                Some(request) => connection.expect(request, 201).await,
                // Used up: what was measured so far stands.
                None => std::future::pending().await,
            });
        }
        self.until_used_up(figures, &name, work).await?;
        figures.relate_last_to(limit);
        Ok(())
    }

    /// Like [`repeat`], but a writer that has used up its messages ends the measurement for itself.
    async fn until_used_up<W>(&self, figures: &mut Figures, name: &str, work: Vec<W>) -> Result<()>
    where
        W: AsyncFnMut(usize) -> Result<()>,
    {
        let time = Duration::from_secs(self.seconds);
        let started = now();
        let tasks = work.into_iter().map(|mut work| async move {
            let mut times = Vec::new();
            while let Some(left) = time.checked_sub(started.elapsed()) {
                let began = now();
                match tokio::time::timeout(left, work(times.len())).await {
                    Ok(done) => done?,
                    Err(_) => break,
                }
                times.push(began.elapsed());
            }
            Ok::<_, anyhow::Error>(times)
        });
        let times = futures_util::future::try_join_all(tasks).await?.concat();
        figures.add(
            name,
            "messages",
            times.len() as u64,
            started.elapsed(),
            times,
        );
        Ok(())
    }

    /// Writers on one topic: each signs on top of the head and tries again when it was not first.
    async fn contended(&self, figures: &mut Figures, writers: usize) -> Result<()> {
        let name = format!("append, {writers} writers on one topic");
        progress(&name);
        let mut first = self.connect().await?;
        let owner = Member::owner(&mut first).await?;
        let topic = TopicId::parse("contended")?;
        let mut work = Vec::new();
        for _ in 0..writers {
            let mut connection = self.connect().await?;
            let (owner, topic) = (owner.clone(), topic.clone());
            let mut head = None;
            work.push(async move |_: usize| {
                loop {
                    let (hash, request) =
                        owner.post(&connection, &topic, "n", head, &[7; MESSAGE])?;
                    if connection.exchange(&request).await? == 201 {
                        head = Some(hash);
                        return Ok(());
                    }
                    let answer: Value = serde_json::from_slice(connection.body())?;
                    let named = answer
                        .pointer("/details/head/message_hash")
                        .and_then(Value::as_str);
                    head = match named {
                        Some(named) => Some(named.parse()?),
                        // A server that does not name the head in the conflict.
                        None => newest(&owner, &mut connection, &topic).await?,
                    };
                }
            });
        }
        repeat(figures, &name, "messages", 1, self.seconds, work).await
    }

    /// History in pages, and the newest message.
    async fn read(&self, figures: &mut Figures) -> Result<()> {
        progress("reading");
        let mut connection = self.connect().await?;
        let owner = Member::owner(&mut connection).await?;
        let topic = TopicId::parse("history")?;
        let mut prev = None;
        for _ in 0..2_000 {
            let (hash, request) = owner.post(&connection, &topic, "n", prev, &[7; MESSAGE])?;
            connection.expect(&request, 201).await?;
            prev = Some(hash);
        }
        let mut work = Vec::new();
        for _ in 0..8 {
            let mut connection = self.connect().await?;
            let request = owner.get(&connection, "topics/history/messages?limit=100");
            work.push(async move |_: usize| connection.expect(&request, 200).await);
        }
        repeat(
            figures,
            "history in pages of 100, 8 readers",
            "messages",
            100,
            self.seconds,
            work,
        )
        .await?;
        let request = owner.get(
            &connection,
            "topics/history/messages?from=9999999999999&to=0&limit=1",
        );
        let work = vec![async move |_: usize| connection.expect(&request, 200).await];
        repeat(
            figures,
            "latest message, 1 reader",
            "reads",
            1,
            self.seconds,
            work,
        )
        .await?;
        figures.relate_last_to(ECHO_ONE);
        Ok(())
    }

    /// A member's read by a role, in a space with this much state.
    async fn role(&self, figures: &mut Figures, state: usize) -> Result<()> {
        let name = format!("member's read by a role, {state} state messages");
        progress(&name);
        let mut connection = self.connect().await?;
        let owner = Member::owner(&mut connection).await?;
        let keys = reeeductio_client::Identity::from_seed(&reeeductio_client::random()?);
        let id = keys.user_id();
        let mut entries = vec![
            (
                "auth/roles/reader/rights/r".to_owned(),
                json!({"op": "read", "path": "topics/{any}/messages"}),
            ),
            (
                format!("auth/users/{id}"),
                json!({"user_id": id.to_string()}),
            ),
            (
                format!("auth/users/{id}/roles/reader"),
                json!({"user_id": id.to_string(), "role_id": "reader"}),
            ),
        ];
        entries.extend(
            (entries.len()..state).map(|number| (format!("filler/{number}"), json!(number))),
        );
        let mut prev = None;
        for (path, value) in entries {
            let value = value.to_string();
            let (hash, request) = owner.post(
                &connection,
                &TopicId::state(),
                &path,
                prev,
                value.as_bytes(),
            )?;
            connection.expect(&request, 201).await?;
            prev = Some(hash);
        }
        let member = Member::sign_in(&mut connection, keys, owner.space, id).await?;
        let request = member.get(&connection, "topics/general/messages?limit=1");
        let work = vec![async move |_: usize| connection.expect(&request, 200).await];
        repeat(figures, &name, "reads", 1, self.seconds, work).await
    }

    /// State and data, one writer each.
    async fn values(&self, figures: &mut Figures) -> Result<()> {
        progress("state and data");
        let mut connection = self.connect().await?;
        let owner = Member::owner(&mut connection).await?;
        let (mut head, member) = (None, owner.clone());
        let work = vec![async move |at: usize| {
            let value = at.to_string();
            let (hash, request) = member.post(
                &connection,
                &TopicId::state(),
                "profiles/ada",
                head,
                value.as_bytes(),
            )?;
            head = Some(hash);
            connection.expect(&request, 201).await
        }];
        repeat(
            figures,
            "state set, 1 writer (signing included)",
            "writes",
            1,
            self.seconds,
            work,
        )
        .await?;
        let mut connection = self.connect().await?;
        let path = DataPath::parse("presence/ada")?;
        let mut last = 0;
        let work = vec![async move |at: usize| {
            // Faster than the clock, the signed time must still increase.
            last = reeeductio_client::now().max(last + 1);
            let value = at.to_string();
            let body = reeeductio_core::sign_entry(
                &owner.space,
                &path,
                value.as_bytes(),
                last,
                &owner.id,
                &owner.keys,
            );
            let url = format!("/spaces/{}/data/{path}", owner.space);
            let request =
                connection.request("PUT", &url, &owner.token, &serde_json::to_vec(&body)?);
            connection.expect(&request, 200).await
        }];
        repeat(
            figures,
            "data set, 1 writer (signing included)",
            "writes",
            1,
            self.seconds,
            work,
        )
        .await
    }

    /// Challenge, signature, answer.
    async fn logins(&self, figures: &mut Figures) -> Result<()> {
        progress("logins");
        let mut work = Vec::new();
        for _ in 0..8 {
            let mut connection = self.connect().await?;
            let owner = Member::owner(&mut connection).await?;
            work.push(async move |_: usize| {
                let keys = owner.keys.clone();
                Member::sign_in(&mut connection, keys, owner.space, owner.id)
                    .await
                    .map(drop)
            });
        }
        repeat(
            figures,
            "logins, 8 clients (signing included)",
            "logins",
            1,
            self.seconds,
            work,
        )
        .await
    }

    /// Blobs of `size` MiB, each another.
    async fn blobs(&self, figures: &mut Figures, size: usize) -> Result<()> {
        progress("blobs");
        let mut connection = self.connect().await?;
        let owner = Member::owner(&mut connection).await?;
        let mut content = vec![7; size << 20];
        let mut requests = Vec::new();
        let mut id = BlobId::of(&content);
        for number in 0..24_u8 {
            if let Some(first) = content.first_mut() {
                *first = number;
            }
            id = BlobId::of(&content);
            let path = format!("/spaces/{}/blobs/{id}", owner.space);
            requests.push(connection.request("PUT", &path, &owner.token, &content));
        }
        let started = now();
        let mut times = Vec::new();
        for request in &requests {
            let began = now();
            connection.expect(request, 201).await?;
            times.push(began.elapsed());
        }
        let moved = (requests.len() * size) as u64;
        figures.add(
            format!("blob put, {size} MiB"),
            "MiB",
            moved,
            started.elapsed(),
            times,
        );
        figures.relate_last_to(HASH);
        let request = owner.get(&connection, &format!("blobs/{id}"));
        let work = vec![async move |_: usize| connection.expect(&request, 200).await];
        repeat(
            figures,
            &format!("blob get, {size} MiB"),
            "MiB",
            size as u64,
            self.seconds,
            work,
        )
        .await
    }
}

/// The newest message of a topic.
async fn newest(
    member: &Member,
    connection: &mut Connection,
    topic: &TopicId,
) -> Result<Option<reeeductio_proto::MessageId>> {
    let path = format!("topics/{topic}/messages?from=9999999999999&to=0&limit=1");
    let request = member.get(connection, &path);
    connection.expect(&request, 200).await?;
    let page: Value = serde_json::from_slice(connection.body())?;
    let hash = page
        .pointer("/messages/0/message_hash")
        .and_then(Value::as_str);
    Ok(hash.map(str::parse).transpose()?)
}
