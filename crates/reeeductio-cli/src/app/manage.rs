//! `reeeductio app keys`, `users` and `channels`.

use anyhow::Context as _;
use clap::{Args, Subcommand};
use reeeductio_client::MemberId;
use serde_json::json;

use super::AppFileArgument;
use crate::report::{out, table};

#[derive(Args, Debug)]
pub(super) struct Keys {
    #[command(subcommand)]
    task: KeysTask,
}

#[derive(Debug, Subcommand)]
enum KeysTask {
    /// List the keys that count
    List(Listing),
    /// Make another key, and print it
    Create {
        /// The purpose of the key, for people
        name: String,
        #[command(flatten)]
        listing: Listing,
    },
    /// End a key: nobody registers by it any more; users that have registered stay
    Revoke {
        /// Its id, T…
        id: String,
        #[command(flatten)]
        app: AppFileArgument,
    },
}

#[derive(Args, Debug)]
pub(super) struct Users {
    #[command(subcommand)]
    task: UsersTask,
}

#[derive(Debug, Subcommand)]
enum UsersTask {
    /// List the users
    List(Listing),
    /// Remove a user from the app; nobody else gets its name, and owners of channels remove it there
    Remove {
        /// Its name, or its id
        name: String,
        #[command(flatten)]
        app: AppFileArgument,
    },
}

#[derive(Args, Debug)]
pub(super) struct Channels {
    #[command(flatten)]
    listing: Listing,
}

#[derive(Args, Debug)]
struct Listing {
    #[command(flatten)]
    app: AppFileArgument,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Keys {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        match &self.task {
            KeysTask::List(listing) => {
                let (_, app) = listing.app.open().await?;
                let keys = app.keys().await?;
                if listing.json {
                    let keys = keys
                        .iter()
                        .map(|key| json!({"id": key.tool, "name": key.name}));
                    out(&format!("{:#}", json!({"keys": keys.collect::<Vec<_>>()})));
                    return Ok(());
                }
                let rows = keys
                    .into_iter()
                    .map(|key| [key.tool.to_string(), key.name.unwrap_or_default()]);
                table(["ID", "NAME"], rows);
            }
            KeysTask::Create { name, listing } => {
                let (file, app) = listing.app.open().await?;
                let key = app.create_key(name).await?;
                let (id, text) = (key.tool().tool_id(), key.expose());
                if listing.json {
                    let public = json!({
                        "id": id,
                        "name": name,
                        "app_id": file.app_id,
                        "app_key": *text,
                        "base_url": file.base_url,
                    });
                    out(&format!("{public:#}"));
                } else {
                    out(&text);
                }
            }
            KeysTask::Revoke { id, app } => {
                let tool = MemberId::parse(id).context("the id of a key is T…, as `list` says")?;
                let (_, app) = app.open().await?;
                app.revoke_key(tool).await?;
            }
        }
        Ok(())
    }
}

impl Users {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        match &self.task {
            UsersTask::List(listing) => {
                let (_, app) = listing.app.open().await?;
                let users = app.users().await?;
                if listing.json {
                    let users = users
                        .iter()
                        .map(|user| json!({"id": user.id, "username": user.username}));
                    out(&format!(
                        "{:#}",
                        json!({"users": users.collect::<Vec<_>>()})
                    ));
                    return Ok(());
                }
                let rows = users
                    .into_iter()
                    .map(|user| [user.id.to_string(), user.username]);
                table(["ID", "NAME"], rows);
            }
            UsersTask::Remove { name, app } => {
                let (_, app) = app.open().await?;
                app.remove_user(name).await?;
            }
        }
        Ok(())
    }
}

impl Channels {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let (_, app) = self.listing.app.open().await?;
        let channels = app.channels().await?;
        if self.listing.json {
            let channels = channels.iter().map(|channel| {
                json!({
                    "id": channel.space,
                    "name": channel.name,
                    "creator": channel.creator,
                })
            });
            out(&format!(
                "{:#}",
                json!({"channels": channels.collect::<Vec<_>>()})
            ));
            return Ok(());
        }
        let rows = channels.into_iter().map(|channel| {
            [
                channel.space.to_string(),
                channel.creator.to_string(),
                channel.name,
            ]
        });
        table(["ID", "CREATOR", "NAME"], rows);
        Ok(())
    }
}
