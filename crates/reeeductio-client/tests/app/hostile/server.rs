//! A server, a keeper and users that lie about the answer to a request.

use std::sync::Arc;
use std::time::Duration;

use reeeductio_client::transport::Transport;
use reeeductio_client::{
    Channel, ChannelOptions, Client, ClientError, Keeper, MemberId, NewMember,
};
use reeeductio_core::JoinRequest;
use reeeductio_core::app::{ANSWER, ASK, AnswerNote, AskNote};

use super::{code, open};
use crate::meddled::Meddled;
use crate::person::Person;
use crate::rig::{PASSWORD, Rig, keys, soon};

const PATIENCE: Duration = Duration::from_secs(15);

/// A user on a network that can be meddled with.
async fn lied_to(rig: &Rig, name: &str) -> (Client, Arc<Meddled>) {
    rig.user(name).await;
    let network = Arc::new(Meddled::to(&rig.server));
    let builder = Client::builder(&rig.server.url(), &rig.key).unwrap();
    let builder = builder.transport(Arc::clone(&network) as Arc<dyn Transport>);
    let client = builder.open().unwrap();
    client.auth().login(name, PASSWORD).await.unwrap();
    (client, network)
}

/// An app with a keeper that has a channel, `general`.
async fn with_general() -> (Rig, Keeper, Channel) {
    let rig = Rig::start().await;
    let keeper = rig.keeper(50).await;
    let ada = rig.user("ada").await;
    let options = ChannelOptions::default();
    let made = ada.channels().create("general", options).await.unwrap();
    keeper.pass().await.unwrap();
    (rig, keeper, made)
}

/// Joins `general`, while something else answers the request in the place of the keeper's program.
async fn join_answered(
    client: &Client,
    keeper: &Keeper,
    answer: impl AsyncFnOnce(JoinRequest),
) -> Result<Channel, ClientError> {
    let channels = client.channels();
    let answered = async {
        let mut stream = keeper.connect().await.unwrap();
        loop {
            let event = stream.next().await.unwrap().unwrap();
            if !Keeper::is_due(&event) {
                continue;
            }
            let mut items = keeper.app().inbox().items();
            while let Some(page) = items.next_page().await.unwrap() {
                for item in page {
                    let content = item.content.unwrap();
                    if content.content_type == ASK {
                        let note = AskNote::parse(&item.sender, &content.body);
                        return answer(note.unwrap().request).await;
                    }
                }
            }
        }
    };
    let joined = channels.join("general", PATIENCE);
    let (joined, ()) = soon(async { tokio::join!(joined, answered) }).await;
    joined
}

fn note(request: &JoinRequest, refused: Option<&str>) -> Vec<u8> {
    let note = AnswerNote {
        channel: request.space(),
        request: request.hash(),
        refused: refused.map(str::to_owned),
    };
    note.to_bytes()
}

/// Leaves an answer by the keeper.
async fn answer(keeper: &Keeper, request: &JoinRequest, refused: Option<&str>) {
    let inbox = keeper.app().inbox();
    let note = note(request, refused);
    let item = inbox.seal(request.member(), ANSWER, &note, None).await;
    inbox.leave(&item.unwrap()).await.unwrap();
}

#[tokio::test]
async fn an_answer_counts_if_the_one_who_was_asked_gives_it() {
    let (rig, keeper, _made) = with_general().await;
    let (bob, eve) = (rig.user("bob").await, Person::new(&rig).await);
    let joined = join_answered(&bob, &keeper, async |request| {
        let yes = note(&request, None);
        eve.leave(request.member(), ANSWER, &yes).await.unwrap();
        answer(&keeper, &request, Some("test.refused")).await;
    });
    let refused = joined.await.unwrap_err();
    assert_eq!(refused.code_text(), "channel.refused");
    assert!(refused.to_string().contains("test.refused"), "{refused}");
}

#[tokio::test]
async fn an_item_that_the_server_gives_another_sender_is_no_answer() {
    let (rig, keeper, _made) = with_general().await;
    let (bob, network) = lied_to(&rig, "bob").await;
    let eve = Person::new(&rig).await;
    let (from, to) = (eve.id().to_string(), keeper.id().to_string());
    let (in_frames, by) = (from.clone(), to.clone());
    network.on_frame(move |frame| vec![frame.replace(&in_frames, &by)]);
    network.with(move |route, _, body| {
        if route.starts_with("inbox") {
            let text = String::from_utf8(body.clone()).unwrap();
            *body = text.replace(&from, &to).into_bytes();
        }
    });
    let joined = join_answered(&bob, &keeper, async |request| {
        let yes = note(&request, None);
        eve.leave(request.member(), ANSWER, &yes).await.unwrap();
        answer(&keeper, &request, Some("test.refused")).await;
    });
    let refused = joined.await.unwrap_err();
    assert!(refused.to_string().contains("test.refused"), "{refused}");
}

#[tokio::test]
async fn an_answer_to_another_request_answers_none() {
    let (rig, keeper, made) = with_general().await;
    let (bob, cas) = (rig.user("bob").await, Person::new(&rig).await);
    let joined = join_answered(&bob, &keeper, async |request| {
        let others = cas.request(made.id());
        let inbox = keeper.app().inbox();
        let swapped = note(&others, None);
        let item = inbox.seal(request.member(), ANSWER, &swapped, None).await;
        inbox.leave(&item.unwrap()).await.unwrap();
        answer(&keeper, &request, Some("test.refused")).await;
    });
    let refused = joined.await.unwrap_err();
    assert!(refused.to_string().contains("test.refused"), "{refused}");
}

#[tokio::test]
async fn a_user_that_is_told_to_be_let_in_and_is_not_has_no_channel() {
    let (rig, keeper, made) = with_general().await;
    let bob = rig.user("bob").await;
    let joined = join_answered(&bob, &keeper, async |request| {
        answer(&keeper, &request, None).await;
    });
    assert_eq!(code(joined.await), "channel.not_found");
    assert_eq!(
        code(bob.channels().get(made.id()).await),
        "channel.not_found"
    );
}

#[tokio::test]
async fn a_user_that_is_let_in_without_the_key_has_not_joined() {
    let (rig, keeper, made) = with_general().await;
    let bob = rig.user("bob").await;
    let tool = open(&rig, made.id(), keys(50).tool_id(), &keys(50)).await;
    let joined = join_answered(&bob, &keeper, async |request| {
        let new = NewMember {
            user: request.member(),
            role: "editor".to_owned(),
            key: None,
        };
        tool.members().admit(&new).await.unwrap();
        answer(&keeper, &request, None).await;
    });
    assert_eq!(code(joined.await), "key.missing");
}

#[tokio::test]
async fn an_answer_that_the_server_hides_is_a_timeout_and_the_user_is_in_once_it_shows_it() {
    let (rig, keeper, made) = with_general().await;
    let (bob, network) = lied_to(&rig, "bob").await;
    network.on_frame(|frame| {
        let hidden = frame.contains("sealed");
        if hidden { Vec::new() } else { vec![frame] }
    });
    network.with(|route, _, body| {
        if route.starts_with("inbox") && body.starts_with(b"{\"items\"") {
            *body = br#"{"items":[],"has_more":false}"#.to_vec();
        }
    });
    let channels = bob.channels();
    let late = channels.join("general", Duration::from_millis(300)).await;
    assert_eq!(code(late), "channel.timeout");
    keeper.pass().await.unwrap();
    network.with(|_, _, _| {});
    let joined = soon(channels.join("general", PATIENCE)).await.unwrap();
    assert_eq!(joined.id(), made.id());
    let ids: Vec<MemberId> = (made.members().await.unwrap().iter())
        .map(|member| member.id)
        .collect();
    assert_eq!(ids.len(), 2);
}
