//! Workers, employments and competences.

use chassis::{auth, caller::Role};
use proto::members::{
    AddCompetenceRequest, AddCompetenceResponse, BatchGetWorkersRequest, BatchGetWorkersResponse, CreateEmploymentRequest,
    CreateEmploymentResponse, CreateWorkerRequest, CreateWorkerResponse, EndEmploymentRequest, EndEmploymentResponse, GetWorkerRequest,
    GetWorkerResponse, ImportWorkersRequest, ImportWorkersResponse, ListExitsRequest, ListExitsResponse, ListWorkerFilesRequest,
    ListWorkerFilesResponse, ListWorkersRequest, ListWorkersResponse, UpdateEmploymentRequest, UpdateEmploymentResponse,
    worker_service_server::WorkerService,
};
use tonic::{Request, Response, Status, async_trait};

use super::{Rpc, convert};
use crate::{app, domain::worker::File};

#[async_trait]
impl WorkerService for Rpc {
    async fn create_worker(&self, request: Request<CreateWorkerRequest>) -> Result<Response<CreateWorkerResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::create_worker(&message, &call)?;
        self.change(call, "WorkerService/CreateWorker", &message, command, |txn, call, new| async move {
            let file = app::workers::create(&txn, &call, new.person, new.employment, new.competences).await?;
            Ok((txn, CreateWorkerResponse { worker: Some(convert::file(&file)) }))
        })
        .await
    }

    async fn get_worker(&self, request: Request<GetWorkerRequest>) -> Result<Response<GetWorkerResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let id = convert::get_worker(request.get_ref())?;
        let file = app::workers::get(&self.db, &call, id).await?;
        Ok(Response::new(GetWorkerResponse { worker: Some(convert::file(&file)) }))
    }

    async fn batch_get_workers(&self, request: Request<BatchGetWorkersRequest>) -> Result<Response<BatchGetWorkersResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let ids = convert::batch_get_workers(request.get_ref())?;
        let workers = app::workers::names(self.db.read(), &call, &ids).await?;
        Ok(Response::new(BatchGetWorkersResponse { workers: workers.iter().map(convert::worker_name).collect() }))
    }

    async fn list_workers(&self, request: Request<ListWorkersRequest>) -> Result<Response<ListWorkersResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let (organisation, page) = convert::list_workers(request.get_ref())?;
        let (files, next_page_token) = app::workers::list(&self.db, &call, organisation, &page).await?;
        let whole = call.caller.acts_for(organisation, &[Role::Operator, Role::Hr]);
        let (today, everywhere) = (call.now.local_date(), call.scope.is_everywhere());
        let convert = |file: &File| match whole {
            true if everywhere || file.employments.iter().any(|one| one.about.counts(today)) => convert::file(file),
            true => convert::former_file(file),
            false => convert::roster_file(file),
        };
        let workers = files.iter().map(convert).collect();
        Ok(Response::new(ListWorkersResponse { workers, next_page_token }))
    }

    async fn create_employment(&self, request: Request<CreateEmploymentRequest>) -> Result<Response<CreateEmploymentResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::create_employment(&message, &call)?;
        self.change(call, "WorkerService/CreateEmployment", &message, command, |txn, call, (worker, new)| async move {
            let employment = app::employments::create(&txn, &call, worker, new).await?;
            Ok((txn, CreateEmploymentResponse { employment: Some(convert::employment(&employment)) }))
        })
        .await
    }

    async fn update_employment(&self, request: Request<UpdateEmploymentRequest>) -> Result<Response<UpdateEmploymentResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::update_employment(&message, &call)?;
        self.change(call, "WorkerService/UpdateEmployment", &message, command, |txn, call, (id, etag, change)| async move {
            let employment = app::employments::update(&txn, &call, id, &etag, change).await?;
            Ok((txn, UpdateEmploymentResponse { employment: Some(convert::employment(&employment)) }))
        })
        .await
    }

    async fn end_employment(&self, request: Request<EndEmploymentRequest>) -> Result<Response<EndEmploymentResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::end_employment(&message)?;
        self.change(call, "WorkerService/EndEmployment", &message, command, |txn, call, (id, etag, until, exit)| async move {
            let employment = app::employments::end(&txn, &call, id, &etag, until, exit).await?;
            Ok((txn, EndEmploymentResponse { employment: Some(convert::employment(&employment)) }))
        })
        .await
    }

    async fn list_exits(&self, request: Request<ListExitsRequest>) -> Result<Response<ListExitsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let (organisation, page) = convert::list_exits(request.get_ref())?;
        let (left, next_page_token) = app::employments::exits(&self.db, &call, organisation, &page).await?;
        Ok(Response::new(ListExitsResponse { exits: left.iter().map(convert::left).collect(), next_page_token }))
    }

    async fn add_competence(&self, request: Request<AddCompetenceRequest>) -> Result<Response<AddCompetenceResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::add_competence(&message)?;
        self.change(call, "WorkerService/AddCompetence", &message, command, |txn, call, (worker, new)| async move {
            let competence = app::workers::add_competence(&txn, &call, worker, new).await?;
            Ok((txn, AddCompetenceResponse { competence: Some(convert::competence(&competence)) }))
        })
        .await
    }

    async fn import_workers(&self, request: Request<ImportWorkersRequest>) -> Result<Response<ImportWorkersResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::import_workers(&message, &call)?;
        let answer = self
            .change(call.clone(), "WorkerService/ImportWorkers", &message, command, |txn, call, (organisation, rows)| async move {
                let taken = app::imports::workers(&txn, &call, organisation, rows).await?;
                Ok((txn, ImportWorkersResponse { workers: taken.iter().map(convert::imported).collect() }))
            })
            .await?;
        // Also of a saved answer, which tells the same again.
        app::imports::note(&self.db, &call, answer.get_ref()).await?;
        Ok(answer)
    }

    async fn list_worker_files(&self, request: Request<ListWorkerFilesRequest>) -> Result<Response<ListWorkerFilesResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let (organisation, page) = convert::list_worker_files(request.get_ref())?;
        let (files, next_page_token) = app::imports::files(&self.db, &call, organisation, &page).await?;
        Ok(Response::new(ListWorkerFilesResponse { files: files.iter().map(convert::worker_file).collect(), next_page_token }))
    }
}
