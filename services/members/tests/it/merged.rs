//! What stands under the name of a merged worker or user leads to the kept one (D13).

use chassis::caller::Role as R;
use proto::members::{
    GetMessageSettingsRequest, InviteAgainRequest, LinkOutcome, MailLanguage, MessageKind, MessageReason, MessageSettings, NotifyRequest,
    Role, SetMessageSettingsRequest, UnsubscribeRequest,
};
use testkit::{Testbed, as_token, region::Colleague, request_id, servers::Smtp};
use tonic::Code;

use crate::{
    links::Stand,
    mail::{mails, mails_in_time, nothing_waits, refused},
    support::{execute, not_found, refuses, unknown},
    users::{grant, user},
};

#[tokio::test]
async fn under_the_old_name_of_a_merged_worker_there_is_one_user() {
    let stand = Stand::start().await;
    let kept = stand.sanne(&stand.own, "Sanne", "Willems").await;
    let merged = stand.sanne(&stand.other, "Sanne", "Willems").await;
    let code = stand.code(&merged).await;
    stand.by_code(&kept, &code).await.expect("linked");
    let invite = |worker: &Colleague| user(vec![grant(Role::Worker, "")], &worker.id);
    let create = async |worker: &Colleague| {
        let request = as_token(invite(worker), stand.builder.operator());
        stand.bed.identity().create_user(request).await.map(|made| made.into_inner().user.expect("a user"))
    };
    // Where the merged one's user went on, it is this person's.
    let db = stand.bed.db("members");
    execute(&db, "DELETE FROM invitation").await;
    execute(&db, "DELETE FROM user_role").await;
    execute(&db, "DELETE FROM users").await;
    let made = create(&merged).await.expect("made");
    assert_eq!(made.worker, kept.id);
    refuses(&stand.bed, async || create(&kept).await, Code::AlreadyExists, "WORKER_HAS_USER", &[]).await;
    for worker in [&kept, &merged] {
        let (user, worker) = (String::new(), worker.id.clone());
        let again = InviteAgainRequest { user, worker, request_id: request_id() };
        let again = stand.bed.identity().invite_again(as_token(again, &stand.own.hr)).await.expect("invited again").into_inner();
        assert_eq!(again.user.expect("it").id, made.id);
    }
    let nobody = InviteAgainRequest { user: String::new(), worker: unknown("wrk"), request_id: request_id() };
    not_found(&stand.bed, "user", async || stand.bed.identity().invite_again(as_token(nobody, stand.builder.operator())).await).await;
}

#[tokio::test]
async fn who_is_merged_keeps_the_mail_that_waits_and_the_way_to_stop_it() {
    let server = Smtp::start();
    let address = server.address();
    let stand = Stand::over(Testbed::with(|settings| settings.mail_server = Some(address.as_str().into())).await).await;
    let kept = stand.sanne(&stand.own, "Sanne", "Willems").await;
    let merged = stand.sanne(&stand.other, "Sanne", "Willems").await;
    let (kept_user, merged_user) = (stand.account(&kept, "one").await, stand.account(&merged, "two").await);
    let token = |user: &str, worker: &Colleague| stand.bed.worker_token(user.parse().expect("a user's id"), &worker.id);
    let settings = MessageSettings {
        email: "sanne@example.nl".to_owned(),
        language: MailLanguage::English.into(),
        muted: Vec::new(),
        quiet_from: 0,
        quiet_until: 0,
    };
    let set = SetMessageSettingsRequest { settings: Some(settings.clone()), request_id: request_id() };
    stand.bed.messages().set_message_settings(as_token(set, &token(&merged_user, &merged))).await.expect("set");
    let service = stand.bed.token(&[(R::Service, None)]).await;
    let notify = async |key: &str| {
        let (user, reason, key) = (merged_user.clone(), MessageReason::SomethingForYou.into(), key.to_owned());
        let request = NotifyRequest { user, reason, key, ..NotifyRequest::default() };
        stand.bed.messages().notify(as_token(request, &service)).await.expect("told");
    };
    notify("one").await;
    let mail = mails(&server, 1).await.remove(0);
    nothing_waits(&stand.bed).await;
    server.answers(&[("RCPT:sanne@example.nl", "450 4.2.1 later")]);
    notify("two").await;
    refused(&server, "RCPT:sanne@example.nl", 1).await;

    let (own_number, their_number) = (stand.number(&kept).await, stand.number(&merged).await);
    assert_eq!(stand.confirm(&merged, &stand.own, &own_number).await.expect("an answer"), LinkOutcome::Waiting);
    assert_eq!(stand.confirm(&kept, &stand.other, &their_number).await.expect("an answer"), LinkOutcome::Linked);
    let own_settings = async || {
        let request = as_token(GetMessageSettingsRequest {}, &token(&kept_user, &kept));
        stand.bed.messages().get_message_settings(request).await.expect("them").into_inner().settings.expect("them")
    };
    assert_eq!(own_settings().await, settings);
    server.answers(&[]);
    assert_eq!(mails_in_time(&stand.bed, &mut 0, &server, 2).await.len(), 2);

    let token = mail.rsplit_once("/messages/stop?token=").expect("a way to stop it").1.trim().to_owned();
    let stopped = stand.bed.messages().unsubscribe(UnsubscribeRequest { token }).await.expect("stopped").into_inner();
    assert_ne!(stopped.kind(), MessageKind::Unspecified);
    assert_eq!(own_settings().await.muted, [i32::from(stopped.kind())]);
    stand.assert_clean().await;
}
