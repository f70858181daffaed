//! The public RPCs as a command of this program calls them: with a token that it renews, with a request id that a repetition makes again,
//! and with patience while a service starts or the news of a ward is still on its way.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use chassis::{
    config::Secret,
    frame::{Frame, Peer, with_token},
    time::{Timestamp, real_now},
};
use futures::{Stream, TryStreamExt, stream};
use proto::{
    flexpool::{self, roster_service_client::RosterServiceClient, shift_service_client::ShiftServiceClient},
    members::{
        self, IssueServiceTokenRequest, ListRegionsRequest, Role, RoleGrant, agreement_service_client::AgreementServiceClient,
        identity_service_client::IdentityServiceClient, organisation_service_client::OrganisationServiceClient,
        pool_service_client::PoolServiceClient, unavailability_service_client::UnavailabilityServiceClient,
        worker_service_client::WorkerServiceClient,
    },
};
use tokio::{sync::Mutex, time::sleep};
use tonic::{Code, Status};
use tonic_types::StatusExt;
use uuid::Uuid;

pub(crate) mod ensure;

/// How long a service that is starting or busy may take.
const UNTIL_THERE: Duration = Duration::from_secs(10);
/// How long the news of what was just made may take from one service to the other.
const UNTIL_KNOWN: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// A token with less time left is renewed.
const TOKEN_MARGIN: Duration = Duration::from_secs(120);
/// The space of request ids that are derived from what they ask.
const REQUESTS: Uuid = Uuid::from_u128(0x7b1d_3c52_94f6_4e0a_8a37_d1f0_5c2e_9b64);

/// A request with the RPC that it is for.
pub(crate) trait Rpc: Clone + Send + 'static {
    /// What is answered.
    type Answer: Send;
    /// The service that answers.
    const SERVICE: &'static str;

    /// Calls it once.
    fn call(request: tonic::Request<Self>, peer: Peer) -> impl Future<Output = Result<tonic::Response<Self::Answer>, Status>> + Send;
}

/// A request that changes something, with the id that makes a repetition harmless (D25).
pub(crate) trait Change: Rpc + prost::Message {
    /// Name of the request.
    const NAME: &'static str;

    /// Where the id stands.
    fn request_id(&mut self) -> &mut String;

    /// The same with the id that follows from its content. Asked again, now or by another run, it has the effect of once; asked for
    /// something else, it has another id.
    #[must_use]
    fn with_request_id(mut self) -> Self {
        self.request_id().clear();
        let mut content = Self::NAME.as_bytes().to_vec();
        content.push(0);
        content.extend(self.encode_to_vec());
        *self.request_id() = Uuid::new_v5(&REQUESTS, &content).to_string();
        self
    }
}

/// A request for a page of a list.
pub(crate) trait Pages: Rpc {
    /// What the list holds.
    type Item;

    /// Where size and token of the page stand.
    fn page(&mut self) -> (&mut i32, &mut String);

    /// The page and the token of the next one.
    fn items(answer: Self::Answer) -> (Vec<Self::Item>, String);
}

macro_rules! rpcs {
    ($($service:ident $client:ident { $($method:ident($request:ident) -> $answer:ident;)* })*) => { $($(
        impl Rpc for $service::$request {
            type Answer = $service::$answer;
            const SERVICE: &'static str = stringify!($service);

            async fn call(request: tonic::Request<Self>, peer: Peer) -> Result<tonic::Response<Self::Answer>, Status> {
                $client::new(peer).$method(request).await
            }
        }
    )*)* };
}

rpcs! {
    members IdentityServiceClient {
        list_regions(ListRegionsRequest) -> ListRegionsResponse;
        create_region(CreateRegionRequest) -> CreateRegionResponse;
        create_user(CreateUserRequest) -> CreateUserResponse;
    }
    members OrganisationServiceClient {
        create_organisation(CreateOrganisationRequest) -> CreateOrganisationResponse;
        list_organisations(ListOrganisationsRequest) -> ListOrganisationsResponse;
        end_membership(EndMembershipRequest) -> EndMembershipResponse;
        create_location(CreateLocationRequest) -> CreateLocationResponse;
        list_locations(ListLocationsRequest) -> ListLocationsResponse;
        create_ward(CreateWardRequest) -> CreateWardResponse;
        list_wards(ListWardsRequest) -> ListWardsResponse;
    }
    members PoolServiceClient {
        create_pool(CreatePoolRequest) -> CreatePoolResponse;
        add_pool_member(AddPoolMemberRequest) -> AddPoolMemberResponse;
        limit_hours_elsewhere(LimitHoursElsewhereRequest) -> LimitHoursElsewhereResponse;
        list_pools(ListPoolsRequest) -> ListPoolsResponse;
    }
    members AgreementServiceClient {
        create_agreement(CreateAgreementRequest) -> CreateAgreementResponse;
        list_agreements(ListAgreementsRequest) -> ListAgreementsResponse;
    }
    members WorkerServiceClient {
        create_worker(CreateWorkerRequest) -> CreateWorkerResponse;
        create_employment(CreateEmploymentRequest) -> CreateEmploymentResponse;
        add_competence(AddCompetenceRequest) -> AddCompetenceResponse;
        import_workers(ImportWorkersRequest) -> ImportWorkersResponse;
        list_worker_files(ListWorkerFilesRequest) -> ListWorkerFilesResponse;
        list_workers(ListWorkersRequest) -> ListWorkersResponse;
    }
    members UnavailabilityServiceClient {
        create_unavailability(CreateUnavailabilityRequest) -> CreateUnavailabilityResponse;
    }
    flexpool RosterServiceClient {
        list_roster_blocks(ListRosterBlocksRequest) -> ListRosterBlocksResponse;
        put_roster_blocks(PutRosterBlocksRequest) -> PutRosterBlocksResponse;
    }
    flexpool ShiftServiceClient {
        publish_shift(PublishShiftRequest) -> PublishShiftResponse;
        list_shifts(ListShiftsRequest) -> ListShiftsResponse;
    }
}

macro_rules! changes {
    ($($service:ident::$request:ident)*) => { $(
        impl Change for $service::$request {
            const NAME: &'static str = stringify!($request);

            fn request_id(&mut self) -> &mut String {
                &mut self.request_id
            }
        }
    )* };
}

changes! {
    members::CreateRegionRequest members::CreateUserRequest members::CreateOrganisationRequest members::CreateWardRequest
    members::CreatePoolRequest members::AddPoolMemberRequest members::CreateAgreementRequest members::CreateWorkerRequest
    members::CreateEmploymentRequest members::EndMembershipRequest members::CreateLocationRequest members::LimitHoursElsewhereRequest
    members::AddCompetenceRequest members::CreateUnavailabilityRequest flexpool::PublishShiftRequest
}

macro_rules! pages {
    ($($service:ident::$request:ident.$items:ident: $item:ident;)*) => { $(
        impl Pages for $service::$request {
            type Item = $service::$item;

            fn page(&mut self) -> (&mut i32, &mut String) {
                (&mut self.page_size, &mut self.page_token)
            }

            fn items(answer: Self::Answer) -> (Vec<Self::Item>, String) {
                (answer.$items, answer.next_page_token)
            }
        }
    )* };
}

pages! {
    members::ListOrganisationsRequest.organisations: Organisation;
    members::ListWardsRequest.wards: Ward;
    members::ListPoolsRequest.pools: Pool;
    members::ListAgreementsRequest.agreements: Agreement;
    members::ListWorkersRequest.workers: Worker;
    members::ListWorkerFilesRequest.files: WorkerFile;
    members::ListLocationsRequest.locations: Location;
    flexpool::ListRosterBlocksRequest.blocks: KeptRosterBlock;
    flexpool::ListShiftsRequest.shifts: Shift;
}

/// A caller with roles in a region, or outside every region.
pub(crate) struct Client {
    frame: Frame,
    name: &'static str,
    secret: Secret,
    region: String,
    roles: Vec<RoleGrant>,
    token: Mutex<Option<(String, Timestamp)>>,
}

impl Client {
    /// A platform admin, outside every region. `name` is what request ids are kept under.
    pub(crate) fn platform_admin(frame: &Frame, name: &'static str) -> Result<Self> {
        let secret = frame.settings.service_secret.clone();
        let secret = secret.context("no service secret: give --data of the installation, or set REGIOPOOL_SERVICE_SECRET")?;
        let roles = vec![role(Role::PlatformAdmin, "")];
        Ok(Self { frame: frame.clone(), name, secret, region: String::new(), roles, token: Mutex::default() })
    }

    /// The same caller with other roles, in a region.
    pub(crate) fn acting(&self, region: &str, roles: Vec<RoleGrant>) -> Self {
        let (frame, secret) = (self.frame.clone(), self.secret.clone());
        Self { frame, name: self.name, secret, region: region.to_owned(), roles, token: Mutex::default() }
    }

    /// Business time (D26).
    pub(crate) fn now(&self) -> Timestamp {
        self.frame.clock.now()
    }

    /// The slug of the wanted region; without a wish that of the only one. For a platform admin.
    pub(crate) async fn region(&self, wanted: Option<&str>) -> Result<String> {
        let regions = self.ask(ListRegionsRequest {}).await.context("cannot list the regions")?.regions;
        let slugs: Vec<String> = regions.into_iter().map(|region| region.slug).collect();
        match (wanted, slugs.as_slice()) {
            (Some(wanted), _) if slugs.iter().any(|slug| slug == wanted) => Ok(wanted.to_owned()),
            (None, [only]) => Ok(only.clone()),
            (_, []) => bail!("the installation has no region yet"),
            (Some(wanted), _) => bail!("there is no region {wanted:?}: expected one of {}", slugs.join(", ")),
            (None, _) => bail!("the installation has several regions: choose with --region one of {}", slugs.join(", ")),
        }
    }

    /// Makes the change once, whatever is repeated.
    pub(crate) async fn change<M: Change>(&self, message: M) -> Result<M::Answer, Status> {
        self.ask(message.with_request_id()).await
    }

    /// As [`Client::ask`], and waits while the refusal has one of these reasons: what the request builds on is on its way.
    pub(crate) async fn ask_when_known<M: Rpc>(&self, message: M, reasons: &[&str]) -> Result<M::Answer, Status> {
        let mut pauses = Pauses::until(UNTIL_KNOWN);
        loop {
            match self.ask(message.clone()).await {
                Err(status) if reasons.contains(&reason(&status).as_str()) && pauses.pause().await => {}
                answer => return answer,
            }
        }
    }

    /// Every item of a list. Waits while the list's owner does not know the organisation yet.
    pub(crate) async fn all<M: Pages>(&self, message: M) -> Result<Vec<M::Item>, Status> {
        let mut all = Vec::new();
        let mut pages = Box::pin(self.pages(message));
        while let Some(page) = pages.try_next().await? {
            all.extend(page);
        }
        Ok(all)
    }

    /// The pages of a list, one after the other, so that a long one need not be held. Waits as [`Client::all`].
    pub(crate) fn pages<M: Pages>(&self, mut message: M) -> impl Stream<Item = Result<Vec<M::Item>, Status>> + '_ {
        *message.page().0 = 200;
        stream::try_unfold(Some(message), async move |message| {
            let Some(mut message) = message else { return Ok(None) };
            let mut pauses = Pauses::until(UNTIL_KNOWN);
            loop {
                match self.ask(message.clone()).await {
                    Ok(answer) => {
                        let (items, next) = M::items(answer);
                        let more = (!next.is_empty()).then(|| {
                            *message.page().1 = next;
                            message
                        });
                        return Ok(Some((items, more)));
                    }
                    Err(status) if status.code() == Code::NotFound && pauses.pause().await => {}
                    Err(status) => return Err(status),
                }
            }
        })
    }

    /// Asks, again and again while the service is not there or too busy. Safe for changes too, by their request id.
    pub(crate) async fn ask<M: Rpc>(&self, message: M) -> Result<M::Answer, Status> {
        let mut pauses = Pauses::until(UNTIL_THERE);
        loop {
            let answer = match self.token().await {
                Ok(token) => M::call(with_token(message.clone(), &token), self.frame.peer(M::SERVICE)).await,
                Err(status) => Err(status),
            };
            match answer {
                Err(status) if is_passing(&status) && pauses.pause().await => {}
                answer => return answer.map(tonic::Response::into_inner),
            }
        }
    }

    async fn token(&self) -> Result<String, Status> {
        let mut held = self.token.lock().await;
        if let Some((token, ends)) = held.as_ref()
            && ends.minus(TOKEN_MARGIN) > real_now()
        {
            return Ok(token.clone());
        }
        let request = IssueServiceTokenRequest {
            client: self.name.to_owned(),
            secret: self.secret.expose().to_owned(),
            roles: self.roles.clone(),
            region: self.region.clone(),
        };
        let answer = IdentityServiceClient::new(self.frame.peer("members")).issue_service_token(request).await?.into_inner();
        let ends = answer.expires_at.as_ref().and_then(Timestamp::from_proto).unwrap_or_else(real_now);
        *held = Some((answer.token.clone(), ends));
        Ok(answer.token)
    }
}

/// A role, in the whole region or for one organisation.
pub(crate) fn role(role: Role, organisation: &str) -> RoleGrant {
    RoleGrant { role: role.into(), organisation: organisation.to_owned() }
}

/// Why a service refused: the name of the reason, empty without one.
pub(crate) fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

/// Whether the service judged the request; otherwise it could not.
pub(crate) fn is_judgement(status: &Status) -> bool {
    matches!(status.code(), Code::InvalidArgument | Code::NotFound | Code::AlreadyExists | Code::FailedPrecondition)
}

/// Whether the same request may fare better soon. What a service says itself has a reason; without one the connection broke or was too
/// slow, and nobody knows whether the request was heard.
fn is_passing(status: &Status) -> bool {
    match status.code() {
        Code::Unavailable | Code::Aborted | Code::ResourceExhausted | Code::DeadlineExceeded => true,
        Code::Cancelled | Code::Unknown | Code::Internal => reason(status).is_empty(),
        _ => false,
    }
}

/// Pauses that grow, until patience ends.
struct Pauses {
    next: Duration,
    left: Duration,
}

impl Pauses {
    fn until(left: Duration) -> Self {
        Self { next: FIRST_PAUSE, left }
    }

    /// Waits a little longer than the last time; `false` when it has been long enough.
    async fn pause(&mut self) -> bool {
        let Some(left) = self.left.checked_sub(self.next) else { return false };
        sleep(self.next).await;
        *self = Self { next: (self.next * 2).min(LONGEST_PAUSE), left };
        true
    }
}

#[cfg(test)]
mod tests {
    use proto::members::{CreateWardRequest, Ward};

    use super::*;

    fn ward(name: &str) -> CreateWardRequest {
        let ward = Ward { name: name.to_owned(), ..Ward::default() };
        CreateWardRequest { ward: Some(ward), request_id: String::new() }
    }

    #[test]
    fn the_same_request_has_the_same_id_and_another_one_another() {
        let first = ward("De Linde 1").with_request_id();
        assert_eq!(first.request_id, ward("De Linde 1").with_request_id().request_id);
        assert_eq!(first.request_id, first.clone().with_request_id().request_id);
        assert_ne!(first.request_id, ward("De Linde 2").with_request_id().request_id);
        assert!(Uuid::try_parse(&first.request_id).is_ok());
        // The same bytes, asked for something else.
        let other = members::AddPoolMemberRequest::default().with_request_id();
        assert_ne!(other.request_id, CreateWardRequest::default().with_request_id().request_id);
    }
}
