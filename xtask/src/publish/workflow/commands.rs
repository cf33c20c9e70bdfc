//! The commands of a workflow, and the tasks, packages, programs and files of the repository that they name.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use serde_json::Value;

use super::model::{Job, Step};
use crate::publish::crates::{packages, text};
use crate::run::{output, root};
use crate::task;

/// Options of commands, and what of the repository follows them.
const OPTIONS: &[(&str, Kind)] = &[
    ("--file", Kind::File),
    ("--manifest-path", Kind::File),
    ("--package", Kind::Package),
    ("--profile", Kind::Profile),
];

/// Something that a command names.
#[derive(Clone, Copy)]
enum Kind {
    File,
    Package,
    Profile,
}

/// Names in the repository.
#[derive(Debug)]
pub(in crate::publish) struct Repository {
    packages: BTreeSet<String>,
    programs: BTreeSet<String>,
    profiles: BTreeSet<String>,
    root: PathBuf,
}

impl Repository {
    /// From the output of `cargo metadata` and the manifest of the workspace.
    pub(in crate::publish) fn read(metadata: &Value) -> Result<Self> {
        let manifest: toml::Table =
            toml::from_str(&fs::read_to_string(root().join("Cargo.toml"))?)?;
        let profiles = manifest.get("profile").and_then(toml::Value::as_table);
        let is_program = |target: &&Value| {
            let kinds = target.get("kind").and_then(Value::as_array);
            kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "bin"))
        };
        Ok(Self {
            packages: packages(metadata)
                .map(|each| text(each, "name").to_owned())
                .collect(),
            programs: packages(metadata)
                .filter_map(|each| each.get("targets").and_then(Value::as_array))
                .flatten()
                .filter(is_program)
                .map(|target| text(target, "name").to_owned())
                .collect(),
            profiles: profiles
                .into_iter()
                .flat_map(toml::Table::keys)
                .cloned()
                .collect(),
            root: root(),
        })
    }

    fn has(&self, kind: Kind, name: &str) -> bool {
        match kind {
            Kind::File => self.root.join(name).exists(),
            Kind::Package => self.packages.contains(name),
            Kind::Profile => self.profiles.contains(name),
        }
    }
}

/// Names in the commands of a job that the repository does not have.
pub(super) fn wrong(job: &Job, repository: &Repository) -> Vec<String> {
    job.steps
        .iter()
        .flat_map(|step| of_step(step, repository))
        .collect()
}

fn of_step(step: &Step, repository: &Repository) -> Vec<String> {
    let mut wrong = Vec::new();
    // In a folder of the repository, or in one that an earlier step has made.
    let folder = step.working_directory.as_str();
    if folder.contains('/') && !repository.has(Kind::File, folder) {
        wrong.push(format!("there is no folder {folder}"));
    }
    let script = without_expressions(&step.run);
    if let Err(error) = output(Command::new("bash").args(["-n", "-c", &script])) {
        wrong.push(format!("{error:#}"));
    }
    let arguments = step.text("args").unwrap_or_default();
    for line in script.lines().chain([arguments]) {
        let words: Vec<&str> = line.split_whitespace().map(bare).collect();
        for pair in words.windows(2) {
            let [option, name] = pair else { continue };
            let kind = OPTIONS.iter().find(|(known, _)| known == option);
            // The options of tar are its own.
            if let Some((_, kind)) = kind
                && !name.contains('$')
                && !repository.has(*kind, name)
            {
                wrong.push(format!("{option} {name}: there is none"));
            }
        }
        if let ["cargo", "xtask", task_words @ ..] = words.as_slice()
            && task(task_words).is_none()
        {
            wrong.push(format!("{line}: there is no such task"));
        }
        wrong.extend(words.iter().filter_map(|word| missing(word, repository)));
    }
    wrong
}

/// A program or file that is not in the repository.
fn missing(word: &str, repository: &Repository) -> Option<String> {
    let program = word.strip_prefix("./").filter(|name| !name.contains('/'));
    if let Some(program) = program.filter(|name| !repository.programs.contains(*name)) {
        return Some(format!("there is no program {program}"));
    }
    let file = word.strip_prefix("/src/").unwrap_or(word);
    let is_ours = file.starts_with("bindings/") || file.starts_with("LICENSE");
    (is_ours && !repository.has(Kind::File, file)).then(|| format!("there is no file {file}"))
}

/// The word without quotation marks.
fn bare(word: &str) -> &str {
    word.trim_matches(['"', '\''])
}

fn without_expressions(script: &str) -> String {
    let mut parts = script.split("${{");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let after = part.split_once("}}").map_or("", |(_, after)| after);
        format!("{text}expression{after}")
    })
}
