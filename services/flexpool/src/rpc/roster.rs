//! `RosterService`.

use chassis::{auth, db::Db, mutation, time::Clock};
use proto::flexpool::{
    ConfirmWorkKnownRequest, ConfirmWorkKnownResponse, DeclareWorkRequest, DeclareWorkResponse, ListMyWorkRequest, ListMyWorkResponse,
    ListRosterBlocksRequest, ListRosterBlocksResponse, PutRosterBlocksRequest, PutRosterBlocksResponse, RemoveDeclaredWorkRequest,
    RemoveDeclaredWorkResponse, roster_service_server::RosterService,
};
use tonic::{Request, Response, Status};

use super::convert_roster as convert;
use crate::app::roster;

/// What the service answers with.
#[derive(Debug)]
pub(crate) struct Rosters {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
}

#[tonic::async_trait]
impl RosterService for Rosters {
    async fn put_roster_blocks(&self, request: Request<PutRosterBlocksRequest>) -> Result<Response<PutRosterBlocksResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let (blocks, id) = convert::put_roster_blocks(&message)?;
        let request = mutation::Request::new(&call, "RosterService/PutRosterBlocks", id, &message);
        let work = move |txn| {
            let (call, blocks) = (call.clone(), blocks.clone());
            async move {
                let done = roster::put(&txn, &call, blocks).await?;
                Ok((txn, convert::put(done)))
            }
        };
        Ok(Response::new(mutation::run(&self.db, request, work).await?))
    }

    async fn list_roster_blocks(&self, request: Request<ListRosterBlocksRequest>) -> Result<Response<ListRosterBlocksResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let (organisation, page) = convert::list_roster_blocks(request.get_ref())?;
        let (blocks, next_page_token) = roster::of_organisation(&self.db, &call, organisation, &page).await?;
        Ok(Response::new(ListRosterBlocksResponse { blocks: blocks.iter().map(convert::kept_block).collect(), next_page_token }))
    }

    async fn declare_work(&self, request: Request<DeclareWorkRequest>) -> Result<Response<DeclareWorkResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let (time, id) = convert::declare_work(&message)?;
        let request = mutation::Request::new(&call, "RosterService/DeclareWork", id, &message);
        let work = move |txn| {
            let call = call.clone();
            async move {
                let (block, conflicts) = roster::declare(&txn, &call, time).await?;
                Ok((txn, DeclareWorkResponse { block: Some(convert::block(&block)), conflicts: convert::count(conflicts) }))
            }
        };
        Ok(Response::new(mutation::run(&self.db, request, work).await?))
    }

    async fn remove_declared_work(
        &self,
        request: Request<RemoveDeclaredWorkRequest>,
    ) -> Result<Response<RemoveDeclaredWorkResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let (block, id) = convert::remove_declared_work(&message)?;
        let request = mutation::Request::new(&call, "RosterService/RemoveDeclaredWork", id, &message);
        let work = move |txn| {
            let call = call.clone();
            async move {
                roster::remove_declared(&txn, &call, block).await?;
                Ok((txn, RemoveDeclaredWorkResponse {}))
            }
        };
        Ok(Response::new(mutation::run(&self.db, request, work).await?))
    }

    async fn confirm_work_known(&self, request: Request<ConfirmWorkKnownRequest>) -> Result<Response<ConfirmWorkKnownResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let (until, id) = convert::confirm_work_known(&message)?;
        let request = mutation::Request::new(&call, "RosterService/ConfirmWorkKnown", id, &message);
        let work = move |txn| {
            let call = call.clone();
            async move {
                roster::confirm_known(&txn, &call, until).await?;
                Ok((txn, ConfirmWorkKnownResponse {}))
            }
        };
        Ok(Response::new(mutation::run(&self.db, request, work).await?))
    }

    async fn list_my_work(&self, request: Request<ListMyWorkRequest>) -> Result<Response<ListMyWorkResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let (ends_after, page) = convert::list_my_work(request.get_ref())?;
        let (blocks, next_page_token, known_until) = roster::my_work(self.db.read(), &call, ends_after, &page).await?;
        let known_until = known_until.map(chassis::time::LocalDate::to_proto);
        Ok(Response::new(ListMyWorkResponse { blocks: blocks.iter().map(convert::block).collect(), next_page_token, known_until }))
    }
}
