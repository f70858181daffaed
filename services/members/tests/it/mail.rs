//! E-mail, at a real SMTP server.

use proto::members::{MailLanguage, MessageKind, MessageSettings, UnsubscribeRequest};
use testkit::{Testbed, servers::Smtp, wait_until};

use crate::{messages::Stand, support::count};

async fn stand(server: &Smtp) -> Stand {
    let (address, from) = (server.address(), "Regiopool <noreply@regio.example>".to_owned());
    let bed = Testbed::with(|settings| (settings.mail_server, settings.mail_from) = (Some(address.as_str().into()), Some(from))).await;
    Stand::over(bed).await
}

fn settings() -> MessageSettings {
    MessageSettings {
        email: "sam@example.nl".to_owned(),
        language: MailLanguage::English.into(),
        muted: Vec::new(),
        quiet_from: 0,
        quiet_until: 0,
    }
}

async fn mails(server: &Smtp, expected: usize) -> Vec<String> {
    wait_until(&format!("{expected} mails"), async || {
        let mails = server.mails();
        if mails.len() >= expected { Ok(mails) } else { Err(format!("{mails:?}")) }
    })
    .await
}

async fn waiting(stand: &Stand) -> i64 {
    count(&stand.bed.db("members"), "SELECT COUNT(*) AS n FROM mail").await
}

async fn nothing_waits(stand: &Stand) {
    wait_until("no mail to wait", async || match waiting(stand).await {
        0 => Ok(()),
        n => Err(n.to_string()),
    })
    .await;
}

#[tokio::test]
async fn a_message_comes_by_mail_says_no_more_than_it_must_and_can_be_stopped() {
    let server = Smtp::start();
    let stand = stand(&server).await;
    // Without an address there is no mail.
    stand.notify(stand.cancelled("before")).await.expect("told");
    assert_eq!(waiting(&stand).await, 0);
    stand.set(settings()).await.expect("set");
    let id = stand.notify(stand.cancelled("one")).await.expect("told");
    stand.notify(stand.cancelled("one")).await.expect("told");
    let mail = mails(&server, 1).await.remove(0);
    nothing_waits(&stand).await;
    for line in [
        "From: Regiopool <noreply@regio.example>",
        "To: sam@example.nl",
        "Subject: Your shift is cancelled",
        &format!("Message-ID: <{id}@regio.example>"),
        "Your shift Tue 24 Nov 07:00 – 15:00 was cancelled. You need not come.",
    ] {
        assert!(mail.contains(line), "{line} is not in\n{mail}");
    }
    for word in ["Jansen", "Sam ", "wrk_", "usr_", "org_"] {
        assert!(!mail.contains(word), "{word} is in\n{mail}");
    }

    let token = mail.rsplit_once("/messages/stop?token=").expect("a way to stop it").1.trim().to_owned();
    let stopped = stand.bed.messages().unsubscribe(UnsubscribeRequest { token }).await.expect("stopped").into_inner();
    assert_eq!(stopped.kind(), MessageKind::Shifts);
    assert_eq!(stand.settings().await.muted, [i32::from(MessageKind::Shifts)]);
    stand.notify(stand.cancelled("two")).await.expect("told");
    assert_eq!((waiting(&stand).await, stand.list(&stand.worker.token).await.messages.len()), (0, 3));
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn a_mail_waits_for_a_server_that_is_away() {
    let mut server = Smtp::start();
    let stand = stand(&server).await;
    stand.set(settings()).await.expect("set");
    server.kill();
    stand.notify(stand.cancelled("one")).await.expect("told");
    wait_until("a try that failed", async || {
        match count(&stand.bed.db("members"), "SELECT COUNT(*) AS n FROM mail WHERE tries > 0").await {
            0 => Err("none".to_owned()),
            _ => Ok(()),
        }
    })
    .await;
    server.restart();
    // It waits longer each time; an hour later its time has come.
    stand.bed.set_clock(3_600);
    assert!(mails(&server, 1).await[0].contains("sam@example.nl"));
    nothing_waits(&stand).await;
}

#[tokio::test]
async fn a_mail_waits_for_the_end_of_the_quiet_hours_and_is_not_sent_when_it_was_read_meanwhile() {
    let server = Smtp::start();
    let stand = stand(&server).await;
    // Quiet all day but for this minute tomorrow.
    let now = chrono::Timelike::hour(&stand.bed.frame.clock.now().local()) * 60;
    let minute = i32::try_from(now).expect("a minute");
    let (from, until) = ((minute + 1430) % 1440, (minute + 1380) % 1440);
    stand.set(MessageSettings { quiet_from: from, quiet_until: until, ..settings() }).await.expect("set");
    stand.notify(stand.cancelled("one")).await.expect("told");
    let id = stand.notify(stand.cancelled("two")).await.expect("told");
    let now = stand.bed.frame.clock.now();
    let later = count(&stand.bed.db("members"), &format!("SELECT COUNT(*) AS n FROM mail WHERE due_at > {}", now.0)).await;
    assert_eq!((later, server.mails().len()), (2, 0));
    let read = proto::members::MarkReadRequest { ids: vec![id], request_id: testkit::request_id() };
    stand.bed.messages().mark_read(testkit::as_token(read, &stand.worker.token)).await.expect("read");
    stand.set(settings()).await.expect("set");
    stand.bed.set_clock(24 * 3_600);
    assert_eq!(mails(&server, 1).await.len(), 1);
    nothing_waits(&stand).await;
    assert_eq!(server.mails().len(), 1, "what was read in the list needs no mail");
}
