//! What workers agree to: by themselves, dated, and revocable.

use proto::members::{Consent, ConsentKind, GiveConsentRequest, ListConsentsRequest, RevokeConsentRequest};
use testkit::{
    Testbed, as_token,
    region::{Colleague, Employer, Person},
    request_id,
};
use tonic::Status;

use crate::support::{Wrong, count, happens_once, not_found, refuses_what_is_wrong, unknown};

async fn worker(bed: &Testbed) -> (Employer, Employer, Colleague) {
    let builder = bed.builder().await;
    let (own, other) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
    let worker = builder.worker(&own, &Person::default()).await;
    (own, other, worker)
}

fn give(kind: ConsentKind) -> GiveConsentRequest {
    GiveConsentRequest { kind: kind.into(), request_id: request_id() }
}

async fn send(bed: &Testbed, request: GiveConsentRequest, token: &str) -> Result<Consent, Status> {
    Ok(bed.consents().give_consent(as_token(request, token)).await?.into_inner().consent.expect("it"))
}

async fn revoke(bed: &Testbed, id: &str, token: &str) -> Result<Consent, Status> {
    let request = RevokeConsentRequest { id: id.to_owned(), request_id: request_id() };
    Ok(bed.consents().revoke_consent(as_token(request, token)).await?.into_inner().consent.expect("it"))
}

async fn list(bed: &Testbed, worker: &Colleague, token: &str) -> Result<Vec<Consent>, Status> {
    let request = ListConsentsRequest { worker: worker.id.clone() };
    Ok(bed.consents().list_consents(as_token(request, token)).await?.into_inner().consents)
}

#[tokio::test]
async fn a_consent_is_told_everything_that_is_wrong_with_it() {
    let bed = Testbed::start().await;
    let (_, _, worker) = worker(&bed).await;
    let wrong: &[Wrong<GiveConsentRequest>] = &[
        (|r| *r = GiveConsentRequest::default(), &[("kind", "is required"), ("request_id", "is not a UUID (D25)")]),
        (|r| r.kind = 10, &[("kind", "is not a value of its enum")]),
    ];
    refuses_what_is_wrong(&bed, &give(ConsentKind::Lending), wrong, async |r| send(&bed, r, &worker.token).await).await;
}

#[tokio::test]
async fn a_consent_is_given_once_and_revoked_by_the_worker_alone() {
    let bed = Testbed::start().await;
    let (own, other, worker) = worker(&bed).await;
    let change = |r: &mut GiveConsentRequest| r.kind = ConsentKind::Lending.into();
    let given = happens_once(&bed, &give(ConsentKind::SplitShifts), change, async |r| send(&bed, r, &worker.token).await).await;
    assert_eq!((given.kind(), given.revoked_at), (ConsentKind::SplitShifts, None));
    assert_eq!(send(&bed, give(ConsentKind::SplitShifts), &worker.token).await.expect("the same"), given);

    let stranger = bed.worker_token(chassis::ids::UserId::new(), &unknown("wrk"));
    not_found(&bed, "worker", async || revoke(&bed, &given.id, &stranger).await).await;
    not_found(&bed, "consent", async || revoke(&bed, &unknown("cns"), &worker.token).await).await;
    let revoked = revoke(&bed, &given.id, &worker.token).await.expect("revoked");
    assert!(revoked.revoked_at.is_some() && revoked.given_at == given.given_at);
    assert_eq!(revoke(&bed, &given.id, &worker.token).await.expect("the same"), revoked);
    let again = send(&bed, give(ConsentKind::SplitShifts), &worker.token).await.expect("given again");
    assert_ne!(again.id, given.id);
    assert_eq!(revoke(&bed, &given.id, &worker.token).await.expect("the same"), revoked, "the later one still holds");

    for token in [&worker.token, &own.hr] {
        assert_eq!(list(&bed, &worker, token).await.expect("listed"), [revoked.clone(), again.clone()]);
    }
    not_found(&bed, "worker", async || list(&bed, &worker, &other.hr).await).await;
    let told = "SELECT COUNT(*) AS n FROM event_log WHERE kind LIKE '%.ConsentChanged'";
    assert_eq!(count(&bed.db("members"), told).await, 3);
}
