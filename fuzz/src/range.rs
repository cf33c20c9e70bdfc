//! The header `Range` of downloads.

use reeeductio_proto::BlobId;

use crate::cast::space;
use crate::input::{Numbers, text};
use crate::web::{Answer, Web};

/// The blob to download.
const BLOB: &[u8] = b"0123456789";

thread_local! {
    static WEB: Web = {
        let web = Web::start();
        let stored = web.send_as_owner("PUT", &blob(), BLOB, &[]).unwrap();
        assert_eq!(stored.status, 201);
        web
    };
}

/// The value of a header.
///
/// The answer is the whole blob, or the part that its `Content-Range` names, or the size where there is no such
/// part. The answer is exactly what two numbers in the header ask for.
pub fn check(data: &[u8]) {
    if let Some(answer) = text(data).and_then(get) {
        fits(&answer);
    }
    let mut numbers = Numbers(data);
    let mut number = || u64::from_le_bytes(numbers.array()) >> (numbers.byte() % 64);
    let (first, last) = (number(), number());
    let size = BLOB.len() as u64;
    let expected = |range: std::ops::Range<u64>| {
        let index = |at: u64| usize::try_from(at.min(size)).unwrap();
        BLOB.get(index(range.start)..index(range.end))
            .filter(|part| !part.is_empty())
    };
    is_part(
        &format!("bytes={first}-{}", first.saturating_add(last)),
        expected(first..first.saturating_add(last).saturating_add(1)),
    );
    is_part(&format!("bytes={first}-"), expected(first..size));
    is_part(
        &format!("bytes=-{last}"),
        expected(size.saturating_sub(last)..size),
    );
}

fn is_part(range: &str, expected: Option<&[u8]>) {
    let answer = get(range).unwrap();
    fits(&answer);
    match expected {
        Some(part) => assert_eq!((answer.status, &*answer.body), (206, part), "{range}"),
        None => assert_eq!(answer.status, 416, "{range}"),
    }
}

/// Returns whether the answer is what it says it is.
fn fits(answer: &Answer) {
    match answer.status {
        200 => assert_eq!(answer.body, BLOB),
        206 => {
            let shown = answer.header("content-range");
            let (range, size) = shown
                .strip_prefix("bytes ")
                .unwrap()
                .split_once('/')
                .unwrap();
            let (first, last) = range.split_once('-').unwrap();
            let [first, last, size] =
                [first, last, size].map(|number| number.parse::<usize>().unwrap());
            assert_eq!(size, BLOB.len());
            assert_eq!(answer.body, BLOB[first..=last]);
            assert_eq!(
                answer.header("content-length"),
                answer.body.len().to_string()
            );
        }
        416 => assert_eq!(
            answer.header("content-range"),
            format!("bytes */{}", BLOB.len())
        ),
        status => panic!("{status}"),
    }
}

fn get(range: &str) -> Option<Answer> {
    WEB.with(|web| web.send_as_owner("GET", &blob(), b"", &[("range", range)]))
}

fn blob() -> String {
    format!("/spaces/{}/blobs/{}", space(), BlobId::of(BLOB))
}
