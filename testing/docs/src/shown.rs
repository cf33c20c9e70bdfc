//! Compares what a page shows with what was printed.

use anyhow::{Result, ensure};

/// Stands for anything within a line; alone on a line, for any lines.
const ANYTHING: &str = "…";

/// Fails unless `printed` is what the page shows.
pub(crate) fn compare(shown: &str, printed: &str) -> Result<()> {
    let lines = |text: &'_ str| -> Vec<String> {
        text.trim_end()
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect()
    };
    ensure!(
        lines_match(&lines(shown), &lines(printed)),
        "the page shows\n{shown}\nbut this was printed:\n{printed}"
    );
    Ok(())
}

fn lines_match(shown: &[String], printed: &[String]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((line, rest)) if line.trim() == ANYTHING => (0..=printed.len()).any(|skipped| {
            printed
                .get(skipped..)
                .is_some_and(|printed| lines_match(rest, printed))
        }),
        Some((line, rest)) => printed
            .split_first()
            .is_some_and(|(first, others)| line_matches(line, first) && lines_match(rest, others)),
    }
}

fn line_matches(shown: &str, printed: &str) -> bool {
    let Some((before, after)) = shown.split_once(ANYTHING) else {
        return shown == printed;
    };
    let Some(mut rest) = printed.strip_prefix(before) else {
        return false;
    };
    let mut pieces: Vec<&str> = after.split(ANYTHING).collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        let Some((_, behind)) = rest.split_once(piece) else {
            return false;
        };
        rest = behind;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_printed_must_be_what_is_shown() {
        assert!(compare("a\nb\n", "a\nb\n").is_ok());
        assert!(compare("a\nb\n", "a\n").is_err());
        assert!(compare("a\n", "a\nb\n").is_err());
        assert!(compare("a\n", "A\n").is_err());
    }

    #[test]
    fn an_ellipsis_stands_for_anything_in_a_line_and_nothing_more() {
        assert!(compare("id …, … bytes", "id x1, 20 bytes").is_ok());
        assert!(compare("id …, … bytes", "id x1, 20 bits").is_err());
        assert!(compare("id … end", "id\nend").is_err());
        assert!(compare("ab…ba", "aba").is_err());
    }

    #[test]
    fn an_ellipsis_on_its_own_stands_for_any_lines() {
        assert!(compare("a\n…\nz", "a\nz").is_ok());
        assert!(compare("a\n…\nz", "a\nb\nc\nz").is_ok());
        assert!(compare("a\n…\nz", "a\nb\nc").is_err());
    }
}
