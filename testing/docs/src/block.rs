//! The code blocks of a page.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A code block.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Block {
    /// The line it begins on.
    pub(crate) line: usize,
    /// The text after the fence; empty for an indented block.
    pub(crate) language: String,
    /// The content.
    pub(crate) text: String,
}

impl Block {
    /// The path in the comment on the first line: a reader saves the block there.
    pub(crate) fn file(&self) -> Option<&str> {
        let name = self.text.lines().next()?.strip_prefix("# ")?;
        (name.contains('.') && !name.contains(' ')).then_some(name)
    }
}

/// The code blocks of a page, top to bottom.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open = None;
    for (event, place) in Parser::new_ext(page, Options::empty()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let language = match kind {
                    CodeBlockKind::Fenced(language) => language.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                let before = page.get(..place.start).unwrap_or_default();
                open = Some(Block {
                    line: before.matches('\n').count() + 1,
                    language,
                    text: String::new(),
                });
            }
            Event::Text(text) => {
                if let Some(block) = &mut open {
                    block.text.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => found.extend(open.take()),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fenced_and_indented_blocks_are_found_where_they_are() {
        let found = blocks(
            "a\n\n```sh\nx\ny\n```\n\n- b\n\n  ~~~yaml prometheus\n  z: 1\n  ~~~\n\nc\n\n    d\n",
        );
        let block = |line, language: &str, text: &str| Block {
            line,
            language: language.to_owned(),
            text: text.to_owned(),
        };
        assert_eq!(
            found,
            [
                block(3, "sh", "x\ny\n"),
                block(10, "yaml prometheus", "z: 1\n"),
                block(16, "", "d\n"),
            ]
        );
    }

    #[test]
    fn a_path_in_the_first_comment_is_where_the_block_is_saved() {
        let file = |text: &str| {
            blocks(&format!("```yaml\n{text}\n```"))[0]
                .file()
                .map(str::to_owned)
        };
        assert_eq!(file("# /etc/x.yaml\na: 1").as_deref(), Some("/etc/x.yaml"));
        assert_eq!(file("# Not a path."), None);
        assert_eq!(file("a: 1"), None);
    }
}
