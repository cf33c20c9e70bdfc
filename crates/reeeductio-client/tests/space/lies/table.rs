//! The table as the page has it.

use std::collections::HashMap;

use super::Lie;
use super::cell::{Cell, Memory};
use super::verdict::Verdict;

const PAGE: &str = include_str!("../../../../../docs/reference/lies.md");

/// The first heading of tables of verdicts.
const CORNER: &str = "Lie";

pub(super) struct Table {
    /// Columns and rows of each part, in the order of the page.
    parts: Vec<(Vec<&'static str>, Vec<&'static str>)>,
    /// The cells, by row and column.
    cells: HashMap<(&'static str, &'static str), &'static str>,
}

impl Table {
    pub(super) fn of_page() -> Self {
        let mut table = Self {
            parts: Vec::new(),
            cells: HashMap::new(),
        };
        let mut inside = false;
        for line in PAGE.lines() {
            let Some(cells) = cells(line) else {
                inside = false;
                continue;
            };
            if cells[0] == CORNER {
                inside = true;
                table.parts.push((cells[1..].to_vec(), Vec::new()));
            } else if inside && !cells[0].starts_with("--") {
                table.row(&cells);
            }
        }
        table
    }

    fn row(&mut self, cells: &[&'static str]) {
        let (columns, rows) = self.parts.last_mut().unwrap();
        rows.push(cells[0]);
        assert_eq!(cells.len(), columns.len() + 1, "{}", cells[0]);
        for (column, cell) in columns.iter().zip(&cells[1..]) {
            self.cells.insert((cells[0], column), cell);
        }
    }

    /// The columns of all parts.
    pub(super) fn columns(&self) -> Vec<&'static str> {
        let columns = self.parts.iter().flat_map(|(columns, _)| columns);
        columns.copied().collect()
    }

    /// The rows of each part.
    pub(super) fn rows(&self) -> Vec<Vec<&'static str>> {
        self.parts.iter().map(|(_, rows)| rows.clone()).collect()
    }

    /// One mark is for all four memories, `a → b` for nothing and something seen, `a / b / c / d` for each.
    pub(super) fn expected(&self, cell: Cell) -> Verdict {
        let text = self.cells[&(cell.lie.name(), cell.path.name())];
        let marks: Vec<&str> = match text.split_once(" → ") {
            Some((first, seen)) => vec![first, seen, seen, seen],
            None => text.split(" / ").collect(),
        };
        let index = Memory::ALL.iter().position(|memory| *memory == cell.memory);
        match marks.as_slice() {
            [mark] => Verdict::parse(mark),
            [_, _, _, _] => Verdict::parse(marks[index.unwrap()]),
            _ => panic!("{cell}: {text:?} is no cell"),
        }
    }
}

/// Returns whether the page says why a lie goes unnoticed.
pub(super) fn explains(lie: Lie) -> bool {
    let (_, reasons) = PAGE.split_once("## What goes unnoticed").unwrap();
    reasons.contains(&format!("**{}**", lie.name()))
}

/// The cells of a line of a table.
fn cells(line: &'static str) -> Option<Vec<&'static str>> {
    let line = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(
        line.split('|')
            .map(|cell| cell.trim().trim_matches('`'))
            .collect(),
    )
}
