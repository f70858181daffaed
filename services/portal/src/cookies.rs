//! The cookies. All but the language are encrypted with the session keys; none can be read by a script.
//!
//! The first key encrypts; what an older one encrypted is still read, so that a key can be renewed while everybody stays signed in (D19). What
//! was tampered with, or belongs to another installation or another cookie, is as good as absent.

use std::convert::Infallible;

use axum::{
    http::{HeaderMap, header},
    response::{IntoResponseParts, Response, ResponseParts},
};
use axum_extra::extract::{
    PrivateCookieJar,
    cookie::{Cookie, Key, SameSite},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Serialize, de::DeserializeOwned};
use time::Duration;

use crate::app::App;

/// Who is signed in, and with which tokens.
pub(crate) const SESSION: &str = "regiopool_session";
/// A sign-in on its way to the provider and back.
pub(crate) const ATTEMPT: &str = "regiopool_attempt";
/// A proof of identity that waits for an invitation code.
pub(crate) const PROOF: &str = "regiopool_proof";
/// Something that the next page shows once, such as an invitation code.
pub(crate) const ONCE: &str = "regiopool_once";
/// The chosen language: the one cookie in clear.
pub(crate) const LANGUAGE: &str = "regiopool_language";

/// Over TLS: a browser takes such a cookie from this host alone, not from a neighbour under the same domain.
const OF_THIS_HOST: &str = "__Host-";

const SESSION_LASTS: Duration = Duration::days(30);
const SHORT: Duration = Duration::minutes(10);
/// The longest value that encryption does not make longer than 4,096 bytes: browsers drop such a cookie, silently.
const LARGEST: usize = 2_700;

/// The keys of the setting `session_key`: `kid:base64` of 64 bytes each, separated by commas; a single key needs no name. `None` when
/// one of them is none.
pub(crate) fn keys(text: &str) -> Option<Vec<Vec<u8>>> {
    let key = |text: &str| {
        let text = text.trim();
        let (_, key) = text.split_once(':').unwrap_or(("", text));
        STANDARD.decode(key).ok().filter(|bytes| bytes.len() >= 64)
    };
    text.split(',').map(key).collect()
}

/// The cookies of a request, and those that the answer sets.
#[derive(Clone)]
pub(crate) struct Jar {
    current: PrivateCookieJar,
    older: Vec<PrivateCookieJar>,
}

impl IntoResponseParts for Jar {
    type Error = Infallible;

    fn into_response_parts(self, parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        self.current.into_response_parts(parts)
    }
}

/// The jar of a request, to read from.
pub(crate) fn jar(app: &App, headers: &HeaderMap) -> Jar {
    let with = |key: &Key| PrivateCookieJar::from_headers(headers, key.clone());
    let (first, older) = &app.keys;
    Jar { current: with(first), older: older.iter().map(with).collect() }
}

/// The value in a cookie; `None` when it is absent, was tampered with or is of an older shape.
pub(crate) fn read<T: DeserializeOwned>(app: &App, jar: &Jar, name: &str) -> Option<T> {
    let name = called(app, name);
    let cookie = std::iter::once(&jar.current).chain(&jar.older).find_map(|jar| jar.get(&name))?;
    serde_json::from_str(cookie.value()).ok()
}

/// The jar with this value in a cookie.
pub(crate) fn write<T: Serialize>(app: &App, mut jar: Jar, name: &'static str, value: &T) -> Jar {
    let text = serde_json::to_string(value).unwrap_or_default();
    let lasts = if name == SESSION { SESSION_LASTS } else { SHORT };
    jar.current = jar.current.add(shaped(app, called(app, name), text, lasts));
    jar
}

/// Whether a value fits into a cookie.
pub(crate) fn fits<T: Serialize>(value: &T) -> bool {
    serde_json::to_string(value).is_ok_and(|text| text.len() <= LARGEST)
}

/// The jar without this cookie, also if it cannot be read.
pub(crate) fn remove(app: &App, mut jar: Jar, name: &'static str) -> Jar {
    jar.current = jar.current.add(shaped(app, called(app, name), String::new(), Duration::ZERO));
    jar
}

/// Whether an answer sets the cookie of the session, or removes it.
pub(crate) fn decides_session(app: &App, response: &Response) -> bool {
    let name = called(app, SESSION);
    response.headers().get_all(header::SET_COOKIE).iter().any(|cookie| cookie.as_bytes().starts_with(name.as_bytes()))
}

/// The cookie of the language, in clear.
pub(crate) fn language(app: &App, tag: &str) -> Cookie<'static> {
    shaped(app, LANGUAGE.to_owned(), tag.to_owned(), Duration::days(365))
}

fn called(app: &App, name: &str) -> String {
    format!("{}{name}", if app.is_secure() { OF_THIS_HOST } else { "" })
}

fn shaped(app: &App, name: String, value: String, lasts: Duration) -> Cookie<'static> {
    Cookie::build((name, value)).path("/").http_only(true).same_site(SameSite::Lax).secure(app.is_secure()).max_age(lasts).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_a_list_and_one_alone_needs_no_name() {
        let (one, two) = (STANDARD.encode([1; 64]), STANDARD.encode([2; 64]));
        assert_eq!(keys(&one), Some(vec![vec![1; 64]]));
        assert_eq!(keys(&format!("k2:{two}, k1:{one}")), Some(vec![vec![2; 64], vec![1; 64]]));
        let short = STANDARD.encode([1; 63]);
        for wrong in ["", "k1:", "k1", &format!("k1:{one},"), &format!("k1:{short}"), "k1:not base64"] {
            assert_eq!(keys(wrong), None, "{wrong}");
        }
    }
}
