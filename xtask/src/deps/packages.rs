//! Licences, origins, bans and versions of everything that is built from.

use std::collections::BTreeMap;

use serde_json::Value;

use super::graph::{list, text};
use super::ledger::Ledger;

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// One package in one version.
#[derive(Debug)]
pub(super) struct Package {
    name: String,
    version: String,
    licence: String,
    /// Nothing for what is in this repository.
    source: Option<String>,
}

/// The packages in the output of `cargo metadata`.
pub(super) fn read(metadata: &Value) -> Vec<Package> {
    list(metadata, "packages")
        .iter()
        .map(|package| Package {
            name: text(package, "name").to_owned(),
            version: text(package, "version").to_owned(),
            licence: text(package, "license").to_owned(),
            source: package
                .get("source")
                .and_then(Value::as_str)
                .map(str::to_owned),
        })
        .collect()
}

/// Everything deny.toml does not allow, and what it allows in vain.
pub(super) fn broken(packages: &[Package], ledger: &Ledger) -> Vec<String> {
    let mut broken = Vec::new();
    for package in packages {
        let Package { name, version, .. } = package;
        if ledger.bans(name) {
            broken.push(format!("{name} is banned in deny.toml"));
        }
        if !ledger.allows(&package.licence) {
            broken.push(format!(
                "{name}@{version} is licensed {:?}, which deny.toml does not allow",
                package.licence
            ));
        }
        if let Some(source) = package.source.as_deref().filter(|from| *from != REGISTRY) {
            broken.push(format!("{name}@{version} comes from {source}"));
        }
    }
    let skipped: Vec<&str> = ledger.skipped().collect();
    broken.extend(duplicates(packages, &skipped));
    broken
}

fn duplicates(packages: &[Package], skipped: &[&str]) -> Vec<String> {
    let mut versions: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for Package { name, version, .. } in packages {
        versions
            .entry(name)
            .or_default()
            .push(format!("{name}@{version}"));
    }
    versions.retain(|_, versions| versions.len() > 1);
    let mut broken = Vec::new();
    for versions in versions.values() {
        let counted: Vec<&str> = versions
            .iter()
            .filter(|version| !skipped.contains(&version.as_str()))
            .map(String::as_str)
            .collect();
        if counted.len() > 1 {
            broken.push(format!(
                "{} are all built: agree on one, or add all but one to `skip` in deny.toml with the reason",
                counted.join(", ")
            ));
        }
    }
    for entry in skipped {
        if !versions.values().flatten().any(|version| version == entry) {
            broken.push(format!(
                "deny.toml skips {entry}, which is not built twice any more: remove the line"
            ));
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::super::ledger;
    use super::*;

    fn package(name: &str, version: &str, licence: &str) -> Package {
        Package {
            name: name.to_owned(),
            version: version.to_owned(),
            licence: licence.to_owned(),
            source: Some(REGISTRY.to_owned()),
        }
    }

    fn check(packages: &[Package], skipped: &[&str], expected: &[&str]) {
        let skipped: Vec<String> = skipped
            .iter()
            .map(|entry| format!("{{ crate = \"{entry}\", reason = \"2026-01-01: x\" }}"))
            .collect();
        let ledger = ledger::parse(&format!(
            "licenses.allow = [\"MIT\"]
bans.deny = [{{ crate = \"openssl\", reason = \"x\" }}]
bans.skip = [{}]",
            skipped.join(", ")
        ))
        .unwrap();
        assert_eq!(broken(packages, &ledger), expected);
    }

    #[test]
    fn bans_and_foreign_licences_are_found() {
        check(
            &[
                package("a", "1.0.0", "MIT"),
                package("b", "1.0.0", "GPL-3.0"),
            ],
            &[],
            &["b@1.0.0 is licensed \"GPL-3.0\", which deny.toml does not allow"],
        );
        check(
            &[package("openssl", "1.0.0", "MIT")],
            &[],
            &["openssl is banned in deny.toml"],
        );
    }

    #[test]
    fn a_package_that_is_not_from_the_registry_is_found() {
        let source = Some("git+https://example.org/a".to_owned());
        let package = Package {
            source,
            ..package("a", "1.0.0", "MIT")
        };
        check(
            &[package],
            &[],
            &["a@1.0.0 comes from git+https://example.org/a"],
        );
    }

    #[test]
    fn two_versions_need_an_entry_for_one_of_them() {
        let two = [package("a", "1.0.0", "MIT"), package("a", "2.0.0", "MIT")];
        check(&two, &["a@1.0.0"], &[]);
        check(
            &two,
            &[],
            &[
                "a@1.0.0, a@2.0.0 are all built: agree on one, or add all but one to `skip` in deny.toml with the reason",
            ],
        );
    }

    #[test]
    fn an_entry_that_is_not_needed_any_more_is_found() {
        check(
            &[package("a", "2.0.0", "MIT")],
            &["a@1.0.0"],
            &["deny.toml skips a@1.0.0, which is not built twice any more: remove the line"],
        );
    }
}
