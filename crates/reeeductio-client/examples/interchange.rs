//! Leaves a piece of everything in a space, or reads what another language's SDK has left: for the tests that
//! each reads what the others write.
//!
//!     interchange write|read URL NAME PRIVATE_KEY SYMMETRIC_ROOT [LEFT]
//!
//! Keys are base64. Prints JSON; `LEFT` is what `write` has printed, here or elsewhere.
#![expect(clippy::print_stdout, reason = "this is a program for tests")]

use std::error::Error;

use reeeductio_client::{Content, Identity, Key, PasswordLogin, Space, argument};
use reeeductio_proto::{DataPath, StatePath, TopicId, encoding};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [action, url, name, key, root, left @ ..] = &arguments[..] else {
        return Err("interchange write|read URL NAME PRIVATE_KEY SYMMETRIC_ROOT [LEFT]".into());
    };
    let identity = argument::identity("private_key", &bytes(key)?)?;
    let root = argument::key("symmetric_root", &bytes(root)?)?;
    let left = match left {
        [left] => serde_json::from_str(left)?,
        _ => Value::Null,
    };
    let told = match *action {
        "write" => write(&identity, &root, url, name).await?,
        _ => read(&identity, &root, url, name, &left).await?,
    };
    println!("{told}");
    Ok(())
}

fn bytes(base64: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    encoding::decode(base64).map_err(Into::into)
}

fn open(identity: &Identity, root: &Key, url: &str) -> Result<Space, Box<dyn Error>> {
    let (id, member) = (identity.space_id(), identity.user_id());
    Ok(Space::builder(url).open(id, member, identity.clone(), root)?)
}

async fn write(
    identity: &Identity,
    root: &Key,
    url: &str,
    name: &str,
) -> Result<Value, Box<dyn Error>> {
    let space = open(identity, root, url)?;
    let topic = TopicId::parse("shared")?;
    let text = |what: &str| format!("{what} by {name}").into_bytes();
    let sealed = space
        .topic(&topic)
        .post(Content::Sealed(&text("sealed")), "chat.text")
        .await?;
    let state = StatePath::parse(&format!("profiles/{name}"))?;
    space
        .state()
        .set(&state, Content::Sealed(&text("state")))
        .await?;
    let data = DataPath::parse(&format!("{name}/sealed"))?;
    space
        .data()
        .set(&data, Content::Sealed(&text("data")))
        .await?;
    let (blob, key) = space.blobs().upload_sealed(&text("blob")).await?;
    space.passwords().enable().await?;
    let (username, password) = (format!("user-{name}"), format!("password of {name}"));
    space.passwords().register(&username, &password).await?;
    Ok(json!({
        "message": sealed.hash.to_string(),
        "blob": [blob.to_string(), encoding::encode(key.expose())],
    }))
}

async fn read(
    identity: &Identity,
    root: &Key,
    url: &str,
    name: &str,
    left: &Value,
) -> Result<Value, Box<dyn Error>> {
    let space = open(identity, root, url)?;
    let topic = TopicId::parse("shared")?;
    let said = |pointer: &str| {
        let value = left.pointer(pointer).and_then(Value::as_str);
        value.ok_or_else(|| format!("left: {pointer} is not a text"))
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes);
    let id = argument::message_hash(said("/message")?)?;
    let message = space.topic(&topic).message(id).await?;
    let state = StatePath::parse(&format!("profiles/{name}"))?;
    let data = DataPath::parse(&format!("{name}/sealed"))?;
    let blob = argument::blob(said("/blob/0")?)?;
    let key = argument::key("key", &bytes(said("/blob/1")?)?)?;
    let (username, password) = (format!("user-{name}"), format!("password of {name}"));
    let login = PasswordLogin::log_in(space.id(), &username, &password, url).await?;
    Ok(json!({
        "message": text(space.open_message(&message)?)?,
        "history": space.topic(&topic).history().all().await?.len(),
        "state": text(space.state().open(&state).await?)?,
        "data": text(space.data().open(&data).await?)?,
        "blob": text(space.blobs().download_sealed(&blob, &key).await?)?,
        "password": login.member == identity.user_id(),
    }))
}
