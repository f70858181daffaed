//! What both sides approve, how agreements change, and what may be asked for an hour.

use chassis::{
    caller::{Caller, Grant, Role, Subject},
    ids::UserId,
};
use proto::members::{
    Agreement, AgreementParty, AmendAgreementRequest, ApproveAgreementRequest, Basis, CreateAgreementRequest, EndAgreementRequest,
    FunctionLevel, ListAgreementVersionsRequest, ListWageCostsRequest, ListWorksCouncilDecisionsRequest, Programme, RecordWageCostRequest,
    RecordWorksCouncilDecisionRequest, SharingScope, Tariff, WageCost, WithdrawAgreementRequest, WorksCouncilDecision, agreement::State,
    works_council_decision::Decision,
};
use testkit::{Testbed, as_token, region::Employer, request_id};
use tonic::{Code, Response, Status};

use crate::{
    agreements::agreement,
    support::{Wrong, count, date, happens_once, not_found, refuses, refuses_what_is_wrong, unknown},
};

/// Somebody with a role of their own, in the whole region or at an organisation.
fn person(bed: &Testbed, role: Role, organisation: Option<&str>) -> String {
    let organisation = organisation.map(|id| id.parse().expect("an organisation"));
    let grants = vec![Grant { role, organisation }];
    bed.sign(&Caller { subject: Subject::User(UserId::new()), region: Some(bed.region), grants, worker: None })
}

/// Without paper: the operator proposes it.
fn proposal(organisation: &str, from: &str) -> CreateAgreementRequest {
    CreateAgreementRequest { signed_on_paper: None, ..agreement(organisation, from, "") }
}

async fn create(bed: &Testbed, request: CreateAgreementRequest, token: &str) -> Result<Agreement, Status> {
    let answer = bed.agreements().create_agreement(as_token(request, token)).await?;
    Ok(answer.into_inner().agreement.expect("it"))
}

async fn approve(bed: &Testbed, one: &Agreement, party: AgreementParty, token: &str) -> Result<Agreement, Status> {
    let (id, etag) = (one.id.clone(), one.etag.clone());
    let request = ApproveAgreementRequest { id, etag, party: party.into(), request_id: request_id() };
    Ok(bed.agreements().approve_agreement(as_token(request, token)).await?.into_inner().agreement.expect("it"))
}

async fn withdraw(bed: &Testbed, one: &Agreement, token: &str) -> Result<Agreement, Status> {
    let request = WithdrawAgreementRequest { id: one.id.clone(), etag: one.etag.clone(), request_id: request_id() };
    Ok(bed.agreements().withdraw_agreement(as_token(request, token)).await?.into_inner().agreement.expect("it"))
}

/// The whole of another version, from a day on.
fn amendment(before: &Agreement, from: &str) -> AmendAgreementRequest {
    let agreement = Agreement {
        from: date(from),
        bases: before.bases.clone(),
        scope: before.scope,
        lender_registration: before.lender_registration.clone(),
        notice_days: 30,
        ..Agreement::default()
    };
    AmendAgreementRequest { amends: before.id.clone(), etag: before.etag.clone(), agreement: Some(agreement), request_id: request_id() }
}

async fn told(bed: &Testbed, kind: &str) -> i64 {
    count(&bed.db("members"), &format!("SELECT COUNT(*) AS n FROM event_log WHERE kind = 'regiopool.members.v1.{kind}'")).await
}

struct Scene {
    bed: Testbed,
    operator: String,
    employer: Employer,
    finance: String,
    other: Employer,
}

impl Scene {
    async fn start() -> Self {
        let bed = Testbed::start().await;
        let builder = bed.builder().await;
        let (employer, other) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
        let operator = person(&bed, Role::Operator, None);
        let finance = person(&bed, Role::Finance, Some(&employer.id));
        Self { bed, operator, employer, finance, other }
    }
}

#[tokio::test]
async fn an_agreement_is_in_force_when_both_sides_approved_it() {
    let Scene { bed, operator, employer, finance, other } = Scene::start().await;
    let proposed = create(&bed, proposal(&employer.id, "2026-01-01"), &operator).await.expect("proposed");
    assert_eq!((proposed.state(), proposed.organisation_approval.is_none()), (State::Proposed, true));
    assert_eq!(told(&bed, "AgreementCreated").await, 0, "nobody is told of a proposal");

    let wrong: &[Wrong<ApproveAgreementRequest>] = &[
        (
            |r| *r = ApproveAgreementRequest::default(),
            &[("id", "is required"), ("etag", "is required"), ("party", "is required"), ("request_id", "is not a UUID (D25)")],
        ),
        (|r| r.party = 3, &[("party", "is not a value of its enum")]),
    ];
    let party = AgreementParty::Organisation.into();
    let request = ApproveAgreementRequest { id: proposed.id.clone(), etag: proposed.etag.clone(), party, request_id: request_id() };
    let send = async |r| bed.agreements().approve_agreement(as_token(r, &finance)).await.map(Response::into_inner);
    refuses_what_is_wrong(&bed, &request, wrong, send).await;
    let forbidden = approve(&bed, &proposed, AgreementParty::Association, &finance).await.expect_err("the other side");
    assert_eq!(forbidden.code(), Code::PermissionDenied);
    let forbidden = approve(&bed, &proposed, AgreementParty::Organisation, &operator).await.expect_err("the other side");
    assert_eq!(forbidden.code(), Code::PermissionDenied);
    not_found(&bed, "agreement", async || approve(&bed, &proposed, AgreementParty::Organisation, &other.hr).await).await;
    let stale = Agreement { etag: "9".to_owned(), ..proposed.clone() };
    let stale = async || approve(&bed, &stale, AgreementParty::Organisation, &finance).await;
    refuses(&bed, stale, Code::FailedPrecondition, "CHANGED_MEANWHILE", &[]).await;

    let otherwise = |r: &mut ApproveAgreementRequest| r.etag = "7".to_owned();
    let approved = happens_once(&bed, &request, otherwise, send).await.agreement.expect("it");
    assert_eq!((approved.state(), told(&bed, "AgreementCreated").await), (State::Approved, 1));
    let again = approve(&bed, &approved, AgreementParty::Association, &operator).await.expect("approved before");
    assert_eq!((&again, told(&bed, "AgreementCreated").await), (&approved, 1));

    let closed = async || withdraw(&bed, &again, &operator).await;
    refuses(&bed, closed, Code::FailedPrecondition, "PROPOSAL_CLOSED", &[]).await;
}

#[tokio::test]
async fn one_proposal_waits_for_the_same_days_until_somebody_withdraws_it() {
    let Scene { bed, operator, employer, finance, other } = Scene::start().await;
    let waiting = create(&bed, proposal(&employer.id, "2026-01-01"), &operator).await.expect("proposed");
    let second = proposal(&employer.id, "2026-06-01");
    let facts = [("agreement", waiting.id.as_str())];
    let pending = async || create(&bed, second.clone(), &operator).await;
    refuses(&bed, pending, Code::FailedPrecondition, "PROPOSAL_PENDING", &facts).await;
    let wrong: &[Wrong<WithdrawAgreementRequest>] = &[(
        |r| *r = WithdrawAgreementRequest::default(),
        &[("id", "is required"), ("etag", "is required"), ("request_id", "is not a UUID (D25)")],
    )];
    let request = WithdrawAgreementRequest { id: waiting.id.clone(), etag: waiting.etag.clone(), request_id: request_id() };
    let send = async |r| bed.agreements().withdraw_agreement(as_token(r, &finance)).await.map(Response::into_inner);
    refuses_what_is_wrong(&bed, &request, wrong, send).await;
    not_found(&bed, "agreement", async || withdraw(&bed, &waiting, &other.hr).await).await;
    let otherwise = |r: &mut WithdrawAgreementRequest| r.etag = "7".to_owned();
    let declined = happens_once(&bed, &request, otherwise, send).await.agreement.expect("it");
    assert_eq!((declined.state(), declined.withdrawn_on.is_some()), (State::Withdrawn, true));
    let closed = async || approve(&bed, &declined, AgreementParty::Organisation, &finance).await;
    refuses(&bed, closed, Code::FailedPrecondition, "PROPOSAL_CLOSED", &[]).await;
    create(&bed, second.clone(), &operator).await.expect("nothing waits");
    assert_eq!(told(&bed, "AgreementCreated").await, 0);
}

#[tokio::test]
async fn nobody_approves_for_both_sides() {
    let Scene { bed, employer, .. } = Scene::start().await;
    let organisation = employer.id.parse().expect("an organisation");
    let grants = vec![Grant { role: Role::Operator, organisation: None }, Grant { role: Role::Hr, organisation: Some(organisation) }];
    let both = bed.sign(&Caller { subject: Subject::User(UserId::new()), region: Some(bed.region), grants, worker: None });
    let proposed = create(&bed, proposal(&employer.id, "2026-01-01"), &both).await.expect("proposed");
    let same = async || approve(&bed, &proposed, AgreementParty::Organisation, &both).await;
    refuses(&bed, same, Code::FailedPrecondition, "APPROVED_BY_SAME_PERSON", &[]).await;
}

#[tokio::test]
async fn another_version_takes_the_place_of_the_one_before_from_its_first_day() {
    let Scene { bed, operator, employer, finance, other } = Scene::start().await;
    let first = create(&bed, agreement(&employer.id, "2026-01-01", ""), &operator).await.expect("in force");
    let amend = async |r, token: &str| bed.agreements().amend_agreement(as_token(r, token)).await.map(Response::into_inner);
    let wrong: &[Wrong<AmendAgreementRequest>] = &[
        (
            |r| *r = AmendAgreementRequest::default(),
            &[("amends", "is required"), ("etag", "is required"), ("agreement", "is required"), ("request_id", "is not a UUID (D25)")],
        ),
        (
            |r| r.agreement.as_mut().unwrap().organisation = "org_1".to_owned(),
            &[("agreement.organisation", "is set by the service and must be empty")],
        ),
        (
            |r| r.agreement.as_mut().unwrap().works_council_decided_on = date("2025-11-01"),
            &[("agreement.works_council_decided_on", "must be empty: a decision is recorded before")],
        ),
    ];
    let (today, last) = (bed.day(0).to_string(), bed.day(29));
    let request = amendment(&first, &bed.day(30).to_string());
    refuses_what_is_wrong(&bed, &request, wrong, async |r| amend(r, &finance).await).await;
    not_found(&bed, "agreement", async || amend(request.clone(), &other.hr).await).await;
    let early = amendment(&first, "2026-01-01");
    refuses(&bed, async || amend(early, &finance).await, Code::FailedPrecondition, "AGREEMENT_NOT_IN_FORCE", &[]).await;
    let late = amendment(&first, &bed.day(-1).to_string());
    refuses(&bed, async || amend(late, &finance).await, Code::FailedPrecondition, "AMENDMENT_TOO_LATE", &[("today", &today)]).await;
    let otherwise = |r: &mut AmendAgreementRequest| r.agreement.as_mut().unwrap().notice_days = 7;
    let proposed = happens_once(&bed, &request, otherwise, async |r| amend(r, &finance).await).await.agreement.expect("it");
    assert_eq!((proposed.state(), proposed.association_approval.is_none()), (State::Proposed, true));
    assert_eq!((proposed.first_version.as_str(), proposed.organisation.as_str()), (first.id.as_str(), employer.id.as_str()));
    let versions = async |token: &str| {
        let request = as_token(ListAgreementVersionsRequest { id: proposed.id.clone() }, token);
        bed.agreements().list_agreement_versions(request).await.map(|answer| answer.into_inner().agreements)
    };
    assert_eq!(versions(&employer.planner).await.expect("both"), [proposed.clone(), first.clone()]);
    not_found(&bed, "agreement", async || versions(&other.planner).await).await;

    let approved = approve(&bed, &proposed, AgreementParty::Association, &operator).await.expect("in force");
    let both = versions(&operator).await.expect("both");
    assert_eq!(both[0], approved);
    assert_eq!((both[1].until, both[1].state(), &both[1].id), (Some(last.to_proto()), State::Approved, &first.id), "the old one is kept");
    assert_eq!(both[0].amends, first.id);
    assert_eq!((told(&bed, "AgreementEnded").await, told(&bed, "AgreementCreated").await), (0, 2), "one event says both");

    // The end of the last version before its first day takes it back, and ends the one before.
    let until = Some(bed.day(10).to_proto());
    let end = |one: &Agreement| EndAgreementRequest { id: one.id.clone(), etag: one.etag.clone(), until, request_id: request_id() };
    let send = async |r| bed.agreements().end_agreement(as_token(r, &finance)).await.map(Response::into_inner);
    refuses(&bed, async || send(end(&both[1])).await, Code::FailedPrecondition, "AGREEMENT_NOT_IN_FORCE", &[]).await;
    let short = send(end(&approved)).await.expect_err("30 days of notice");
    assert_eq!(testkit::violations(&short), [("until".to_owned(), "is before the notice is over".to_owned())]);
}

#[tokio::test]
async fn an_agreement_ends_after_its_notice() {
    let Scene { bed, operator, employer, finance, other } = Scene::start().await;
    let mut request = agreement(&employer.id, "2026-01-01", "");
    request.agreement.as_mut().expect("it").notice_days = 30;
    let made = create(&bed, request, &operator).await.expect("in force");
    let end = async |r, token: &str| bed.agreements().end_agreement(as_token(r, token)).await.map(Response::into_inner);
    let on = |one: &Agreement, days: i64| EndAgreementRequest {
        id: one.id.clone(),
        etag: one.etag.clone(),
        until: Some(bed.day(days).to_proto()),
        request_id: request_id(),
    };
    let wrong: &[Wrong<EndAgreementRequest>] = &[
        (
            |r| *r = EndAgreementRequest::default(),
            &[("id", "is required"), ("etag", "is required"), ("until", "is required"), ("request_id", "is not a UUID (D25)")],
        ),
        (|r| r.until = date("2026-01-01"), &[("until", "is before the notice is over")]),
    ];
    refuses_what_is_wrong(&bed, &on(&made, 40), wrong, async |r| end(r, &finance).await).await;
    not_found(&bed, "agreement", async || end(on(&made, 40), &other.hr).await).await;
    let short = end(on(&made, 29), &finance).await.expect_err("too short a notice");
    assert_eq!(testkit::violations(&short), [("until".to_owned(), "is before the notice is over".to_owned())]);
    let otherwise = |r: &mut EndAgreementRequest| r.etag = "7".to_owned();
    let ended = happens_once(&bed, &on(&made, 40), otherwise, async |r| end(r, &finance).await).await.agreement.expect("it");
    assert_eq!((ended.until, told(&bed, "AgreementEnded").await), (Some(bed.day(40).to_proto()), 1));
    let longer = end(on(&ended, 41), &operator).await.expect_err("after its end");
    assert_eq!(testkit::violations(&longer), [("until".to_owned(), "is after the last day that was agreed".to_owned())]);
    refuses(&bed, async || end(on(&made, 40), &finance).await, Code::FailedPrecondition, "CHANGED_MEANWHILE", &[]).await;
    let proposed = create(&bed, proposal(&other.id, "2026-01-01"), &operator).await.expect("proposed");
    refuses(&bed, async || end(on(&proposed, 40), &other.hr).await, Code::FailedPrecondition, "AGREEMENT_NOT_IN_FORCE", &[]).await;
}

#[tokio::test]
async fn a_tariff_for_collegial_lending_is_at_most_the_recorded_wage_cost() {
    let Scene { bed, operator, employer, finance, other } = Scene::start().await;
    let record = async |r, token: &str| bed.agreements().record_wage_cost(as_token(r, token)).await.map(Response::into_inner);
    let cost = |from: &str, cents_per_hour| RecordWageCostRequest {
        wage_cost: Some(WageCost {
            organisation: employer.id.clone(),
            function_level: FunctionLevel::Carer.into(),
            from: date(from),
            cents_per_hour,
        }),
        request_id: request_id(),
    };
    let asks = |cents_per_hour| {
        let mut request = agreement(&employer.id, "2026-01-01", "");
        let agreement = request.agreement.as_mut().expect("it");
        agreement.bases = vec![Basis::CollegialLending.into()];
        agreement.tariffs = vec![Tariff { function_level: FunctionLevel::Carer.into(), cents_per_hour }];
        request
    };
    let missing = async || create(&bed, asks(3000), &operator).await;
    refuses(&bed, missing, Code::FailedPrecondition, "WAGE_COST_MISSING", &[("function_level", "4"), ("on", "2026-01-01")]).await;
    let wrong: &[Wrong<RecordWageCostRequest>] = &[
        (|r| r.wage_cost = None, &[("wage_cost", "is required")]),
        (
            |r| *r = RecordWageCostRequest { wage_cost: Some(WageCost::default()), ..Default::default() },
            &[
                ("wage_cost.organisation", "is required"),
                ("wage_cost.function_level", "is required"),
                ("wage_cost.from", "is required"),
                ("wage_cost.cents_per_hour", "is not between 1 and 100000"),
                ("request_id", "is not a UUID (D25)"),
            ],
        ),
    ];
    refuses_what_is_wrong(&bed, &cost("2025-01-01", 3200), wrong, async |r| record(r, &finance).await).await;
    not_found(&bed, "organisation", async || record(cost("2025-01-01", 9900), &other.hr).await).await;
    let otherwise = |r: &mut RecordWageCostRequest| r.wage_cost.as_mut().unwrap().cents_per_hour = 1;
    happens_once(&bed, &cost("2025-01-01", 3200), otherwise, async |r| record(r, &finance).await).await;
    record(cost("2026-02-01", 4000), &employer.hr).await.expect("a later one");

    let facts = [("cap_cents", "3200"), ("function_level", "4"), ("on", "2026-01-01"), ("tariff_cents", "3201")];
    let above = async || create(&bed, asks(3201), &operator).await;
    refuses(&bed, above, Code::FailedPrecondition, "TARIFF_ABOVE_WAGE_COST", &facts).await;
    record(cost("2025-01-01", 3300), &finance).await.expect("a correction");
    let made = create(&bed, asks(3201), &operator).await.expect("without profit");
    assert_eq!(made.tariffs[0].cents_per_hour, 3201);
    // What is in force would be profit, if an hour cost less from a day to come on.
    let ahead = bed.day(60).to_string();
    let facts = [("cap_cents", "3000"), ("function_level", "4"), ("on", ahead.as_str()), ("tariff_cents", "3201")];
    let cheaper = cost(&ahead, 3000);
    refuses(&bed, async || record(cheaper, &finance).await, Code::FailedPrecondition, "TARIFF_ABOVE_WAGE_COST", &facts).await;
    let list = async |token: &str| {
        let request = as_token(ListWageCostsRequest { organisation: employer.id.clone() }, token);
        bed.agreements().list_wage_costs(request).await.map(|answer| answer.into_inner().wage_costs)
    };
    for token in [&operator, &finance, &employer.hr] {
        let cents: Vec<i32> = list(token).await.expect("the costs").iter().map(|cost| cost.cents_per_hour).collect();
        assert_eq!(cents, [4000, 3300]);
    }
    not_found(&bed, "organisation", async || list(&other.hr).await).await;
}

#[tokio::test]
async fn a_registered_lender_was_checked_unless_its_people_stay() {
    let Scene { bed, operator, employer, .. } = Scene::start().await;
    let mut request = agreement(&employer.id, "2026-01-01", "");
    request.agreement.as_mut().expect("it").lender_registration = None;
    let unchecked = request.clone();
    let refused = async || create(&bed, unchecked, &operator).await;
    refuses(&bed, refused, Code::FailedPrecondition, "LENDER_NOT_REGISTERED", &[]).await;
    request.agreement.as_mut().expect("it").scope = SharingScope::Shifts.into();
    request.request_id = request_id();
    create(&bed, request, &operator).await.expect("it only hires");
}

#[tokio::test]
async fn the_works_council_decides_about_each_programme() {
    let Scene { bed, operator, employer, finance, other } = Scene::start().await;
    let record = async |r, token: &str| bed.agreements().record_works_council_decision(as_token(r, token)).await.map(Response::into_inner);
    let decision = |programme: Programme, on: &str, decision: Decision| RecordWorksCouncilDecisionRequest {
        decision: Some(WorksCouncilDecision {
            organisation: employer.id.clone(),
            programme: programme.into(),
            decided_on: date(on),
            decision: decision.into(),
            note: "Besproken.".to_owned(),
        }),
        request_id: request_id(),
    };
    let wrong: &[Wrong<RecordWorksCouncilDecisionRequest>] = &[
        (|r| r.decision = None, &[("decision", "is required")]),
        (
            |r| {
                let decision = WorksCouncilDecision { note: "BSN 123456782".to_owned(), ..WorksCouncilDecision::default() };
                *r = RecordWorksCouncilDecisionRequest { decision: Some(decision), ..Default::default() };
            },
            &[
                ("decision.organisation", "is required"),
                ("decision.programme", "is required"),
                ("decision.decided_on", "is required"),
                ("decision.decision", "is required"),
                ("decision.note", "holds what looks like a citizen service number (IDN-07)"),
                ("request_id", "is not a UUID (D25)"),
            ],
        ),
        (|r| r.decision.as_mut().unwrap().decided_on = date("2999-01-01"), &[("decision.decided_on", "is in the future")]),
    ];
    let mobility = decision(Programme::Mobility, "2025-10-01", Decision::Refused);
    refuses_what_is_wrong(&bed, &mobility, wrong, async |r| record(r, &employer.hr).await).await;
    not_found(&bed, "organisation", async || record(mobility.clone(), &other.hr).await).await;
    let otherwise = |r: &mut RecordWorksCouncilDecisionRequest| r.decision.as_mut().unwrap().note = String::new();
    happens_once(&bed, &mobility, otherwise, async |r| record(r, &employer.hr).await).await;

    let both = || {
        let mut request = agreement(&employer.id, "2026-01-01", "");
        let agreement = request.agreement.as_mut().expect("it");
        agreement.programmes = vec![Programme::Mobility.into(), Programme::Flexpool.into()];
        request
    };
    let refused = async || create(&bed, both(), &operator).await;
    refuses(&bed, refused, Code::FailedPrecondition, "WORKS_COUNCIL_DECISION_MISSING", &[("programme", "2")]).await;
    record(decision(Programme::Mobility, "2025-12-01", Decision::Agreed), &operator).await.expect("they agreed");
    let made = create(&bed, both(), &operator).await.expect("in force");
    let refused = decision(Programme::Mobility, "2025-12-01", Decision::Refused);
    let facts = [("agreement", made.id.as_str())];
    refuses(&bed, async || record(refused, &employer.hr).await, Code::FailedPrecondition, "DECISION_IN_USE", &facts).await;
    let request = as_token(ListWorksCouncilDecisionsRequest { organisation: employer.id.clone() }, &finance);
    let known = bed.agreements().list_works_council_decisions(request).await.expect("the decisions").into_inner().decisions;
    let known: Vec<(Programme, Decision)> = known.iter().map(|one| (one.programme(), one.decision())).collect();
    let expected =
        [(Programme::Mobility, Decision::Agreed), (Programme::Flexpool, Decision::Agreed), (Programme::Mobility, Decision::Refused)];
    assert_eq!(known, expected, "latest first; that of the flexpool was told with the agreement");
    let request = ListWorksCouncilDecisionsRequest { organisation: unknown("org") };
    not_found(&bed, "organisation", async || bed.agreements().list_works_council_decisions(as_token(request, &operator)).await).await;
}
