//! What people are told: by whom, once, to whom alone, and how it may reach them.

use std::collections::HashMap;

use chassis::caller::{Caller, Grant, Role as R, Subject};
use proto::members::{
    GetMessageSettingsRequest, ListMessagesRequest, ListMessagesResponse, MailLanguage, MarkReadRequest, MessageKind, MessageReason,
    MessageSettings, NotifyRequest, Role, SetMessageSettingsRequest, UnsubscribeRequest,
};
use testkit::{
    Testbed, as_token, reason,
    region::{Builder, Colleague, Person},
    request_id, violations,
};
use tonic::{Code, Status};

use crate::{
    support::{Wrong, not_found, refuses_what_is_wrong, unknown},
    users::{grant, user, with_identity},
};

pub(crate) struct Stand {
    pub(crate) bed: Testbed,
    pub(crate) builder: Builder,
    pub(crate) worker: Colleague,
    pub(crate) user: String,
    service: String,
}

impl Stand {
    pub(crate) async fn start() -> Self {
        Self::over(Testbed::start().await).await
    }

    pub(crate) async fn over(bed: Testbed) -> Self {
        let builder = bed.builder().await;
        let employer = builder.employer_without_agreement("A").await;
        let made = builder.worker(&employer, &Person::default()).await;
        let request = with_identity("sam", user(vec![grant(Role::Worker, "")], &made.id));
        let account = bed.identity().create_user(as_token(request, builder.operator())).await.expect("a user").into_inner();
        let user = account.user.expect("it").id;
        let token = bed.worker_token(user.parse().expect("a user's id"), &made.id);
        let service = bed.token(&[(R::Service, None)]).await;
        Self { worker: Colleague { token, ..made }, bed, builder, user, service }
    }

    pub(crate) fn cancelled(&self, key: &str) -> NotifyRequest {
        let facts = [("shift", "shf_1"), ("starts_at", "2026-11-24T06:00:00Z"), ("ends_at", "2026-11-24T14:00:00Z")];
        NotifyRequest {
            worker: self.worker.id.clone(),
            reason: MessageReason::ShiftCancelled.into(),
            metadata: facts.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            key: key.to_owned(),
            ..NotifyRequest::default()
        }
    }

    pub(crate) async fn notify(&self, request: NotifyRequest) -> Result<String, Status> {
        Ok(self.bed.messages().notify(as_token(request, &self.service)).await?.into_inner().id)
    }

    pub(crate) async fn list(&self, token: &str) -> ListMessagesResponse {
        let request = as_token(ListMessagesRequest::default(), token);
        self.bed.messages().list_messages(request).await.expect("listed").into_inner()
    }

    pub(crate) async fn set(&self, settings: MessageSettings) -> Result<MessageSettings, Status> {
        let request = SetMessageSettingsRequest { settings: Some(settings), request_id: request_id() };
        let answer = self.bed.messages().set_message_settings(as_token(request, &self.worker.token)).await?;
        Ok(answer.into_inner().settings.expect("them"))
    }

    pub(crate) async fn settings(&self) -> MessageSettings {
        let request = as_token(GetMessageSettingsRequest {}, &self.worker.token);
        self.bed.messages().get_message_settings(request).await.expect("them").into_inner().settings.expect("them")
    }
}

#[tokio::test]
async fn a_message_is_told_everything_that_is_wrong_with_it() {
    let stand = Stand::start().await;
    let wrong: &[Wrong<NotifyRequest>] = &[
        (|r| *r = NotifyRequest::default(), &[("user", "is required, or worker is"), ("reason", "is required"), ("key", "is required")]),
        (
            |r| {
                r.user = unknown("usr");
                r.key = "x".repeat(101);
                r.metadata.remove("shift");
                r.metadata.insert("starts_at".to_owned(), "tomorrow".to_owned());
                r.metadata.insert("diagnosis".to_owned(), "x".to_owned());
            },
            &[
                ("worker", "must be empty beside user"),
                ("metadata[shift]", "is required"),
                ("metadata[starts_at]", "is not of its type"),
                ("metadata[diagnosis]", "is not a fact of this reason"),
                ("key", "is longer than 100 characters"),
            ],
        ),
        (
            |r| {
                (r.reason, r.metadata) =
                    (6, HashMap::from([("competence".to_owned(), "É".to_owned()), ("date".to_owned(), "1".to_owned())]))
            },
            &[("metadata[competence]", "is not of its type"), ("metadata[date]", "is not of its type")],
        ),
    ];
    refuses_what_is_wrong(&stand.bed, &stand.cancelled("a"), wrong, async |r| stand.notify(r).await).await;
    let nobody = NotifyRequest { worker: unknown("wrk"), ..stand.cancelled("a") };
    not_found(&stand.bed, "worker", async || stand.notify(nobody).await).await;
    let nobody = NotifyRequest { worker: String::new(), user: unknown("usr"), ..stand.cancelled("a") };
    not_found(&stand.bed, "user", async || stand.notify(nobody).await).await;

    let good = SetMessageSettingsRequest { settings: Some(stand.settings().await), request_id: request_id() };
    let wrong: &[Wrong<SetMessageSettingsRequest>] = &[
        (|r| *r = SetMessageSettingsRequest::default(), &[("settings", "is required"), ("request_id", "is not a UUID (D25)")]),
        (
            |r| {
                let (email, language, muted) = ("sam@home".to_owned(), 3, vec![1, 9, 1]);
                r.settings = Some(MessageSettings { email, language, muted, quiet_from: -1, quiet_until: 1440 });
            },
            &[
                ("settings.email", "is not an e-mail address"),
                ("settings.language", "is not a value of its enum"),
                ("settings.muted[1]", "is not a value of its enum"),
                ("settings.muted[2]", "is there twice"),
                ("settings.quiet_from", "is not between 0 and 1439"),
                ("settings.quiet_until", "is not between 0 and 1439"),
            ],
        ),
        (|r| r.settings.as_mut().unwrap().email = "x\nBcc: y@z.example".to_owned(), &[("settings.email", "has control characters")]),
    ];
    refuses_what_is_wrong(&stand.bed, &good, wrong, async |r| {
        stand.bed.messages().set_message_settings(as_token(r, &stand.worker.token)).await
    })
    .await;
}

#[tokio::test]
async fn a_message_is_told_once_for_its_key_and_read_by_its_person_alone() {
    let stand = Stand::start().await;
    let id = stand.notify(stand.cancelled("event 1")).await.expect("told");
    assert_eq!(stand.notify(stand.cancelled("event 1")).await.expect("told"), id);
    let to_user = NotifyRequest {
        user: stand.user.clone(),
        worker: String::new(),
        reason: MessageReason::SomethingForYou.into(),
        metadata: HashMap::new(),
        key: "event 2".to_owned(),
        ..NotifyRequest::default()
    };
    let second = stand.notify(to_user).await.expect("told");
    let list = stand.list(&stand.worker.token).await;
    let ids: Vec<&str> = list.messages.iter().map(|message| message.id.as_str()).collect();
    assert_eq!((ids, list.unread), (vec![second.as_str(), id.as_str()], 2));
    assert_eq!(list.messages[1].metadata, stand.cancelled("").metadata);

    // Others have none, and their reading changes nothing.
    let stranger = stand.bed.worker_token(chassis::ids::UserId::new(), &unknown("wrk"));
    let read = async |token: &str| {
        let request = MarkReadRequest { ids: vec![id.clone(), unknown("msg")], request_id: request_id() };
        stand.bed.messages().mark_read(as_token(request, token)).await.map(drop)
    };
    let hr = stand.bed.token(&[(R::Operator, None)]).await;
    assert_eq!(stand.list(&hr).await.messages, []);
    read(&hr).await.expect("nothing of it");
    assert_eq!(reason(&read(&stranger).await.expect_err("no such worker")), "NOT_FOUND");
    assert_eq!(stand.list(&stand.worker.token).await.unread, 2);
    read(&stand.worker.token).await.expect("read");
    let list = stand.list(&stand.worker.token).await;
    assert_eq!((list.unread, list.messages[1].read, list.messages[0].read), (1, true, false));
}

#[tokio::test]
async fn planners_of_an_organisation_are_told_once_each_and_nobody_else_is() {
    let stand = Stand::start().await;
    let (own, other) = (stand.builder.employer_without_agreement("B").await, stand.builder.employer_without_agreement("C").await);
    let account = async |subject: &str, role, organisation: &str| {
        let request = with_identity(subject, user(vec![grant(role, organisation)], ""));
        let made = stand.bed.identity().create_user(as_token(request, stand.builder.operator())).await.expect("a user").into_inner();
        let id = made.user.expect("it").id.parse().expect("a user's id");
        stand.bed.sign(&Caller { subject: Subject::User(id), region: Some(stand.bed.region), grants: Vec::new(), worker: None })
    };
    let planners = [account("p1", Role::Planner, &own.id).await, account("p2", Role::Planner, &own.id).await];
    let others = [account("hr", Role::Hr, &own.id).await, account("p3", Role::Planner, &other.id).await];
    let to = NotifyRequest { worker: String::new(), organisation: own.id.clone(), ..stand.cancelled("event 1") };
    for _ in 0..2 {
        assert_eq!(stand.notify(to.clone()).await.expect("told"), "");
    }
    for token in &planners {
        let list = stand.list(token).await;
        assert_eq!((list.messages.len(), list.messages[0].reason()), (1, MessageReason::ShiftCancelled));
    }
    for token in &others {
        assert_eq!(stand.list(token).await.messages, []);
    }
    let nobody = NotifyRequest { organisation: unknown("org"), ..to.clone() };
    not_found(&stand.bed, "organisation", async || stand.notify(nobody).await).await;
    let status = stand.notify(NotifyRequest { worker: stand.worker.id.clone(), ..to }).await.expect_err("to whom?");
    assert_eq!(violations(&status), [("organisation".to_owned(), "must be empty beside user and worker".to_owned())]);
}

#[tokio::test]
async fn a_service_acts_in_a_region_that_it_knows_by_its_id() {
    let stand = Stand::start().await;
    let token = stand.bed.frame.service_token_in(stand.bed.region).await.expect("a token");
    stand.bed.messages().notify(as_token(stand.cancelled("event 1"), &token)).await.expect("told");
    assert_eq!(stand.list(&stand.worker.token).await.unread, 1);
    let nowhere = stand.bed.frame.service_token_in(chassis::ids::RegionId::new()).await;
    assert!(nowhere.is_err(), "a token in no region");
}

#[tokio::test]
async fn only_a_service_tells() {
    let stand = Stand::start().await;
    let caller = Caller {
        subject: Subject::User(stand.user.parse().expect("a user's id")),
        region: Some(stand.bed.region),
        grants: vec![Grant { role: R::Operator, organisation: None }],
        worker: None,
    };
    let request = as_token(stand.cancelled("a"), &stand.bed.sign(&caller));
    let status = stand.bed.messages().notify(request).await.expect_err("not a service");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::PermissionDenied, "ROLE_MISSING"));
}

#[tokio::test]
async fn settings_are_the_persons_own_and_a_wrong_token_stops_nothing() {
    let stand = Stand::start().await;
    let usual = MessageSettings { language: MailLanguage::Dutch.into(), quiet_from: 1320, quiet_until: 420, ..MessageSettings::default() };
    assert_eq!(stand.settings().await, usual);
    let own = MessageSettings {
        email: "sam@example.nl".to_owned(),
        language: MailLanguage::English.into(),
        muted: vec![MessageKind::Openings.into(), MessageKind::Shifts.into()],
        quiet_from: 0,
        quiet_until: 0,
    };
    let stored = stand.set(own.clone()).await.expect("set");
    let own = MessageSettings { muted: vec![MessageKind::Shifts.into(), MessageKind::Openings.into()], ..own };
    assert_eq!((&stored, &stand.settings().await), (&own, &own));
    let request = as_token(GetMessageSettingsRequest {}, stand.builder.operator());
    let status = stand.bed.messages().get_message_settings(request).await.expect_err("a client has none");
    assert_eq!(status.code(), Code::NotFound);
    for token in ["", "x", &"A".repeat(66)] {
        let status = stand.bed.messages().unsubscribe(UnsubscribeRequest { token: token.to_owned() }).await.expect_err("no token");
        assert_eq!(violations(&status), [("token".to_owned(), "is not a token of a mail".to_owned())]);
    }
}
