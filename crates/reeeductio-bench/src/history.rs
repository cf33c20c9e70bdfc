//! Reading a topic from its beginning in pages, as a client does that comes for the first time.

use anyhow::{Context as _, Result};

use crate::chain::Chain;
use crate::connection::Connection;
use crate::figure::Figure;
use crate::limits::Limit;
use crate::member::Member;
use crate::rig::{Rig, announce};

const TOPIC: &str = "history";
const PAGE: usize = 100;

pub(crate) async fn run(rig: &mut Rig) -> Result<()> {
    let length = rig.scaled(10_000, 2_000);
    announce(&format!("history: posting {length} messages to read"));
    let owner = rig.owner().await?;
    let mut connection = rig.connect().await?;
    Chain::new(&owner, TOPIC)?
        .fill(&mut connection, length)
        .await?;
    for readers in [1, 8] {
        let plural = if readers == 1 { "" } else { "s" };
        let name = format!("history in pages of {PAGE}, {readers} reader{plural}");
        announce(&name);
        let run = rig
            .measure(async || {
                let mut workers = Vec::new();
                for _ in 0..readers {
                    let mut reader = Reader {
                        member: owner.clone(),
                        connection: rig.connect().await?,
                        from: 0,
                    };
                    workers.push(async move || {
                        reader.next_page().await?;
                        Ok(true)
                    });
                }
                Ok(workers)
            })
            .await?;
        let weight = f64::from(u16::try_from(PAGE)?);
        let figure = Figure::rate(
            format!("history.{readers}"),
            name,
            "messages/s",
            weight,
            &run,
        )
        .note("latency of a page");
        rig.add(figure, &[(Limit::Rows, 1.0)]).await?;
    }
    Ok(())
}

/// Reads page after page, and begins again at the end.
struct Reader {
    member: Member,
    connection: Connection,
    from: i64,
}

impl Reader {
    async fn next_page(&mut self) -> Result<()> {
        let path = format!("topics/{TOPIC}/messages?from={}&limit={PAGE}", self.from);
        let request = self.member.get(&self.connection, &path);
        self.connection.expect(&request, 200).await?;
        let body = self.connection.body();
        // Reading all of the JSON would measure the client.
        let text = std::str::from_utf8(body)?;
        let last = last_timestamp(text).context("a page without messages")?;
        self.from = if text.contains("\"has_more\":true") || text.contains("\"has_more\": true") {
            last + 1
        } else {
            0
        };
        Ok(())
    }
}

/// The time of a page's last message.
fn last_timestamp(page: &str) -> Option<i64> {
    let (_, rest) = page.rsplit_once("\"server_timestamp\":")?;
    let digits = rest.trim_start();
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    digits.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::last_timestamp;

    #[test]
    fn the_last_time_of_a_page_is_found_however_it_is_spaced() {
        let page = r#"{"messages":[{"server_timestamp":1},{"server_timestamp": 25 }]}"#;
        assert_eq!(last_timestamp(page), Some(25));
        assert_eq!(last_timestamp(r#"{"messages":[]}"#), None);
    }
}
