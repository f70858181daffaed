//! Who may call what.

use chassis::{
    auth::mistakes,
    caller::Role::{self, *},
    frame::connect,
};
use testkit::{Testbed, as_token, reason};
use tonic::{Code, Status, client::Grpc, codegen::http::uri::PathAndQuery};
use tonic_prost::ProstCodec;

/// The roles that may call each RPC, as the comments of the contract say; `None` for RPCs that are open to everybody.
const MAY: &[(&str, Option<&[Role]>)] = &[
    ("OrganisationService/CreateOrganisation", Some(&[Operator])),
    ("OrganisationService/UpdateOrganisation", Some(&[Operator])),
    ("OrganisationService/EndMembership", Some(&[Operator])),
    ("OrganisationService/GetOrganisation", Some(Role::ALL)),
    ("OrganisationService/ListOrganisations", Some(Role::ALL)),
    ("OrganisationService/CreateLocation", Some(&[Operator, Hr])),
    ("OrganisationService/UpdateLocation", Some(&[Operator, Hr])),
    ("OrganisationService/ListLocations", Some(Role::ALL)),
    ("OrganisationService/CreateWard", Some(&[Operator, Hr])),
    ("OrganisationService/UpdateWard", Some(&[Operator, Hr, WardLead])),
    ("OrganisationService/GetWard", Some(Role::ALL)),
    ("OrganisationService/ListWards", Some(Role::ALL)),
    ("PoolService/CreatePool", Some(&[Operator])),
    ("PoolService/UpdatePool", Some(&[Operator])),
    ("PoolService/AddPoolMember", Some(&[Operator])),
    ("PoolService/RemovePoolMember", Some(&[Operator])),
    ("PoolService/LimitHoursElsewhere", Some(&[Operator, Hr])),
    ("PoolService/GetPool", Some(Role::ALL)),
    ("PoolService/ListPools", Some(Role::ALL)),
    ("AgreementService/CreateAgreement", Some(&[Operator])),
    ("AgreementService/AmendAgreement", Some(&[Operator, Hr, Finance])),
    ("AgreementService/ApproveAgreement", Some(&[Operator, Hr, Finance])),
    ("AgreementService/WithdrawAgreement", Some(&[Operator, Hr, Finance])),
    ("AgreementService/EndAgreement", Some(&[Operator, Hr, Finance])),
    ("AgreementService/ListAgreementVersions", Some(&[Operator, Planner, Hr, Finance])),
    ("AgreementService/RecordWorksCouncilDecision", Some(&[Operator, Hr])),
    ("AgreementService/ListWorksCouncilDecisions", Some(&[Operator, Planner, Hr, Finance])),
    ("AgreementService/RecordWageCost", Some(&[Hr, Finance])),
    ("AgreementService/ListWageCosts", Some(&[Operator, Hr, Finance])),
    ("AgreementService/ListAgreements", Some(&[Operator, Planner, Hr, Finance])),
    ("WorkerService/CreateWorker", Some(&[Operator, Hr])),
    ("WorkerService/GetWorker", Some(&[Operator, Hr, Worker])),
    ("WorkerService/BatchGetWorkers", Some(&[Operator, Hr, Planner, WardLead, Auditor])),
    ("WorkerService/ListWorkers", Some(&[Operator, Hr, Planner])),
    ("WorkerService/CreateEmployment", Some(&[Operator, Hr])),
    ("WorkerService/UpdateEmployment", Some(&[Operator, Hr])),
    ("WorkerService/EndEmployment", Some(&[Operator, Hr])),
    ("WorkerService/ListExits", Some(&[Hr])),
    ("WorkerService/AddCompetence", Some(&[Operator, Hr])),
    ("UnavailabilityService/CreateUnavailability", Some(&[Worker, Hr, Service])),
    ("UnavailabilityService/UpdateUnavailability", Some(&[Worker, Hr, Service])),
    ("UnavailabilityService/WithdrawUnavailability", Some(&[Worker, Hr, Service])),
    ("UnavailabilityService/ListUnavailabilities", Some(&[Worker, Hr, Service])),
    ("ScheduleConstraintService/GetScheduleConstraints", Some(&[Worker, Hr, Service])),
    ("ScheduleConstraintService/SetScheduleConstraints", Some(&[Worker, Hr, Service])),
    ("LinkService/ProposeLinks", Some(&[Operator, Hr])),
    ("LinkService/ListLinkProposals", Some(&[Worker])),
    ("LinkService/ConfirmLink", Some(&[Worker])),
    ("LinkService/DeclineLinks", Some(&[Worker])),
    ("LinkService/LinkByCode", Some(&[Worker])),
    ("MessageService/Notify", Some(&[Service])),
    ("MessageService/ListMessages", Some(Role::ALL)),
    ("MessageService/MarkRead", Some(Role::ALL)),
    ("MessageService/GetMessageSettings", Some(Role::ALL)),
    ("MessageService/SetMessageSettings", Some(Role::ALL)),
    ("MessageService/Unsubscribe", None),
    ("ConsentService/GiveConsent", Some(&[Worker])),
    ("ConsentService/RevokeConsent", Some(&[Worker])),
    ("ConsentService/ListConsents", Some(&[Worker, Hr])),
    ("AccessLogService/ListFileReads", Some(&[Auditor, Worker])),
    ("AccessLogService/BatchGetReaders", Some(&[Auditor, Worker])),
    ("IdentityService/CreateRegion", Some(&[PlatformAdmin])),
    ("IdentityService/ListRegions", Some(&[PlatformAdmin, Service])),
    ("IdentityService/IssueServiceToken", None),
    ("IdentityService/SignIn", None),
    ("IdentityService/RedeemInvitation", None),
    ("IdentityService/RenewSession", None),
    ("IdentityService/SignOut", None),
    ("IdentityService/GetSigningKeys", None),
    ("IdentityService/GetMe", Some(Role::ALL)),
    ("IdentityService/CreateUser", Some(&[Operator, Hr])),
    ("IdentityService/InviteAgain", Some(&[Operator, Hr])),
    ("IdentityService/EndSessions", Some(Role::ALL)),
    ("IdentityService/ListSessions", Some(Role::ALL)),
    ("IdentityService/ListRevocations", Some(&[Service])),
];

/// An empty message to an RPC by its path.
async fn call(bed: &Testbed, method: &str, token: Option<&str>) -> Result<(), Status> {
    let path = PathAndQuery::try_from(format!("/regiopool.members.v1.{method}")).expect("a path");
    let mut client = Grpc::new(connect(&bed.address).expect("an address"));
    client.ready().await.expect("a connection");
    let request = token.map_or_else(|| tonic::Request::new(()), |token| as_token((), token));
    client.unary(request, path, ProstCodec::<(), ()>::default()).await.map(drop)
}

#[test]
fn the_access_table_lists_exactly_the_rpcs_of_the_contract() {
    assert_eq!(mistakes("regiopool.members.v1", members::ACCESS), Vec::<String>::new());
    let mut listed: Vec<&str> = members::ACCESS.iter().map(|row| row.method).collect();
    listed.sort_unstable();
    let count = listed.len();
    listed.dedup();
    assert_eq!(listed.len(), count, "a method is listed twice");
    assert_eq!(count, MAY.len());
}

#[tokio::test]
async fn only_the_roles_of_the_contract_get_in() {
    let bed = Testbed::start().await;
    let organisation = bed.builder().await.employer_without_agreement("Zonnehof").await.id;
    let mut tokens = Vec::new();
    for role in Role::ALL {
        let of_organisation = matches!(role, Planner | WardLead | Hr | Finance);
        tokens.push((*role, bed.token(&[(*role, of_organisation.then_some(organisation.as_str()))]).await));
    }
    for (method, may) in MAY {
        let nobody = call(&bed, method, None).await;
        let refused = |answer: &Result<(), Status>, expected: &str| answer.as_ref().is_err_and(|status| reason(status) == expected);
        assert_eq!(refused(&nobody, "TOKEN_MISSING"), may.is_some(), "{method} without a token: {nobody:?}");
        for (role, token) in &tokens {
            let answer = call(&bed, method, Some(token)).await;
            let expected = may.is_some_and(|may| !may.contains(role));
            assert_eq!(refused(&answer, "ROLE_MISSING"), expected, "{method} as {role}: {answer:?}");
            if expected {
                assert_eq!(answer.expect_err("a refusal").code(), Code::PermissionDenied);
            }
        }
    }
}

#[tokio::test]
async fn a_token_outside_every_region_sees_no_region() {
    let bed = Testbed::start().await;
    let admin = chassis::caller::Caller {
        subject: chassis::caller::Subject::Client("test".to_owned()),
        region: None,
        grants: vec![chassis::caller::Grant { role: PlatformAdmin, organisation: None }],
        worker: None,
    };
    let token = bed.sign(&admin);
    for method in ["OrganisationService/ListOrganisations", "OrganisationService/ListWards", "PoolService/ListPools"] {
        let status = call(&bed, method, Some(&token)).await.expect_err(method);
        assert_eq!((status.code(), reason(&status).as_str()), (Code::PermissionDenied, "FORBIDDEN"), "{method}");
    }
}
