//! A region of a test's own: how to call its services, and how to fill it through the public RPCs.

use std::time::Duration;

use chassis::{
    auth::Signer,
    caller::{Caller, Grant, Role, Subject},
    config::Settings,
    frame::{Peer, connect},
    ids::{RegionId, UserId, WorkerId},
    time::{Clock, LocalDate, Timestamp},
};
use proto::{
    flexpool::{
        access_log_service_client::AccessLogServiceClient as SeenOnShiftsClient, claim_service_client::ClaimServiceClient,
        conflict_service_client::ConflictServiceClient, roster_service_client::RosterServiceClient,
        shift_service_client::ShiftServiceClient, wait_service_client::WaitServiceClient,
    },
    members::{
        CreateRegionRequest, IssueServiceTokenRequest, Region as RegionMessage, RoleGrant,
        access_log_service_client::AccessLogServiceClient, agreement_service_client::AgreementServiceClient,
        consent_service_client::ConsentServiceClient, identity_service_client::IdentityServiceClient,
        link_service_client::LinkServiceClient, message_service_client::MessageServiceClient,
        organisation_service_client::OrganisationServiceClient, pool_service_client::PoolServiceClient,
        schedule_constraint_service_client::ScheduleConstraintServiceClient, unavailability_service_client::UnavailabilityServiceClient,
        worker_service_client::WorkerServiceClient,
    },
};

mod builder;

pub use builder::{ALL_BASES, Builder, Colleague, Employer, Opening, Person, long_ago, signed};

use crate::{as_token, request_id};

/// Tokens of tests outlive a slow test, as a portal that renews them in time makes them do.
const TOKEN: Duration = Duration::from_secs(3600);

/// A region and how to call its services. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Region {
    /// Its id.
    pub id: RegionId,
    /// Its short name.
    pub slug: String,
    members: Peer,
    flexpool: Peer,
    secret: String,
    signer: Signer,
    clock: Clock,
    issuer: String,
}

impl Region {
    /// Makes a new region in the installation that these settings describe.
    ///
    /// # Panics
    /// When members refuses; the settings need `service_secret` and `token_keys`.
    pub async fn create(settings: &Settings) -> Self {
        let slug = format!("r-{}", &chassis::ids::random_uuid().simple().to_string()[..12]);
        let peer = |service| connect(&settings.url(service)).expect("an address of the settings");
        let mut region = Self {
            id: RegionId::new(),
            slug: slug.clone(),
            members: peer("members"),
            flexpool: peer("flexpool"),
            secret: settings.service_secret.as_ref().expect("a service secret").expose().to_owned(),
            signer: Signer::new(settings).expect("token keys"),
            clock: settings.clock_file.clone().map_or_else(Clock::real, Clock::moved_by),
            issuer: settings.issuer().unwrap_or_else(|| "https://provider.example".to_owned()),
        };
        let message = RegionMessage { slug, name: "A region of a test".to_owned(), ..RegionMessage::default() };
        let request = CreateRegionRequest { region: Some(message), request_id: request_id() };
        let token = region.issue(&[(Role::PlatformAdmin, None)], "").await;
        let made = region.identity().create_region(as_token(request, &token)).await.expect("a new region").into_inner();
        region.id = made.region.expect("the region").id.parse().expect("its id");
        region
    }

    /// A token of a command-line client with these roles in this region, each for the whole region or for one organisation.
    ///
    /// # Panics
    /// When members refuses.
    pub async fn token(&self, grants: &[(Role, Option<&str>)]) -> String {
        self.issue(grants, &self.slug).await
    }

    /// The token of a user who is this worker, as signing in gives it.
    ///
    /// # Panics
    /// When the id is no worker's.
    pub fn worker_token(&self, user: UserId, worker: &str) -> String {
        let worker: WorkerId = worker.parse().expect("a worker's id");
        let grants = vec![Grant { role: Role::Worker, organisation: None }];
        self.sign(&Caller { subject: Subject::User(user), region: Some(self.id), grants, worker: Some(worker) })
    }

    /// A token that says exactly this, signed as members would.
    ///
    /// # Panics
    /// When the keys of the settings are no keys.
    pub fn sign(&self, caller: &Caller) -> String {
        self.signer.sign(caller, TOKEN, None).expect("a token")
    }

    /// Business time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The day so many days from today, in business time.
    pub fn day(&self, days: i64) -> LocalDate {
        LocalDate(self.clock.now().local_date().0 + chrono::Duration::days(days))
    }

    /// The same region, with its calls to flexpool going to this process.
    ///
    /// # Panics
    /// When it is no address.
    #[must_use]
    pub fn at_flexpool(&self, url: &str) -> Self {
        Self { flexpool: connect(url).expect("an address"), ..self.clone() }
    }

    async fn issue(&self, grants: &[(Role, Option<&str>)], region: &str) -> String {
        let roles = grants.iter().map(|(role, organisation)| grant(*role, *organisation)).collect();
        let (secret, region) = (self.secret.clone(), region.to_owned());
        let request = IssueServiceTokenRequest { client: "testkit".to_owned(), secret, roles, region };
        self.identity().issue_service_token(request).await.expect("a token for the secret").into_inner().token
    }
}

macro_rules! clients {
    ($($(#[doc = $doc:literal])* $name:ident $peer:ident $client:ident;)*) => {
        impl Region { $(
            $(#[doc = $doc])*
            pub fn $name(&self) -> $client<Peer> {
                $client::new(self.$peer.clone())
            }
        )* }
    };
}

clients! {
    /// Organisations and wards.
    organisations members OrganisationServiceClient;
    /// Pools.
    pools members PoolServiceClient;
    /// Agreements.
    agreements members AgreementServiceClient;
    /// Workers, employments, competences.
    workers members WorkerServiceClient;
    /// What people are told.
    messages members MessageServiceClient;
    /// What people agreed to.
    consents members ConsentServiceClient;
    /// One person over several employers.
    links members LinkServiceClient;
    /// When people cannot work.
    unavailabilities members UnavailabilityServiceClient;
    /// What rosters must keep to.
    schedule_constraints members ScheduleConstraintServiceClient;
    /// Regions, users, sessions, tokens.
    identity members IdentityServiceClient;
    /// Who looked at whose file.
    access_log members AccessLogServiceClient;
    /// Who saw which worker on which shift.
    seen_on_shifts flexpool SeenOnShiftsClient;
    /// Open shifts.
    shifts flexpool ShiftServiceClient;
    /// Claims.
    claims flexpool ClaimServiceClient;
    /// Rosters and work elsewhere.
    rosters flexpool RosterServiceClient;
    /// Claims that a later fact broke.
    conflicts flexpool ConflictServiceClient;
    /// Waiting for a place.
    waits flexpool WaitServiceClient;
}

fn grant(role: Role, organisation: Option<&str>) -> RoleGrant {
    let name = format!("ROLE_{}", role.as_str().to_uppercase().replace('-', "_"));
    let role = proto::members::Role::from_str_name(&name).expect("the contract has every role");
    RoleGrant { role: role.into(), organisation: organisation.unwrap_or_default().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_its_value_in_the_contract() {
        for role in Role::ALL {
            assert_eq!(grant(*role, Some("org_1")).organisation, "org_1", "{role}");
        }
    }
}
