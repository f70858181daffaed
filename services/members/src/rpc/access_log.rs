//! Who looked at whose file.

use chassis::auth;
use proto::members::{ListFileReadsRequest, ListFileReadsResponse, access_log_service_server::AccessLogService};
use tonic::{Request, Response, Status, async_trait};

use super::{Rpc, convert};
use crate::app;

#[async_trait]
impl AccessLogService for Rpc {
    async fn list_file_reads(&self, request: Request<ListFileReadsRequest>) -> Result<Response<ListFileReadsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let (filter, page) = convert::list_file_reads(request.get_ref())?;
        let (reads, names, next_page_token) = app::reads::list(self.db.read(), &call, filter, &page).await?;
        let reads = reads.iter().map(|read| convert::file_read(read, &names)).collect();
        Ok(Response::new(ListFileReadsResponse { reads, next_page_token }))
    }
}
