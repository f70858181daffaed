//! E-mail over SMTP, sent from rows when they are due (D26, D34). A mail says what its message says and leads to the portal; no name, no
//! employer. It goes at least once: a process that dies between sending and noting it sends it again, under the same message id.

use std::{collections::HashMap, time::Duration};

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
use wording::{Language, messages};

use crate::{
    domain::message::{MAX_TRIES, Mail, wait_after},
    secrets::Codes,
    store::messages as store,
};

/// How often it is looked what is due.
const EVERY: Duration = Duration::from_secs(2);
/// A server that takes longer is tried again.
const PATIENCE: Duration = Duration::from_secs(30);

/// What sends mail. Clones are the same.
#[derive(Clone)]
struct Sender {
    db: Db,
    clock: Clock,
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    portal: String,
    codes: Codes,
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
    let sender = Sender { db: db.clone(), clock: frame.clock.clone(), server, from, portal: settings.portal(), codes: codes.clone() };
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

/// Whether nobody on the way to this server reads along: it speaks TLS, or stands on this machine.
fn is_private(server: &str) -> bool {
    let Some(plain) = server.strip_prefix("smtp://") else { return true };
    let (authority, query) = plain.split_once('?').unwrap_or((plain, ""));
    let host = authority.trim_end_matches('/').rsplit('@').next().unwrap_or_default();
    let loopback = ["localhost", "127.0.0.1", "[::1]"].iter().any(|own| {
        let rest = host.strip_prefix(own);
        rest.is_some_and(|port| port.is_empty() || port.starts_with(':'))
    });
    loopback || query.split('&').any(|pair| pair == "tls=required")
}

impl Sender {
    /// Sends what is due now.
    async fn round(&self) -> Result<()> {
        let now = self.clock.now();
        let due = self.db.retry(|| async {
            let txn = self.db.begin().await?;
            let due = store::take(&txn, now).await?;
            self.db.commit(txn).await?;
            Ok(due)
        });
        for (region, mail) in due.await? {
            self.one(region, &mail, now).await?;
        }
        Ok(())
    }

    async fn one(&self, region: RegionId, mail: &Mail, now: Timestamp) -> Result<()> {
        let id = mail.message.id;
        // Settings count as they are when it goes, not as they were when it was told.
        let due = mail.settings.quiet.after(now);
        if due > now {
            return store::later(self.db.write(), region, id, due).await;
        }
        let wanted = !mail.message.read && !mail.settings.muted.contains(&mail.message.reason.kind());
        let letter = mail.settings.email.as_deref().filter(|_| wanted).map(|to| self.letter(region, mail, to)).transpose();
        let letter = match letter {
            Ok(Some(letter)) => letter,
            Ok(None) => return store::sent(self.db.write(), region, id).await,
            Err(error) => {
                tracing::warn!(%error, message = %id, "a mail cannot be written");
                return store::sent(self.db.write(), region, id).await;
            }
        };
        match self.server.send(letter).await {
            Ok(_) => store::sent(self.db.write(), region, id).await,
            // The address stands in what servers answer, so that is not written down.
            Err(error) if error.is_permanent() || mail.tries >= MAX_TRIES => {
                tracing::warn!(message = %id, tries = mail.tries, permanent = error.is_permanent(), "a mail is given up");
                store::sent(self.db.write(), region, id).await
            }
            Err(_) => {
                tracing::info!(message = %id, tries = mail.tries, "a mail did not go; it is tried again");
                store::later(self.db.write(), region, id, now.plus(wait_after(mail.tries))).await
            }
        }
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
        ] {
            assert_eq!(is_private(server), private, "{server}");
        }
    }
}
