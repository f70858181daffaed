//! The employers of a worker, and linking another one, without JavaScript.

use proto::members::{CreateWorkerRequest, GetWorkerRequest, Worker};
use reqwest::StatusCode;
use testkit::{
    as_token,
    region::{Colleague, Employer, Person},
};

use crate::{browser::with, portal::Portal};

/// The same person, as another employer writes them; gives the personnel number there.
async fn again(portal: &Portal, person: &Colleague, employer: &Employer) -> String {
    let file = as_token(GetWorkerRequest { id: person.id.clone() }, &person.token);
    let known = portal.bed.workers().get_worker(file).await.expect("the file").into_inner().worker.expect("the file");
    let request = portal.builder.worker_request(employer, &Person::default());
    let worker = Worker {
        first_name: known.first_name,
        last_name: known.last_name,
        birth_date: known.birth_date,
        ..request.worker.clone().expect("a worker")
    };
    let number = request.employment.as_ref().expect("an employment").personnel_number.clone();
    let request = CreateWorkerRequest { worker: Some(worker), ..request };
    portal.bed.workers().create_worker(as_token(request, portal.builder.operator())).await.expect("a worker");
    number
}

#[tokio::test]
async fn a_worker_who_works_elsewhere_too_says_where_and_proves_it() {
    let portal = Portal::start().await;
    let (own, other) = (portal.builder.employer("Zonnehof").await, portal.builder.employer("Maasoever").await);
    let worker = portal.builder.worker(&own, &Person::default()).await;
    let account = portal.builder.worker_account(&worker).await;
    let mut browser = portal.signed_in(&account).await;
    assert!(browser.get("/employers").await.all("#question").is_empty(), "nobody may be the same person");

    let number = again(&portal, &worker, &other).await;
    let page = browser.get("/employers").await;
    assert_eq!(page.all("#question h2"), ["Do you also work at another organisation?"]);
    assert_eq!(page.all(".rows li strong"), ["Zonnehof"], "nothing of the other employer stands there before");
    let form = page.form("/employers/confirm");
    let empty = browser.post("/employers/confirm", &form).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(empty.all("#link-organisation-error1").len() + empty.all("#link-personnel_number-error1").len(), 2);
    let chosen = with(form, &[("organisation", &other.id), ("personnel_number", "another")]);
    let wrong = browser.post("/employers/confirm", &chosen).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        wrong.all("#link-personnel_number-error1"),
        ["This is not right. Look at the organisation and your personnel number there."]
    );
    // The wrong answer was taken, so the same form says something else under another request id.
    let right = with(wrong.form("/employers/confirm"), &[("personnel_number", &number)]);
    let linked = browser.post("/employers/confirm", &right).await;
    let page = browser.follow(linked).await;
    assert_eq!(page.all(".notice"), ["Done: this employer is one of yours now."]);
    assert_eq!(page.all(".rows li strong"), ["Zonnehof", "Maasoever"]);
    assert!(page.all("#question").is_empty());
}

#[tokio::test]
async fn a_worker_says_no_or_has_a_code() {
    let portal = Portal::start().await;
    let (own, other) = (portal.builder.employer("Zonnehof").await, portal.builder.employer("Maasoever").await);
    let worker = portal.builder.worker(&own, &Person::default()).await;
    let account = portal.builder.worker_account(&worker).await;
    again(&portal, &worker, &other).await;
    let mut browser = portal.signed_in(&account).await;
    let page = browser.get("/employers").await;
    let declined = browser.post("/employers/decline", &page.form("/employers/decline")).await;
    let page = browser.follow(declined).await;
    assert_eq!(page.all(".notice"), ["Fine, we will not ask again."]);
    assert!(page.all("#question").is_empty());

    let form = page.form("/employers/code");
    let wrong = browser.post("/employers/code", &with(form, &[("code", "2222-3333-4444")])).await;
    assert!(wrong.status.is_client_error() && wrong.text().contains("code"), "{}", wrong.text());
    assert_eq!(wrong.attributes("#code-code", "value"), ["2222-3333-4444"]);
    // Who is no worker has no employers.
    let planner = portal.builder.planner_account(&own).await;
    assert_eq!(portal.signed_in(&planner).await.get("/employers").await.status, StatusCode::FORBIDDEN);
}
