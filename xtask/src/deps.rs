//! The dependency rules of ARCHITECTURE.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::run::{cargo, output, root, say};

/// What a crate depends on, without what only its tests need.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// Crates that must run anywhere, and those that would keep them from it.
const PURE: &[&str] = &[
    "reeeductio-proto",
    "reeeductio-core",
    "reeeductio-backend",
    "reeeductio-engine",
];
const IMPURE: &[&str] = &[
    "tokio", "axum", "sqlx", "rusqlite", "reqwest", "pyo3", "js-sys",
];
/// The server's side, which must not be able to decrypt.
const BLIND: &[&str] = &[
    "reeeductio-server",
    "reeeductio-engine",
    "reeeductio-backend",
    "reeeductio-backend-sqlite",
    "reeeductio-backend-objects",
];
/// Named by the server's wiring only.
const ADAPTERS: &[&str] = &["reeeductio-backend-sqlite", "reeeductio-backend-objects"];
/// Crates that hold a binary or tests and may report errors as text.
const PROGRAMS: &[&str] = &[
    "reeeductio-cli",
    "reeeductio-server",
    "reeeductio-testkit",
    "xtask",
];

/// Fails with every broken rule.
pub(crate) fn check() -> Result<()> {
    let metadata = output(cargo().args(["metadata", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let graph = read(&metadata)?;
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md"))?;
    let manifest = fs::read_to_string(root().join("Cargo.toml"))?;
    let mut broken = rules(&graph);
    broken.extend(edges(&graph, &allowed(&architecture)));
    broken.extend(reasons(&manifest));
    if broken.is_empty() {
        say("every dependency is one that may be");
        return Ok(());
    }
    bail!("dependency rules are broken:\n  {}", broken.join("\n  "))
}

fn read(metadata: &Value) -> Result<Graph> {
    let list = |value: &Value, key: &str| {
        value
            .get(key)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let text = |value: &Value, key: &str| {
        value
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let names: BTreeMap<String, String> = list(metadata, "packages")
        .iter()
        .map(|package| (text(package, "id"), text(package, "name")))
        .collect();
    let resolve = metadata
        .get("resolve")
        .context("cargo metadata has no resolve")?;
    let mut graph = Graph::new();
    for node in list(resolve, "nodes") {
        let Some(name) = names.get(&text(&node, "id")) else {
            continue;
        };
        let dependencies = graph.entry(name.clone()).or_default();
        for dependency in list(&node, "deps") {
            let normal = list(&dependency, "dep_kinds")
                .iter()
                .any(|kind| kind.get("kind").is_some_and(Value::is_null));
            if normal && let Some(name) = names.get(&text(&dependency, "pkg")) {
                dependencies.insert(name.clone());
            }
        }
    }
    Ok(graph)
}

/// Everything a crate reaches.
fn reach(graph: &Graph, from: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(name) = open.pop() {
        for next in graph.get(&name).into_iter().flatten() {
            if found.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    found
}

fn rules(graph: &Graph) -> Vec<String> {
    let mut broken = Vec::new();
    for name in PURE {
        let reached = reach(graph, name);
        for impure in IMPURE.iter().filter(|impure| reached.contains(**impure)) {
            broken.push(format!("{name} must not reach {impure}"));
        }
    }
    for name in BLIND {
        if reach(graph, name).contains("reeeductio-core") {
            broken.push(format!(
                "{name} must not reach reeeductio-core: the server cannot decrypt"
            ));
        }
    }
    for (name, dependencies) in graph {
        for adapter in ADAPTERS
            .iter()
            .filter(|adapter| dependencies.contains(**adapter))
        {
            if name != "reeeductio-server" {
                broken.push(format!(
                    "{name} must not name {adapter}: only the server's wiring does"
                ));
            }
        }
        let ours = name.starts_with("reeeductio") || name == "xtask";
        if ours
            && !PROGRAMS.contains(&name.as_str())
            && (dependencies.contains("anyhow") || dependencies.contains("eyre"))
        {
            broken.push(format!(
                "{name} is a library: its errors are types, not anyhow's"
            ));
        }
    }
    broken
}

/// The rows `| crate | may depend on |` of the table in ARCHITECTURE.md.
fn allowed(architecture: &str) -> Graph {
    let crates = |cell: &str| -> BTreeSet<String> {
        cell.split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    };
    architecture
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| `")?.split('|');
            let name = cells.next()?.trim().trim_end_matches('`').to_owned();
            let named = name.starts_with("reeeductio") || name == "xtask";
            named.then(|| (name, crates(cells.next().unwrap_or_default())))
        })
        .collect()
}

fn edges(graph: &Graph, allowed: &Graph) -> Vec<String> {
    let mut broken = Vec::new();
    for (name, dependencies) in graph
        .iter()
        .filter(|(name, _)| name.starts_with("reeeductio"))
    {
        let Some(allowed) = allowed.get(name) else {
            broken.push(format!("{name} has no row in the table of ARCHITECTURE.md"));
            continue;
        };
        for dependency in dependencies
            .iter()
            .filter(|dependency| dependency.starts_with("reeeductio"))
        {
            if !allowed.contains(dependency) {
                broken.push(format!(
                    "{name} depends on {dependency}, which ARCHITECTURE.md does not allow"
                ));
            }
        }
    }
    broken
}

/// Every line of the dependency table says why the dependency is there.
fn reasons(manifest: &str) -> Vec<String> {
    let table = manifest
        .split("[workspace.dependencies]")
        .nth(1)
        .unwrap_or_default();
    let table = table.split("\n[").next().unwrap_or_default();
    table
        .lines()
        .filter(|line| {
            line.contains('=') && !line.starts_with('#') && !line.starts_with("reeeductio")
        })
        .filter(|line| {
            line.split_once(" # ")
                .is_none_or(|(_, reason)| reason.trim().is_empty())
        })
        .map(|line| {
            format!(
                "Cargo.toml: no reason for {}",
                line.split('=').next().unwrap_or(line).trim()
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &[&str])]) -> Graph {
        edges
            .iter()
            .map(|(name, to)| {
                (
                    (*name).to_owned(),
                    to.iter().map(|to| (*to).to_owned()).collect(),
                )
            })
            .collect()
    }

    #[test]
    fn a_server_that_reaches_the_keys_is_found_even_through_another_crate() {
        let broken = rules(&graph(&[
            ("reeeductio-engine", &["helper"]),
            ("helper", &["reeeductio-core"]),
        ]));
        assert_eq!(broken.len(), 1);
        assert!(broken[0].contains("cannot decrypt"));
    }

    #[test]
    fn a_runtime_below_the_engine_is_found() {
        let broken = rules(&graph(&[("reeeductio-engine", &["x"]), ("x", &["tokio"])]));
        assert_eq!(broken, ["reeeductio-engine must not reach tokio"]);
    }

    #[test]
    fn an_adapter_named_outside_the_wiring_is_found() {
        let broken = rules(&graph(&[(
            "reeeductio-cli",
            &["reeeductio-backend-sqlite"],
        )]));
        assert_eq!(broken.len(), 1);
        assert!(
            rules(&graph(&[(
                "reeeductio-server",
                &["reeeductio-backend-sqlite"]
            )]))
            .is_empty()
        );
    }

    #[test]
    fn anyhow_in_a_library_is_found() {
        assert_eq!(
            rules(&graph(&[("reeeductio-client", &["anyhow"])])).len(),
            1
        );
    }

    #[test]
    fn an_edge_without_a_row_or_not_in_its_row_is_found() {
        let table = allowed("| `reeeductio-core` | `reeeductio-proto` |\n");
        let known = graph(&[("reeeductio-core", &["reeeductio-proto"])]);
        assert!(edges(&known, &table).is_empty());
        let unknown = graph(&[
            ("reeeductio-core", &["reeeductio-engine"]),
            ("reeeductio-x", &[]),
        ]);
        assert_eq!(edges(&unknown, &table).len(), 2);
    }

    #[test]
    fn a_dependency_without_a_reason_is_found() {
        let manifest = "[workspace.dependencies]\na = \"1\" # why\nb = \"1\"\n[next]\nc = 1\n";
        assert_eq!(reasons(manifest), ["Cargo.toml: no reason for b"]);
    }
}
