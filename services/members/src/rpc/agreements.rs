//! Agreements, decisions of works councils, and wage costs.

use chassis::auth;
use proto::members::{
    AmendAgreementRequest, AmendAgreementResponse, ApproveAgreementRequest, ApproveAgreementResponse, CreateAgreementRequest,
    CreateAgreementResponse, EndAgreementRequest, EndAgreementResponse, ListAgreementVersionsRequest, ListAgreementVersionsResponse,
    ListAgreementsRequest, ListAgreementsResponse, ListWageCostsRequest, ListWageCostsResponse, ListWorksCouncilDecisionsRequest,
    ListWorksCouncilDecisionsResponse, RecordWageCostRequest, RecordWageCostResponse, RecordWorksCouncilDecisionRequest,
    RecordWorksCouncilDecisionResponse, WithdrawAgreementRequest, WithdrawAgreementResponse, agreement_service_server::AgreementService,
};
use tonic::{Request, Response, Status, async_trait};

use super::{Rpc, convert};
use crate::app::{agreements as app, terms};

#[async_trait]
impl AgreementService for Rpc {
    async fn create_agreement(&self, request: Request<CreateAgreementRequest>) -> Result<Response<CreateAgreementResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::create_agreement(&message, call.now.local_date())?;
        self.change(call, "AgreementService/CreateAgreement", &message, command, |txn, call, new| async move {
            let agreement = app::create(&txn, &call, new).await?;
            Ok((txn, CreateAgreementResponse { agreement: Some(convert::agreement(&agreement)) }))
        })
        .await
    }

    async fn amend_agreement(&self, request: Request<AmendAgreementRequest>) -> Result<Response<AmendAgreementResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::amend_agreement(&message, call.now.local_date())?;
        self.change(call, "AgreementService/AmendAgreement", &message, command, |txn, call, (amends, version, new)| async move {
            let agreement = app::amend(&txn, &call, amends, version, new).await?;
            Ok((txn, AmendAgreementResponse { agreement: Some(convert::agreement(&agreement)) }))
        })
        .await
    }

    async fn approve_agreement(&self, request: Request<ApproveAgreementRequest>) -> Result<Response<ApproveAgreementResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::approve_agreement(&message)?;
        self.change(call, "AgreementService/ApproveAgreement", &message, command, |txn, call, (id, version, party)| async move {
            let agreement = app::approve(&txn, &call, id, version, party).await?;
            Ok((txn, ApproveAgreementResponse { agreement: Some(convert::agreement(&agreement)) }))
        })
        .await
    }

    async fn withdraw_agreement(&self, request: Request<WithdrawAgreementRequest>) -> Result<Response<WithdrawAgreementResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::withdraw_agreement(&message)?;
        self.change(call, "AgreementService/WithdrawAgreement", &message, command, |txn, call, (id, version)| async move {
            let agreement = app::withdraw(&txn, &call, id, version).await?;
            Ok((txn, WithdrawAgreementResponse { agreement: Some(convert::agreement(&agreement)) }))
        })
        .await
    }

    async fn end_agreement(&self, request: Request<EndAgreementRequest>) -> Result<Response<EndAgreementResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::end_agreement(&message)?;
        self.change(call, "AgreementService/EndAgreement", &message, command, |txn, call, (id, version, until)| async move {
            let agreement = app::end(&txn, &call, id, version, until).await?;
            Ok((txn, EndAgreementResponse { agreement: Some(convert::agreement(&agreement)) }))
        })
        .await
    }

    async fn list_agreements(&self, request: Request<ListAgreementsRequest>) -> Result<Response<ListAgreementsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let (organisation, page) = convert::list_agreements(request.get_ref())?;
        let (agreements, next_page_token) = app::list(self.db.read(), &call, organisation, &page).await?;
        let agreements = agreements.iter().map(convert::agreement).collect();
        Ok(Response::new(ListAgreementsResponse { agreements, next_page_token }))
    }

    async fn list_agreement_versions(
        &self,
        request: Request<ListAgreementVersionsRequest>,
    ) -> Result<Response<ListAgreementVersionsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let id = convert::list_agreement_versions(request.get_ref())?;
        let versions = app::versions(self.db.read(), &call, id).await?;
        Ok(Response::new(ListAgreementVersionsResponse { agreements: versions.iter().map(convert::agreement).collect() }))
    }

    async fn record_works_council_decision(
        &self,
        request: Request<RecordWorksCouncilDecisionRequest>,
    ) -> Result<Response<RecordWorksCouncilDecisionResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::record_decision(&message, call.now.local_date())?;
        self.change(call, "AgreementService/RecordWorksCouncilDecision", &message, command, |txn, call, (of, decision)| async move {
            let decision = terms::record_decision(&txn, &call, of, decision).await?;
            Ok((txn, RecordWorksCouncilDecisionResponse { decision: Some(convert::decision(of, &decision)) }))
        })
        .await
    }

    async fn list_works_council_decisions(
        &self,
        request: Request<ListWorksCouncilDecisionsRequest>,
    ) -> Result<Response<ListWorksCouncilDecisionsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let of = convert::about_organisation(&request.get_ref().organisation)?;
        let decisions = terms::decisions(self.db.read(), &call, of).await?;
        let decisions = decisions.iter().map(|decision| convert::decision(of, decision)).collect();
        Ok(Response::new(ListWorksCouncilDecisionsResponse { decisions }))
    }

    async fn record_wage_cost(&self, request: Request<RecordWageCostRequest>) -> Result<Response<RecordWageCostResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::record_wage_cost(&message)?;
        self.change(call, "AgreementService/RecordWageCost", &message, command, |txn, call, (of, cost)| async move {
            let cost = terms::record_wage_cost(&txn, &call, of, cost).await?;
            Ok((txn, RecordWageCostResponse { wage_cost: Some(convert::wage_cost(of, &cost)) }))
        })
        .await
    }

    async fn list_wage_costs(&self, request: Request<ListWageCostsRequest>) -> Result<Response<ListWageCostsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let of = convert::about_organisation(&request.get_ref().organisation)?;
        let costs = terms::wage_costs(self.db.read(), &call, of).await?;
        Ok(Response::new(ListWageCostsResponse { wage_costs: costs.iter().map(|cost| convert::wage_cost(of, cost)).collect() }))
    }
}
