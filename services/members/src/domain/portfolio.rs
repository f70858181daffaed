//! What workers say that they can do, and who verified it. Only what was verified counts for shifts.

use chassis::{
    ids::{CompetenceId, WorkerId},
    time::{LocalDate, Timestamp},
};

use super::{
    numbered,
    span::Span,
    worker::{Competence, CompetenceLevel, NewCompetence},
};

/// So many competences of a worker wait to be verified at most.
pub const MAX_WAITING: usize = 50;

numbered! {
    /// How far something in a portfolio is.
    EntryState {
        /// Declared; it counts for nothing yet.
        Waiting = 1,
        /// It counts.
        Verified = 2,
        /// It was refused.
        Refused = 3,
        /// It was verified and taken back.
        Revoked = 4,
    }
}

numbered! {
    /// Why a competence was refused or taken back.
    Decision {
        /// There is no evidence of it.
        NoEvidence = 1,
        /// The evidence is of something or somebody else.
        WrongEvidence = 2,
        /// The evidence is too old.
        Outdated = 3,
        /// It does not go well enough.
        NotShown = 4,
        /// Who issued it took it back.
        WithdrawnByIssuer = 5,
        /// It was recorded by mistake.
        Mistake = 6,
    }
}

/// Something in a portfolio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id, from declaration to the end.
    pub id: CompetenceId,
    /// Whose it is.
    pub worker: WorkerId,
    /// What, how well and when.
    pub about: NewCompetence,
    /// How far it is.
    pub state: EntryState,
    /// When it was declared, or recorded by who verified it.
    pub recorded_at: Timestamp,
    /// Who decided on it, as tokens name them, and when.
    pub decided: Option<(String, Timestamp)>,
    /// Why it was refused or taken back.
    pub reason: Option<Decision>,
    /// How often it changed since it was verified; its etag.
    pub revision: i64,
}

/// Why nothing is decided on an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotDecided {
    /// It was decided on before.
    Decided,
    /// Somebody else changed it since it was read.
    Changed,
    /// The last day would be before the first.
    EndsBeforeItBegins,
}

/// Who decides, and when.
pub type By<'a> = (&'a str, Timestamp);

impl Entry {
    /// What a worker declares.
    pub fn declared(worker: WorkerId, about: NewCompetence, at: Timestamp) -> Self {
        let id = CompetenceId::new();
        Self { id, worker, about, state: EntryState::Waiting, recorded_at: at, decided: None, reason: None, revision: 0 }
    }

    /// As a competence that counts.
    pub fn competence(&self) -> Competence {
        Competence { id: self.id, worker: self.worker, about: self.about.clone() }
    }

    /// Whether it stands in the way of the same competence at the same level.
    pub fn stands(&self) -> bool {
        matches!(self.state, EntryState::Waiting | EntryState::Verified)
    }

    /// What was declared, verified at a level and until a day; without them, as declared.
    pub fn verified(self, level: Option<CompetenceLevel>, until: Option<LocalDate>, by: By<'_>) -> Result<Self, NotDecided> {
        if self.state != EntryState::Waiting {
            return Err(NotDecided::Decided);
        }
        let until = until.or(self.about.valid.until);
        self.with(level, until)?.decided(EntryState::Verified, None, by)
    }

    /// What was declared, refused.
    pub fn refused(self, reason: Decision, by: By<'_>) -> Result<Self, NotDecided> {
        if self.state != EntryState::Waiting {
            return Err(NotDecided::Decided);
        }
        self.decided(EntryState::Refused, Some(reason), by)
    }

    /// What was verified, with another level and last day.
    pub fn renewed(self, etag: &str, level: Option<CompetenceLevel>, until: Option<LocalDate>, by: By<'_>) -> Result<Self, NotDecided> {
        self.require_verified(etag)?;
        let next = Self { revision: self.revision + 1, ..self };
        next.with(level, until)?.decided(EntryState::Verified, None, by)
    }

    /// What was verified, taken back.
    pub fn revoked(self, etag: &str, reason: Decision, by: By<'_>) -> Result<Self, NotDecided> {
        self.require_verified(etag)?;
        Self { revision: self.revision + 1, ..self }.decided(EntryState::Revoked, Some(reason), by)
    }

    fn require_verified(&self, etag: &str) -> Result<(), NotDecided> {
        if self.state != EntryState::Verified {
            Err(NotDecided::Decided)
        } else if etag == self.revision.to_string() {
            Ok(())
        } else {
            Err(NotDecided::Changed)
        }
    }

    fn with(self, level: Option<CompetenceLevel>, until: Option<LocalDate>) -> Result<Self, NotDecided> {
        let valid = Span { from: self.about.valid.from, until };
        if !valid.is_forward() {
            return Err(NotDecided::EndsBeforeItBegins);
        }
        let about = NewCompetence { level: level.unwrap_or(self.about.level), valid, ..self.about };
        Ok(Self { about, ..self })
    }

    fn decided(self, state: EntryState, reason: Option<Decision>, (by, at): By<'_>) -> Result<Self, NotDecided> {
        Ok(Self { state, reason, decided: Some((by.to_owned(), at)), ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BY: By<'_> = ("user:hr", Timestamp(7));

    fn day(text: &str) -> LocalDate {
        text.parse().expect("a day")
    }

    fn declared() -> Entry {
        let valid = Span { from: Some(day("2026-01-01")), until: Some(day("2028-12-31")) };
        let about = NewCompetence { code: "tilliften".to_owned(), level: CompetenceLevel::Independent, valid };
        Entry::declared(WorkerId::new(), about, Timestamp(1))
    }

    #[test]
    fn what_was_declared_is_decided_on_once() {
        let verified = declared().verified(Some(CompetenceLevel::Supervised), Some(day("2027-06-30")), BY).expect("verified");
        assert_eq!((verified.state, verified.about.level, verified.about.valid.until), (
            EntryState::Verified,
            CompetenceLevel::Supervised,
            Some(day("2027-06-30"))
        ));
        assert_eq!(verified.decided, Some(("user:hr".to_owned(), Timestamp(7))));
        assert_eq!(declared().verified(None, None, BY).expect("as declared").about, declared().about);
        assert_eq!(declared().verified(None, Some(day("2025-12-31")), BY), Err(NotDecided::EndsBeforeItBegins));
        let refused = declared().refused(Decision::NoEvidence, BY).expect("refused");
        assert_eq!((refused.state, refused.reason, refused.stands()), (EntryState::Refused, Some(Decision::NoEvidence), false));
        for decided in [verified, refused] {
            assert_eq!(decided.clone().verified(None, None, BY), Err(NotDecided::Decided));
            assert_eq!(decided.refused(Decision::Mistake, BY), Err(NotDecided::Decided));
        }
    }

    #[test]
    fn what_was_verified_is_renewed_and_taken_back_as_it_was_read() {
        assert_eq!(declared().renewed("0", None, None, BY), Err(NotDecided::Decided));
        let verified = declared().verified(None, None, BY).expect("verified");
        let renewed = verified.clone().renewed("0", Some(CompetenceLevel::Teaching), None, BY).expect("renewed");
        assert_eq!((renewed.about.level, renewed.about.valid.until, renewed.revision), (CompetenceLevel::Teaching, None, 1));
        assert_eq!(renewed.clone().revoked("0", Decision::NotShown, BY), Err(NotDecided::Changed));
        let revoked = renewed.revoked("1", Decision::NotShown, BY).expect("taken back");
        assert_eq!((revoked.state, revoked.revision, revoked.stands()), (EntryState::Revoked, 2, false));
        assert_eq!(revoked.revoked("2", Decision::NotShown, BY), Err(NotDecided::Decided));
    }
}
