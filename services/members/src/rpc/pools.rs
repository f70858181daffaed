//! Pools.

use chassis::auth;
use proto::members::{
    AddPoolMemberRequest, AddPoolMemberResponse, CreatePoolRequest, CreatePoolResponse, ListPoolsRequest, ListPoolsResponse,
    pool_service_server::PoolService,
};
use tonic::{Request, Response, Status, async_trait};

use super::{Rpc, convert};
use crate::app;

#[async_trait]
impl PoolService for Rpc {
    async fn create_pool(&self, request: Request<CreatePoolRequest>) -> Result<Response<CreatePoolResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::create_pool(&message)?;
        self.change(call, "PoolService/CreatePool", &message, command, |txn, call, new| async move {
            let pool = app::pools::create(&txn, &call, new).await?;
            Ok((txn, CreatePoolResponse { pool: Some(convert::pool(&pool)) }))
        })
        .await
    }

    async fn add_pool_member(&self, request: Request<AddPoolMemberRequest>) -> Result<Response<AddPoolMemberResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::add_pool_member(&message)?;
        self.change(call, "PoolService/AddPoolMember", &message, command, |txn, call, (pool, organisation)| async move {
            let pool = app::pools::add_member(&txn, &call, pool, organisation).await?;
            Ok((txn, AddPoolMemberResponse { pool: Some(convert::pool(&pool)) }))
        })
        .await
    }

    async fn list_pools(&self, request: Request<ListPoolsRequest>) -> Result<Response<ListPoolsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let page = convert::list_pools(request.get_ref())?;
        let (pools, next_page_token) = app::pools::list(self.db.read(), &call, &page).await?;
        Ok(Response::new(ListPoolsResponse { pools: pools.iter().map(convert::pool).collect(), next_page_token }))
    }
}
