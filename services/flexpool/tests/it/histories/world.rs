//! A history as it is played: in a region of its own, by everybody at once.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use chassis::{
    db::Db,
    ids::{CompetenceId, EmploymentId, OrganisationId, ScheduleConstraintId, UnavailabilityId, WorkerId},
    time::{LocalDate, Timestamp},
};
use futures::future::join_all;
use proto::{
    flexpool::{
        AcceptOfferRequest, CancelShiftRequest, ClaimShiftRequest, DeclareWorkRequest, JoinWaitlistRequest, LeaveWaitlistRequest,
        LocalTime, PutRosterBlocksRequest, RosterBlock, Shift, WithdrawClaimRequest, WorkKind,
    },
    members::{
        CompetenceAdded, EmploymentChanged, EmploymentKind, FunctionLevel, GetPoolRequest, OrganisationLeaves, ScheduleConstraint,
        ScheduleConstraintKind, ScheduleConstraintsChanged, UnavailabilityWithdrawn, UpdatePoolRequest, WorkerUnavailable, WorkersMerged,
    },
};
use testkit::{
    Testbed, as_token,
    region::{Builder, Colleague, Employer, Person, Region, long_ago},
    request_id,
};
use tonic::{Code, Status};
use uuid::Uuid;

use super::script::{Hours, Script, Step};

/// What is not done after so many tries is left undone.
const TRIES: usize = 4;

type Outcome = Result<(), Status>;

/// A worker with what was ever given.
struct Somebody {
    who: Colleague,
    employer: usize,
    on_call: bool,
    competence: CompetenceId,
    away: UnavailabilityId,
    claims: Mutex<Vec<String>>,
    waits: Mutex<Vec<String>>,
}

pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) script: Script,
    pub(crate) region: Region,
    members: Db,
    employers: [Employer; 2],
    pool: String,
    builder: Builder,
    people: Vec<Somebody>,
    shifts: Mutex<Vec<Shift>>,
    /// Successes with their requests, to be asked for again.
    done: Mutex<Vec<(ClaimShiftRequest, String, String)>>,
    next: AtomicI64,
    wrong: Mutex<Vec<String>>,
}

impl World {
    /// Makes a region with its people, before anything happens.
    pub(crate) async fn new(bed: &Testbed, seed: u64) -> Self {
        let script = Script::of(seed);
        let region = Region::create(&bed.frame.settings).await;
        let builder = Builder::new(&region).await;
        let employers = [builder.employer("Zonnehof").await, builder.employer("Beekdal").await];
        let pool = builder.pool(&[&employers[0], &employers[1]]).await;
        let mut people = Vec::new();
        for member in &script.workers {
            let kind = if member.on_call { EmploymentKind::OnCall } else { EmploymentKind::Permanent };
            let who = builder.worker(&employers[member.employer], &Person { kind, ..Person::default() }).await;
            people.push(Somebody {
                who,
                employer: member.employer,
                on_call: member.on_call,
                competence: CompetenceId::new(),
                away: UnavailabilityId::new(),
                claims: Mutex::default(),
                waits: Mutex::default(),
            });
        }
        let world = Self {
            seed,
            script,
            region,
            members: bed.db("members"),
            employers,
            pool,
            builder,
            people,
            shifts: Mutex::default(),
            done: Mutex::default(),
            next: AtomicI64::new(1),
            wrong: Mutex::default(),
        };
        for (at, member) in world.script.workers.iter().enumerate() {
            if member.competent {
                world.competence(at, None).await;
            }
        }
        if world.script.own_gaps_first {
            world.own_gaps_first().await;
        }
        world
    }

    async fn own_gaps_first(&self) {
        let asked = as_token(GetPoolRequest { id: self.pool.clone() }, self.builder.operator());
        let mut pool = self.region.pools().get_pool(asked).await.expect("the pool").into_inner().pool.expect("it");
        pool.terms.as_mut().expect("terms").own_gaps_first = true;
        let update_mask = Some(prost_types::FieldMask { paths: vec!["terms".to_owned()] });
        let request = UpdatePoolRequest { pool: Some(pool), update_mask, request_id: request_id() };
        self.region.pools().update_pool(as_token(request, self.builder.operator())).await.expect("changed");
    }

    /// Publishes the shifts of a round, in real time as the clock says (I12).
    pub(crate) async fn publish(&self, round: usize) {
        for (days, opening) in &self.script.rounds[round].shifts {
            let shift = self.builder.shift(&self.employers[usize::from(opening.places == 2)], &self.pool, opening).await;
            let time = |time: &Option<prost_types::Timestamp>| Timestamp::from_proto(time.as_ref().expect("a time")).expect("a time");
            let lasts = (time(&shift.ends_at).0 - time(&shift.starts_at).0) / 60_000_000;
            let on_the_clock = i64::from((opening.end - opening.start).rem_euclid(24 * 60));
            let night = opening.end < opening.start;
            let expected = on_the_clock + if night { self.script.season.gained(*days) } else { 0 };
            if lasts != expected {
                self.note(format!("I12: {opening:?} lasts {lasts} minutes, not {expected}"));
            }
            self.shifts.lock().expect("unpoisoned").push(shift);
        }
    }

    /// Everything of a round at once.
    pub(crate) async fn play(&self, round: usize) {
        join_all(self.script.rounds[round].steps.iter().map(|step| async move {
            for _ in 0..TRIES {
                let Err(status) = self.done(step).await else { return };
                match status.code() {
                    Code::Aborted | Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted => {}
                    Code::FailedPrecondition | Code::NotFound => return,
                    _ => return self.note(format!("{step:?} is answered {status:?}")),
                }
            }
        }))
        .await;
    }

    /// What is wrong in the end although the databases do not show it; and those who were told that they have a place have one (I5).
    pub(crate) async fn told_what_is_so(&self, claims: &BTreeMap<Uuid, Uuid>) -> Vec<String> {
        let done: Vec<_> = self.done.lock().expect("unpoisoned").clone();
        for (at, (request, token, claim)) in done.iter().enumerate() {
            let id: chassis::ids::ClaimId = claim.parse().expect("a claim's id");
            if claims.get(&id.0) != Some(&self.region.id.0) {
                self.note(format!("I5: {claim} was confirmed and is not there"));
            }
            if at < 3 {
                let again = self.region.claims().claim_shift(as_token(request.clone(), token)).await;
                let again = again.map(|answer| answer.into_inner().claim.expect("the claim").id);
                if again.as_ref().ok() != Some(claim) {
                    self.note(format!("I5: the request of {claim} is answered {again:?} later"));
                }
            }
        }
        self.wrong.lock().expect("unpoisoned").clone()
    }

    pub(crate) fn note(&self, wrong: String) {
        self.wrong.lock().expect("unpoisoned").push(wrong);
    }

    fn shift(&self, at: usize) -> String {
        let shifts = self.shifts.lock().expect("unpoisoned");
        shifts[at % shifts.len()].id.clone()
    }

    fn day(&self, days: i64) -> LocalDate {
        LocalDate(self.script.season.day().0 + chrono::Duration::days(days))
    }

    async fn done(&self, step: &Step) -> Outcome {
        match step {
            Step::Claim { worker, shift, twice } => self.claim(*worker, *shift, *twice).await,
            Step::Join { worker, shift, at_once } => {
                let request =
                    JoinWaitlistRequest { shift: self.shift(*shift), at_once: *at_once, request_id: request_id(), ..Default::default() };
                let joined = self.region.waits().join_waitlist(as_token(request, &self.people[*worker].who.token)).await?;
                let id = joined.into_inner().wait.expect("the wait").id;
                self.people[*worker].waits.lock().expect("unpoisoned").push(id);
                Ok(())
            }
            Step::Withdraw { worker, claim } => {
                let Some(id) = nth(&self.people[*worker].claims, *claim) else { return Ok(()) };
                let request = WithdrawClaimRequest { id, request_id: request_id() };
                self.region.claims().withdraw_claim(as_token(request, &self.people[*worker].who.token)).await.map(drop)
            }
            Step::Leave { worker, wait } => {
                let Some(id) = nth(&self.people[*worker].waits, *wait) else { return Ok(()) };
                let request = LeaveWaitlistRequest { id, request_id: request_id() };
                self.region.waits().leave_waitlist(as_token(request, &self.people[*worker].who.token)).await.map(drop)
            }
            Step::Accept { worker, wait } => {
                let Some(id) = nth(&self.people[*worker].waits, *wait) else { return Ok(()) };
                let request = AcceptOfferRequest { id, request_id: request_id() };
                let accepted = self.region.waits().accept_offer(as_token(request, &self.people[*worker].who.token)).await?;
                let id = accepted.into_inner().claim.expect("the claim").id;
                self.people[*worker].claims.lock().expect("unpoisoned").push(id);
                Ok(())
            }
            Step::Roster { employer, blocks } => self.roster(*employer, blocks).await,
            Step::Declare { worker, hours } => {
                let (starts_at, ends_at) = (self.clock(hours.day, hours.from), self.clock(hours.day, hours.until));
                let request = DeclareWorkRequest { starts_at, ends_at, request_id: request_id(), ..Default::default() };
                let declared = self.region.rosters().declare_work(as_token(request, &self.people[*worker].who.token)).await;
                or_no_such_hour(declared.map(drop))
            }
            Step::Cancel { shift } => {
                let request = |token: &str| as_token(CancelShiftRequest { id: self.shift(*shift), request_id: request_id() }, token);
                let first = self.region.shifts().cancel_shift(request(&self.employers[0].planner)).await;
                match first {
                    Err(status) if status.code() == Code::NotFound => {
                        self.region.shifts().cancel_shift(request(&self.employers[1].planner)).await.map(drop)
                    }
                    answer => answer.map(drop),
                }
            }
            Step::Leaves { employer, on } => {
                let id = &self.employers[*employer].id;
                let told = OrganisationLeaves { organisation: id.clone(), on: Some(self.day(*on).to_proto()) };
                self.tell(id.parse::<OrganisationId>().expect("an id").0, &told).await;
                Ok(())
            }
            _ => {
                self.news(step).await;
                Ok(())
            }
        }
    }

    /// What members tells of a worker.
    async fn news(&self, step: &Step) {
        match step {
            Step::Competence { worker, until } => self.competence(*worker, *until).await,
            Step::Away { worker, from, days } => {
                let midnight = |days: i64| Some(self.day(days).at_minute(0, false).expect("midnight").to_proto());
                let somebody = &self.people[*worker];
                let unavailability = somebody.away.to_string();
                let until = days.and_then(|days| midnight(from + days));
                let told = WorkerUnavailable { worker: somebody.who.id.clone(), unavailability, from: midnight(*from), until };
                self.tell(somebody.subject(), &told).await;
            }
            Step::Back { worker } => {
                let somebody = &self.people[*worker];
                let (worker, unavailability) = (somebody.who.id.clone(), somebody.away.to_string());
                let told = UnavailabilityWithdrawn { worker, unavailability, revision: self.next.fetch_add(1, Ordering::Relaxed) };
                self.tell(somebody.subject(), &told).await;
            }
            Step::NoNights { worker, holds } => {
                let constraint = ScheduleConstraint {
                    id: ScheduleConstraintId::new().to_string(),
                    kind: ScheduleConstraintKind::NoNights.into(),
                    minutes: 0,
                    from: Some(self.day(0).to_proto()),
                    until: None,
                };
                let somebody = &self.people[*worker];
                let constraints = holds.then_some(constraint).into_iter().collect();
                self.tell(somebody.subject(), &ScheduleConstraintsChanged { worker: somebody.who.id.clone(), constraints }).await;
            }
            Step::Employed { worker, until } => self.employed(*worker, *until).await,
            Step::Merge { kept, merged } => {
                let (kept, merged) = (&self.people[*kept], &self.people[*merged]);
                self.tell(kept.subject(), &WorkersMerged { kept: kept.who.id.clone(), merged: merged.who.id.clone() }).await;
            }
            _ => unreachable!("{step:?} is no news of members"),
        }
    }

    async fn claim(&self, worker: usize, shift: usize, twice: bool) -> Outcome {
        let somebody = &self.people[worker];
        let request = ClaimShiftRequest { shift: self.shift(shift), employment: String::new(), request_id: request_id() };
        let send = || async {
            let answer = self.region.claims().claim_shift(as_token(request.clone(), &somebody.who.token)).await?;
            Ok::<_, Status>(answer.into_inner().claim.expect("the claim").id)
        };
        let answer = if twice {
            let (one, other) = tokio::join!(send(), send());
            if let (Ok(one), Ok(other)) = (&one, &other)
                && one != other
            {
                self.note(format!("I5: one request became {one} and {other}"));
            }
            if one.is_ok() { one } else { other }
        } else {
            send().await
        };
        let id = answer?;
        somebody.claims.lock().expect("unpoisoned").push(id.clone());
        self.done.lock().expect("unpoisoned").push((request, somebody.who.token.clone(), id));
        Ok(())
    }

    async fn roster(&self, employer: usize, blocks: &[(usize, usize, Hours)]) -> Outcome {
        let own = blocks.iter().filter(|(_, worker, _)| self.people[*worker].employer == employer);
        let blocks: Vec<RosterBlock> = own
            .map(|(reference, worker, hours)| RosterBlock {
                external_reference: format!("R{reference}"),
                employment: self.people[*worker].who.employment.clone(),
                starts_at: self.clock(hours.day, hours.from),
                ends_at: self.clock(hours.day, hours.until),
                break_minutes: 0,
                kind: WorkKind::Ordinary.into(),
            })
            .collect();
        let Employer { id, planner, .. } = &self.employers[employer];
        let request = PutRosterBlocksRequest { organisation: id.clone(), blocks, request_id: request_id(), ..Default::default() };
        or_no_such_hour(self.region.rosters().put_roster_blocks(as_token(request, planner)).await.map(drop))
    }

    fn clock(&self, days: i64, hour: i32) -> Option<LocalTime> {
        let date = Some(self.day(days + i64::from(hour / 24)).to_proto());
        Some(LocalTime { date, minute: hour % 24 * 60, second_pass: false })
    }

    async fn competence(&self, worker: usize, until: Option<i64>) {
        let somebody = &self.people[worker];
        let told = CompetenceAdded {
            worker: somebody.who.id.clone(),
            competence: somebody.competence.to_string(),
            code: "infuus".to_owned(),
            valid_from: None,
            valid_until: until.map(|days| self.day(days).to_proto()),
        };
        self.tell(somebody.subject(), &told).await;
    }

    async fn employed(&self, worker: usize, until: Option<i64>) {
        let somebody = &self.people[worker];
        let told = EmploymentChanged {
            worker: somebody.who.id.clone(),
            employment: somebody.who.employment.parse::<EmploymentId>().expect("an id").to_string(),
            organisation: self.employers[somebody.employer].id.clone(),
            function_level: FunctionLevel::Carer.into(),
            kind: if somebody.on_call { EmploymentKind::OnCall } else { EmploymentKind::Permanent }.into(),
            minutes_per_week: 24 * 60,
            from: Some(long_ago().to_proto()),
            until: until.map(|days| self.day(days).to_proto()),
            assessed_until: None,
            revision: self.next.fetch_add(1, Ordering::Relaxed),
        };
        self.tell(somebody.subject(), &told).await;
    }

    /// Tells as members does, by its log.
    async fn tell<M: prost::Message + prost::Name>(&self, subject: Uuid, message: &M) {
        let written = self.members.retry(|| async {
            let txn = self.members.begin().await?;
            bus::log::append(&txn, self.region.id, self.region.now(), subject, message).await?;
            self.members.commit(txn).await
        });
        written.await.expect("members' log");
    }
}

impl Somebody {
    fn subject(&self) -> Uuid {
        self.who.id.parse::<WorkerId>().expect("an id").0
    }
}

fn nth(of: &Mutex<Vec<String>>, at: usize) -> Option<String> {
    let of = of.lock().expect("unpoisoned");
    (!of.is_empty()).then(|| of[at % of.len()].clone())
}

/// In the night in which the clock is put forward, an hour does not exist: that is the only field that may be wrong.
fn or_no_such_hour(answer: Outcome) -> Outcome {
    match answer {
        Err(status)
            if status.code() == Code::InvalidArgument && testkit::violations(&status).iter().all(|(field, _)| field.ends_with("_at")) =>
        {
            Ok(())
        }
        answer => answer,
    }
}
