//! HTTP requests: routes, paths, queries, headers and bodies.

use crate::cast::{actors, with_ids};
use crate::input::text;
use crate::web::Web;

thread_local! {
    static WEB: Web = Web::start();
}

/// A request as text: `METHOD path`, a header in each line, an empty line, the body. `@o` stands for the
/// owner's id, `@s` for the space's, `@token` for a token of the owner.
///
/// The server answers every request, refuses in the one shape that there is, and does not fail.
pub fn check(data: &[u8]) {
    let Some(text) = text(data) else {
        return;
    };
    WEB.with(|web| {
        let text = with_ids(&text.replace("@token", &web.token), &actors());
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        let mut lines = head.lines();
        let Some((method, path)) = lines.next().and_then(|line| line.split_once(' ')) else {
            return;
        };
        let headers: Vec<_> = lines.filter_map(|line| line.split_once(": ")).collect();
        let _answer = web.send(method, path, &headers, body.as_bytes());
    });
}
