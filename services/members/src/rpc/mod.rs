//! The doors: one tonic service each. A door takes the caller and the time, parses, and calls a use case; it decides nothing.

pub(crate) mod access;
mod access_log;
mod agreements;
mod consents;
mod convert;
pub(crate) mod file_reads;
mod identity;
mod links;
mod messages;
mod organisations;
mod pools;
mod unavailability;
mod workers;

use std::{future::Future, sync::Arc};

use chassis::{auth::Signer, caller::Call, config::Settings, db::Db, error::Result, ids::WorkerId, mutation, pace::Attempts, time::Clock};
use prost::Message;
use proto::members::{
    access_log_service_server::AccessLogServiceServer, agreement_service_server::AgreementServiceServer,
    consent_service_server::ConsentServiceServer, identity_service_server::IdentityServiceServer, link_service_server::LinkServiceServer,
    message_service_server::MessageServiceServer, organisation_service_server::OrganisationServiceServer,
    pool_service_server::PoolServiceServer, schedule_constraint_service_server::ScheduleConstraintServiceServer,
    unavailability_service_server::UnavailabilityServiceServer, worker_service_server::WorkerServiceServer,
};
use sea_orm::DatabaseTransaction;
use tonic::{Response, Status, service::Routes};
use uuid::Uuid;

pub use convert::role_to_proto;

use crate::{domain::identity::Identity, provider::Provider, secrets::Codes};

/// What every door needs. Clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Rpc {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) settings: Arc<Settings>,
    pub(crate) signer: Signer,
    pub(crate) codes: Codes,
    pub(crate) provider: Provider,
    pub(crate) code_tries: Attempts<Identity>,
    pub(crate) link_tries: Attempts<WorkerId>,
}

impl Rpc {
    /// All of its services.
    pub(crate) fn routes(self) -> Routes {
        Routes::new(OrganisationServiceServer::new(self.clone()))
            .add_service(PoolServiceServer::new(self.clone()))
            .add_service(AgreementServiceServer::new(self.clone()))
            .add_service(WorkerServiceServer::new(self.clone()))
            .add_service(MessageServiceServer::new(self.clone()))
            .add_service(ConsentServiceServer::new(self.clone()))
            .add_service(LinkServiceServer::new(self.clone()))
            .add_service(UnavailabilityServiceServer::new(self.clone()))
            .add_service(ScheduleConstraintServiceServer::new(self.clone()))
            .add_service(AccessLogServiceServer::new(self.clone()))
            .add_service(IdentityServiceServer::new(self))
    }

    /// Does `work` with the command once for this request id (D25).
    async fn change<C, M, R, W, F>(
        &self,
        call: Call,
        method: &'static str,
        message: &M,
        (command, request_id): (C, Uuid),
        work: W,
    ) -> Result<Response<R>, Status>
    where
        C: Clone + Send + Sync + 'static,
        M: Message,
        R: Message + Default + 'static,
        W: Fn(DatabaseTransaction, Call, C) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(DatabaseTransaction, R)>> + Send,
    {
        let request = mutation::Request::new(&call, method, request_id, message);
        self.run(call, request, command, work).await
    }

    /// The same, without a trace of who did it (D7).
    async fn change_unattributed<C, M, R, W, F>(
        &self,
        call: Call,
        method: &'static str,
        message: &M,
        (command, request_id): (C, Uuid),
        work: W,
    ) -> Result<Response<R>, Status>
    where
        C: Clone + Send + Sync + 'static,
        M: Message,
        R: Message + Default + 'static,
        W: Fn(DatabaseTransaction, Call, C) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(DatabaseTransaction, R)>> + Send,
    {
        let request = mutation::Request::new(&call, method, request_id, message).unattributed();
        self.run(call, request, command, work).await
    }

    async fn run<C, R, W, F>(&self, call: Call, request: mutation::Request, command: C, work: W) -> Result<Response<R>, Status>
    where
        C: Clone + Send + Sync + 'static,
        R: Message + Default + 'static,
        W: Fn(DatabaseTransaction, Call, C) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(DatabaseTransaction, R)>> + Send,
    {
        let answer = mutation::run(&self.db, request, move |txn| work(txn, call.clone(), command.clone())).await?;
        Ok(Response::new(answer))
    }
}
