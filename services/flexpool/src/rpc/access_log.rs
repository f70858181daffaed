//! `AccessLogService`: who saw which worker on which shift (D17).

use chassis::{
    auth,
    db::Db,
    error::Result,
    file_reads::{self, Answer, Asked, ByTime, FileRead, Filter, Kept},
    page::Page,
    time::Clock,
};
use proto::flexpool::{self as api, ListFileReadsRequest, ListFileReadsResponse, access_log_service_server::AccessLogService};
use tonic::{Request, Response, Status};

/// Which answers hold something of a person, and whether they are on record.
pub(crate) const FILE_READS: &[Answer] = &[
    Answer { method: "/regiopool.flexpool.v1.ClaimService/ClaimShift", kept: Kept::Not("tells only what is the caller's own") },
    Answer { method: "/regiopool.flexpool.v1.ClaimService/WithdrawClaim", kept: Kept::Not("tells only what is the caller's own") },
    Answer { method: "/regiopool.flexpool.v1.WaitService/AcceptOffer", kept: Kept::Not("tells only what is the caller's own") },
    Answer { method: "/regiopool.flexpool.v1.ClaimService/ListMyClaims", kept: Kept::Not("tells only what is the caller's own") },
    Answer { method: "/regiopool.flexpool.v1.ClaimService/ListClaims", kept: Kept::Recorded },
    Answer { method: "/regiopool.flexpool.v1.ConflictService/ListMyConflicts", kept: Kept::Not("tells only what is the caller's own") },
    Answer { method: "/regiopool.flexpool.v1.ConflictService/ListConflicts", kept: Kept::Recorded },
    Answer { method: "/regiopool.flexpool.v1.EligibilityService/ListEligibleWorkers", kept: Kept::Recorded },
    Answer { method: "/regiopool.flexpool.v1.RosterService/ListRosterBlocks", kept: Kept::Recorded },
    Answer {
        method: "/regiopool.flexpool.v1.AccessLogService/ListFileReads",
        kept: Kept::Not("tells who looked at whom, and nothing else"),
    },
];

/// What the service answers with.
#[derive(Debug)]
pub(crate) struct AccessLog {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
}

#[tonic::async_trait]
impl AccessLogService for AccessLog {
    async fn list_file_reads(&self, request: Request<ListFileReadsRequest>) -> Result<Response<ListFileReadsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let (filter, page) = asked(request.get_ref())?;
        let (reads, next_page_token) = file_reads::list(self.db.read(), &call, filter, &page).await?;
        Ok(Response::new(ListFileReadsResponse { reads: reads.into_iter().map(shown).collect(), next_page_token }))
    }
}

fn asked(msg: &ListFileReadsRequest) -> Result<(Filter, Page<ByTime>)> {
    Filter::parse(&Asked {
        worker: &msg.worker,
        organisation: &msg.organisation,
        reader: &msg.reader,
        from: msg.from.as_ref(),
        until: msg.until.as_ref(),
        page_size: msg.page_size,
        page_token: &msg.page_token,
    })
}

fn shown(read: FileRead) -> api::FileRead {
    api::FileRead {
        at: Some(read.at.to_proto()),
        reader: read.reader,
        organisations: read.organisations.iter().map(ToString::to_string).collect(),
        method: read.method,
        workers: read.workers.iter().map(ToString::to_string).collect(),
        id: read.id.to_string(),
        page_token: read.page_token,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_lists_exactly_the_answers_about_people() {
        assert_eq!(chassis::file_reads::mistakes("regiopool.flexpool.v1", super::FILE_READS), Vec::<String>::new());
    }
}
