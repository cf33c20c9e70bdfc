//! The last look before a release.

use std::fs;

use anyhow::{Result, bail};
use serde_json::Value;

use super::{crates, json, version};
use crate::run::{metadata, root, say};

/// Fails unless a release may have this tag.
pub(crate) fn check(tag: &str) -> Result<()> {
    let metadata = metadata(false)?;
    let repository = crates::packages(&metadata)
        .find(|package| crates::text(package, "name") == "reeeductio-client")
        .map(|package| crates::text(package, "repository"));
    let npm = json("package.json")?;
    let release = Release {
        tag,
        version: &version(&metadata)?,
        repository: repository.unwrap_or_default(),
        npm: npm
            .pointer("/repository/url")
            .and_then(Value::as_str)
            .unwrap_or_default(),
        changelog: &fs::read_to_string(root().join("CHANGELOG.md"))?,
    };
    let wrong = release.wrong();
    if !wrong.is_empty() {
        bail!("not to be released as {tag}:\n  {}", wrong.join("\n  "));
    }
    say(&format!("{tag} may be released"));
    Ok(())
}

/// Values that must agree.
struct Release<'a> {
    tag: &'a str,
    version: &'a str,
    /// Of the crates.
    repository: &'a str,
    /// Of the TypeScript package; the registry compares it with where the release comes from.
    npm: &'a str,
    changelog: &'a str,
}

impl Release<'_> {
    fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.tag != format!("v{}", self.version) {
            wrong.push(format!("the version is {}", self.version));
        }
        if !self.repository.starts_with("https://") {
            wrong.push("Cargo.toml: repository is the address of the public repository".to_owned());
        }
        let npm = format!("git+{}.git", self.repository);
        if !self.repository.is_empty() && self.npm != npm {
            wrong.push(format!(
                "bindings/typescript/package.json: repository.url is {npm:?}"
            ));
        }
        let heading = format!("## {}", self.version);
        if !self.changelog.lines().any(|line| line == heading) {
            wrong.push(format!("CHANGELOG.md: no heading {heading:?}"));
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: Release<'_> = Release {
        tag: "v1.2.3",
        version: "1.2.3",
        repository: "https://example.org/a",
        npm: "git+https://example.org/a.git",
        changelog: "# Changelog\n\n## 1.2.3\n",
    };

    #[test]
    fn a_release_where_everything_agrees_passes() {
        assert!(RIGHT.wrong().is_empty());
    }

    #[test]
    fn each_disagreement_is_found() {
        for wrong in [
            Release {
                tag: "v1.2.4",
                ..RIGHT
            },
            Release {
                tag: "1.2.3",
                ..RIGHT
            },
            Release { npm: "", ..RIGHT },
            Release {
                changelog: "## Unreleased\n",
                ..RIGHT
            },
        ] {
            assert_eq!(wrong.wrong().len(), 1);
        }
        let unknown = Release {
            repository: "",
            npm: "",
            ..RIGHT
        };
        assert_eq!(unknown.wrong().len(), 1);
    }
}
