//! The workflow that releases: what it names exists, and nothing is published without a tag and an approval.

mod commands;
mod model;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::Value;

pub(super) use commands::Repository;
use model::{Job, Step, Workflow};

/// Actions with the inputs that we give them: GitHub only warns of an input that an action does not have.
const ACTIONS: &[(&str, &[&str])] = &[
    (
        "PyO3/maturin-action@v1",
        &["args", "command", "manylinux", "maturin-version", "target"],
    ),
    ("actions/checkout@v5", &[]),
    (
        "actions/download-artifact@v5",
        &["merge-multiple", "name", "path", "pattern"],
    ),
    ("actions/setup-node@v5", &["node-version", "registry-url"]),
    ("actions/setup-python@v5", &["python-version"]),
    (
        "actions/upload-artifact@v4",
        &["if-no-files-found", "name", "path"],
    ),
    ("pypa/gh-action-pypi-publish@release/v1", &["packages-dir"]),
    ("rust-lang/crates-io-auth-action@v1", &[]),
];
/// Which systems each job builds for.
const BUILDS: &[(&str, &str, &[&str])] = &[
    (
        "wheels",
        "target",
        &[
            "aarch64-apple-darwin",
            "aarch64-unknown-linux-gnu",
            "aarch64-unknown-linux-musl",
            "x86_64-apple-darwin",
            "x86_64-pc-windows-msvc",
            "x86_64-unknown-linux-gnu",
            "x86_64-unknown-linux-musl",
        ],
    ),
    (
        "binaries",
        "target",
        &["aarch64-unknown-linux-musl", "x86_64-unknown-linux-musl"],
    ),
    ("image", "platform", &["amd64", "arm64"]),
];
/// Commands and names of actions that publish, or sign in to a registry.
const PUBLISHING: &[&str] = &[
    "cargo publish",
    "crates-io-auth-action",
    "docker login",
    "docker push",
    "gh release",
    "npm publish",
    "pypi-publish",
];
const REHEARSAL: &str = "--dry-run";
const ON_A_TAG: &str = "github.ref_type == 'tag'";
const APPROVED: &str = "release";

/// Everything that is wrong with a workflow. Fails if it is none.
pub(super) fn wrong(text: &str, repository: &Repository) -> Result<Vec<String>> {
    let workflow = Workflow::parse(text)?;
    let mut wrong = Vec::new();
    if workflow.on.push.tags != ["v*"] {
        wrong.push("it starts for more than tags of versions".to_owned());
    }
    if workflow.defaults.pointer("/run/shell") != Some(&Value::from("bash")) {
        wrong.push("pipes hide the failure of their first program".to_owned());
    }
    wrong.extend(writes(&workflow.permissions).map(|right| format!("every job may write {right}")));
    for (name, job) in &workflow.jobs {
        let of_job = dependencies(&workflow, name, job)
            .into_iter()
            .chain(approval(&workflow, name, job))
            .chain(
                job.steps
                    .iter()
                    .flat_map(|step| actions(&workflow, job, step)),
            )
            .chain(names(job))
            .chain(commands::wrong(job, repository));
        wrong.extend(of_job.map(|what| format!("job {name}: {what}")));
    }
    for (name, key, expected) in BUILDS {
        let job = workflow.jobs.get(*name);
        let built: BTreeSet<&str> = job.map_or_else(BTreeSet::new, |job| job.values(key));
        if !built.iter().eq(expected.iter()) {
            wrong.push(format!("job {name} builds for {built:?}"));
        }
    }
    Ok(wrong
        .into_iter()
        .map(|what| format!("{}: {what}", super::WORKFLOW))
        .collect())
}

/// The rights to write.
fn writes(permissions: &BTreeMap<String, String>) -> impl Iterator<Item = &str> {
    let given = permissions.iter().filter(|(_, right)| *right != "read");
    given.map(|(name, _)| name.as_str())
}

/// Jobs that a job waits for and that are not there.
fn dependencies(workflow: &Workflow, name: &str, job: &Job) -> Vec<String> {
    let is_known = |needed: &String| needed != name && workflow.jobs.contains_key(needed);
    job.needs
        .iter()
        .filter(|needed| !is_known(needed))
        .map(|needed| format!("it needs {needed}, which is no other job"))
        .collect()
}

fn publishes(job: &Job) -> bool {
    let is_it = |text: &str| {
        let mut lines = text.lines().filter(|line| !line.contains(REHEARSAL));
        lines.any(|line| PUBLISHING.iter().any(|word| line.contains(word)))
    };
    writes(&job.permissions).next().is_some()
        || job
            .steps
            .iter()
            .any(|step| is_it(&step.run) || is_it(&step.uses))
}

/// A job that publishes runs for a tag, after an approval, and after everything was built and tested.
fn approval(workflow: &Workflow, name: &str, job: &Job) -> Vec<String> {
    let mut wrong = Vec::new();
    if !publishes(job) {
        return wrong;
    }
    if job.condition != ON_A_TAG {
        wrong.push(format!("it publishes not only if {ON_A_TAG}"));
    }
    if job.environment != APPROVED {
        wrong.push(format!(
            "it publishes outside of the environment {APPROVED}"
        ));
    }
    let mut before = BTreeSet::new();
    let mut open = vec![name];
    while let Some(next) = open.pop().and_then(|name| workflow.jobs.get(name)) {
        open.extend(
            next.needs
                .iter()
                .map(String::as_str)
                .filter(|name| before.insert(*name)),
        );
    }
    wrong.extend(
        workflow
            .jobs
            .iter()
            .filter(|(name, job)| !publishes(job) && !before.contains(name.as_str()))
            .map(|(name, _)| format!("it publishes without waiting for {name}")),
    );
    wrong
}

/// Actions that are not known, with inputs that are not known, and artifacts that no job makes.
fn actions(workflow: &Workflow, job: &Job, step: &Step) -> Vec<String> {
    if step.uses.is_empty() != step.run.is_empty() {
        let action = ACTIONS.iter().find(|(name, _)| *name == step.uses);
        let inputs = action.map_or(&[][..], |(_, inputs)| inputs);
        let mut wrong = Vec::new();
        if !step.uses.is_empty() && action.is_none() {
            wrong.push(format!("the action {} is not known here", step.uses));
        }
        let unknown = step
            .with
            .keys()
            .filter(|input| !inputs.contains(&input.as_str()));
        wrong.extend(unknown.map(|input| format!("{} has no input {input}", step.uses)));
        if step.uses.contains("/download-artifact@") {
            wrong.extend(unmade(workflow, job, step));
        }
        return wrong;
    }
    vec!["a step has either `run` or `uses`".to_owned()]
}

/// The artifact that a step downloads, if no job that its own waits for uploads one of that name.
fn unmade(workflow: &Workflow, job: &Job, step: &Step) -> Option<String> {
    let wanted = step.text("name").or(step.text("pattern"))?;
    let mut open: Vec<&Job> = vec![job];
    while let Some(job) = open.pop() {
        let before: Vec<&Job> = job
            .needs
            .iter()
            .filter_map(|name| workflow.jobs.get(name))
            .collect();
        let mut made = before.iter().flat_map(|job| job.uploads());
        let is_made = made.any(|name| match wanted.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == wanted,
        });
        if is_made {
            return None;
        }
        open.extend(before);
    }
    Some(format!("no job before it uploads {wanted}"))
}

/// Values that expressions name and that are not there.
fn names(job: &Job) -> Vec<String> {
    let text = format!("{:?}", (&job.runs_on, &job.env, &job.steps));
    let mut wrong = Vec::new();
    for expression in text
        .split("${{")
        .skip(1)
        .filter_map(|rest| rest.split("}}").next())
    {
        let mut parts = expression.trim().split('.');
        let is_known = match (parts.next(), parts.next()) {
            (Some("matrix"), Some(key)) => job.is_in_matrix(key),
            (Some("steps"), Some(id)) => job.steps.iter().any(|step| step.id == id),
            (Some("github"), Some("ref" | "repository" | "token")) => true,
            _ => false,
        };
        if !is_known {
            wrong.push(format!("{} is nothing", expression.trim()));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{metadata, root};

    fn found(text: &str) -> Vec<String> {
        let repository = Repository::read(&metadata(false).unwrap()).unwrap();
        wrong(text, &repository).unwrap_or_else(|error| vec![error.to_string()])
    }

    #[test]
    fn each_way_to_break_the_workflow_is_found() {
        let text = std::fs::read_to_string(root().join(super::super::WORKFLOW)).unwrap();
        assert_eq!(found(&text), [""; 0]);
        for (part, instead) in [
            // Triggers and rights.
            ("tags: [\"v*\"]", "branches: [main]"),
            ("tags: [\"v*\"]", "tags: [\"*\"]"),
            (
                "permissions:\n  contents: read",
                "permissions:\n  contents: write",
            ),
            ("shell: bash", "shell: sh"),
            ("    environment: release\n", ""),
            ("    if: github.ref_type == 'tag'\n", ""),
            (
                "needs: [checksums, crates, image, test]",
                "needs: [checksums, crates, image]",
            ),
            ("--workspace --dry-run", "--workspace"),
            // Names of jobs, actions, inputs, artifacts and values.
            ("needs: [binaries,", "needs: [programs,"),
            ("actions/checkout@v5", "actions/check-out@v5"),
            ("if-no-files-found:", "if-no-file-found:"),
            ("pattern: image-*", "pattern: images-*"),
            ("${{ matrix.runner }}", "${{ matrix.system }}"),
            ("steps.auth.outputs", "steps.login.outputs"),
            ("runs-on: ubuntu-24.04\n", ""),
            ("runs-on: ubuntu-24.04\n", "run-on: ubuntu-24.04\n"),
            // Systems.
            ("target: aarch64-apple-darwin", "target: aarch64-apple-ios"),
            ("platform: arm64", "platform: riscv64"),
            // Commands, and what they name.
            ("cargo xtask typescript", "cargo xtask javascript"),
            (
                "cargo xtask release \"$GITHUB_REF_NAME\"",
                "cargo xtask release",
            ),
            ("--package reeeductio-cli", "--package reeeductio"),
            ("--profile dist", "--profile shipped"),
            ("./reeeductio quickstart", "./reeductio quickstart"),
            (
                "--manifest-path bindings/python/Cargo.toml",
                "--manifest-path bindings/py/Cargo.toml",
            ),
            (
                "bindings/python/tests/installed.py",
                "bindings/python/tests/install.py",
            ),
            (
                "working-directory: bindings/typescript",
                "working-directory: bindings/javascript",
            ),
            ("--file Dockerfile", "--file Containerfile"),
            ("LICENSE-MIT", "LICENSE"),
            ("  done\n", "\n"),
        ] {
            assert!(text.contains(part), "{part} is not in it");
            let broken = text.replacen(part, instead, 1);
            assert_ne!(found(&broken), [""; 0], "{part} -> {instead}");
        }
    }
}
