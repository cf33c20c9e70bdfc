//! Where a request without a token comes from.

use std::net::IpAddr;

/// Where a request comes from, as far as attempts are counted: an IPv4 address or an IPv6 network of 64 bits, since one
/// subscriber has all addresses of such a network. The default stands for "not known".
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Source(u128);

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            // No network of 64 bits has anything in its lower half, so the two never meet.
            IpAddr::V4(address) => Self(u128::from(address.to_ipv6_mapped())),
            IpAddr::V6(address) => Self(u128::from(address) & (u128::MAX << 64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(address: &str) -> Source {
        address.parse::<IpAddr>().unwrap().into()
    }

    #[test]
    fn a_source_is_an_ipv4_address_or_an_ipv6_network() {
        let check = |a: &str, b: &str, same: bool| {
            assert_eq!(source(a) == source(b), same, "{a} {b}");
        };
        check("192.0.2.1", "192.0.2.2", false);
        check("192.0.2.1", "::ffff:192.0.2.1", true);
        check("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true);
        check("2001:db8::1", "2001:db8:0:1::1", false);
        check("::1", "0.0.0.0", false);
    }
}
