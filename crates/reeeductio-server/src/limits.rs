//! How often addresses, members and spaces may ask, and how many streams they may have open.

mod streams;

use std::net::IpAddr;

use axum::http::{HeaderMap, Uri};
use reeeductio_engine::{Rate, RateLimiter, Refusal, SpaceMember};
use reeeductio_proto::{ErrorCode, MemberId, SpaceId};

use crate::address::ClientAddress;
use crate::answer::Failure;
use crate::config::LimitsConfig;

pub(crate) use streams::{MemberPlace, StreamPlace, Streams, UnsignedPlace};

/// Headers of a request.
pub(crate) const MAX_HEADERS: usize = 100;
/// Callers that are counted.
const CALLERS: usize = 100_000;

/// The server's counts.
#[derive(Debug)]
pub(crate) struct Limits {
    addresses: RateLimiter<IpAddr>,
    members: RateLimiter<(SpaceId, MemberId)>,
    spaces: RateLimiter<SpaceId>,
    pub(crate) streams: Streams,
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
            streams: Streams::new(config),
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
}

fn too_many(whose: &str, seconds: u64) -> Failure {
    Failure::Refused(Refusal::for_now(
        ErrorCode::RateLimited,
        format_args!("Too many requests {whose}."),
        seconds,
    ))
}
