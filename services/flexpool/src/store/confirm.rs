//! Confirming: the one step that gives a worker a place (D8). Claims take it, and promotion, swap, handover and fill will.
//!
//! It is conditional on what was decided on still being so: the worker's version, the shift's terms, a free place. Then it writes all of
//! it at once: the place, the worker's new version, the claim with its verdict, the event and the answer for a repetition. Else it writes
//! nothing and says so, and the decision is made again on what is so now.
//!
//! The worker is always locked before the shift, so that two steps never wait for each other in a circle.

use std::sync::LazyLock;

use chassis::{
    db::Db,
    error::{Error, Result, violates},
    ids::{ShiftId, WaitId},
    mutation::Request,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement, Value};

use super::{claim::Claim, values};
use crate::{
    domain::{calendar::Period, shift::Terms, working_time::Verdict},
    events, planted,
};

/// A decision to be made true, and what it rests on.
pub(crate) struct Confirmation<'a> {
    /// The claim, whose id is new.
    pub(crate) claim: &'a Claim,
    /// The worker's version that was decided on.
    pub(crate) worker_version: i64,
    /// The shift that was decided on.
    pub(crate) shift: &'a Terms,
    /// What was found about it.
    pub(crate) verdict: &'a Verdict,
    /// The request that it answers; its time is the claim's.
    pub(crate) request: &'a Request,
    /// The encoded answer.
    pub(crate) answer: Vec<u8>,
    /// The offer that is accepted by it, if it is one; then the place is one that the shift holds.
    pub(crate) offer: Option<WaitId>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Confirmed {
    /// The place is the worker's, durably.
    Yes,
    /// What was decided on is no longer so; nothing was written.
    Changed,
}

/// What must still be so: $1 region, $2 worker, $3 worker's version, $4 shift, $5 its terms' version.
const SEAT: &str = "UPDATE shift SET taken = taken + 1 \
     WHERE region = $1 AND id = $4 AND terms_version = $5 AND state = 1 AND taken + held < places";
/// The same of a place that is held and offered, as long as the list of those who wait is what it was.
fn offered_seat(queue_version: u8) -> String {
    format!(
        "UPDATE shift SET taken = taken + 1, held = held - 1, queue_version = queue_version + 1 \
         WHERE region = $1 AND id = $4 AND terms_version = $5 AND state = 1 AND held > 0 AND queue_version = ${queue_version}"
    )
}
const CLAIM: &str = "INSERT INTO claim (region, worker, worker_version, shift, starts_at, ends_at, id, employment, employer, basis, state, \
     confirmed_at, verdict, rule_set, break_minutes)";
const REQUEST: &str = "INSERT INTO request (region, caller, id, method, hash, response, at)";

/// What a confirmed claim makes pointless: whatever else the worker waits for at that time. Its own reason says so; what was offered there
/// goes to the next, for which a timer is set. `until` stays as the mark of what was offered.
const DROP: &str = "UPDATE wait SET state = 7, closed_at = $12, reason = 11, facts = '{}' \
     WHERE region = $1 AND worker = $2 AND state IN (1, 2) AND starts_at < $7 AND ends_at > $6";
const ACCEPT: &str = "UPDATE wait SET state = 3, closed_at = $12, offer_until = NULL WHERE region = $1 AND state = 2";
const DUE: &str = "INSERT INTO timer (region, kind, key, due, tries) SELECT $1, 1, shift, $12, 0";

/// All of it in one statement, which is its own transaction: one round trip. `locked` waits for whoever changes the worker and then
/// finds the version changed. That each step depends on the one before it makes their order certain.
static CLAIMED: LazyLock<String> = LazyLock::new(|| statement(SEAT, "", ""));

/// The same for an offer that is accepted: $29 the wait, $30 the version of the list.
static ACCEPTED: LazyLock<String> = LazyLock::new(|| {
    let accepted = format!("accepted AS ({ACCEPT} AND id = $29 AND (SELECT COUNT(*) FROM seat) = 1), ");
    statement(&offered_seat(30), &accepted, "AND id <> $29")
});

fn statement(seat: &str, accepted: &str, but_for: &str) -> String {
    format!(
        "WITH locked AS (SELECT id FROM worker WHERE region = $1 AND id = $2 AND version = $3 FOR UPDATE), \
         seat AS ({seat} AND (SELECT COUNT(*) FROM locked) = 1 RETURNING id), \
         raised AS (UPDATE worker SET version = version + 1 WHERE region = $1 AND id = $2 AND (SELECT COUNT(*) FROM seat) = 1), \
         entry AS ({CLAIM} SELECT $1, $2, $3, $4, $6, $7, $8, $9, $10, $11, 1, $12, $13, $14, $15 FROM seat), \
         fact AS (INSERT INTO event_log ({event}) SELECT $16, $17, $18, $19, $20, $21, $22, $23, 1 FROM seat), \
         answer AS ({REQUEST} SELECT $1, $24, $25, $26, $27, $28, $12 FROM seat), {accepted}\
         dropped AS ({DROP} {but_for} AND (SELECT COUNT(*) FROM seat) = 1 RETURNING shift, offer_until), \
         due AS ({DUE} FROM dropped WHERE offer_until IS NOT NULL {sooner}) \
         SELECT COUNT(*) AS seats FROM seat",
        event = bus::log::COLUMNS,
        sooner = super::timer::or_sooner(),
    )
}

impl Confirmation<'_> {
    fn decided_on(&self) -> Vec<Value> {
        values![self.request.region, self.claim.worker, self.worker_version, self.shift.id, self.shift.terms_version]
    }

    fn claim(&self) -> Result<Vec<Value>> {
        let period: Period = self.shift.period;
        let verdict = serde_json::to_string(self.verdict).map_err(|error| Error::Internal(Box::new(error)))?;
        Ok(values![
            period.starts_at(),
            period.ends_at(),
            self.claim.id,
            self.claim.employment,
            self.claim.employer,
            self.claim.basis as i32,
            self.claim.confirmed_at,
            verdict,
            self.verdict.rule_set,
            self.shift.break_minutes,
        ])
    }

    fn event(&self) -> [Value; 8] {
        let fact = events::claim_confirmed(self.claim, self.shift);
        bus::log::Row::new(self.request.region, self.request.at, self.claim.id.0, &fact).values()
    }

    fn request(&self) -> Vec<Value> {
        let Request { caller, id, method, hash, .. } = self.request;
        values![caller.clone(), *id, *method, hash.clone(), self.answer.clone()]
    }
}

/// Makes a decision true, or writes nothing.
/// Errors: `Repeat` when the request is being answered by somebody else at the same time.
#[tracing::instrument(level = "info", name = "confirm", skip_all, fields(claim = %confirmation.claim.id, shift = %confirmation.shift.id))]
pub(crate) async fn confirm(db: &Db, confirmation: Confirmation<'_>) -> Result<Confirmed> {
    let confirmed = match db.backend() {
        DbBackend::Postgres => in_one_statement(db, &confirmation).await?,
        _ => in_one_transaction(db, &confirmation).await?,
    };
    if confirmed == Confirmed::Yes {
        db.announce_commit();
    }
    Ok(confirmed)
}

async fn in_one_statement(db: &Db, confirmation: &Confirmation<'_>) -> Result<Confirmed> {
    let mut values = confirmation.decided_on();
    values.extend(confirmation.claim()?);
    values.extend(confirmation.event());
    values.extend(confirmation.request());
    let sql = match confirmation.offer {
        None => CLAIMED.as_str(),
        Some(wait) => {
            values.extend(values![wait, confirmation.shift.queue_version]);
            ACCEPTED.as_str()
        }
    };
    let sql = planted::versioned(confirmation.request.region, sql);
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    let row = db.write().query_one_raw(statement).await.map_err(answered_meanwhile)?;
    let seats: i64 = row.ok_or_else(|| Error::internal("a count without a row"))?.try_get("", "seats")?;
    Ok(if seats == 1 { Confirmed::Yes } else { Confirmed::Changed })
}

/// The same steps one after the other: in SQLite a round trip is a function call, and only one transaction writes at a time.
async fn in_one_transaction(db: &Db, confirmation: &Confirmation<'_>) -> Result<Confirmed> {
    let txn = db.begin().await?;
    let decided_on = confirmation.decided_on();
    let raised = "UPDATE worker SET version = version + 1 WHERE region = $1 AND id = $2 AND version = $3";
    let (seat, mut of_seat) = (confirmation.offer.map_or_else(|| SEAT.to_owned(), |_| offered_seat(6)), decided_on.clone());
    of_seat.extend(confirmation.offer.map(|_| Value::from(confirmation.shift.queue_version)));
    let raised = planted::versioned(confirmation.request.region, raised);
    if touch(&txn, &raised, decided_on[..3].to_vec()).await? == 0 || touch(&txn, &seat, of_seat).await? == 0 {
        return Ok(Confirmed::Changed);
    }
    if let Some(wait) = confirmation.offer {
        let accept = ACCEPT.replace("$12", "$3");
        let values = values![confirmation.request.region, wait, confirmation.claim.confirmed_at];
        touch(&txn, &format!("{accept} AND id = $2"), values).await?;
    }
    drop_waits(&txn, confirmation).await?;
    let mut claim = decided_on[..4].to_vec();
    claim.extend(confirmation.claim()?);
    touch(&txn, &format!("{CLAIM} VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $12, $13, $14)"), claim).await?;
    let event = format!("INSERT INTO event_log ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)", bus::log::COLUMNS);
    touch(&txn, &event, confirmation.event().to_vec()).await?;
    let mut request = values![confirmation.request.region];
    request.extend(confirmation.request());
    request.push(confirmation.request.at.into());
    touch(&txn, &format!("{REQUEST} VALUES ($1, $2, $3, $4, $5, $6, $7)"), request).await?;
    txn.commit().await?;
    Ok(Confirmed::Yes)
}

async fn drop_waits(txn: &DatabaseTransaction, confirmation: &Confirmation<'_>) -> Result<()> {
    let (period, at) = (confirmation.shift.period, confirmation.claim.confirmed_at);
    let values = values![confirmation.request.region, confirmation.claim.worker, period.starts_at(), period.ends_at(), at];
    let sql = DROP.replace("$12", "$5").replace("$7", "$4").replace("$6", "$3");
    for row in super::all(txn, format!("{sql} RETURNING shift, offer_until"), values).await? {
        if row.try_get::<Option<i64>>("", "offer_until")?.is_some() {
            let shift: ShiftId = row.try_get("", "shift")?;
            let due = DUE.replace("shift, $12", "$2, $3");
            touch(txn, &format!("{due} WHERE true {}", super::timer::or_sooner()), values![confirmation.request.region, shift, at]).await?;
        }
    }
    Ok(())
}

async fn touch(txn: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<u64> {
    let done = txn.execute_raw(Statement::from_sql_and_values(txn.get_database_backend(), sql, values)).await;
    Ok(done.map_err(answered_meanwhile)?.rows_affected())
}

/// Somebody else wrote an answer under the same request id: reading again finds it.
fn answered_meanwhile(error: DbErr) -> Error {
    if violates(&error, "request_pkey", "request.region, request.caller, request.id") { Error::Repeat(error) } else { error.into() }
}
