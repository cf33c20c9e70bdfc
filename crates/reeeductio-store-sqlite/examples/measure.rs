//! Measures the client against a running server that sets no limits and makes spaces by itself (`serve --dev`), and prints JSON.
//!
//! ```text
//! cargo run --release -p reeeductio-store-sqlite --example measure -- http://localhost:8000 [DIVISOR]
//! ```
//!
//! Every count is divided by DIVISOR, to try it out. A client from before the handles is measured by this file as it was at commit
//! `f4e463a`, which uses only methods that it had.

use std::error::Error;
use std::fs;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Instant;

use reeeductio_client::{
    Capability, Content, Identity, Key, LiveOptions, Space, SpaceBuilder, random,
};
use reeeductio_proto::{Operation, StatePath, TopicId};
use reeeductio_store_sqlite::SqliteStore;
use serde_json::json;

/// Messages that are posted one after the other.
const POSTS: usize = 2_000;
/// Messages that are read, checked and opened at once.
const READ: usize = 1_000;
/// Entries of the state that a restart has to know.
const ENTRIES: usize = 20_000;
/// Messages whose way from a post to a stream is measured.
const DELIVERED: usize = 500;
/// Messages of the topic that is followed from its beginning.
const FOLLOWED: usize = 100_000;
/// Restarts, of which the mean is taken: the system counts processor time in steps of 10 ms.
const RESTARTS: u32 = 20;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("usage: measure URL [DIVISOR]")?;
    let divisor: usize = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let owner = Member::new(&url)?;
    // First, while the process holds no memory that others have given back to it.
    let [first, second, third, fourth] = follow(&url, FOLLOWED / divisor).await?;
    let report = json!({
        "followed_quarter_1_mib": first,
        "followed_quarter_2_mib": second,
        "followed_quarter_3_mib": third,
        "followed_quarter_4_mib": fourth,
        "posts_per_second": post(&owner, POSTS / divisor).await?,
        "read_per_second": read(&owner, READ / divisor).await?,
        "delivery_ms_p50": deliver(&owner, DELIVERED / divisor).await?,
        "restart_cpu_ms": restart(&url, ENTRIES / divisor).await?,
    });
    let report = serde_json::to_string_pretty(&report)?;
    Ok(writeln!(io::stdout(), "{report}")?)
}

/// A member, who can be another handle at any time.
struct Member {
    url: String,
    owner: Identity,
    keys: Identity,
    root: Key,
}

impl Member {
    fn new(url: &str) -> Result<Self> {
        let owner = Identity::from_seed(&random()?);
        Ok(Self {
            url: url.to_owned(),
            keys: owner.clone(),
            owner,
            root: Key::new(random()?),
        })
    }

    fn open(&self, builder: SpaceBuilder) -> Result<Space> {
        let (space, member) = (self.owner.space_id(), self.keys.user_id());
        Ok(builder.open(space, member, self.keys.clone(), &self.root)?)
    }

    fn handle(&self) -> Result<Space> {
        self.open(Space::builder(&self.url))
    }

    /// Somebody else in the space, who may write everywhere.
    async fn admit(&self) -> Result<Self> {
        let member = Identity::from_seed(&random()?);
        let (owner, id) = (self.handle()?, member.user_id());
        owner.members().add_user(&id, None).await?;
        for (name, op) in [("read", Operation::Read), ("write", Operation::Write)] {
            owner
                .members()
                .grant_to_member(&id, name, &Capability::new(op, "{...}")?)
                .await?;
        }
        Ok(Self {
            url: self.url.clone(),
            owner: self.owner.clone(),
            keys: member,
            root: self.root.clone(),
        })
    }
}

/// Sealed posts per second, one after the other.
async fn post(owner: &Member, count: usize) -> Result<f64> {
    let (space, topic) = (owner.handle()?, TopicId::parse("posts")?);
    space
        .topic(&topic)
        .post(Content::Sealed(b"warm"), "n")
        .await?;
    let begin = now();
    for _ in 0..count {
        space
            .topic(&topic)
            .post(Content::Sealed(&[7; 100]), "n")
            .await?;
    }
    Ok(per_second(count, begin))
}

/// Messages of another member read, checked and opened per second, by a handle that has read nothing before: the best of ten.
async fn read(owner: &Member, count: usize) -> Result<f64> {
    let (writer, topic) = (owner.admit().await?, TopicId::parse("reads")?);
    let space = writer.handle()?;
    for _ in 0..count {
        space
            .topic(&topic)
            .post(Content::Sealed(&[7; 100]), "n")
            .await?;
    }
    let mut best = 0_f64;
    for _ in 0..10 {
        let space = owner.handle()?;
        space.session().sign_in().await?;
        let begin = now();
        let all = space.topic(&topic).history().all().await?;
        for message in &all {
            space.open_message(message)?;
        }
        best = best.max(per_second(all.len(), begin));
    }
    Ok(best)
}

/// Milliseconds from a post to its arrival on a stream, the median.
async fn deliver(owner: &Member, count: usize) -> Result<f64> {
    let (writer, topic) = (owner.admit().await?.handle()?, TopicId::parse("live")?);
    let mut live = owner.handle()?.live().await?;
    let mut times = Vec::new();
    for _ in 0..count {
        let begin = now();
        writer
            .topic(&topic)
            .post(Content::Sealed(b"live"), "n")
            .await?;
        live.next().await.ok_or("the stream ended")??;
        times.push(begin.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    times
        .get(times.len() / 2)
        .copied()
        .ok_or_else(|| "nothing came".into())
}

/// Milliseconds of processor time that the first read takes after a restart, with a store that has seen the state.
async fn restart(url: &str, entries: usize) -> Result<f64> {
    let owner = Member::new(url)?;
    let writer = owner.admit().await?;
    let space = writer.handle()?;
    for number in 0..entries {
        let path = StatePath::parse(&format!("entries/{number}"))?;
        space
            .state()
            .set(&path, Content::Sealed(b"an entry"))
            .await?;
    }
    let topic = TopicId::parse("restart")?;
    space
        .topic(&topic)
        .post(Content::Sealed(b"read me"), "n")
        .await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("seen.db");
    let open = || -> Result<Space> {
        let store = Arc::new(SqliteStore::open(&file)?);
        owner.open(Space::builder(url).store(store))
    };
    open()?.topic(&topic).history().all().await?;
    let before = processor_time()?;
    for _ in 0..RESTARTS {
        let read = open()?.topic(&topic).history().all().await?;
        if read.len() != 1 {
            return Err("the message is missing".into());
        }
    }
    Ok((processor_time()? - before) / f64::from(RESTARTS))
}

/// Most memory that is resident while a long topic is followed from its beginning, less what was before, MiB: in each quarter of it.
async fn follow(url: &str, count: usize) -> Result<[f64; 4]> {
    let owner = Member::new(url)?;
    let topic = TopicId::parse("long")?;
    let space = owner.handle()?;
    for _ in 0..count {
        space
            .topic(&topic)
            .post(Content::Plain(&[7; 100]), "n")
            .await?;
    }
    let options = LiveOptions {
        follow: vec![(topic, None)],
        ..LiveOptions::default()
    };
    let before = resident()?;
    let mut most = [0_f64; 4];
    let mut live = owner.handle()?.live_with(options).await?;
    for number in 0..count {
        live.next().await.ok_or("the stream ended")??;
        if number % 100 == 0
            && let Some(quarter) = most.get_mut(number * 4 / count)
        {
            *quarter = quarter.max(resident()? - before);
        }
    }
    Ok(most)
}

#[expect(clippy::disallowed_methods, reason = "a measurement")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand")]
fn per_second(count: usize, begin: Instant) -> f64 {
    count as f64 / begin.elapsed().as_secs_f64()
}

/// Milliseconds of processor time of this process, by steps of 10: fields 14 and 15 of `/proc/self/stat`, in hundredths of a second.
fn processor_time() -> Result<f64> {
    let text = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = text.rsplit_once(") ").ok_or("no fields")?;
    let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<f64>);
    let ticks: f64 = ticks.sum::<std::result::Result<f64, _>>()?;
    Ok(ticks * 10.0)
}

/// Resident memory of this process, MiB.
fn resident() -> Result<f64> {
    let text = fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes: f64 = line
        .and_then(|line| line.split_whitespace().next())
        .ok_or("no resident memory")?
        .parse()?;
    Ok(kibibytes / 1024.0)
}
