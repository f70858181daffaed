//! A whole process with its SQLite files, killed in the middle of whatever it does and started again.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use rand::Rng;
use testservers::variable;

use crate::{
    harness::{Harness, Recorder, distributed, effects, storm, wait_until},
    servers::rounds,
};

/// Where the process to be killed finds its files.
const FILES: &str = "REGIOPOOL_TEST_FILES";

/// Not a test but the process: it writes and takes until it is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_process_that_is_killed() {
    let Some(folder) = variable(FILES) else { return };
    let harness = Harness::in_folder(Path::new(&folder));
    let replica = harness.replica(Some(Arc::new(Recorder))).await;
    loop {
        storm(&replica.producer, harness.region, &mut rand::SeedableRng::from_os_rng(), 10).await;
    }
}

fn start(folder: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("a running test has a path"));
    command.args(["--exact", "sqlite::the_process_that_is_killed"]).env(FILES, folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the process starts")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_again_and_again_on_its_sqlite_files_loses_and_repeats_nothing() {
    if distributed() {
        return;
    }
    for mut rng in rounds() {
        let harness = Harness::start().await;
        let consumer = harness.consumer().await;
        for _ in 0..3 {
            let wanted = effects(&consumer).await.len() + rng.random_range(1..150);
            let mut process = start(harness.folder());
            wait_until("the moment", async || {
                let taken = effects(&consumer).await.len();
                let ended = process.try_wait().expect("a process");
                assert!(ended.is_none(), "the process ended by itself: {ended:?}");
                if taken >= wanted { Ok(()) } else { Err(format!("{taken} of {wanted} effects")) }
            })
            .await;
            process.kill().expect("killed");
            process.wait().expect("ended");
        }
        let last = harness.replica(Some(Arc::new(Recorder))).await;
        harness.assert_exactly_once().await;
        last.stop().await;
    }
}
