//! Rules on the dependencies of crates, direct or not.

use super::graph::{Graph, is_ours, reach};

/// Crates that must run anywhere, and what would keep them from it.
const PURE: &[&str] = &[
    "reeeductio-proto",
    "reeeductio-core",
    "reeeductio-backend",
    "reeeductio-engine",
];
const IMPURE: &[&str] = &[
    "axum", "hyper", "pyo3", "reqwest", "rusqlite", "sqlx", "tokio",
];
/// JavaScript's values, and the one crate that names them. Other crates may reach them through libraries that
/// ask the host for the time or for randomness and keep them to themselves. wasm-bindgen-futures, by which the client
/// lets a task run beside others, shows it no value.
const JAVASCRIPT: &[&str] = &["js-sys", "wasm-bindgen", "web-sys"];
const IN_JAVASCRIPT: &str = "reeeductio-typescript";
/// Holds the keys. Whatever reaches it can decrypt.
const KEYS: &str = "reeeductio-core";
/// The one crate whose wiring names adapters.
const WIRING: &str = "reeeductio-server";
/// Crates that hold a program or tests and may report errors as text. Of the server, `places` lets only
/// the program do so.
const PROGRAMS: &[&str] = &[
    "reeeductio-bench",
    "reeeductio-cli",
    "reeeductio-docs-tests",
    "reeeductio-server",
    "reeeductio-testkit",
];
const UNTYPED: &[&str] = &["anyhow", "eyre", "color-eyre"];

/// Returns whether a crate belongs to the server's side, which must not be able to decrypt.
fn is_blind(name: &str) -> bool {
    name == "reeeductio-server"
        || name == "reeeductio-engine"
        || name == "reeeductio-import"
        || name.starts_with("reeeductio-backend")
}

fn is_adapter(name: &str) -> bool {
    name.starts_with("reeeductio-backend-")
}

/// Crates that rules speak of and that are not there: a rule about nothing would hold for ever.
pub(super) fn missing(graph: &Graph) -> Vec<String> {
    PURE.iter()
        .chain(PROGRAMS)
        .chain([&IN_JAVASCRIPT])
        .filter(|name| !graph.contains_key(**name))
        .map(|name| format!("xtask has a rule about {name}, which is not in the workspace"))
        .collect()
}

/// Every rule that does not hold.
pub(super) fn broken(graph: &Graph) -> Vec<String> {
    let mut broken = Vec::new();
    for (name, dependencies) in graph.iter().filter(|(name, _)| is_ours(name)) {
        let reached = reach(graph, name);
        if PURE.contains(&name.as_str()) {
            for impure in IMPURE.iter().filter(|impure| reached.contains(**impure)) {
                broken.push(format!("{name} must not reach {impure}"));
            }
        }
        if is_blind(name) && reached.contains(KEYS) {
            broken.push(format!(
                "{name} must not reach {KEYS}: the server cannot decrypt"
            ));
        }
        if name != WIRING {
            for adapter in dependencies.iter().filter(|name| is_adapter(name)) {
                broken.push(format!(
                    "{name} must not name {adapter}: only the server's wiring does"
                ));
            }
        }
        if name != IN_JAVASCRIPT {
            for value in JAVASCRIPT
                .iter()
                .filter(|name| dependencies.contains(**name))
            {
                broken.push(format!(
                    "{name} must not name {value}: only {IN_JAVASCRIPT} does"
                ));
            }
        }
        if !PROGRAMS.contains(&name.as_str()) {
            for untyped in UNTYPED.iter().filter(|name| dependencies.contains(**name)) {
                broken.push(format!(
                    "{name} is a library: its errors are types, not {untyped}'s"
                ));
            }
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::super::graph::made_up;
    use super::*;

    fn check(edges: &[(&str, &[&str])], expected: &[&str]) {
        assert_eq!(broken(&made_up(edges)), expected);
    }

    #[test]
    fn a_server_that_reaches_the_keys_is_found_even_through_another_crate() {
        check(
            &[("reeeductio-engine", &["x"]), ("x", &["reeeductio-core"])],
            &["reeeductio-engine must not reach reeeductio-core: the server cannot decrypt"],
        );
    }

    #[test]
    fn an_adapter_that_nobody_has_written_yet_is_blind_as_well() {
        check(
            &[("reeeductio-backend-postgres", &["reeeductio-core"])],
            &[
                "reeeductio-backend-postgres must not reach reeeductio-core: the server cannot decrypt",
            ],
        );
    }

    #[test]
    fn the_client_may_reach_the_keys() {
        check(&[("reeeductio-client", &["reeeductio-core"])], &[]);
    }

    #[test]
    fn a_value_of_javascript_below_the_binding_is_found() {
        check(
            &[
                ("reeeductio-client", &["js-sys"]),
                (IN_JAVASCRIPT, &["js-sys"]),
            ],
            &["reeeductio-client must not name js-sys: only reeeductio-typescript does"],
        );
    }

    #[test]
    fn a_runtime_below_the_engine_is_found() {
        check(
            &[("reeeductio-engine", &["x"]), ("x", &["tokio"])],
            &["reeeductio-engine must not reach tokio"],
        );
    }

    #[test]
    fn an_adapter_named_outside_the_wiring_is_found() {
        check(
            &[("reeeductio-cli", &["reeeductio-backend-sqlite"])],
            &[
                "reeeductio-cli must not name reeeductio-backend-sqlite: only the server's wiring does",
            ],
        );
        check(
            &[("reeeductio-server", &["reeeductio-backend-sqlite"])],
            &[],
        );
    }

    #[test]
    fn anyhow_in_a_library_is_found() {
        check(
            &[("reeeductio-client", &["anyhow"])],
            &["reeeductio-client is a library: its errors are types, not anyhow's"],
        );
        check(&[("reeeductio-cli", &["anyhow"])], &[]);
    }

    #[test]
    fn a_rule_about_a_crate_that_was_renamed_is_found() {
        let all = made_up(&[
            ("reeeductio-backend", &[]),
            ("reeeductio-bench", &[]),
            ("reeeductio-cli", &[]),
            ("reeeductio-core", &[]),
            ("reeeductio-docs-tests", &[]),
            ("reeeductio-engine", &[]),
            ("reeeductio-protocol", &[]),
            ("reeeductio-server", &[]),
            ("reeeductio-testkit", &[]),
            ("reeeductio-typescript", &[]),
        ]);
        assert_eq!(
            missing(&all),
            ["xtask has a rule about reeeductio-proto, which is not in the workspace"]
        );
    }
}
