//! Regions and the tokens of services.

use chassis::{
    caller::{Caller, Grant, Role as R, Subject},
    time::{Timestamp, real_now},
};
use proto::members::{CreateRegionRequest, GetSigningKeysRequest, IssueServiceTokenRequest, ListRegionsRequest, Region, Role, RoleGrant};
use testkit::{Testbed, as_token, request_id};
use tonic::Code;

use crate::support::{Wrong, happens_once, not_found, refuses, refuses_what_is_wrong, unknown};

fn region(slug: &str) -> CreateRegionRequest {
    let region = Region { id: String::new(), slug: slug.to_owned(), name: "Limburg".to_owned() };
    CreateRegionRequest { region: Some(region), request_id: request_id() }
}

fn admin(bed: &Testbed) -> String {
    let grants = vec![Grant { role: R::PlatformAdmin, organisation: None }];
    bed.sign(&Caller { subject: Subject::Client("admin".to_owned()), region: None, grants, worker: None })
}

#[tokio::test]
async fn a_region_is_told_everything_that_is_wrong_with_it() {
    let bed = Testbed::start().await;
    let token = admin(&bed);
    let wrong: &[Wrong<CreateRegionRequest>] = &[
        (|r| *r = CreateRegionRequest::default(), &[("region", "is required"), ("request_id", "is not a UUID (D25)")]),
        (|r| r.region = Some(Region::default()), &[("region.slug", "is required"), ("region.name", "is required")]),
        (
            |r| *r.region.as_mut().unwrap() = Region { id: "reg_1".to_owned(), slug: "Limburg".to_owned(), name: "x".repeat(121) },
            &[
                ("region.id", "is set by the service and must be empty"),
                ("region.slug", "is not 2 to 40 lower case letters, digits and hyphens"),
                ("region.name", "is longer than 120 characters"),
            ],
        ),
        (|r| r.region.as_mut().unwrap().slug = "l".to_owned(), &[("region.slug", "is not 2 to 40 lower case letters, digits and hyphens")]),
        (|r| r.region.as_mut().unwrap().slug = "l".repeat(41), &[("region.slug", "is not 2 to 40 lower case letters, digits and hyphens")]),
    ];
    refuses_what_is_wrong(&bed, &region("limburg"), wrong, async |r| bed.identity().create_region(as_token(r, &token)).await).await;
}

#[tokio::test]
async fn a_region_is_made_once_and_its_slug_belongs_to_one() {
    let bed = Testbed::start().await;
    let token = admin(&bed);
    let create = async |r| bed.identity().create_region(as_token(r, &token)).await.map(tonic::Response::into_inner);
    let rename = |r: &mut CreateRegionRequest| r.region.as_mut().unwrap().name = "Zeeland".to_owned();
    let made = happens_once(&bed, &region("limburg-2"), rename, create).await.region.expect("it");
    let again = region("limburg-2");
    refuses(&bed, async || create(again).await, Code::AlreadyExists, "REGION_EXISTS", &[("slug", "limburg-2")]).await;
    create(region("a-region")).await.expect("another slug");

    let service = bed.token(&[(R::Service, None)]).await;
    for token in [&token, &service] {
        let list = bed.identity().list_regions(as_token(ListRegionsRequest {}, token)).await.expect("a list").into_inner().regions;
        let slugs: Vec<&str> = list.iter().map(|region| region.slug.as_str()).collect();
        assert_eq!(slugs, ["a-region", "limburg-2", bed.slug.as_str()]);
        assert_eq!(list[1], made);
    }
}

fn ask(bed: &Testbed) -> IssueServiceTokenRequest {
    let secret = bed.frame.settings.service_secret.as_ref().expect("a secret").expose().to_owned();
    let roles = vec![RoleGrant { role: Role::Operator.into(), organisation: String::new() }];
    IssueServiceTokenRequest { client: "import".to_owned(), secret, roles, region: bed.slug.clone() }
}

#[tokio::test]
async fn a_request_for_a_token_is_told_everything_that_is_wrong_with_it() {
    let bed = Testbed::start().await;
    let wrong: &[Wrong<IssueServiceTokenRequest>] = &[
        (|r| *r = IssueServiceTokenRequest::default(), &[("client", "is required"), ("secret", "is required")]),
        (
            |r| {
                r.client = "Import 1".to_owned();
                r.secret = "x".repeat(1001);
                r.region = "Limburg".to_owned();
            },
            &[
                ("client", "is not 1 to 40 lower case letters and hyphens"),
                ("secret", "is longer than 1000 characters"),
                ("region", "is not 2 to 40 lower case letters, digits and hyphens"),
            ],
        ),
        (|r| r.region.clear(), &[("region", "is required with a role other than service and platform admin (D21)")]),
        (
            |r| {
                let grant = |role: Role, organisation: &str| RoleGrant { role: role.into(), organisation: organisation.to_owned() };
                let none = RoleGrant { role: 99, organisation: "x".to_owned() };
                r.roles = vec![grant(Role::Unspecified, ""), grant(Role::Hr, ""), grant(Role::Operator, &unknown("org")), none];
            },
            &[
                ("roles[0].role", "is required"),
                ("roles[1].organisation", "is required for this role"),
                ("roles[2].organisation", "must be empty: this role is for the whole region"),
                ("roles[3].role", "is not a value of its enum"),
                ("roles[3].organisation", "is not an id of this kind: expected org_ followed by 32 hexadecimal digits"),
            ],
        ),
        (|r| r.roles.push(r.roles[0].clone()), &[("roles[1]", "is there twice")]),
        (
            |r| r.roles = vec![RoleGrant { role: Role::Operator.into(), organisation: String::new() }; 51],
            &[("roles", "is not 1 to 50 roles")],
        ),
    ];
    refuses_what_is_wrong(&bed, &ask(&bed), wrong, async |r| bed.identity().issue_service_token(r).await).await;
}

#[tokio::test]
async fn a_token_is_for_who_knows_the_secret() {
    let bed = Testbed::start().await;
    let issue = async |r| bed.identity().issue_service_token(r).await.map(tonic::Response::into_inner);
    for secret in ["wrong", &ask(&bed).secret.to_uppercase(), &ask(&bed).secret[1..]] {
        let request = IssueServiceTokenRequest { secret: secret.to_owned(), ..ask(&bed) };
        refuses(&bed, async || issue(request).await, Code::Unauthenticated, "SECRET_INVALID", &[]).await;
    }
    // Without the secret nobody learns which regions there are.
    let request = IssueServiceTokenRequest { secret: "wrong".to_owned(), region: "nowhere".to_owned(), ..ask(&bed) };
    refuses(&bed, async || issue(request).await, Code::Unauthenticated, "SECRET_INVALID", &[]).await;
    let request = IssueServiceTokenRequest { region: "nowhere".to_owned(), ..ask(&bed) };
    not_found(&bed, "region", async || issue(request).await).await;

    let before = real_now();
    let answer = issue(ask(&bed)).await.expect("a token");
    let caller = bed.frame.tokens.verify(&answer.token).await.expect("a good token").caller().expect("a caller");
    let grants = vec![Grant { role: R::Operator, organisation: None }];
    assert_eq!(caller, Caller { subject: Subject::Client("import".to_owned()), region: Some(bed.region), grants, worker: None });
    let expires = answer.expires_at.as_ref().and_then(Timestamp::from_proto).expect("a time");
    let (low, high) = (before.plus(std::time::Duration::from_secs(600)), real_now().plus(std::time::Duration::from_secs(600)));
    assert!((low..=high).contains(&expires), "ten minutes (D14)");

    let request = IssueServiceTokenRequest { roles: Vec::new(), region: String::new(), ..ask(&bed) };
    let token = issue(request).await.expect("a token").token;
    let caller = bed.frame.tokens.verify(&token).await.expect("a good token").caller().expect("a caller");
    assert_eq!((caller.region, caller.grants), (None, vec![Grant { role: R::Service, organisation: None }]));
}

#[tokio::test]
async fn without_a_secret_in_the_settings_nobody_gets_a_token() {
    let bed = Testbed::start().await;
    let mut settings = (*bed.frame.settings).clone();
    let address = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    (settings.service_secret, settings.listen) = (None, address.local_addr().expect("a port"));
    let frame = chassis::frame::Frame::new(settings).expect("a frame");
    let bus = bus::Bus::connect(&frame.settings).await.expect("a bus");
    let part = members::start(&frame, &bus).await.expect("members starts");
    let serving = tokio::spawn({
        let frame = frame.clone();
        async move { chassis::server::serve(&frame, address, vec![part]).await }
    });
    let mut client = proto::members::identity_service_client::IdentityServiceClient::new(frame.peer("members"));
    for secret in ["", "x"] {
        let request = IssueServiceTokenRequest { secret: secret.to_owned(), ..ask(&bed) };
        assert!(client.issue_service_token(request).await.is_err());
    }
    let status = client.issue_service_token(ask(&bed)).await.expect_err("no secret is right");
    assert_eq!(testkit::reason(&status), "SECRET_INVALID");
    assert!(frame.shutdown.drain(std::time::Duration::from_secs(20)).await);
    serving.await.expect("no panic").expect("a good end");
}

#[tokio::test]
async fn the_public_keys_are_told_and_the_private_ones_are_not() {
    let bed = Testbed::start().await;
    let jwks = bed.identity().get_signing_keys(GetSigningKeysRequest {}).await.expect("keys").into_inner().jwks;
    let keys: serde_json::Value = serde_json::from_str(&jwks).expect("JSON");
    let key = &keys["keys"][0];
    assert_eq!((key["kty"].as_str(), key["crv"].as_str(), key["kid"].as_str()), (Some("OKP"), Some("Ed25519"), Some("test")));
    assert_eq!(key["d"], serde_json::Value::Null);
}
