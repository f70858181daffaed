//! The real program as real processes: what stories run against.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
};

use chassis::config::{Demo, Settings};
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

/// The longest part of a log that a failed test shows.
const TAIL: usize = 60;

/// One running process of the program.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    output: PathBuf,
    log: PathBuf,
}

impl Process {
    /// Starts the program with this command line and these variables; nothing of the caller's own settings reaches it.
    fn start(name: &str, arguments: &[&str], variables: &[(String, String)], folder: &Path) -> Self {
        let (output, log) = (folder.join(format!("{name}.out")), folder.join(format!("{name}.log")));
        let file = |path: &Path| fs::File::create(path).expect("a file for what a process says");
        let mut command = program(variables);
        command.args(arguments).current_dir(folder).stdin(Stdio::null()).stdout(file(&output)).stderr(file(&log));
        let child = command.spawn().expect("the program starts");
        Self { name: name.to_owned(), child, output, log }
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

    /// Waits for the line with its address: `grpc http://…` or `portal http://…`.
    async fn address(&mut self, kind: &str) -> String {
        let name = self.name.clone();
        wait_until(&format!("{name} to say where it serves {kind}"), async || {
            let said = self.output();
            // Only whole lines count: the last one may still be on its way.
            let whole = said.rfind('\n').map_or("", |end| &said[..end]);
            if let Some(url) = whole.lines().find_map(|line| line.strip_prefix(kind)?.trim().strip_prefix("http://")) {
                return Ok(format!("http://{url}"));
            }
            match self.child.try_wait() {
                Ok(None) => Err(format!("it said {said:?}")),
                ended => panic!("{} ended before it was ready: {ended:?}\n{}", self.name, tail(&self.log)),
            }
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

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL)..].join("\n")
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
    _databases: Vec<Database>,
    _balancers: Vec<Balancer>,
    _redis: Option<std::sync::Arc<Redis>>,
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
        let mut kept = Kept { folder, _databases: Vec::new(), _balancers: Vec::new(), _redis: None };
        let (processes, portal, variables) = match mode() {
            Mode::Embedded => {
                let variables = variables(&settings, &options);
                let mut process = Process::start("up", &["up"], &variables, kept.folder.path());
                let (grpc, portal) = (process.address("grpc").await, process.address("portal").await);
                settings.members_url = Some(grpc.clone());
                settings.flexpool_url = Some(grpc.clone());
                (BTreeMap::from([("up", vec![(process, grpc)])]), portal, variables)
            }
            Mode::Distributed => distributed(&mut settings, &options, &mut kept).await,
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

type Running = (BTreeMap<&'static str, Vec<(Process, String)>>, String, Vec<(String, String)>);

/// Two processes of each service on PostgreSQL and Redis, after one that migrates.
async fn distributed(settings: &mut Settings, options: &Options, kept: &mut Kept) -> Running {
    for service in ["members", "flexpool"] {
        kept._databases.push(Database::empty(service).await);
    }
    kept._redis = carrier(settings);
    settings.members_database = Some(kept._databases[0].url().into());
    settings.flexpool_database = Some(kept._databases[1].url().into());
    settings.database_connections = 8;
    let mut balancers = Vec::new();
    for _ in SERVICES {
        balancers.push(Balancer::start().await);
    }
    settings.members_url = Some(balancers[0].url());
    settings.flexpool_url = Some(balancers[1].url());
    settings.portal_url = Some(balancers[2].url());
    let variables = variables(settings, options);

    let folder = kept.folder.path();
    let migrated = program(&variables).arg("migrate").current_dir(folder).output().expect("the program runs");
    assert!(migrated.status.success(), "regiopool migrate: {}", String::from_utf8_lossy(&migrated.stderr));
    let mut processes: BTreeMap<_, Vec<(Process, String)>> = BTreeMap::new();
    for (service, balancer) in SERVICES.into_iter().zip(&balancers) {
        let start = |replica| Process::start(&format!("{service}-{replica}"), &["serve", service], &variables, folder);
        // Both are started before either is waited for, as a supervisor would.
        for mut process in [start(1), start(2)] {
            let url = process.address(if service == "portal" { "portal" } else { "grpc" }).await;
            balancer.add(&url);
            processes.entry(service).or_default().push((process, url));
        }
    }
    let portal = balancers[2].url();
    kept._balancers = balancers;
    (processes, portal, variables)
}

/// What of the settings is not the default, as the environment of a process.
fn variables(settings: &Settings, options: &Options) -> Vec<(String, String)> {
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
