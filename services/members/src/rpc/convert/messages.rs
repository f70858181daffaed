//! What people are told.

use std::collections::BTreeMap;

use chassis::{error::Result, ids::MessageId, page::Page, time::LocalDate, validate::Fields};
use chrono::DateTime;
use proto::members as pb;
use uuid::Uuid;

use super::{choice, ids, message, page};
use crate::{
    domain::{
        message::{Fact, Message, MessageKind, MessageReason, MessageSettings, NewMessage, Quiet, Recipient},
        text::open_text,
    },
    store::messages::ByTime,
};

pub(in crate::rpc) fn notify(msg: &pb::NotifyRequest) -> Result<NewMessage> {
    let mut fields = Fields::new();
    let user = fields.optional_id("user", &msg.user).map(Recipient::User);
    let worker = fields.optional_id("worker", &msg.worker).map(Recipient::Worker);
    let planners = fields.optional_id("organisation", &msg.organisation).map(Recipient::Planners);
    match [&msg.user, &msg.worker, &msg.organisation].map(|id| !id.is_empty()) {
        [false, false, false] => fields.violation("user", "is required, or worker is"),
        [true, true, _] => fields.violation("worker", "must be empty beside user"),
        [true, _, true] | [_, true, true] => fields.violation("organisation", "must be empty beside user and worker"),
        _ => {}
    }
    let reason = choice(&mut fields, "reason", msg.reason, MessageReason::from_number);
    let facts = reason.map(|reason| facts(&mut fields, reason, &msg.metadata));
    let key = fields.text("key", &msg.key, 100);
    let new = || Some(NewMessage { recipient: user.or(worker).or(planners)?, reason: reason?, facts: facts?, key: key? });
    fields.finish_with(new())
}

/// Exactly the facts of the reason, each of its type: nothing else about anybody comes in this way.
fn facts(fields: &mut Fields, reason: MessageReason, given: &std::collections::HashMap<String, String>) -> BTreeMap<String, String> {
    for (key, fact) in reason.facts() {
        let field = format!("metadata[{key}]");
        let Some(text) = given.get(*key) else {
            fields.violation(field, "is required");
            continue;
        };
        let good = match fact {
            Fact::Instant => DateTime::parse_from_rfc3339(text).is_ok(),
            Fact::Day => text.parse::<LocalDate>().is_ok(),
            Fact::Code => {
                let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
                (1..=60).contains(&text.len()) && text.bytes().all(letter)
            }
        };
        if !good {
            fields.violation(field, "is not of its type");
        }
    }
    let mut unknown: Vec<&String> = given.keys().filter(|key| !reason.facts().iter().any(|(known, _)| known == key)).collect();
    unknown.sort_unstable();
    if let Some(first) = unknown.first() {
        // Cut, since whoever sends nonsense may send much of it.
        fields.violation(format!("metadata[{}]", first.chars().take(40).collect::<String>()), "is not a fact of this reason");
    }
    given.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

pub(in crate::rpc) fn list_messages(msg: &pb::ListMessagesRequest) -> Result<Page<ByTime>> {
    let mut fields = Fields::new();
    let page = page(&mut fields, msg.page_size, &msg.page_token, "messages");
    fields.finish_with(page)
}

pub(in crate::rpc) fn mark_read(msg: &pb::MarkReadRequest) -> Result<(Vec<MessageId>, Uuid)> {
    let mut fields = Fields::new();
    let ids = ids(&mut fields, "ids", &msg.ids, 1, 200);
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(ids.zip(request_id))
}

pub(in crate::rpc) fn set_message_settings(msg: &pb::SetMessageSettingsRequest) -> Result<(MessageSettings, Uuid)> {
    let mut fields = Fields::new();
    let settings = message(&mut fields, "settings", msg.settings.as_ref()).and_then(|msg| {
        let fields = &mut fields;
        let email = (!msg.email.trim().is_empty()).then(|| email(fields, &msg.email));
        let english = choice(fields, "settings.language", msg.language, |number| match number {
            1 => Some(false),
            2 => Some(true),
            _ => None,
        });
        let mut muted: Vec<MessageKind> = Vec::new();
        for (n, number) in msg.muted.iter().take(MessageKind::ALL.len() + 1).enumerate() {
            match choice(fields, &format!("settings.muted[{n}]"), *number, MessageKind::from_number) {
                Some(kind) if muted.contains(&kind) => fields.violation(format!("settings.muted[{n}]"), "is there twice"),
                kind => muted.extend(kind),
            }
        }
        muted.sort_unstable();
        let from = fields.number("settings.quiet_from", msg.quiet_from, 0, 1439);
        let until = fields.number("settings.quiet_until", msg.quiet_until, 0, 1439);
        Some(MessageSettings { email: email.flatten(), english: english?, muted, quiet: Quiet { from: from?, until: until? } })
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(settings.zip(request_id))
}

/// An address as a mail server takes it.
fn email(fields: &mut Fields, text: &str) -> Option<String> {
    let text = open_text(fields, "settings.email", text, 200)?;
    if text.parse::<lettre::Address>().is_ok_and(|address| address.domain().contains('.')) {
        Some(text)
    } else {
        fields.violation("settings.email", "is not an e-mail address");
        None
    }
}

pub(in crate::rpc) fn told(told: &Message) -> pb::Message {
    pb::Message {
        id: told.id.to_string(),
        reason: told.reason.number(),
        metadata: told.facts.clone().into_iter().collect(),
        told_at: Some(told.told_at.to_proto()),
        read: told.read,
    }
}

pub(in crate::rpc) fn message_settings(settings: &MessageSettings) -> pb::MessageSettings {
    let language = if settings.english { pb::MailLanguage::English } else { pb::MailLanguage::Dutch };
    pb::MessageSettings {
        email: settings.email.clone().unwrap_or_default(),
        language: language.into(),
        muted: settings.muted.iter().map(|kind| kind.number()).collect(),
        quiet_from: settings.quiet.from,
        quiet_until: settings.quiet.until,
    }
}
