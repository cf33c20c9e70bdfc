//! Members of spaces with a policy keep what the client promises, on a server that is honest and on one that lies.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes
)]

use reeeductio_sim::{PolicyLie, PolicyRun, PolicyTally, run_policy, run_policy_lies};

/// Runs that a test run makes; `POLICY_SEEDS` makes more or fewer of them.
const SEEDS: u64 = 300;
/// The same, on a server that lies.
const LIES: u64 = 200;

#[expect(
    clippy::disallowed_methods,
    reason = "how long to look is the developer's choice"
)]
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap())
}

fn seeds(most: u64) -> std::ops::Range<u64> {
    if let Some(seed) = number("POLICY_SEED") {
        return seed..seed + 1;
    }
    let first = number("POLICY_FIRST").unwrap_or(0);
    first..first + number("POLICY_SEEDS").unwrap_or(most)
}

/// Runs all seeds, and adds up what was done.
fn run_all(most: u64, test: &str, run: impl Fn(u64) -> PolicyRun) -> PolicyTally {
    let (mut sum, mut violations) = (PolicyTally::default(), Vec::new());
    for seed in seeds(most) {
        let run = run(seed);
        if let Some(violation) = run.violation {
            // A seed that is run alone shows all that happened.
            let alone = number("POLICY_SEED").map(|_| run.trace.join("\n"));
            violations.push(format!(
                "{}\n{}\nPOLICY_SEED={seed} cargo test -p reeeductio-sim --test policy {test}",
                alone.unwrap_or_default(),
                violation.0
            ));
        }
        sum.add(run.tally);
    }
    let count = violations.len();
    assert!(violations.is_empty(), "{count}: {}", violations.join("\n"));
    sum
}

#[test]
fn an_honest_server_is_never_accused_and_nothing_is_lost() {
    let sum = run_all(SEEDS, "an_honest_server", run_policy);
    if seeds(SEEDS).count() >= 100 {
        for what in [
            "Post",
            "PostAgain",
            "Edit",
            "Delete",
            "Admit",
            "Remove",
            "Leave",
            "Rotate",
            "PublishKey",
            "GiveKey",
            "Unread",
            "History",
            "Compare",
            "CloneStore",
            "LoseStore",
            "hidden",
        ] {
            assert!(sum.done.contains_key(what), "{what}: {sum:#?}");
        }
        for code in [
            "Post transport.timeout",
            "Post transport.failed",
            "Post store.unavailable",
            "Post member.unknown",
        ] {
            assert!(sum.failed.contains_key(code), "{code}: {sum:#?}");
        }
    }
}

#[test]
fn every_kind_of_lie_is_found_and_no_honest_server_is_taken_for_a_liar() {
    let sum = run_all(LIES, "every_kind_of_lie", run_policy_lies);
    if seeds(LIES).count() >= 200 {
        for lie in PolicyLie::ALL {
            let codes = sum.lies.get(&format!("{lie:?}"));
            assert!(codes.is_some(), "{lie:?} was never told: {:#?}", sum.lies);
        }
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    let trace = |seed| run_policy(seed).trace;
    for seed in 3..13 {
        let (first, second) = (trace(seed), trace(seed));
        let differs = first
            .iter()
            .zip(&second)
            .position(|(one, other)| one != other);
        let differs = differs.map(|at| (&first[at], &second[at]));
        assert_eq!(differs, None, "{seed}");
        assert_eq!(first.len(), second.len());
    }
    assert_ne!(trace(3), trace(4));
}
