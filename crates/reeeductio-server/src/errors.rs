//! The page that lists every error code.

use std::fmt::Write as _;

use reeeductio_proto::ErrorCode;

/// `spec/errors.md`.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Errors\n\n<!-- Written by `cargo xtask generate`. -->\n\n\
         Every error answer is JSON with `code` (below, stable), `detail` and `error` (a sentence), and `details` where a\n\
         program can act on more. *Who acts* says who can do something about it: the caller, the operator of the server,\n\
         or nobody but time.\n\n| code | status | who acts | meaning |\n|---|---|---|---|\n",
    );
    for code in ErrorCode::ALL {
        // Writing to a string cannot fail.
        let _ok = writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            code.as_str(),
            code.status(),
            code.remedy().as_str(),
            code.description()
        );
    }
    page
}
