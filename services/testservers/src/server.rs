//! A server process: how it is started, stopped and started again, whatever it is.

use std::{
    fs, io,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::variable;

/// Longer than any server takes to start, or to find out what became of another one.
const PATIENCE: Duration = Duration::from_secs(60);
const TRIES: u32 = 5;

/// How a server is run on a port, with its files in a folder.
type Run = Box<dyn Fn(&Path, u16) -> Command + Send + Sync>;
/// Whether it serves: asked with its port and what it has written to its log since it was started.
type Ready = fn(u16, &str) -> bool;

/// A server process with its folder; both end with the value.
pub(crate) struct Server {
    name: &'static str,
    child: Child,
    folder: TempDir,
    pub(crate) port: u16,
    /// Lets the server put away what outlives a killed process.
    farewell: &'static str,
    run: Run,
    ready: Ready,
    starts: u32,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} at {}", self.name, self.pid(), self.port)
    }
}

impl Server {
    /// Starts a server on a free port, on another one when somebody was faster.
    pub(crate) fn start(name: &'static str, folder: TempDir, farewell: &'static str, run: Run, ready: Ready) -> Self {
        let port = free_port();
        let child = launch(run(folder.path(), port), &log(folder.path(), 1));
        let mut server = Self { name, child, folder, port, farewell, run, ready, starts: 1 };
        for _ in 0..TRIES {
            if server.answers() {
                return server;
            }
            server.stop("KILL");
            server.port = free_port();
            server.launch();
        }
        panic!("{name} did not start: {}", server.log());
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it wrote since it was started.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(log(self.folder(), self.starts)).unwrap_or_default()
    }

    /// Whether its process has not ended; it may be paused.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it with this signal, also when it is paused or has ended already.
    pub(crate) fn stop(&mut self, signal: &str) {
        if self.is_running() {
            send(self.pid(), signal);
            send(self.pid(), "CONT");
        }
        let _ = self.child.wait();
    }

    /// Starts it again at the same address, after it was stopped.
    ///
    /// # Panics
    /// When it does not come up; with its log.
    pub(crate) fn restart(&mut self) {
        let start = Instant::now();
        loop {
            self.launch();
            if self.answers() {
                return;
            }
            // What the killed one left may be in the way for a moment: its own children, its port.
            self.stop("KILL");
            assert!(start.elapsed() < PATIENCE, "{} did not start again: {}", self.name, self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn launch(&mut self) {
        self.starts += 1;
        self.child = launch((self.run)(self.folder(), self.port), &log(self.folder(), self.starts));
    }

    fn answers(&mut self) -> bool {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if (self.ready)(self.port, &self.log()) {
                return true;
            }
            if !self.is_running() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop(self.farewell);
    }
}

/// Asks until the probe is content; its error says what the state is instead.
///
/// # Panics
/// After a minute, with the last state.
pub(crate) fn wait_until(what: &str, mut probe: impl FnMut() -> Result<(), String>) {
    let start = Instant::now();
    while let Err(state) = probe() {
        assert!(start.elapsed() < PATIENCE, "waited {PATIENCE:?} for {what}; the last state was: {state}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A port of the loopback interface that nobody listened on a moment ago.
///
/// # Panics
/// When the machine has none.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// A folder for the files of a test, in the folder of this run where the test command made one, which is in memory if it can be.
///
/// # Panics
/// When no folder can be made.
pub fn temporary() -> TempDir {
    folder_in(variable("REGIOPOOL_TEST_FOLDER")).expect("a temporary folder")
}

/// The same on the disk, where what is synchronised is kept.
///
/// # Panics
/// When no folder can be made.
pub(crate) fn on_disk() -> TempDir {
    folder_in(None).expect("a temporary folder")
}

fn folder_in(parent: Option<String>) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    // A server of another user must be able to enter it.
    builder.prefix("regiopool-test-").permissions(fs::Permissions::from_mode(0o755));
    match parent {
        Some(parent) => builder.tempdir_in(parent),
        None => builder.tempdir(),
    }
}

/// Sends a signal to a process of ours, by its number. One that has ended already is fine.
pub fn send(pid: u32, signal: &str) {
    let _ = Command::new("kill").arg(format!("-{signal}")).arg(pid.to_string()).stderr(Stdio::null()).status();
}

fn log(folder: &Path, start: u32) -> std::path::PathBuf {
    folder.join(format!("log-{start}"))
}

fn launch(mut command: Command, log: &Path) -> Child {
    let log = fs::File::create(log).expect("a log file");
    let errors = log.try_clone().expect("a log file");
    let program = command.get_program().to_owned();
    let child = command.stdin(Stdio::null()).stdout(log).stderr(errors).spawn();
    child.unwrap_or_else(|error| panic!("{} does not run ({error}); the test command installs it", program.display()))
}
