//! Which address a request came from, and what counts as one address.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::{HeaderMap, HeaderValue};

/// Name of the header in which each proxy appends the address it was asked from.
const FORWARDED: &str = "x-forwarded-for";
/// Entries that are looked at; more proxies than that are nobody's.
const MOST: usize = 32;

/// The address a request came from, as far as it is known: not that of a trusted proxy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl ClientAddress {
    /// All `X-Forwarded-For` lines are one list. Its last entry was written by `peer`; the one before it is
    /// believed only if that entry is a trusted proxy's address, and so on.
    pub(crate) fn find(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> Self {
        let is_trusted = |address: &IpAddr| trusted.iter().any(|ip| ip.to_canonical() == *address);
        let mut nearest = peer.to_canonical();
        if !is_trusted(&nearest) {
            return Self(nearest);
        }
        let lines: Vec<&HeaderValue> = headers.get_all(FORWARDED).iter().collect();
        let entries = lines
            .iter()
            .rev()
            .flat_map(|line| line.as_bytes().rsplit(|c| *c == b','));
        for entry in entries.take(MOST) {
            // A trusted proxy writes nothing but addresses.
            let Some(address) = parse(entry) else {
                break;
            };
            nearest = address;
            if !is_trusted(&nearest) {
                break;
            }
        }
        Self(nearest)
    }

    /// The address under which it is counted: a customer of IPv6 has a /64 to himself.
    pub(crate) fn counted(self) -> IpAddr {
        counted(self.0)
    }
}

/// The address under which another is counted.
pub(crate) fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// An address as proxies write it: bare, with a port, IPv6 in brackets or not.
fn parse(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    let address = bare
        .parse()
        .or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(peer: &str, lines: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED, HeaderValue::from_str(line).unwrap());
        }
        let trusted: Vec<IpAddr> = trusted.iter().map(|ip| ip.parse().unwrap()).collect();
        let found = ClientAddress::find(peer.parse().unwrap(), &headers, &trusted);
        found.0.to_string()
    }

    #[test]
    fn nobody_else_is_believed() {
        assert_eq!(found("9.9.9.9", &["1.1.1.1"], &["10.0.0.1"]), "9.9.9.9");
        assert_eq!(found("10.0.0.1", &[], &["10.0.0.1"]), "10.0.0.1");
    }

    #[test]
    fn the_entry_of_the_trusted_proxy_counts_in_whichever_line_it_is() {
        let trusted = ["10.0.0.1"];
        for lines in [
            &["1.1.1.1"][..],
            &["6.6.6.6, 1.1.1.1"],
            &["6.6.6.6", "1.1.1.1"],
            &["6.6.6.6, 7.7.7.7", "8.8.8.8,1.1.1.1"],
            &["garbage", "1.1.1.1"],
        ] {
            assert_eq!(found("10.0.0.1", lines, &trusted), "1.1.1.1", "{lines:?}");
        }
    }

    #[test]
    fn further_trusted_proxies_are_walked_over() {
        let trusted = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];
        for lines in [
            &["6.6.6.6, 1.1.1.1, 10.0.0.3, 10.0.0.2"][..],
            &["6.6.6.6", "1.1.1.1, 10.0.0.3", "10.0.0.2"],
            &["1.1.1.1:4711, ::ffff:10.0.0.3, [::ffff:10.0.0.2]:80"],
        ] {
            assert_eq!(found("10.0.0.1", lines, &trusted), "1.1.1.1", "{lines:?}");
        }
        // Proxies only: the furthest of them asked.
        let inside = found("10.0.0.1", &["10.0.0.3, 10.0.0.2"], &trusted);
        assert_eq!(inside, "10.0.0.3");
    }

    #[test]
    fn what_is_no_address_ends_the_walk_at_the_proxy_that_wrote_it() {
        let trusted = ["10.0.0.1", "10.0.0.2"];
        let lines = ["1.1.1.1, unknown, 10.0.0.2"];
        assert_eq!(found("10.0.0.1", &lines, &trusted), "10.0.0.2");
        assert_eq!(found("10.0.0.1", &["1.1.1.1,"], &trusted), "10.0.0.1");
    }

    #[test]
    fn a_mapped_address_is_the_ipv4_address() {
        assert_eq!(
            found("::ffff:10.0.0.1", &["::ffff:1.1.1.1"], &["10.0.0.1"]),
            "1.1.1.1"
        );
        assert_eq!(
            found("10.0.0.1", &["1.1.1.1"], &["::ffff:10.0.0.1"]),
            "1.1.1.1"
        );
        assert_eq!(found("::ffff:9.9.9.9", &[], &[]), "9.9.9.9");
    }

    #[test]
    fn ipv6_counts_by_its_first_half() {
        let count = |text: &str| counted(text.parse().unwrap()).to_string();
        assert_eq!(count("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(count("::ffff:10.0.0.1"), "10.0.0.1");
        assert_eq!(count("10.0.0.1"), "10.0.0.1");
    }
}
