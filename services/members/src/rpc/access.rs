//! Who may call what (D14), and how far each role reaches with it (D15).

use chassis::{
    auth::{
        Access,
        Reach::{Installation, Own, Person, Region},
        Who,
    },
    caller::Role::{Auditor, Finance, Hr, Operator, Planner, PlatformAdmin, Service, WardLead, Worker},
};

const OPERATOR: Who = Who::Roles(&[(Operator, Region)]);
const PERSONNEL: Who = Who::Roles(&[(Operator, Region), (Hr, Own)]);
/// Those whose pages show people by name.
const STAFF: Who = Who::Roles(&[(Operator, Region), (Hr, Region), (Planner, Region), (WardLead, Region), (Auditor, Region)]);
const AGREED: Who = Who::Roles(&[(Operator, Region), (Planner, Own), (Hr, Own), (Finance, Own)]);
/// Both sides of an agreement.
const SIDES: Who = Who::Roles(&[(Operator, Region), (Hr, Own), (Finance, Own)]);

/// Who looked is named in the logs of all services, which give ids; only who was given one can ask for its name.
const READERS: Who = Who::Roles(&[(Auditor, Region), (Worker, Region)]);

const fn row(method: &'static str, who: Who) -> Access {
    Access { method, who }
}

/// What a worker does alone.
const OWN: Who = Who::Roles(&[(Worker, Person)]);

/// Who knows when somebody cannot work.
const CLOSE: Who = Who::Roles(&[(Worker, Person), (Hr, Own), (Service, Region)]);

/// Changes of which nothing may say who made them (D7).
pub(crate) const UNATTRIBUTED: &[&str] = &[
    "/regiopool.members.v1.UnavailabilityService/CreateUnavailability",
    "/regiopool.members.v1.UnavailabilityService/UpdateUnavailability",
    "/regiopool.members.v1.UnavailabilityService/WithdrawUnavailability",
    "/regiopool.members.v1.ScheduleConstraintService/SetScheduleConstraints",
];

pub(crate) const ACCESS: &[Access] = &[
    row("/regiopool.members.v1.OrganisationService/CreateOrganisation", OPERATOR),
    row("/regiopool.members.v1.OrganisationService/UpdateOrganisation", OPERATOR),
    row("/regiopool.members.v1.OrganisationService/EndMembership", OPERATOR),
    row("/regiopool.members.v1.OrganisationService/GetOrganisation", Who::SignedIn),
    row("/regiopool.members.v1.OrganisationService/ListOrganisations", Who::SignedIn),
    row("/regiopool.members.v1.OrganisationService/CreateLocation", PERSONNEL),
    row("/regiopool.members.v1.OrganisationService/UpdateLocation", PERSONNEL),
    row("/regiopool.members.v1.OrganisationService/ListLocations", Who::SignedIn),
    row("/regiopool.members.v1.OrganisationService/CreateWard", PERSONNEL),
    row("/regiopool.members.v1.OrganisationService/UpdateWard", Who::Roles(&[(Operator, Region), (Hr, Own), (WardLead, Own)])),
    row("/regiopool.members.v1.OrganisationService/GetWard", Who::SignedIn),
    row("/regiopool.members.v1.OrganisationService/ListWards", Who::SignedIn),
    row("/regiopool.members.v1.PoolService/CreatePool", OPERATOR),
    row("/regiopool.members.v1.PoolService/UpdatePool", OPERATOR),
    row("/regiopool.members.v1.PoolService/AddPoolMember", OPERATOR),
    row("/regiopool.members.v1.PoolService/RemovePoolMember", OPERATOR),
    row("/regiopool.members.v1.PoolService/LimitHoursElsewhere", PERSONNEL),
    row("/regiopool.members.v1.PoolService/GetPool", Who::SignedIn),
    row("/regiopool.members.v1.PoolService/ListPools", Who::SignedIn),
    row("/regiopool.members.v1.AgreementService/CreateAgreement", OPERATOR),
    row("/regiopool.members.v1.AgreementService/AmendAgreement", SIDES),
    row("/regiopool.members.v1.AgreementService/ApproveAgreement", SIDES),
    row("/regiopool.members.v1.AgreementService/WithdrawAgreement", SIDES),
    row("/regiopool.members.v1.AgreementService/EndAgreement", SIDES),
    row("/regiopool.members.v1.AgreementService/ListAgreements", AGREED),
    row("/regiopool.members.v1.AgreementService/ListAgreementVersions", AGREED),
    row("/regiopool.members.v1.AgreementService/RecordWorksCouncilDecision", PERSONNEL),
    row("/regiopool.members.v1.AgreementService/ListWorksCouncilDecisions", AGREED),
    row("/regiopool.members.v1.AgreementService/RecordWageCost", Who::Roles(&[(Hr, Own), (Finance, Own)])),
    row("/regiopool.members.v1.AgreementService/ListWageCosts", SIDES),
    row("/regiopool.members.v1.WorkerService/CreateWorker", PERSONNEL),
    row("/regiopool.members.v1.WorkerService/GetWorker", Who::Roles(&[(Operator, Region), (Hr, Own), (Worker, Person)])),
    row("/regiopool.members.v1.WorkerService/BatchGetWorkers", STAFF),
    row("/regiopool.members.v1.WorkerService/ListWorkers", Who::Roles(&[(Operator, Region), (Hr, Own), (Planner, Own)])),
    row("/regiopool.members.v1.WorkerService/CreateEmployment", PERSONNEL),
    row("/regiopool.members.v1.WorkerService/UpdateEmployment", PERSONNEL),
    row("/regiopool.members.v1.WorkerService/EndEmployment", PERSONNEL),
    row("/regiopool.members.v1.WorkerService/ListExits", Who::Roles(&[(Hr, Own)])),
    row("/regiopool.members.v1.WorkerService/AddCompetence", PERSONNEL),
    row("/regiopool.members.v1.UnavailabilityService/CreateUnavailability", CLOSE),
    row("/regiopool.members.v1.UnavailabilityService/UpdateUnavailability", CLOSE),
    row("/regiopool.members.v1.UnavailabilityService/WithdrawUnavailability", CLOSE),
    row("/regiopool.members.v1.UnavailabilityService/ListUnavailabilities", CLOSE),
    row("/regiopool.members.v1.ScheduleConstraintService/GetScheduleConstraints", CLOSE),
    row("/regiopool.members.v1.ScheduleConstraintService/SetScheduleConstraints", CLOSE),
    row("/regiopool.members.v1.LinkService/ProposeLinks", PERSONNEL),
    row("/regiopool.members.v1.LinkService/ListLinkProposals", OWN),
    row("/regiopool.members.v1.LinkService/ConfirmLink", OWN),
    row("/regiopool.members.v1.LinkService/DeclineLinks", OWN),
    row("/regiopool.members.v1.LinkService/LinkByCode", OWN),
    row("/regiopool.members.v1.MessageService/Notify", Who::Roles(&[(Service, Region)])),
    row("/regiopool.members.v1.MessageService/ListMessages", Who::Themselves(&[])),
    row("/regiopool.members.v1.MessageService/MarkRead", Who::Themselves(&[])),
    row("/regiopool.members.v1.MessageService/GetMessageSettings", Who::Themselves(&[])),
    row("/regiopool.members.v1.MessageService/SetMessageSettings", Who::Themselves(&[])),
    row("/regiopool.members.v1.MessageService/Unsubscribe", Who::Open),
    row("/regiopool.members.v1.ConsentService/GiveConsent", OWN),
    row("/regiopool.members.v1.ConsentService/RevokeConsent", OWN),
    row("/regiopool.members.v1.ConsentService/ListConsents", Who::Roles(&[(Worker, Person), (Hr, Own)])),
    row("/regiopool.members.v1.AccessLogService/ListFileReads", Who::Roles(&[(Auditor, Region), (Worker, Person)])),
    row("/regiopool.members.v1.AccessLogService/BatchGetReaders", READERS),
    row("/regiopool.members.v1.IdentityService/CreateRegion", Who::Roles(&[(PlatformAdmin, Installation)])),
    row("/regiopool.members.v1.IdentityService/ListRegions", Who::Roles(&[(PlatformAdmin, Installation), (Service, Installation)])),
    row("/regiopool.members.v1.IdentityService/IssueServiceToken", Who::Open),
    row("/regiopool.members.v1.IdentityService/SignIn", Who::Open),
    row("/regiopool.members.v1.IdentityService/RedeemInvitation", Who::Open),
    row("/regiopool.members.v1.IdentityService/RenewSession", Who::Open),
    row("/regiopool.members.v1.IdentityService/SignOut", Who::Open),
    row("/regiopool.members.v1.IdentityService/GetSigningKeys", Who::Open),
    row("/regiopool.members.v1.IdentityService/GetMe", Who::Themselves(&[])),
    row("/regiopool.members.v1.IdentityService/CreateUser", PERSONNEL),
    row("/regiopool.members.v1.IdentityService/InviteAgain", PERSONNEL),
    row("/regiopool.members.v1.IdentityService/EndSessions", Who::Themselves(&[(Operator, Region), (Hr, Own)])),
    row("/regiopool.members.v1.IdentityService/ListSessions", Who::Themselves(&[])),
    row("/regiopool.members.v1.IdentityService/ListRevocations", Who::Roles(&[(Service, Installation)])),
];
