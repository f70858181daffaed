//! Who may call what (D14). What they may do with it, the use cases decide.

use chassis::{
    auth::{Access, Who},
    caller::Role::{Auditor, Finance, Hr, Operator, Planner, PlatformAdmin, Service, WardLead, Worker},
};

const fn row(method: &'static str, who: Who) -> Access {
    Access { method, who }
}

/// Who knows when somebody cannot work.
const CLOSE: Who = Who::Roles(&[Worker, Hr, Service]);

/// Changes of which nothing may say who made them (D7).
pub(crate) const UNATTRIBUTED: &[&str] = &[
    "/regiopool.members.v1.UnavailabilityService/CreateUnavailability",
    "/regiopool.members.v1.UnavailabilityService/UpdateUnavailability",
    "/regiopool.members.v1.UnavailabilityService/WithdrawUnavailability",
    "/regiopool.members.v1.ScheduleConstraintService/SetScheduleConstraints",
];

pub(crate) const ACCESS: &[Access] = &[
    row("/regiopool.members.v1.OrganisationService/CreateOrganisation", Who::Roles(&[Operator])),
    row("/regiopool.members.v1.OrganisationService/UpdateOrganisation", Who::Roles(&[Operator])),
    row("/regiopool.members.v1.OrganisationService/EndMembership", Who::Roles(&[Operator])),
    row("/regiopool.members.v1.OrganisationService/GetOrganisation", Who::SignedIn),
    row("/regiopool.members.v1.OrganisationService/ListOrganisations", Who::SignedIn),
    row("/regiopool.members.v1.OrganisationService/CreateLocation", Who::Roles(&[Operator, Hr])),
    row("/regiopool.members.v1.OrganisationService/UpdateLocation", Who::Roles(&[Operator, Hr])),
    row("/regiopool.members.v1.OrganisationService/ListLocations", Who::SignedIn),
    row("/regiopool.members.v1.OrganisationService/CreateWard", Who::Roles(&[Operator, Hr])),
    row("/regiopool.members.v1.OrganisationService/UpdateWard", Who::Roles(&[Operator, Hr, WardLead])),
    row("/regiopool.members.v1.OrganisationService/GetWard", Who::SignedIn),
    row("/regiopool.members.v1.OrganisationService/ListWards", Who::SignedIn),
    row("/regiopool.members.v1.PoolService/CreatePool", Who::Roles(&[Operator])),
    row("/regiopool.members.v1.PoolService/UpdatePool", Who::Roles(&[Operator])),
    row("/regiopool.members.v1.PoolService/AddPoolMember", Who::Roles(&[Operator])),
    row("/regiopool.members.v1.PoolService/RemovePoolMember", Who::Roles(&[Operator])),
    row("/regiopool.members.v1.PoolService/LimitHoursElsewhere", Who::Roles(&[Operator, Hr])),
    row("/regiopool.members.v1.PoolService/GetPool", Who::SignedIn),
    row("/regiopool.members.v1.PoolService/ListPools", Who::SignedIn),
    row("/regiopool.members.v1.AgreementService/CreateAgreement", Who::Roles(&[Operator])),
    row("/regiopool.members.v1.AgreementService/AmendAgreement", Who::Roles(&[Operator, Hr, Finance])),
    row("/regiopool.members.v1.AgreementService/ApproveAgreement", Who::Roles(&[Operator, Hr, Finance])),
    row("/regiopool.members.v1.AgreementService/EndAgreement", Who::Roles(&[Operator, Hr, Finance])),
    row("/regiopool.members.v1.AgreementService/ListAgreementVersions", Who::Roles(&[Operator, Planner, Hr, Finance])),
    row("/regiopool.members.v1.AgreementService/RecordWorksCouncilDecision", Who::Roles(&[Operator, Hr])),
    row("/regiopool.members.v1.AgreementService/ListWorksCouncilDecisions", Who::Roles(&[Operator, Planner, Hr, Finance])),
    row("/regiopool.members.v1.AgreementService/RecordWageCost", Who::Roles(&[Hr, Finance])),
    row("/regiopool.members.v1.AgreementService/ListWageCosts", Who::Roles(&[Operator, Hr, Finance])),
    row("/regiopool.members.v1.AgreementService/ListAgreements", Who::Roles(&[Operator, Planner, Hr, Finance])),
    row("/regiopool.members.v1.WorkerService/CreateWorker", Who::Roles(&[Operator, Hr])),
    row("/regiopool.members.v1.WorkerService/GetWorker", Who::Roles(&[Operator, Hr, Worker])),
    row("/regiopool.members.v1.WorkerService/BatchGetWorkers", Who::Roles(&[Operator, Hr, Planner, WardLead])),
    row("/regiopool.members.v1.WorkerService/ListWorkers", Who::Roles(&[Operator, Hr, Planner])),
    row("/regiopool.members.v1.WorkerService/CreateEmployment", Who::Roles(&[Operator, Hr])),
    row("/regiopool.members.v1.WorkerService/AddCompetence", Who::Roles(&[Operator, Hr])),
    row("/regiopool.members.v1.UnavailabilityService/CreateUnavailability", CLOSE),
    row("/regiopool.members.v1.UnavailabilityService/UpdateUnavailability", CLOSE),
    row("/regiopool.members.v1.UnavailabilityService/WithdrawUnavailability", CLOSE),
    row("/regiopool.members.v1.UnavailabilityService/ListUnavailabilities", CLOSE),
    row("/regiopool.members.v1.ScheduleConstraintService/GetScheduleConstraints", CLOSE),
    row("/regiopool.members.v1.ScheduleConstraintService/SetScheduleConstraints", CLOSE),
    row("/regiopool.members.v1.AccessLogService/ListFileReads", Who::Roles(&[Auditor, Worker])),
    row("/regiopool.members.v1.IdentityService/CreateRegion", Who::Roles(&[PlatformAdmin])),
    row("/regiopool.members.v1.IdentityService/ListRegions", Who::Roles(&[PlatformAdmin, Service])),
    row("/regiopool.members.v1.IdentityService/IssueServiceToken", Who::Open),
    row("/regiopool.members.v1.IdentityService/SignIn", Who::Open),
    row("/regiopool.members.v1.IdentityService/RedeemInvitation", Who::Open),
    row("/regiopool.members.v1.IdentityService/RenewSession", Who::Open),
    row("/regiopool.members.v1.IdentityService/SignOut", Who::Open),
    row("/regiopool.members.v1.IdentityService/GetSigningKeys", Who::Open),
    row("/regiopool.members.v1.IdentityService/GetMe", Who::SignedIn),
    row("/regiopool.members.v1.IdentityService/CreateUser", Who::Roles(&[Operator, Hr])),
    row("/regiopool.members.v1.IdentityService/InviteAgain", Who::Roles(&[Operator, Hr])),
    row("/regiopool.members.v1.IdentityService/EndSessions", Who::SignedIn),
    row("/regiopool.members.v1.IdentityService/ListSessions", Who::SignedIn),
    row("/regiopool.members.v1.IdentityService/ListRevocations", Who::Roles(&[Service])),
];
