//! The cookies. All but the language are encrypted with the session key; none can be read by a script.

use axum::http::HeaderMap;
use axum_extra::extract::{
    PrivateCookieJar,
    cookie::{Cookie, SameSite},
};
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

const SESSION_LASTS: Duration = Duration::days(30);
const SHORT: Duration = Duration::minutes(10);

/// The jar of a request, to read from.
pub(crate) fn jar(app: &App, headers: &HeaderMap) -> PrivateCookieJar {
    PrivateCookieJar::from_headers(headers, app.key.clone())
}

/// The value in a cookie; `None` when it is absent, was tampered with or is of an older shape.
pub(crate) fn read<T: DeserializeOwned>(jar: &PrivateCookieJar, name: &str) -> Option<T> {
    serde_json::from_str(jar.get(name)?.value()).ok()
}

/// The jar with this value in a cookie.
pub(crate) fn write<T: Serialize>(app: &App, jar: PrivateCookieJar, name: &'static str, value: &T) -> PrivateCookieJar {
    let text = serde_json::to_string(value).unwrap_or_default();
    let lasts = if name == SESSION { SESSION_LASTS } else { SHORT };
    jar.add(shaped(app, name, text, lasts))
}

/// The jar without this cookie.
pub(crate) fn remove(app: &App, jar: PrivateCookieJar, name: &'static str) -> PrivateCookieJar {
    jar.remove(shaped(app, name, String::new(), Duration::ZERO))
}

/// The cookie of the language, in clear.
pub(crate) fn language(app: &App, tag: &str) -> Cookie<'static> {
    shaped(app, LANGUAGE, tag.to_owned(), Duration::days(365))
}

fn shaped(app: &App, name: &'static str, value: String, lasts: Duration) -> Cookie<'static> {
    Cookie::build((name, value)).path("/").http_only(true).same_site(SameSite::Lax).secure(app.is_secure()).max_age(lasts).build()
}
