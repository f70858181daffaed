//! What keeps other sites out: forms only from our own pages, and headers that forbid browsers what the pages never need.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{app::App, failure::Failure, sign_in::TOKEN_PATH};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()"),
];

/// Adds the security headers to every answer. What does not say how long it may be kept is kept nowhere: pages are personal.
pub(crate) async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if app.is_secure() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Refuses what changes something when it comes from another site. Cookies are `SameSite=Lax` beside it. Only the provider's token
/// endpoint is asked by programs; it reads no cookie.
pub(crate) async fn own_site(State(app): State<App>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || request.uri().path() == TOKEN_PATH || is_own(&app.url, request.headers()) {
        next.run(request).await
    } else {
        Failure::OtherSite.into_response()
    }
}

/// Whether the browser says that our own page sent this. What says nothing is refused: every browser says one of the two.
fn is_own(url: &str, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        // `none` is a person who asks again for a page, which another site cannot make happen.
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            origin == url || text("host").is_some_and(|host| origin.split_once("://").is_some_and(|(_, at)| at == host))
        }
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_may_send_forms() {
        let cases: [(&[(&str, &str)], bool); 9] = [
            (&[("origin", "https://regio.example")], true),
            (&[("origin", "http://127.0.0.1:7480"), ("host", "127.0.0.1:7480")], true),
            (&[("origin", "https://elsewhere.example"), ("host", "127.0.0.1:7480")], false),
            (&[("origin", "null")], false),
            (&[], false),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site"), ("origin", "https://regio.example")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://regio.example")], false),
        ];
        for (given, expected) in cases {
            let headers: HeaderMap =
                given.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect();
            assert_eq!(is_own("https://regio.example", &headers), expected, "{given:?}");
        }
    }
}
