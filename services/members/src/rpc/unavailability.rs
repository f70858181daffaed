//! When somebody cannot work, and what rosters must keep to. Changes leave no trace of who made them (D7).

use chassis::auth;
use proto::members::{
    CreateUnavailabilityRequest, CreateUnavailabilityResponse, GetScheduleConstraintsRequest, GetScheduleConstraintsResponse,
    ListUnavailabilitiesRequest, ListUnavailabilitiesResponse, SetScheduleConstraintsRequest, SetScheduleConstraintsResponse,
    UpdateUnavailabilityRequest, UpdateUnavailabilityResponse, WithdrawUnavailabilityRequest, WithdrawUnavailabilityResponse,
    schedule_constraint_service_server::ScheduleConstraintService, unavailability_service_server::UnavailabilityService,
};
use tonic::{Request, Response, Status, async_trait};

use super::{Rpc, convert};
use crate::app::unavailability as app;

#[async_trait]
impl UnavailabilityService for Rpc {
    async fn create_unavailability(
        &self,
        request: Request<CreateUnavailabilityRequest>,
    ) -> Result<Response<CreateUnavailabilityResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::create_unavailability(&message, call.now)?;
        let method = "UnavailabilityService/CreateUnavailability";
        self.change_unattributed(call, method, &message, command, |txn, call, (worker, away)| async move {
            let made = app::create(&txn, &call, worker, away).await?;
            Ok((txn, CreateUnavailabilityResponse { unavailability: Some(convert::unavailability(&made)) }))
        })
        .await
    }

    async fn update_unavailability(
        &self,
        request: Request<UpdateUnavailabilityRequest>,
    ) -> Result<Response<UpdateUnavailabilityResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::update_unavailability(&message, call.now)?;
        let method = "UnavailabilityService/UpdateUnavailability";
        self.change_unattributed(call, method, &message, command, |txn, call, (id, etag, change)| async move {
            let changed = app::update(&txn, &call, id, &etag, change).await?;
            Ok((txn, UpdateUnavailabilityResponse { unavailability: Some(convert::unavailability(&changed)) }))
        })
        .await
    }

    async fn withdraw_unavailability(
        &self,
        request: Request<WithdrawUnavailabilityRequest>,
    ) -> Result<Response<WithdrawUnavailabilityResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::withdraw_unavailability(&message)?;
        let method = "UnavailabilityService/WithdrawUnavailability";
        self.change_unattributed(call, method, &message, command, |txn, call, id| async move {
            app::withdraw(&txn, &call, id).await?;
            Ok((txn, WithdrawUnavailabilityResponse {}))
        })
        .await
    }

    async fn list_unavailabilities(
        &self,
        request: Request<ListUnavailabilitiesRequest>,
    ) -> Result<Response<ListUnavailabilitiesResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let (worker, page) = convert::list_unavailabilities(request.get_ref())?;
        let (found, next_page_token) = app::list(&self.db, &call, worker, &page).await?;
        let unavailabilities = found.iter().map(convert::unavailability).collect();
        Ok(Response::new(ListUnavailabilitiesResponse { unavailabilities, next_page_token }))
    }
}

#[async_trait]
impl ScheduleConstraintService for Rpc {
    async fn get_schedule_constraints(
        &self,
        request: Request<GetScheduleConstraintsRequest>,
    ) -> Result<Response<GetScheduleConstraintsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let worker = convert::get_schedule_constraints(request.get_ref())?;
        let (constraints, etag) = convert::schedule_constraints(&app::constraints(&self.db, &call, worker).await?);
        Ok(Response::new(GetScheduleConstraintsResponse { constraints, etag }))
    }

    async fn set_schedule_constraints(
        &self,
        request: Request<SetScheduleConstraintsRequest>,
    ) -> Result<Response<SetScheduleConstraintsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::set_schedule_constraints(&message)?;
        let method = "ScheduleConstraintService/SetScheduleConstraints";
        self.change_unattributed(call, method, &message, command, |txn, call, (worker, etag, new)| async move {
            let (constraints, etag) = convert::schedule_constraints(&app::set_constraints(&txn, &call, worker, &etag, new).await?);
            Ok((txn, SetScheduleConstraintsResponse { constraints, etag }))
        })
        .await
    }
}
