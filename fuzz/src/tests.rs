//! The properties on the seeds and on mutations of the seeds, the same ones in every run.

mod mutation;

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::TARGETS;
use crate::target::Check;
use mutation::Mutator;

/// Mutations of the seeds of one target.
const MUTATIONS: usize = 300;

#[test]
fn every_property_holds_on_the_seeds_and_their_mutations() {
    let next = AtomicUsize::new(0);
    let work = || -> Vec<String> {
        let mine = || TARGETS.get(next.fetch_add(1, Ordering::Relaxed));
        std::iter::from_fn(mine)
            .filter_map(|(name, check)| breaks(name, *check))
            .collect()
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let broken: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let joined = workers.into_iter().map(|worker| worker.join().unwrap());
        joined.flatten().collect()
    });
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The first input that breaks a property.
fn breaks(name: &str, check: Check) -> Option<String> {
    let seeds = seeds(name);
    let mut mutator = Mutator::new(name);
    let mutations = (0..MUTATIONS).map(|_| mutator.mutation(&seeds));
    let inputs = [Vec::new()]
        .into_iter()
        .chain(seeds.clone())
        .chain(mutations);
    inputs
        .filter(|input| catch_unwind(AssertUnwindSafe(|| check(input))).is_err())
        .map(|input| format!("{name} breaks on \"{}\"", input.escape_ascii()))
        .next()
}

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder().join("seeds").join(name))
        .unwrap_or_else(|error| panic!("seeds of {name}: {error}"))
        .map(|entry| entry.unwrap().path())
        .collect();
    // Folders list their files in any order.
    files.sort_unstable();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

#[test]
fn every_target_has_a_program_seeds_and_a_row_in_the_readme() {
    let names: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let listed = |path: &str| -> BTreeSet<String> {
        fs::read_dir(folder().join(path))
            .unwrap()
            .map(|entry| {
                entry
                    .unwrap()
                    .path()
                    .file_stem()
                    .unwrap()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect()
    };
    assert_eq!(listed("fuzz_targets"), names);
    assert_eq!(listed("seeds"), names);
    let named = |file: &str, begin: &str, end: char| -> BTreeSet<String> {
        let text = fs::read_to_string(folder().join(file)).unwrap();
        let rows = text
            .lines()
            .filter_map(|line| line.strip_prefix(begin)?.split_once(end));
        rows.map(|(name, _)| name.to_owned()).collect()
    };
    assert_eq!(named("README.md", "| `", '`'), names);
    let paths = named("Cargo.toml", "path = \"fuzz_targets/", '.');
    assert_eq!(paths, names);
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
