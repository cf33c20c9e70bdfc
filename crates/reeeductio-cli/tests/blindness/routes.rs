//! Operations that the client does not have yet, by the server's routes: sealed values of the state, inbox items, signals.

use futures_util::{SinkExt as _, StreamExt as _};
use reeeductio_client::random;
use reeeductio_core::{
    Draft, Identity, ItemContent, ItemContext, MessageContent, MessageHead, MessagePlace,
    SignalPlace, seal_message, seal_signal,
};
use reeeductio_proto::api::PostMessage;
use reeeductio_proto::{SpaceId, TopicId, encoding, signal_statement};
use reeeductio_testkit::Member;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::life::Life;
use crate::secrets::{of_signal, open};

/// Path of a sealed value of the state.
const VALUE: &str = "notes/plan";
const SUBJECT: &str = "typing";
const SESSION: [u8; 16] = [1; 16];

/// Writes a value of the state that members alone can read.
pub(crate) async fn write_value(life: &mut Life, owner: &Member) {
    let opened = open(owner).await;
    let (_, epoch) = opened.epochs.last_key_value().unwrap();
    let state = TopicId::state();
    let place = MessagePlace {
        space: &owner.space,
        topic: &state,
        kind: VALUE,
        sender: &owner.id,
    };
    let authority = opened.state.view().newest_authority().unwrap();
    let head = MessageHead {
        lane: [0; 8],
        authority: *authority.hash.hash(),
        salt: random().unwrap(),
        expires: None,
        target: None,
    };
    let content = MessageContent {
        seen: None,
        content_type: life.text("content type of a value"),
        client_id: random().unwrap(),
        body: life.text("value of the state").into_bytes().into(),
    };
    let (header, payload) = seal_message(&epoch.topic(&state), place, head, &content).unwrap();
    let draft = Draft {
        space: &owner.space,
        topic: &state,
        kind: VALUE,
        prev_hash: opened.state.head().map(|head| head.hash),
        data: &header.to_bytes(),
    };
    let (_, body) = draft.sign(&owner.id, &owner.keys);
    let body = PostMessage {
        payload: Some(encoding::encode(&payload)),
        ..body
    };
    let body = serde_json::to_value(body).unwrap();
    let answer = owner
        .send(Method::POST, "topics/state/messages", Some(body))
        .await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let shown = owner.get(&format!("state/{VALUE}")).await;
    assert_eq!(shown.status, 200, "{shown:?}");
}

/// Leaves two items for `to`, who reads both and acknowledges one.
pub(crate) async fn leave_items(life: &mut Life, from: &Member, to: &Member) {
    let mut items = Vec::new();
    for name in ["the item that is read", "the item that stays"] {
        let (item, seed) = (random().unwrap(), random().unwrap());
        life.secrets
            .push((format!("seed of the sealing of {name}"), Vec::from(seed)));
        let content = ItemContent {
            content_type: life.text(&format!("content type of {name}")),
            body: life.text(&format!("body of {name}")).into_bytes().into(),
        };
        let context = ItemContext {
            space: &from.space,
            recipient: &to.id,
            sender: &from.id,
            item,
        };
        let key = to.keys.decryption_key(0).encryption_key().unwrap();
        let sealed = key.seal_item(context, &content, &seed).unwrap();
        let signature = context.sign(0, &sealed, &from.keys);
        let item = encoding::encode(&item);
        let body = json!({
            "item": item,
            "sealed": encoding::encode(&sealed),
            "expires": 0,
            "signature": signature.to_string(),
        });
        let path = format!("inbox/{}", to.id);
        let posted = from.send(Method::POST, &path, Some(body)).await;
        assert_eq!(posted.status, 201, "{posted:?}");
        items.push((item, context.item, content));
    }
    let listed = to.get("inbox").await;
    for ((_, item, content), told) in items.iter().zip(listed.json["items"].as_array().unwrap()) {
        let context = ItemContext {
            space: &from.space,
            recipient: &to.id,
            sender: &from.id,
            item: *item,
        };
        let sealed = encoding::decode(told["sealed"].as_str().unwrap()).unwrap();
        let opened = to.keys.decryption_key(0).open_item(context, &sealed);
        assert_eq!(opened.unwrap(), *content);
    }
    let taken = json!({"items": [items[0].0]});
    let done = to.send(Method::POST, "inbox", Some(taken)).await;
    assert_eq!(done.status, 204, "{done:?}");
}

/// A stream that tells signals of the subject alone.
pub(crate) struct Signals {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    space: SpaceId,
    keys: Identity,
    counter: u64,
}

impl Signals {
    pub(crate) async fn open(member: &Member) -> Self {
        let address = member.url().strip_prefix("http://").unwrap();
        let url = format!("ws://{address}/spaces/{}/stream", member.space);
        let mut request = url.into_client_request().unwrap();
        let protocol = "reeeductio.stream.v2".parse().unwrap();
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        let (socket, _) = connect_async(request).await.unwrap();
        let mut opened = Self {
            socket,
            space: member.space,
            keys: member.keys.clone(),
            counter: 0,
        };
        let subscribe = json!({"signals": [SUBJECT], "roster": true});
        let auth = json!({"type": "auth", "token": member.token, "subscribe": subscribe});
        opened.say(&auth).await;
        assert_eq!(opened.next("hello").await["type"], "hello");
        opened.next("subscribed").await;
        opened
    }

    async fn say(&mut self, frame: &Value) {
        let frame = Message::text(frame.to_string());
        self.socket.send(frame).await.unwrap();
    }

    /// The next frame of a type; others are passed over.
    async fn next(&mut self, wanted: &str) -> Value {
        loop {
            let frame = self.socket.next().await.unwrap().unwrap();
            let frame: Value = serde_json::from_str(frame.to_text().unwrap()).unwrap();
            assert_ne!(frame["type"], "error", "{frame}");
            if frame["type"] == wanted {
                return frame;
            }
        }
    }

    /// Sends a signal to all, sealed already or in the clear.
    async fn send(&mut self, sealed: &[u8]) {
        let (to, counter) = (None, self.counter);
        let statement = signal_statement(self.space, SUBJECT, to, &SESSION, counter, sealed);
        let signal = json!({
            "type": "signal",
            "subject": SUBJECT,
            "to": to,
            "session": encoding::encode(&SESSION),
            "counter": counter,
            "sealed": encoding::encode(sealed),
            "signature": self.keys.sign(&statement).to_string(),
        });
        self.counter += 1;
        self.say(&signal).await;
    }
}

/// Has `from` send two signals to `to`: one as members do, and `planted`, in the clear.
pub(crate) async fn signal(
    life: &mut Life,
    from: (&Member, &mut Signals),
    to: &mut Signals,
    planted: &str,
) {
    let (sender, from) = from;
    let opened = open(sender).await;
    let (_, epoch) = opened.epochs.last_key_value().unwrap();
    let subject: &str = SUBJECT;
    let body = life.text("body of a signal");
    let place = SignalPlace {
        space: &sender.space,
        subject,
        to: None,
        sender: &sender.id,
        session: SESSION,
        counter: from.counter,
    };
    let salt = random().unwrap();
    let sealed = seal_signal(epoch, place, &salt, body.as_bytes()).unwrap();
    let key = of_signal(epoch, subject, &sender.id, &SESSION, from.counter, &sealed);
    life.secrets.push(("key of a signal".to_owned(), key));
    for sealed in [&sealed, planted.as_bytes()] {
        from.send(sealed).await;
        let told = to.next("signal").await;
        assert_eq!(told["sealed"], encoding::encode(sealed));
    }
}

/// Gives a member the rights that signals and inboxes need.
pub(crate) async fn grant(owner: &Member, member: &Member) {
    owner
        .grant(member, "signals", "read", "signals/{any}")
        .await;
    owner
        .grant(member, "inboxes", "create", "inbox/{any}")
        .await;
}
