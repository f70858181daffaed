//! Users: who may be made, by whom.

use chassis::{
    caller::{Caller, Grant, Role as R, Subject},
    ids::UserId,
};
use proto::members::{CreateUserRequest, GetMeRequest, Identity, Role, RoleGrant, User};
use testkit::{
    Testbed, as_token,
    region::{Person, Region},
    request_id,
};
use tonic::Code;

use crate::support::{Wrong, happens_once, not_found, refuses, refuses_what_is_wrong, unknown};

pub(crate) fn grant(role: Role, organisation: &str) -> RoleGrant {
    RoleGrant { role: role.into(), organisation: organisation.to_owned() }
}

pub(crate) fn user(roles: Vec<RoleGrant>, worker: &str) -> CreateUserRequest {
    let user = User { display_name: "Sam Jansen".to_owned(), roles, worker: worker.to_owned(), ..User::default() };
    CreateUserRequest { user: Some(user), identity: None, request_id: request_id() }
}

pub(crate) fn with_identity(subject: &str, request: CreateUserRequest) -> CreateUserRequest {
    let identity = Identity { issuer: "https://provider.example".to_owned(), subject: subject.to_owned() };
    CreateUserRequest { identity: Some(identity), ..request }
}

const NOT_FOR_PEOPLE: &str = "is not for people: only the secret of the installation gives it";

#[tokio::test]
async fn a_user_is_told_everything_that_is_wrong_with_it() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let wrong: &[Wrong<CreateUserRequest>] = &[
        (|r| *r = CreateUserRequest::default(), &[("user", "is required"), ("request_id", "is not a UUID (D25)")]),
        (|r| r.user = Some(User::default()), &[("user.display_name", "is required"), ("user.roles", "is not 1 to 50 roles")]),
        (
            |r| {
                let user = r.user.as_mut().unwrap();
                user.id = "usr_1".to_owned();
                user.region = "limburg".to_owned();
                user.display_name = "Sam 123456782".to_owned();
                user.worker = unknown("wrk");
            },
            &[
                ("user.id", "is set by the service and must be empty"),
                ("user.region", "is set by the service and must be empty"),
                ("user.display_name", "holds what looks like a citizen service number (IDN-07)"),
                ("user.worker", "is only for the role worker"),
            ],
        ),
        (
            |r| {
                r.user.as_mut().unwrap().display_name = "x".repeat(121);
                r.user.as_mut().unwrap().roles = vec![grant(Role::Worker, "")];
            },
            &[("user.display_name", "is longer than 120 characters"), ("user.worker", "is required with the role worker")],
        ),
        (
            |r| {
                let roles = vec![
                    grant(Role::Worker, ""),
                    grant(Role::Planner, ""),
                    grant(Role::Auditor, &unknown("org")),
                    grant(Role::Unspecified, ""),
                ];
                let user = r.user.as_mut().unwrap();
                (user.roles, user.worker) = (roles, "sam".to_owned());
            },
            &[
                ("user.roles[1].organisation", "is required for this role"),
                ("user.roles[2].organisation", "must be empty: this role is for the whole region"),
                ("user.roles[3].role", "is required"),
                ("user.worker", "is not an id of this kind: expected wrk_ followed by 32 hexadecimal digits"),
            ],
        ),
        (
            |r| r.user.as_mut().unwrap().roles = vec![grant(Role::PlatformAdmin, ""), grant(Role::Service, "")],
            &[("user.roles[0].role", NOT_FOR_PEOPLE), ("user.roles[1].role", NOT_FOR_PEOPLE)],
        ),
        (|r| r.user.as_mut().unwrap().roles = vec![grant(Role::Coach, ""); 2], &[("user.roles[1]", "is there twice")]),
        (|r| r.identity = Some(Identity::default()), &[("identity.issuer", "is required"), ("identity.subject", "is required")]),
        (
            |r| r.identity = Some(Identity { issuer: "x".repeat(301), subject: "x".repeat(256) }),
            &[("identity.issuer", "is longer than 300 characters"), ("identity.subject", "is longer than 255 characters")],
        ),
    ];
    let create = async |r| bed.identity().create_user(as_token(r, builder.operator())).await;
    refuses_what_is_wrong(&bed, &user(vec![grant(Role::Operator, "")], ""), wrong, create).await;
    let planner = user(vec![grant(Role::Planner, &unknown("org"))], "");
    not_found(&bed, "organisation", async || create(planner).await).await;
    let worker = user(vec![grant(Role::Worker, "")], &unknown("wrk"));
    not_found(&bed, "worker", async || create(worker).await).await;
}

#[tokio::test]
async fn a_user_with_a_known_identity_is_made_once_and_the_identity_is_one_users_everywhere() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let employer = builder.employer_without_agreement("Zonnehof").await;
    let worker = builder.worker(&employer, &Person::default()).await;
    let create = async |r| bed.identity().create_user(as_token(r, builder.operator())).await.map(tonic::Response::into_inner);
    let roles = vec![grant(Role::Worker, ""), grant(Role::Planner, &employer.id), grant(Role::Coach, ""), grant(Role::Coach, &employer.id)];
    let request = with_identity("sam", user(roles.clone(), &worker.id));
    let rename = |r: &mut CreateUserRequest| r.user.as_mut().unwrap().display_name = "Other".to_owned();
    let made = happens_once(&bed, &request, rename, create).await;
    assert_eq!(made.invitation_code, "");
    let made = made.user.expect("it");
    let (worker, region) = (worker.id, bed.slug.clone());
    let expected = User { id: made.id.clone(), display_name: "Sam Jansen".to_owned(), roles, worker, region };
    assert_eq!(made, expected);

    let taken = || with_identity("sam", user(vec![grant(Role::Operator, "")], ""));
    refuses(&bed, async || create(taken()).await, Code::AlreadyExists, "IDENTITY_TAKEN", &[]).await;
    let elsewhere = Region::create(&bed.frame.settings).await;
    let stranger = elsewhere.token(&[(R::Operator, None)]).await;
    let send = async || elsewhere.identity().create_user(as_token(taken(), &stranger)).await;
    refuses(&bed, send, Code::AlreadyExists, "IDENTITY_TAKEN", &[]).await;
    create(with_identity("Sam", user(vec![grant(Role::Operator, "")], ""))).await.expect("a subject's case matters");

    let me = |id: &str, region| Caller {
        subject: Subject::User(id.parse().expect("a user's id")),
        region: Some(region),
        grants: vec![Grant { role: R::Worker, organisation: None }],
        worker: None,
    };
    let get = async |token: &str| bed.identity().get_me(as_token(GetMeRequest {}, token)).await.map(|answer| answer.into_inner().user);
    assert_eq!(get(&bed.sign(&me(&made.id, bed.region))).await.expect("it"), Some(made.clone()));
    not_found(&bed, "user", async || get(&bed.sign(&me(&made.id, elsewhere.id))).await).await;
    not_found(&bed, "user", async || get(&bed.sign(&me(&UserId::new().to_string(), bed.region))).await).await;
    not_found(&bed, "user", async || get(builder.operator()).await).await;
}

#[tokio::test]
async fn hr_invites_the_own_workers_as_workers_and_nobody_else() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let (own, other) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
    let (mine, theirs) = (builder.worker(&own, &Person::default()).await.id, builder.worker(&other, &Person::default()).await.id);
    let create = async |r| bed.identity().create_user(as_token(r, &own.hr)).await.map(tonic::Response::into_inner);
    let made = create(user(vec![grant(Role::Worker, "")], &mine)).await.expect("invited");
    assert_ne!(made.invitation_code, "");

    not_found(&bed, "worker", async || create(user(vec![grant(Role::Worker, "")], &theirs)).await).await;
    not_found(&bed, "worker", async || create(user(vec![grant(Role::Worker, "")], &unknown("wrk"))).await).await;
    for request in [
        user(vec![grant(Role::Planner, &own.id)], ""),
        user(vec![grant(Role::Worker, ""), grant(Role::Planner, &own.id)], &mine),
        user(vec![grant(Role::Operator, "")], ""),
        with_identity("mallory", user(vec![grant(Role::Worker, "")], &mine)),
    ] {
        refuses(&bed, async || create(request).await, Code::PermissionDenied, "FORBIDDEN", &[]).await;
    }
}
