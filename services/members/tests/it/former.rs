//! Who left an employer is no longer its hr's: an employment counts until its last day.

use proto::members::{
    AddCompetenceRequest, Competence, CreateEmploymentRequest, CreateUserRequest, Employment, EndEmploymentRequest, EndSessionsRequest,
    Exit, ExitDestination, ExitReason, GetWorkerRequest, ListExitsRequest, ListWorkersRequest, ProposeLinksRequest, Role,
    UpdateEmploymentRequest, Worker,
};
use testkit::{
    Testbed, as_token,
    region::{Builder, Colleague, Employer, Person},
    request_id,
};
use tonic::Status;

use crate::{
    support::not_found,
    users::{grant, user},
};

struct Stand {
    bed: Testbed,
    builder: Builder,
    own: Employer,
    other: Employer,
    worker: Colleague,
}

impl Stand {
    /// Somebody who works for two.
    async fn start() -> Self {
        let bed = Testbed::start().await;
        let builder = bed.builder().await;
        let (own, other) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
        let worker = builder.worker(&own, &Person::default()).await;
        builder.employment(&worker, &other, &Person::default()).await;
        Self { bed, builder, own, other, worker }
    }

    async fn end(&self, etag: &str, day: i64) -> Result<Employment, Status> {
        let exit = Exit { reason: ExitReason::Other.into(), destination: ExitDestination::Unknown.into(), ..Exit::default() };
        let (id, until) = (self.worker.employment.clone(), Some(self.bed.day(day).to_proto()));
        let request = EndEmploymentRequest { id, etag: etag.to_owned(), until, exit: Some(exit), request_id: request_id() };
        Ok(self.bed.workers().end_employment(as_token(request, &self.own.hr)).await?.into_inner().employment.expect("it"))
    }

    async fn get(&self, token: &str) -> Result<Worker, Status> {
        let request = as_token(GetWorkerRequest { id: self.worker.id.clone() }, token);
        Ok(self.bed.workers().get_worker(request).await?.into_inner().worker.expect("it"))
    }

    async fn add(&self, code: &str, token: &str) -> Result<(), Status> {
        let competence = Some(Competence { code: code.to_owned(), ..Competence::default() });
        let request = AddCompetenceRequest { worker: self.worker.id.clone(), competence, request_id: request_id() };
        self.bed.workers().add_competence(as_token(request, token)).await.map(drop)
    }

    async fn listed(&self, token: &str) -> Vec<Worker> {
        let request = ListWorkersRequest { organisation: self.own.id.clone(), ..ListWorkersRequest::default() };
        self.bed.workers().list_workers(as_token(request, token)).await.expect("a list").into_inner().workers
    }
}

#[tokio::test]
async fn an_employment_counts_from_when_it_is_planned_until_its_last_day() {
    let stand = Stand::start().await;
    let from = Some(stand.bed.day(10).to_proto());
    let planned = Employment { id: stand.worker.employment.clone(), etag: "0".to_owned(), from, ..Employment::default() };
    let update_mask = Some(prost_types::FieldMask { paths: vec!["from".to_owned()] });
    let request = UpdateEmploymentRequest { employment: Some(planned), update_mask, request_id: request_id() };
    stand.bed.workers().update_employment(as_token(request, &stand.own.hr)).await.expect("changed");
    stand.get(&stand.own.hr).await.expect("of a future employer");
    stand.bed.set_clock(20 * 24 * 3_600);
    stand.end("1", 0).await.expect("ended");
    stand.get(&stand.own.hr).await.expect("on the last day");
    stand.add("bhv", &stand.own.hr).await.expect("on the last day");
    stand.bed.set_clock(21 * 24 * 3_600);
    not_found(&stand.bed, "worker", async || stand.get(&stand.own.hr).await).await;
}

#[tokio::test]
async fn hr_of_a_former_employer_reads_and_writes_the_file_no_longer() {
    let stand = Stand::start().await;
    stand.end("0", -1).await.expect("ended");
    let (bed, hr, worker) = (&stand.bed, &stand.own.hr, &stand.worker.id);
    not_found(bed, "worker", async || stand.get(hr).await).await;
    not_found(bed, "worker", async || stand.add("bhv", hr).await).await;
    let mut new = stand.builder.worker_request(&stand.own, &Person::default()).employment.expect("it");
    new.worker.clone_from(worker);
    let again = CreateEmploymentRequest { employment: Some(new), request_id: request_id() };
    not_found(bed, "worker", async || bed.workers().create_employment(as_token(again, hr)).await).await;
    let invited: CreateUserRequest = user(vec![grant(Role::Worker, "")], worker);
    not_found(bed, "worker", async || bed.identity().create_user(as_token(invited, hr)).await).await;
    let propose = ProposeLinksRequest { worker: worker.clone(), request_id: request_id() };
    not_found(bed, "worker", async || bed.links().propose_links(as_token(propose, hr)).await).await;
    let known: CreateUserRequest = user(vec![grant(Role::Worker, "")], worker);
    bed.identity().create_user(as_token(known, stand.builder.operator())).await.expect("a user");
    let out = EndSessionsRequest { worker: worker.clone(), request_id: request_id(), ..EndSessionsRequest::default() };
    not_found(bed, "user", async || bed.identity().end_sessions(as_token(out, hr)).await).await;

    // What is the employer's own stays: that somebody worked there, and why it ended.
    let [listed] = stand.listed(hr).await.try_into().expect("one");
    assert_eq!((listed.birth_date, listed.postcode.as_str(), listed.big_number.as_str()), (None, "", ""), "{listed:?}");
    assert_eq!((listed.id.as_str(), listed.employments[0].etag.as_str()), (worker.as_str(), "1"));
    stand.end("1", -2).await.expect("ended again");
    let request = ListExitsRequest { organisation: stand.own.id.clone(), ..ListExitsRequest::default() };
    assert_eq!(bed.workers().list_exits(as_token(request, hr)).await.expect("listed").into_inner().exits.len(), 1);

    // For the others nothing changed.
    for (token, employments) in [(&stand.worker.token, 2), (&stand.other.hr, 1), (&stand.builder.operator().to_owned(), 2)] {
        assert_eq!(stand.get(token).await.expect("the file").employments.len(), employments);
    }
    stand.add("bhv", stand.builder.operator()).await.expect("by an operator");
    assert!(!stand.listed(stand.builder.operator()).await[0].postcode.is_empty());
}
