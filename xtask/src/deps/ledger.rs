//! deny.toml, read so that its rules hold on every run and not only where `cargo deny` is installed.

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use spdx::{Expression, LicenseReq, Licensee, ParseMode};

/// Licences and crates that deny.toml allows and forbids.
#[derive(Debug, Deserialize)]
pub(super) struct Ledger {
    licenses: Licences,
    bans: Bans,
}

#[derive(Debug, Deserialize)]
struct Licences {
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Bans {
    deny: Vec<Entry>,
    skip: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

/// Reads deny.toml. Every exception must say since when it stands.
pub(super) fn parse(text: &str) -> Result<Ledger> {
    let ledger: Ledger = toml::from_str(text).context("deny.toml")?;
    for entry in &ledger.bans.skip {
        ensure!(
            is_dated(&entry.reason),
            "deny.toml: the reason for {} must start with a date, as in \"2026-01-01: …\"",
            entry.name
        );
    }
    Ok(ledger)
}

impl Ledger {
    /// Returns whether a crate may not be there at all.
    pub(super) fn bans(&self, name: &str) -> bool {
        self.bans.deny.iter().any(|entry| entry.name == name)
    }

    /// `name@version` of what may be there beside another version.
    pub(super) fn skipped(&self) -> impl Iterator<Item = &str> {
        self.bans.skip.iter().map(|entry| entry.name.as_str())
    }

    /// Returns whether the allowed licences are enough for an SPDX expression, also as packages of old write it.
    pub(super) fn allows(&self, expression: &str) -> bool {
        Expression::parse_mode(expression, ParseMode::LAX)
            .is_ok_and(|expression| expression.evaluate(|wanted| self.satisfies(wanted)))
    }

    fn satisfies(&self, wanted: &LicenseReq) -> bool {
        self.licenses
            .allow
            .iter()
            .filter_map(|allowed| Licensee::parse(allowed).ok())
            .any(|allowed| allowed.satisfies(wanted))
    }
}

fn is_dated(reason: &str) -> bool {
    let date = reason.split(':').next().unwrap_or_default();
    date.len() == "2026-01-01".len()
        && date
            .split('-')
            .all(|part| part.chars().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEDGER: &str = "\
[licenses]
allow = [\"MIT\", \"ISC\", \"Unicode-3.0\"]
[bans]
deny = [{ crate = \"openssl\", reason = \"rustls\" }]
skip = [{ crate = \"syn@2.0.119\", reason = \"2026-01-01: because\" }]
";

    #[test]
    fn the_three_lists_are_read() {
        let ledger = parse(LEDGER).unwrap();
        assert!(ledger.bans("openssl"));
        assert!(!ledger.bans("rustls"));
        assert_eq!(ledger.skipped().collect::<Vec<_>>(), ["syn@2.0.119"]);
    }

    #[test]
    fn an_exception_without_a_date_is_refused() {
        assert!(parse(&LEDGER.replace("2026-01-01: ", "")).is_err());
        assert!(parse("").is_err());
    }

    #[test]
    fn one_side_of_an_or_and_both_of_an_and_must_be_allowed() {
        let ledger = parse(LEDGER).unwrap();
        for (expression, allowed) in [
            ("MIT", true),
            ("GPL-3.0 OR MIT", true),
            ("GPL-3.0/MIT", true),
            ("MIT AND ISC", true),
            ("(GPL-3.0 OR MIT) AND Unicode-3.0", true),
            ("GPL-3.0", false),
            ("GPL-3.0 AND MIT", false),
            ("Apache-2.0 WITH LLVM-exception", false),
            ("", false),
        ] {
            assert_eq!(ledger.allows(expression), allowed, "{expression}");
        }
    }
}
