mod bounds;
mod checkpoints;
mod evidence;
mod keys;
mod lanes;
mod lost_state;
mod pages;
mod reader;
mod restarts;
mod restores;
mod revisions;
mod rights;
mod seen;
mod server;
mod world;

use super::*;
use reader::Reader;
use server::Server;
use world::{Device, Post, World};

/// The codes of the reasons for which messages were refused; `ok` for the others.
fn codes(items: &[LogItem]) -> Vec<&'static str> {
    let code = |item: &LogItem| match item {
        LogItem::Verified(_) => "ok",
        LogItem::Refused(refused) => refused.reason.code(),
    };
    items.iter().map(code).collect()
}

fn ids(items: &[LogItem]) -> Vec<MessageId> {
    let id = |item: &LogItem| match item {
        LogItem::Verified(message) => message.id(),
        LogItem::Refused(refused) => refused.message,
    };
    items.iter().map(id).collect()
}
