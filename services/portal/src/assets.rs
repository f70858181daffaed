//! The style sheet, the script and the icon: in the binary, under names that change with their content, kept by browsers for a year.

use std::sync::LazyLock;

use axum::{
    Router,
    http::{HeaderName, header},
    response::IntoResponse,
    routing::get,
};
use sha2::{Digest, Sha256};

const CSS: &str = include_str!("../assets/portal.css");
const SCRIPT: &str = include_str!("../assets/portal.js");
const ICON: &str = include_str!("../assets/icon.svg");

const YEAR: (HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=31536000, immutable");
const DAY: (HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=86400");

/// Where the files are.
pub(crate) struct Assets {
    pub(crate) css: String,
    pub(crate) script: String,
    pub(crate) icon: String,
}

/// The addresses of this build.
pub(crate) static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let address = |content: &str, name: &str| {
        let digest = Sha256::digest(content.as_bytes());
        let short: String = digest[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("/assets/{short}/{name}")
    };
    Assets { css: address(CSS, "portal.css"), script: address(SCRIPT, "portal.js"), icon: address(ICON, "icon.svg") }
});

fn manifest() -> String {
    let icon = |purpose: &str| serde_json::json!({ "src": ASSETS.icon, "sizes": "any", "type": "image/svg+xml", "purpose": purpose });
    serde_json::json!({
        "name": "Regiopool",
        "short_name": "Regiopool",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "lang": "nl",
        "background_color": "#f6f8f7",
        "theme_color": "#0b5d5a",
        "icons": [icon("any"), icon("maskable")],
    })
    .to_string()
}

/// The routes of the files. An older name gives the newer file, so that a page from before an update still looks right.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let file = |kind: &'static str, content: &'static str| {
        get(move || async move { ([(header::CONTENT_TYPE, kind), (YEAR.0, YEAR.1)], content).into_response() })
    };
    Router::new()
        .route("/assets/{version}/portal.css", file("text/css; charset=utf-8", CSS))
        .route("/assets/{version}/portal.js", file("text/javascript; charset=utf-8", SCRIPT))
        .route("/assets/{version}/icon.svg", file("image/svg+xml", ICON))
        .route("/favicon.ico", get(|| async { ([(header::CONTENT_TYPE, "image/svg+xml"), (DAY.0, DAY.1)], ICON) }))
        .route(
            "/manifest.webmanifest",
            get(|| async { ([(header::CONTENT_TYPE, "application/manifest+json"), (DAY.0, DAY.1)], manifest()) }),
        )
}
