//! Which crate depends on which.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use serde_json::Value;

/// The dependencies of each crate on any platform, without those that only its tests and build scripts need.
pub(super) type Graph = BTreeMap<String, BTreeSet<String>>;

/// Returns whether a crate is one of this repository's products.
pub(super) fn is_ours(name: &str) -> bool {
    name.starts_with("reeeductio")
}

/// The graph in the output of `cargo metadata`. Versions of one crate are taken as one.
pub(super) fn read(metadata: &Value) -> Result<Graph> {
    let names: BTreeMap<&str, &str> = list(metadata, "packages")
        .iter()
        .map(|package| (text(package, "id"), text(package, "name")))
        .collect();
    let resolve = metadata
        .get("resolve")
        .context("cargo metadata has no resolve")?;
    let mut graph = Graph::new();
    for node in list(resolve, "nodes") {
        let Some(name) = names.get(text(node, "id")) else {
            continue;
        };
        let dependencies = graph.entry((*name).to_owned()).or_default();
        for dependency in list(node, "deps") {
            let normal = list(dependency, "dep_kinds")
                .iter()
                .any(|kind| kind.get("kind").is_some_and(Value::is_null));
            if normal && let Some(name) = names.get(text(dependency, "pkg")) {
                dependencies.insert((*name).to_owned());
            }
        }
    }
    Ok(graph)
}

/// Everything a crate reaches.
pub(super) fn reach(graph: &Graph, from: &str) -> BTreeSet<String> {
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

/// The array under a key; empty if there is none.
pub(super) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The text under a key; empty if there is none.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
pub(super) fn made_up(edges: &[(&str, &[&str])]) -> Graph {
    edges
        .iter()
        .map(|(name, to)| {
            let to = to.iter().map(|to| (*to).to_owned()).collect();
            ((*name).to_owned(), to)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_normal_dependencies_are_edges() {
        let metadata = json!({
            "packages": [{"id": "1", "name": "a"}, {"id": "2", "name": "b"}, {"id": "3", "name": "c"}],
            "resolve": {"nodes": [
                {"id": "1", "deps": [
                    {"pkg": "2", "dep_kinds": [{"kind": "dev"}, {"kind": null}]},
                    {"pkg": "3", "dep_kinds": [{"kind": "dev"}]},
                ]},
                {"id": "2", "deps": []},
                {"id": "3", "deps": []},
            ]},
        });
        let expected = made_up(&[("a", &["b"]), ("b", &[]), ("c", &[])]);
        assert_eq!(read(&metadata).unwrap(), expected);
        assert!(read(&json!({})).is_err());
    }

    #[test]
    fn a_cycle_is_walked_once() {
        let graph = made_up(&[("a", &["b"]), ("b", &["c", "a"])]);
        assert_eq!(
            reach(&graph, "a").into_iter().collect::<Vec<_>>(),
            ["a", "b", "c"]
        );
    }
}
