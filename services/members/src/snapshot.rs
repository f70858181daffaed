//! All that members has told others, as it is now, for `regiopool check` to compare copies with.

use async_stream::try_stream;
use chassis::{
    db::Db,
    error::Result,
    ids::{RegionId, WorkerId},
    time::LocalDate,
};
use futures::Stream;
use sea_orm::{
    AccessMode, ColumnTrait, DatabaseTransaction, DbBackend, EntityTrait, IsolationLevel, QueryFilter, QueryOrder, TransactionTrait,
};

use crate::{
    domain::{
        agreement::Agreement,
        consent::Consent,
        organisation::Organisation,
        pool::Pool,
        unavailability::{Constraint, Unavailability},
        ward::Ward,
        worker::{Competence, Employment, Worker},
    },
    store::{self, agreement_row, person_row, row},
};

/// A worker as far as events tell of one (D6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerFacts {
    /// Random id.
    pub id: WorkerId,
    /// Four digits of the home's postcode.
    pub pc4: String,
    /// The 18th birthday.
    pub adult_on: LocalDate,
    /// Last day of a BIG registration.
    pub registered_until: Option<LocalDate>,
}

impl From<Worker> for WorkerFacts {
    fn from(worker: Worker) -> Self {
        Self {
            id: worker.id,
            pc4: worker.person.pc4().to_owned(),
            adult_on: worker.person.adult_on(),
            registered_until: worker.person.registration.map(|registration| registration.valid_until),
        }
    }
}

/// Everything of one region at one moment, each list in order of id.
#[derive(Debug, Clone)]
pub struct RegionSnapshot {
    /// The region.
    pub region: RegionId,
    /// Who takes part.
    pub organisations: Vec<Organisation>,
    /// Where work is done.
    pub wards: Vec<Ward>,
    /// Who shares shifts.
    pub pools: Vec<Pool>,
    /// Who agreed to what.
    pub agreements: Vec<Agreement>,
    /// Who works, without who they are.
    pub workers: Vec<WorkerFacts>,
    /// For whom they work.
    pub employments: Vec<Employment>,
    /// What they are able to do.
    pub competences: Vec<Competence>,
    /// When they cannot work.
    pub unavailabilities: Vec<Unavailability>,
    /// What their rosters must keep to.
    pub constraints: Vec<Constraint>,
    /// What they agreed to.
    pub consents: Vec<Consent>,
}

/// One region after the other, each as it was at one moment.
pub fn snapshot(db: &Db) -> impl Stream<Item = Result<RegionSnapshot>> + use<> {
    let db = db.clone();
    try_stream! {
        for region in store::regions::list(db.read()).await? {
            let txn = begin(&db).await?;
            yield load(&txn, region.id).await?;
        }
    }
}

/// A reading transaction that sees one state throughout: SQLite's always does, PostgreSQL's when asked.
async fn begin(db: &Db) -> Result<DatabaseTransaction> {
    let isolation = (db.backend() == DbBackend::Postgres).then_some((IsolationLevel::RepeatableRead, AccessMode::ReadOnly)).unzip();
    Ok(db.read().begin_with_config(isolation.0, isolation.1).await?)
}

async fn load(txn: &DatabaseTransaction, region: RegionId) -> Result<RegionSnapshot> {
    macro_rules! rows {
        ($table:ident) => {
            rows!(row::$table)
        };
        ($module:ident::$table:ident) => {{
            use $module::$table::{Column, Entity};
            Entity::find().filter(Column::Region.eq(region)).order_by_asc(Column::Id).all(txn).await?
        }};
    }
    let workers: Vec<Worker> =
        rows!(worker).into_iter().filter(|row| row.merged_into.is_none()).map(store::workers::worker).collect::<Result<_>>()?;
    Ok(RegionSnapshot {
        region,
        organisations: rows!(organisation).into_iter().map(store::organisations::organisation).collect::<Result<_>>()?,
        wards: rows!(ward).into_iter().map(store::wards::ward).collect::<Result<_>>()?,
        pools: store::pools::all(txn, region).await?,
        agreements: rows!(agreement_row::agreement).into_iter().map(store::agreements::agreement).collect::<Result<_>>()?,
        workers: workers.into_iter().map(WorkerFacts::from).collect(),
        employments: rows!(employment).into_iter().map(store::employments::employment).collect::<Result<_>>()?,
        competences: rows!(competence).into_iter().map(store::workers::competence).collect(),
        unavailabilities: rows!(person_row::unavailability)
            .into_iter()
            .map(store::unavailability::unavailability)
            .collect::<Result<_>>()?,
        consents: rows!(person_row::consent).into_iter().map(store::consents::consent).collect::<Result<_>>()?,
        constraints: rows!(person_row::schedule_constraint).into_iter().map(store::unavailability::constraint).collect::<Result<_>>()?,
    })
}
