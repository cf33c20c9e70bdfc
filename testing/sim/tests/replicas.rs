//! Members with the client of the product keep what it promises, on a server that is honest and on one that lies.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes
)]

use std::collections::BTreeMap;

use reeeductio_sim::{Honesty, Lie, ReplicaPlant, ReplicaRun, ReplicaTally, run_replicas};

/// Runs of each kind that a test run makes; `REPLICA_SEEDS` makes more or fewer of them.
const SEEDS: u64 = 200;

#[expect(
    clippy::disallowed_methods,
    reason = "how long to look is the developer's choice"
)]
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap())
}

fn seeds() -> std::ops::Range<u64> {
    match number("REPLICA_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("REPLICA_SEEDS").unwrap_or(SEEDS),
    }
}

/// Runs all seeds, and adds up what was done.
fn run_all(honesty: Honesty, test: &str) -> ReplicaTally {
    let mut sum = ReplicaTally::default();
    for seed in seeds() {
        let run = run_replicas(seed, honesty, None);
        if let Some(violation) = &run.violation {
            // A seed that is run alone shows all that happened.
            let alone = number("REPLICA_SEED").map(|_| run.trace.join("\n"));
            panic!(
                "{}\n{}\nREPLICA_SEED={seed} cargo test -p reeeductio-sim --test replicas {test}",
                alone.unwrap_or_default(),
                violation.0
            );
        }
        add(&mut sum, run);
    }
    sum
}

fn add(sum: &mut ReplicaTally, run: ReplicaRun) {
    for (what, count) in run.tally.done {
        *sum.done.entry(what).or_default() += count;
    }
    for (code, count) in run.tally.failed {
        *sum.failed.entry(code).or_default() += count;
    }
    for (lie, (told, noticed)) in run.tally.lies {
        let counts = sum.lies.entry(lie).or_default();
        *counts = (counts.0 + told, counts.1 + noticed);
    }
}

#[test]
fn an_honest_server_is_never_accused_and_nothing_is_lost() {
    let sum = run_all(Honesty::Honest, "an_honest_server");
    if seeds().count() >= 100 {
        for what in [
            "post",
            "page",
            "reader",
            "message",
            "get_state",
            "set_data",
            "get_data",
            "delivered",
        ] {
            assert!(sum.done.contains_key(what), "{what}: {sum:?}");
        }
        for code in ["transport.failed", "store.unavailable"] {
            assert!(sum.failed.contains_key(code), "{code}: {sum:?}");
        }
    }
}

#[test]
fn every_kind_of_lie_is_noticed_and_nothing_false_is_handed_out() {
    let sum = run_all(Honesty::Lying, "every_kind_of_lie");
    if seeds().count() >= 100 {
        for lie in Lie::ALL {
            let (told, noticed) = sum.lies.get(&lie).copied().unwrap_or_default();
            assert!(
                told > 0 && noticed > 0,
                "{lie:?}: told {told}, noticed {noticed}"
            );
        }
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    for honesty in [Honesty::Honest, Honesty::Lying] {
        let trace = |seed| run_replicas(seed, honesty, None).trace;
        for seed in 3..8 {
            let (first, second) = (trace(seed), trace(seed));
            let differs = first
                .iter()
                .zip(&second)
                .position(|(one, other)| one != other);
            let differs = differs.map(|at| (&first[at], &second[at]));
            assert_eq!(differs, None, "{honesty:?} {seed}");
            assert_eq!(first.len(), second.len());
        }
        assert_ne!(trace(3), trace(4));
    }
}

#[test]
fn planted_bugs_are_found() {
    let plants = [
        (ReplicaPlant::AcknowledgesUnkept, Honesty::Honest),
        (ReplicaPlant::KeepsHeadsFirst, Honesty::Honest),
        (ReplicaPlant::SignsAgain, Honesty::Honest),
        (ReplicaPlant::ForgetsHeads, Honesty::Lying),
        (ReplicaPlant::ForgetsOwnPosts, Honesty::Lying),
        (ReplicaPlant::ForgetsSignedTimes, Honesty::Lying),
    ];
    let mut found = BTreeMap::new();
    for (plant, honesty) in plants {
        let seed = (0..SEEDS).find(|seed| {
            run_replicas(*seed, honesty, Some(plant))
                .violation
                .is_some()
        });
        found.insert(format!("{plant:?}"), seed);
    }
    assert!(found.values().all(Option::is_some), "{found:?}");
}
