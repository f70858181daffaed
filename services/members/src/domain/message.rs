//! What people are told, and when it may reach them (D34).

use std::{collections::BTreeMap, time::Duration};

use chassis::{
    ids::{MessageId, OrganisationId, UserId, WorkerId},
    time::Timestamp,
};

use super::numbered;

numbered! {
    /// What a message is about.
    MessageReason {
        /// A shift of the worker was cancelled.
        ShiftCancelled = 1,
        /// A claim was given back.
        ClaimReleased = 2,
        /// Two pieces of work are too close.
        ClaimConflict = 3,
        /// A place is offered.
        PlaceOffered = 4,
        /// A shift that fits is open.
        ShiftOpen = 5,
        /// A competence ends.
        CompetenceEnds = 6,
        /// The registration ends.
        RegistrationEnds = 7,
        /// Another employer was linked.
        EmployerLinked = 8,
        /// There is something elsewhere.
        SomethingForYou = 9,
        /// The worker has a place.
        ClaimConfirmed = 20,
        /// A wait or an offer is over without a place.
        WaitEnded = 21,
        /// A shift no longer fits, told to the worker.
        ShiftNoLongerFits = 22,
        /// A claim no longer fits, told to planners.
        ClaimNoLongerFits = 23,
        /// A claim gave way, told to the host's planners.
        PlaceCameFree = 24,
    }
}

numbered! {
    /// Kinds of messages, for which somebody can stop e-mail.
    MessageKind {
        /// What changes about own shifts.
        Shifts = 1,
        /// Open shifts and offers.
        Openings = 2,
        /// What ends in the portfolio.
        Portfolio = 3,
        /// The own account and employers.
        Account = 4,
        /// Everything else.
        Other = 5,
    }
}

/// What a fact of a message must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// An instant, RFC 3339.
    Instant,
    /// A day, ISO.
    Day,
    /// A code of lower-case letters, digits and hyphens, or an id.
    Code,
}

impl MessageReason {
    /// The facts that such a message has, all of them.
    pub fn facts(self) -> &'static [(&'static str, Fact)] {
        const SHIFT: &[(&str, Fact)] = &[("ends_at", Fact::Instant), ("shift", Fact::Code), ("starts_at", Fact::Instant)];
        const OFFER: &[(&str, Fact)] =
            &[("ends_at", Fact::Instant), ("shift", Fact::Code), ("starts_at", Fact::Instant), ("until", Fact::Instant)];
        match self {
            Self::ShiftCancelled | Self::ClaimReleased | Self::ClaimConflict | Self::ShiftOpen => SHIFT,
            Self::ClaimConfirmed | Self::WaitEnded | Self::PlaceCameFree => SHIFT,
            Self::PlaceOffered | Self::ShiftNoLongerFits | Self::ClaimNoLongerFits => OFFER,
            Self::CompetenceEnds => &[("competence", Fact::Code), ("date", Fact::Day)],
            Self::RegistrationEnds => &[("date", Fact::Day)],
            Self::EmployerLinked | Self::SomethingForYou => &[],
        }
    }

    /// For which kind of e-mail it counts.
    pub fn kind(self) -> MessageKind {
        match self {
            Self::ShiftCancelled | Self::ClaimReleased | Self::ClaimConflict => MessageKind::Shifts,
            Self::ClaimConfirmed | Self::ShiftNoLongerFits | Self::ClaimNoLongerFits | Self::PlaceCameFree => MessageKind::Shifts,
            Self::PlaceOffered | Self::ShiftOpen | Self::WaitEnded => MessageKind::Openings,
            Self::CompetenceEnds | Self::RegistrationEnds => MessageKind::Portfolio,
            Self::EmployerLinked => MessageKind::Account,
            Self::SomethingForYou => MessageKind::Other,
        }
    }
}

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipient {
    /// Somebody who can sign in.
    User(UserId),
    /// A worker, who may not be able to sign in yet.
    Worker(WorkerId),
    /// Everybody who is a planner there now.
    Planners(OrganisationId),
}

/// What a service tells somebody.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// Who is told.
    pub recipient: Recipient,
    /// What it is about.
    pub reason: MessageReason,
    /// What the reason was measured on: exactly [`MessageReason::facts`].
    pub facts: BTreeMap<String, String>,
    /// Names it for who tells it.
    pub key: String,
}

/// A message in somebody's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// What it is about.
    pub reason: MessageReason,
    /// What the reason was measured on.
    pub facts: BTreeMap<String, String>,
    /// When it was told.
    pub told_at: Timestamp,
    /// Whether the person has read it.
    pub read: bool,
}

/// How messages reach somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageSettings {
    /// E-mail address; absent: no e-mail.
    pub email: Option<String>,
    /// Whether mail is in English; Dutch otherwise.
    pub english: bool,
    /// Kinds of which no e-mail comes, each once, in order.
    pub muted: Vec<MessageKind>,
    /// When nothing is sent.
    pub quiet: Quiet,
}

impl Default for MessageSettings {
    fn default() -> Self {
        Self { email: None, english: false, muted: Vec::new(), quiet: Quiet { from: 22 * 60, until: 7 * 60 } }
    }
}

/// Hours in which nothing is sent, in minutes since midnight on the clock. From and until alike means none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    /// Begin.
    pub from: i32,
    /// End.
    pub until: i32,
}

impl Quiet {
    /// When something that is due at this moment may be sent: then, or at the end of the quiet hours.
    pub fn after(self, due: Timestamp) -> Timestamp {
        let local = due.local();
        let minute = chrono::Timelike::hour(&local) * 60 + chrono::Timelike::minute(&local);
        let minute = i32::try_from(minute).unwrap_or_default();
        let inside =
            if self.from <= self.until { (self.from..self.until).contains(&minute) } else { minute >= self.from || minute < self.until };
        if !inside {
            return due;
        }
        let today = due.local_date();
        let day = if minute < self.until { Some(today.0) } else { today.0.succ_opt() };
        let end =
            u32::try_from(self.until).ok().zip(day).and_then(|(minute, day)| chassis::time::LocalDate(day).at_minute(minute, false).ok());
        // An end that the clock jumps over in spring: an hour is near enough.
        end.unwrap_or_else(|| due.plus(Duration::from_secs(3600)))
    }
}

/// A mail that does not go is given up so long after it was due first; the message stays in the list.
const MAX_AGE: Duration = Duration::from_secs(2 * 24 * 3600);

/// How long to wait after so many tries that failed: a minute, and twice as long each time, at most six hours.
pub fn wait_after(tries: i32) -> Duration {
    let doublings = u32::try_from(tries.saturating_sub(1)).unwrap_or_default().min(9);
    Duration::from_secs((60_u64 << doublings).min(6 * 3600))
}

/// A mail that is due: to whom, about what.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The message that it is about.
    pub message: Message,
    /// Whose it is.
    pub user: UserId,
    /// How it reaches them, as it is now.
    pub settings: MessageSettings,
    /// How often it was tried and did not go.
    pub tries: i32,
}

impl Mail {
    /// Whether it is given up when it does not go now.
    pub fn is_old(&self, now: Timestamp) -> bool {
        self.settings.quiet.after(self.message.told_at).plus(MAX_AGE) <= now
    }
}

/// How long nothing is sent since the server serves nobody: a minute, and twice as long each time, at most a quarter of an hour.
#[derive(Debug, Default)]
pub struct Pause {
    failures: i32,
    until: Option<Timestamp>,
}

impl Pause {
    /// Whether nothing is sent now.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    /// The server could not be used once more; how often in a row.
    pub fn longer(&mut self, now: Timestamp) -> i32 {
        self.failures = self.failures.saturating_add(1);
        self.until = Some(now.plus(wait_after(self.failures).min(Duration::from_secs(15 * 60))));
        self.failures
    }

    /// The server could be used.
    pub fn over(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        let (day, clock) = text.split_once(' ').expect("a day and a time");
        let (hour, minute) = clock.split_once(':').expect("a time");
        let minute = hour.parse::<u32>().expect("an hour") * 60 + minute.parse::<u32>().expect("a minute");
        day.parse::<chassis::time::LocalDate>().expect("a day").at_minute(minute, false).expect("a time")
    }

    #[test]
    fn what_is_due_in_quiet_hours_waits_until_they_end() {
        let night = Quiet { from: 22 * 60, until: 7 * 60 };
        let noon = Quiet { from: 12 * 60, until: 13 * 60 };
        let never = Quiet { from: 0, until: 0 };
        for (quiet, due, sent) in [
            (night, "2026-11-24 21:59", "2026-11-24 21:59"),
            (night, "2026-11-24 22:00", "2026-11-25 07:00"),
            (night, "2026-11-25 03:00", "2026-11-25 07:00"),
            (night, "2026-11-25 07:00", "2026-11-25 07:00"),
            (noon, "2026-11-24 12:30", "2026-11-24 13:00"),
            (noon, "2026-11-24 13:00", "2026-11-24 13:00"),
            (never, "2026-11-24 03:00", "2026-11-24 03:00"),
            // The night in which the clock goes back is an hour longer.
            (night, "2026-10-24 23:00", "2026-10-25 07:00"),
        ] {
            assert_eq!(quiet.after(at(due)), at(sent), "{quiet:?} {due}");
        }
        let skipped = Quiet { from: 60, until: 150 };
        assert!(skipped.after(at("2027-03-28 01:30")) > at("2027-03-28 01:30"));
    }

    #[test]
    fn a_failed_mail_waits_longer_each_time() {
        let minutes: Vec<u64> = (1..=8).map(|tries| wait_after(tries).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 64, 128]);
        assert_eq!(wait_after(60).as_secs(), 6 * 3600);
    }

    #[test]
    fn a_server_that_serves_nobody_is_asked_less_often_until_it_does() {
        let (mut pause, now) = (Pause::default(), at("2026-11-24 12:00"));
        assert!(!pause.holds(now));
        for minutes in [1, 2, 4, 8, 15, 15] {
            pause.longer(now);
            let after = |minutes: u64, seconds: u64| now.plus(Duration::from_secs(60 * minutes - seconds));
            assert!(pause.holds(after(minutes, 1)) && !pause.holds(after(minutes, 0)), "{minutes}");
        }
        pause.over();
        assert!(!pause.holds(now));
    }
}
