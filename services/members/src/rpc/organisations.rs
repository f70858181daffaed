//! Organisations, their locations and wards.

use chassis::auth;
use proto::members::{
    CreateLocationRequest, CreateLocationResponse, CreateOrganisationRequest, CreateOrganisationResponse, CreateWardRequest,
    CreateWardResponse, EndMembershipRequest, EndMembershipResponse, GetOrganisationRequest, GetOrganisationResponse, GetWardRequest,
    GetWardResponse, ListLocationsRequest, ListLocationsResponse, ListOrganisationsRequest, ListOrganisationsResponse, ListWardsRequest,
    ListWardsResponse, UpdateLocationRequest, UpdateLocationResponse, UpdateOrganisationRequest, UpdateOrganisationResponse,
    UpdateWardRequest, UpdateWardResponse, Ward, organisation_service_server::OrganisationService,
};
use tonic::{Request, Response, Status, async_trait};

use super::{Rpc, convert};
use crate::app;

#[async_trait]
impl OrganisationService for Rpc {
    async fn create_organisation(
        &self,
        request: Request<CreateOrganisationRequest>,
    ) -> Result<Response<CreateOrganisationResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::create_organisation(&message)?;
        self.change(call, "OrganisationService/CreateOrganisation", &message, command, |txn, call, new| async move {
            let organisation = app::organisations::create(&txn, &call, new).await?;
            Ok((txn, CreateOrganisationResponse { organisation: Some(convert::organisation(&organisation)) }))
        })
        .await
    }

    async fn update_organisation(
        &self,
        request: Request<UpdateOrganisationRequest>,
    ) -> Result<Response<UpdateOrganisationResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::update_organisation(&message)?;
        self.change(call, "OrganisationService/UpdateOrganisation", &message, command, |txn, call, (id, version, edit)| async move {
            let organisation = app::organisations::update(&txn, &call, id, version, edit).await?;
            Ok((txn, UpdateOrganisationResponse { organisation: Some(convert::organisation(&organisation)) }))
        })
        .await
    }

    async fn end_membership(&self, request: Request<EndMembershipRequest>) -> Result<Response<EndMembershipResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::end_membership(&message)?;
        self.change(call, "OrganisationService/EndMembership", &message, command, |txn, call, (id, on)| async move {
            let organisation = app::organisations::end_membership(&txn, &call, id, on).await?;
            Ok((txn, EndMembershipResponse { organisation: Some(convert::organisation(&organisation)) }))
        })
        .await
    }

    async fn get_organisation(&self, request: Request<GetOrganisationRequest>) -> Result<Response<GetOrganisationResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let id = convert::get_organisation(request.get_ref())?;
        let organisation = app::organisations::get(self.db.read(), &call, id).await?;
        Ok(Response::new(GetOrganisationResponse { organisation: Some(convert::organisation(&organisation)) }))
    }

    async fn list_organisations(&self, request: Request<ListOrganisationsRequest>) -> Result<Response<ListOrganisationsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let page = convert::list_organisations(request.get_ref())?;
        let (organisations, next_page_token) = app::organisations::list(self.db.read(), &call, &page).await?;
        let organisations = organisations.iter().map(convert::organisation).collect();
        Ok(Response::new(ListOrganisationsResponse { organisations, next_page_token }))
    }

    async fn create_location(&self, request: Request<CreateLocationRequest>) -> Result<Response<CreateLocationResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::create_location(&message)?;
        self.change(call, "OrganisationService/CreateLocation", &message, command, |txn, call, new| async move {
            let location = app::wards::create_location(&txn, &call, new).await?;
            Ok((txn, CreateLocationResponse { location: Some(convert::location(&location)) }))
        })
        .await
    }

    async fn update_location(&self, request: Request<UpdateLocationRequest>) -> Result<Response<UpdateLocationResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::update_location(&message)?;
        self.change(call, "OrganisationService/UpdateLocation", &message, command, |txn, call, (id, version, edit)| async move {
            let location = app::wards::update_location(&txn, &call, id, version, edit).await?;
            Ok((txn, UpdateLocationResponse { location: Some(convert::location(&location)) }))
        })
        .await
    }

    async fn list_locations(&self, request: Request<ListLocationsRequest>) -> Result<Response<ListLocationsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let (organisation, page) = convert::list_locations(request.get_ref())?;
        let (locations, next_page_token) = app::wards::list_locations(self.db.read(), &call, organisation, &page).await?;
        Ok(Response::new(ListLocationsResponse { locations: locations.iter().map(convert::location).collect(), next_page_token }))
    }

    async fn create_ward(&self, request: Request<CreateWardRequest>) -> Result<Response<CreateWardResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::create_ward(&message)?;
        self.change(call, "OrganisationService/CreateWard", &message, command, |txn, call, new| async move {
            let ward = app::wards::create(&txn, &call, new).await?;
            Ok((txn, CreateWardResponse { ward: Some(convert::ward(&ward)) }))
        })
        .await
    }

    async fn update_ward(&self, request: Request<UpdateWardRequest>) -> Result<Response<UpdateWardResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::update_ward(&message)?;
        self.change(call, "OrganisationService/UpdateWard", &message, command, |txn, call, (id, version, edit)| async move {
            let ward = app::wards::update(&txn, &call, id, version, edit).await?;
            Ok((txn, UpdateWardResponse { ward: Some(convert::ward(&ward)) }))
        })
        .await
    }

    async fn get_ward(&self, request: Request<GetWardRequest>) -> Result<Response<GetWardResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let id = convert::get_ward(request.get_ref())?;
        let (ward, lead_name) = app::wards::get(self.db.read(), &call, id).await?;
        Ok(Response::new(GetWardResponse { ward: Some(Ward { lead_name, ..convert::ward(&ward) }) }))
    }

    async fn list_wards(&self, request: Request<ListWardsRequest>) -> Result<Response<ListWardsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let (organisation, page) = convert::list_wards(request.get_ref())?;
        let (wards, next_page_token) = app::wards::list(self.db.read(), &call, organisation, &page).await?;
        Ok(Response::new(ListWardsResponse { wards: wards.iter().map(convert::ward).collect(), next_page_token }))
    }
}
