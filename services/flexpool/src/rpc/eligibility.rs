//! `EligibilityService`.

use chassis::{auth, db::Db, error::Result, ids::ShiftId, mutation, page::Page, time::Clock, validate::Fields};
use proto::flexpool::{
    EligibleWorker, ExplainShiftRequest, ExplainShiftResponse, GetPreferencesRequest, GetPreferencesResponse, ListEligibleWorkersRequest,
    ListEligibleWorkersResponse, SetPreferencesRequest, SetPreferencesResponse, eligibility_service_server::EligibilityService,
};
use tonic::{Request, Response, Status};

use super::{convert, convert_wishes};
use crate::{
    app::eligible::{self, Could},
    domain::explained::one_course_away,
    reasons,
};

/// What the service answers with.
#[derive(Debug)]
pub(crate) struct Eligibility {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
}

#[tonic::async_trait]
impl EligibilityService for Eligibility {
    async fn explain_shift(&self, request: Request<ExplainShiftRequest>) -> Result<Response<ExplainShiftResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let explained = eligible::explain(&self.db, &call, shift(&request.get_ref().shift)?).await?;
        Ok(Response::new(ExplainShiftResponse {
            refusals: explained.refused.iter().map(reasons::shown).collect(),
            one_course_away: one_course_away(&explained.refused).unwrap_or_default().to_owned(),
            verdict: explained.verdict.as_ref().map(convert::verdict),
            unwished: explained.unwished.iter().map(reasons::unwished).collect(),
            distance_km: explained.km.and_then(|km| i32::try_from(km).ok()),
        }))
    }

    async fn list_eligible_workers(
        &self,
        request: Request<ListEligibleWorkersRequest>,
    ) -> Result<Response<ListEligibleWorkersResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.get_ref();
        let shift = shift(&message.shift)?;
        let page = Page::parse(0, &message.page_token, format!("who could {shift}"))?;
        let found = eligible::workers(&self.db, &call, shift, &page).await?;
        Ok(Response::new(ListEligibleWorkersResponse {
            workers: found.workers.iter().map(shown).collect(),
            others: i32::try_from(found.others).unwrap_or(i32::MAX),
            next_page_token: found.next_page_token,
        }))
    }

    async fn get_preferences(&self, request: Request<GetPreferencesRequest>) -> Result<Response<GetPreferencesResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let wanted = eligible::preferences(self.db.read(), &call).await?;
        Ok(Response::new(GetPreferencesResponse { preferences: Some(convert_wishes::preferences(&wanted)) }))
    }

    async fn set_preferences(&self, request: Request<SetPreferencesRequest>) -> Result<Response<SetPreferencesResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let (wanted, id) = convert_wishes::set_preferences(&message)?;
        let request = mutation::Request::new(&call, "EligibilityService/SetPreferences", id, &message);
        let work = move |txn| {
            let (call, wanted) = (call.clone(), wanted.clone());
            async move {
                eligible::set_preferences(&txn, &call, &wanted).await?;
                Ok((txn, SetPreferencesResponse { preferences: Some(convert_wishes::preferences(&wanted)) }))
            }
        };
        Ok(Response::new(mutation::run(&self.db, request, work).await?))
    }
}

fn shift(id: &str) -> Result<ShiftId> {
    let mut fields = Fields::new();
    let shift = fields.id("shift", id);
    fields.finish_with(shift)
}

fn shown(could: &Could) -> EligibleWorker {
    EligibleWorker {
        worker: could.worker.to_string(),
        basis: could.basis as i32,
        own: could.own,
        opens_at: could.opens_at.map(chassis::time::Timestamp::to_proto),
    }
}
