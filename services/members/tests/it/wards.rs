//! Changing organisations, their locations and wards.

use chassis::caller::Role;
use proto::members::{
    CollectiveAgreement, CollectiveAgreementFrom, CreateLocationRequest, CreateWardRequest, EndMembershipRequest, GetWardRequest,
    ListLocationsRequest, Location, Organisation, OrganisationKind, UpdateLocationRequest, UpdateOrganisationRequest, UpdateWardRequest,
    Ward, WardCard,
};
use testkit::{
    Testbed, as_token,
    region::{Builder, Employer, Person},
    request_id,
};
use tonic::{Code, Response};

use crate::support::{Wrong, count, date, happens_once, not_found, refuses, refuses_what_is_wrong, unknown};

fn mask(paths: &[&str]) -> Option<prost_types::FieldMask> {
    Some(prost_types::FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() })
}

async fn organisation(bed: &Testbed, employer: &Employer) -> Organisation {
    let asked = proto::members::GetOrganisationRequest { id: employer.id.clone() };
    bed.organisations().get_organisation(as_token(asked, &employer.hr)).await.expect("it").into_inner().organisation.expect("it")
}

async fn two(bed: &Testbed) -> (Builder, Employer, Employer) {
    let builder = bed.builder().await;
    let (own, other) = (builder.employer_without_agreement("Zonnehof").await, builder.employer_without_agreement("Maasoever").await);
    (builder, own, other)
}

#[tokio::test]
async fn an_organisation_is_changed_by_who_has_seen_it_as_it_is() {
    let bed = Testbed::start().await;
    let (builder, own, other) = two(&bed).await;
    let change = async |r| bed.organisations().update_organisation(as_token(r, builder.operator())).await.map(Response::into_inner);
    let known = organisation(&bed, &own).await;
    let collective = |agreement: CollectiveAgreement, from| CollectiveAgreementFrom { agreement: agreement.into(), from: date(from) };
    let wanted = Organisation {
        name: "Zonnehof Zorg".to_owned(),
        kind: OrganisationKind::Association.into(),
        establishment_numbers: vec!["000012345678".to_owned()],
        // Nine digits that pass the test of a citizen service number may stand in a field for company numbers (D20).
        rsin: "123456782".to_owned(),
        vat_number: "nl 1234.56782.b01".to_owned(),
        agb_codes: vec!["41234567".to_owned()],
        collective_agreements: vec![
            collective(CollectiveAgreement::MentalHealth, "2026-07-01"),
            collective(CollectiveAgreement::NursingAndHomeCare, "2025-01-01"),
        ],
        ..known.clone()
    };
    let paths = ["name", "kind", "establishment_numbers", "rsin", "vat_number", "agb_codes", "collective_agreements"];
    let request = UpdateOrganisationRequest { organisation: Some(wanted.clone()), update_mask: mask(&paths), request_id: request_id() };
    let wrong: &[Wrong<UpdateOrganisationRequest>] = &[
        (
            |r| *r = UpdateOrganisationRequest { organisation: Some(Organisation::default()), ..Default::default() },
            &[
                ("update_mask", "is required: at least one path"),
                ("organisation.id", "is required"),
                ("organisation.etag", "is required"),
                ("request_id", "is not a UUID (D25)"),
            ],
        ),
        (
            |r| {
                r.update_mask = mask(&["name", "joined_on", "rsin"]);
                let organisation = r.organisation.as_mut().unwrap();
                (organisation.name, organisation.rsin) = (String::new(), "1".to_owned());
            },
            &[
                (
                    "update_mask.paths[1]",
                    "is not one of name, kvk_number, branch, kind, establishment_numbers, rsin, vat_number, agb_codes, collective_agreements",
                ),
                ("organisation.name", "is required"),
                ("organisation.rsin", "is not an RSIN that adds up (IDN-03)"),
            ],
        ),
    ];
    refuses_what_is_wrong(&bed, &request, wrong, change).await;
    let otherwise = |r: &mut UpdateOrganisationRequest| r.organisation.as_mut().unwrap().name = "Elsewhere".to_owned();
    let changed = happens_once(&bed, &request, otherwise, change).await.organisation.expect("it");
    let mut sorted = wanted.collective_agreements.clone();
    sorted.reverse();
    let vat_number = "NL123456782B01".to_owned();
    assert_eq!(changed, Organisation { collective_agreements: sorted, vat_number, etag: changed.etag.clone(), ..wanted });
    assert_eq!(organisation(&bed, &own).await, changed);
    let stale = UpdateOrganisationRequest { organisation: Some(known), update_mask: mask(&["name"]), request_id: request_id() };
    refuses(&bed, async || change(stale).await, Code::FailedPrecondition, "CHANGED_MEANWHILE", &[]).await;
    let taken = Organisation { kvk_number: organisation(&bed, &other).await.kvk_number, ..changed.clone() };
    let facts = [("kvk_number", taken.kvk_number.clone())];
    let facts = facts.each_ref().map(|(key, value)| (*key, value.as_str()));
    let request = UpdateOrganisationRequest { organisation: Some(taken), update_mask: mask(&["kvk_number"]), request_id: request_id() };
    refuses(&bed, async || change(request).await, Code::AlreadyExists, "KVK_NUMBER_TAKEN", &facts).await;
    let none = Organisation { rsin: String::new(), collective_agreements: Vec::new(), ..changed };
    let paths = ["rsin", "collective_agreements"];
    let request = UpdateOrganisationRequest { organisation: Some(none.clone()), update_mask: mask(&paths), request_id: request_id() };
    let changed = change(request).await.expect("taken away").organisation.expect("it");
    assert_eq!(changed, Organisation { etag: changed.etag.clone(), ..none });
    let told = "SELECT COUNT(*) AS n FROM event_log WHERE kind = 'regiopool.members.v1.OrganisationUpdated'";
    assert_eq!(count(&bed.db("members"), told).await, 2);
}

#[tokio::test]
async fn an_organisation_leaves_on_a_day_that_may_be_moved_until_it_is_over() {
    let bed = Testbed::start().await;
    let (builder, own, _) = two(&bed).await;
    let end = async |r| bed.organisations().end_membership(as_token(r, builder.operator())).await.map(Response::into_inner);
    let on = |days: i64| EndMembershipRequest {
        organisation: own.id.clone(),
        last_day: Some(bed.day(days).to_proto()),
        request_id: request_id(),
    };
    let wrong: &[Wrong<EndMembershipRequest>] = &[
        (
            |r| *r = EndMembershipRequest::default(),
            &[("organisation", "is required"), ("last_day", "is required"), ("request_id", "is not a UUID (D25)")],
        ),
        (|r| r.last_day = date("2021-01-01"), &[("last_day", "is in the past")]),
    ];
    refuses_what_is_wrong(&bed, &on(30), wrong, end).await;
    let otherwise = |r: &mut EndMembershipRequest| r.last_day = date("2099-01-01");
    let leaving = happens_once(&bed, &on(30), otherwise, end).await.organisation.expect("it");
    assert_eq!(leaving.leaves_on, Some(bed.day(30).to_proto()));
    assert_eq!(end(on(30)).await.expect("the same day").organisation, Some(leaving.clone()), "nothing changes");
    assert_eq!(end(on(10)).await.expect("sooner").organisation.expect("it").leaves_on, Some(bed.day(10).to_proto()));
    let nobody = EndMembershipRequest { organisation: unknown("org"), ..on(10) };
    not_found(&bed, "organisation", async || end(nobody).await).await;
    let last = bed.day(10).to_string();
    let late = on(40);
    bed.set_clock(11 * 86_400);
    refuses(&bed, async || end(late).await, Code::FailedPrecondition, "ORGANISATION_LEFT", &[("on", last.as_str())]).await;
}

#[tokio::test]
async fn a_location_has_its_place_and_takes_its_wards_along() {
    let bed = Testbed::start().await;
    let (builder, own, other) = two(&bed).await;
    let create = async |r, token: &str| bed.organisations().create_location(as_token(r, token)).await.map(Response::into_inner);
    let location = |organisation: &str, name: &str, postcode: &str| {
        let (organisation, name, postcode) = (organisation.to_owned(), name.to_owned(), postcode.to_owned());
        CreateLocationRequest { location: Some(Location { organisation, name, postcode, ..Location::default() }), request_id: request_id() }
    };
    let wrong: &[Wrong<CreateLocationRequest>] = &[
        (|r| r.location = None, &[("location", "is required")]),
        (
            |r| *r = CreateLocationRequest { location: Some(Location { etag: "1".into(), ..Location::default() }), ..Default::default() },
            &[
                ("location.organisation", "is required"),
                ("location.name", "is required"),
                ("location.postcode", "is not a Dutch postcode such as 5825AB (IDN-06)"),
                ("location.etag", "is set by the service and must be empty"),
                ("request_id", "is not a UUID (D25)"),
            ],
        ),
    ];
    refuses_what_is_wrong(&bed, &location(&own.id, "Hof", "6211 AB"), wrong, async |r| create(r, &own.hr).await).await;
    let otherwise = |r: &mut CreateLocationRequest| r.location.as_mut().unwrap().name = "Elsewhere".to_owned();
    let made = happens_once(&bed, &location(&own.id, "Hof", "6211 AB"), otherwise, async |r| create(r, &own.hr).await).await;
    let made = made.location.expect("it");
    assert_eq!((made.postcode.as_str(), made.town.as_str()), ("6211AB", "Maastricht"));
    assert_eq!((made.municipality.as_str(), made.municipality_name.as_str()), ("GM0935", "Maastricht"));
    assert!((50_800_000..50_900_000).contains(&made.latitude_microdegrees), "{made:?}");
    let same = location(&own.id, "HOF", "6211 AB");
    refuses(&bed, async || create(same, &own.hr).await, Code::AlreadyExists, "LOCATION_NAME_TAKEN", &[("name", "HOF")]).await;
    not_found(&bed, "organisation", async || create(location(&other.id, "Hof", "6211AB"), &own.hr).await).await;

    let ward = Ward { organisation: own.id.clone(), name: "De Eik".to_owned(), location: made.id.clone(), ..Ward::default() };
    let add = async |ward: Ward| {
        let request = CreateWardRequest { ward: Some(ward), request_id: request_id() };
        bed.organisations().create_ward(as_token(request, &own.hr)).await.map(Response::into_inner)
    };
    let both = add(Ward { postcode: "6211AB".to_owned(), ..ward.clone() }).await.expect_err("both");
    assert_eq!(testkit::violations(&both), [("ward.postcode".to_owned(), "must be empty when a location is given".to_owned())]);
    let placed = add(ward).await.expect("made").ward.expect("it");
    assert_eq!((placed.location.as_str(), placed.postcode.as_str()), (made.id.as_str(), "6211AB"));

    let change = async |r, token: &str| bed.organisations().update_location(as_token(r, token)).await.map(Response::into_inner);
    let moved = Location { name: "Hof II".to_owned(), postcode: "6041AA".to_owned(), ..made.clone() };
    let request = UpdateLocationRequest { location: Some(moved), update_mask: mask(&["postcode", "name"]), request_id: request_id() };
    not_found(&bed, "location", async || change(request.clone(), &other.hr).await).await;
    let changed = change(request, &own.hr).await.expect("moved").location.expect("it");
    assert_eq!((changed.town.as_str(), changed.name.as_str()), ("Roermond", "Hof II"));
    let asked = as_token(GetWardRequest { id: placed.id.clone() }, &other.planner);
    assert_eq!(bed.organisations().get_ward(asked).await.expect("it").into_inner().ward.expect("it").postcode, "6041AA");
    let stale = UpdateLocationRequest { location: Some(made), update_mask: mask(&["name"]), request_id: request_id() };
    refuses(&bed, async || change(stale, builder.operator()).await, Code::FailedPrecondition, "CHANGED_MEANWHILE", &[]).await;
    let list = async |organisation: &str| {
        let request = ListLocationsRequest { organisation: organisation.to_owned(), ..Default::default() };
        bed.organisations().list_locations(as_token(request, &other.planner)).await.map(Response::into_inner)
    };
    let names: Vec<String> = list(&own.id).await.expect("own").locations.into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["Hof II", "Overloon 5825AB"]);
    assert_eq!(list("").await.expect("all").locations.len(), 3);
    not_found(&bed, "organisation", async || list(&unknown("org")).await).await;
}

#[tokio::test]
async fn a_ward_is_changed_and_its_lead_fills_in_the_card() {
    let bed = Testbed::start().await;
    let (builder, own, other) = two(&bed).await;
    let get = async |token: &str| {
        let asked = as_token(GetWardRequest { id: own.ward.clone() }, token);
        bed.organisations().get_ward(asked).await.expect("it").into_inner().ward.expect("it")
    };
    let change = async |r, token: &str| bed.organisations().update_ward(as_token(r, token)).await.map(Response::into_inner);
    let known = get(&own.hr).await;
    let (worker, stranger) = (builder.worker(&own, &Person::default()).await, builder.worker(&other, &Person::default()).await);
    let request =
        |ward: &Ward, paths: &[&str]| UpdateWardRequest { ward: Some(ward.clone()), update_mask: mask(paths), request_id: request_id() };
    let led = Ward { lead: worker.id.clone(), name: "De Linde 2".to_owned(), ..known.clone() };
    let wrong: &[Wrong<UpdateWardRequest>] = &[
        (
            |r| *r = UpdateWardRequest { ward: Some(Ward::default()), ..Default::default() },
            &[
                ("update_mask", "is required: at least one path"),
                ("ward.id", "is required"),
                ("ward.etag", "is required"),
                ("request_id", "is not a UUID (D25)"),
            ],
        ),
        (
            |r| {
                r.update_mask = mask(&["location", "lead", "card", "postcode"]);
                let ward = r.ward.as_mut().unwrap();
                (ward.location, ward.lead) = (String::new(), "somebody".to_owned());
                let long = "x".repeat(1001);
                let card =
                    WardCard { entrance: long, contact: "BSN 123456782".to_owned(), tasks: "a\u{7}".to_owned(), ..WardCard::default() };
                ward.card = Some(card);
            },
            &[
                ("update_mask.paths[3]", "is not one of name, location, lead, card"),
                ("ward.location", "is required"),
                ("ward.lead", "is not an id of this kind: expected wrk_ followed by 32 hexadecimal digits"),
                ("ward.card.entrance", "is longer than 1000 characters"),
                ("ward.card.contact", "holds what looks like a citizen service number (IDN-07)"),
                ("ward.card.tasks", "has control characters"),
            ],
        ),
    ];
    refuses_what_is_wrong(&bed, &request(&led, &["name", "lead"]), wrong, async |r| change(r, &own.hr).await).await;
    let otherwise = |r: &mut UpdateWardRequest| r.ward.as_mut().unwrap().name = "Elsewhere".to_owned();
    let changed = happens_once(&bed, &request(&led, &["name", "lead"]), otherwise, async |r| change(r, &own.hr).await).await;
    let changed = changed.ward.expect("it");
    assert_eq!((changed.name.as_str(), changed.lead.as_str()), ("De Linde 2", worker.id.as_str()));
    assert!(get(&own.planner).await.lead_name.starts_with("Sam Jansen"));
    assert_eq!(get(&other.planner).await.lead, "", "who leads it is for its own staff");
    not_found(&bed, "ward", async || change(request(&changed, &["name"]), &other.hr).await).await;
    let theirs = change(request(&Ward { lead: stranger.id.clone(), ..changed.clone() }, &["lead"]), &own.hr).await.expect_err("a stranger");
    assert_eq!(testkit::violations(&theirs), [("ward.lead".to_owned(), "is not of this organisation".to_owned())]);
    for (lead, what) in [(unknown("wrk"), "worker"), (unknown("usr"), "user")] {
        not_found(&bed, what, async || change(request(&Ward { lead, ..changed.clone() }, &["lead"]), &own.hr).await).await;
    }

    let lead = bed.token(&[(Role::WardLead, Some(&own.id))]).await;
    let card = WardCard { entrance: "Achterom.\r\nBel aan.".to_owned(), buddy: "Noor".to_owned(), ..WardCard::default() };
    let carded = Ward { card: Some(card), ..changed.clone() };
    refuses(&bed, async || change(request(&carded, &["card", "name"]), &lead).await, Code::PermissionDenied, "FORBIDDEN", &[]).await;
    let carded = change(request(&carded, &["card"]), &lead).await.expect("the card").ward.expect("it");
    assert_eq!(carded.card.as_ref().expect("a card").entrance, "Achterom.\nBel aan.");
    assert_eq!(get(&other.planner).await.card, carded.card, "who comes for the first time reads it");
    refuses(&bed, async || change(request(&changed, &["name"]), &own.hr).await, Code::FailedPrecondition, "CHANGED_MEANWHILE", &[]).await;
    let told = "SELECT COUNT(*) AS n FROM event_log WHERE kind = 'regiopool.members.v1.WardUpdated'";
    assert_eq!(count(&bed.db("members"), told).await, 1, "a card is nobody else's");
    let nobody = Ward { lead: String::new(), ..carded };
    assert_eq!(change(request(&nobody, &["lead"]), &own.hr).await.expect("nobody").ward.expect("it").lead, "");
}
