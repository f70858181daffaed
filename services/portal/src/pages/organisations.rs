//! Who takes part: organisations and their wards.

use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use proto::members::{
    Branch, CreateOrganisationRequest, GetOrganisationRequest, ListAgreementsRequest, ListLocationsRequest, ListOrganisationsRequest,
    ListWardsRequest, Location, Organisation, Role, Ward,
};
use serde::Deserialize;
use wording::{Words, states};

use crate::{
    failure::{Failure, Problems},
    forms::{Choice, Form, Input, Kind},
    pages::{agreement_form, agreements, details, wards},
    view::{Page, encode, html},
    visit::Signed,
};

/// Which page, and what was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    page: String,
    done: String,
}

struct Row {
    id: String,
    name: String,
    branch: &'static str,
    kvk_number: String,
}

#[derive(Template)]
#[template(path = "organisations.html")]
struct OrganisationsPage {
    page: Page,
    rows: Vec<Row>,
    form: Option<Form>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "organisation.html")]
struct OrganisationPage {
    page: Page,
    row: Row,
    facts: Vec<(&'static str, String)>,
    facts_form: Option<Form>,
    leave_form: Option<Form>,
    locations: Vec<Location>,
    location_form: Option<Form>,
    problem: Option<String>,
    wards: Vec<Ward>,
    ward_form: Option<Form>,
    agreements: Vec<agreements::Row>,
    agreement_form: Option<Form>,
    shows_agreements: bool,
}

fn row(words: Words, organisation: Organisation) -> Row {
    let branch = states::branch(words.0, organisation.branch());
    Row { branch, id: organisation.id, name: organisation.name, kvk_number: organisation.kvk_number }
}

/// `GET /organisations`.
pub(crate) async fn list(signed: Signed, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    list_page(&signed, wish, None).await
}

/// `POST /organisations`.
pub(crate) async fn create(signed: Signed, input: Input) -> Result<Response, Failure> {
    let organisation = Organisation {
        name: input.text("name").to_owned(),
        kvk_number: input.text("kvk_number").to_owned(),
        branch: input.text("branch").parse().unwrap_or(0),
        joined_on: input.proto_date("joined_on"),
        ..Organisation::default()
    };
    let request = CreateOrganisationRequest { organisation: Some(organisation), request_id: input.text("request_id").to_owned() };
    match signed.organisations().create_organisation(signed.ask(request)).await {
        Ok(answer) => {
            let id = answer.into_inner().organisation.map(|organisation| organisation.id).unwrap_or_default();
            Ok(Redirect::to(&format!("/organisations/{}?done=created", encode(&id))).into_response())
        }
        Err(status) => {
            let problems = Problems::of(signed.language(), status)?;
            list_page(&signed, Wish::default(), Some((input, problems))).await
        }
    }
}

async fn list_page(signed: &Signed, wish: Wish, sent: Option<(Input, Problems)>) -> Result<Response, Failure> {
    let request = ListOrganisationsRequest { page_size: 50, page_token: wish.page };
    let answer = signed.organisations().list_organisations(signed.ask(request)).await?.into_inner();
    let words = signed.words();
    let form = signed.session.is_operator().then(|| {
        let today = signed.visit.app.frame.clock.now().local_date().to_string();
        let form = Form::new("organisation", "/organisations", words.organisation_submit())
            .field("name", words.field_name(), Kind::Text(120))
            .field("kvk_number", words.field_kvk_number(), Kind::Text(8))
            .hint(words.hint_kvk_number())
            .field("branch", words.field_branch(), Kind::Select(branches(words)))
            .field("joined_on", words.field_joined_on(), Kind::Date)
            .value(today);
        sent_back(words, form, sent)
    });
    let template = OrganisationsPage {
        page: Page::new(&signed.visit, words.organisations_title()),
        rows: answer.organisations.into_iter().map(|one| row(words, one)).collect(),
        next: (!answer.next_page_token.is_empty()).then(|| format!("/organisations?page={}", encode(&answer.next_page_token))),
        form,
    };
    Ok(html(template.form.as_ref().map_or(StatusCode::OK, |form| form.status), &template))
}

/// The form as it was sent, with what was wrong; as it is when nothing was sent.
pub(crate) fn sent_back(words: Words, form: Form, sent: Option<(Input, Problems)>) -> Form {
    match sent {
        Some((input, problems)) => form.filled(&input).blamed(words, problems),
        None => form,
    }
}

/// Every branch.
pub(crate) fn branches(words: Words) -> Vec<Choice> {
    let all = (1..).map_while(|number| Branch::try_from(number).ok());
    all.map(|branch| Choice::new((branch as i32).to_string(), states::branch(words.0, branch))).collect()
}

/// A form of an organisation's page that was sent and came back.
#[derive(Default)]
pub(crate) struct Sent {
    pub(crate) facts: Option<(Input, Problems)>,
    /// Whether the facts were changed by somebody else meanwhile: then they are shown as they are.
    pub(crate) stale: bool,
    pub(crate) leave: Option<(Input, Problems)>,
    pub(crate) location: Option<(Input, Problems)>,
    pub(crate) ward: Option<(Input, Problems)>,
    pub(crate) agreement: Option<(Input, Problems)>,
}

/// `GET /organisations/{id}`.
pub(crate) async fn show(signed: Signed, Path(id): Path<String>, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    page(&signed, &id, &wish.done, Sent::default()).await
}

/// The page of one organisation.
pub(crate) async fn page(signed: &Signed, id: &str, done: &str, sent: Sent) -> Result<Response, Failure> {
    let session = &signed.session;
    let may_see = session.is_operator() || [Role::Planner, Role::Hr, Role::Finance].iter().any(|role| session.acts_for(*role, id));
    let wards = ListWardsRequest { organisation: id.to_owned(), page_size: 200, page_token: String::new() };
    let agreed = ListAgreementsRequest { organisation: id.to_owned(), page_size: 50, page_token: String::new() };
    let places = ListLocationsRequest { organisation: id.to_owned(), page_size: 200, page_token: String::new() };
    let (mut one, mut two, mut three) = (signed.organisations(), signed.organisations(), signed.organisations());
    let (organisation, locations, wards, agreed) = tokio::join!(
        one.get_organisation(signed.ask(GetOrganisationRequest { id: id.to_owned() })),
        three.list_locations(signed.ask(places)),
        two.list_wards(signed.ask(wards)),
        async { if may_see { signed.agreements().list_agreements(signed.ask(agreed)).await.map(Some) } else { Ok(None) } },
    );
    let organisation = organisation?.into_inner().organisation.ok_or(Failure::NotFound)?;
    let agreed = agreed?.map(|answer| answer.into_inner().agreements).unwrap_or_default();
    let words = signed.words();
    let path = format!("/organisations/{}", encode(id));
    let locations = locations?.into_inner().locations;
    let keeps = session.is_operator() || session.acts_for(Role::Hr, id);
    let problem = sent.facts.as_ref().filter(|_| sent.stale).and_then(|(_, problems)| problems.general.clone());
    let facts = sent.facts.filter(|_| !sent.stale);
    let facts_form = session.is_operator().then(|| sent_back(words, details::form(words, &path, &organisation), facts));
    let leave_form = session.is_operator().then(|| sent_back(words, details::leave_form(words, &path), sent.leave));
    let location_form = keeps.then(|| sent_back(words, wards::location_form(words, &path), sent.location));
    let ward_form = keeps.then(|| sent_back(words, wards::ward_form(words, &path, &locations), sent.ward));
    let today = signed.visit.app.frame.clock.now().local_date();
    let agreement_form = session.is_operator().then(|| sent_back(words, agreement_form::form(words, &path, today), sent.agreement));
    let notice = match done {
        "created" => Some(words.organisation_created_notice()),
        "saved" => Some(words.saved_notice()),
        "leaves" => Some(words.leave_notice()),
        "location" => Some(words.location_notice()),
        "ward" => Some(words.ward_created_notice()),
        "agreement" => Some(words.agreement_created_notice()),
        _ => None,
    };
    let status = [&facts_form, &leave_form, &location_form, &ward_form, &agreement_form]
        .into_iter()
        .flatten()
        .map(|form| form.status)
        .find(|status| *status != StatusCode::OK);
    let template = OrganisationPage {
        page: Page::new(&signed.visit, organisation.name.clone()).with_notice(notice),
        facts: details::facts(words, &organisation),
        facts_form,
        leave_form,
        locations,
        location_form,
        problem,
        row: row(words, organisation),
        wards: wards?.into_inner().wards,
        ward_form,
        agreements: agreed.into_iter().map(|one| agreements::row(words, &one, "")).collect(),
        agreement_form,
        shows_agreements: may_see,
    };
    let stale = template.problem.as_ref().map(|_| StatusCode::CONFLICT);
    Ok(html(stale.or(status).unwrap_or(StatusCode::OK), &template))
}
