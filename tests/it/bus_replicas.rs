//! Whatever dies while workers are being created: flexpool's copy has every one of them afterwards, once.

use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use proto::{
    flexpool::ListOpenShiftsRequest,
    members::{CreateWorkerRequest, ListWorkersRequest, Worker},
};
use testkit::{
    Mode, as_token, mode,
    process::{Installation, Options},
    region::{Builder, Employer, Opening, Person, Region},
    wait_until,
};
use tonic::Code;

const WORKERS: usize = 90;

/// Creates the worker, with the same request again when the answer was lost.
async fn create(region: &Region, operator: &str, request: &CreateWorkerRequest) -> Worker {
    wait_until("a worker to be created", async || match region.workers().create_worker(as_token(request.clone(), operator)).await {
        Ok(made) => Ok(made.into_inner().worker.expect("the worker")),
        Err(status) if matches!(status.code(), Code::Unavailable | Code::Unknown | Code::Cancelled | Code::DeadlineExceeded) => {
            Err(format!("{status:?}"))
        }
        Err(status) => panic!("{status:?}"),
    })
    .await
}

async fn listed(region: &Region, operator: &str, employer: &Employer) -> Vec<String> {
    let (mut ids, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListWorkersRequest { organisation: employer.id.clone(), page_size: 200, page_token };
        let page = region.workers().list_workers(as_token(request, operator)).await.expect("a page").into_inner();
        ids.extend(page.workers.into_iter().map(|worker| worker.id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return ids;
        }
    }
}

/// Kills what started first and so took the leases of the partitions: it is the relay, it is the consumer. In the embedded mode it is all
/// there is and comes back; in the distributed one the other process of each service goes on alone.
async fn fell(installation: &mut Installation) {
    match mode() {
        Mode::Embedded => installation.restart("members", 0).await,
        Mode::Distributed => {
            installation.process("members", 0).kill();
            installation.process("flexpool", 0).kill();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_is_complete_after_its_relay_and_its_consumer_were_killed() {
    let mut installation = Installation::start(Options::default()).await;
    let builder = Builder::new(&installation.region).await;
    let employer = builder.employer("Zonnehof").await;
    let pool = builder.pool(&[&employer]).await;
    let operator = builder.operator().to_owned();

    let region = installation.region.clone();
    let requests: Vec<_> = (0..WORKERS).map(|_| builder.worker_request(&employer, &Person::default())).collect();
    let mut made = Vec::new();
    for (third, part) in requests.chunks(WORKERS / 3).enumerate() {
        let creating = async {
            let each = part.iter().map(|request| create(&region, &operator, request));
            stream::iter(each.collect::<Vec<_>>()).buffer_unordered(4).collect::<Vec<_>>().await
        };
        let (part, ()) = tokio::join!(creating, async {
            if third == 1 {
                fell(&mut installation).await;
            }
        });
        made.extend(part);
    }
    if mode() == Mode::Distributed {
        installation.restart("members", 0).await;
        installation.restart("flexpool", 0).await;
    }

    installation.caught_up().await;
    let ids: BTreeSet<String> = made.iter().map(|worker| worker.id.clone()).collect();
    let known = listed(&region, &operator, &employer).await;
    assert_eq!((known.len(), known.into_iter().collect::<BTreeSet<_>>()), (WORKERS, ids));
    // Whom flexpool knows, with employment and agreement, may claim.
    builder.shift(&employer, &pool, &Opening::on(region.day(3))).await;
    for worker in made {
        let colleague = builder.colleague(worker);
        let request = as_token(ListOpenShiftsRequest { claimable_only: true, ..Default::default() }, &colleague.token);
        let open = region.shifts().list_open_shifts(request).await.expect("the open shifts").into_inner();
        assert_eq!(open.shifts.len(), 1, "{} is not known well", colleague.id);
    }
    installation.check();
    let status = installation.run(&["status", "--json"]);
    assert!(status.status.success(), "regiopool status: {}", String::from_utf8_lossy(&status.stderr));
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).expect("JSON");
    let partitions = status["consumers"][0]["partitions"].as_array().expect("partitions");
    let behind: Vec<i64> = partitions.iter().map(|partition| partition["behind"].as_i64().expect("a number")).collect();
    assert_eq!(behind, [0; 16]);
}
