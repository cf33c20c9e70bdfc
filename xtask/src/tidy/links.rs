//! Links that lead nowhere: to a file that is not there, or to a heading that its page does not have.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use crate::run::root;

/// Target of a link.
enum Target {
    /// Nothing, or something outside the repository, which is nothing for everybody else.
    Missing,
    /// A folder, or a file without headings.
    Other,
    /// The text of a page.
    Page(String),
}

/// Finds the dead links of a page.
pub(super) fn check(name: &str, path: &Path, text: &str) -> Vec<String> {
    dead(name, text, |target| read(path, target))
}

fn read(page: &Path, target: &str) -> Target {
    let found = page
        .parent()
        .and_then(|folder| folder.join(target).canonicalize().ok());
    let inside = |path: &Path| {
        root()
            .canonicalize()
            .is_ok_and(|root| path.starts_with(root))
    };
    match found {
        Some(path) if inside(&path) => match fs::read_to_string(&path) {
            Ok(text) if path.extension().is_some_and(|extension| extension == "md") => {
                Target::Page(text)
            }
            _ => Target::Other,
        },
        _ => Target::Missing,
    }
}

fn dead(name: &str, text: &str, read: impl Fn(&str) -> Target) -> Vec<String> {
    let mut found = Vec::new();
    for link in links(text) {
        let (file, heading) = link.split_once('#').unwrap_or((link, ""));
        let target = if file.is_empty() {
            Target::Page(text.to_owned())
        } else {
            read(file)
        };
        match target {
            Target::Missing => found.push(format!("{name}: {file} does not exist")),
            Target::Page(page)
                if !heading.is_empty() && !anchors(&page).contains(&heading.to_owned()) =>
            {
                found.push(format!("{name}: {link} is not a heading of that page"));
            }
            Target::Page(_) | Target::Other => {}
        }
    }
    found
}

/// The targets of links that are not addresses.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|target| !target.contains("://") && !target.is_empty())
}

/// The anchors of a page: of its headings, as they are made where the repository is shown, and those that it sets itself.
fn anchors(page: &str) -> Vec<String> {
    let mut anchors: Vec<String> = page
        .split("<a id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut is_code = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        let heading = line.trim_start_matches('#');
        let depth = line.len() - heading.len();
        if is_code || !(1..=6).contains(&depth) || !heading.starts_with(' ') {
            continue;
        }
        let slug = slug(heading.trim());
        let before = seen.entry(slug.clone()).or_default();
        anchors.push(match *before {
            0 => slug,
            number => format!("{slug}-{number}"),
        });
        *before += 1;
    }
    anchors
}

/// A heading in small letters, without punctuation, and with `-` for each space.
fn slug(heading: &str) -> String {
    // Of a link only its words.
    let words = heading
        .split("](")
        .enumerate()
        .map(|(number, part)| match number {
            0 => part,
            _ => part.split_once(')').map_or("", |(_, rest)| rest),
        });
    let words: String = words.collect();
    words
        .to_lowercase()
        .chars()
        .filter_map(|letter| match letter {
            ' ' => Some('-'),
            '-' | '_' => Some(letter),
            letter if letter.is_alphanumeric() => Some(letter),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# What `it` is, and why\n\n```sh\n# no heading\n```\n\n## Twice\n\n## Twice\n\n## [A link](x.md) in it\n<a id=\"own\"></a>";

    fn found(text: &str) -> Vec<String> {
        dead("x.md", text, |target| match target {
            "page.md" => Target::Page(PAGE.to_owned()),
            "file.rs" => Target::Other,
            _ => Target::Missing,
        })
    }

    #[test]
    fn links_to_nothing_are_found() {
        assert_eq!(
            found("[a](b.md) [c](https://x) [f](file.rs#L7) [g](page.md)"),
            ["x.md: b.md does not exist"]
        );
    }

    #[test]
    fn links_to_headings_that_a_page_does_not_have_are_found() {
        for there in [
            "what-it-is-and-why",
            "twice",
            "twice-1",
            "a-link-in-it",
            "own",
        ] {
            assert!(
                found(&format!("[a](page.md#{there})")).is_empty(),
                "{there}"
            );
        }
        assert_eq!(
            found("[a](page.md#no-heading) [b](page.md#twice-2)"),
            [
                "x.md: page.md#no-heading is not a heading of that page",
                "x.md: page.md#twice-2 is not a heading of that page"
            ]
        );
    }

    #[test]
    fn a_link_within_its_page_is_checked_too() {
        assert!(found("# Here\n[a](#here)").is_empty());
        assert_eq!(
            found("# Here\n[a](#there)"),
            ["x.md: #there is not a heading of that page"]
        );
    }
}
