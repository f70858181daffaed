//! PostgreSQL.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::Command,
};

use crate::server::{Server, on_disk, temporary};

/// A PostgreSQL server.
#[derive(Debug)]
pub struct Postgres(Server);

impl Postgres {
    /// Makes a database cluster and starts it, without fsync.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not come up; with its log.
    pub fn start() -> Self {
        Self::with(temporary(), &["fsync=off", "full_page_writes=off"])
    }

    /// One on the disk that writes what it promises, as in production: for tests that kill it, and for measurements.
    ///
    /// # Panics
    /// As [`Postgres::start`].
    pub fn durable() -> Self {
        Self::with(on_disk(), &["fsync=on"])
    }

    fn with(folder: tempfile::TempDir, settings: &'static [&'static str]) -> Self {
        let user = ServerUser::find();
        let data = folder.path().join("data");
        fs::create_dir(&data).expect("a folder for PostgreSQL");
        user.own(folder.path());
        user.own(&data);
        let mut initdb = user.command("initdb");
        initdb.arg("-D").arg(&data).args(["-U", "postgres", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8", "--no-sync"]);
        let made = initdb.output().expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));

        let run = move |folder: &Path, port: u16| {
            let mut server = user.command("postgres");
            server.arg("-D").arg(folder.join("data")).arg("-p").arg(port.to_string()).arg("-k").arg(folder);
            for setting in ["listen_addresses=127.0.0.1", "max_connections=500"].iter().chain(settings) {
                server.arg("-c").arg(setting);
            }
            server
        };
        // It takes connections before it can serve them; its log says when it can. Quit leaves no shared memory behind.
        let ready = |_, log: &str| log.contains("ready to accept connections");
        Self(Server::start("PostgreSQL", folder, "QUIT", Box::new(run), ready))
    }

    /// The address of its database `postgres`.
    pub fn address(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.0.port)
    }

    /// The server's port.
    pub fn port(&self) -> u16 {
        self.0.port
    }

    /// The server's process.
    pub fn pid(&self) -> u32 {
        self.0.pid()
    }

    /// Ends it at once, as a crash would: kill -9.
    pub fn kill(&mut self) {
        self.0.stop("KILL");
    }

    /// Ends it as `pg_ctl stop -m immediate` does: every connection is cut off, nothing is tidied up.
    pub fn cut_off(&mut self) {
        self.0.stop("QUIT");
    }

    /// Starts it again at the same address, after it was ended; it recovers what was committed.
    ///
    /// # Panics
    /// When it does not come up; with its log.
    pub fn restart(&mut self) {
        self.0.restart();
    }

    /// One of the programs that come with it, as the user who may run it: `pgbench`.
    pub fn program(name: &str) -> Command {
        ServerUser::find().command(name)
    }
}

/// Who runs PostgreSQL: it refuses root, so for root it is the user that its package makes.
#[derive(Clone, Copy)]
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
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn a_private_postgres_serves_and_leaves_nothing() {
        let server = Postgres::start();
        let (pid, folder) = (server.pid(), server.0.folder().to_owned());
        assert!(TcpStream::connect(("127.0.0.1", server.port())).is_ok());
        drop(server);
        assert!(!Path::new(&format!("/proc/{pid}")).exists() && !folder.exists());
    }

    #[test]
    fn a_killed_postgres_comes_back_at_the_same_address() {
        let mut server = Postgres::durable();
        let (pid, address) = (server.pid(), server.address());
        server.kill();
        assert!(TcpStream::connect(("127.0.0.1", server.port())).is_err());
        server.restart();
        assert!(server.pid() != pid && server.address() == address);
        assert!(TcpStream::connect(("127.0.0.1", server.port())).is_ok());
    }
}
