//! A PostgreSQL and a Redis of one's own: on a free port, in a temporary folder, gone when the value is dropped.
//!
//! The test command starts one of each for the whole run and says where they are; then [`postgres`] and [`redis`] give those
//! addresses and start nothing (D32). A test that breaks a server on purpose starts its own with [`Postgres::start`] or
//! [`Redis::start`].

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::mode::variable;

const START: Duration = Duration::from_secs(60);
const TRIES: u32 = 5;

/// A server process with its folder; both end with the value.
#[derive(Debug)]
struct Server {
    child: Child,
    folder: TempDir,
    port: u16,
    /// Lets the server put away what outlives a killed process.
    farewell: &'static str,
}

impl Server {
    /// Starts a server on a free port, on another one when somebody was faster.
    fn start(name: &str, folder: TempDir, farewell: &'static str, command: impl Fn(&Path, u16) -> Command, ready: Ready) -> Self {
        for _ in 0..TRIES {
            let port = free_port();
            let mut child = launch(command(folder.path(), port), folder.path());
            if answers(&mut child, || ready(folder.path(), port)) {
                return Self { child, folder, port, farewell };
            }
            // Errors mean that it has ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!("{name} did not start: {}", log(folder.path()));
    }

    fn stop(&mut self, signal: &str) {
        send(self.child.id(), signal);
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop(self.farewell);
    }
}

type Ready = fn(&Path, u16) -> bool;

/// A PostgreSQL server without fsync.
#[derive(Debug)]
pub struct Postgres(Server);

impl Postgres {
    /// Makes a cluster and starts it.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not come up; with its log.
    pub fn start() -> Self {
        let user = ServerUser::find();
        let folder = temporary();
        let data = folder.path().join("data");
        fs::create_dir(&data).expect("a folder for PostgreSQL");
        user.own(folder.path());
        user.own(&data);
        let mut initdb = user.command("initdb");
        initdb.arg("-D").arg(&data).args(["-U", "postgres", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8", "--no-sync"]);
        let made = initdb.output().expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));

        let command = |folder: &Path, port: u16| {
            let mut server = user.command("postgres");
            server.arg("-D").arg(&data).arg("-p").arg(port.to_string()).arg("-k").arg(folder);
            for setting in ["listen_addresses=127.0.0.1", "max_connections=500", "fsync=off", "full_page_writes=off"] {
                server.arg("-c").arg(setting);
            }
            server
        };
        // It takes connections before it can serve them; its log says when it can. Quit leaves no shared memory behind.
        let ready: Ready = |folder, _| log(folder).contains("ready to accept connections");
        Self(Server::start("PostgreSQL", folder, "QUIT", command, ready))
    }

    /// The address of its database `postgres`.
    pub fn address(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.0.port)
    }

    /// The server's process.
    pub fn pid(&self) -> u32 {
        self.0.child.id()
    }
}

/// A Redis server that keeps nothing on disk.
#[derive(Debug)]
pub struct Redis(Server);

impl Redis {
    /// Starts it.
    ///
    /// # Panics
    /// When Redis is not installed or does not come up; with its log.
    pub fn start() -> Self {
        Self(Server::start("Redis", temporary(), "KILL", Self::command, Self::ready))
    }

    /// Its address.
    pub fn address(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.0.port)
    }

    /// The server's process.
    pub fn pid(&self) -> u32 {
        self.0.child.id()
    }

    /// Ends it at once, as a crash would. What it held is lost.
    pub fn kill(&mut self) {
        self.0.stop("KILL");
    }

    /// Starts it again, empty, at the same address.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn restart(&mut self) {
        self.kill();
        let (folder, port) = (self.0.folder.path(), self.0.port);
        self.0.child = launch(Self::command(folder, port), folder);
        assert!(answers(&mut self.0.child, || Self::ready(folder, port)), "Redis did not start again: {}", log(folder));
    }

    fn command(folder: &Path, port: u16) -> Command {
        let mut server = Command::new("redis-server");
        server.arg("--port").arg(port.to_string()).args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"]);
        server.arg(folder);
        server
    }

    fn ready(_: &Path, port: u16) -> bool {
        let ping = || -> std::io::Result<bool> {
            let mut stream = TcpStream::connect(("127.0.0.1", port))?;
            stream.set_read_timeout(Some(Duration::from_secs(1)))?;
            stream.write_all(b"PING\r\n")?;
            let mut answer = [0; 5];
            stream.read_exact(&mut answer)?;
            Ok(&answer == b"+PONG")
        };
        ping().unwrap_or(false)
    }
}

/// A server that this process started for itself, shared by the tests that run in it at the same time.
type Own<T> = Mutex<Weak<T>>;

fn shared<T>(own: &Own<T>, start: impl FnOnce() -> T) -> Arc<T> {
    let mut held = own.lock().unwrap_or_else(PoisonError::into_inner);
    held.upgrade().unwrap_or_else(|| {
        let new = Arc::new(start());
        *held = Arc::downgrade(&new);
        new
    })
}

/// The address of the PostgreSQL of this run, and when it is this process's own, the value that it lives as long as.
pub fn postgres() -> (String, Option<Arc<Postgres>>) {
    static OWN: Own<Postgres> = Mutex::new(Weak::new());
    if let Some(address) = variable("REGIOPOOL_TEST_POSTGRES") {
        return (address, None);
    }
    let own = shared(&OWN, Postgres::start);
    (own.address(), Some(own))
}

/// The address of the Redis of this run, as [`postgres`].
pub fn redis() -> (String, Option<Arc<Redis>>) {
    static OWN: Own<Redis> = Mutex::new(Weak::new());
    if let Some(address) = variable("REGIOPOOL_TEST_REDIS") {
        return (address, None);
    }
    let own = shared(&OWN, Redis::start);
    (own.address(), Some(own))
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
    let mut builder = tempfile::Builder::new();
    // A server of another user must be able to enter it.
    builder.prefix("regiopool-test-").permissions(fs::Permissions::from_mode(0o755));
    let folder = match variable("REGIOPOOL_TEST_FOLDER") {
        Some(parent) => builder.tempdir_in(parent),
        None => builder.tempdir(),
    };
    folder.expect("a temporary folder")
}

/// Sends a signal to a process of ours, by its number. One that has ended already is fine.
pub(crate) fn send(pid: u32, signal: &str) {
    let _ = Command::new("kill").arg(format!("-{signal}")).arg(pid.to_string()).stderr(Stdio::null()).status();
}

fn log(folder: &Path) -> String {
    fs::read_to_string(folder.join("log")).unwrap_or_default()
}

fn launch(mut command: Command, folder: &Path) -> Child {
    let log = fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).expect("a log file");
    let errors = log.try_clone().expect("a log file");
    let program = command.get_program().to_owned();
    let child = command.stdin(Stdio::null()).stdout(log).stderr(errors).spawn();
    child.unwrap_or_else(|error| panic!("{} does not run ({error}); the test command installs it", program.display()))
}

fn answers(child: &mut Child, ready: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < START {
        if ready() {
            return true;
        }
        if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}

/// Who runs PostgreSQL: it refuses root, so for root it is the user that its package makes.
struct ServerUser(Option<(u32, u32)>);

impl ServerUser {
    fn find() -> Self {
        let me = fs::metadata("/proc/self").expect("the machine is Linux");
        if me.uid() != 0 {
            return Self(None);
        }
        let number = |flag| {
            let output = Command::new("id").args([flag, "postgres"]).output().expect("id runs");
            String::from_utf8_lossy(&output.stdout).trim().parse().expect("the user postgres; the test command installs PostgreSQL")
        };
        Self(Some((number("-u"), number("-g"))))
    }

    fn own(&self, path: &Path) {
        if let Some((uid, gid)) = self.0 {
            chown(path, Some(uid), Some(gid)).expect("a folder for the user postgres");
        }
    }

    /// A program of PostgreSQL as this user. Debian keeps them out of the path.
    fn command(&self, program: &str) -> Command {
        let installed = |version: u32| PathBuf::from(format!("/usr/lib/postgresql/{version}/bin")).join(program);
        let path = (10..30).rev().map(installed).find(|path| path.exists()).unwrap_or_else(|| program.into());
        let mut command = Command::new(path);
        command.current_dir("/");
        if let Some((uid, gid)) = self.0 {
            command.uid(uid).gid(gid);
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_postgres_serves_and_leaves_nothing() {
        let server = Postgres::start();
        let (pid, folder) = (server.pid(), server.0.folder.path().to_owned());
        assert!(TcpStream::connect(("127.0.0.1", server.0.port)).is_ok());
        drop(server);
        assert!(!Path::new(&format!("/proc/{pid}")).exists() && !folder.exists());
    }

    #[test]
    fn a_private_redis_comes_back_at_the_same_address() {
        let mut server = Redis::start();
        let (pid, address) = (server.pid(), server.address());
        server.kill();
        assert!(TcpStream::connect(("127.0.0.1", server.0.port)).is_err());
        server.restart();
        assert_eq!(server.address(), address);
        assert!(server.pid() != pid && TcpStream::connect(("127.0.0.1", server.0.port)).is_ok());
    }
}
