//! The real program as real processes: what stories run against.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
};

use chassis::{
    config::{Demo, Settings},
    db::Db,
};
use tempfile::TempDir;

use crate::{
    Mode,
    balance::Balancer,
    databases::Database,
    mode,
    region::Region,
    servers::{self, Redis, send},
    settings::{carrier, secrets},
    wait_until,
};

/// So many errors, and so many lines of the end, a failed test shows of each log.
const TAIL: usize = 30;

/// One running process of the program.
#[derive(Debug)]
pub struct Process {
    name: String,
    arguments: Vec<&'static str>,
    child: Child,
    output: PathBuf,
    log: PathBuf,
}

impl Process {
    /// Starts the program with this command line and these variables; nothing of the caller's own settings reaches it.
    fn start(name: &str, arguments: &[&'static str], variables: &[(String, String)], folder: &Path) -> Self {
        let (output, log) = (folder.join(format!("{name}.out")), folder.join(format!("{name}.log")));
        let mut command = program(variables);
        let said = fs::File::create(&output).expect("a file for what a process says");
        // A process that starts again goes on in the log of the one before.
        let logged = fs::OpenOptions::new().create(true).append(true).open(&log).expect("a file for its log");
        command.args(arguments).current_dir(folder).stdin(Stdio::null()).stdout(said).stderr(logged);
        let child = command.spawn().expect("the program starts");
        Self { name: name.to_owned(), arguments: arguments.to_vec(), child, output, log }
    }

    /// The number of the process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote to standard error.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// What it wrote to standard output.
    pub fn output(&self) -> String {
        fs::read_to_string(&self.output).unwrap_or_default()
    }

    /// Ends it at once, as a crash would: kill -9.
    pub fn kill(&mut self) {
        // It may have ended by itself, which comes to the same.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to stop, as a terminal or a supervisor does, and waits until it has.
    pub async fn stop(&mut self) -> ExitStatus {
        send(self.pid(), "TERM");
        let name = self.name.clone();
        wait_until(&format!("{name} to stop"), async || match self.child.try_wait() {
            Ok(Some(status)) => Ok(status),
            other => Err(format!("{other:?}\n{}", tail(&self.log))),
        })
        .await
    }

    /// The address on the line that begins with `grpc` or `portal`. Only whole lines count: the last one may still be on its way.
    fn said(&self, kind: &str) -> Option<String> {
        let output = self.output();
        let whole = &output[..output.rfind('\n')?];
        whole.lines().find_map(|line| line.strip_prefix(kind)?.trim().strip_prefix("http://")).map(|url| format!("http://{url}"))
    }

    /// Waits for that line.
    async fn address(&mut self, kind: &str) -> String {
        let name = self.name.clone();
        wait_until(&format!("{name} to say where it serves {kind}"), async || match (self.said(kind), self.child.try_wait()) {
            (Some(url), _) => Ok(url),
            (None, Ok(None)) => Err(format!("it said {:?}", self.output())),
            (None, ended) => panic!("{} ended before it was ready: {ended:?}\n{}", self.name, tail(&self.log)),
        })
        .await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            show(&format!("--- the log of {}\n{}", self.name, tail(&self.log)));
        }
    }
}

#[expect(clippy::print_stderr, reason = "this is what a failed test shows")]
fn show(text: &str) {
    eprintln!("{text}");
}

/// The errors in a log and its end.
fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let (before, end) = lines.split_at(lines.len().saturating_sub(TAIL));
    let errors = before.iter().filter(|line| line.contains("Z ERROR ") || line.contains("panicked")).take(TAIL);
    errors.chain(["…"].iter()).chain(end).copied().collect::<Vec<_>>().join("\n")
}

/// The program that was built with these tests.
fn program(variables: &[(String, String)]) -> Command {
    let test = std::env::current_exe().expect("a running test has a path");
    let built = test.ancestors().nth(2).expect("target/debug/deps/it-…").join("regiopool");
    assert!(built.exists(), "{} is not built: `tests/run` or `cargo build -p regiopool` makes it", built.display());
    let mut command = Command::new(built);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("REGIOPOOL_") || text.starts_with("OTEL_") {
            command.env_remove(&name);
        }
    }
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    command
}

/// What a story needs of its installation.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where traces and metrics go.
    pub collector: Option<String>,
    /// Further environment variables of every process.
    pub variables: Vec<(&'static str, String)>,
}

/// A whole installation in the mode of this run: one process with everything, or two of each service behind one address per service.
/// Its services know each other by those addresses, so that any single process may die.
#[derive(Debug)]
pub struct Installation {
    /// A new region in it.
    pub region: Region,
    settings: Settings,
    variables: Vec<(String, String)>,
    processes: BTreeMap<&'static str, Vec<(Process, String)>>,
    portal: String,
    kept: Kept,
}

/// Ends after the processes.
#[derive(Debug)]
struct Kept {
    folder: TempDir,
    databases: Vec<Database>,
    balancers: BTreeMap<&'static str, Balancer>,
    redis: Option<std::sync::Arc<Redis>>,
}

/// The services, in the order in which they start.
const SERVICES: [&str; 3] = ["members", "flexpool", "portal"];

impl Installation {
    /// Starts it with an empty region of its own.
    ///
    /// # Panics
    /// When a process ends or does not become ready; with its log.
    pub async fn start(options: Options) -> Self {
        let folder = servers::temporary();
        let mut settings = Settings { data: folder.path().join("data"), demo: Demo::Empty, ..secrets() };
        settings.otlp_endpoint = options.collector.clone();
        let mut kept = Kept { folder, databases: Vec::new(), balancers: BTreeMap::new(), redis: None };
        let variables;
        let (processes, portal) = match mode() {
            Mode::Embedded => {
                variables = environment(&settings, &options);
                let mut process = Process::start("up", &["up"], &variables, kept.folder.path());
                let (grpc, portal) = (process.address("grpc").await, process.address("portal").await);
                settings.members_url = Some(grpc.clone());
                settings.flexpool_url = Some(grpc.clone());
                (BTreeMap::from([("up", vec![(process, grpc)])]), portal)
            }
            Mode::Distributed => {
                prepare(&mut settings, &mut kept).await;
                variables = environment(&settings, &options);
                (distributed(&variables, &kept).await, settings.portal())
            }
        };
        settings.portal_url = Some(portal.clone());
        let region = Region::create(&settings).await;
        Self { region, settings, variables, processes, portal, kept }
    }

    /// The address of the web pages.
    pub fn portal(&self) -> &str {
        &self.portal
    }

    /// The settings with which a client outside reaches it.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The addresses of each process that serves this service.
    pub fn replicas(&self, service: &str) -> Vec<String> {
        self.serving(service).iter().map(|(_, url)| url.clone()).collect()
    }

    fn serving(&self, service: &str) -> &[(Process, String)] {
        let whole = self.processes.get("up");
        self.processes.get(service).or(whole).map(Vec::as_slice).unwrap_or_default()
    }

    /// One of the processes that serve this service.
    ///
    /// # Panics
    /// When there is no such replica.
    pub fn process(&mut self, service: &str, replica: usize) -> &mut Process {
        let key = if self.processes.contains_key(service) { service } else { "up" };
        let serving = self.processes.get_mut(key).expect("a service of the installation");
        &mut serving.get_mut(replica).expect("a replica").0
    }

    /// Starts a process again after it was killed, or kills it first. It comes back at the same addresses.
    ///
    /// # Panics
    /// When there is no such replica or it does not become ready.
    pub async fn restart(&mut self, service: &str, replica: usize) {
        let folder = self.kept.folder.path().to_owned();
        let mut variables = self.variables.clone();
        let old = self.process(service, replica);
        old.kill();
        for (kind, variable) in [("grpc", "REGIOPOOL_LISTEN"), ("portal", "REGIOPOOL_PORTAL_LISTEN")] {
            if let Some(url) = old.said(kind) {
                variables.push((variable.to_owned(), url.trim_start_matches("http://").to_owned()));
            }
        }
        let kinds: Vec<&str> = ["grpc", "portal"].into_iter().filter(|kind| old.said(kind).is_some()).collect();
        *old = Process::start(&old.name.clone(), &old.arguments.clone(), &variables, &folder);
        for kind in kinds {
            old.address(kind).await;
        }
    }

    /// Waits until flexpool has taken in everything that members told until now.
    ///
    /// # Panics
    /// When it does not within a minute; with how far it is.
    pub async fn caught_up(&self) {
        let members = Db::connect(&self.settings.database("members"), 2).await.expect("the database of members");
        let flexpool = Db::connect(&self.settings.database("flexpool"), 2).await.expect("the database of flexpool");
        wait_until("flexpool to know what members told", async || bus::caught_up(&members, &flexpool, "members").await).await;
        for db in [members, flexpool] {
            db.close().await.expect("a database closes");
        }
    }

    /// What every process wrote to standard error, by the name of the process.
    pub fn logs(&self) -> Vec<(String, String)> {
        self.processes.values().flatten().map(|(process, _)| (process.name.clone(), process.log())).collect()
    }

    /// Runs a command of the program on this installation, to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = program(&self.variables);
        command.args(arguments).current_dir(self.kept.folder.path()).stdin(Stdio::null());
        command.output().expect("the program runs")
    }

    /// Runs `regiopool check`.
    ///
    /// # Panics
    /// When it found a breach; with what it found.
    pub fn check(&self) {
        let checked = self.run(&["check"]);
        let said = [checked.stdout, checked.stderr].concat();
        assert!(checked.status.success(), "regiopool check: {}", String::from_utf8_lossy(&said));
    }

    /// Stops every process in an orderly way, the portal first, and holds that each drained without an error.
    pub async fn stop(&mut self) {
        for service in SERVICES.iter().rev().chain(["up"].iter()) {
            for (process, _) in self.processes.get_mut(service).into_iter().flatten() {
                let status = process.stop().await;
                assert!(status.success(), "{} ended with {status}\n{}", process.name, tail(&process.log));
            }
        }
    }
}

/// The databases, the Redis and the addresses of an installation that is to be started.
async fn prepare(settings: &mut Settings, kept: &mut Kept) {
    for service in ["members", "flexpool"] {
        kept.databases.push(Database::empty(service).await);
    }
    for service in SERVICES {
        kept.balancers.insert(service, Balancer::start().await);
    }
    kept.redis = carrier(settings);
    settings.members_database = Some(kept.databases[0].url().into());
    settings.flexpool_database = Some(kept.databases[1].url().into());
    settings.database_connections = 8;
    settings.members_url = Some(kept.balancers["members"].url());
    settings.flexpool_url = Some(kept.balancers["flexpool"].url());
    settings.portal_url = Some(kept.balancers["portal"].url());
}

/// Two processes of each service, after one that migrates.
async fn distributed(variables: &[(String, String)], kept: &Kept) -> BTreeMap<&'static str, Vec<(Process, String)>> {
    let folder = kept.folder.path();
    let migrated = program(variables).arg("migrate").current_dir(folder).output().expect("the program runs");
    assert!(migrated.status.success(), "regiopool migrate: {}", String::from_utf8_lossy(&migrated.stderr));
    let mut processes: BTreeMap<_, Vec<(Process, String)>> = BTreeMap::new();
    for service in SERVICES {
        let start = |replica| Process::start(&format!("{service}-{replica}"), &["serve", service], variables, folder);
        // Both are started before either is waited for, as a supervisor would.
        for mut process in [start(0), start(1)] {
            let url = process.address(if service == "portal" { "portal" } else { "grpc" }).await;
            kept.balancers[service].add(&url);
            processes.entry(service).or_default().push((process, url));
        }
    }
    processes
}

/// What of the settings is not the default, as the environment of a process.
fn environment(settings: &Settings, options: &Options) -> Vec<(String, String)> {
    let secret = |value: &Option<chassis::config::Secret>| value.as_ref().map(|secret| secret.expose().to_owned());
    let own = [
        ("REGIOPOOL_DATA", Some(settings.data.display().to_string())),
        ("REGIOPOOL_LISTEN", Some(settings.listen.to_string())),
        ("REGIOPOOL_PORTAL_LISTEN", Some(settings.portal_listen.to_string())),
        ("REGIOPOOL_PORTAL_URL", settings.portal_url.clone()),
        ("REGIOPOOL_MEMBERS_URL", settings.members_url.clone()),
        ("REGIOPOOL_FLEXPOOL_URL", settings.flexpool_url.clone()),
        ("REGIOPOOL_MEMBERS_DATABASE", secret(&settings.members_database)),
        ("REGIOPOOL_FLEXPOOL_DATABASE", secret(&settings.flexpool_database)),
        ("REGIOPOOL_DATABASE_CONNECTIONS", Some(settings.database_connections.to_string())),
        ("REGIOPOOL_REDIS", secret(&settings.redis)),
        ("REGIOPOOL_REDIS_PREFIX", Some(settings.redis_prefix.clone())),
        ("REGIOPOOL_TOKEN_KEYS", secret(&settings.token_keys)),
        ("REGIOPOOL_SERVICE_SECRET", secret(&settings.service_secret)),
        ("REGIOPOOL_SESSION_KEY", secret(&settings.session_key)),
        ("REGIOPOOL_DEMO", Some("empty".to_owned())),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", settings.otlp_endpoint.clone()),
        // Spans and metrics are sent soon, so that a test need not wait for the usual five seconds.
        ("OTEL_BSP_SCHEDULE_DELAY", Some("200".to_owned())),
        ("OTEL_METRIC_EXPORT_INTERVAL", Some("1000".to_owned())),
    ];
    let own = own.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    own.chain(options.variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone()))).collect()
}
