//! `ConflictService`.

use chassis::{auth, db::Db, ids::OrganisationId, page::Page, time::Clock, validate::Fields};
use proto::flexpool::{
    self as api, ListConflictsRequest, ListConflictsResponse, ListMyConflictsRequest, ListMyConflictsResponse, Reason,
    conflict_service_server::ConflictService,
};
use tonic::{Request, Response, Status};

use crate::{app::conflict, store::conflict::Shown};

/// What the service answers with.
#[derive(Debug)]
pub(crate) struct Conflicts {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
}

#[tonic::async_trait]
impl ConflictService for Conflicts {
    async fn list_my_conflicts(&self, request: Request<ListMyConflictsRequest>) -> Result<Response<ListMyConflictsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.get_ref();
        let page = Page::parse(message.page_size, &message.page_token, format!("my conflicts {}", message.include_past))?;
        let (conflicts, next_page_token) = conflict::mine(&self.db, &call, message.include_past, &page).await?;
        Ok(Response::new(ListMyConflictsResponse { conflicts: conflicts.into_iter().map(shown).collect(), next_page_token }))
    }

    async fn list_conflicts(&self, request: Request<ListConflictsRequest>) -> Result<Response<ListConflictsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.get_ref();
        let mut fields = Fields::new();
        let organisation: Option<OrganisationId> = fields.id("organisation", &message.organisation);
        let organisation = fields.finish_with(organisation)?;
        let list = format!("conflicts {organisation} {}", message.include_past);
        let page = Page::parse(message.page_size, &message.page_token, list)?;
        let (conflicts, next_page_token) = conflict::of_organisation(&self.db, &call, organisation, message.include_past, &page).await?;
        Ok(Response::new(ListConflictsResponse { conflicts: conflicts.into_iter().map(shown).collect(), next_page_token }))
    }
}

fn shown(conflict: Shown) -> api::Conflict {
    let reason = Reason::from_str_name(&format!("REASON_{}", conflict.reason)).unwrap_or_default();
    api::Conflict {
        id: conflict.id.to_string(),
        claim: conflict.claim.to_string(),
        shift: conflict.shift.to_string(),
        worker: conflict.worker.to_string(),
        employer: conflict.employer.to_string(),
        host: conflict.host.to_string(),
        starts_at: Some(conflict.period.starts_at().to_proto()),
        ends_at: Some(conflict.period.ends_at().to_proto()),
        refusal: Some(api::Refusal { reason: reason.into(), metadata: conflict.facts }),
        found_at: Some(conflict.found_at.to_proto()),
        deadline: Some(conflict.deadline.to_proto()),
        yields: conflict.yields as i32,
        resolved_at: conflict.resolved_at.map(chassis::time::Timestamp::to_proto),
    }
}
