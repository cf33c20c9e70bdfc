//! How many live streams are open, and how many of them have not signed in.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reeeductio_engine::{Details, Refusal, SpaceMember};
use reeeductio_proto::{ErrorCode, MemberId, SpaceId};

use crate::address::ClientAddress;
use crate::answer::Failure;
use crate::config::LimitsConfig;
use crate::places::{Place, Places};

/// Seconds after which it may be worth trying again to open a stream.
const RETRY: u64 = 10;
/// The part of all streams that may be open without having signed in, and of those again the part of one address. A client
/// signs in within a round trip; a stranger can hold such a place for `timeouts.header_seconds`.
const UNSIGNED_PART: usize = 8;
/// Nouns of the refusals.
const STREAMS: &str = "streams";
const UNSIGNED: &str = "streams that have not signed in";

/// The places for live streams.
#[derive(Debug)]
pub(crate) struct Streams {
    open: Arc<AtomicUsize>,
    most: usize,
    by_address: Arc<Places<IpAddr>>,
    by_member: Arc<Places<(SpaceId, MemberId)>>,
    by_space: Arc<Places<SpaceId>>,
    unsigned: Arc<Places<()>>,
    unsigned_by_address: Arc<Places<IpAddr>>,
}

impl Streams {
    pub(super) fn new(config: &LimitsConfig) -> Self {
        // Streams may not take all connections: then nobody could post.
        let connections = config.max_connections;
        let most = config.max_streams.min(connections - connections / 4);
        let unsigned = (most / UNSIGNED_PART).max(1);
        Self {
            open: Arc::default(),
            most,
            by_address: Places::new(config.max_streams_per_address),
            by_member: Places::new(config.max_streams_per_member),
            by_space: Places::new(config.max_streams_per_space),
            unsigned: Places::new(unsigned),
            unsigned_by_address: Places::new((unsigned / UNSIGNED_PART).max(1)),
        }
    }

    /// Takes a place for a stream of a member.
    pub(crate) fn open(
        &self,
        member: &SpaceMember,
        address: Option<ClientAddress>,
    ) -> Result<StreamPlace, Failure> {
        Ok(StreamPlace {
            _socket: self.socket(address)?,
            _member: self.member(member)?,
        })
    }

    /// Takes a place for a stream whose member is not known yet.
    pub(crate) fn open_unsigned(
        &self,
        address: Option<ClientAddress>,
    ) -> Result<UnsignedPlace, Failure> {
        let by_address = |address: ClientAddress| {
            let place = self.unsigned_by_address.take(address.counted());
            place.ok_or_else(|| no_more("The address", UNSIGNED))
        };
        Ok(UnsignedPlace {
            socket: self.socket(address)?,
            _address: address.map(by_address).transpose()?,
            _unsigned: self
                .unsigned
                .take(())
                .ok_or_else(|| no_more("The server", UNSIGNED))?,
        })
    }

    /// Takes a place among the streams of a member and of its space.
    pub(crate) fn member(&self, member: &SpaceMember) -> Result<MemberPlace, Failure> {
        let space = member.space_id();
        let by_member = self.by_member.take((space, *member.id()));
        let by_space = self.by_space.take(space);
        Ok(MemberPlace {
            _member: by_member.ok_or_else(|| no_more("The member", STREAMS))?,
            _space: by_space.ok_or_else(|| no_more("The space", STREAMS))?,
        })
    }

    fn socket(&self, address: Option<ClientAddress>) -> Result<SocketPlace, Failure> {
        let counted = Counted(Arc::clone(&self.open));
        if self.open.fetch_add(1, Ordering::Relaxed) >= self.most {
            return Err(no_more("The server", STREAMS));
        }
        let by_address = |address: ClientAddress| {
            let place = self.by_address.take(address.counted());
            place.ok_or_else(|| no_more("The address", STREAMS))
        };
        Ok(SocketPlace {
            _counted: counted,
            _address: address.map(by_address).transpose()?,
        })
    }

    /// Streams that are open, signed in or not.
    pub(crate) fn count(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }
}

/// A stream's place among those of the server, its address, its member and its space.
#[derive(Debug)]
pub(crate) struct StreamPlace {
    _socket: SocketPlace,
    _member: MemberPlace,
}

/// The place of a stream that has not signed in, among those and among all streams.
#[derive(Debug)]
pub(crate) struct UnsignedPlace {
    socket: SocketPlace,
    _unsigned: Place<()>,
    _address: Option<Place<IpAddr>>,
}

impl UnsignedPlace {
    /// Makes room for another stream to sign in.
    pub(crate) fn signed_in(self, member: MemberPlace) -> StreamPlace {
        StreamPlace {
            _socket: self.socket,
            _member: member,
        }
    }
}

/// A stream's place among those of its member and its space.
#[derive(Debug)]
pub(crate) struct MemberPlace {
    _member: Place<(SpaceId, MemberId)>,
    _space: Place<SpaceId>,
}

/// A stream's place among those of the server and its address.
#[derive(Debug)]
struct SocketPlace {
    _counted: Counted,
    _address: Option<Place<IpAddr>>,
}

/// A stream among all, given back when dropped.
#[derive(Debug)]
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn no_more(who: &str, what: &str) -> Failure {
    let refusal = Refusal::new(
        ErrorCode::ServerBusy,
        format!("{who} has as many {what} open as it may. Close some, or try again later."),
    );
    Failure::Refused(refusal.with(Details::RetryAfter(RETRY)))
}
