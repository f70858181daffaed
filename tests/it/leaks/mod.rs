//! D6 and I8, from outside: whatever a person can be told by stands in no log, trace, metric, event or error to somebody else.
//!
//! Every field that people fill gets a value that is nowhere else in the world; then everything is done and everything goes wrong, at the
//! most talkative log level; then all that left the installation is searched for those values. What may stand there is what D6 allows and
//! is not among them: random ids, the four digits of a postcode, the days of reaching 18, 55 and 57, level, hours, competences, the days
//! of an employment, and the names of organisations, wards and pools.

mod canaries;
mod haystacks;
mod story;
mod wild;

use testkit::{
    Mode, mode,
    otlp::Sink,
    process::{Installation, Options},
    servers::Smtp,
};

use self::{canaries::Canaries, haystacks::Haystack, story::Story};

// Commands run while this test goes on carrying their calls to the replicas.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_somebody_is_leaves_by_no_log_trace_metric_event_or_error() {
    let sink = Sink::start().await;
    let mail = Smtp::start();
    let variables = vec![("REGIOPOOL_LOG", "trace".to_owned()), ("REGIOPOOL_MAIL_SERVER", mail.address())];
    let mut installation = Installation::start(Options { collector: Some(sink.address.clone()), variables }).await;
    let mut canaries = Canaries::new();
    for secret in [&installation.settings().service_secret, &installation.settings().session_key, &installation.settings().token_keys] {
        canaries.keep("a secret of the installation", secret.as_ref().expect("set").expose());
    }
    let mut story = Story::begin(&installation, &mail, &mut canaries).await;
    story.people_come().await;
    story.work_is_shared().await;
    story.files_come_in().await;
    story.everything_is_asked_wrongly().await;
    story.databases_break().await;
    let (worker, answers) = story.end();
    // Everything that is not sent yet goes out.
    installation.stop().await;

    let settings = installation.settings();
    let mut haystacks: Vec<Haystack> = answers.iter().map(haystacks::Answer::hay).collect();
    let sent: Vec<&[u8]> = answers.iter().map(|answer| answer.sent.as_slice()).collect();
    haystacks.extend(installation.logs().into_iter().map(|(name, log)| Haystack::new(format!("the log of {name}"), log)));
    haystacks.push(Haystack::new("spans and metrics", sink.everything()));
    for service in ["members", "flexpool"] {
        haystacks.extend(haystacks::database(settings, service).await);
    }
    if mode() == Mode::Distributed {
        haystacks.push(haystacks::redis(settings).await);
    }
    for (place, control) in haystacks::controls(&worker) {
        let hay = haystacks.iter().filter(|hay| hay.name.starts_with(place));
        assert!(hay.clone().any(|hay| hay.holds(&control)), "the search of {place:?} is blind: there is no {control:?}");
    }
    let found: Vec<String> = haystacks
        .iter()
        .zip(sent.into_iter().chain(std::iter::repeat(&[][..])))
        .flat_map(|(hay, sent)| canaries.found_in(hay, sent))
        .collect();
    assert!(found.is_empty(), "{} leaks:\n{}", found.len(), found[..found.len().min(40)].join("\n"));
}

#[test]
fn every_kind_of_value_is_found_where_it_stands() {
    let mut canaries = Canaries::new();
    let (word, digits, postcode, day) =
        (canaries.word("a name"), canaries.digits("a number", 11), canaries.postcode(), canaries.day("a day"));
    let event = prost::Message::encode_to_vec(&proto::members::Worker { birth_date: Some(day.to_proto()), ..Default::default() });
    for planted in [
        format!("a line with {}", word.to_uppercase()).into_bytes(),
        format!("{digits} x").into_bytes(),
        format!("x{}", postcode.to_lowercase()).into_bytes(),
        format!("born {day}").into_bytes(),
        format!("{:?}", day.to_proto()).into_bytes(),
        event,
    ] {
        assert_eq!(canaries.found_in(&Haystack::new("a place", planted.clone()), b"").len(), 1, "{}", String::from_utf8_lossy(&planted));
    }
    assert_eq!(canaries.found_in(&Haystack::new("a place", "nothing of all that"), b""), Vec::<String>::new());
    // Whoever sent a day may read it in the answer, however it is written there.
    let answer = Haystack::new("an answer", format!("that was no {day}"));
    assert_eq!(canaries.found_in(&answer, &prost::Message::encode_to_vec(&day.to_proto())), Vec::<String>::new());
}
