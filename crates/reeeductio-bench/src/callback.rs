//! From the begin of a post to the arrival at another member, one message at a time: through the client, whose callback
//! gets the message once it is opened and proven, and on a bare stream, which is the part of the server.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use reeeductio_client::{
    Identity, NewMember, NewMessage, NewSpace, PolicySpace, Space, TopicId, TopicLive, random,
};
use reeeductio_proto::MessageId;
use reeeductio_proto::api::StreamSubscription;

use crate::chain::MESSAGE;
use crate::connection::find;
use crate::figure::{Figure, Latency};
use crate::limits::Limit;
use crate::measure::{Run, now};
use crate::rig::{Rig, announce};
use crate::sealed_space::SealedSpace;
use crate::socket::Socket;

const TOPIC: &str = "callback";
/// Messages before the clock starts.
const WARM_UP: usize = 20;

pub(crate) async fn run(rig: &mut Rig) -> Result<()> {
    through_the_client(rig).await?;
    on_a_stream(rig).await
}

async fn through_the_client(rig: &mut Rig) -> Result<()> {
    // Signing in registers the space where that is needed.
    let owner = rig.owner().await?.keys;
    let builder = || Space::builder(&format!("http://{}", rig.authority));
    let owner = PolicySpace::create(builder(), owner, NewSpace::default()).await?;
    let keys = Identity::from_seed(&random()?);
    let user = keys.user_id();
    let key = keys.decryption_key(0).encryption_key();
    let key = key.context("an encryption key")?;
    let signature = keys.sign_encryption_key(&owner.id(), &user, &key);
    let new = NewMember {
        user,
        role: "editor".to_owned(),
        key: Some((key, signature)),
    };
    owner.members().admit(&new).await?;
    let reader = PolicySpace::open(builder(), owner.id(), user, keys).await?;
    let topic = TopicId::parse(TOPIC)?;
    let mut live = reader.topic(&topic).live().await?;
    let topic = owner.topic(&topic);
    let send = async |number: usize| {
        let mut body = MESSAGE.to_vec();
        body.extend(number.to_be_bytes());
        let message = NewMessage::new("bench", body.clone());
        let began = now();
        let (answered, heard) = tokio::join!(
            async {
                topic.post(&message).await?;
                Ok::<_, anyhow::Error>(began.elapsed())
            },
            hear(&mut live, &body)
        );
        Ok((answered?, heard?.duration_since(began)))
    };
    let name = "from a post to another member's callback";
    measure(rig, "callback.client", name, send).await
}

/// Waits for the message with this body, which is the next.
async fn hear(live: &mut TopicLive, body: &[u8]) -> Result<Instant> {
    let item = live.next().await.context("the stream has ended")??;
    ensure!(item.body() == Some(body), "another message came");
    Ok(now())
}

async fn on_a_stream(rig: &mut Rig) -> Result<()> {
    let mut space = SealedSpace::make(rig).await?;
    let members = space.admit(rig, 2).await?;
    let [writer, reader] = members.as_slice() else {
        anyhow::bail!("two members were let in");
    };
    let path = format!("/spaces/{}/stream", reader.space);
    let subscription = StreamSubscription {
        topics: vec![TOPIC.to_owned()],
        ..StreamSubscription::default()
    };
    let subscribe = Some(subscription);
    let mut stream = Socket::sign_in(&rig.authority, &path, &reader.token, subscribe).await?;
    let mut connection = rig.connect().await?;
    let mut lane = space.lane(writer, TOPIC)?;
    let send = async |_: usize| {
        let (id, request) = lane.seal(&connection)?;
        let began = now();
        let (answered, heard) = tokio::join!(
            async {
                connection.expect(&request, 201).await?;
                Ok::<_, anyhow::Error>(began.elapsed())
            },
            arrive(&mut stream, id)
        );
        Ok((answered?, heard?.duration_since(began)))
    };
    let name = "from a post to another member's stream";
    measure(rig, "callback.stream", name, send).await
}

/// Waits for a message on a stream, which also has cursors and checkpoints.
async fn arrive(stream: &mut Socket, id: MessageId) -> Result<Instant> {
    let id = id.to_string();
    loop {
        let frame = stream.next().await?.context("the stream has ended")?;
        if find(frame, id.as_bytes()).is_some() {
            return Ok(now());
        }
    }
}

/// Sends messages one by one as long as there is time. `send` gives the times from the begin of a post to its answer and to the
/// other member.
async fn measure(
    rig: &mut Rig,
    key: &str,
    name: &str,
    mut send: impl AsyncFnMut(usize) -> Result<(Duration, Duration)>,
) -> Result<()> {
    announce(name);
    for number in 0..WARM_UP {
        send(number).await?;
    }
    let (mut answered, mut heard) = (Vec::new(), Vec::new());
    let (before, started) = (rig.meter.start(), now());
    while started.elapsed() < rig.time {
        let times = send(WARM_UP + heard.len()).await?;
        answered.push(times.0);
        heard.push(times.1);
    }
    let run = Run {
        done: heard.len() as u64,
        took: started.elapsed(),
        times: heard,
        usage: rig.meter.stop(&before),
    };
    let answer = Latency::of(&answered).map_or(f64::NAN, |times| times.p50);
    let figure = Figure::rate(key, name, "messages/s", 1.0, &run)
        .note("one at a time; latency from the begin of the post to the other member")
        .note(format!("p50 of the post's own answer {answer:.3} ms"));
    rig.add(figure, &[(Limit::Echo1, 1.0), (Limit::Sync, 1.0)])
        .await
}
