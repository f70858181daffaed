//! What workers agree to.

use chassis::auth;
use proto::members::{
    GiveConsentRequest, GiveConsentResponse, ListConsentsRequest, ListConsentsResponse, RevokeConsentRequest, RevokeConsentResponse,
    consent_service_server::ConsentService,
};
use tonic::{Request, Response, Status, async_trait};

use super::{Rpc, convert};
use crate::app::consents as app;

#[async_trait]
impl ConsentService for Rpc {
    async fn give_consent(&self, request: Request<GiveConsentRequest>) -> Result<Response<GiveConsentResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::give_consent(&message)?;
        self.change(call, "ConsentService/GiveConsent", &message, command, |txn, call, kind| async move {
            let given = app::give(&txn, &call, kind).await?;
            Ok((txn, GiveConsentResponse { consent: Some(convert::consent(&given)) }))
        })
        .await
    }

    async fn revoke_consent(&self, request: Request<RevokeConsentRequest>) -> Result<Response<RevokeConsentResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::revoke_consent(&message)?;
        self.change(call, "ConsentService/RevokeConsent", &message, command, |txn, call, id| async move {
            let revoked = app::revoke(&txn, &call, id).await?;
            Ok((txn, RevokeConsentResponse { consent: Some(convert::consent(&revoked)) }))
        })
        .await
    }

    async fn list_consents(&self, request: Request<ListConsentsRequest>) -> Result<Response<ListConsentsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let worker = convert::list_consents(request.get_ref())?;
        let found = app::list(&self.db, &call, worker).await?;
        Ok(Response::new(ListConsentsResponse { consents: found.iter().map(convert::consent).collect() }))
    }
}
