use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The network of an IP address, as an address: `/24` for IPv4, `/48` for IPv6. `None` if the text
/// is not an IP address, because such a text cannot be reduced.
pub(crate) fn network(text: &str) -> Option<String> {
    let address = text.trim().parse::<IpAddr>().ok()?;
    Some(match address.to_canonical() {
        IpAddr::V4(v4) => v4_network(v4).to_string(),
        IpAddr::V6(v6) => v6_network(v6).to_string(),
    })
}

fn v4_network(address: Ipv4Addr) -> Ipv4Addr {
    let [a, b, c, _] = address.octets();
    Ipv4Addr::new(a, b, c, 0)
}

fn v6_network(address: Ipv6Addr) -> Ipv6Addr {
    match address.segments() {
        // 6to4 (RFC 3056) holds a complete IPv4 address in its first 48 bits. Keep 24 of the 32
        // bits.
        [0x2002, a, b, ..] => Ipv6Addr::new(0x2002, a, b & 0xff00, 0, 0, 0, 0, 0),
        [a, b, c, ..] => Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_masked_to_its_network() {
        for (address, expected) in [
            ("203.0.113.77", "203.0.113.0"),
            (" 203.0.113.77 ", "203.0.113.0"),
            ("255.255.255.255", "255.255.255.0"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
            ("::1", "::"),
            // An IPv4 address in IPv6 notation.
            ("::ffff:203.0.113.77", "203.0.113.0"),
            ("::203.0.113.77", "::"),
            ("64:ff9b::203.0.113.77", "64:ff9b::"),
            ("2002:cb00:714d::1", "2002:cb00:7100::"),
        ] {
            assert_eq!(network(address).as_deref(), Some(expected), "{address}");
            assert_eq!(network(expected).as_deref(), Some(expected));
        }
    }

    #[test]
    fn invalid_address_has_no_network() {
        for text in [
            "",
            "localhost",
            "203.0.113",
            "203.0.113.77:8080",
            "[::1]",
            "fe80::1%eth0",
            "203.0.113.077",
            "203.0.113.0/24",
        ] {
            assert_eq!(network(text), None, "{text}");
        }
    }
}
