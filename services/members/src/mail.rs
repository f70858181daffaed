//! E-mail over SMTP, sent from rows when they are due (D26, D34). A mail says what its message says and leads to the portal; no name, no
//! employer. It goes at least once: a process that dies between sending and noting it sends it again, under the same message id.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chassis::{
    db::Db,
    error::{Error, Result},
    frame::Frame,
    ids::RegionId,
    time::{Clock, Timestamp},
};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message as Letter, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use proto::members::MessageReason;
use tokio::time::timeout;
use url::Url;
use wording::{Language, messages};

use crate::{
    domain::message::{Mail, Pause, wait_after},
    secrets::Codes,
    store::messages::{self as store, Due},
};

/// How often it is looked what is due.
const EVERY: Duration = Duration::from_secs(2);
/// A server that takes longer is tried again.
const PATIENCE: Duration = Duration::from_secs(30);
/// The same for all of one mail; less than the time for which it is kept from others.
const LONGEST: Duration = Duration::from_secs(3 * 60);

/// What sends mail. Clones are the same.
#[derive(Clone)]
struct Sender {
    db: Db,
    clock: Clock,
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    portal: String,
    codes: Codes,
    pause: Arc<Mutex<Pause>>,
}

/// Sends what is due until the process stops; without a mail server nothing is sent, and rows wait.
/// Errors: `Setting` when server or sender cannot be read.
pub(crate) fn start(frame: &Frame, db: &Db, codes: &Codes) -> Result<()> {
    let settings = &frame.settings;
    let Some(server) = &settings.mail_server else { return Ok(()) };
    let wrong = || Error::setting("mail_server", "expected smtps://user:password@host, or smtp://host:port?tls=required");
    if !is_private(server.expose()) {
        return Err(wrong());
    }
    let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(server.expose()).map_err(|_| wrong())?.timeout(Some(PATIENCE)).build();
    let from = settings.mail_from.as_deref().unwrap_or("Regiopool <noreply@localhost>");
    let from =
        from.parse::<Mailbox>().map_err(|_| Error::setting("mail_from", "expected an address, as in Regiopool <noreply@regio.example>"))?;
    let (db, clock, codes, portal) = (db.clone(), frame.clock.clone(), codes.clone(), settings.portal());
    let sender = Sender { db, clock, server, from, portal, codes, pause: Arc::default() };
    frame.shutdown.every(EVERY, move || {
        let sender = sender.clone();
        async move {
            if let Err(error) = sender.round().await {
                tracing::warn!(%error, "mail could not be looked after; the next round tries again");
            }
        }
    });
    Ok(())
}

/// Whether nobody on the way to this server reads along: it speaks TLS, or stands on this machine. Read as lettre reads it.
fn is_private(server: &str) -> bool {
    let Ok(url) = Url::parse(server) else { return false };
    let tls = url.query_pairs().find(|(key, _)| key == "tls").map(|(_, value)| value.into_owned());
    match url.scheme() {
        "smtps" => true,
        "smtp" => tls.as_deref() == Some("required") || matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")),
        _ => false,
    }
}

/// What became of a mail.
enum Fate {
    /// The server has it.
    Gone,
    /// Its recipient is refused for good.
    Refused,
    /// The server took it not, and may another time.
    Later,
    /// The server itself is the trouble.
    Trouble,
}

/// Whether this answer is about the recipient or the letter, for good: 550 to 553 without an enhanced code (RFC 3463) that blames the sender
/// (5.1.7, 5.1.8) or a policy such as relaying and who may sign in (5.7). What else is said with a 5 may be mended at the server.
fn is_refusal(code: u16, text: &str) -> bool {
    let policy = text.split(|sign: char| !(sign.is_ascii_digit() || sign == '.'));
    let blamed = policy.into_iter().any(|word| word.starts_with("5.7.") || word == "5.1.7" || word == "5.1.8");
    (550..=553).contains(&code) && !blamed
}

/// Whether this answer is about the server or the account there, whatever the mail.
fn is_trouble(code: u16) -> bool {
    matches!(code, 421 | 454 | 502 | 521 | 523 | 530 | 532 | 534 | 535 | 538)
}

fn fate(error: &lettre::transport::smtp::Error) -> Fate {
    let Some(code) = error.status().map(u16::from) else { return Fate::Trouble };
    // The text names the address, so that it is read and not written down.
    let text = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    match code {
        code if is_trouble(code) => Fate::Trouble,
        code if is_refusal(code, &text) => Fate::Refused,
        _ => Fate::Later,
    }
}

impl Sender {
    /// Sends what is due now, unless the server serves nobody: then all waits, and it is asked again later each time.
    async fn round(&self) -> Result<()> {
        let now = self.clock.now();
        if self.pause.lock().unwrap_or_else(PoisonError::into_inner).holds(now) || !store::is_due(self.db.read(), now).await? {
            return Ok(());
        }
        if !matches!(timeout(LONGEST, self.server.test_connection()).await, Ok(Ok(true))) {
            self.wait(now);
            return Ok(());
        }
        let due = self.db.retry(|| async {
            let txn = self.db.begin().await?;
            let due = store::take(&txn, now).await?;
            self.db.commit(txn).await?;
            Ok(due)
        });
        for due in due.await? {
            if self.one(&due).await? {
                self.wait(now);
                return Ok(());
            }
        }
        self.pause.lock().unwrap_or_else(PoisonError::into_inner).over();
        Ok(())
    }

    fn wait(&self, now: Timestamp) {
        let failures = self.pause.lock().unwrap_or_else(PoisonError::into_inner).longer(now);
        tracing::warn!(failures, "the mail server cannot be used; what is due waits");
    }

    /// Sends one of those that were taken, and gives whether the server was the trouble. Whoever takes longer than it may keep a mail leaves
    /// it to who took it after that.
    async fn one(&self, due: &Due) -> Result<bool> {
        let (db, now) = (self.db.write(), self.clock.now());
        let Due { region, mail, kept_until } = due;
        let id = mail.message.id;
        if !store::keep(db, *region, id, *kept_until, now).await? {
            return Ok(false);
        }
        // Settings count as they are when it goes, not as they were when it was told.
        let quiet_until = mail.settings.quiet.after(now);
        if quiet_until > now {
            return store::later(db, *region, id, quiet_until).await.map(|()| false);
        }
        let wanted = !mail.message.read && !mail.settings.muted.contains(&mail.message.reason.kind());
        let letter = mail.settings.email.as_deref().filter(|_| wanted).map(|to| self.letter(*region, mail, to)).transpose();
        let letter = match letter {
            Ok(Some(letter)) => letter,
            Ok(None) => return store::sent(db, *region, id).await.map(|()| false),
            Err(error) => {
                tracing::warn!(%error, message = %id, "a mail cannot be written");
                return store::sent(db, *region, id).await.map(|()| false);
            }
        };
        let fate = match timeout(LONGEST, self.server.send(letter)).await {
            Ok(Ok(_)) => Fate::Gone,
            // The address stands in what servers answer, so that is not written down.
            Ok(Err(error)) => fate(&error),
            Err(_) => Fate::Trouble,
        };
        let now = self.clock.now();
        let old = mail.is_old(now);
        match fate {
            Fate::Gone => store::sent(db, *region, id).await?,
            Fate::Later | Fate::Trouble if !old => {
                tracing::info!(message = %id, tries = mail.tries, "a mail did not go; it is tried again");
                store::failed(db, *region, id, now.plus(wait_after(mail.tries + 1))).await?;
            }
            Fate::Refused | Fate::Later | Fate::Trouble => {
                tracing::warn!(message = %id, tries = mail.tries, old, "a mail is given up");
                store::sent(db, *region, id).await?;
            }
        }
        Ok(matches!(fate, Fate::Trouble))
    }

    fn letter(&self, region: RegionId, mail: &Mail, to: &str) -> Result<Letter> {
        let language = if mail.settings.english { Language::English } else { Language::Dutch };
        let reason = MessageReason::try_from(mail.message.reason.number()).unwrap_or_default();
        let facts: HashMap<String, String> = mail.message.facts.clone().into_iter().collect();
        let kind = mail.message.reason.kind();
        let stop = format!("{}/messages/stop?token={}", self.portal, self.codes.unsubscribe(region, mail.user, kind)?);
        let body = messages::mail(language, reason, &facts, &format!("{}/messages", self.portal), &stop);
        let defect = |error: lettre::error::Error| Error::Internal(Box::new(error));
        let to = to.parse().map_err(|error: lettre::address::AddressError| Error::Internal(Box::new(error)))?;
        let domain = self.from.email.domain();
        let name = HeaderName::new_from_ascii_str("List-Unsubscribe");
        Letter::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(messages::subject(language, reason))
            .message_id(Some(format!("<{}@{domain}>", mail.message.id)))
            .raw_header(HeaderValue::new(name, format!("<{stop}>")))
            .header(ContentType::TEXT_PLAIN)
            .body(body)
            .map_err(defect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_goes_in_clear_only_within_the_machine() {
        for (server, private) in [
            ("smtps://user:password@mail.example", true),
            ("smtp://mail.example:587?tls=required", true),
            ("smtp://127.0.0.1:2525", true),
            ("smtp://localhost", true),
            ("smtp://[::1]:25/", true),
            ("smtp://mail.example:587", false),
            ("smtp://mail.example?tls=opportunistic", false),
            ("smtp://localhost@mail.example", false),
            ("smtp://localhost.mail.example", false),
            ("smtp://127.0.0.1.mail.example:25", false),
            ("SMTP://127.0.0.1:2525", true),
            ("SMTPS://mail.example", true),
            ("SMTP://mail.example:587", false),
            ("smtp://mail.example/@localhost", false),
            ("smtp://mail.example/?x=@localhost", false),
            ("smtp://mail.example?x=1#tls=required", false),
            ("smtp://mail.example?tls=opportunistic&tls=required", false),
            ("smtp://127.0.0.1:25@mail.example", false),
            ("smtp://localhost\\@mail.example", false),
            ("http://localhost", false),
            ("localhost:25", false),
            ("", false),
        ] {
            assert_eq!(is_private(server), private, "{server}");
        }
    }

    #[test]
    fn only_what_is_said_of_the_recipient_or_the_letter_gives_it_up() {
        for (code, text, refusal) in [
            (550, "no such user", true),
            (550, "5.1.1 <sam@example.nl>: unknown", true),
            (552, "5.2.2 mailbox full", true),
            (553, "mailbox name not allowed", true),
            (550, "5.7.1 relaying denied", false),
            (553, "5.7.1 <noreply@regio.example>: not owned by user", false),
            (550, "5.1.8 sender unknown", false),
            (554, "5.7.1 relay access denied", false),
            (554, "no SMTP service here", false),
            (535, "5.7.8 credentials invalid", false),
            (530, "5.7.0 authentication required", false),
            (450, "4.2.1 later", false),
        ] {
            assert_eq!(is_refusal(code, text), refusal, "{code} {text}");
            assert_eq!(is_trouble(code), matches!(code, 530 | 535), "{code}");
        }
    }
}
