//! Tests that a page names: each is where the page says.

use std::fs;
use std::path::Path;

use crate::run::root;

/// Pages whose tables name tests, as `` `crate/path.rs` `test` ``.
const PAGES: &[&str] = &["spec/attacks.md"];

/// Names the tests that are not where the page says.
pub(super) fn check(name: &str, text: &str) -> Vec<String> {
    if !PAGES.contains(&name) {
        return Vec::new();
    }
    let read = |file: &str| {
        let path = root().join(format!("crates/reeeductio-{file}"));
        fs::read_to_string(path).ok()
    };
    missing(name, text, read)
}

fn missing(name: &str, text: &str, read: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let named = named(text);
    if named.is_empty() {
        return vec![format!("{name}: names no tests")];
    }
    named
        .into_iter()
        .filter(|(file, test)| {
            let code = read(file).unwrap_or_default();
            !code.contains(&format!("fn {test}("))
        })
        .map(|(file, test)| format!("{name}: there is no test {test} in {file}"))
        .collect()
}

fn named(text: &str) -> Vec<(&str, &str)> {
    let code: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
    let pairs = code.iter().zip(code.iter().skip(1));
    pairs
        .filter(|(file, _)| {
            Path::new(file)
                .extension()
                .is_some_and(|ending| ending == "rs")
        })
        .map(|(file, test)| (*file, *test))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_is_not_where_the_page_says_is_found() {
        let read = |file: &str| (file == "core/a.rs").then(|| "fn it_is_here() {".to_owned());
        let check = |text: &str| missing("page.md", text, read).len();
        assert_eq!(check("| x | `core/a.rs` `it_is_here` | `code.x` |"), 0);
        assert_eq!(
            check("| x | `core/a.rs` `it_is_not`<br>`core/b.rs` `it_is_here` |"),
            2
        );
        assert_eq!(check("nothing"), 1);
    }
}
