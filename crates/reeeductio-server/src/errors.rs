//! The page that lists every error code.

use std::fmt::Write as _;

use reeeductio_proto::{ClientCode, ErrorCode};

/// `spec/errors.md`.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Errors\n\n<!-- Written by `cargo xtask generate`. -->\n\n\
         *Class* is what a program can do about an error: `ErrorKind` in Rust, and in Python and TypeScript the exception with\n\
         this name and `Error` behind it. *Who acts* says who can do something about it: the *caller* is the program, the\n\
         *operator* runs the server, the *user* is the person who uses the program, the *project* is the authors of this\n\
         software, and with *retry* it passes by itself.\n\n\
         ## Refusals of a server\n\n\
         Every error answer is JSON with `code` (below, stable), `detail` and `error` (a sentence), and `details` where a\n\
         program can act on more. A code that a client does not know has the class of its status.\n\n\
         | code | status | class | who acts | meaning |\n|---|---|---|---|---|\n",
    );
    for code in ErrorCode::ALL {
        // Writing to a string cannot fail.
        let _ok = writeln!(
            page,
            "| `{code}` | {} | {} | {} | {} |",
            code.status(),
            code.kind().as_str(),
            code.remedy().as_str(),
            code.description()
        );
    }
    page.push_str(
        "\n## What a client finds by itself\n\n\
         These come without a status. A server that refuses with one of them does not choose its class.\n\n\
         | code | class | who acts | meaning |\n|---|---|---|---|\n",
    );
    for code in ClientCode::ALL {
        let _ok = writeln!(
            page,
            "| `{code}` | {} | {} | {} |",
            code.kind().as_str(),
            code.remedy().as_str(),
            code.description()
        );
    }
    page
}
