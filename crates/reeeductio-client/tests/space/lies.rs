//! The table of `docs/reference/lies.md`: each lie of a server on each way to read, with the verdict of the client.
//!
//! Every cell is read from a real server, through a network that lies ([`telling`] says what, [`liar`] says it). The table says what
//! is expected, so the page cannot drift from what the client does.

mod cell;
mod chain;
mod liar;
mod read;
mod table;
mod telling;
mod verdict;
mod world;

use futures_util::{StreamExt as _, stream};

use cell::{Cell, Memory};
use table::Table;
use verdict::Verdict;
use world::World;

/// An enum whose values have a name in the table.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        enum $name {
            $($variant,)*
        }

        impl $name {
            const ALL: &[Self] = &[$(Self::$variant,)*];

            /// As it is called in the table.
            fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

named! {
    /// A false statement of a server. Lies about messages are told consistently: lists, the route for one message and
    /// streams have them.
    Lie {
        ContentAltered = "content altered",
        SenderSwapped = "sender swapped",
        SignatureSwapped = "signature of another",
        HashWrong = "hash of another message",
        OfAnotherTopic = "message of another topic",
        Moved = "moved here from elsewhere",
        Unasked = "answer to another question",
        MiddleLeftOut = "one left out",
        BeginningLeftOut = "beginning left out",
        NewestLeftOut = "newest left out",
        AllLeftOut = "everything left out",
        NotFound = "404 for what is there",
        Swapped = "two swapped",
        Doubled = "one given twice",
        TimeBackwards = "time goes backwards",
        TimesChanged = "times changed, order kept",
        Forked = "another in its place",
        WithoutRight = "signed without the right",
        RemovedAfter = "removed member, after",
        RemovedBefore = "removed member, dated before",
        MoreClaimed = "more claimed",
        EndClaimed = "end claimed",
        Older = "older entry",
        CutShort = "bytes cut off",
        FrameNotStored = "pushed, not stored",
        FrameAltered = "pushed, altered",
    }
}

named! {
    /// A way to read.
    Path {
        OldestFirst = "oldest first",
        NewestFirst = "newest first",
        ById = "by id",
        Newest = "newest",
        Head = "head",
        Reader = "reader",
        History = "history",
        Followed = "live, followed",
        Live = "live",
        State = "state entry",
        StateHistory = "state history",
        StateList = "state list",
        Data = "data",
        DataList = "data list",
        DataWatch = "data, pushed",
        Blob = "blob",
    }
}

/// Cells that are read at the same time.
const AT_ONCE: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_cell_of_the_table_of_lies_is_as_the_page_says() {
    let table = Table::of_page();
    let world = World::start().await;
    let cells: Vec<Cell> = Cell::all().collect();
    let wrong: Vec<String> = stream::iter(cells.iter().copied())
        .map(async |cell| {
            let found = cell.verdict(&world).await;
            let expected = table.expected(cell);
            (found != expected).then(|| format!("{cell}: expected {expected}, found {found}"))
        })
        .buffered(AT_ONCE)
        .filter_map(async |wrong| wrong)
        .collect()
        .await;
    assert!(
        wrong.is_empty(),
        "{} of {} cells differ:\n{}",
        wrong.len(),
        cells.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_table_of_lies_has_every_lie_and_path_once_and_no_empty_cell() {
    let table = Table::of_page();
    let known = |names: &[&str], all: Vec<&str>| {
        let mut given = names.to_vec();
        let mut all = all;
        given.sort_unstable();
        all.sort_unstable();
        assert_eq!(given, all);
    };
    known(
        &table.columns(),
        Path::ALL.iter().map(|path| path.name()).collect(),
    );
    for rows in table.rows() {
        known(&rows, Lie::ALL.iter().map(|lie| lie.name()).collect());
    }
    for cell in Cell::all() {
        // Panics at an empty cell, or one that is not a verdict.
        table.expected(cell);
    }
}

#[test]
fn what_was_seen_before_is_denied_unnoticed_only_where_the_page_explains_it() {
    let table = Table::of_page();
    for cell in Cell::all() {
        let seen = cell.memory != Memory::None;
        match table.expected(cell) {
            Verdict::Possible => assert!(!seen, "{cell}: it was seen, so it is not `?` but `!`"),
            Verdict::Unnoticed => {
                assert!(seen, "{cell}: nothing was seen, so it is not `!` but `?`");
                let explained = table::explains(cell.lie);
                assert!(explained, "{cell}: the page does not say why");
            }
            _ => {}
        }
    }
}
