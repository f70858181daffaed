//! `WaitService`.

use chassis::{auth, db::Db, error::Error, mutation, shutdown::Shutdown, time::Clock};
use proto::flexpool::{
    AcceptOfferRequest, AcceptOfferResponse, JoinWaitlistRequest, JoinWaitlistResponse, LeaveWaitlistRequest, LeaveWaitlistResponse,
    ListMyWaitsRequest, ListMyWaitsResponse, wait_service_server::WaitService,
};
use tonic::{Request, Response, Status};

use super::{convert, convert_waits};
use crate::app::{
    claim::{self, ClaimShift},
    list,
    timers::Wake,
    wait,
};

/// What the service answers with.
#[derive(Debug)]
pub(crate) struct Waits {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) shutdown: Shutdown,
    pub(crate) timers: Wake,
}

#[tonic::async_trait]
impl WaitService for Waits {
    async fn join_waitlist(&self, request: Request<JoinWaitlistRequest>) -> Result<Response<JoinWaitlistResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let (command, id) = convert_waits::join(&message)?;
        let request = mutation::Request::new(&call, "WaitService/JoinWaitlist", id, &message);
        let work = move |txn| {
            let call = call.clone();
            async move {
                let (joined, before) = wait::join(&txn, &call, command).await?;
                Ok((txn, JoinWaitlistResponse { wait: Some(convert_waits::wait(&joined, before)) }))
            }
        };
        Ok(Response::new(mutation::run(&self.db, request, work).await?))
    }

    async fn leave_waitlist(&self, request: Request<LeaveWaitlistRequest>) -> Result<Response<LeaveWaitlistResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let (left, id) = convert_waits::leave(&message)?;
        let request = mutation::Request::new(&call, "WaitService/LeaveWaitlist", id, &message);
        let work = move |txn| {
            let call = call.clone();
            async move {
                let left = wait::leave(&txn, &call, left).await?;
                Ok((txn, LeaveWaitlistResponse { wait: Some(convert_waits::wait(&left, 0)) }))
            }
        };
        let answer = mutation::run(&self.db, request, work).await?;
        self.timers.now();
        Ok(Response::new(answer))
    }

    async fn accept_offer(&self, request: Request<AcceptOfferRequest>) -> Result<Response<AcceptOfferResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let (offer, id) = convert_waits::accept(&message)?;
        let request = mutation::Request::new(&call, "WaitService/AcceptOffer", id, &message);
        let waited = wait::own(self.db.read(), &call, offer).await?;
        let command = ClaimShift { shift: waited.shift, employment: waited.employment, offer: Some(offer) };
        let db = self.db.clone();
        // To its end even when the caller hangs up (D25), and before the process ends.
        let work = async move {
            let answer = |claim: &_, verdict: &_| AcceptOfferResponse {
                claim: Some(convert::claim(claim)),
                verdict: Some(convert::verdict(verdict)),
            };
            claim::claim(&db, &call, &request, command, answer).await
        };
        let done = self.shutdown.spawn(work).await.map_err(|_| Error::internal("a claim panicked"))?;
        Ok(Response::new(done?))
    }

    async fn list_my_waits(&self, request: Request<ListMyWaitsRequest>) -> Result<Response<ListMyWaitsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let (include_closed, page) = convert_waits::list(request.get_ref())?;
        let (waits, next_page_token) = list::my_waits(&self.db, &call, include_closed, &page).await?;
        Ok(Response::new(ListMyWaitsResponse { waits: waits.iter().map(convert_waits::my_wait).collect(), next_page_token }))
    }
}
