//! Words and sentences of comments.

/// Words that a reader would have to learn, and the term that stands for them.
const TERMS: &[(&str, &str)] = &[
    (
        concat!("compiled ", "half"),
        "native module, or WebAssembly module",
    ),
    (
        concat!("sits the ", "examination"),
        "passes the conformance suite",
    ),
];

/// Words that are no subject of a sentence by themselves.
const BARE: &[&str] = &["What", "Who", "Whoever"];

/// Finds comments that begin a sentence with a bare *what* or *who*, and words for which there is a term.
pub(super) fn check(name: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let number = number + 1;
        for (word, term) in TERMS.iter().filter(|(word, _)| line.contains(word)) {
            found.push(format!("{name}:{number}: \"{word}\" is: {term}"));
        }
        if let Some(bare) = comment(line).and_then(bare_subject) {
            found.push(format!(
                "{name}:{number}: \"{bare}\" begins a sentence; say who does what"
            ));
        }
    }
    found
}

/// The text of a line that is a comment, or that a docstring begins with.
fn comment(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let marks = ["///", "//!", "//", "/**", "* ", "#: ", "# ", "\"\"\""];
    let text = marks.iter().find_map(|mark| line.strip_prefix(mark))?;
    Some(text.trim_start())
}

/// The bare word that begins a sentence; a question may begin with it.
fn bare_subject(text: &str) -> Option<&'static str> {
    let sentences = text.split(". ").filter(|sentence| !sentence.contains('?'));
    let mut words = sentences.filter_map(|sentence| sentence.split_whitespace().next());
    words.find_map(|first| BARE.iter().find(|bare| **bare == first).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_does_not_begin_with_a_bare_word() {
        for (line, found) in [
            ("    /// What is stored.", true),
            ("    /// Stores it. What is there stays.", true),
            ("/** Who acts. */", true),
            ("    \"\"\"Whoever joins.\"\"\"", true),
            ("    /// Whatever is stored.", false),
            ("    // What if it is not there?", false),
            ("let what = \"What is stored.\";", false),
            ("    /// The value that is stored.", false),
        ] {
            assert_eq!(check("file", line).is_empty(), !found, "{line}");
        }
    }

    #[test]
    fn a_word_that_has_a_term_is_found_anywhere() {
        let line = concat!("raised by the compiled ", "half");
        assert_eq!(check("file", line).len(), 1);
    }
}
