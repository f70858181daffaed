//! A storm: 500 workers claim each of ten shifts with three places, 5,000 claims, half a thousand of them at any time. In the distributed mode
//! two processes of flexpool take it, and one of them is killed in the middle.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
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
const SHIFTS: usize = 10;
const CLAIMS: usize = WORKERS * SHIFTS;
const PLACES: usize = 3;
/// So many claims are under way at any time.
const AT_ONCE: usize = 500;

/// What a worker was told in the end, and how often the way there was cut.
struct Answer {
    /// Which claim: the worker's and the shift's numbers follow from it.
    number: usize,
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
async fn claim(replicas: &[Region], number: usize, colleague: &Colleague, request: &ClaimShiftRequest) -> Answer {
    let mut cut_off = 0;
    let told = wait_until("an answer to a claim", async || {
        let replica = &replicas[(number + cut_off) % replicas.len()];
        match replica.claims().claim_shift(as_token(request.clone(), &colleague.token)).await {
            Ok(answer) => Ok(Ok(answer.into_inner().claim.expect("a claim").id)),
            Err(status) if status.code() == Code::FailedPrecondition => Ok(Err(reason(&status))),
            Err(status) if is_to_be_repeated(&status) => {
                cut_off += usize::from(status.code() != Code::Aborted);
                Err(format!("{status:?}"))
            }
            Err(status) => panic!("claim {number}: neither a place nor a reason: {status:?}"),
        }
    })
    .await;
    Answer { number, told, cut_off }
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
async fn of_five_thousand_claims_on_thirty_places_thirty_are_confirmed_and_every_other_gets_a_reason() {
    let mut installation = Installation::start(Options::default()).await;
    let region = installation.region.clone();
    let builder = Builder::new(&region).await;
    let employer = builder.employer("Zonnehof").await;
    let pool = builder.pool(&[&employer]).await;
    let colleagues = builder.workers(&employer, &Person::default(), WORKERS).await;
    installation.caught_up().await;
    let mut shifts = Vec::new();
    // Days apart: nobody is in the way of their own other claim.
    for days in (0..SHIFTS).map(|n| 5 + 3 * n as i64) {
        shifts.push(builder.shift(&employer, &pool, &Opening::on(region.day(days)).places(PLACES as i32)).await.id);
    }

    let replicas: Vec<Region> = installation.replicas("flexpool").iter().map(|url| region.at_flexpool(url)).collect();
    // Everybody wants the first one first.
    let request = |number: usize| ClaimShiftRequest {
        shift: shifts[number / WORKERS].clone(),
        request_id: request_id(),
        ..ClaimShiftRequest::default()
    };
    let requests: Vec<ClaimShiftRequest> = (0..CLAIMS).map(request).collect();
    let each = (0..CLAIMS).map(|number| claim(&replicas, number, &colleagues[number % WORKERS], &requests[number]));
    let mut storm = stream::iter(each).buffer_unordered(AT_ONCE);
    let mut answers = Vec::new();
    let mut to_be_killed = mode() == Mode::Distributed;
    while let Some(answer) = storm.next().await {
        answers.push(answer);
        if to_be_killed && answers.len() == CLAIMS / 3 {
            installation.process("flexpool", 0).kill();
            to_be_killed = false;
        }
    }
    drop(storm);

    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for refused in answers.iter().filter_map(|answer| answer.told.as_ref().err()) {
        *reasons.entry(refused.clone()).or_default() += 1;
    }
    assert_eq!(reasons, BTreeMap::from([("SHIFT_FULL".to_owned(), CLAIMS - SHIFTS * PLACES)]));
    for (at, shift) in shifts.iter().enumerate() {
        let of_it = answers.iter().filter(|answer| answer.number / WORKERS == at);
        let mut placed: Vec<String> = of_it.filter_map(|answer| answer.told.clone().ok()).collect();
        placed.sort();
        assert_eq!(placed, confirmed(&region, shift, &employer.planner).await);
        assert_eq!(placed.len(), PLACES);
    }
    let cut_off: usize = answers.iter().map(|answer| answer.cut_off).sum();
    assert!(mode() == Mode::Embedded || cut_off > 0, "nobody was under way when a process was killed");

    // Whoever has a place asks once more and is told the same; it stands among the own claims.
    for answer in answers.iter().filter(|answer| answer.told.is_ok()) {
        let (colleague, request) = (&colleagues[answer.number % WORKERS], &requests[answer.number]);
        let again = claim(&replicas[replicas.len() - 1..], answer.number, colleague, request).await;
        assert_eq!(again.told, answer.told);
        let mine = region.claims().list_my_claims(as_token(ListMyClaimsRequest::default(), &colleague.token)).await;
        let mut mine = mine.expect("the own claims").into_inner().claims.into_iter().filter_map(|mine| mine.claim);
        assert!(mine.any(|claim| Ok(claim.id) == again.told), "a place that is not among the own claims");
    }
    installation.check();
}
