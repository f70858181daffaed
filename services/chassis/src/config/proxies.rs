//! Proxies that stand before the web pages and say for whom.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use ipnet::IpNet;
use serde::{Serialize, Serializer};

/// Networks of proxies, written separated by commas. A single address is a network of one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// The address that stands behind the proxies: of `forwarded`, as in `X-Forwarded-For`, the last that is none of them. What is before it
    /// anybody can have written; without a proxy of ours, so can the whole.
    pub fn behind(&self, peer: IpAddr, forwarded: &[&str]) -> IpAddr {
        let mut address = peer.to_canonical();
        for text in forwarded.iter().rev() {
            if !self.0.iter().any(|network| network.contains(&address)) {
                break;
            }
            // Some proxies write the port too.
            let Ok(before) = text.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip())) else { break };
            address = before.to_canonical();
        }
        address
    }
}

impl FromStr for Proxies {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let network = |text: &str| text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        let all: Option<Vec<_>> = text.split(',').map(str::trim).filter(|text| !text.is_empty()).map(network).collect();
        all.map(Self).ok_or("expected addresses or networks, as in 10.0.0.0/8,192.0.2.1")
    }
}

impl fmt::Display for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&all.join(","))
    }
}

impl Serialize for Proxies {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_our_own_proxies_say_is_believed() {
        let proxies: Proxies = " 10.0.0.0/8, 192.0.2.1,2001:db8::/32,".parse().expect("networks");
        let none = Proxies::default();
        for (proxies, peer, forwarded, expected) in [
            (&none, "10.0.0.1", &["198.51.100.7"][..], "10.0.0.1"),
            (&proxies, "198.51.100.9", &["198.51.100.7"], "198.51.100.9"),
            (&proxies, "10.0.0.1", &[], "10.0.0.1"),
            (&proxies, "10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            (&proxies, "::ffff:10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            (&proxies, "10.0.0.1", &["203.0.113.1", "198.51.100.7"], "198.51.100.7"),
            (&proxies, "10.0.0.1", &["203.0.113.1", "198.51.100.7", "2001:db8::2", "192.0.2.1"], "198.51.100.7"),
            (&proxies, "10.0.0.1", &["203.0.113.1", "unknown"], "10.0.0.1"),
            (&proxies, "10.0.0.1", &["10.0.0.2"], "10.0.0.2"),
            (&proxies, "10.0.0.1", &["198.51.100.7:40000"], "198.51.100.7"),
        ] {
            let address = |text: &str| text.parse::<IpAddr>().expect("an address");
            assert_eq!(proxies.behind(address(peer), forwarded), address(expected), "{proxies}: {peer} for {forwarded:?}");
        }
    }

    #[test]
    fn what_is_no_network_is_told() {
        let proxies: Proxies = "10.0.0.0/8,192.0.2.1".parse().expect("networks");
        assert_eq!(proxies.to_string().parse(), Ok(proxies));
        for wrong in ["proxy.example", "10.0.0.0/33", "10.0.0.0/8 192.0.2.1"] {
            assert!(wrong.parse::<Proxies>().is_err(), "{wrong}");
        }
    }
}
