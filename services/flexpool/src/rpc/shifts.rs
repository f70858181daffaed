//! `ShiftService`.

use std::pin::Pin;

use chassis::{auth, db::Db, mutation, time::Clock};
use futures::Stream;
use proto::flexpool::{
    CancelShiftRequest, CancelShiftResponse, GetShiftRequest, GetShiftResponse, ListOpenShiftsRequest, ListOpenShiftsResponse,
    ListShiftsRequest, ListShiftsResponse, PublishShiftRequest, PublishShiftResponse, WatchShiftsRequest, WatchShiftsResponse,
    shift_service_server::ShiftService,
};
use tonic::{Request, Response, Status};

use super::convert;
use crate::{
    app::{list, publish},
    live::{Live, Word},
};

/// What the service answers with.
#[derive(Debug)]
pub(crate) struct Shifts {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) live: Live,
}

#[tonic::async_trait]
impl ShiftService for Shifts {
    async fn publish_shift(&self, request: Request<PublishShiftRequest>) -> Result<Response<PublishShiftResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let (draft, id) = convert::publish_shift(&message)?;
        let request = mutation::Request::new(&call, "ShiftService/PublishShift", id, &message);
        let work = move |txn| {
            let (call, draft) = (call.clone(), draft.clone());
            async move {
                let shift = publish::publish(&txn, &call, draft).await?;
                Ok((txn, PublishShiftResponse { shift: Some(convert::shift(&shift)) }))
            }
        };
        Ok(Response::new(mutation::run(&self.db, request, work).await?))
    }

    async fn cancel_shift(&self, request: Request<CancelShiftRequest>) -> Result<Response<CancelShiftResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let (shift, id) = convert::cancel_shift(&message)?;
        let request = mutation::Request::new(&call, "ShiftService/CancelShift", id, &message);
        let work = move |txn| {
            let call = call.clone();
            async move {
                let shift = publish::cancel(&txn, &call, shift).await?;
                Ok((txn, CancelShiftResponse { shift: Some(convert::shift(&shift)) }))
            }
        };
        Ok(Response::new(mutation::run(&self.db, request, work).await?))
    }

    async fn get_shift(&self, request: Request<GetShiftRequest>) -> Result<Response<GetShiftResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let id = convert::get_shift(request.get_ref())?;
        let shift = list::shift(&self.db, &call, id).await?;
        Ok(Response::new(GetShiftResponse { shift: Some(convert::shift(&shift)) }))
    }

    async fn list_shifts(&self, request: Request<ListShiftsRequest>) -> Result<Response<ListShiftsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let (organisation, ends_after, page) = convert::list_shifts(request.get_ref())?;
        let (shifts, next_page_token) = list::shifts(&self.db, &call, organisation, ends_after, &page).await?;
        Ok(Response::new(ListShiftsResponse { shifts: shifts.iter().map(convert::shift).collect(), next_page_token }))
    }

    async fn list_open_shifts(&self, request: Request<ListOpenShiftsRequest>) -> Result<Response<ListOpenShiftsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let (only, page) = convert::list_open_shifts(request.get_ref())?;
        let found = list::open_shifts(&self.db, &call, only, &page).await?;
        Ok(Response::new(convert::open_shifts(found)))
    }

    type WatchShiftsStream = Pin<Box<dyn Stream<Item = Result<WatchShiftsResponse, Status>> + Send>>;

    async fn watch_shifts(&self, request: Request<WatchShiftsRequest>) -> Result<Response<Self::WatchShiftsStream>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let mut watch = self.live.watch(&self.db, call).await?;
        Ok(Response::new(Box::pin(async_stream::stream! {
            while let Some(word) = watch.next().await {
                yield Ok(match word {
                    Word::Changed(_, shift) => {
                        WatchShiftsResponse { shift: shift.terms.id.to_string(), reset: false, after: Some(convert::shift(&shift)) }
                    }
                    Word::Lost => WatchShiftsResponse { reset: true, ..Default::default() },
                });
            }
        })))
    }
}
