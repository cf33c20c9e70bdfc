//! The pages that registries show.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use pulldown_cmark::{Event, Parser, Tag};

use crate::run::root;

/// Links of a page that lead nowhere on a registry, which has none of the files beside it.
pub(super) fn links_of(path: &Path) -> Result<Vec<String>> {
    let name = path.strip_prefix(root()).unwrap_or(path).display();
    let text = fs::read_to_string(path).with_context(|| format!("there is no {name}"))?;
    Ok(relative(&text)
        .into_iter()
        .map(|link| format!("{name}: {link} leads nowhere on a registry; name the file instead"))
        .collect())
}

/// Targets of links and images that are neither addresses nor places on the page, also in HTML.
fn relative(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                found.push(dest_url.into_string());
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                for attribute in ["href=\"", "src=\""] {
                    let values = html.split(attribute).skip(1);
                    found.extend(
                        values.filter_map(|rest| rest.split('"').next().map(str::to_owned)),
                    );
                }
            }
            _ => {}
        }
    }
    found.retain(|link| !(link.starts_with("https://") || link.starts_with('#')));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_a_file_is_found_however_it_is_written() {
        let text = "[a](b.md) ![c](d.png) [e] <a href=\"f.md\">f</a>\n\n[e]: g.md\n\n<img src=\"h.png\">\n";
        assert_eq!(relative(text), ["b.md", "d.png", "g.md", "f.md", "h.png"]);
    }

    #[test]
    fn addresses_places_code_and_links_of_rustdoc_are_left_alone() {
        let text = "[a](https://example.org) [b](#c) `[d](e.md)` [`Space::topic`]\n\n```\n[f](g.md)\n```\n";
        assert!(relative(text).is_empty());
    }
}
