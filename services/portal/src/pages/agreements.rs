//! What an organisation agreed to, on the organisation's page.

use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use chassis::time::LocalDate;
use proto::members::{Agreement, Basis, CreateAgreementRequest};
use wording::{Words, clock, states};

use crate::{
    failure::{Failure, Problems},
    forms::{Choice, Form, Input, Kind},
    pages::organisations::{Sent, page},
    view::encode,
    visit::Signed,
};

/// An agreement as lists show it.
pub(crate) struct Row {
    pub(crate) period: String,
    pub(crate) bases: Vec<&'static str>,
}

/// An agreement in words.
pub(crate) fn row(words: Words, agreement: &Agreement) -> Row {
    let day = |date: &Option<proto::Date>| date.as_ref().and_then(LocalDate::from_proto).map(|date| clock::date(words.0, date));
    Row {
        period: words.from_until(&day(&agreement.from).unwrap_or_default(), day(&agreement.until).as_deref()),
        bases: agreement.bases().map(|basis| states::basis(words.0, basis)).collect(),
    }
}

/// The form for a new agreement.
pub(crate) fn form(words: Words, path: &str, today: LocalDate) -> Form {
    let bases = (1..).map_while(|number| Basis::try_from(number).ok());
    let bases = bases.map(|basis| Choice::new((basis as i32).to_string(), states::basis(words.0, basis))).collect();
    Form::new("agreement", format!("{path}/agreements#agreement"), words.agreement_submit())
        .field("from", words.field_from(), Kind::Date)
        .value(today.to_string())
        .field("until", words.field_until(), Kind::Date)
        .optional()
        .hint(words.hint_until())
        .field("bases", words.field_bases(), Kind::Checks(bases))
        .hint(words.hint_bases())
        .field("works_council_decided_on", words.field_works_council(), Kind::Date)
        .hint(words.hint_works_council())
}

/// `POST /organisations/{id}/agreements`.
pub(crate) async fn create(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let agreement = Agreement {
        id: String::new(),
        organisation: id.clone(),
        from: input.proto_date("from"),
        until: input.proto_date("until"),
        bases: input.all("bases").iter().filter_map(|basis| basis.parse().ok()).collect(),
        works_council_decided_on: input.proto_date("works_council_decided_on"),
    };
    let request = CreateAgreementRequest { agreement: Some(agreement), request_id: input.text("request_id").to_owned() };
    match signed.agreements().create_agreement(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to(&format!("/organisations/{}?done=agreement", encode(&id))).into_response()),
        Err(status) => {
            let problems = Problems::of(signed.language(), status)?;
            page(&signed, &id, "", Sent { agreement: Some((input, problems)), ..Sent::default() }).await
        }
    }
}
