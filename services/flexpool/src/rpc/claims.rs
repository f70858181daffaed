//! `ClaimService`.

use chassis::{auth, db::Db, error::Error, mutation, shutdown::Shutdown, time::Clock};
use proto::flexpool::{
    ClaimShiftRequest, ClaimShiftResponse, ListClaimsRequest, ListClaimsResponse, ListMyClaimsRequest, ListMyClaimsResponse,
    WithdrawClaimRequest, WithdrawClaimResponse, claim_service_server::ClaimService,
};
use tonic::{Request, Response, Status};

use super::convert::{self, ClaimsOn};
use crate::app::{claim, list, timers::Wake, withdraw};

/// What the service answers with.
#[derive(Debug)]
pub(crate) struct Claims {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) shutdown: Shutdown,
    pub(crate) timers: Wake,
}

#[tonic::async_trait]
impl ClaimService for Claims {
    async fn claim_shift(&self, request: Request<ClaimShiftRequest>) -> Result<Response<ClaimShiftResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let (command, id) = convert::claim_shift(&message)?;
        let request = mutation::Request::new(&call, "ClaimService/ClaimShift", id, &message);
        let db = self.db.clone();
        // To its end even when the caller hangs up (D25), and before the process ends.
        let work = async move {
            let answer = |claim: &_, verdict: &_| ClaimShiftResponse {
                claim: Some(convert::claim(claim)),
                verdict: Some(convert::verdict(verdict)),
            };
            claim::claim(&db, &call, &request, command, answer).await
        };
        let done = self.shutdown.spawn(work).await.map_err(|_| Error::internal("a claim panicked"))?;
        Ok(Response::new(done?))
    }

    async fn withdraw_claim(&self, request: Request<WithdrawClaimRequest>) -> Result<Response<WithdrawClaimResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let (claim, id) = convert::withdraw_claim(&message)?;
        let request = mutation::Request::new(&call, "ClaimService/WithdrawClaim", id, &message);
        let work = move |txn| {
            let call = call.clone();
            async move {
                let claim = withdraw::withdraw(&txn, &call, claim).await?;
                Ok((txn, WithdrawClaimResponse { claim: Some(convert::claim(&claim)) }))
            }
        };
        let answer = mutation::run(&self.db, request, work).await?;
        self.timers.now();
        Ok(Response::new(answer))
    }

    async fn list_my_claims(&self, request: Request<ListMyClaimsRequest>) -> Result<Response<ListMyClaimsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let (mine, page) = convert::list_my_claims(request.get_ref())?;
        let (claims, next_page_token) = list::my_claims(&self.db, &call, mine, &page).await?;
        Ok(Response::new(ListMyClaimsResponse { claims: claims.iter().map(convert::my_claim).collect(), next_page_token }))
    }

    async fn list_claims(&self, request: Request<ListClaimsRequest>) -> Result<Response<ListClaimsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let (on, page) = convert::list_claims(request.get_ref())?;
        let (claims, next_page_token) = match on {
            ClaimsOn::One(shift) => list::claims_on(&self.db, &call, shift, &page).await?,
            ClaimsOn::Several(shifts) => list::claims_among(&self.db, &call, &shifts, &page).await?,
        };
        Ok(Response::new(ListClaimsResponse { claims: claims.iter().map(convert::claim).collect(), next_page_token }))
    }
}
