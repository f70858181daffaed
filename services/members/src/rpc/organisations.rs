//! Organisations and wards.

use chassis::auth;
use proto::members::{
    CreateOrganisationRequest, CreateOrganisationResponse, CreateWardRequest, CreateWardResponse, GetOrganisationRequest,
    GetOrganisationResponse, ListOrganisationsRequest, ListOrganisationsResponse, ListWardsRequest, ListWardsResponse,
    organisation_service_server::OrganisationService,
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

    async fn create_ward(&self, request: Request<CreateWardRequest>) -> Result<Response<CreateWardResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::create_ward(&message)?;
        self.change(call, "OrganisationService/CreateWard", &message, command, |txn, call, new| async move {
            let ward = app::organisations::create_ward(&txn, &call, new).await?;
            Ok((txn, CreateWardResponse { ward: Some(convert::ward(&ward)) }))
        })
        .await
    }

    async fn list_wards(&self, request: Request<ListWardsRequest>) -> Result<Response<ListWardsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let (organisation, page) = convert::list_wards(request.get_ref())?;
        let (wards, next_page_token) = app::organisations::list_wards(self.db.read(), &call, organisation, &page).await?;
        Ok(Response::new(ListWardsResponse { wards: wards.iter().map(convert::ward).collect(), next_page_token }))
    }
}
