//! Agreements.

use chassis::auth;
use proto::members::{
    CreateAgreementRequest, CreateAgreementResponse, ListAgreementsRequest, ListAgreementsResponse,
    agreement_service_server::AgreementService,
};
use tonic::{Request, Response, Status, async_trait};

use super::{Rpc, convert};
use crate::app;

#[async_trait]
impl AgreementService for Rpc {
    async fn create_agreement(&self, request: Request<CreateAgreementRequest>) -> Result<Response<CreateAgreementResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::create_agreement(&message)?;
        self.change(call, "AgreementService/CreateAgreement", &message, command, |txn, call, new| async move {
            let agreement = app::agreements::create(&txn, &call, new).await?;
            Ok((txn, CreateAgreementResponse { agreement: Some(convert::agreement(&agreement)) }))
        })
        .await
    }

    async fn list_agreements(&self, request: Request<ListAgreementsRequest>) -> Result<Response<ListAgreementsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let (organisation, page) = convert::list_agreements(request.get_ref())?;
        let (agreements, next_page_token) = app::agreements::list(self.db.read(), &call, organisation, &page).await?;
        let agreements = agreements.iter().map(convert::agreement).collect();
        Ok(Response::new(ListAgreementsResponse { agreements, next_page_token }))
    }
}
