//! Tables for people.

use std::fmt::Write as _;

/// Columns with headings, rows in sections.
#[derive(Debug)]
pub(crate) struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Row>,
}

#[derive(Debug)]
enum Row {
    Section(String),
    Cells(Vec<String>),
    /// Below the row before it, as wide as it likes.
    Remark(String),
}

impl Table {
    /// A table with these headings. The first and last columns are text, the others numbers.
    pub(crate) fn new(headings: &[&'static str]) -> Self {
        Self {
            headings: headings.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Begins a section.
    pub(crate) fn section(&mut self, title: impl Into<String>) {
        self.rows.push(Row::Section(title.into()));
    }

    /// Adds a row; cells that are missing at its end are empty.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(Row::Cells(cells));
    }

    /// Says something about the last row.
    pub(crate) fn remark(&mut self, text: impl Into<String>) {
        self.rows.push(Row::Remark(text.into()));
    }

    /// The text, with headings and sections in bold if wanted.
    pub(crate) fn render(&self, bold: bool) -> String {
        let emphasise = |text: String| {
            if bold {
                format!("\x1b[1m{text}\x1b[0m")
            } else {
                text
            }
        };
        let widths = self.widths();
        let headings: Vec<String> = self.headings.iter().map(ToString::to_string).collect();
        let mut text = emphasise(align(&headings, &widths));
        for row in &self.rows {
            // Writing to a string cannot fail.
            let _ok = match row {
                Row::Section(title) => write!(text, "\n\n{}", emphasise(title.clone())),
                Row::Cells(cells) => write!(text, "\n{}", align(cells, &widths)),
                Row::Remark(remark) => write!(text, "\n    {remark}"),
            };
        }
        text
    }

    fn widths(&self) -> Vec<usize> {
        (0..self.headings.len())
            .map(|column| {
                let heading = self.headings.get(column).map_or(0, |heading| heading.len());
                self.rows
                    .iter()
                    .map(|row| match row {
                        Row::Cells(cells) => {
                            cells.get(column).map_or(0, |cell| cell.chars().count())
                        }
                        Row::Section(_) | Row::Remark(_) => 0,
                    })
                    .fold(heading, usize::max)
            })
            .collect()
    }
}

fn align(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    let last = widths.len().saturating_sub(1);
    for (column, width) in widths.iter().enumerate() {
        let cell = cells.get(column).map_or("", String::as_str);
        if column > 0 {
            line.push_str("  ");
        }
        // Writing to a string cannot fail.
        let _ok = if column == 0 || column == last {
            write!(line, "{cell:<width$}")
        } else {
            write!(line, "{cell:>width$}")
        };
    }
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_text_stays_left() {
        let mut table = Table::new(&["", "per second", "of"]);
        table.section("Here");
        table.row(vec!["append".into(), "12,000".into(), "echo".into()]);
        table.row(vec!["a longer name".into(), "7".into()]);
        table.remark("none lost");
        assert_eq!(
            table.render(false),
            "               per second  of\n\nHere\n\
             append             12,000  echo\n\
             a longer name           7\n    none lost"
        );
        assert!(table.render(true).contains("\x1b[1mHere\x1b[0m"));
    }
}
