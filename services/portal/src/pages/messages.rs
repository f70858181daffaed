//! What somebody was told, and how it reaches them.

use askama::Template;
use axum::{
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chassis::{ids::random_uuid, time::Timestamp};
use proto::members::{
    GetMessageSettingsRequest, ListMessagesRequest, MailLanguage, MarkReadRequest, Message, MessageKind, MessageReason, MessageSettings,
    SetMessageSettingsRequest, UnsubscribeRequest, message_service_client::MessageServiceClient,
};
use serde::Deserialize;
use wording::{Facts, Language, Words, clock, messages, states};

use crate::{
    failure::{Failure, Problems},
    forms::{Choice, Form, Input, Kind},
    pages::organisations::sent_back,
    view::{Page, encode, html},
    visit::{Signed, Visit},
};

/// Which page, and what was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    page: String,
    done: String,
}

struct Row {
    id: String,
    title: &'static str,
    text: String,
    when: String,
    unread: bool,
    /// The shift that it is about.
    shift: Option<String>,
}

#[derive(Template)]
#[template(path = "messages.html")]
struct MessagesPage {
    page: Page,
    rows: Vec<Row>,
    unread: i32,
    request_id: String,
    form: Option<Form>,
    next: Option<String>,
}

/// The token at the end of a mail.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Stop {
    token: String,
}

#[derive(Template)]
#[template(path = "stop.html")]
struct StopPage {
    page: Page,
    token: String,
    done: Option<String>,
}

/// `GET /messages`.
pub(crate) async fn show(signed: Signed, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    page(&signed, wish, None).await
}

/// `POST /messages/read`.
pub(crate) async fn read(signed: Signed, input: Input) -> Result<Response, Failure> {
    let request = MarkReadRequest { ids: input.all("message"), request_id: input.text("request_id").to_owned() };
    signed.messages().mark_read(signed.ask(request)).await?;
    Ok(Redirect::to("/messages").into_response())
}

/// `POST /messages/settings`.
pub(crate) async fn set(signed: Signed, input: Input) -> Result<Response, Failure> {
    let wanted: Vec<i32> = input.all("muted").iter().filter_map(|kind| kind.parse().ok()).collect();
    let minute = |name| input.minute(name).and_then(|minute| i32::try_from(minute).ok()).unwrap_or(-1);
    let settings = MessageSettings {
        email: input.text("email").to_owned(),
        language: input.text("language").parse().unwrap_or(0),
        // The boxes say of what mail comes.
        muted: kinds().map(i32::from).filter(|kind| !wanted.contains(kind)).collect(),
        quiet_from: minute("quiet_from"),
        quiet_until: minute("quiet_until"),
    };
    let request = SetMessageSettingsRequest { settings: Some(settings), request_id: input.text("request_id").to_owned() };
    match signed.messages().set_message_settings(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to("/messages?done=settings").into_response()),
        Err(status) => {
            let problems = Problems::of(signed.language(), status)?;
            page(&signed, Wish::default(), Some((input, problems))).await
        }
    }
}

fn kinds() -> impl Iterator<Item = MessageKind> {
    (1..).map_while(|number| MessageKind::try_from(number).ok())
}

async fn page(signed: &Signed, wish: Wish, sent: Option<(Input, Problems)>) -> Result<Response, Failure> {
    let words = signed.words();
    let list = ListMessagesRequest { page_size: 50, page_token: wish.page };
    let (mut messages, mut settings) = (signed.messages(), signed.messages());
    let (list, settings) =
        tokio::join!(messages.list_messages(signed.ask(list)), settings.get_message_settings(signed.ask(GetMessageSettingsRequest {})),);
    let (list, settings) = (list?.into_inner(), settings?.into_inner().settings.unwrap_or_default());
    let form = sent_back(words, form(words, &settings), sent);
    let notice = (wish.done == "settings").then(|| words.message_settings_notice());
    let next = list.next_page_token;
    let template = MessagesPage {
        page: Page::new(&signed.visit, words.messages_title()).with_notice(notice),
        rows: list.messages.into_iter().map(|message| row(words.0, message)).collect(),
        unread: list.unread,
        request_id: random_uuid().to_string(),
        form: Some(form),
        next: (!next.is_empty()).then(|| format!("/messages?page={}", encode(&next))),
    };
    Ok(html(template.form.as_ref().map_or(StatusCode::OK, |form| form.status), &template))
}

fn row(language: Language, message: Message) -> Row {
    let reason = MessageReason::try_from(message.reason).unwrap_or_default();
    let when = message.told_at.as_ref().and_then(Timestamp::from_proto);
    Row {
        title: messages::subject(language, reason),
        text: messages::text(language, reason, Facts(&message.metadata)),
        when: when.map(|at| format!("{} {}", clock::short_date(language, at.local_date()), clock::time(language, at))).unwrap_or_default(),
        unread: !message.read,
        shift: message.metadata.get("shift").filter(|shift| shift.starts_with("shf_")).cloned(),
        id: message.id,
    }
}

fn form(words: Words, settings: &MessageSettings) -> Form {
    let choice = |value: i32, label: &str, chosen| Choice { chosen, ..Choice::new(value.to_string(), label) };
    let languages = [MailLanguage::Dutch, MailLanguage::English]
        .map(|language| choice(language.into(), states::mail_language(words.0, language), settings.language == i32::from(language)));
    let kinds = kinds().map(|kind| choice(kind.into(), messages::kind(words.0, kind), !settings.muted.contains(&kind.into())));
    let clock = |minute: i32| format!("{:02}:{:02}", minute / 60, minute % 60);
    Form::new("settings", "/messages/settings", words.message_settings_submit())
        .field("email", words.field_email(), Kind::Text(200))
        .value(settings.email.clone())
        .optional()
        .hint(words.hint_email())
        .field("language", words.field_mail_language(), Kind::Select(languages.to_vec()))
        .field("muted", words.field_mail_kinds(), Kind::Checks(kinds.collect()))
        .field("quiet_from", words.field_quiet_from(), Kind::Time)
        .value(clock(settings.quiet_from))
        .field("quiet_until", words.field_quiet_until(), Kind::Time)
        .value(clock(settings.quiet_until))
}

/// `GET /messages/stop`: asks first, since programs that look at mail follow its links.
pub(crate) async fn ask_to_stop(visit: Visit, Query(stop): Query<Stop>) -> Response {
    let page = Page::new(&visit, visit.words().stop_title());
    html(StatusCode::OK, &StopPage { page, token: stop.token, done: None })
}

/// `POST /messages/stop`: for who holds a mail, signed in or not.
pub(crate) async fn stop(visit: Visit, input: Input) -> Result<Response, Failure> {
    visit.count();
    let request = UnsubscribeRequest { token: input.text("token").to_owned() };
    let stopped = MessageServiceClient::new(visit.app.members.clone()).unsubscribe(request).await?.into_inner();
    let words = visit.words();
    let page = Page::new(&visit, words.stop_title());
    let done = Some(words.stopped(messages::kind(words.0, stopped.kind())));
    Ok(html(StatusCode::OK, &StopPage { page, token: String::new(), done }))
}
