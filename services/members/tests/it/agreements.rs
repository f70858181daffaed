//! Agreements.

use chassis::caller::Role;
use proto::members::{
    Agreement, Basis, CreateAgreementRequest, LenderRegistration, ListAgreementsRequest, PaperSignatures, Programme, SharingScope, Tariff,
    VatDecision, agreement::State,
};
use testkit::{Testbed, as_token, region::signed, request_id};
use tonic::Code;

use crate::support::{Wrong, date, day, happens_once, not_found, refuses, refuses_what_is_wrong, unknown};

/// One that both signed on paper.
pub(crate) fn agreement(organisation: &str, from: &str, until: &str) -> CreateAgreementRequest {
    let agreement = Agreement {
        organisation: organisation.to_owned(),
        from: date(from),
        until: (!until.is_empty()).then(|| date(until)).flatten(),
        bases: vec![Basis::RegisteredLending.into(), Basis::OwnExtraHours.into()],
        works_council_decided_on: date("2025-11-01"),
        lender_registration: Some(LenderRegistration { checked_on: date("2025-11-01"), checked_by: "KvK".to_owned() }),
        ..Agreement::default()
    };
    CreateAgreementRequest { agreement: Some(agreement), signed_on_paper: Some(signed(day("2025-12-01"))), request_id: request_id() }
}

#[tokio::test]
async fn an_agreement_is_told_everything_that_is_wrong_with_it() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let employer = builder.employer_without_agreement("Zonnehof").await;
    let wrong: &[Wrong<CreateAgreementRequest>] = &[
        (|r| r.agreement = None, &[("agreement", "is required")]),
        (
            |r| *r = CreateAgreementRequest { agreement: Some(Agreement::default()), ..Default::default() },
            &[
                ("agreement.organisation", "is required"),
                ("agreement.from", "is required"),
                ("agreement.bases", "is required: at least one (D12)"),
                ("request_id", "is not a UUID (D25)"),
            ],
        ),
        (|r| r.agreement.as_mut().unwrap().id = "agr_1".to_owned(), &[("agreement.id", "is set by the service and must be empty")]),
        (|r| r.agreement.as_mut().unwrap().until = date("2025-12-31"), &[("agreement.until", "is before the first day")]),
        (
            |r| r.agreement.as_mut().unwrap().until = Some(proto::Date::default()),
            &[("agreement.until", "is not a day between 1900 and 9999")],
        ),
        (
            |r| {
                r.signed_on_paper = Some(PaperSignatures { association_on: None, organisation_on: date("2999-01-01") });
                let agreement = r.agreement.as_mut().unwrap();
                agreement.programmes = vec![9, 1, 1];
                agreement.scope = 9;
                let tariff = |function_level, cents_per_hour| Tariff { function_level, cents_per_hour };
                agreement.tariffs = vec![tariff(4, 100), tariff(99, 0), tariff(4, 100_001), tariff(4, 200)];
                agreement.vat = Some(VatDecision::default());
                agreement.lender_registration = Some(LenderRegistration { checked_on: date("2999-01-01"), checked_by: String::new() });
                agreement.notice_days = 367;
                (agreement.state, agreement.etag) = (1, "1".to_owned());
            },
            &[
                ("agreement.programmes[0]", "is not a value of its enum"),
                ("agreement.programmes[2]", "is there twice"),
                ("agreement.scope", "is not a value of its enum"),
                ("agreement.tariffs[1].function_level", "is not a value of its enum"),
                ("agreement.tariffs[1].cents_per_hour", "is not between 1 and 100000"),
                ("agreement.tariffs[2].cents_per_hour", "is not between 1 and 100000"),
                ("agreement.tariffs[3].function_level", "is there twice"),
                ("agreement.vat.treatment", "is required"),
                ("agreement.vat.reason", "is required"),
                ("agreement.vat.decided_by", "is required"),
                ("agreement.vat.valid_from", "is required"),
                ("agreement.lender_registration.checked_on", "is in the future"),
                ("agreement.lender_registration.checked_by", "is required"),
                ("agreement.notice_days", "is not between 0 and 366"),
                ("agreement.state", "is set by the service and must be empty"),
                ("agreement.etag", "is set by the service and must be empty"),
                ("signed_on_paper.association_on", "is required"),
                ("signed_on_paper.organisation_on", "is in the future"),
            ],
        ),
        (
            |r| r.agreement.as_mut().unwrap().bases = vec![1, 0, 9, 1],
            &[
                ("agreement.bases[1]", "is required"),
                ("agreement.bases[2]", "is not a value of its enum"),
                ("agreement.bases[3]", "is there twice"),
            ],
        ),
    ];
    let create = async |r| bed.agreements().create_agreement(as_token(r, builder.operator())).await;
    refuses_what_is_wrong(&bed, &agreement(&employer.id, "2026-01-01", ""), wrong, create).await;
    not_found(&bed, "organisation", async || create(agreement(&unknown("org"), "2026-01-01", "")).await).await;
}

#[tokio::test]
async fn an_agreement_needs_the_works_council_and_days_of_its_own() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let employer = builder.employer_without_agreement("Zonnehof").await;
    let create = async |r| bed.agreements().create_agreement(as_token(r, builder.operator())).await.map(tonic::Response::into_inner);
    let other = |r: &mut CreateAgreementRequest| r.agreement.as_mut().unwrap().from = date("2026-02-01");
    let request = agreement(&employer.id, "2026-01-01", "2026-12-31");
    let made = happens_once(&bed, &request, other, create).await.agreement.expect("it");
    let expected = Agreement {
        id: made.id.clone(),
        first_version: made.id.clone(),
        bases: vec![Basis::OwnExtraHours.into(), Basis::RegisteredLending.into()],
        programmes: vec![Programme::Flexpool.into()],
        scope: SharingScope::Both.into(),
        state: State::Approved.into(),
        association_approval: made.association_approval.clone(),
        organisation_approval: made.organisation_approval.clone(),
        etag: made.etag.clone(),
        ..request.agreement.expect("it")
    };
    let approval = made.organisation_approval.as_ref().expect("approved");
    assert_eq!((approval.on, approval.on_paper), (date("2025-12-01"), true));
    assert_eq!(made, expected);

    // What was told with an agreement is kept, so only where nobody told of a decision, or of one after the first day, is it missing.
    let undecided = builder.employer_without_agreement("Lindehof").await;
    for decided in [None, date("2026-01-02")] {
        let mut request = agreement(&undecided.id, "2026-01-01", "");
        request.agreement.as_mut().expect("it").works_council_decided_on = decided;
        let facts = [("programme", "1")];
        refuses(&bed, async || create(request).await, Code::FailedPrecondition, "WORKS_COUNCIL_DECISION_MISSING", &facts).await;
    }
    let overlapping = agreement(&employer.id, "2026-12-31", "");
    let facts = [("from", "2026-01-01")];
    refuses(&bed, async || create(overlapping).await, Code::FailedPrecondition, "AGREEMENT_OVERLAPS", &facts).await;
    create(agreement(&employer.id, "2027-01-01", "")).await.expect("the day after");
}

#[tokio::test]
async fn of_agreements_recorded_at_once_for_the_same_days_one_stands() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let employer = builder.employer_without_agreement("Zonnehof").await;
    let recording = (0..10).map(|_| {
        let request = as_token(agreement(&employer.id, "2026-01-01", ""), builder.operator());
        let mut client = bed.agreements();
        async move { client.create_agreement(request).await }
    });
    let answers = futures::future::join_all(recording).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    for status in answers.into_iter().filter_map(Result::err) {
        assert_eq!(testkit::reason(&status), "AGREEMENT_OVERLAPS");
    }
}

#[tokio::test]
async fn everybody_sees_the_agreements_that_are_theirs_newest_first() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let (own, other) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
    for (employer, from, until) in [(&own, "2026-01-01", "2026-12-31"), (&other, "2026-06-01", ""), (&own, "2027-01-01", "")] {
        bed.agreements().create_agreement(as_token(agreement(&employer.id, from, until), builder.operator())).await.expect("made");
    }
    let list = async |token: &str, organisation: &str, page_size: i32, page_token: &str| {
        let (organisation, page_token) = (organisation.to_owned(), page_token.to_owned());
        let request = ListAgreementsRequest { organisation, page_size, page_token };
        bed.agreements().list_agreements(as_token(request, token)).await.map(tonic::Response::into_inner)
    };
    let months = |list: &[Agreement]| list.iter().map(|a| a.from.as_ref().map(|d| (d.year, d.month))).collect::<Vec<_>>();
    let all = list(builder.operator(), "", 0, "").await.expect("all").agreements;
    assert_eq!(months(&all), [Some((2027, 1)), Some((2026, 6)), Some((2026, 1))]);
    let finance = bed.token(&[(Role::Finance, Some(&own.id))]).await;
    for token in [&own.hr, &own.planner, &finance] {
        let mine = list(token, "", 0, "").await.expect("own").agreements;
        assert_eq!(months(&mine), [Some((2027, 1)), Some((2026, 1))]);
        assert_eq!(list(token, &own.id, 0, "").await.expect("own").agreements, mine);
        not_found(&bed, "organisation", async || list(token, &other.id, 0, "").await).await;
    }
    not_found(&bed, "organisation", async || list(builder.operator(), &unknown("org"), 0, "").await).await;

    let first = list(builder.operator(), "", 2, "").await.expect("a page");
    let last = list(builder.operator(), "", 2, &first.next_page_token).await.expect("a page");
    assert_eq!([first.agreements, last.agreements].concat(), all);
    let status = list(builder.operator(), &own.id, 0, &first.next_page_token).await.expect_err("a token of another filter");
    assert_eq!(testkit::violations(&status), [("page_token".to_owned(), "is not a token of this list".to_owned())]);
    let status = list(builder.operator(), "org", -1, "").await.expect_err("all wrong");
    assert_eq!(testkit::violations(&status).len(), 2);
}
