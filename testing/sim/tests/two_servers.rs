//! Two servers on one store keep the promises of one.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes
)]

use reeeductio_sim::{Plant, Tally, Violation, judge, run, space};

/// Runs that a test run makes; `REEEDUCTIO_SIM_SEEDS` makes more of them.
const SEEDS: u64 = 500;

#[expect(
    clippy::disallowed_methods,
    reason = "how long to look is the developer's choice"
)]
fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .map(|text| text.parse::<u64>().unwrap())
    };
    match number("REEEDUCTIO_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("REEEDUCTIO_SIM_SEEDS").unwrap_or(SEEDS),
    }
}

fn judged(seed: u64, plant: Option<Plant>) -> Result<Tally, Violation> {
    judge(&run(seed, plant), space())
}

#[test]
fn every_seed_is_a_history_of_one_server() {
    let mut sum = Tally::default();
    for seed in seeds() {
        let tally = judged(seed, None).unwrap_or_else(|Violation(what)| {
            panic!("{what}\nREEEDUCTIO_SIM_SEED={seed} cargo test -p reeeductio-sim")
        });
        sum.events += tally.events;
        sum.values += tally.values;
        sum.delivered += tally.delivered;
        sum.ended += tally.ended;
        sum.left += tally.left;
        sum.ended_tokens += tally.ended_tokens;
    }
    let runs = usize::try_from(seeds().end - seeds().start).unwrap();
    assert!(
        sum.events >= 12 * runs && sum.delivered >= 5 * runs,
        "{sum:?}"
    );
    assert!(
        runs < 100
            || (sum.values > runs
                && sum.ended > runs / 2
                && sum.ended_tokens > runs / 2
                && sum.left > runs),
        "{sum:?}"
    );
}

#[test]
fn the_same_seed_is_the_same_history() {
    let shown = |seed| format!("{:?}", run(seed, None));
    assert_eq!(shown(3), shown(3));
    assert_ne!(shown(3), shown(4));
}

#[test]
fn planted_bugs_are_found() {
    for plant in [Plant::WritesUnjudged, Plant::NeverPolls] {
        let found = (0..SEEDS).any(|seed| judged(seed, Some(plant)).is_err());
        assert!(found, "{plant:?}");
    }
}
