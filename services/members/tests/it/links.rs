//! One person over several employers: by code, by a match, and never otherwise (D13).

use chassis::caller::Role as R;
use proto::members::{
    ConfirmLinkRequest, CreateUnavailabilityRequest, CreateWorkerRequest, DeclineLinksRequest, GetWorkerRequest, LinkByCodeRequest,
    LinkOutcome, LinkProposal, ListFileReadsRequest, ListLinkProposalsRequest, ProposeLinksRequest, Role, ScheduleConstraint,
    ScheduleConstraintKind, SetScheduleConstraintsRequest, Unavailability, Worker,
};
use testkit::{
    Testbed, as_token, reason,
    region::{Builder, Colleague, Employer, Person},
    request_id,
};
use tonic::{Code, Status};

use crate::{
    support::{Wrong, count, date, not_found, refuses, refuses_what_is_wrong, unknown},
    users::{grant, user, with_identity},
};

pub(crate) struct Stand {
    pub(crate) bed: Testbed,
    pub(crate) builder: Builder,
    pub(crate) own: Employer,
    pub(crate) other: Employer,
}

impl Stand {
    pub(crate) async fn start() -> Self {
        Self::over(Testbed::start().await).await
    }

    pub(crate) async fn over(bed: Testbed) -> Self {
        let builder = bed.builder().await;
        let (own, other) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
        Self { bed, builder, own, other }
    }

    /// Sanne Willems, as one employer writes her.
    pub(crate) async fn sanne(&self, employer: &Employer, first_name: &str, last_name: &str) -> Colleague {
        let person = Person { registered_until: Some(self.bed.day(90)), ..Person::default() };
        let request = self.builder.worker_request(employer, &person);
        let worker = Worker {
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            birth_date: date("1990-05-17"),
            ..request.worker.clone().expect("it")
        };
        let request = CreateWorkerRequest { worker: Some(worker), ..request };
        let made = self.bed.workers().create_worker(as_token(request, self.builder.operator())).await.expect("made").into_inner();
        self.builder.colleague(made.worker.expect("it"))
    }

    /// An invitation code for this worker.
    pub(crate) async fn code(&self, worker: &Colleague) -> String {
        let request = user(vec![grant(Role::Worker, "")], &worker.id);
        let made = self.bed.identity().create_user(as_token(request, self.builder.operator())).await.expect("invited");
        made.into_inner().invitation_code
    }

    /// Lets this worker sign in; gives who that is.
    pub(crate) async fn account(&self, worker: &Colleague, subject: &str) -> String {
        let request = with_identity(subject, user(vec![grant(Role::Worker, "")], &worker.id));
        let made = self.bed.identity().create_user(as_token(request, self.builder.operator())).await.expect("a user");
        made.into_inner().user.expect("it").id
    }

    async fn proposals(&self, worker: &Colleague) -> Vec<LinkProposal> {
        let request = as_token(ListLinkProposalsRequest {}, &worker.token);
        self.bed.links().list_link_proposals(request).await.expect("listed").into_inner().proposals
    }

    pub(crate) async fn confirm(&self, worker: &Colleague, employer: &Employer, number: &str) -> Result<LinkOutcome, Status> {
        let (organisation, personnel_number) = (employer.id.clone(), number.to_owned());
        let request = ConfirmLinkRequest { organisation, personnel_number, request_id: request_id() };
        Ok(self.bed.links().confirm_link(as_token(request, &worker.token)).await?.into_inner().outcome())
    }

    async fn decline(&self, worker: &Colleague) -> Result<(), Status> {
        let request = DeclineLinksRequest { request_id: request_id() };
        self.bed.links().decline_links(as_token(request, &worker.token)).await.map(drop)
    }

    pub(crate) async fn by_code(&self, worker: &Colleague, code: &str) -> Result<(), Status> {
        let request = LinkByCodeRequest { code: code.to_owned(), request_id: request_id() };
        self.bed.links().link_by_code(as_token(request, &worker.token)).await.map(drop)
    }

    async fn file(&self, id: &str, token: &str) -> Result<Worker, Status> {
        let request = as_token(GetWorkerRequest { id: id.to_owned() }, token);
        Ok(self.bed.workers().get_worker(request).await?.into_inner().worker.expect("it"))
    }

    pub(crate) async fn number(&self, worker: &Colleague) -> String {
        self.file(&worker.id, self.builder.operator()).await.expect("the file").employments.remove(0).personnel_number
    }

    /// How often others looked at the worker's file, as the worker sees it.
    async fn looked(&self, worker: &Colleague) -> usize {
        let request = as_token(ListFileReadsRequest::default(), &worker.token);
        self.bed.access_log().list_file_reads(request).await.expect("the reads").into_inner().reads.len()
    }

    pub(crate) async fn assert_clean(&self) {
        assert_eq!(members::check(&self.bed.db("members")).await.expect("a check"), []);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_link_is_told() {
    let stand = Stand::start().await;
    let worker = stand.sanne(&stand.own, "Sanne", "Willems").await;
    let good = ConfirmLinkRequest { organisation: unknown("org"), personnel_number: "1".to_owned(), request_id: request_id() };
    let wrong: &[Wrong<ConfirmLinkRequest>] = &[(
        |r| *r = ConfirmLinkRequest::default(),
        &[("organisation", "is required"), ("personnel_number", "is required"), ("request_id", "is not a UUID (D25)")],
    )];
    refuses_what_is_wrong(&stand.bed, &good, wrong, async |r| stand.bed.links().confirm_link(as_token(r, &worker.token)).await).await;
    let good = LinkByCodeRequest { code: "x".to_owned(), request_id: request_id() };
    let wrong: &[Wrong<LinkByCodeRequest>] =
        &[(|r| *r = LinkByCodeRequest::default(), &[("code", "is required"), ("request_id", "is not a UUID (D25)")])];
    refuses_what_is_wrong(&stand.bed, &good, wrong, async |r| stand.bed.links().link_by_code(as_token(r, &worker.token)).await).await;
    not_found(&stand.bed, "proposal", async || stand.decline(&worker).await).await;
    not_found(&stand.bed, "proposal", async || stand.confirm(&worker, &stand.other, "1").await).await;
    let nowhere = Employer { id: unknown("org"), ..stand.other.clone() };
    not_found(&stand.bed, "organisation", async || stand.confirm(&worker, &nowhere, "1").await).await;
}

#[tokio::test]
async fn a_code_of_another_employer_makes_two_workers_one() {
    let stand = Stand::start().await;
    let kept = stand.sanne(&stand.own, "Sanne", "Willems").await;
    let merged = stand.builder.worker(&stand.other, &Person { competences: vec!["bhv".to_owned()], ..Person::default() }).await;
    let code = stand.code(&merged).await;
    // The code of somebody who was born on another day is not the caller's.
    let facts = [];
    refuses(&stand.bed, async || stand.by_code(&kept, &code).await, Code::FailedPrecondition, "BIRTH_DATES_DIFFER", &facts).await;

    let merged = stand.sanne(&stand.other, "Sanne", "de Vries").await;
    let code = stand.code(&merged).await;
    let period = Unavailability {
        worker: merged.id.clone(),
        from: Some(stand.bed.day(3).at_minute(0, false).expect("midnight").to_proto()),
        ..Unavailability::default()
    };
    let away = CreateUnavailabilityRequest { unavailability: Some(period), request_id: request_id() };
    stand.bed.unavailabilities().create_unavailability(as_token(away, &merged.token)).await.expect("recorded");
    let nights =
        ScheduleConstraint { kind: ScheduleConstraintKind::NoNights.into(), from: date("2026-11-01"), ..ScheduleConstraint::default() };
    let (worker, constraints, etag) = (merged.id.clone(), vec![nights], "0".to_owned());
    let constrain = SetScheduleConstraintsRequest { worker, constraints, etag, request_id: request_id() };
    stand.bed.schedule_constraints().set_schedule_constraints(as_token(constrain, &merged.token)).await.expect("set");

    stand.file(&merged.id, &stand.other.hr).await.expect("the file");
    assert_eq!(stand.looked(&kept).await, 0);
    stand.by_code(&kept, &code.to_lowercase()).await.expect("linked");
    assert_eq!(stand.looked(&kept).await, 1, "who looked at the merged worker's file looked at hers");
    refuses(&stand.bed, async || stand.by_code(&kept, &code).await, Code::FailedPrecondition, "INVITATION_INVALID", &facts).await;
    let file = stand.file(&kept.id, &kept.token).await.expect("the file");
    let employers: Vec<&str> = file.employments.iter().map(|employment| employment.organisation.as_str()).collect();
    assert_eq!(employers, [&stand.own.id, &stand.other.id]);
    // The old name still leads there, for each employer to what is its own.
    let theirs = stand.file(&merged.id, &stand.other.hr).await.expect("the file");
    assert_eq!((theirs.id.as_str(), theirs.employments.len()), (kept.id.as_str(), 1));
    let db = stand.bed.db("members");
    let moved = async |table: &str| {
        count(&db, &format!("SELECT COUNT(*) AS n FROM {table} t JOIN worker w ON w.id = t.worker WHERE w.merged_into IS NULL")).await
    };
    assert_eq!((moved("unavailability").await, moved("schedule_constraint").await, moved("employment").await), (1, 1, 3));
    // Told in this order, about the kept worker.
    let told = "SELECT COUNT(*) AS n FROM event_log m JOIN event_log c ON c.subject = m.subject AND c.sequence = m.sequence + 1 \
                WHERE m.kind LIKE '%.WorkersMerged' AND c.kind LIKE '%.ScheduleConstraintsChanged'";
    assert_eq!(count(&db, told).await, 1);
    stand.assert_clean().await;
}

#[tokio::test]
async fn a_match_is_shown_to_the_people_alone_without_the_employer_and_proved_by_the_personnel_number_there() {
    let stand = Stand::start().await;
    let kept = stand.sanne(&stand.own, "Sanne", "Willems").await;
    let merged = stand.sanne(&stand.other, "S.", "Willems-de Vries").await;
    let third = stand.sanne(&stand.other, "Tom", "Willems").await;
    let [proposal] = stand.proposals(&kept).await.try_into().expect("one match");
    let [of_other] = stand.proposals(&merged).await.try_into().expect("the same match");
    let nothing_else = LinkProposal { id: proposal.id.clone(), waiting: false };
    assert_eq!((&of_other, &proposal), (&nothing_else, &nothing_else));
    // Somebody else does not even learn that there is one.
    let stranger = stand.builder.worker(&stand.own, &Person::default()).await;
    assert!(stand.proposals(&stranger).await.is_empty());
    let number = stand.number(&merged).await.to_lowercase();
    not_found(&stand.bed, "proposal", async || stand.confirm(&stranger, &stand.other, &number).await).await;

    // The number of somebody else there, and the right one elsewhere, prove nothing.
    let others = stand.number(&third).await;
    assert_eq!(stand.confirm(&kept, &stand.other, &others).await.expect("an answer"), LinkOutcome::WrongNumber);
    assert_eq!(stand.confirm(&kept, &stand.own, &number).await.expect("an answer"), LinkOutcome::WrongNumber);
    assert_eq!(stand.confirm(&kept, &stand.other, &number).await.expect("an answer"), LinkOutcome::Linked);
    assert_eq!(stand.file(&kept.id, &kept.token).await.expect("the file").employments.len(), 2);
    assert!(stand.proposals(&kept).await.is_empty());
    not_found(&stand.bed, "proposal", async || stand.confirm(&kept, &stand.other, &number).await).await;
    stand.assert_clean().await;
}

#[tokio::test]
async fn matches_are_closed_by_a_no_or_by_five_wrong_answers_and_never_proposed_again() {
    let stand = Stand::start().await;
    let worker = stand.sanne(&stand.own, "Sanne", "Willems").await;
    let other = stand.sanne(&stand.other, "Sanne", "Willems").await;
    let propose = async |worker: &Colleague, token: &str| {
        let request = ProposeLinksRequest { worker: worker.id.clone(), request_id: request_id() };
        stand.bed.links().propose_links(as_token(request, token)).await.map(tonic::Response::into_inner)
    };
    // However many come at once, each is counted before it is looked at.
    let answers = futures::future::join_all((0..8).map(|_| stand.confirm(&worker, &stand.other, "wrong"))).await;
    let of = |outcome| answers.iter().filter(|answer| answer.as_ref().is_ok_and(|one| *one == outcome)).count();
    assert_eq!((of(LinkOutcome::WrongNumber), of(LinkOutcome::Closed)), (4, 1), "{answers:?}");
    let number = stand.number(&other).await;
    not_found(&stand.bed, "proposal", async || stand.confirm(&worker, &stand.other, &number).await).await;

    let third = stand.sanne(&stand.other, "Sanne", "Willems").await;
    assert_eq!(stand.proposals(&third).await.len(), 2, "each pair has its own");
    assert_eq!(stand.proposals(&worker).await.len(), 1);
    stand.decline(&third).await.expect("declined");
    propose(&worker, &stand.own.hr).await.expect("looked for");
    for worker in [&worker, &other, &third] {
        assert!(stand.proposals(worker).await.is_empty());
    }
    // Only who works with the person's papers asks, and learns nothing.
    not_found(&stand.bed, "worker", async || propose(&worker, &stand.other.hr).await).await;
    not_found(&stand.bed, "worker", async || {
        let request = ProposeLinksRequest { worker: unknown("wrk"), request_id: request_id() };
        stand.bed.links().propose_links(as_token(request, stand.builder.operator())).await
    })
    .await;
}

#[tokio::test]
async fn two_accounts_both_confirm_and_are_one_user_with_the_roles_of_both() {
    let stand = Stand::start().await;
    let kept = stand.sanne(&stand.own, "Sanne", "Willems").await;
    let merged = stand.sanne(&stand.other, "Sanne", "Willems").await;
    stand.account(&kept, "one").await;
    let request = with_identity("two", user(vec![grant(Role::Worker, ""), grant(Role::Planner, &stand.other.id)], &merged.id));
    stand.bed.identity().create_user(as_token(request, stand.builder.operator())).await.expect("a user");
    let (own_number, their_number) = (stand.number(&kept).await, stand.number(&merged).await);
    assert_eq!(stand.confirm(&kept, &stand.other, &their_number).await.expect("an answer"), LinkOutcome::Waiting);
    assert!(stand.proposals(&kept).await[0].waiting && !stand.proposals(&merged).await[0].waiting);
    assert_eq!(stand.confirm(&kept, &stand.other, &their_number).await.expect("an answer"), LinkOutcome::Waiting, "not twice the same");
    assert_eq!(stand.confirm(&merged, &stand.own, &own_number).await.expect("an answer"), LinkOutcome::Linked);

    // The second one confirmed, so it is the one that is kept; either way of signing in leads there.
    let db = stand.bed.db("members");
    let one = "SELECT COUNT(*) AS n FROM users u JOIN users k ON k.id = u.merged_into WHERE u.subject = 'one' AND k.subject = 'two' AND u.worker IS NULL";
    assert_eq!(count(&db, one).await, 1);
    let roles = "SELECT COUNT(*) AS n FROM user_role r JOIN users u ON u.id = r.user_id WHERE u.subject = 'two'";
    assert_eq!(count(&db, roles).await, 2, "a role that both have is there once");
    let taken = with_identity("one", user(vec![grant(Role::Operator, "")], ""));
    let send = async || stand.bed.identity().create_user(as_token(taken, stand.builder.operator())).await;
    refuses(&stand.bed, send, Code::AlreadyExists, "IDENTITY_TAKEN", &[]).await;
    stand.assert_clean().await;
}

#[tokio::test]
async fn of_two_who_link_each_other_at_once_one_does() {
    let stand = Stand::start().await;
    let (a, b) = (stand.sanne(&stand.own, "Sanne", "Willems").await, stand.sanne(&stand.other, "Sanne", "Willems").await);
    let (code_a, code_b) = (stand.code(&a).await, stand.code(&b).await);
    let (first, second) = tokio::join!(stand.by_code(&a, &code_b), stand.by_code(&b, &code_a));
    let refused: Vec<String> = [first, second].into_iter().filter_map(Result::err).map(|status| reason(&status)).collect();
    assert_eq!(refused, ["INVITATION_INVALID"]);
    let db = stand.bed.db("members");
    assert_eq!(count(&db, "SELECT COUNT(*) AS n FROM event_log WHERE kind LIKE '%.WorkersMerged'").await, 1);
    assert_eq!(count(&db, "SELECT COUNT(*) AS n FROM worker WHERE merged_into IS NOT NULL").await, 1);
    stand.assert_clean().await;
    // Nobody else may link: hr least of all.
    let hr = stand.bed.token(&[(R::Hr, Some(&stand.own.id))]).await;
    let request = LinkByCodeRequest { code: "x".to_owned(), request_id: request_id() };
    let status = stand.bed.links().link_by_code(as_token(request, &hr)).await.expect_err("not a worker");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::PermissionDenied, "ROLE_MISSING"));
}

#[tokio::test]
async fn the_number_of_one_person_is_guessed_fifteen_times_however_many_guess() {
    let stand = Stand::start().await;
    let victim = stand.sanne(&stand.other, "Sanne", "Willems").await;
    let number = stand.number(&victim).await;
    let mut guesses = 0;
    for _ in 0..4 {
        let guesser = stand.sanne(&stand.own, "Sanne", "Willems").await;
        for _ in 0..4 {
            let outcome = stand.confirm(&guesser, &stand.other, "wrong").await.expect("an answer");
            guesses += usize::from(outcome == LinkOutcome::WrongNumber);
        }
    }
    let late = stand.sanne(&stand.own, "Sanne", "Willems").await;
    assert_ne!(stand.confirm(&late, &stand.other, &number).await.expect("an answer"), LinkOutcome::Linked);
    assert!(guesses <= 15 + 1, "{guesses}");
    stand.assert_clean().await;
}

#[tokio::test]
async fn nobody_guesses_faster_than_by_code() {
    let stand = Stand::start().await;
    let worker = stand.sanne(&stand.own, "Sanne", "Willems").await;
    let mut told = Vec::new();
    for _ in 0..25 {
        told.push(stand.confirm(&worker, &stand.other, "wrong").await.expect_err("no match").code());
    }
    assert_eq!((told[0], told[24]), (Code::NotFound, Code::ResourceExhausted), "{told:?}");
}
