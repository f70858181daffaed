//! What must hold over the data of members, proved from its database alone. What must hold over its log as such, the bus checks.

use bus::Finding;
use chassis::{
    db::Db,
    error::Result,
    ids::{AgreementId, EmploymentId, OrganisationId, WorkerId},
};
use sea_orm::{ConnectionTrait, QueryResult, Statement};

/// At most so many findings of a kind: who broke one thing broke many.
const AT_MOST: usize = 100;

/// Checks that personnel numbers are unique within an organisation (D13), that every employment has its worker and organisation, and that
/// the log tells of every worker exactly what is stored, from the worker's creation on (D1); and that what both sides approved stands beside
/// nothing of the same days and rests on the works council (D12).
pub async fn check(db: &Db) -> Result<Vec<Finding>> {
    let mut findings = numbers(db).await?;
    findings.extend(employments(db).await?);
    findings.extend(beginnings(db).await?);
    findings.extend(untold(db, "employment", "regiopool.members.v1.EmploymentStarted").await?);
    findings.extend(untold(db, "competence", "regiopool.members.v1.CompetenceAdded").await?);
    findings.extend(invented(db).await?);
    findings.extend(agreements(db).await?);
    Ok(findings)
}

async fn rows(db: &Db, sql: &str) -> Result<Vec<QueryResult>> {
    let sql = format!("{sql} LIMIT {AT_MOST}");
    Ok(db.read().query_all_raw(Statement::from_string(db.backend(), sql)).await?)
}

fn finding(invariant: &'static str, subject: impl ToString, text: impl Into<String>) -> Finding {
    Finding { invariant, subject: subject.to_string(), text: text.into() }
}

async fn numbers(db: &Db) -> Result<Vec<Finding>> {
    let sql = "SELECT organisation, COUNT(*) AS employments FROM employment \
               GROUP BY region, organisation, personnel_number HAVING COUNT(*) > 1";
    let mut findings = Vec::new();
    for row in rows(db, sql).await? {
        let (organisation, employments): (OrganisationId, i64) = (row.try_get("", "organisation")?, row.try_get("", "employments")?);
        findings.push(finding("D13", organisation, format!("has {employments} employments with one personnel number")));
    }
    Ok(findings)
}

async fn employments(db: &Db) -> Result<Vec<Finding>> {
    let sql = "SELECT e.id FROM employment e \
               LEFT JOIN worker w ON w.region = e.region AND w.id = e.worker \
               LEFT JOIN organisation o ON o.region = e.region AND o.id = e.organisation \
               WHERE w.id IS NULL OR o.id IS NULL";
    let mut findings = Vec::new();
    for row in rows(db, sql).await? {
        findings.push(finding("D13", row.try_get::<EmploymentId>("", "id")?, "has no worker or no organisation"));
    }
    Ok(findings)
}

async fn beginnings(db: &Db) -> Result<Vec<Finding>> {
    let sql = "SELECT w.id FROM worker w \
               LEFT JOIN event_log e ON e.region = w.region AND e.subject = w.id AND e.sequence = 1 \
               WHERE e.kind IS NULL OR e.kind <> 'regiopool.members.v1.WorkerCreated'";
    let mut findings = Vec::new();
    for row in rows(db, sql).await? {
        findings.push(finding("I6", row.try_get::<WorkerId>("", "id")?, "its events do not begin with WorkerCreated"));
    }
    Ok(findings)
}

/// Workers of whom the table holds more or less than the log tells.
async fn untold(db: &Db, table: &str, kind: &str) -> Result<Vec<Finding>> {
    let stored = format!("SELECT region, worker, COUNT(*) AS n FROM {table} GROUP BY region, worker");
    // What was told of somebody who turned out to be another worker counts there (D13).
    let told = format!(
        "SELECT e.region, COALESCE(m.merged_into, m.id) AS subject, COUNT(*) AS n FROM event_log e \
         JOIN worker m ON m.region = e.region AND m.id = e.subject \
         WHERE e.kind = '{kind}' GROUP BY e.region, COALESCE(m.merged_into, m.id)"
    );
    let sql = format!(
        "SELECT w.id, COALESCE(s.n, 0) AS stored, COALESCE(t.n, 0) AS told FROM worker w \
         LEFT JOIN ({stored}) AS s ON s.region = w.region AND s.worker = w.id \
         LEFT JOIN ({told}) AS t ON t.region = w.region AND t.subject = w.id \
         WHERE w.merged_into IS NULL AND COALESCE(s.n, 0) <> COALESCE(t.n, 0)"
    );
    let mut findings = Vec::new();
    for row in rows(db, &sql).await? {
        let (stored, told): (i64, i64) = (row.try_get("", "stored")?, row.try_get("", "told")?);
        let text = format!("has {stored} rows of {table}, the log tells of {told}");
        findings.push(finding("I6", row.try_get::<WorkerId>("", "id")?, text));
    }
    Ok(findings)
}

async fn invented(db: &Db) -> Result<Vec<Finding>> {
    let sql = "SELECT e.subject FROM event_log e LEFT JOIN worker w ON w.region = e.region AND w.id = e.subject \
               WHERE e.kind = 'regiopool.members.v1.WorkerCreated' AND w.id IS NULL";
    let mut findings = Vec::new();
    for row in rows(db, sql).await? {
        findings.push(finding("I6", row.try_get::<WorkerId>("", "subject")?, "the log tells of a worker that is not stored"));
    }
    Ok(findings)
}

/// Agreements that both sides approved.
const APPROVED: &str = "association_on IS NOT NULL AND organisation_on IS NOT NULL AND withdrawn_on IS NULL";

async fn agreements(db: &Db) -> Result<Vec<Finding>> {
    let overlapping = format!(
        "SELECT a.id FROM agreement a JOIN agreement b ON b.region = a.region AND b.organisation = a.organisation AND b.id <> a.id \
         AND (a.until_on IS NULL OR b.from_on <= a.until_on) AND a.from_on >= b.from_on \
         AND (b.until_on IS NULL OR a.from_on <= b.until_on) WHERE {} AND {}",
        of("a"),
        of("b")
    );
    let mut findings = Vec::new();
    for row in rows(db, &overlapping).await? {
        findings.push(finding("D12", row.try_get::<AgreementId>("", "id")?, "overlaps another agreement of the organisation"));
    }
    // Of each programme, the number is one digit.
    let undecided = format!(
        "SELECT a.id FROM agreement a CROSS JOIN (SELECT 1 AS programme UNION ALL SELECT 2 UNION ALL SELECT 3) AS p \
         WHERE {} AND a.programmes LIKE '%' || p.programme || '%' AND NOT EXISTS (SELECT 1 FROM works_council_decision d \
         WHERE d.region = a.region AND d.organisation = a.organisation AND d.programme = p.programme AND d.decision = 1 \
         AND d.decided_on <= a.from_on)",
        of("a")
    );
    for row in rows(db, &undecided).await? {
        findings.push(finding("D12", row.try_get::<AgreementId>("", "id")?, "has a programme to which the works council did not agree"));
    }
    Ok(findings)
}

/// [`APPROVED`] of a table by this name.
fn of(table: &str) -> String {
    APPROVED.split(" AND ").map(|part| format!("{table}.{part}")).collect::<Vec<_>>().join(" AND ")
}
