//! What most tests begin with, and what they ask again and again.

use std::collections::BTreeMap;

use chassis::{caller::Role, time::LocalDate};
use proto::flexpool::{
    CancelShiftRequest, Claim, ClaimShiftRequest, GetShiftRequest, ListMyClaimsRequest, ListOpenShiftsRequest, MyClaim, OpenShift,
    PublishShiftRequest, Shift,
};
use sea_orm::{ConnectionTrait, Statement};
use testkit::{
    Testbed, as_token, metadata, reason,
    region::{Builder, Colleague, Employer, Opening, Person},
    request_id, violations,
};
use tonic::{Code, Status};

/// Two employers in one pool that accept everything.
pub(crate) struct Scene {
    pub(crate) bed: Testbed,
    pub(crate) builder: Builder,
    pub(crate) zonnehof: Employer,
    pub(crate) beekdal: Employer,
    pub(crate) pool: String,
}

impl Scene {
    pub(crate) async fn start() -> Self {
        let bed = Testbed::start().await;
        let builder = bed.builder().await;
        let (zonnehof, beekdal) = (builder.employer("Zonnehof").await, builder.employer("Beekdal").await);
        let pool = builder.pool(&[&zonnehof, &beekdal]).await;
        bed.caught_up().await;
        Self { bed, builder, zonnehof, beekdal, pool }
    }

    /// A carer who works for Zonnehof and is known to flexpool.
    pub(crate) async fn carer(&self) -> Colleague {
        self.worker(&self.zonnehof, &Person::default()).await
    }

    /// Somebody who is known to flexpool.
    pub(crate) async fn worker(&self, employer: &Employer, person: &Person) -> Colleague {
        let worker = self.builder.worker(employer, person).await;
        self.bed.caught_up().await;
        worker
    }

    /// A shift of Zonnehof for one carer, so many days from now between these whole hours.
    pub(crate) async fn shift(&self, days: i64, start: i32, end: i32) -> Shift {
        self.opening(&Opening::on(self.bed.day(days)).hours(start, end)).await
    }

    /// A shift of Zonnehof.
    pub(crate) async fn opening(&self, opening: &Opening) -> Shift {
        self.builder.shift(&self.zonnehof, &self.pool, opening).await
    }

    pub(crate) async fn publish(&self, request: PublishShiftRequest, token: &str) -> Result<Shift, Status> {
        let answer = self.bed.shifts().publish_shift(as_token(request, token)).await?;
        Ok(answer.into_inner().shift.expect("the shift"))
    }

    pub(crate) async fn cancel(&self, shift: &str, token: &str) -> Result<Shift, Status> {
        let request = CancelShiftRequest { id: shift.to_owned(), request_id: request_id() };
        Ok(self.bed.shifts().cancel_shift(as_token(request, token)).await?.into_inner().shift.expect("the shift"))
    }

    pub(crate) async fn get(&self, shift: &str, token: &str) -> Result<Shift, Status> {
        let request = GetShiftRequest { id: shift.to_owned() };
        Ok(self.bed.shifts().get_shift(as_token(request, token)).await?.into_inner().shift.expect("the shift"))
    }

    pub(crate) async fn claim(&self, shift: &Shift, worker: &Colleague) -> Result<Claim, Status> {
        self.send_claim(claim_of(&shift.id), &worker.token).await
    }

    pub(crate) async fn send_claim(&self, request: ClaimShiftRequest, token: &str) -> Result<Claim, Status> {
        let answer = self.bed.claims().claim_shift(as_token(request, token)).await?;
        Ok(answer.into_inner().claim.expect("the claim"))
    }

    pub(crate) async fn my_claims(&self, token: &str) -> Vec<MyClaim> {
        let request = as_token(ListMyClaimsRequest::default(), token);
        self.bed.claims().list_my_claims(request).await.expect("own claims").into_inner().claims
    }

    pub(crate) async fn open_shifts(&self, token: &str) -> Vec<OpenShift> {
        let request = as_token(ListOpenShiftsRequest::default(), token);
        self.bed.shifts().list_open_shifts(request).await.expect("open shifts").into_inner().shifts
    }

    /// A token of a ward lead of an employer.
    pub(crate) async fn ward_lead(&self, employer: &Employer) -> String {
        self.bed.token(&[(Role::WardLead, Some(&employer.id))]).await
    }

    /// One number from flexpool's database.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let db = self.bed.db("flexpool");
        let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await.expect("a query").expect("a row");
        row.try_get_by_index(0).expect("a number")
    }

    /// Changes flexpool's database.
    pub(crate) async fn execute(&self, sql: &str) {
        self.bed.db("flexpool").write().execute_unprepared(sql).await.expect("executed");
    }

    /// An id as the database writes it in a statement.
    pub(crate) fn literal(&self, id: uuid::Uuid) -> String {
        match self.bed.db("flexpool").backend() {
            sea_orm::DbBackend::Postgres => format!("'{id}'"),
            _ => format!("X'{}'", id.simple()),
        }
    }

    /// Everything that a call could leave behind, counted.
    pub(crate) async fn rows(&self) -> [i64; 6] {
        let counts = "SELECT COUNT(*) FROM";
        [
            self.number(&format!("{counts} shift")).await,
            self.number(&format!("{counts} claim")).await,
            self.number(&format!("{counts} event_log")).await,
            self.number(&format!("{counts} request")).await,
            self.number("SELECT CAST(COALESCE(SUM(taken + terms_version), 0) AS BIGINT) FROM shift").await,
            self.number("SELECT CAST(COALESCE(SUM(version), 0) AS BIGINT) FROM worker").await,
        ]
    }

    /// Nothing that must always hold is broken.
    pub(crate) async fn assert_clean(&self) {
        let findings = flexpool::check(&self.bed.db("flexpool"), self.bed.now()).await.expect("a check");
        assert_eq!(findings, []);
    }
}

/// A claim of the first employment that fits.
pub(crate) fn claim_of(shift: &str) -> ClaimShiftRequest {
    ClaimShiftRequest { shift: shift.to_owned(), employment: String::new(), request_id: request_id() }
}

/// Code, reason and facts of a refusal.
pub(crate) fn refusal(status: &Status) -> (Code, String, BTreeMap<String, String>) {
    (status.code(), reason(status), metadata(status))
}

/// Facts as they are written in a test.
pub(crate) fn facts<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// The refusal is that of wrong fields, and these are they.
pub(crate) fn assert_wrong(status: &Status, expected: &[(&str, &str)], what: &str) {
    assert_eq!(status.code(), Code::InvalidArgument, "{what}: {status:?}");
    let found = violations(status);
    let found: Vec<(&str, &str)> = found.iter().map(|(field, expected)| (field.as_str(), expected.as_str())).collect();
    assert_eq!(found, expected, "{what}");
}

/// The next day from `from` on at which the clock in Europe/Amsterdam does not show, or shows twice, half past two.
pub(crate) fn next_change(from: LocalDate, spring: bool) -> LocalDate {
    let half_past_two = 150;
    let changes = |day: &LocalDate| {
        if spring { day.at_minute(half_past_two, false).is_err() } else { day.at_minute(half_past_two, true).is_ok() }
    };
    (0..400).map(|days| LocalDate(from.0 + chrono::Duration::days(days))).find(changes).expect("twice a year")
}
