//! Why a worker cannot have a shift. One enum for the decision; the API's reasons are made of it.

use ::working_time::Rule;
use chassis::{
    ids::{ClaimId, OrganisationId},
    time::{LocalDate, Timestamp},
};

use super::{calendar::Period, worker::FunctionLevel, working_time::Told};

/// Why a worker cannot have a shift, in the order in which reasons are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimRefused {
    /// The shift was taken back.
    Cancelled,
    /// The shift was closed: its organisation left.
    Closed,
    /// The shift has begun.
    Started,
    /// All places are taken or held for people who wait.
    Full {
        /// So many there are.
        places: i32,
    },
    /// The worker is on this shift already.
    AlreadyClaimed {
        /// By this claim.
        claim: ClaimId,
    },
    /// No employment of the worker on those days with a member of the pool.
    NotInPool,
    /// No agreement covers a day.
    NoAgreement {
        /// Of the employer or the host.
        organisation: OrganisationId,
        /// The day.
        date: LocalDate,
    },
    /// No legal basis that employer and host accept fits the employment.
    NoBasis {
        /// Who does not accept.
        organisation: OrganisationId,
    },
    /// No assessment says of somebody self-employed that the work is no employment (ZZP-05).
    NotAssessed {
        /// On this day there is none.
        date: LocalDate,
    },
    /// The employment's function level does not cover the shift's.
    LevelTooLow {
        /// Of the shift.
        required: FunctionLevel,
        /// Of the employment.
        held: FunctionLevel,
    },
    /// The work needs a BIG registration.
    NotRegistered {
        /// On this day there is none.
        date: LocalDate,
    },
    /// A competence is missing.
    CompetenceMissing {
        /// Its code.
        competence: String,
        /// On this day.
        date: LocalDate,
    },
    /// The worker works elsewhere at that time (I2).
    Overlap {
        /// The other work.
        other: Period,
        /// Whether it is at another employer than the claim's; its name is shown to nobody.
        other_employer: bool,
    },
    /// Less rest than the law asks before or after the shift (ATW-05).
    RestTooShort {
        /// What was measured, in minutes.
        told: Told,
        /// The work before or after.
        other: Period,
        /// Further rules that it breaks, by their ids.
        also: Vec<&'static str>,
        /// From when on work as long would be allowed, where that is asked for and soon.
        next_allowed: Option<Timestamp>,
    },
    /// The worker is not available at that time. Why is known to nobody here (D7).
    NotAvailable,
    /// Another rule about working time.
    WorkingTime {
        /// What was measured.
        told: Told,
        /// Further rules that it breaks, by their ids.
        also: Vec<&'static str>,
        /// From when on work as long would be allowed, where that is asked for and soon.
        next_allowed: Option<Timestamp>,
    },
    /// The release plan never opens it for the self-employed.
    NotForSelfEmployed,
    /// The release plan opens it for them later. Nothing else holds the worker back.
    NotYetOpen {
        /// Then.
        opens_at: Timestamp,
    },
}

impl ClaimRefused {
    /// The rule about working time that it breaks, by its id.
    pub fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Overlap { .. } => Some(Rule::Overlap.id()),
            Self::RestTooShort { told, .. } | Self::WorkingTime { told, .. } => Some(told.rule.id()),
            _ => None,
        }
    }

    /// The place in the order of reasons: the later, the closer the worker came.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Cancelled | Self::Closed => 1,
            Self::Started => 2,
            Self::Full { .. } => 3,
            Self::AlreadyClaimed { .. } => 4,
            Self::NotInPool => 5,
            Self::NoAgreement { .. } => 6,
            Self::NoBasis { .. } | Self::NotAssessed { .. } => 7,
            Self::LevelTooLow { .. } => 8,
            Self::NotRegistered { .. } => 9,
            Self::CompetenceMissing { .. } => 10,
            Self::Overlap { .. } => 11,
            Self::RestTooShort { .. } => 12,
            Self::NotAvailable => 13,
            Self::WorkingTime { .. } => 14,
            // They are looked at when nothing else is left.
            Self::NotForSelfEmployed => 200,
            Self::NotYetOpen { .. } => 201,
        }
    }
}
