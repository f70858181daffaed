//! Who looked at whose file.

use chassis::auth;
use proto::members::{
    BatchGetReadersRequest, BatchGetReadersResponse, ListFileReadsRequest, ListFileReadsResponse,
    access_log_service_server::AccessLogService,
};
use tonic::{Request, Response, Status, async_trait};

use super::{Rpc, convert};
use crate::{app, store::users};

#[async_trait]
impl AccessLogService for Rpc {
    async fn list_file_reads(&self, request: Request<ListFileReadsRequest>) -> Result<Response<ListFileReadsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let (filter, page) = convert::list_file_reads(request.get_ref())?;
        let (reads, names, next_page_token) = app::reads::list(self.db.read(), &call, filter, &page).await?;
        let reads = reads.iter().map(|read| convert::file_read(read, &names)).collect();
        Ok(Response::new(ListFileReadsResponse { reads, next_page_token }))
    }

    async fn batch_get_readers(&self, request: Request<BatchGetReadersRequest>) -> Result<Response<BatchGetReadersResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let ids = convert::batch_get_readers(request.get_ref())?;
        let names = users::names(self.db.read(), call.region, ids.clone()).await?;
        Ok(Response::new(BatchGetReadersResponse { readers: convert::reader_names(&ids, &names) }))
    }
}
