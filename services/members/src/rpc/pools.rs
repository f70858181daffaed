//! Pools.

use chassis::auth;
use proto::members::{
    AddPoolMemberRequest, AddPoolMemberResponse, CreatePoolRequest, CreatePoolResponse, GetPoolRequest, GetPoolResponse,
    LimitHoursElsewhereRequest, LimitHoursElsewhereResponse, ListPoolsRequest, ListPoolsResponse, RemovePoolMemberRequest,
    RemovePoolMemberResponse, UpdatePoolRequest, UpdatePoolResponse, pool_service_server::PoolService,
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

    async fn update_pool(&self, request: Request<UpdatePoolRequest>) -> Result<Response<UpdatePoolResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::update_pool(&message)?;
        self.change(call, "PoolService/UpdatePool", &message, command, |txn, call, (id, version, edit)| async move {
            let pool = app::pools::update(&txn, &call, id, version, edit).await?;
            Ok((txn, UpdatePoolResponse { pool: Some(convert::pool(&pool)) }))
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

    async fn remove_pool_member(&self, request: Request<RemovePoolMemberRequest>) -> Result<Response<RemovePoolMemberResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::remove_pool_member(&message)?;
        self.change(call, "PoolService/RemovePoolMember", &message, command, |txn, call, (pool, organisation)| async move {
            let pool = app::pools::remove_member(&txn, &call, pool, organisation).await?;
            Ok((txn, RemovePoolMemberResponse { pool: Some(convert::pool(&pool)) }))
        })
        .await
    }

    async fn limit_hours_elsewhere(
        &self,
        request: Request<LimitHoursElsewhereRequest>,
    ) -> Result<Response<LimitHoursElsewhereResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::limit_hours_elsewhere(&message)?;
        self.change(call, "PoolService/LimitHoursElsewhere", &message, command, |txn, call, ((pool, organisation), minutes)| async move {
            let pool = app::pools::limit_hours(&txn, &call, pool, organisation, minutes).await?;
            Ok((txn, LimitHoursElsewhereResponse { pool: Some(convert::pool(&pool)) }))
        })
        .await
    }

    async fn get_pool(&self, request: Request<GetPoolRequest>) -> Result<Response<GetPoolResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let id = convert::get_pool(request.get_ref())?;
        let pool = app::pools::get(self.db.read(), &call, id).await?;
        Ok(Response::new(GetPoolResponse { pool: Some(convert::pool(&pool)) }))
    }

    async fn list_pools(&self, request: Request<ListPoolsRequest>) -> Result<Response<ListPoolsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let page = convert::list_pools(request.get_ref())?;
        let (pools, next_page_token) = app::pools::list(self.db.read(), &call, &page).await?;
        Ok(Response::new(ListPoolsResponse { pools: pools.iter().map(convert::pool).collect(), next_page_token }))
    }
}
