//! Requests about those who take part.

use proto::members;
use testkit::{
    matrix::Probe,
    region::{Employer, Region},
    request_id,
};

use super::Filled;

/// Where the employer's ward is.
pub(super) async fn location(region: &Region, employer: &Employer) -> String {
    let request = testkit::as_token(members::GetWardRequest { id: employer.ward.clone() }, &employer.hr);
    region.organisations().get_ward(request).await.expect("the ward").into_inner().ward.expect("it").location
}

/// A right request of a region's own for each of members' methods about those who take part.
pub(super) fn of_organisations(all: &Filled, region: &Region) -> Vec<Probe> {
    use members::*;
    let (organisation, shared) = (|| all.employer.id.clone(), || all.pool.clone());
    let ward = Ward { organisation: organisation(), name: "Other".into(), postcode: "5825AB".into(), ..Default::default() };
    let pool = Pool { name: "Other".into(), organisations: vec![organisation()], ..Default::default() };
    let agreement = Agreement {
        organisation: organisation(),
        from: Some(region.day(400).to_proto()),
        bases: vec![Basis::OwnExtraHours.into()],
        works_council_decided_on: Some(region.day(-1).to_proto()),
        ..Default::default()
    };
    let mask = |path: &str| Some(prost_types::FieldMask { paths: vec![path.to_owned()] });
    let location = Location { organisation: organisation(), name: "Other".into(), postcode: "6211AB".into(), ..Default::default() };
    let known = Organisation { id: organisation(), etag: "1".into(), name: all.employer.name.clone(), ..Default::default() };
    let moved = Location { id: all.location.clone(), etag: "1".into(), name: "Changed".into(), ..Default::default() };
    let card = Some(WardCard { entrance: "By the side door".into(), ..Default::default() });
    let described = Ward { id: all.employer.ward.clone(), etag: "1".into(), card, ..Default::default() };
    let last_day = Some(region.day(400).to_proto());
    let organisations = probes! { "members.v1.OrganisationService":
        "GetOrganisation" GetOrganisationRequest { id: organisation() };
        "UpdateOrganisation" UpdateOrganisationRequest { organisation: Some(known), update_mask: mask("name"), request_id: request_id() };
        "EndMembership" EndMembershipRequest { organisation: organisation(), last_day, request_id: request_id() };
        "CreateLocation" CreateLocationRequest { location: Some(location), request_id: request_id() };
        "UpdateLocation" UpdateLocationRequest { location: Some(moved), update_mask: mask("name"), request_id: request_id() };
        "ListLocations" ListLocationsRequest { organisation: organisation(), ..Default::default() };
        "ListLocations" ListLocationsRequest::default();
        "GetWard" GetWardRequest { id: all.employer.ward.clone() };
        "UpdateWard" UpdateWardRequest { ward: Some(described), update_mask: mask("card"), request_id: request_id() };
        "ListOrganisations" ListOrganisationsRequest::default();
        "CreateWard" CreateWardRequest { ward: Some(ward), request_id: request_id() };
        "ListWards" ListWardsRequest { organisation: organisation(), ..Default::default() };
        "ListWards" ListWardsRequest::default();
    };
    let changed_pool = Pool { id: shared(), etag: "1".into(), name: "Changed".into(), ..Default::default() };
    let pools = probes! { "members.v1.PoolService":
        "CreatePool" CreatePoolRequest { pool: Some(pool), request_id: request_id() };
        "AddPoolMember" AddPoolMemberRequest { pool: shared(), organisation: organisation(), request_id: request_id() };
        "UpdatePool" UpdatePoolRequest { pool: Some(changed_pool), update_mask: mask("name"), request_id: request_id() };
        "RemovePoolMember" RemovePoolMemberRequest { pool: shared(), organisation: organisation(), request_id: request_id() };
        "LimitHoursElsewhere" LimitHoursElsewhereRequest {
            pool: shared(), organisation: organisation(), minutes_per_week: Some(0), request_id: request_id(),
        };
        "GetPool" GetPoolRequest { id: shared() };
        "ListPools" ListPoolsRequest::default();
    };
    let amendment = Agreement { from: Some(region.day(450).to_proto()), bases: vec![1], ..Default::default() };
    let decision = WorksCouncilDecision {
        organisation: organisation(),
        programme: 2,
        decided_on: Some(region.day(-1).to_proto()),
        decision: 1,
        ..Default::default()
    };
    let wage_cost =
        WageCost { organisation: organisation(), function_level: 4, from: Some(region.day(-1).to_proto()), cents_per_hour: 3000 };
    let agreed = || all.agreement.clone();
    let agreements = probes! { "members.v1.AgreementService":
        "CreateAgreement" CreateAgreementRequest { agreement: Some(agreement), signed_on_paper: None, request_id: request_id() };
        "AmendAgreement" AmendAgreementRequest {
            amends: agreed(), etag: "1".into(), agreement: Some(amendment), request_id: request_id(),
        };
        "ApproveAgreement" ApproveAgreementRequest { id: agreed(), etag: "1".into(), party: 2, request_id: request_id() };
        "WithdrawAgreement" WithdrawAgreementRequest { id: agreed(), etag: "1".into(), request_id: request_id() };
        "EndAgreement" EndAgreementRequest {
            id: agreed(), etag: "1".into(), until: Some(region.day(500).to_proto()), request_id: request_id(),
        };
        "ListAgreementVersions" ListAgreementVersionsRequest { id: agreed() };
        "RecordWorksCouncilDecision" RecordWorksCouncilDecisionRequest { decision: Some(decision), request_id: request_id() };
        "ListWorksCouncilDecisions" ListWorksCouncilDecisionsRequest { organisation: organisation() };
        "RecordWageCost" RecordWageCostRequest { wage_cost: Some(wage_cost), request_id: request_id() };
        "ListWageCosts" ListWageCostsRequest { organisation: organisation() };
        "ListAgreements" ListAgreementsRequest { organisation: organisation(), ..Default::default() };
        "ListAgreements" ListAgreementsRequest::default();
    };
    organisations.into_iter().chain(pools).chain(agreements).collect()
}
