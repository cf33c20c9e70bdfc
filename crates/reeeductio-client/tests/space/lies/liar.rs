//! Says what is told, in the place of the server.

use reeeductio_proto::api::{DataItem, DataList, MessageBody, MessagePage};
use serde::Serialize;
use serde_json::json;

use super::Path;
use super::chain::Told;
use super::telling::{CLAIMED, Pages, Telling};
use crate::history::page;
use crate::meddled::Meddled;

/// Has the network answer with what is told, from now on. Only the topic that `path` reads is lied about.
pub(super) fn say(network: &Meddled, telling: &Telling, path: Path) {
    let telling = telling.clone();
    network.with(move |route, status, body| {
        let (answered, answer) = if let Some(query) = route.strip_prefix("topics/general/messages?")
        {
            list(&telling.general, query, pages(&telling, !path.is_state()))
        } else if let Some(query) = route.strip_prefix("topics/state/messages?") {
            list(&telling.state, query, pages(&telling, path.is_state()))
        } else if route.starts_with("topics/general/messages/") {
            found(telling.one.as_ref(), "message.not_found")
        } else if route.starts_with("state/") {
            found(Some(&telling.entry), "state.not_found")
        } else if route.starts_with("data/") {
            found(telling.data.as_ref(), "data.not_found")
        } else if route.starts_with("entries?") {
            entries(&telling)
        } else if route.starts_with("blobs/") {
            match &telling.blob {
                Some(blob) => (200, blob.clone()),
                None => not_found("blob.not_found"),
            }
        } else {
            return;
        };
        (*status, *body) = (answered, answer);
    });
}

fn entries(telling: &Telling) -> (u16, Vec<u8>) {
    let page = telling.listed.as_ref().map(|listed| DataList {
        entries: listed
            .iter()
            .map(|(path, entry)| DataItem {
                path: (*path).to_owned(),
                entry: entry.clone(),
            })
            .collect(),
        next: telling.endless.then(|| "more".to_owned()),
    });
    found(page.as_ref(), "")
}

fn pages(telling: &Telling, lied_about: bool) -> Pages {
    if lied_about {
        telling.pages
    } else {
        Pages::True
    }
}

fn list(told: &[Told], query: &str, pages: Pages) -> (u16, Vec<u8>) {
    let history: Vec<MessageBody> = told.iter().map(|told| told.body.clone()).collect();
    let mut page: MessagePage = page(&history, query, usize::MAX);
    match pages {
        Pages::True => {}
        Pages::MoreClaimed => page.has_more = true,
        Pages::EndClaimed => {
            page.messages.truncate(CLAIMED);
            page.has_more = false;
        }
        // The worst code there is: as if only the entry was not there.
        Pages::NotFound => return not_found("state.not_found"),
    }
    found(Some(&page), "")
}

fn found(answer: Option<&impl Serialize>, code: &str) -> (u16, Vec<u8>) {
    match answer {
        Some(answer) => (200, serde_json::to_vec(answer).unwrap()),
        None => not_found(code),
    }
}

fn not_found(code: &str) -> (u16, Vec<u8>) {
    (404, json!({"code": code}).to_string().into())
}
