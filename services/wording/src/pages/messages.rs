//! Texts about messages and how they reach somebody.

use crate::Words;

words! {
    nav_messages: "Berichten", "Messages";
    messages_title: "Berichten", "Messages";
    no_messages: "Je hebt geen berichten.", "You have no messages.";
    is_unread: "nieuw", "new";
    mark_read: "Alles gelezen", "Mark all as read";
    message_settings_title: "E-mail en stille uren", "E-mail and quiet hours";
    message_settings_submit: "Bewaar", "Save";
    message_settings_notice: "Bewaard.", "Saved.";
    field_email: "E-mailadres", "E-mail address";
    hint_email: "Leeg: je krijgt geen e-mail.", "Empty: you get no e-mail.";
    field_mail_language: "Taal van e-mail", "Language of e-mail";
    field_mail_kinds: "E-mail over", "E-mail about";
    field_quiet_from: "Stil van", "Quiet from";
    field_quiet_until: "Stil tot", "Quiet until";
    stop_title: "Geen e-mail meer", "No more e-mail";
    stop_text: "Wil je over dit onderwerp geen e-mail meer? Je berichten blijven in Regiopool staan.",
        "Do you want no more e-mail about this subject? Your messages stay in Regiopool.";
    stop_submit: "Zet de e-mail uit", "Turn the e-mail off";
}

impl Words {
    /// How many messages are unread.
    pub fn unread(self, count: i32) -> String {
        match count {
            0 => self.0.two("Je hebt alles gelezen.", "You have read everything.").to_owned(),
            1 => self.0.two("1 nieuw bericht.", "1 new message.").to_owned(),
            count => self.0.two(format!("{count} nieuwe berichten."), format!("{count} new messages.")),
        }
    }

    /// What no mail comes about any more.
    pub fn stopped(self, kind: &str) -> String {
        self.0.two(format!("Je krijgt geen e-mail meer over {kind}."), format!("You get no more e-mail about {kind}."))
    }
}
