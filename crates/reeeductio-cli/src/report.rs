//! Output for people: results on standard output, everything else on standard error, colour only on a
//! terminal.

mod meter;

use std::io::IsTerminal as _;

pub(crate) use meter::Meter;

/// Prints why the command failed, with what led to it, once.
pub(crate) fn failure(error: &anyhow::Error) {
    let mut lines = vec![format!("error: {error}")];
    lines.extend(
        error
            .chain()
            .skip(1)
            .map(|cause| format!("  because: {cause}")),
    );
    line(&mut std::io::stderr(), &lines.join("\n"));
}

/// Prints a line of results.
pub(crate) fn out(text: &str) {
    line(&mut std::io::stdout(), text);
}

/// Prints a line about progress.
pub(crate) fn progress(text: &str) {
    line(&mut std::io::stderr(), text);
}

/// Prints a heading, bold on a terminal.
pub(crate) fn heading(text: &str) {
    if bold() {
        out(&format!("\n\x1b[1m{text}\x1b[0m"));
    } else {
        out(&format!("\n{text}"));
    }
}

/// Returns whether results go to a terminal whose user wants colour.
fn bold() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "NO_COLOR is a convention of terminals"
    )]
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal() && !plain
}

/// A closed output is the reader's wish, not a failure.
fn line(to: &mut impl std::io::Write, text: &str) {
    let _closed = writeln!(to, "{text}");
    let _closed = to.flush();
}

/// Prints rows in columns. Names of users are printed without the characters that command a terminal.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) {
    let rows = rows.into_iter().map(|row| row.map(|cell| printable(&cell)));
    let rows: Vec<[String; N]> = std::iter::once(head.map(str::to_owned))
        .chain(rows)
        .collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    for row in rows {
        let cells = row.iter().zip(widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        out(cells.join("  ").trim_end());
    }
}

/// The text without characters that command a terminal.
pub(crate) fn printable(text: &str) -> String {
    let shown = |character: char| {
        if character.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            character
        }
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn a_name_commands_no_terminal() {
        assert_eq!(printable("a\x1b[2Jb\r\n"), "a\u{fffd}[2Jb\u{fffd}\u{fffd}");
    }
}
