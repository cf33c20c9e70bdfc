//! How often addresses and members may ask, and how many streams there may be.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::{HeaderMap, Uri};
use reeeductio_engine::{Details, Rate, RateLimiter, Refusal, SpaceMember};
use reeeductio_proto::{ErrorCode, MemberId, SpaceId};

use crate::answer::Failure;
use crate::config::LimitsConfig;

/// Headers of a request.
pub(crate) const MAX_HEADERS: usize = 100;
/// Callers that are counted.
const CALLERS: usize = 100_000;

/// The server's counts.
#[derive(Debug)]
pub(crate) struct Limits {
    addresses: RateLimiter<IpAddr>,
    members: RateLimiter<(SpaceId, MemberId)>,
    streams: AtomicUsize,
    max_streams: usize,
    max_header_bytes: usize,
}

impl Limits {
    pub(crate) fn new(config: &LimitsConfig) -> Self {
        let rate = |per_second: f64| Rate {
            per_second,
            burst: (per_second * 2.0).max(1.0),
        };
        Self {
            addresses: RateLimiter::new(rate(config.requests_per_second_per_address), CALLERS),
            members: RateLimiter::new(rate(config.requests_per_second_per_member), CALLERS),
            streams: AtomicUsize::new(0),
            max_streams: config.max_streams,
            max_header_bytes: config.max_header_bytes.max(8192),
        }
    }

    /// The URL and the headers are of a size that a server takes.
    pub(crate) fn head(&self, url: &Uri, headers: &HeaderMap) -> Result<(), Failure> {
        let url = url.path().len() + url.query().map_or(0, str::len);
        let bytes = headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + 4)
            .sum::<usize>();
        if url + bytes <= self.max_header_bytes && headers.len() <= MAX_HEADERS {
            return Ok(());
        }
        Err(Failure::new(
            ErrorCode::RequestHeadersTooLarge,
            format!(
                "The URL and the headers are larger than {} bytes, or the headers more than {MAX_HEADERS}.",
                self.max_header_bytes
            ),
        ))
    }

    pub(crate) fn address(&self, address: IpAddr, now: i64) -> Result<(), Failure> {
        self.addresses.check(address, now).map_err(too_many)
    }

    pub(crate) fn member(&self, member: &SpaceMember, now: i64) -> Result<(), Failure> {
        self.members
            .check((member.space_id(), *member.id()), now)
            .map_err(too_many)
    }

    /// Takes a place for a stream.
    pub(crate) fn open_stream(self: &std::sync::Arc<Self>) -> Result<StreamPlace, Failure> {
        let place = StreamPlace(std::sync::Arc::clone(self));
        if self.streams.fetch_add(1, Ordering::Relaxed) >= self.max_streams {
            return Err(Failure::new(
                ErrorCode::ServerBusy,
                "The server has as many streams open as it may. Try again later.",
            ));
        }
        Ok(place)
    }

    pub(crate) fn streams(&self) -> usize {
        self.streams.load(Ordering::Relaxed)
    }
}

/// A stream's place, given back when dropped.
#[derive(Debug)]
pub(crate) struct StreamPlace(std::sync::Arc<Limits>);

impl Drop for StreamPlace {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

fn too_many(seconds: u64) -> Failure {
    Failure::Refused(
        Refusal::new(
            ErrorCode::RateLimited,
            format!("Too many requests. Try again in {seconds} seconds."),
        )
        .with(Details::RetryAfter(seconds)),
    )
}
