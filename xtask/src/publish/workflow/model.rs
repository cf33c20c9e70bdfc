//! A workflow of GitHub Actions, as far as ours uses the format: any other key is an error.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Workflow {
    #[serde(rename = "name")]
    _name: String,
    pub(super) on: Triggers,
    /// Of every job that names none itself.
    pub(super) permissions: BTreeMap<String, String>,
    pub(super) defaults: Value,
    #[serde(rename = "concurrency")]
    _concurrency: Value,
    pub(super) jobs: BTreeMap<String, Job>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Triggers {
    pub(super) push: Push,
    #[serde(rename = "workflow_dispatch")]
    _by_hand: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Push {
    pub(super) tags: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Job {
    pub(super) runs_on: String,
    #[serde(default)]
    pub(super) needs: Vec<String>,
    #[serde(default, rename = "if")]
    pub(super) condition: String,
    #[serde(default)]
    pub(super) environment: String,
    #[serde(default)]
    pub(super) permissions: BTreeMap<String, String>,
    #[serde(default)]
    strategy: Strategy,
    #[serde(default)]
    pub(super) env: BTreeMap<String, String>,
    pub(super) steps: Vec<Step>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strategy {
    matrix: Matrix,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Matrix {
    include: Vec<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Step {
    #[serde(default, rename = "name")]
    _name: String,
    #[serde(default)]
    pub(super) id: String,
    #[serde(default, rename = "if")]
    _condition: String,
    /// An action with its version.
    #[serde(default)]
    pub(super) uses: String,
    /// The action's inputs.
    #[serde(default)]
    pub(super) with: BTreeMap<String, Value>,
    /// Commands of a shell.
    #[serde(default)]
    pub(super) run: String,
    #[serde(default)]
    pub(super) working_directory: String,
    #[serde(default, rename = "env")]
    _env: BTreeMap<String, String>,
}

impl Workflow {
    pub(super) fn parse(text: &str) -> Result<Self> {
        serde_saphyr::from_str(text).context("this is no workflow that is understood here")
    }
}

impl Job {
    /// The values of a key in all rows of the matrix.
    pub(super) fn values(&self, key: &str) -> BTreeSet<&str> {
        let rows = self.strategy.matrix.include.iter();
        rows.filter_map(|row| row.get(key))
            .map(String::as_str)
            .collect()
    }

    /// Returns whether every row of the matrix has a key.
    pub(super) fn is_in_matrix(&self, key: &str) -> bool {
        let rows = &self.strategy.matrix.include;
        !rows.is_empty() && rows.iter().all(|row| row.contains_key(key))
    }

    /// The names of the artifacts that the job uploads, one for each row of the matrix.
    pub(super) fn uploads(&self) -> Vec<String> {
        let uploads = self
            .steps
            .iter()
            .filter(|step| step.uses.contains("/upload-artifact@"));
        let names = uploads.filter_map(|step| step.text("name"));
        names.flat_map(|name| self.expanded(name)).collect()
    }

    fn expanded(&self, text: &str) -> Vec<String> {
        if !text.contains("${{") {
            return vec![text.to_owned()];
        }
        let rows = self.strategy.matrix.include.iter();
        rows.map(|row| {
            row.iter().fold(text.to_owned(), |text, (key, value)| {
                text.replace(&format!("${{{{ matrix.{key} }}}}"), value)
            })
        })
        .collect()
    }
}

impl Step {
    /// An input that is text.
    pub(super) fn text(&self, input: &str) -> Option<&str> {
        self.with.get(input).and_then(Value::as_str)
    }
}
