//! Who saw whose file (D17). Every response with more than a name or short id of somebody else is one row with all whom it was about,
//! committed before it goes out, in the database of the service that gave it. What people see of themselves is not noted.
//!
//! A service adds [`FileReadTables`] to its migrations, calls [`note`] where it answers with such data, [`forget_regularly`] when it
//! starts, and serves its own `AccessLogService` with [`Filter::parse`] and [`list`]. Which of its RPCs that are is a table over its
//! contract ([`Answer`], [`mistakes`]).

mod contract;
mod migration;
mod store;

pub use contract::{Answer, Kept, mistakes};
pub use migration::FileReadTables;
pub use store::{forget, forget_regularly, merged, note, note_within};

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    caller::Call,
    error::Result,
    ids::{FileReadId, OrganisationId, WorkerId},
    page::Page,
    time::{LocalDate, Timestamp},
    validate::Fields,
};

/// The sort key of the list: when and id, newest first. It is one order over the lists of all services.
pub type ByTime = (i64, Uuid);

/// A reader is named by at most so many characters.
const MAX_READER: usize = 120;

/// One response that held data of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRead {
    /// Its id.
    pub id: FileReadId,
    /// When.
    pub at: Timestamp,
    /// Who looked, as tokens name it.
    pub reader: String,
    /// What was asked: `WorkerService/GetWorker`.
    pub method: String,
    /// Whose files.
    pub workers: Vec<WorkerId>,
    /// Where the reader had a role.
    pub organisations: Vec<OrganisationId>,
    /// The page that goes on after it, in the list of this or another service.
    pub page_token: String,
}

/// Which reads are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Whose file.
    pub worker: Option<WorkerId>,
    /// Who looked, as tokens name it.
    pub reader: Option<String>,
    /// Where the reader had a role.
    pub organisation: Option<OrganisationId>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

/// The fields of a service's `ListFileReadsRequest`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// `wrk_…` or empty.
    pub worker: &'a str,
    /// `org_…` or empty.
    pub organisation: &'a str,
    /// `usr_…`, `client:name` or empty.
    pub reader: &'a str,
    /// First day.
    pub from: Option<&'a proto::Date>,
    /// Last day.
    pub until: Option<&'a proto::Date>,
    /// Rows of the page.
    pub page_size: i32,
    /// Of the page or the read before.
    pub page_token: &'a str,
}

impl Filter {
    /// The reads that a request asks for, and which page of them. The token of a page counts in every service. Errors: `Invalid`.
    pub fn parse(asked: &Asked<'_>) -> Result<(Self, Page<ByTime>)> {
        let mut fields = Fields::new();
        let worker = fields.optional_id("worker", asked.worker);
        let organisation = fields.optional_id("organisation", asked.organisation);
        let reader = Some(fields.optional_text("reader", asked.reader, MAX_READER)).filter(|reader| !reader.is_empty());
        let from = fields.optional_date("from", asked.from);
        let until = fields.optional_date("until", asked.until);
        if from.zip(until).is_some_and(|(from, until)| until < from) {
            fields.violation("until", "is before the first day");
        }
        let day = |day: Option<LocalDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let (named, days) = ([asked.worker, asked.organisation, asked.reader].join("/"), [day(from), day(until)].join("/"));
        let page = fields.page(asked.page_size, asked.page_token, &format!("file_reads/{named}/{days}"));
        let after = |day: LocalDate| day.0.succ_opt().map(LocalDate);
        let (from, until) = (from.and_then(begin), until.and_then(after).and_then(begin));
        fields.finish_with(page).map(|page| (Self { worker, reader, organisation, from, until }, page))
    }

    /// The words by which reads are found, the one with the fewest reads first: a person.
    fn about(&self) -> Vec<String> {
        let worker = self.worker.map(|id| id.to_string());
        worker.into_iter().chain(self.reader.clone()).chain(self.organisation.map(|id| id.to_string())).collect()
    }
}

/// When the day begins. Midnight is never skipped in the Netherlands.
fn begin(day: LocalDate) -> Option<Timestamp> {
    day.at_minute(0, false).ok()
}

/// The reads that are the caller's to see, newest first, and the token of the next page. An auditor sees all; everybody else those of the
/// own file, and of other people who stood in the same response nothing.
/// Errors: `NotFound` when somebody asks for another one's file; `Forbidden` for who is neither auditor nor worker.
pub async fn list(db: &impl ConnectionTrait, call: &Call, mut filter: Filter, page: &Page<ByTime>) -> Result<(Vec<FileRead>, String)> {
    if call.scope.is_everywhere() {
        return store::list(db, call.region, &filter, page).await;
    }
    let asked = filter.worker.map_or_else(|| call.worker(), Ok)?;
    let own = *call.scope.worker(asked)?;
    filter.worker = Some(own);
    let (mut found, next) = store::list(db, call.region, &filter, page).await?;
    // Also where the response named somebody who turned out to be this person (D13).
    found.iter_mut().for_each(|read| read.workers = vec![own]);
    Ok((found, next))
}
