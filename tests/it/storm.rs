//! A storm: 500 workers claim one shift with three places at once. In the distributed mode two processes of flexpool take it, and one of
//! them is killed in the middle.

use std::collections::BTreeMap;

use futures::{StreamExt, stream::FuturesUnordered};
use proto::flexpool::{ClaimShiftRequest, ListClaimsRequest, ListMyClaimsRequest};
use testkit::{
    Mode, as_token, mode,
    process::{Installation, Options},
    reason,
    region::{Builder, Colleague, Opening, Person, Region},
    request_id, wait_until,
};
use tonic::{Code, Status};

const WORKERS: usize = 500;
const PLACES: usize = 3;

/// What a worker was told in the end, and how often the way there was cut.
struct Answer {
    worker: usize,
    /// The claim, or the reason why not.
    told: Result<String, String>,
    cut_off: usize,
}

/// Whether a client that gets this status knows nothing about what happened, or was asked to come again. Both mean: the same request
/// again, under the same id.
fn is_to_be_repeated(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable | Code::Unknown | Code::Cancelled | Code::Aborted | Code::DeadlineExceeded | Code::ResourceExhausted
    )
}

/// Claims at one replica, and after each failure at the next one, until there is an answer.
async fn claim(replicas: &[Region], worker: usize, colleague: &Colleague, request: &ClaimShiftRequest) -> Answer {
    let mut cut_off = 0;
    let told = wait_until("an answer to a claim", async || {
        let replica = &replicas[(worker + cut_off) % replicas.len()];
        match replica.claims().claim_shift(as_token(request.clone(), &colleague.token)).await {
            Ok(answer) => Ok(Ok(answer.into_inner().claim.expect("a claim").id)),
            Err(status) if status.code() == Code::FailedPrecondition => Ok(Err(reason(&status))),
            Err(status) if is_to_be_repeated(&status) => {
                cut_off += usize::from(status.code() != Code::Aborted);
                Err(format!("{status:?}"))
            }
            Err(status) => panic!("worker {worker}: neither a place nor a reason: {status:?}"),
        }
    })
    .await;
    Answer { worker, told, cut_off }
}

/// The claims on the shift, as its planner sees them.
async fn confirmed(region: &Region, shift: &str, planner: &str) -> Vec<String> {
    let request = ListClaimsRequest { shift: shift.to_owned(), page_size: 200, ..ListClaimsRequest::default() };
    let list = region.claims().list_claims(as_token(request, planner)).await.expect("the claims").into_inner();
    let mut ids: Vec<String> = list.claims.into_iter().map(|claim| claim.id).collect();
    ids.sort();
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_five_hundred_claims_on_three_places_three_are_confirmed_and_every_other_gets_a_reason() {
    let mut installation = Installation::start(Options::default()).await;
    let region = installation.region.clone();
    let builder = Builder::new(&region).await;
    let employer = builder.employer("Zonnehof").await;
    let pool = builder.pool(&[&employer]).await;
    let colleagues = builder.workers(&employer, &Person::default(), WORKERS).await;
    installation.caught_up().await;
    let shift = builder.shift(&employer, &pool, &Opening::on(region.day(5)).places(PLACES as i32)).await;

    let replicas: Vec<Region> = installation.replicas("flexpool").iter().map(|url| region.at_flexpool(url)).collect();
    let requests: Vec<ClaimShiftRequest> = colleagues
        .iter()
        .map(|_| ClaimShiftRequest { shift: shift.id.clone(), request_id: request_id(), ..ClaimShiftRequest::default() })
        .collect();
    let mut storm: FuturesUnordered<_> =
        (0..WORKERS).map(|worker| claim(&replicas, worker, &colleagues[worker], &requests[worker])).collect();
    let mut answers = Vec::new();
    let mut to_be_killed = mode() == Mode::Distributed;
    while let Some(answer) = storm.next().await {
        // The first answer of the first replica: it is in the middle of the others.
        if to_be_killed && answer.worker.is_multiple_of(replicas.len()) {
            installation.process("flexpool", 0).kill();
            to_be_killed = false;
        }
        answers.push(answer);
    }
    drop(storm);

    let mut placed: Vec<String> = answers.iter().filter_map(|answer| answer.told.clone().ok()).collect();
    placed.sort();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for refused in answers.iter().filter_map(|answer| answer.told.as_ref().err()) {
        *reasons.entry(refused.clone()).or_default() += 1;
    }
    assert_eq!(reasons, BTreeMap::from([("SHIFT_FULL".to_owned(), WORKERS - PLACES)]));
    assert_eq!(placed, confirmed(&region, &shift.id, &employer.planner).await);
    let cut_off: usize = answers.iter().map(|answer| answer.cut_off).sum();
    assert!(mode() == Mode::Embedded || cut_off > 0, "nobody was under way when a process was killed");

    // Whoever has a place asks once more and is told the same; it stands among the own claims.
    for answer in answers.iter().filter(|answer| answer.told.is_ok()) {
        let (colleague, request) = (&colleagues[answer.worker], &requests[answer.worker]);
        let again = claim(&replicas[replicas.len() - 1..], answer.worker, colleague, request).await;
        assert_eq!(again.told, answer.told);
        let mine = region.claims().list_my_claims(as_token(ListMyClaimsRequest::default(), &colleague.token)).await;
        let mine: Vec<_> = mine.expect("the own claims").into_inner().claims.into_iter().filter_map(|mine| mine.claim).collect();
        let mine: Vec<&str> = mine.iter().map(|claim| claim.id.as_str()).collect();
        assert_eq!(mine, [again.told.as_deref().expect("a place")]);
    }
    installation.check();
}
