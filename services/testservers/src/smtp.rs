//! An SMTP server that keeps what it is given: aiosmtpd, as Debian packages it. It is nobody's of ours, so that mail which it takes is mail. It
//! can be told what to refuse.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::Command,
    time::Duration,
};

use crate::server::{Server, temporary};

/// The server; ends with the value.
#[derive(Debug)]
pub struct Smtp(Server);

impl Smtp {
    /// Starts it.
    ///
    /// # Panics
    /// When it is not installed or does not come up; with its log.
    pub fn start() -> Self {
        Self(Server::start("aiosmtpd", temporary(), "KILL", Box::new(command), ready))
    }

    /// Its address, as a setting.
    pub fn address(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.0.port)
    }

    /// Ends it; what it was given stays.
    pub fn kill(&mut self) {
        self.0.stop("KILL");
    }

    /// Starts it again at the same address.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn restart(&mut self) {
        self.kill();
        self.0.restart();
    }

    /// Its address, as a setting, with a user and this password.
    pub fn address_with(&self, password: &str) -> String {
        format!("smtp://regiopool:{password}@127.0.0.1:{}", self.0.port)
    }

    /// From now on answers this at these steps, and what it always does at the others: `GREETING`, `MAIL`, `RCPT:` with an address, `DATA`;
    /// with `PASSWORD`, what the right one is.
    ///
    /// # Panics
    /// When that cannot be written.
    pub fn answers(&self, answers: &[(&str, &str)]) {
        let lines: Vec<String> = answers.iter().map(|(step, answer)| format!("{step} {answer}\n")).collect();
        // Whole or not at all, since it may be read at any time.
        let (new, file) = (self.0.folder().join("answers.new"), self.0.folder().join("answers"));
        fs::write(&new, lines.concat()).and_then(|()| fs::rename(&new, &file)).expect("written");
    }

    /// How often it answered so at this step.
    pub fn refusals(&self, step: &str) -> usize {
        let refused = fs::read_to_string(self.0.folder().join("refused")).unwrap_or_default();
        refused.lines().filter(|line| *line == step).count()
    }

    /// Every mail that it was given, as it came, with its lines unfolded and its quoted signs read.
    ///
    /// # Panics
    /// When a mail is no text.
    pub fn mails(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.0.folder().join("mails/new")) else { return Vec::new() };
        let mut files: Vec<_> = entries.map(|entry| entry.expect("a mail").path()).collect();
        files.sort();
        files.into_iter().map(|file| plain(&fs::read(file).expect("a mail"))).collect()
    }
}

/// The program around aiosmtpd.
const PROGRAM: &str = include_str!("smtp.py");

fn command(folder: &Path, port: u16) -> Command {
    let mut server = Command::new("/usr/bin/python3");
    server.args(["-c", PROGRAM, &port.to_string()]).arg(folder);
    server
}

fn ready(port: u16, _: &str) -> bool {
    let greeted = || -> io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        let mut greeting = [0; 3];
        stream.read_exact(&mut greeting)?;
        stream.write_all(b"QUIT\r\n")?;
        Ok(&greeting == b"220")
    };
    greeted().unwrap_or(false)
}

/// Quoted-printable, as a person reads it (RFC 2045).
fn plain(mail: &[u8]) -> String {
    let mut out = Vec::with_capacity(mail.len());
    let mut rest = mail;
    while let Some((&byte, tail)) = rest.split_first() {
        let digits = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match (byte, digits.and_then(|digits| u8::from_str_radix(digits, 16).ok())) {
            (b'=', Some(code)) => {
                out.push(code);
                rest = &tail[2..];
            }
            (b'=', None) if tail.starts_with(b"\r\n") => rest = &tail[2..],
            (b'=', None) if tail.starts_with(b"\n") => rest = &tail[1..],
            _ => {
                out.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&out).replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_signs_and_folded_lines_are_read() {
        assert_eq!(plain("caf=C3=A9 is =\r\nopen=3D?\r\n".as_bytes()), "café is open=?\n");
    }

    #[test]
    fn it_answers_what_was_chosen_and_counts_that() {
        let server = Smtp::start();
        server.answers(&[("MAIL", "550 5.7.1 not you")]);
        let mut stream = TcpStream::connect(("127.0.0.1", server.0.port)).expect("connected");
        stream.write_all(b"EHLO x\r\nMAIL FROM:<a@x.example>\r\nQUIT\r\n").expect("sent");
        let mut said = String::new();
        stream.read_to_string(&mut said).expect("answered");
        assert!(said.contains("550 5.7.1 not you\r\n"), "{said}");
        assert_eq!((server.refusals("MAIL"), server.refusals("DATA")), (1, 0));
    }

    #[test]
    fn it_comes_back_at_the_same_address() {
        let mut server = Smtp::start();
        let address = server.address();
        server.restart();
        assert_eq!((server.address(), server.mails().len()), (address, 0));
    }
}
