//! The demo region: made once, whole, and with people who can sign in and find something to do.

use chassis::time::real_now;
use proto::{
    flexpool::ListShiftsRequest,
    members::{ListOrganisationsRequest, ListWorkersRequest},
};
use testkit::{
    as_token,
    process::{Installation, Options},
    wait_until,
};

use crate::browser::Browser;

/// Runs a command on the installation, and gives what it says.
fn run(installation: &Installation, arguments: &[&str]) -> String {
    let settings = installation.settings();
    let (members, flexpool) = (settings.url("members"), settings.url("flexpool"));
    let here = ["--members-url", &members, "--flexpool-url", &flexpool, "--portal-url", installation.portal()];
    let done = installation.run(&[arguments, &here[..]].concat());
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("text")
}

/// Personnel numbers and external references per organisation: all that names something in the region.
async fn everything(installation: &Installation) -> Vec<(String, Vec<String>, Vec<String>)> {
    let token = run(installation, &["token", "--role", "operator", "--region", "demo"]);
    let (region, token) = (&installation.region, token.trim());
    let request = ListOrganisationsRequest { page_size: 200, ..Default::default() };
    let organisations = region.organisations().list_organisations(as_token(request, token)).await.expect("organisations").into_inner();
    let mut everything = Vec::new();
    for organisation in organisations.organisations {
        let request = ListWorkersRequest { organisation: organisation.id.clone(), page_size: 200, ..Default::default() };
        let workers = region.workers().list_workers(as_token(request, token)).await.expect("workers").into_inner().workers;
        let request = ListShiftsRequest { organisation: organisation.id, page_size: 200, ..Default::default() };
        let shifts = region.shifts().list_shifts(as_token(request, token)).await.expect("shifts").into_inner().shifts;
        let numbers = workers.into_iter().map(|worker| worker.employments[0].personnel_number.clone()).collect();
        everything.push((organisation.name, numbers, shifts.into_iter().map(|shift| shift.external_reference).collect()));
    }
    everything
}

// The commands run while this test goes on carrying their calls to the replicas.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_region_is_made_once_and_its_people_find_shifts_that_fit() {
    let mut installation = Installation::start(Options::default()).await;
    let today = real_now().local_date();
    let demo = ["demo", "--seed", "7", "--anchor", &today.to_string()];
    let said = run(&installation, &demo);
    assert!(said.contains("6 organisations, 240 workers, 150 shifts"), "{said}");
    let made = everything(&installation).await;
    assert_eq!(made.len(), 6);
    assert_eq!(made.iter().map(|(_, _, shifts)| shifts.len()).sum::<usize>(), 150);

    // Made again, and on a later day: it stands as it was.
    assert_eq!(run(&installation, &demo), said);
    let tomorrow = today.0.succ_opt().expect("a day").to_string();
    run(&installation, &["demo", "--seed", "7", "--anchor", &tomorrow]);
    assert_eq!(everything(&installation).await, made);

    let mut worker = Browser::new(installation.portal());
    let offered = worker.get("/sign-in").await;
    assert!(offered.text().contains("Sanne Willems"), "{}", offered.text());
    let home = worker.sign_in("sanne.willems").await;
    assert!(!home.path.starts_with("/invitation"), "{}: {}", home.path, home.text());
    wait_until("somebody of the demo to be offered a shift", async || {
        let page = worker.get("/open?claimable=1").await;
        page.forms().into_iter().find(|form| form.action.ends_with("/claim")).ok_or_else(|| page.text())
    })
    .await;
    installation.check();
    installation.stop().await;
}

/// The large region is made by the public import from files: here a hundredth of its people at all of its employers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_large_demo_region_comes_in_through_the_public_import_and_once() {
    let mut installation = Installation::start(Options::default()).await;
    let demo = ["demo", "--scale", "hundredth", "--seed", "3"];
    let said = run(&installation, &demo);
    assert!(said.contains("90 organisations, 7") && said.contains("29 people who can sign in"), "{said}");
    assert_eq!(run(&installation, &demo), said, "a region that stands is left as it is");
    let made = everything(&installation).await;
    let hospital = made.iter().find(|(name, ..)| name.starts_with("Ziekenhuis")).expect("a hospital");
    assert!(hospital.1.len() >= 10 && !hospital.2.is_empty(), "{hospital:?}");
    installation.caught_up().await;
    installation.check();
    installation.stop().await;
}
