//! Path patterns of capabilities.

use reeeductio_proto::{MemberId, Pattern};

use crate::cast::{actors, with_ids};
use crate::input::lines;

/// Three lines: two patterns, and a path in which `@a` stands for a member's id.
///
/// A pattern is written in one form, which reads as the same pattern. It covers itself, and whatever it covers
/// matches nothing that it does not: nobody can hand out more than they hold.
pub fn check(data: &[u8]) {
    let Some([wide, narrow, path]) = lines(data) else {
        return;
    };
    let actors = actors();
    let [wide, narrow] = [wide, narrow].map(|text| Pattern::parse(&with_ids(text, &actors)));
    for pattern in [&wide, &narrow].into_iter().flatten() {
        let text = pattern.to_string();
        let again = Pattern::parse(&text).expect("a pattern is written as one");
        assert_eq!(&again, pattern, "{text}");
        assert_eq!(again.to_string(), text);
        assert!(pattern.covers(pattern), "{text}");
    }
    let (Ok(wide), Ok(narrow)) = (wide, narrow) else {
        return;
    };
    let path = with_ids(path, &actors);
    let matches = |pattern: &Pattern, acting: &MemberId| pattern.matches(path.split('/'), acting);
    for actor in &actors {
        assert!(
            !(wide.covers(&narrow) && matches(&narrow, &actor.id)) || matches(&wide, &actor.id),
            "{wide} covers {narrow}, which alone matches {path} for {}",
            actor.name
        );
    }
}
