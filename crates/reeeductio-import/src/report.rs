//! The report of an import.

use std::collections::BTreeMap;

use serde::Serialize;

/// Findings of each kind that a report lists one by one; the others are counted.
pub const LISTED: usize = 1000;

/// Report of an import.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Spaces that were found.
    pub spaces: u64,
    /// Messages, state included.
    pub messages: Tally,
    /// Messages stored by this run with a later `server_timestamp` than they had, so that times rise.
    pub retimed: u64,
    /// Data entries.
    pub entries: Tally,
    /// References to blobs: one per space and member who uploaded it.
    pub blobs: Tally,
    /// Counters of tool uses.
    pub tools: Tally,
    /// How often each thing was left out, by code.
    pub left_out_by_code: BTreeMap<&'static str, u64>,
    /// Items left out because they do not verify; of each code at most [`LISTED`].
    pub left_out: Vec<Finding>,
    /// How often each thing was remarked, by code.
    pub remarks_by_code: BTreeMap<&'static str, u64>,
    /// Items taken over that are worth knowing of; of each code at most [`LISTED`].
    pub remarks: Vec<Finding>,
}

/// How many there were of something.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Tally {
    /// In the source.
    pub found: u64,
    /// Stored by this run.
    pub imported: u64,
    /// In the target already.
    pub present: u64,
}

/// Something an import found.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// Stable code of the kind: `message.signature`, `chain.fork`, … (docs/import.md lists them).
    pub code: &'static str,
    /// Place and description.
    pub what: String,
}

impl Report {
    /// Returns whether nothing was left out.
    pub fn is_complete(&self) -> bool {
        self.left_out_by_code.is_empty()
    }

    /// How many things were stored by this run.
    pub fn imported(&self) -> u64 {
        [self.messages, self.entries, self.blobs, self.tools]
            .iter()
            .map(|tally| tally.imported)
            .sum()
    }

    pub(crate) fn left_out(&mut self, code: &'static str, what: impl Into<String>) {
        note(&mut self.left_out_by_code, &mut self.left_out, code, what);
    }

    pub(crate) fn remark(&mut self, code: &'static str, what: impl Into<String>) {
        note(&mut self.remarks_by_code, &mut self.remarks, code, what);
    }
}

fn note(
    counts: &mut BTreeMap<&'static str, u64>,
    listed: &mut Vec<Finding>,
    code: &'static str,
    what: impl Into<String>,
) {
    let count = counts.entry(code).or_default();
    *count += 1;
    if *count <= LISTED as u64 {
        let what = what.into();
        listed.push(Finding { code, what });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_is_counted_and_the_first_of_each_code_are_listed() {
        let mut report = Report::default();
        for number in 0..LISTED + 5 {
            report.left_out("chain.fork", number.to_string());
        }
        report.left_out("blob.hash", "x");
        assert_eq!(report.left_out.len(), LISTED + 1);
        assert_eq!(report.left_out_by_code["chain.fork"], LISTED as u64 + 5);
        assert!(!report.is_complete());
    }
}
