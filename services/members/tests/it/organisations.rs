//! Organisations and wards.

use proto::members::{
    Branch, CollectiveAgreementFrom, CreateOrganisationRequest, CreateWardRequest, GetOrganisationRequest, ListOrganisationsRequest,
    ListWardsRequest, Organisation, OrganisationKind, Ward,
};
use testkit::{Testbed, as_token, request_id};
use tonic::Code;

use crate::support::{Wrong, assert_refusal, date, happens_once, not_found, refuses, refuses_what_is_wrong, unknown};

fn organisation(name: &str, kvk_number: &str) -> CreateOrganisationRequest {
    let organisation = Organisation {
        name: name.to_owned(),
        kvk_number: kvk_number.to_owned(),
        branch: Branch::Hospital.into(),
        joined_on: date("2026-01-01"),
        ..Organisation::default()
    };
    CreateOrganisationRequest { organisation: Some(organisation), request_id: request_id() }
}

fn ward(organisation: &str, name: &str) -> CreateWardRequest {
    let (organisation, name) = (organisation.to_owned(), name.to_owned());
    let ward = Ward { organisation, name, postcode: "5825 ab".to_owned(), ..Ward::default() };
    CreateWardRequest { ward: Some(ward), request_id: request_id() }
}

#[tokio::test]
async fn an_organisation_is_told_everything_that_is_wrong_with_it() {
    let bed = Testbed::start().await;
    let operator = bed.builder().await.operator().to_owned();
    let wrong: &[Wrong<CreateOrganisationRequest>] = &[
        (|r| r.organisation = None, &[("organisation", "is required")]),
        (
            |r| *r = CreateOrganisationRequest { organisation: Some(Organisation::default()), ..Default::default() },
            &[
                ("organisation.name", "is required"),
                ("organisation.kvk_number", "is required"),
                ("organisation.branch", "is required"),
                ("organisation.joined_on", "is required"),
                ("request_id", "is not a UUID (D25)"),
            ],
        ),
        (|r| r.request_id = "again".to_owned(), &[("request_id", "is not a UUID (D25)")]),
        (|r| r.organisation.as_mut().unwrap().id = "org_1".to_owned(), &[("organisation.id", "is set by the service and must be empty")]),
        (|r| r.organisation.as_mut().unwrap().name = "x".repeat(121), &[("organisation.name", "is longer than 120 characters")]),
        (|r| r.organisation.as_mut().unwrap().name = "a\u{7}b".to_owned(), &[("organisation.name", "has control characters")]),
        (
            |r| r.organisation.as_mut().unwrap().name = "Jan 123456782".to_owned(),
            &[("organisation.name", "holds what looks like a citizen service number (IDN-07)")],
        ),
        (
            |r| r.organisation.as_mut().unwrap().kvk_number = "1234567".to_owned(),
            &[("organisation.kvk_number", "is not 8 digits (IDN-01)")],
        ),
        (
            |r| r.organisation.as_mut().unwrap().kvk_number = "1234567a".to_owned(),
            &[("organisation.kvk_number", "is not 8 digits (IDN-01)")],
        ),
        (|r| r.organisation.as_mut().unwrap().branch = 99, &[("organisation.branch", "is not a value of its enum")]),
        (
            |r| r.organisation.as_mut().unwrap().joined_on = Some(proto::Date { year: 2026, month: 2, day: 30 }),
            &[("organisation.joined_on", "is not a day between 1900 and 9999")],
        ),
    ];
    refuses_what_is_wrong(&bed, &organisation("Zonnehof", "12345678"), wrong, async |r| {
        bed.organisations().create_organisation(as_token(r, &operator)).await
    })
    .await;
}

#[tokio::test]
async fn an_organisation_is_told_what_is_wrong_with_its_numbers_and_collective_agreements() {
    let bed = Testbed::start().await;
    let operator = bed.builder().await.operator().to_owned();
    let wrong: &[Wrong<CreateOrganisationRequest>] = &[
        (
            |r| {
                let organisation = r.organisation.as_mut().unwrap();
                organisation.kind = 9;
                organisation.establishment_numbers = ["000012345678", "12345678", "000012345678"].map(str::to_owned).to_vec();
                organisation.rsin = "123456783".to_owned();
                organisation.vat_number = "NL123456783B01".to_owned();
                organisation.agb_codes = vec!["1234567a".to_owned()];
                organisation.leaves_on = date("2026-12-31");
                organisation.etag = "1".to_owned();
            },
            &[
                ("organisation.kind", "is not a value of its enum"),
                ("organisation.establishment_numbers[1]", "is not 12 digits (IDN-02)"),
                ("organisation.establishment_numbers[2]", "is there twice"),
                ("organisation.rsin", "is not an RSIN that adds up (IDN-03)"),
                ("organisation.vat_number", "is not a VAT number such as NL001234567B01 (IDN-04)"),
                ("organisation.agb_codes[0]", "is not 8 digits (IDN-05)"),
                ("organisation.leaves_on", "is set by the service and must be empty"),
                ("organisation.etag", "is set by the service and must be empty"),
            ],
        ),
        (
            |r| {
                let from = |agreement, from| CollectiveAgreementFrom { agreement, from };
                let entries = vec![from(1, date("2026-01-01")), from(99, None), from(2, date("2026-01-01"))];
                r.organisation.as_mut().unwrap().collective_agreements = entries;
            },
            &[
                ("organisation.collective_agreements[1].agreement", "is not a value of its enum"),
                ("organisation.collective_agreements[1].from", "is required"),
                ("organisation.collective_agreements[2].from", "is there twice"),
            ],
        ),
    ];
    refuses_what_is_wrong(&bed, &organisation("Zonnehof", "12345678"), wrong, async |r| {
        bed.organisations().create_organisation(as_token(r, &operator)).await
    })
    .await;
}

#[tokio::test]
async fn an_organisation_is_made_once_and_a_kvk_number_belongs_to_one() {
    let bed = Testbed::start().await;
    let operator = bed.builder().await.operator().to_owned();
    let create = async |r| bed.organisations().create_organisation(as_token(r, &operator)).await.map(tonic::Response::into_inner);
    let rename = |r: &mut CreateOrganisationRequest| r.organisation.as_mut().unwrap().name = "Other".to_owned();
    let made = happens_once(&bed, &organisation(" Zonnehof ", "12345678"), rename, create).await.organisation.expect("it");
    let (id, etag, kind) = (made.id.clone(), made.etag.clone(), OrganisationKind::Employer.into());
    assert_eq!(made, Organisation { id, etag, kind, ..organisation("Zonnehof", "12345678").organisation.expect("it") });
    let again = organisation("Maasoever", "12345678");
    refuses(&bed, async || create(again).await, Code::AlreadyExists, "KVK_NUMBER_TAKEN", &[("kvk_number", "12345678")]).await;

    let anybody = bed.token(&[(chassis::caller::Role::Worker, None)]).await;
    let get = async |id: &str| bed.organisations().get_organisation(as_token(GetOrganisationRequest { id: id.to_owned() }, &anybody)).await;
    assert_eq!(get(&made.id).await.expect("it").into_inner().organisation, Some(made));
    not_found(&bed, "organisation", async || get(&unknown("org")).await).await;
    for (id, expected) in [
        ("", "is required"),
        ("wrd_00000000000000000000000000000000", "is not an id of this kind: expected org_ followed by 32 hexadecimal digits"),
    ] {
        let status = get(id).await.expect_err(id);
        assert_eq!(testkit::violations(&status), [("id".to_owned(), expected.to_owned())]);
    }
}

#[tokio::test]
async fn organisations_of_another_region_are_not_there() {
    let bed = Testbed::start().await;
    let employer = bed.builder().await.employer_without_agreement("Zonnehof").await;
    let elsewhere = testkit::region::Region::create(&bed.frame.settings).await;
    let operator = elsewhere.token(&[(chassis::caller::Role::Operator, None)]).await;
    not_found(&bed, "organisation", async || {
        elsewhere.organisations().get_organisation(as_token(GetOrganisationRequest { id: employer.id.clone() }, &operator)).await
    })
    .await;
    not_found(&bed, "organisation", async || {
        elsewhere.organisations().create_ward(as_token(ward(&employer.id, "A ward"), &operator)).await
    })
    .await;
    let mut client = elsewhere.organisations();
    let list = client.list_organisations(as_token(ListOrganisationsRequest::default(), &operator)).await.expect("a list").into_inner();
    assert_eq!(list.organisations, []);
    // The same KvK number may be used there.
    let mut taken = organisation("Zonnehof", "10000001");
    taken.request_id = request_id();
    client.create_organisation(as_token(taken, &operator)).await.expect("another region");
}

#[tokio::test]
async fn the_pages_of_organisations_give_each_once_in_order_of_name() {
    let bed = Testbed::start().await;
    let operator = bed.builder().await.operator().to_owned();
    let names = ["zon", "Élan", "Aa", "aa", "ab", "Zonnehof", "B"];
    for (n, name) in names.iter().enumerate() {
        let request = organisation(name, &format!("{:08}", 20_000_000 + n));
        bed.organisations().create_organisation(as_token(request, &operator)).await.expect("made");
    }
    let list = async |page_size: i32, page_token: &str| {
        let request = ListOrganisationsRequest { page_size, page_token: page_token.to_owned() };
        bed.organisations().list_organisations(as_token(request, &operator)).await.map(tonic::Response::into_inner)
    };
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let page = list(2, &token).await.expect("a page");
        assert!(page.organisations.len() <= 2);
        seen.extend(page.organisations.into_iter().map(|organisation| organisation.name));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen.len(), names.len());
    let keys: Vec<String> = seen.iter().map(|name| name.to_lowercase()).collect();
    assert!(keys.is_sorted(), "{seen:?}");
    assert_eq!(list(0, "").await.expect("all").organisations.len(), names.len());

    let token = list(1, "").await.expect("a page").next_page_token;
    let status = list(-1, "nonsense").await.expect_err("a wrong page");
    let expected = [("page_size", "is negative"), ("page_token", "is not a token of this list")];
    assert_eq!(testkit::violations(&status), expected.map(|(field, text)| (field.to_owned(), text.to_owned())));
    let request = ListWardsRequest { page_token: token, ..Default::default() };
    let status = bed.organisations().list_wards(as_token(request, &operator)).await.expect_err("a token of another list");
    assert_refusal(&status, Code::InvalidArgument, "INVALID_REQUEST", &[]);
    assert_eq!(testkit::violations(&status)[0].0, "page_token");
}

#[tokio::test]
async fn a_ward_is_told_everything_that_is_wrong_with_it() {
    let bed = Testbed::start().await;
    let employer = bed.builder().await.employer_without_agreement("Zonnehof").await;
    let wrong: &[Wrong<CreateWardRequest>] = &[
        (|r| r.ward = None, &[("ward", "is required")]),
        (
            |r| *r = CreateWardRequest { ward: Some(Ward::default()), ..Default::default() },
            &[
                ("ward.organisation", "is required"),
                ("ward.name", "is required"),
                ("ward.postcode", "is not a Dutch postcode such as 5825AB (IDN-06)"),
                ("request_id", "is not a UUID (D25)"),
            ],
        ),
        (|r| r.ward.as_mut().unwrap().id = "wrd_1".to_owned(), &[("ward.id", "is set by the service and must be empty")]),
        (|r| r.ward.as_mut().unwrap().name = "x".repeat(121), &[("ward.name", "is longer than 120 characters")]),
        (
            |r| r.ward.as_mut().unwrap().postcode = "0825AB".to_owned(),
            &[("ward.postcode", "is not a Dutch postcode such as 5825AB (IDN-06)")],
        ),
        (
            |r| r.ward.as_mut().unwrap().postcode = "5825SS".to_owned(),
            &[("ward.postcode", "is not a Dutch postcode such as 5825AB (IDN-06)")],
        ),
        (
            |r| r.ward.as_mut().unwrap().organisation = "Zonnehof".to_owned(),
            &[("ward.organisation", "is not an id of this kind: expected org_ followed by 32 hexadecimal digits")],
        ),
    ];
    refuses_what_is_wrong(&bed, &ward(&employer.id, "De Eik"), wrong, async |r| {
        bed.organisations().create_ward(as_token(r, &employer.hr)).await
    })
    .await;
}

#[tokio::test]
async fn a_ward_is_made_once_by_hr_of_the_own_organisation() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let (own, other) = (builder.employer_without_agreement("Zonnehof").await, builder.employer_without_agreement("Maasoever").await);
    let create = async |r, token: &str| bed.organisations().create_ward(as_token(r, token)).await.map(tonic::Response::into_inner);
    let rename = |r: &mut CreateWardRequest| r.ward.as_mut().unwrap().name = "De Beuk".to_owned();
    let made = happens_once(&bed, &ward(&own.id, "De Eik"), rename, async |r| create(r, &own.hr).await).await.ward.expect("it");
    assert_eq!((made.name.as_str(), made.postcode.as_str(), &made.organisation), ("De Eik", "5825AB", &own.id));
    assert!(made.location.starts_with("loc_"), "the location that De Linde has at this postcode");

    let same = ward(&own.id, "de eik");
    refuses(&bed, async || create(same, &own.hr).await, Code::AlreadyExists, "WARD_NAME_TAKEN", &[("name", "de eik")]).await;
    not_found(&bed, "organisation", async || create(ward(&other.id, "De Eik"), &own.hr).await).await;
    not_found(&bed, "organisation", async || create(ward(&unknown("org"), "De Eik"), builder.operator()).await).await;
    create(ward(&other.id, "De Eik"), builder.operator()).await.expect("the same name elsewhere, by the operator");

    let list = async |organisation: &str, page_size: i32, page_token: &str| {
        let (organisation, page_token) = (organisation.to_owned(), page_token.to_owned());
        let request = ListWardsRequest { organisation, page_size, page_token };
        bed.organisations().list_wards(as_token(request, &own.planner)).await.map(tonic::Response::into_inner)
    };
    let names = |wards: Vec<Ward>| wards.into_iter().map(|ward| ward.name).collect::<Vec<_>>();
    assert_eq!(names(list(&own.id, 0, "").await.expect("own").wards), ["De Eik", "De Linde"]);
    let first = list("", 3, "").await.expect("a page");
    assert_eq!(names(first.wards), ["De Eik", "De Eik", "De Linde"]);
    let last = list("", 3, &first.next_page_token).await.expect("the last");
    assert_eq!((names(last.wards), last.next_page_token), (vec!["De Linde".to_owned()], String::new()));
    not_found(&bed, "organisation", async || list(&unknown("org"), 0, "").await).await;
    let status = list(&own.id, 0, &first.next_page_token).await.expect_err("a token of another filter");
    assert_eq!(testkit::violations(&status)[0].0, "page_token");
    let status = list("Zonnehof", 0, "").await.expect_err("no id");
    assert_eq!(testkit::violations(&status)[0].0, "organisation");
}
