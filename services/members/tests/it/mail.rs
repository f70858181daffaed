//! E-mail, at a real SMTP server.

use proto::members::{MailLanguage, MessageKind, MessageSettings, UnsubscribeRequest};
use testkit::{Testbed, servers::Smtp, wait_until};

use crate::{messages::Stand, support::count};

async fn stand(server: &Smtp) -> Stand {
    stand_at(server.address()).await
}

async fn stand_at(address: String) -> Stand {
    let (address, from) = (address, "Regiopool <noreply@regio.example>".to_owned());
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

pub(crate) async fn mails(server: &Smtp, expected: usize) -> Vec<String> {
    wait_until(&format!("{expected} mails"), async || {
        let mails = server.mails();
        if mails.len() >= expected { Ok(mails) } else { Err(format!("{mails:?}")) }
    })
    .await
}

/// Moves business time on until the probe gives a value: when a mail is tried again depends on when its last failure was noted.
pub(crate) async fn as_time_goes<T>(bed: &Testbed, seconds: &mut i64, what: &str, mut probe: impl AsyncFnMut() -> Result<T, String>) -> T {
    wait_until(what, async || {
        *seconds += 10;
        bed.set_clock(*seconds);
        probe().await
    })
    .await
}

/// So many mails, sooner or later.
pub(crate) async fn mails_in_time(bed: &Testbed, seconds: &mut i64, server: &Smtp, expected: usize) -> Vec<String> {
    as_time_goes(bed, seconds, &format!("{expected} mails"), async || {
        let mails = server.mails();
        if mails.len() >= expected { Ok(mails) } else { Err(format!("{mails:?}")) }
    })
    .await
}

async fn waiting(bed: &Testbed) -> i64 {
    count(&bed.db("members"), "SELECT COUNT(*) AS n FROM mail").await
}

pub(crate) async fn nothing_waits(bed: &Testbed) {
    wait_until("no mail to wait", async || match waiting(bed).await {
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
    assert_eq!(waiting(&stand.bed).await, 0);
    stand.set(settings()).await.expect("set");
    let id = stand.notify(stand.cancelled("one")).await.expect("told");
    stand.notify(stand.cancelled("one")).await.expect("told");
    let mail = mails(&server, 1).await.remove(0);
    nothing_waits(&stand.bed).await;
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
    assert_eq!((waiting(&stand.bed).await, stand.list(&stand.worker.token).await.messages.len()), (0, 3));
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn a_mail_waits_for_a_server_that_is_away() {
    let mut server = Smtp::start();
    let stand = stand(&server).await;
    stand.set(settings()).await.expect("set");
    server.kill();
    let address = server.address().replace("smtp://", "");
    let nobody = tokio::net::TcpListener::bind(address).await.expect("the server's own port");
    stand.notify(stand.cancelled("one")).await.expect("told");
    // Somebody comes, and is not served.
    drop(nobody.accept().await.expect("a try"));
    drop(nobody);
    server.restart();
    // It waits longer each time; an hour later its time has come.
    assert!(mails_in_time(&stand.bed, &mut 0, &server, 1).await[0].contains("sam@example.nl"));
    nothing_waits(&stand.bed).await;
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
    nothing_waits(&stand.bed).await;
    assert_eq!(server.mails().len(), 1, "what was read in the list needs no mail");
}

pub(crate) async fn refused(server: &Smtp, step: &str, times: usize) {
    wait_until(&format!("{step} to be refused"), async || {
        let refusals = server.refusals(step);
        if refusals >= times { Ok(()) } else { Err(refusals.to_string()) }
    })
    .await;
}

#[tokio::test]
async fn no_mail_is_given_up_while_the_server_itself_is_the_trouble() {
    let server = Smtp::start();
    let stand = stand_at(server.address_with("old")).await;
    stand.set(settings()).await.expect("set");
    server.answers(&[("PASSWORD", "new")]);
    stand.notify(stand.cancelled("one")).await.expect("told");
    // A password that was changed, a server that serves nobody, a sender that it does not take, a letter that it does not like today.
    let troubles =
        [("PASSWORD", "new"), ("GREETING", "554 5.3.2 no service"), ("MAIL", "550 5.7.1 not yours"), ("DATA", "554 5.7.1 no relay")];
    let mut seconds = 0;
    for (step, answer) in troubles {
        server.answers(&[(step, answer)]);
        // Twice, so that what the first refusal led to is written down.
        for _ in 0..2 {
            let before = server.refusals(step);
            as_time_goes(
                &stand.bed,
                &mut seconds,
                step,
                async || if server.refusals(step) > before { Ok(()) } else { Err(before.to_string()) },
            )
            .await;
        }
        assert_eq!(waiting(&stand.bed).await, 1, "{step} {answer}");
    }
    server.answers(&[]);
    assert!(mails_in_time(&stand.bed, &mut seconds, &server, 1).await[0].contains("sam@example.nl"));
    nothing_waits(&stand.bed).await;
}

#[tokio::test]
async fn a_mail_whose_recipient_is_refused_is_given_up_and_the_others_go() {
    let server = Smtp::start();
    let stand = stand(&server).await;
    stand.set(settings()).await.expect("set");
    server.answers(&[("RCPT:gone@example.nl", "550 5.1.1 no such mailbox"), ("RCPT:sam@example.nl", "450 4.2.1 later")]);
    stand.notify(stand.cancelled("one")).await.expect("told");
    refused(&server, "RCPT:sam@example.nl", 1).await;
    stand.set(MessageSettings { email: "gone@example.nl".to_owned(), ..settings() }).await.expect("set");
    stand.notify(stand.cancelled("two")).await.expect("told");
    refused(&server, "RCPT:gone@example.nl", 1).await;
    wait_until("one to be given up", async || match waiting(&stand.bed).await {
        1 => Ok(()),
        n => Err(n.to_string()),
    })
    .await;
    server.answers(&[]);
    stand.set(settings()).await.expect("set");
    assert_eq!(mails_in_time(&stand.bed, &mut 0, &server, 1).await.len(), 1);
    nothing_waits(&stand.bed).await;
    assert_eq!(server.mails().len(), 1, "the one that was given up never goes");
}

#[tokio::test]
async fn a_mail_that_does_not_go_is_given_up_after_two_days() {
    let server = Smtp::start();
    let stand = stand(&server).await;
    stand.set(settings()).await.expect("set");
    server.answers(&[("RCPT:sam@example.nl", "450 4.2.1 later")]);
    stand.notify(stand.cancelled("one")).await.expect("told");
    let mut seconds = 0;
    for times in 1..=4 {
        let refused = async || match server.refusals("RCPT:sam@example.nl") {
            n if n >= times => Ok(()),
            n => Err(n.to_string()),
        };
        as_time_goes(&stand.bed, &mut seconds, "a further try", refused).await;
    }
    assert_eq!(waiting(&stand.bed).await, 1);
    stand.bed.set_clock(50 * 3_600);
    nothing_waits(&stand.bed).await;
    assert_eq!(server.mails(), [] as [String; 0]);
}

#[tokio::test]
async fn a_mail_that_cannot_be_read_keeps_no_other_one() {
    let server = Smtp::start();
    let stand = stand(&server).await;
    stand.set(settings()).await.expect("set");
    server.answers(&[("RCPT:sam@example.nl", "450 4.2.1 later")]);
    for key in ["one", "two"] {
        stand.notify(stand.cancelled(key)).await.expect("told");
    }
    refused(&server, "RCPT:sam@example.nl", 2).await;
    crate::support::execute(&stand.bed.db("members"), "UPDATE message SET reason = 9999 WHERE told_key = 'one'").await;
    server.answers(&[]);
    assert_eq!(mails_in_time(&stand.bed, &mut 0, &server, 1).await.len(), 1);
    wait_until("the other one alone to wait", async || match waiting(&stand.bed).await {
        1 => Ok(()),
        n => Err(n.to_string()),
    })
    .await;
}
