//! `reeeductio channel`: channels, as a member sees them.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use reeeductio_client::{Channel, Client, SpaceId};
use reeeductio_core::app::{AdmissionFault, Audited};
use serde_json::json;

use crate::app::AppFile;
use crate::report::{out, printable, table};
use crate::{password, server_url};

#[derive(Args, Debug)]
pub(crate) struct ChannelCommand {
    #[command(subcommand)]
    task: ChannelTask,
}

#[derive(Debug, Subcommand)]
enum ChannelTask {
    /// List everybody that the keeper has let into a channel, by the word of a member; exits with 3 if one of them was not the
    /// keeper's to let in
    Audit(Audit),
}

#[derive(Args, Debug)]
struct Audit {
    /// The name of the channel, or its id
    channel: String,
    /// The user that reads it: a member of the channel. The password is asked for (or the variable `REEEDUCTIO_PASSWORD`)
    #[arg(long, value_name = "NAME")]
    username: String,
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
    /// The file that `reeeductio app create` has made: for the address and the key of the app
    #[arg(long, value_name = "FILE", required_unless_present_all = ["app_key", "base_url"])]
    app: Option<PathBuf>,
    /// The key of the app
    #[arg(
        long,
        value_name = "KEY",
        conflicts_with = "app",
        requires = "base_url"
    )]
    app_key: Option<String>,
    /// The server
    #[arg(long, value_name = "URL", conflicts_with = "app", requires = "app_key")]
    base_url: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// An admission, and the name of its user.
struct Named {
    audited: Audited,
    username: Option<String>,
}

impl ChannelCommand {
    pub(crate) async fn run(&self) -> anyhow::Result<ExitCode> {
        let ChannelTask::Audit(audit) = &self.task;
        audit.run().await
    }
}

impl Audit {
    async fn run(&self) -> anyhow::Result<ExitCode> {
        let client = self.client()?;
        let password = password::obtain(&self.username, self.password_stdin)?;
        let user = client.auth().login(&self.username, &password).await;
        user.with_context(|| format!("cannot log in {}", printable(&self.username)))?;
        let channel = self.channel(&client).await?;
        let directory = client.directory().await?;
        let mut admissions = Vec::new();
        for audited in channel.audit().await? {
            let username = directory.username(&audited.user).await?;
            admissions.push(Named { audited, username });
        }
        let faults = admissions
            .iter()
            .filter(|one| one.audited.fault.is_some())
            .count();
        self.show(channel.id(), &admissions, faults);
        Ok(if faults == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(3)
        })
    }

    fn client(&self) -> anyhow::Result<Client> {
        let (url, key) = match (&self.app, &self.base_url, &self.app_key) {
            (Some(path), ..) => {
                let file = AppFile::complete(path)?;
                (file.base_url, file.app_key)
            }
            (None, Some(url), Some(key)) => (url.clone(), key.clone()),
            _ => return Err(anyhow!("pass --app, or --app-key and --base-url")),
        };
        server_url::check(&url)?;
        Ok(Client::builder(&url, &key)?.open()?)
    }

    async fn channel(&self, client: &Client) -> anyhow::Result<Channel> {
        let named = &self.channel;
        let space = match SpaceId::parse(named) {
            Ok(space) => space,
            Err(_) => client
                .channels()
                .resolve(named)
                .await?
                .with_context(|| format!("there is no channel {named:?}"))?,
        };
        let channel = client.channels().get(space).await;
        channel.with_context(|| format!("cannot open the channel {named:?}"))
    }

    fn show(&self, channel: SpaceId, admissions: &[Named], faults: usize) {
        if self.json {
            let listed = admissions.iter().map(|Named { audited, username }| {
                json!({
                    "user": audited.user,
                    "username": username,
                    "by": audited.by,
                    "at": audited.at,
                    "role": audited.role,
                    "fault": audited.fault.map(AdmissionFault::as_str),
                })
            });
            let report = json!({
                "channel": channel,
                "faults": faults,
                "admissions": listed.collect::<Vec<_>>(),
            });
            out(&format!("{report:#}"));
            return;
        }
        let rows = admissions.iter().map(|Named { audited, username }| {
            [
                time_of(audited.at),
                audited.user.to_string(),
                audited.role.clone().unwrap_or_default(),
                username.clone().unwrap_or_default(),
                audited
                    .fault
                    .map_or("none".to_owned(), |fault| fault.to_string()),
            ]
        });
        table(["TIME", "USER", "ROLE", "NAME", "FAULT"], rows);
        out(&format!("{} admissions, {faults} faults", admissions.len()));
    }
}

/// A time as people read it, in UTC.
fn time_of(milliseconds: i64) -> String {
    let seconds = milliseconds.div_euclid(1_000);
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = date_of(days);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month and day of a number of days since 1970, by the Gregorian calendar: years begin in March, so that leap days end them.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::time_of;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (seconds, shown) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_767_225_599, "2025-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(time_of(seconds * 1_000), shown);
        }
    }
}
