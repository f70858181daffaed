//! When people cannot work, what they say of themselves and are told, for the matrix.

use proto::members;
use testkit::{
    as_token,
    matrix::Probe,
    region::{Builder, Colleague, Employer, Person, Region},
    request_id,
};

use super::{Filled, mask};

/// Somebody who may be the same person; gives the id of the match.
pub(super) async fn twin(region: &Region, builder: &Builder, employer: &Employer, colleague: &Colleague) -> String {
    let request = members::GetWorkerRequest { id: colleague.id.clone() };
    let known = region.workers().get_worker(as_token(request, &colleague.token)).await.expect("the file").into_inner();
    let known = known.worker.expect("the file");
    let request = builder.worker_request(employer, &Person::default());
    let worker = members::Worker {
        first_name: known.first_name,
        last_name: known.last_name,
        birth_date: known.birth_date,
        ..request.worker.clone().unwrap_or_default()
    };
    let request = members::CreateWorkerRequest { worker: Some(worker), ..request };
    region.workers().create_worker(as_token(request, builder.operator())).await.expect("a worker");
    let request = as_token(members::ListLinkProposalsRequest {}, &colleague.token);
    region.links().list_link_proposals(request).await.expect("the matches").into_inner().proposals.remove(0).id
}

/// What the colleague agreed to; gives its id.
pub(super) async fn consent(region: &Region, colleague: &Colleague) -> String {
    let request = members::GiveConsentRequest { kind: members::ConsentKind::Lending.into(), request_id: request_id() };
    let given = region.consents().give_consent(as_token(request, &colleague.token)).await.expect("given").into_inner();
    given.consent.expect("it").id
}

pub(super) async fn away(region: &Region, colleague: &Colleague) -> String {
    let away = members::Unavailability {
        worker: colleague.id.clone(),
        from: Some(region.day(20).at_minute(0, false).expect("midnight").to_proto()),
        ..Default::default()
    };
    let request = members::CreateUnavailabilityRequest { unavailability: Some(away), request_id: request_id() };
    let made = region.unavailabilities().create_unavailability(as_token(request, &colleague.token)).await.expect("recorded");
    made.into_inner().unavailability.expect("it").id
}

/// A right request for each of members' methods about what people say of themselves and are told.
pub(super) fn probes(all: &Filled) -> Vec<Probe> {
    use members::*;
    let worker = || all.colleague.id.clone();
    let links = probes! { "members.v1.LinkService":
        "ProposeLinks" ProposeLinksRequest { worker: worker(), request_id: request_id() };
        "ListLinkProposals" ListLinkProposalsRequest {};
        "ConfirmLink" ConfirmLinkRequest { organisation: all.employer.id.clone(), personnel_number: "another".into(), request_id: request_id() };
    };
    let [decline] = probes! { "members.v1.LinkService":
        "DeclineLinks" DeclineLinksRequest { request_id: request_id() };
    };
    let settings = MessageSettings { language: MailLanguage::Dutch.into(), ..Default::default() };
    let messages = probes! { "members.v1.MessageService":
        "Notify" NotifyRequest {
            worker: worker(), reason: MessageReason::SomethingForYou.into(), key: "a".into(), ..Default::default()
        };
        "ListMessages" ListMessagesRequest::default();
        "GetMessageSettings" GetMessageSettingsRequest {};
        "SetMessageSettings" SetMessageSettingsRequest { settings: Some(settings), request_id: request_id() };
    };
    let consents = probes! { "members.v1.ConsentService":
        "GiveConsent" GiveConsentRequest { kind: ConsentKind::SplitShifts.into(), request_id: request_id() };
        "ListConsents" ListConsentsRequest { worker: worker() };
        "RevokeConsent" RevokeConsentRequest { id: all.consent.clone(), request_id: request_id() };
    };
    links.into_iter().chain([decline.once()]).chain(messages).chain(consents).collect()
}

/// The same of those about when they cannot work.
pub(super) fn absence(all: &Filled, region: &Region) -> Vec<Probe> {
    use members::*;
    let worker = || all.colleague.id.clone();
    let from = Some(region.day(9).at_minute(0, false).expect("midnight").to_proto());
    let period = Unavailability { worker: worker(), from, ..Default::default() };
    let changed = Unavailability { id: all.unavailability.clone(), etag: "0".into(), from, ..Default::default() };
    let absence = probes! { "members.v1.UnavailabilityService":
        "CreateUnavailability" CreateUnavailabilityRequest { unavailability: Some(period), request_id: request_id() };
        "UpdateUnavailability" UpdateUnavailabilityRequest {
            unavailability: Some(changed), update_mask: mask("from"), request_id: request_id(),
        };
        "ListUnavailabilities" ListUnavailabilitiesRequest { worker: worker(), ..Default::default() };
    };
    let [withdraw] = probes! { "members.v1.UnavailabilityService":
        "WithdrawUnavailability" WithdrawUnavailabilityRequest { id: all.unavailability.clone(), request_id: request_id() };
    };
    let constraints = probes! { "members.v1.ScheduleConstraintService":
        "GetScheduleConstraints" GetScheduleConstraintsRequest { worker: worker() };
        "SetScheduleConstraints" SetScheduleConstraintsRequest {
            worker: worker(), etag: "0".into(), request_id: request_id(), ..Default::default()
        };
    };
    absence.into_iter().chain([withdraw.once()]).chain(constraints).collect()
}
