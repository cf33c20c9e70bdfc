//! The crates that are published, and what their packages hold.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::run::{cargo, output, run};

/// Names of categories on crates.io that we use: it passes over those it does not know.
const CATEGORIES: &[&str] = &[
    "asynchronous",
    "command-line-utilities",
    "cryptography",
    "data-structures",
    "database",
    "network-programming",
    "web-programming::http-server",
];
/// Most keywords or categories that crates.io takes, and most letters of a keyword.
const MOST: usize = 5;
const LONGEST: usize = 20;
/// Files that every package holds beside its source.
const NEEDED: &[&str] = &["LICENSE-APACHE", "LICENSE-MIT", "README.md"];

/// A crate that is published.
#[derive(Debug)]
pub(super) struct Public {
    name: String,
    description: String,
    license: String,
    keywords: Vec<String>,
    categories: Vec<String>,
    /// Where its manifest is.
    pub(super) folder: PathBuf,
}

/// The packages in the output of `cargo metadata`.
pub(super) fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    let packages = metadata.get("packages").and_then(Value::as_array);
    packages.into_iter().flatten()
}

/// The text under a key; empty if there is none.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The crates without `publish = false`.
pub(super) fn public(metadata: &Value) -> Result<Vec<Public>> {
    packages(metadata)
        .filter(|package| package.get("publish").is_none_or(Value::is_null))
        .map(|package| {
            let folder = Path::new(text(package, "manifest_path")).parent();
            Ok(Public {
                name: text(package, "name").to_owned(),
                description: text(package, "description").to_owned(),
                license: text(package, "license").to_owned(),
                keywords: texts(package, "keywords"),
                categories: texts(package, "categories"),
                folder: folder.context("a package without a manifest")?.to_owned(),
            })
        })
        .collect()
}

fn texts(value: &Value, key: &str) -> Vec<String> {
    let list = value.get(key).and_then(Value::as_array);
    let texts = list.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

/// Finds metadata that is missing or that the registry refuses.
pub(super) fn incomplete(each: &Public) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut rule = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("{}: {what}", each.name));
        }
    };
    rule(!each.description.is_empty(), "no description");
    rule(!each.license.is_empty(), "no license");
    rule((1..=MOST).contains(&each.keywords.len()), "1 to 5 keywords");
    rule(
        (1..=MOST).contains(&each.categories.len()),
        "1 to 5 categories",
    );
    for keyword in &each.keywords {
        let is_word = keyword.starts_with(|first: char| first.is_ascii_alphanumeric())
            && keyword.len() <= LONGEST
            && keyword
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "-_+".contains(letter));
        rule(is_word, &format!("{keyword:?} is no keyword"));
    }
    for category in &each.categories {
        rule(
            CATEGORIES.contains(&category.as_str()),
            &format!("{category:?} is no category that is known here"),
        );
    }
    wrong
}

/// The files of a crate's package.
pub(super) fn files(each: &Public) -> Result<BTreeSet<String>> {
    let list = output(
        cargo()
            .args(["package", "--list", "--offline", "--allow-dirty"])
            .args(["--package", &each.name]),
    )?;
    Ok(list.lines().map(|line| line.replace('\\', "/")).collect())
}

/// Files that a package needs and does not hold.
pub(super) fn left_out(each: &Public, files: &BTreeSet<String>) -> Result<Vec<String>> {
    let mut wrong: Vec<String> = NEEDED
        .iter()
        .filter(|needed| !files.contains(**needed))
        .map(|needed| format!("{}: its package has no {needed}", each.name))
        .collect();
    for file in files.iter().filter(|file| is_built(file)) {
        let text = fs::read_to_string(each.folder.join(file))?;
        wrong.extend(
            included(file, &text)
                .into_iter()
                .filter(|included| !files.contains(included))
                .map(|included| {
                    format!(
                        "{}: {file} includes {included}, which is not in its package",
                        each.name
                    )
                }),
        );
    }
    Ok(wrong)
}

/// Returns whether users build a file; modules of tests are in the packages, and what these read is not.
fn is_built(file: &str) -> bool {
    let path = Path::new(file);
    path.extension().is_some_and(|extension| extension == "rs")
        && !path.ends_with("tests.rs")
        && !path.components().any(|part| part.as_os_str() == "tests")
}

/// The files that a source file includes as text or bytes, from the root of the package.
fn included(file: &str, text: &str) -> Vec<String> {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    ["include_str!(\"", "include_bytes!(\""]
        .iter()
        .flat_map(|include| text.split(include).skip(1))
        .filter_map(|rest| rest.split('"').next())
        .map(|path| plain(&folder.join(path)))
        .collect()
}

/// The path without `..` where that is possible: one that leaves the package keeps them.
fn plain(path: &Path) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.components() {
        match part {
            Component::ParentDir if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            Component::CurDir => {}
            part => parts.push(part.as_os_str().to_str().unwrap_or_default()),
        }
    }
    parts.join("/")
}

/// Gets the dependencies, so that what follows needs no network.
pub(super) fn fetch() -> Result<()> {
    run(cargo().args(["fetch", "--quiet", "--locked"]))
}

/// Makes the packages without building them: cargo resolves them against each other.
pub(super) fn package(crates: &[Public]) -> Result<()> {
    let names = crates.iter().flat_map(|each| ["--package", &each.name]);
    run(cargo()
        .args([
            "package",
            "--no-verify",
            "--offline",
            "--allow-dirty",
            "--quiet",
        ])
        .args(names))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn one(package: &Value) -> Public {
        let metadata = json!({ "packages": [package] });
        public(&metadata).unwrap().remove(0)
    }

    #[test]
    fn crates_that_stay_here_are_not_published() {
        let metadata = json!({"packages": [
            {"name": "a", "publish": null, "manifest_path": "/a/Cargo.toml"},
            {"name": "b", "publish": [], "manifest_path": "/b/Cargo.toml"},
        ]});
        let names: Vec<String> = public(&metadata)
            .unwrap()
            .into_iter()
            .map(|each| each.name)
            .collect();
        assert_eq!(names, ["a"]);
    }

    #[test]
    fn a_crate_that_says_nothing_about_itself_is_found() {
        let complete = one(&json!({
            "name": "a", "manifest_path": "/a/Cargo.toml", "description": "A.", "license": "MIT",
            "keywords": ["end-to-end"], "categories": ["cryptography"],
        }));
        assert!(incomplete(&complete).is_empty());
        let silent = one(&json!({"name": "a", "manifest_path": "/a/Cargo.toml"}));
        assert_eq!(incomplete(&silent).len(), 4);
        let refused = one(&json!({
            "name": "a", "manifest_path": "/a/Cargo.toml", "description": "A.", "license": "MIT",
            "keywords": ["two words"], "categories": ["no such"],
        }));
        assert_eq!(incomplete(&refused).len(), 2);
    }

    #[test]
    fn an_include_that_leaves_the_package_keeps_its_dots() {
        let text = "include_str!(\"../../README.md\") include_bytes!(\"schema/1.sql\")";
        assert_eq!(
            included("src/a.rs", text),
            ["../README.md", "src/schema/1.sql"]
        );
    }

    #[test]
    fn what_only_tests_read_may_be_missing() {
        assert!(is_built("src/schema.rs"));
        assert!(!is_built("src/schema/tests.rs"));
        assert!(!is_built("src/tests/schema.rs"));
        assert!(!is_built("src/docs/page.html"));
    }
}
