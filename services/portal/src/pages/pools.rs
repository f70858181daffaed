//! Pools: organisations that share shifts.

use std::collections::HashMap;

use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chassis::ids::random_uuid;
use proto::members::{AddPoolMemberRequest, CreatePoolRequest, ListOrganisationsRequest, ListPoolsRequest, Pool, PoolKind};
use serde::Deserialize;
use wording::states;

use crate::{
    failure::{Failure, Problems},
    forms::{Choice, Form, Input, Kind},
    pages::{organisations::sent_back, pool},
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
    kind: &'static str,
    organisations: Vec<String>,
    /// Organisations that may be added.
    others: Vec<Choice>,
    request_id: String,
}

#[derive(Template)]
#[template(path = "pools.html")]
struct PoolsPage {
    page: Page,
    rows: Vec<Row>,
    form: Option<Form>,
    has_organisations: bool,
    next: Option<String>,
}

/// `GET /pools`.
pub(crate) async fn list(signed: Signed, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    page(&signed, wish, None).await
}

/// `POST /pools`.
pub(crate) async fn create(signed: Signed, input: Input) -> Result<Response, Failure> {
    let kind = input.text("kind").parse().unwrap_or(0);
    let pool = Pool { name: input.text("name").to_owned(), organisations: input.all("organisations"), kind, ..Pool::default() };
    let request = CreatePoolRequest { pool: Some(pool), request_id: input.text("request_id").to_owned() };
    match signed.pools().create_pool(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to("/pools?done=created").into_response()),
        Err(status) => {
            let problems = Problems::of(signed.language(), status)?;
            page(&signed, Wish::default(), Some((input, problems))).await
        }
    }
}

/// `POST /pools/{id}/members`.
pub(crate) async fn add(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let organisation = input.text("organisation").to_owned();
    let request = AddPoolMemberRequest { pool: id, organisation, request_id: input.text("request_id").to_owned() };
    signed.pools().add_pool_member(signed.ask(request)).await?;
    Ok(Redirect::to("/pools?done=added").into_response())
}

async fn page(signed: &Signed, wish: Wish, sent: Option<(Input, Problems)>) -> Result<Response, Failure> {
    let (mut one, mut two) = (signed.pools(), signed.organisations());
    let (pools, organisations) = tokio::join!(
        one.list_pools(signed.ask(ListPoolsRequest { page_size: 50, page_token: wish.page })),
        two.list_organisations(signed.ask(ListOrganisationsRequest { page_size: 200, page_token: String::new() })),
    );
    let pools = pools?.into_inner();
    let organisations = organisations?.into_inner().organisations;
    let is_operator = signed.session.is_operator();
    let names: HashMap<&str, &str> = organisations.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
    let words = signed.words();
    let rows = pools.pools.into_iter().map(|pool| {
        let others = organisations.iter().filter(|one| is_operator && !pool.organisations.contains(&one.id));
        Row {
            others: others.map(|one| Choice::new(one.id.clone(), one.name.clone())).collect(),
            organisations: pool.organisations.iter().map(|id| names.get(id.as_str()).copied().unwrap_or(id).to_owned()).collect(),
            kind: states::pool_kind(words.0, pool.kind()),
            id: pool.id,
            name: pool.name,
            request_id: random_uuid().to_string(),
        }
    });
    let rows = rows.collect();
    let form = is_operator.then(|| {
        let choices = organisations.iter().map(|one| Choice::new(one.id.clone(), one.name.clone())).collect();
        let form = Form::new("pool", "/pools#new", words.pool_submit())
            .field("name", words.field_pool_name(), Kind::Text(120))
            .field("kind", words.pool_kind(), Kind::Select(pool::kinds(words, PoolKind::Region)))
            .field("organisations", words.field_pool_organisations(), Kind::Checks(choices));
        sent_back(words, form, sent)
    });
    let notice = match wish.done.as_str() {
        "created" => Some(words.pool_created_notice()),
        "added" => Some(words.pool_added_notice()),
        _ => None,
    };
    let template = PoolsPage {
        page: Page::new(&signed.visit, words.pools_title()).with_notice(notice),
        rows,
        form,
        has_organisations: !organisations.is_empty(),
        next: (!pools.next_page_token.is_empty()).then(|| format!("/pools?page={}", encode(&pools.next_page_token))),
    };
    Ok(html(template.form.as_ref().map_or(StatusCode::OK, |form| form.status), &template))
}
