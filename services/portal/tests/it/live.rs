//! Live updates.

use proto::flexpool::ClaimShiftRequest;
use reqwest::{Method, Response, StatusCode, header};
use testkit::{
    as_token,
    region::{Opening, Person},
    request_id, wait_until,
};

use crate::portal::Portal;

/// Reads a stream of events until one holds a text.
async fn hear(stream: &mut Response, heard: &mut String, text: &str) {
    wait_until("the stream to tell it", async || {
        if heard.contains(text) {
            return Ok(());
        }
        let chunk = stream.chunk().await.expect("the stream goes on").expect("it has no end");
        heard.push_str(&String::from_utf8_lossy(&chunk));
        Err(heard.clone())
    })
    .await;
}

#[tokio::test]
async fn a_claim_is_told_to_the_planner_and_to_other_workers() {
    let mut portal = Portal::start().await;
    let builder = &portal.builder;
    let employer = builder.employer("Zonnehof").await;
    let pool = builder.pool(&[&employer]).await;
    let (worker, other) = (builder.worker(&employer, &Person::default()).await, builder.worker(&employer, &Person::default()).await);
    let (planner, other) = (builder.planner_account(&employer).await, builder.worker_account(&other).await);
    portal.bed.caught_up().await;

    let mut streams = Vec::new();
    for account in [planner, other] {
        let browser = portal.signed_in(&account).await;
        let request = browser.request(Method::GET, "/live").header(header::ACCEPT, "text/event-stream");
        let mut stream = request.send().await.expect("a stream");
        assert_eq!(stream.headers()[header::CONTENT_TYPE], "text/event-stream");
        let mut heard = String::new();
        hear(&mut stream, &mut heard, "event: hello").await;
        streams.push((stream, heard));
    }
    let shift = builder.shift(&employer, &pool, &Opening::on(portal.bed.day(3)).places(2)).await;
    let request = ClaimShiftRequest { shift: shift.id.clone(), request_id: request_id(), ..ClaimShiftRequest::default() };
    portal.bed.claims().claim_shift(as_token(request, &worker.token)).await.expect("a place");
    for (stream, heard) in &mut streams {
        hear(stream, heard, r#""free":"1 of 2 places free""#).await;
        assert!(heard.contains(&format!(r#""shift":"{}""#, shift.id)), "{heard}");
        assert!(!heard.contains("Jansen"), "a name in a stream: {heard}");
    }

    // The streams end with the process, so that it can stop in time.
    portal.bed.stop().await;
    for (mut stream, _) in streams {
        while let Ok(Some(_)) = stream.chunk().await {}
    }
}

#[tokio::test]
async fn a_stream_is_refused_without_a_session_and_never_leads_to_a_page() {
    let portal = Portal::start().await;
    let mut browser = portal.browser();
    let request = browser.request(Method::GET, "/live").header(header::ACCEPT, "text/event-stream");
    assert_eq!(browser.send(request).await.status, StatusCode::UNAUTHORIZED);
}
