//! One trace shows what a call set off, over every process and through the events, at the collector.

use proto::{
    flexpool::WatchShiftsRequest,
    members::{CreateUnavailabilityRequest, Unavailability},
};
use testkit::{
    Mode, as_token, mode,
    otlp::{Sink, Span},
    process::{Installation, Options},
    region::{Builder, Opening, Person},
    request_id, wait_until,
};

use crate::browser::Browser;

/// The name under which the processes that serve this service report.
fn reported_by(service: &'static str) -> &'static str {
    match (mode(), service) {
        (Mode::Embedded, _) => "regiopool-up",
        (Mode::Distributed, "members") => "regiopool-members",
        (Mode::Distributed, "flexpool") => "regiopool-flexpool",
        (Mode::Distributed, _) => "regiopool-portal",
    }
}

/// No span may say who somebody is.
fn assert_nameless(spans: &[Span]) {
    for span in spans {
        let said = format!("{} {:?}", span.name, span.attributes);
        assert!(!["Sam", "Jansen", "Robin", "6001AB"].iter().any(|word| said.contains(word)), "{said}");
    }
}

/// Every span but the first hangs on another one of the trace.
fn assert_connected(spans: &[Span]) {
    let roots: Vec<_> = spans.iter().filter(|span| !spans.iter().any(|other| other.id == span.parent)).map(|span| &span.name).collect();
    assert_eq!(roots.len(), 1, "{roots:?}");
}

#[tokio::test]
async fn a_claim_in_the_portal_is_one_trace_to_the_readers_of_its_event() {
    let sink = Sink::start().await;
    let installation = Installation::start(Options { collector: Some(sink.address.clone()), ..Options::default() }).await;
    let builder = Builder::new(&installation.region).await;
    let employer = builder.employer("Zonnehof").await;
    let pool = builder.pool(&[&employer]).await;
    let colleague = builder.worker(&employer, &Person::default()).await;
    let worker = builder.worker_account(&colleague).await;
    installation.caught_up().await;
    builder.shift(&employer, &pool, &Opening::on(installation.region.day(3))).await;
    // Somebody who watches is a reader of the broadcast.
    let watched = installation.region.shifts().watch_shifts(as_token(WatchShiftsRequest {}, &employer.planner)).await;
    let mut watched = watched.expect("a stream").into_inner();

    let mut browser = Browser::new(installation.portal());
    browser.sign_in(&worker).await;
    let open = browser.get("/open?claimable=1").await;
    let claim = open.forms().into_iter().find(|form| form.action.ends_with("/claim")).unwrap_or_else(|| panic!("{}", open.text()));
    browser.submit(&claim).await;
    wait_until("the planner's stream to tell of the claim", async || {
        let word = watched.message().await.expect("the stream goes on").expect("it has no end");
        word.after.filter(|shift| shift.taken == 1).ok_or_else(|| "another word".to_owned())
    })
    .await;

    let confirmed = "regiopool.flexpool.v1.ClaimConfirmed";
    let spans = sink
        .wait_for_trace(&[
            (reported_by("portal"), "portal POST /shifts/{id}/claim"),
            (reported_by("flexpool"), "regiopool.flexpool.v1.ClaimService/ClaimShift"),
            (reported_by("flexpool"), &format!("bus publish {confirmed}")),
            (reported_by("flexpool"), &format!("bus broadcast {confirmed}")),
        ])
        .await;
    assert_connected(&spans);
    assert_nameless(&sink.spans());
}

#[tokio::test]
async fn a_new_worker_is_one_trace_from_members_to_the_consumer_in_flexpool() {
    let sink = Sink::start().await;
    let installation = Installation::start(Options { collector: Some(sink.address.clone()), ..Options::default() }).await;
    let builder = Builder::new(&installation.region).await;
    let employer = builder.employer("Zonnehof").await;
    builder.worker(&employer, &Person::default()).await;

    let created = "regiopool.members.v1.WorkerCreated";
    let spans = sink
        .wait_for_trace(&[
            (reported_by("members"), "regiopool.members.v1.WorkerService/CreateWorker"),
            (reported_by("members"), &format!("bus publish {created}")),
            (reported_by("flexpool"), &format!("bus apply {created}")),
        ])
        .await;
    assert_connected(&spans);
    assert_nameless(&sink.spans());
    wait_until("the collector to get what is counted", async || {
        let metrics = sink.metrics();
        if metrics.contains("regiopool.rpc.calls") { Ok(()) } else { Err(format!("{metrics:?}")) }
    })
    .await;
}

/// The calls of two people who record that somebody is away look alike, and nothing that comes of them hangs on them (D7).
#[tokio::test]
async fn no_trace_leads_from_an_absence_to_who_recorded_it() {
    let sink = Sink::start().await;
    let installation = Installation::start(Options { collector: Some(sink.address.clone()), ..Options::default() }).await;
    let builder = Builder::new(&installation.region).await;
    let employer = builder.employer("Zonnehof").await;
    let colleague = builder.worker(&employer, &Person::default()).await;
    for token in [&employer.hr, &colleague.token] {
        let from = installation.region.day(3).at_minute(0, false).expect("midnight").to_proto();
        let period = Unavailability { worker: colleague.id.clone(), from: Some(from), ..Unavailability::default() };
        let request = CreateUnavailabilityRequest { unavailability: Some(period), request_id: request_id() };
        installation.region.unavailabilities().create_unavailability(as_token(request, token)).await.expect("recorded");
    }
    installation.caught_up().await;
    let method = "regiopool.members.v1.UnavailabilityService/CreateUnavailability";
    let calls = wait_until("both calls to be told", async || {
        let calls: Vec<Span> = sink.spans().into_iter().filter(|span| span.name == method).collect();
        if calls.len() == 2 { Ok(calls) } else { Err(format!("{calls:?}")) }
    })
    .await;
    for call in &calls {
        assert!(!call.attributes.contains_key("caller") && call.attributes.contains_key("region"), "{:?}", call.attributes);
        assert!(!sink.trace(&call.trace).iter().any(|span| span.name.starts_with("bus ")), "an event hangs on the call");
    }
}
