//! Origins of web pages, as browsers write them.

use std::{fmt, ops::Deref, str::FromStr};

use serde::{Serialize, Serializer};
use tonic::transport::Uri;

/// Exact origins: scheme, host and, unless it is the scheme's own, port. Written separated by commas.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origins(Vec<String>);

impl Deref for Origins {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

impl FromStr for Origins {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        let all: Option<Vec<_>> = origins.map(|origin| is_origin(origin).then(|| origin.to_owned())).collect();
        all.map(Self).ok_or("expected exact origins as browsers send them, as in https://pages.example,http://localhost:5173")
    }
}

/// What no browser ever sends would be a permission that never counts.
fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else { return false };
    let default_port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return false,
    };
    let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    uri.port_u16() != Some(default_port) && text == format!("{scheme}://{host}{port}").to_lowercase() && !host.contains('*')
}

impl fmt::Display for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

impl Serialize for Origins {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_browser_sends_is_an_origin() {
        let origins: Origins = " https://pages.example, http://localhost:5173,,http://[::1]:1 ".parse().expect("origins");
        assert_eq!(&*origins, ["https://pages.example", "http://localhost:5173", "http://[::1]:1"]);
        assert_eq!(origins.to_string().parse(), Ok(origins));
        assert_eq!("".parse(), Ok(Origins::default()));
        for wrong in [
            "*",
            "null",
            "pages.example",
            "ftp://pages.example",
            "https://",
            "https://pages.example/",
            "https://pages.example/a",
            "https://pages.example?a",
            "https://pages.example:443",
            "http://pages.example:80",
            "https://Pages.example",
            "https://*.example",
            "https://me@pages.example",
            "https://a.example,*",
        ] {
            assert!(wrong.parse::<Origins>().is_err(), "{wrong}");
        }
    }
}
