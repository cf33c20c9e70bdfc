//! The table of ARCHITECTURE.md: which crate of the workspace may depend on which.

use std::collections::BTreeSet;

use super::graph::{Graph, is_ours};

/// The rows `` | `crate` | `may`, `depend on` | … | ``.
pub(super) fn parse(architecture: &str) -> Graph {
    architecture
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| `")?.split('|');
            let name = cells.next()?.trim().strip_suffix('`')?;
            is_ours(name).then(|| {
                (
                    name.to_owned(),
                    quoted(cells.next().unwrap_or_default()).collect::<BTreeSet<_>>(),
                )
            })
        })
        .collect()
}

fn quoted(cell: &str) -> impl Iterator<Item = String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned)
}

/// Every edge that is in no row, and every row about a crate that is not there.
pub(super) fn broken(graph: &Graph, table: &Graph) -> Vec<String> {
    let mut broken = Vec::new();
    for (name, dependencies) in graph.iter().filter(|(name, _)| is_ours(name)) {
        let Some(allowed) = table.get(name) else {
            broken.push(format!("ARCHITECTURE.md has no row for {name}"));
            continue;
        };
        for dependency in dependencies.iter().filter(|name| is_ours(name)) {
            if !allowed.contains(dependency) {
                broken.push(format!(
                    "{name} depends on {dependency}, which ARCHITECTURE.md does not allow"
                ));
            }
        }
    }
    let named: BTreeSet<&String> = table
        .iter()
        .flat_map(|(name, allowed)| allowed.iter().chain([name]))
        .collect();
    for name in named {
        if !graph.contains_key(name) {
            broken.push(format!(
                "ARCHITECTURE.md speaks of {name}, which is not in the workspace"
            ));
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::super::graph::made_up;
    use super::*;

    const TABLE: &str = "\
| crate | may depend on | what it is |
|---|---|---|
| `reeeductio-proto` | | words |
| `reeeductio-core` | `reeeductio-proto` | `words` |
";

    fn check(edges: &[(&str, &[&str])], expected: &[&str]) {
        assert_eq!(broken(&made_up(edges), &parse(TABLE)), expected);
    }

    #[test]
    fn edges_of_the_table_and_foreign_crates_are_allowed() {
        check(
            &[
                ("reeeductio-proto", &["serde"]),
                ("reeeductio-core", &["reeeductio-proto", "sha2"]),
                ("serde", &[]),
            ],
            &[],
        );
    }

    #[test]
    fn an_edge_that_is_not_in_its_row_is_found() {
        check(
            &[
                ("reeeductio-proto", &["reeeductio-core"]),
                ("reeeductio-core", &[]),
            ],
            &["reeeductio-proto depends on reeeductio-core, which ARCHITECTURE.md does not allow"],
        );
    }

    #[test]
    fn a_crate_without_a_row_and_a_row_without_a_crate_are_found() {
        check(
            &[("reeeductio-proto", &[]), ("reeeductio-x", &[])],
            &[
                "ARCHITECTURE.md has no row for reeeductio-x",
                "ARCHITECTURE.md speaks of reeeductio-core, which is not in the workspace",
            ],
        );
    }
}
