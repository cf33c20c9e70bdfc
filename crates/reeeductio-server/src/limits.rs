//! How often addresses, members and spaces may ask, and how many streams they may have open.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::{HeaderMap, Uri};
use reeeductio_engine::{Details, Rate, RateLimiter, Refusal, SpaceMember};
use reeeductio_proto::{ErrorCode, MemberId, SpaceId};

use crate::address::ClientAddress;
use crate::answer::Failure;
use crate::config::LimitsConfig;
use crate::places::{Place, Places};

/// Headers of a request.
pub(crate) const MAX_HEADERS: usize = 100;
/// Callers that are counted.
const CALLERS: usize = 100_000;
/// Seconds after which it may be worth trying again to open a stream.
const STREAMS_RETRY: u64 = 10;

/// The server's counts.
#[derive(Debug)]
pub(crate) struct Limits {
    addresses: RateLimiter<IpAddr>,
    members: RateLimiter<(SpaceId, MemberId)>,
    spaces: RateLimiter<SpaceId>,
    streams: AtomicUsize,
    max_streams: usize,
    streams_by_address: Arc<Places<IpAddr>>,
    streams_by_member: Arc<Places<(SpaceId, MemberId)>>,
    streams_by_space: Arc<Places<SpaceId>>,
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
            spaces: RateLimiter::new(rate(config.requests_per_second_per_space), CALLERS),
            streams: AtomicUsize::new(0),
            max_streams: config.effective_streams(),
            streams_by_address: Places::new(config.max_streams_per_address),
            streams_by_member: Places::new(config.max_streams_per_member),
            streams_by_space: Places::new(config.max_streams_per_space),
            max_header_bytes: config.max_header_bytes,
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

    /// Counts a request of an address. `now` is steady, in milliseconds.
    pub(crate) fn address(&self, address: ClientAddress, now: i64) -> Result<(), Failure> {
        self.addresses
            .check(address.counted(), now)
            .map_err(|seconds| too_many("of this address", seconds))
    }

    /// Counts a request of a member, and of its space. `now` is steady, in milliseconds.
    pub(crate) fn member(&self, member: &SpaceMember, now: i64) -> Result<(), Failure> {
        let space = member.space_id();
        self.members
            .check((space, *member.id()), now)
            .map_err(|seconds| too_many("of this member", seconds))?;
        self.spaces
            .check(space, now)
            .map_err(|seconds| too_many("in this space", seconds))
    }

    /// Takes a place for a stream of a member.
    pub(crate) fn open_stream(
        self: &Arc<Self>,
        member: &SpaceMember,
        address: Option<ClientAddress>,
    ) -> Result<StreamPlace, Failure> {
        let whole = Counted(Arc::clone(self));
        if self.streams.fetch_add(1, Ordering::Relaxed) >= self.max_streams {
            return Err(no_more("The server"));
        }
        let space = member.space_id();
        let by_member = self.streams_by_member.take((space, *member.id()));
        let by_space = self.streams_by_space.take(space);
        let by_address = address.map(|address| self.streams_by_address.take(address.counted()));
        Ok(StreamPlace {
            _whole: whole,
            _member: by_member.ok_or_else(|| no_more("The member"))?,
            _space: by_space.ok_or_else(|| no_more("The space"))?,
            _address: by_address
                .map(|place| place.ok_or_else(|| no_more("The address")))
                .transpose()?,
        })
    }

    pub(crate) fn streams(&self) -> usize {
        self.streams.load(Ordering::Relaxed)
    }
}

impl LimitsConfig {
    /// Streams may not take all connections: then nobody could post.
    fn effective_streams(&self) -> usize {
        let connections = self.max_connections;
        self.max_streams.min(connections - connections / 4)
    }
}

/// A stream's place among those of the server, its member, its space and its address.
#[derive(Debug)]
pub(crate) struct StreamPlace {
    _whole: Counted,
    _member: Place<(SpaceId, MemberId)>,
    _space: Place<SpaceId>,
    _address: Option<Place<IpAddr>>,
}

/// A stream among all, given back when dropped.
#[derive(Debug)]
struct Counted(Arc<Limits>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

fn no_more(who: &str) -> Failure {
    let refusal = Refusal::new(
        ErrorCode::ServerBusy,
        format!("{who} has as many streams open as it may. Close some, or try again later."),
    );
    Failure::Refused(refusal.with(Details::RetryAfter(STREAMS_RETRY)))
}

fn too_many(whose: &str, seconds: u64) -> Failure {
    Failure::Refused(
        Refusal::new(
            ErrorCode::RateLimited,
            format!("Too many requests {whose}. Try again in {seconds} seconds."),
        )
        .with(Details::RetryAfter(seconds)),
    )
}
