//! Redis, one server.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::Command,
    time::Duration,
};

use crate::server::{Server, send, temporary};

/// A Redis server that keeps nothing on disk.
#[derive(Debug)]
pub struct Redis(Server);

impl Redis {
    /// Starts it.
    ///
    /// # Panics
    /// When Redis is not installed or does not come up; with its log.
    pub fn start() -> Self {
        Self(Server::start("Redis", temporary(), "KILL", Box::new(command), ready))
    }

    /// Its address.
    pub fn address(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.0.port)
    }

    /// The server's port.
    pub fn port(&self) -> u16 {
        self.0.port
    }

    /// The server's process.
    pub fn pid(&self) -> u32 {
        self.0.pid()
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
        self.0.restart();
    }

    /// Stops it in the middle of whatever it does; its connections stay open and silent.
    pub fn pause(&self) {
        send(self.pid(), "STOP");
    }

    /// Lets it go on after [`Redis::pause`].
    pub fn resume(&self) {
        send(self.pid(), "CONT");
    }

    /// Forgets everything.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn empty(&self) {
        assert_eq!(ask(self.0.port, "FLUSHALL").expect("an answer"), "+OK");
    }
}

/// How a server is run.
pub(crate) fn command(folder: &Path, port: u16) -> Command {
    let mut server = Command::new("redis-server");
    server.arg("--port").arg(port.to_string()).args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"]);
    server.arg(folder);
    server
}

/// Whether it serves.
pub(crate) fn ready(port: u16, _: &str) -> bool {
    ask(port, "PING").is_ok_and(|answer| answer == "+PONG")
}

/// The answer to a command: the line of a short one, the text of a long one.
pub(crate) fn ask(port: u16, command: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(format!("{command}\r\n").as_bytes())?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let Some(length) = line.strip_prefix('$') else { return Ok(line.trim_end().to_owned()) };
    let mut text = vec![0; length.trim_end().parse().map_err(io::Error::other)?];
    reader.read_exact(&mut text)?;
    String::from_utf8(text).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_redis_comes_back_empty_at_the_same_address() {
        let mut server = Redis::start();
        let (pid, address) = (server.pid(), server.address());
        assert_eq!(ask(server.port(), "SET some thing").expect("set"), "+OK");
        server.kill();
        assert!(TcpStream::connect(("127.0.0.1", server.port())).is_err());
        server.restart();
        assert!(server.address() == address && server.pid() != pid);
        assert_eq!(ask(server.port(), "DBSIZE").expect("a number"), ":0");
    }

    #[test]
    fn a_paused_redis_is_silent_until_it_goes_on() {
        let server = Redis::start();
        server.pause();
        assert!(ask(server.port(), "PING").is_err());
        server.resume();
        assert_eq!(ask(server.port(), "PING").expect("an answer"), "+PONG");
    }
}
