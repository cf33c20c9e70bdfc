//! The configuration of Prometheus: its form, and that what it scrapes is there.

use anyhow::{Result, ensure};
use serde::Deserialize;

use crate::server::get;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Monitoring {
    scrape_configs: Vec<Scrape>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scrape {
    #[serde(rename = "job_name")]
    _job_name: String,
    #[serde(default = "metrics")]
    metrics_path: String,
    static_configs: Vec<Targets>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Targets {
    targets: Vec<String>,
}

fn metrics() -> String {
    "/metrics".to_owned()
}

/// Scrapes everything once.
pub(crate) fn scrape(text: &str) -> Result<()> {
    let monitoring: Monitoring = serde_saphyr::from_str(text)?;
    let mut scraped = 0;
    for scrape in monitoring.scrape_configs {
        for target in scrape
            .static_configs
            .iter()
            .flat_map(|group| &group.targets)
        {
            let answer = get(target, &scrape.metrics_path)?;
            ensure!(
                answer.contains("# EOF"),
                "{target} does not answer in the OpenMetrics format"
            );
            scraped += 1;
        }
    }
    ensure!(scraped > 0, "nothing would be scraped");
    Ok(())
}
