//! When somebody cannot work, and what rosters must keep to: who says so, what is told, and that nothing says why or who (D7).

use chassis::{caller::Role, time::Timestamp};
use proto::members::{
    CreateUnavailabilityRequest, GetScheduleConstraintsRequest, ListUnavailabilitiesRequest, ScheduleConstraint, ScheduleConstraintKind,
    SetScheduleConstraintsRequest, Unavailability, UpdateUnavailabilityRequest, WithdrawUnavailabilityRequest,
};
use sea_orm::{ConnectionTrait, Statement};
use testkit::{
    Testbed, as_token,
    region::{Builder, Colleague, Employer, Person},
    request_id,
};
use tonic::{Code, Status};

use crate::support::{Wrong, count, date, happens_once, not_found, refuses, refuses_what_is_wrong, unknown};

const TOO_FAR: &str = "is not between two years ago and five years ahead";
const OUTPUT_ONLY: &str = "is set by the service and must be empty";

fn at(bed: &Testbed, days: i64) -> Option<prost_types::Timestamp> {
    Some(bed.day(days).at_minute(0, false).expect("midnight").to_proto())
}

fn create(bed: &Testbed, worker: &str, from: i64, until: Option<i64>) -> CreateUnavailabilityRequest {
    let period = Unavailability {
        worker: worker.to_owned(),
        from: at(bed, from),
        until: until.and_then(|days| at(bed, days)),
        ..Unavailability::default()
    };
    CreateUnavailabilityRequest { unavailability: Some(period), request_id: request_id() }
}

fn update(period: &Unavailability, paths: &[&str]) -> UpdateUnavailabilityRequest {
    let update_mask = Some(prost_types::FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() });
    let period = Unavailability { worker: String::new(), ..period.clone() };
    UpdateUnavailabilityRequest { unavailability: Some(period), update_mask, request_id: request_id() }
}

struct Stand {
    bed: Testbed,
    builder: Builder,
    own: Employer,
    other: Employer,
    worker: Colleague,
}

impl Stand {
    async fn start() -> Self {
        let bed = Testbed::start().await;
        let builder = bed.builder().await;
        let (own, other) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
        let worker = builder.worker(&own, &Person::default()).await;
        Self { bed, builder, own, other, worker }
    }

    async fn create(&self, request: CreateUnavailabilityRequest, token: &str) -> Result<Unavailability, Status> {
        let answer = self.bed.unavailabilities().create_unavailability(as_token(request, token)).await?;
        Ok(answer.into_inner().unavailability.expect("it"))
    }

    async fn update(&self, request: UpdateUnavailabilityRequest, token: &str) -> Result<Unavailability, Status> {
        let answer = self.bed.unavailabilities().update_unavailability(as_token(request, token)).await?;
        Ok(answer.into_inner().unavailability.expect("it"))
    }

    async fn withdraw(&self, id: &str, token: &str) -> Result<(), Status> {
        let request = WithdrawUnavailabilityRequest { id: id.to_owned(), request_id: request_id() };
        self.bed.unavailabilities().withdraw_unavailability(as_token(request, token)).await.map(drop)
    }

    async fn list(&self, token: &str) -> Result<Vec<Unavailability>, Status> {
        let request = ListUnavailabilitiesRequest { worker: self.worker.id.clone(), ..ListUnavailabilitiesRequest::default() };
        Ok(self.bed.unavailabilities().list_unavailabilities(as_token(request, token)).await?.into_inner().unavailabilities)
    }

    async fn set(&self, constraints: Vec<ScheduleConstraint>, etag: &str, token: &str) -> Result<String, Status> {
        let (worker, etag) = (self.worker.id.clone(), etag.to_owned());
        let request = SetScheduleConstraintsRequest { worker, constraints, etag, request_id: request_id() };
        Ok(self.bed.schedule_constraints().set_schedule_constraints(as_token(request, token)).await?.into_inner().etag)
    }

    async fn constraints(&self, token: &str) -> Result<(Vec<ScheduleConstraint>, String), Status> {
        let request = GetScheduleConstraintsRequest { worker: self.worker.id.clone() };
        let answer = self.bed.schedule_constraints().get_schedule_constraints(as_token(request, token)).await?.into_inner();
        Ok((answer.constraints, answer.etag))
    }
}

#[tokio::test]
async fn a_period_is_told_everything_that_is_wrong_with_it() {
    let stand = Stand::start().await;
    let wrong: &[Wrong<CreateUnavailabilityRequest>] = &[
        (|r| *r = CreateUnavailabilityRequest::default(), &[("unavailability", "is required"), ("request_id", "is not a UUID (D25)")]),
        (
            |r| r.unavailability = Some(Unavailability::default()),
            &[("unavailability.worker", "is required"), ("unavailability.from", "is required")],
        ),
        (
            |r| {
                let period = r.unavailability.as_mut().unwrap();
                (period.id, period.etag, period.worker) = ("una_1".to_owned(), "0".to_owned(), "sam".to_owned());
                period.from.as_mut().unwrap().seconds = 0;
                period.until = Some(prost_types::Timestamp { seconds: 9_999_999_999, nanos: 0 });
            },
            &[
                ("unavailability.id", OUTPUT_ONLY),
                ("unavailability.etag", OUTPUT_ONLY),
                ("unavailability.worker", "is not an id of this kind: expected wrk_ followed by 32 hexadecimal digits"),
                ("unavailability.from", TOO_FAR),
                ("unavailability.until", TOO_FAR),
            ],
        ),
        (
            |r| {
                let period = r.unavailability.as_mut().unwrap();
                period.until = period.from;
            },
            &[("unavailability.until", "is not after the start")],
        ),
    ];
    let good = create(&stand.bed, &stand.worker.id, 3, Some(5));
    refuses_what_is_wrong(&stand.bed, &good, wrong, async |r| stand.create(r, &stand.own.hr).await).await;

    let made = stand.create(good, &stand.own.hr).await.expect("recorded");
    let wrong: &[Wrong<UpdateUnavailabilityRequest>] = &[
        (
            |r| *r = UpdateUnavailabilityRequest::default(),
            &[("update_mask", "is required: at least one path"), ("unavailability", "is required"), ("request_id", "is not a UUID (D25)")],
        ),
        (
            |r| {
                r.update_mask.as_mut().unwrap().paths = ["from", "from", "worker"].map(str::to_owned).to_vec();
                r.unavailability = Some(Unavailability { worker: unknown("wrk"), ..Unavailability::default() });
            },
            &[
                ("update_mask.paths[1]", "is there twice"),
                ("update_mask.paths[2]", "is not one of from, until"),
                ("unavailability.id", "is required"),
                ("unavailability.worker", OUTPUT_ONLY),
                ("unavailability.etag", "is required"),
                ("unavailability.from", "is required"),
            ],
        ),
        (
            // The end that it would have is before the begin that it has.
            |r| {
                let period = r.unavailability.as_mut().unwrap();
                period.until = period.from;
            },
            &[("unavailability.until", "is not after the start")],
        ),
    ];
    refuses_what_is_wrong(&stand.bed, &update(&made, &["until"]), wrong, async |r| stand.update(r, &stand.own.hr).await).await;
}

#[tokio::test]
async fn a_constraint_is_told_everything_that_is_wrong_with_it() {
    let stand = Stand::start().await;
    let good = SetScheduleConstraintsRequest {
        worker: stand.worker.id.clone(),
        constraints: vec![ScheduleConstraint {
            kind: ScheduleConstraintKind::NoNights.into(),
            from: date("2026-11-01"),
            ..ScheduleConstraint::default()
        }],
        etag: "0".to_owned(),
        request_id: request_id(),
    };
    let wrong: &[Wrong<SetScheduleConstraintsRequest>] = &[
        (
            |r| *r = SetScheduleConstraintsRequest::default(),
            &[("worker", "is required"), ("etag", "is required"), ("request_id", "is not a UUID (D25)")],
        ),
        (
            |r| {
                let constraint = &mut r.constraints[0];
                (constraint.id, constraint.minutes, constraint.until) = ("sct_1".to_owned(), 60, date("2026-10-31"));
                let kind = ScheduleConstraintKind::ShiftMinutes.into();
                r.constraints.push(ScheduleConstraint { kind, minutes: 1441, ..ScheduleConstraint::default() });
                r.constraints.push(ScheduleConstraint { kind: 8, from: date("2026-11-01"), ..ScheduleConstraint::default() });
            },
            &[
                ("constraints[0].id", OUTPUT_ONLY),
                ("constraints[0].minutes", "must be empty for this kind"),
                ("constraints[0].until", "is before the first day"),
                ("constraints[1].minutes", "is not between 60 and 1440"),
                ("constraints[1].from", "is required"),
                ("constraints[2].kind", "is not a value of its enum"),
            ],
        ),
        (|r| r.constraints = vec![r.constraints[0].clone(); 21], &[("constraints", "are more than 20")]),
    ];
    refuses_what_is_wrong(&stand.bed, &good, wrong, async |r| {
        stand.bed.schedule_constraints().set_schedule_constraints(as_token(r, &stand.own.hr)).await
    })
    .await;
}

#[tokio::test]
async fn a_period_is_recorded_once_changed_as_it_was_read_and_taken_back() {
    let stand = Stand::start().await;
    let request = create(&stand.bed, &stand.worker.id, 3, None);
    let other = |r: &mut CreateUnavailabilityRequest| r.unavailability.as_mut().unwrap().from.as_mut().unwrap().seconds += 60;
    let made = happens_once(&stand.bed, &request, other, async |r| stand.create(r, &stand.worker.token).await).await;
    let expected = request.unavailability.expect("it");
    assert_eq!(made, Unavailability { id: made.id.clone(), etag: "0".to_owned(), ..expected });

    let ended = Unavailability { until: at(&stand.bed, 6), ..made.clone() };
    let changed = stand.update(update(&ended, &["until"]), &stand.own.hr).await.expect("changed");
    assert_eq!(changed, Unavailability { etag: "1".to_owned(), ..ended.clone() });
    let late = async || stand.update(update(&ended, &["until"]), &stand.worker.token).await;
    refuses(&stand.bed, late, Code::FailedPrecondition, "CHANGED_MEANWHILE", &[]).await;
    // What stays as it is is told to nobody.
    let told = async || count(&stand.bed.db("members"), "SELECT COUNT(*) AS n FROM event_log").await;
    let before = told().await;
    assert_eq!(stand.update(update(&changed, &["from", "until"]), &stand.own.hr).await.expect("the same"), changed);
    assert_eq!(told().await, before);

    let second = stand.create(create(&stand.bed, &stand.worker.id, 1, Some(2)), &stand.own.hr).await.expect("recorded");
    let over = stand.create(create(&stand.bed, &stand.worker.id, -5, Some(-2)), &stand.own.hr).await.expect("recorded");
    assert_eq!(stand.list(&stand.worker.token).await.expect("listed"), [second.clone(), changed.clone()], "{over:?} is over");
    stand.withdraw(&second.id, &stand.worker.token).await.expect("taken back");
    not_found(&stand.bed, "unavailability", async || stand.withdraw(&second.id, &stand.own.hr).await).await;
    assert_eq!(stand.list(&stand.own.hr).await.expect("listed"), [changed]);
    assert_eq!(members::check(&stand.bed.db("members")).await.expect("a check"), []);
}

#[tokio::test]
async fn the_person_hr_of_an_employer_of_today_and_services_know_when_somebody_is_away_and_nobody_else() {
    let stand = Stand::start().await;
    let builder = &stand.builder;
    let made = stand.create(create(&stand.bed, &stand.worker.id, 3, None), &stand.worker.token).await.expect("recorded");
    let service = stand.bed.token(&[(Role::Service, None)]).await;
    let former = builder.employer_without_agreement("C").await;
    let gone = Person { until: Some(stand.bed.day(-1)), ..Person::default() };
    builder.employment(&stand.worker, &former, &gone).await;
    let colleague = builder.worker(&stand.own, &Person::default()).await;

    for token in [&stand.worker.token, &stand.own.hr, &service] {
        assert_eq!(stand.list(token).await.expect("listed"), std::slice::from_ref(&made));
        let etag = stand.constraints(token).await.expect("got").1;
        stand.set(Vec::new(), &etag, token).await.expect("set");
    }
    for token in [&stand.other.hr, &former.hr, &colleague.token] {
        not_found(&stand.bed, "worker", async || stand.list(token).await).await;
        not_found(&stand.bed, "worker", async || stand.constraints(token).await).await;
        not_found(&stand.bed, "worker", async || stand.create(create(&stand.bed, &stand.worker.id, 3, None), token).await).await;
        not_found(&stand.bed, "worker", async || stand.set(Vec::new(), "3", token).await).await;
        not_found(&stand.bed, "unavailability", async || stand.update(update(&made, &["until"]), token).await).await;
        not_found(&stand.bed, "unavailability", async || stand.withdraw(&made.id, token).await).await;
    }
    not_found(&stand.bed, "worker", async || stand.create(create(&stand.bed, &unknown("wrk"), 3, None), &service).await).await;
    // Whoever looked at somebody else's file is on record (D17).
    let reads = count(&stand.bed.db("members"), "SELECT COUNT(*) AS n FROM file_read").await;
    assert_eq!(reads, 4);
}

#[tokio::test]
async fn constraints_are_set_as_a_whole_as_they_were_read() {
    let stand = Stand::start().await;
    let nights = ScheduleConstraint {
        kind: ScheduleConstraintKind::NoNights.into(),
        from: date("2026-11-01"),
        until: date("2027-05-01"),
        ..ScheduleConstraint::default()
    };
    let hours = ScheduleConstraint { kind: ScheduleConstraintKind::ShiftMinutes.into(), minutes: 360, ..nights.clone() };
    let (none, etag) = stand.constraints(&stand.worker.token).await.expect("got");
    assert!(none.is_empty());
    let second = stand.set(vec![nights.clone(), hours.clone()], &etag, &stand.own.hr).await.expect("set");
    let (set, now) = stand.constraints(&stand.worker.token).await.expect("got");
    assert_eq!(now, second);
    let without_id = |set: Vec<ScheduleConstraint>| -> Vec<ScheduleConstraint> {
        set.into_iter().map(|constraint| ScheduleConstraint { id: String::new(), ..constraint }).collect()
    };
    assert_eq!(without_id(set), [nights.clone(), hours]);
    let late = async || stand.set(Vec::new(), &etag, &stand.worker.token).await;
    refuses(&stand.bed, late, Code::FailedPrecondition, "CHANGED_MEANWHILE", &[]).await;
    let third = stand.set(vec![nights.clone()], &second, &stand.worker.token).await.expect("set");
    assert_eq!(without_id(stand.constraints(&stand.own.hr).await.expect("got").0), [nights]);
    stand.set(Vec::new(), &third, &stand.own.hr).await.expect("set");
    assert!(stand.constraints(&stand.own.hr).await.expect("got").0.is_empty());
}

#[tokio::test]
async fn nothing_that_is_kept_says_who_recorded_it() {
    let stand = Stand::start().await;
    let db = stand.bed.db("members");
    let before = count(&db, "SELECT COUNT(*) AS n FROM request").await;
    let made = stand.create(create(&stand.bed, &stand.worker.id, 3, None), &stand.own.hr).await.expect("recorded");
    let made = stand.update(update(&Unavailability { until: at(&stand.bed, 9), ..made }, &["until"]), &stand.worker.token).await;
    stand.withdraw(&made.expect("changed").id, &stand.own.hr).await.expect("taken back");
    stand.set(Vec::new(), "0", &stand.own.hr).await.expect("set");

    let nobody = count(&db, "SELECT COUNT(*) AS n FROM request WHERE caller = 'nobody'").await;
    assert_eq!((nobody, count(&db, "SELECT COUNT(*) AS n FROM request").await), (4, before + 4));
    let told = "SELECT kind, traceparent FROM event_log WHERE kind LIKE '%Unavail%' OR kind LIKE '%ScheduleConstraints%' ORDER BY written";
    let rows = db.read().query_all_raw(Statement::from_string(db.backend(), told)).await.expect("the log");
    let kinds: Vec<String> = rows.iter().map(|row| row.try_get("", "kind").expect("a kind")).collect();
    let expected = ["WorkerUnavailable", "UnavailabilityChanged", "UnavailabilityWithdrawn", "ScheduleConstraintsChanged"];
    assert_eq!(kinds, expected.map(|kind| format!("regiopool.members.v1.{kind}")));
    for row in rows {
        assert_eq!(row.try_get::<Option<String>>("", "traceparent").expect("a column"), None, "in a trace stands who called");
    }
}

#[tokio::test]
async fn a_worker_has_at_most_a_hundred_periods_ahead() {
    let stand = Stand::start().await;
    for n in 0..100 {
        stand.create(create(&stand.bed, &stand.worker.id, n, Some(n + 1)), &stand.worker.token).await.expect("recorded");
    }
    let one_more = create(&stand.bed, &stand.worker.id, 200, None);
    let send = async || stand.create(one_more, &stand.worker.token).await;
    refuses(&stand.bed, send, Code::FailedPrecondition, "TOO_MANY", &[("limit", "100")]).await;
    // What is over makes room.
    stand.bed.set_clock(2 * 86_400);
    let after = Timestamp(stand.bed.frame.clock.now().0);
    assert!(after > chassis::time::real_now());
    stand.create(create(&stand.bed, &stand.worker.id, 200, None), &stand.worker.token).await.expect("recorded");
}
