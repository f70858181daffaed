//! One person over several employers.

use chassis::auth;
use proto::members::{
    ConfirmLinkRequest, ConfirmLinkResponse, DeclineLinksRequest, DeclineLinksResponse, LinkByCodeRequest, LinkByCodeResponse,
    ListLinkProposalsRequest, ListLinkProposalsResponse, ProposeLinksRequest, ProposeLinksResponse, link_service_server::LinkService,
};
use tonic::{Request, Response, Status, async_trait};

use super::{Rpc, convert};
use crate::app::links as app;

#[async_trait]
impl LinkService for Rpc {
    async fn propose_links(&self, request: Request<ProposeLinksRequest>) -> Result<Response<ProposeLinksResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::propose_links(&message)?;
        self.change(call, "LinkService/ProposeLinks", &message, command, |txn, call, worker| async move {
            app::propose(&txn, &call, worker).await?;
            Ok((txn, ProposeLinksResponse {}))
        })
        .await
    }

    async fn list_link_proposals(&self, request: Request<ListLinkProposalsRequest>) -> Result<Response<ListLinkProposalsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let found = app::list(self.db.read(), &call).await?;
        Ok(Response::new(ListLinkProposalsResponse { proposals: found.iter().map(convert::link_proposal).collect() }))
    }

    async fn confirm_link(&self, request: Request<ConfirmLinkRequest>) -> Result<Response<ConfirmLinkResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::confirm_link(&message)?;
        self.link_tries.count(call.worker()?)?;
        self.change(call, "LinkService/ConfirmLink", &message, command, |txn, call, (organisation, number)| async move {
            let outcome = app::confirm(&txn, &call, organisation, &number).await?;
            Ok((txn, ConfirmLinkResponse { outcome: convert::link_outcome(outcome).into() }))
        })
        .await
    }

    async fn decline_links(&self, request: Request<DeclineLinksRequest>) -> Result<Response<DeclineLinksResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::decline_links(&message)?;
        self.change(call, "LinkService/DeclineLinks", &message, command, |txn, call, ()| async move {
            app::decline(&txn, &call).await?;
            Ok((txn, DeclineLinksResponse {}))
        })
        .await
    }

    async fn link_by_code(&self, request: Request<LinkByCodeRequest>) -> Result<Response<LinkByCodeResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::link_by_code(&message)?;
        self.link_tries.count(call.worker()?)?;
        self.change(call, "LinkService/LinkByCode", &message, command, |txn, call, code| async move {
            app::by_code(&txn, &call, code.as_ref()).await?;
            Ok((txn, LinkByCodeResponse {}))
        })
        .await
    }
}
