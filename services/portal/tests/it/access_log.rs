//! Who looked at whose file, as the auditor and the person see it (D17).

use proto::{
    flexpool::ClaimShiftRequest,
    members::{GetWorkerRequest, Role},
};
use reqwest::StatusCode;
use testkit::{
    as_token,
    region::{Colleague, Employer, Opening, Person},
    request_id,
};

use crate::{browser::Browser, portal::Portal};

struct Scene {
    portal: Portal,
    employer: Employer,
    sam: Colleague,
    worker: Browser,
    auditor: Browser,
}

/// A worker on a shift, whom a planner saw on the board and hr in the file.
async fn scene() -> Scene {
    let portal = Portal::start().await;
    let builder = &portal.builder;
    let employer = builder.employer("Zonnehof").await;
    let pool = builder.pool(&[&employer]).await;
    let sam = builder.worker(&employer, &Person::default()).await;
    let account = builder.worker_account(&sam).await;
    portal.bed.caught_up().await;
    let shift = builder.shift(&employer, &pool, &Opening::on(portal.bed.day(3))).await;
    let claim = ClaimShiftRequest { shift: shift.id, request_id: request_id(), ..Default::default() };
    portal.bed.claims().claim_shift(as_token(claim, &sam.token)).await.expect("a place");
    let planner = builder.planner_account(&employer).await;
    let mut planners = portal.signed_in(&planner).await;
    // Signing in led to the board already.
    for _ in 0..2 {
        assert!(planners.get("/board").await.text().contains("Sam Jansen"));
    }
    let file = GetWorkerRequest { id: sam.id.clone() };
    portal.bed.workers().get_worker(as_token(file, &employer.hr)).await.expect("the file");
    let (worker, auditor) = (portal.signed_in(&account).await, portal.account(Role::Auditor, "").await);
    let auditor = portal.signed_in(&auditor).await;
    Scene { portal, employer, sam, worker, auditor }
}

#[tokio::test]
async fn a_worker_sees_who_looked_at_the_own_file_in_plain_words() {
    let Scene { portal, mut worker, .. } = scene().await;
    let page = worker.get("/who-looked").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert_eq!(page.all("h1"), ["Who looked at my file"]);
    assert_eq!(page.all(".looked strong"), ["Program testkit", "Robin Planner"]);
    assert_eq!(page.all(".looked div:first-child .soft"), ["Zonnehof", "Zonnehof"]);
    let what = page.all(".what");
    let expected = ["Looked at your details, your employment and your competences", "Saw which of the organisation's shifts you are on"];
    assert_eq!(what, expected);
    assert!(page.all(".looked li > .soft")[1].starts_with("3 times, last at "), "{}", page.text());
    assert!(page.all("nav.tabs a[aria-current]").iter().any(|link| link.contains("Who looked?")), "{}", page.text());
    worker.language = "nl";
    let page = worker.get("/who-looked").await;
    assert_eq!(page.all("h1"), ["Wie keek in mijn dossier"]);
    assert!(page.all(".what")[0].starts_with("Bekeek je gegevens"), "{}", page.text());
    assert_eq!(worker.get("/access-log").await.status, StatusCode::FORBIDDEN);
    assert_eq!(worker.get("/access-log.csv").await.status, StatusCode::FORBIDDEN);

    // Without members there are no names, and the page goes on with what flexpool knows.
    let mut elsewhere = worker.at(&portal.without_members().await);
    let page = elsewhere.get("/who-looked").await;
    assert_eq!((page.status, page.all(".what").len()), (StatusCode::OK, 1), "{}", page.text());
    assert_eq!(page.all(".problem").len(), 1, "{}", page.text());
}

#[tokio::test]
async fn somebody_whom_nobody_looked_at_is_told_so() {
    let portal = Portal::start().await;
    let employer = portal.builder.employer("Zonnehof").await;
    let sam = portal.builder.worker(&employer, &Person::default()).await;
    let account = portal.builder.worker_account(&sam).await;
    let page = portal.signed_in(&account).await.get("/who-looked").await;
    assert_eq!(page.all(".empty"), ["Nobody has looked at your data yet."]);
}

#[tokio::test]
async fn an_auditor_finds_reads_by_person_reader_organisation_and_day() {
    let Scene { portal, employer, sam, mut auditor, .. } = scene().await;
    let other = portal.builder.worker(&employer, &Person::default()).await;
    portal.bed.workers().get_worker(as_token(GetWorkerRequest { id: other.id }, portal.builder.operator())).await.expect("the file");

    let home = auditor.get("/").await;
    assert_eq!(home.leads_to(&portal.url), "/access-log");
    let all = auditor.get("/access-log").await;
    assert_eq!(all.status, StatusCode::OK, "{}", all.text());
    assert_eq!(all.all(".looked li").len(), 5, "{}", all.text());
    assert!(all.all(".looked div:first-child")[0].ends_with("Program testkit for the region"), "{}", all.text());
    // The newest first, over both services.
    let what: Vec<String> = all.all(".what").into_iter().map(|text| text.split(':').next().unwrap_or_default().to_owned()).collect();
    let (file, shifts) = ("Looked at details, employment and competences", "Looked at who is on shifts");
    assert_eq!(what, [file, file, shifts, shifts, shifts]);

    let about_sam = all.attributes(".what a", "href").into_iter().find(|href| href.contains(&sam.id)).expect("a link");
    let narrow = auditor.get(&about_sam).await;
    assert_eq!(narrow.all(".looked li").len(), 4);
    assert!(narrow.all(".chips li")[0].starts_with("About: Sam Jansen"), "{}", narrow.text());
    let by_planner = narrow.attributes(".looked div:first-child a", "href").into_iter().find(|href| href.contains("reader=usr_"));
    let narrower = auditor.get(&by_planner.expect("a link")).await;
    assert_eq!((narrower.all(".looked li").len(), narrower.all(".chips li").len()), (3, 2));
    assert_eq!(narrower.attributes("input[type=hidden][name=reader]", "value").len(), 1, "the form keeps who it is about");

    let organisation = auditor.get(&format!("/access-log?organisation={}", employer.id)).await;
    assert_eq!(organisation.all(".looked li").len(), 4);
    assert_eq!(organisation.all("option[selected]"), ["Zonnehof"]);
    let tomorrow = auditor.get(&format!("/access-log?from={}", portal.bed.day(1))).await;
    assert_eq!(tomorrow.all(".empty"), ["Nobody looked, with this choice."]);
    let wrong = auditor.get(&format!("/access-log?from={}&until={}", portal.bed.day(1), portal.bed.day(0))).await;
    assert_eq!((wrong.status, wrong.all(".problem").len()), (StatusCode::UNPROCESSABLE_ENTITY, 1), "{}", wrong.text());
}

#[tokio::test]
async fn the_pages_and_the_file_give_every_read_once_over_all_services() {
    let Scene { portal, employer, sam, mut auditor, .. } = scene().await;
    for _ in 0..60 {
        let file = GetWorkerRequest { id: sam.id.clone() };
        portal.bed.workers().get_worker(as_token(file, &employer.hr)).await.expect("the file");
    }
    let first = auditor.get("/access-log").await;
    assert_eq!(first.all(".looked li").len(), 50);
    let next = first.attributes(".more a", "href");
    let second = auditor.get(&next[0]).await;
    assert_eq!((second.all(".looked li").len(), second.attributes(".more a", "href").len()), (14, 0));

    let href = first.attributes("a[download]", "href").remove(0);
    let file = auditor.get(&href).await;
    assert_eq!(file.status, StatusCode::OK);
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    let lines: Vec<&str> = file.body.lines().collect();
    assert_eq!(lines.len(), 1 + 64);
    assert!(lines[0].starts_with("\"time\",\"service\""), "{}", lines[0]);
    assert!(lines[64].contains("\"flexpool\",\"ClaimService/ListClaims\"") && lines[64].contains("Robin Planner"), "{}", lines[64]);
    assert!(!file.body.contains("Jansen"), "the file names workers");
    let mut elsewhere = auditor.at(&portal.without_members().await);
    assert_eq!(elsewhere.get("/access-log.csv").await.status, StatusCode::SERVICE_UNAVAILABLE, "half of it is no file");
}
