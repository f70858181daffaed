//! Every address of the portal.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};
use tower_http::compression::CompressionLayer;

use crate::{
    app::App,
    assets,
    failure::Failure,
    guard, language, live, pace,
    pages::{
        access_log, account, agreements, board, claim, conflicts, details, employers, home, invitation, messages, mine, open,
        organisations, people, pool, pools, publish, shift, terms, users, waits, wards, who_looked, work,
    },
    sign_in, trace, visit,
};

/// The largest form.
const LARGEST_FORM: usize = 64 * 1024;

/// What leads to a session, and is counted by address.
fn ways_in(app: &App) -> Router<App> {
    Router::new()
        .route("/sign-in", get(sign_in::start))
        .route("/sign-in/callback", get(sign_in::callback))
        .route("/invitation", get(invitation::show).post(invitation::redeem))
        .route_layer(from_fn_with_state(app.clone(), pace::layer))
}

fn pages(app: &App) -> Router<App> {
    Router::new()
        .route("/", get(home::show))
        .route("/language", post(language::choose))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/signed-out", get(sign_in::signed_out))
        .route("/open", get(open::show))
        .route("/mine", get(mine::show))
        .route("/shifts/{id}", get(shift::show))
        .route("/shifts/{id}/claim", post(claim::claim))
        .route("/shifts/{id}/cancel", post(shift::cancel))
        .route("/shifts/{id}/give-back", post(shift::give_back))
        .route("/shifts/{id}/wait", post(waits::join))
        .route("/shifts/{id}/leave", post(waits::leave))
        .route("/shifts/{id}/accept", post(waits::accept))
        .route("/board", get(board::show))
        .route("/board/publish", get(publish::show).post(publish::publish))
        .route("/organisations", get(organisations::list).post(organisations::create))
        .route("/organisations/{id}", get(organisations::show))
        .route("/organisations/{id}/facts", post(details::update))
        .route("/organisations/{id}/leave", post(details::leave))
        .route("/organisations/{id}/locations", post(wards::add_location))
        .route("/organisations/{id}/wards", post(wards::add))
        .route("/organisations/{id}/terms", get(terms::show))
        .route("/organisations/{id}/terms/decisions", post(terms::record_decision))
        .route("/organisations/{id}/terms/costs", post(terms::record_cost))
        .route("/agreements/{id}", get(agreements::show))
        .route("/agreements/{id}/approve", post(agreements::approve))
        .route("/agreements/{id}/amend", post(agreements::amend))
        .route("/agreements/{id}/withdraw", post(agreements::withdraw))
        .route("/agreements/{id}/end", post(agreements::end))
        .route("/wards/{id}", get(wards::show).post(wards::update))
        .route("/organisations/{id}/agreements", post(agreements::create))
        .route("/pools", get(pools::list).post(pools::create))
        .route("/pools/{id}", get(pool::show).post(pool::update))
        .route("/pools/{id}/members", post(pools::add))
        .route("/pools/{id}/members/{organisation}/remove", post(pool::remove))
        .route("/pools/{id}/members/{organisation}/limit", post(pool::limit))
        .route("/people", get(people::list).post(people::create))
        .route("/people/invite", get(users::form).post(users::invite))
        .route("/people/invited", get(users::invited))
        .route("/people/{worker}/invite", post(users::invite_worker))
        .route("/people/{worker}/end-sessions", post(account::end_of_worker))
        .route("/account", get(account::show))
        .route("/account/sessions/{id}/end", post(account::end))
        .route("/account/sign-out-everywhere", post(account::end_all))
        .route("/access-log", get(access_log::show))
        .route("/access-log.csv", get(access_log::csv))
        .route("/who-looked", get(who_looked::show))
        .route("/work", get(work::show).post(work::declare))
        .route("/work/known", post(work::known))
        .route("/work/{id}/remove", post(work::remove))
        .route("/conflicts", get(conflicts::show))
        .route("/employers", get(employers::show))
        .route("/employers/code", post(employers::by_code))
        .route("/employers/confirm", post(employers::confirm))
        .route("/employers/decline", post(employers::decline))
        .route("/messages", get(messages::show))
        .route("/messages/read", post(messages::read))
        .route("/messages/settings", post(messages::set))
        .route("/messages/stop", get(messages::ask_to_stop).post(messages::stop))
        .route("/live", get(live::stream))
        .merge(ways_in(app))
        .merge(sign_in::demo_routes())
}

/// The whole portal. The layers, from outside in: one span and log line, security headers, then for pages who visits in which language,
/// and whether a form is from our own site.
pub(crate) fn all(app: App) -> Router {
    let pages = pages(&app)
        .fallback(|| async { Failure::NotFound })
        .method_not_allowed_fallback(|| async { Failure::NotFound })
        .layer(from_fn_with_state(app.clone(), guard::own_site))
        .layer(from_fn_with_state(app.clone(), visit::layer));
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .merge(assets::routes())
        .merge(pages)
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(app.clone(), guard::headers))
        .layer(from_fn(trace::layer))
        .with_state(app)
}
