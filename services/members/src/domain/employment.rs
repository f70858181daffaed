//! What changes about a contract, and how it ends.

use chassis::{
    ids::{EmploymentId, WorkerId},
    time::LocalDate,
};

use super::{
    numbered,
    span::Span,
    worker::{EmploymentKind, FunctionLevel, NewEmployment},
};

/// For so many years an assessment lets somebody self-employed claim.
pub const ASSESSMENT_YEARS: i32 = 1;

numbered! {
    /// What an assessment of work without employment says.
    AssessmentResult {
        /// It points to work outside employment.
        OutsideEmployment = 1,
        /// It points to employment.
        Employment = 2,
        /// It cannot say.
        NoJudgement = 3,
    }
}

/// A dated assessment of whether somebody can work self-employed (ZZP-05).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// What it says.
    pub result: AssessmentResult,
    /// When it was made.
    pub assessed_on: LocalDate,
    /// Who recorded it, as tokens name them.
    pub recorded_by: String,
}

impl Assessment {
    /// The last day on which it lets somebody claim; `None` when it does not.
    pub fn good_until(&self) -> Option<LocalDate> {
        (self.result == AssessmentResult::OutsideEmployment).then(|| self.assessed_on.plus_years(ASSESSMENT_YEARS))
    }
}

numbered! {
    /// Why somebody leaves. None says anything about health.
    ExitReason {
        /// The worker gave notice.
        OwnNotice = 1,
        /// The employer did, or a court decided.
        EmployerNotice = 2,
        /// Both agreed.
        MutualAgreement = 3,
        /// A fixed time ended.
        FixedTermEnded = 4,
        /// Retirement.
        Retirement = 5,
        /// Anything else.
        Other = 6,
    }
}

numbered! {
    /// Where somebody goes who leaves.
    ExitDestination {
        /// Another employer of the same branch.
        SameBranch = 1,
        /// Another branch of care and welfare.
        OtherBranch = 2,
        /// Self-employed in care and welfare.
        SelfEmployed = 3,
        /// Another sector.
        OtherSector = 4,
        /// School or study.
        Education = 5,
        /// Pension.
        Pension = 6,
        /// No paid work.
        Inactive = 7,
        /// Not known.
        Unknown = 8,
    }
}

/// Why somebody left, and where to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// Why.
    pub reason: ExitReason,
    /// Where to.
    pub destination: ExitDestination,
}

/// Somebody who left an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Which contract ended.
    pub employment: EmploymentId,
    /// Whose it was.
    pub worker: WorkerId,
    /// Its last day.
    pub left_on: LocalDate,
    /// Why and where to.
    pub exit: Exit,
}

/// What somebody wants to be different about a contract.
#[derive(Debug, Clone, Default)]
pub struct EmploymentChange {
    /// Another personnel number.
    pub personnel_number: Option<String>,
    /// Another function level.
    pub function_level: Option<FunctionLevel>,
    /// Another kind of contract.
    pub kind: Option<EmploymentKind>,
    /// Other contract hours.
    pub minutes_per_week: Option<i32>,
    /// Another cost centre, or none.
    pub cost_centre: Option<Option<String>>,
    /// Another first day.
    pub from: Option<LocalDate>,
    /// Another last day, or none.
    pub until: Option<Option<LocalDate>>,
    /// Another assessment, or none.
    pub assessment: Option<Option<Assessment>>,
}

/// Why a contract cannot change so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeRefused {
    /// It would end before it begins.
    EndsBeforeItBegins,
    /// An assessment of somebody who is employed.
    NotSelfEmployed,
    /// Who is self-employed becomes employed by a new contract, and the other way.
    KindFixed,
    /// It was ended on this day; only ending it again changes that.
    Ended(LocalDate),
}

impl EmploymentChange {
    /// The contract after the change. `ended`: whether it was ended for good.
    pub fn applied(self, about: &NewEmployment, ended: bool) -> Result<NewEmployment, ChangeRefused> {
        let self_employed = |kind| kind == EmploymentKind::SelfEmployed;
        let kind = self.kind.unwrap_or(about.kind);
        if self_employed(kind) != self_employed(about.kind) {
            return Err(ChangeRefused::KindFixed);
        }
        if let (true, Some(_), Some(until)) = (ended, self.until, about.until) {
            return Err(ChangeRefused::Ended(until));
        }
        if self.assessment.as_ref().is_some_and(Option::is_some) && !self_employed(kind) {
            return Err(ChangeRefused::NotSelfEmployed);
        }
        let changed = NewEmployment {
            organisation: about.organisation,
            personnel_number: self.personnel_number.unwrap_or_else(|| about.personnel_number.clone()),
            function_level: self.function_level.unwrap_or(about.function_level),
            kind,
            minutes_per_week: self.minutes_per_week.unwrap_or(about.minutes_per_week),
            cost_centre: self.cost_centre.unwrap_or_else(|| about.cost_centre.clone()),
            from: self.from.unwrap_or(about.from),
            until: self.until.unwrap_or(about.until),
            assessment: self.assessment.unwrap_or_else(|| about.assessment.clone()),
        };
        let forward = Span::from_day(changed.from, changed.until).is_forward();
        if forward { Ok(changed) } else { Err(ChangeRefused::EndsBeforeItBegins) }
    }
}

#[cfg(test)]
mod tests {
    use chassis::ids::OrganisationId;

    use super::*;

    fn day(text: &str) -> LocalDate {
        text.parse().expect("a day")
    }

    fn about(kind: EmploymentKind) -> NewEmployment {
        NewEmployment {
            organisation: OrganisationId::new(),
            personnel_number: "1".to_owned(),
            function_level: FunctionLevel::Carer,
            kind,
            minutes_per_week: 1440,
            cost_centre: None,
            from: day("2026-01-01"),
            until: Some(day("2026-12-31")),
            assessment: None,
        }
    }

    fn assessment(result: AssessmentResult) -> Assessment {
        Assessment { result, assessed_on: day("2026-02-28"), recorded_by: "usr".to_owned() }
    }

    #[test]
    fn only_an_assessment_that_says_so_lets_somebody_claim_and_for_a_year() {
        let until = |result| assessment(result).good_until();
        assert_eq!(until(AssessmentResult::OutsideEmployment), Some(day("2027-02-28")));
        assert_eq!(until(AssessmentResult::Employment), None);
        assert_eq!(until(AssessmentResult::NoJudgement), None);
    }

    #[test]
    fn what_is_not_named_stays_and_what_is_named_changes() {
        let about = about(EmploymentKind::Temporary);
        let change = EmploymentChange { kind: Some(EmploymentKind::Permanent), until: Some(None), ..EmploymentChange::default() };
        let changed = change.applied(&about, false).expect("changed");
        assert_eq!((changed.kind, changed.until, changed.minutes_per_week), (EmploymentKind::Permanent, None, 1440));
    }

    #[test]
    fn a_change_that_cannot_be_has_its_reason() {
        use EmploymentKind::{Permanent, SelfEmployed};
        let refused = |kind, ended, change: EmploymentChange| change.applied(&about(kind), ended).err();
        let none = EmploymentChange::default;
        let early = EmploymentChange { until: Some(Some(day("2025-12-31"))), ..none() };
        assert_eq!(refused(Permanent, false, early.clone()), Some(ChangeRefused::EndsBeforeItBegins));
        assert_eq!(refused(Permanent, true, early), Some(ChangeRefused::Ended(day("2026-12-31"))));
        let late = EmploymentChange { from: Some(day("2027-01-01")), ..none() };
        assert_eq!(refused(Permanent, false, late), Some(ChangeRefused::EndsBeforeItBegins));
        let kind = |kind| EmploymentChange { kind: Some(kind), ..none() };
        assert_eq!(refused(Permanent, false, kind(SelfEmployed)), Some(ChangeRefused::KindFixed));
        assert_eq!(refused(SelfEmployed, false, kind(Permanent)), Some(ChangeRefused::KindFixed));
        let assessed = || EmploymentChange { assessment: Some(Some(assessment(AssessmentResult::OutsideEmployment))), ..none() };
        assert_eq!(refused(Permanent, false, assessed()), Some(ChangeRefused::NotSelfEmployed));
        assert_eq!(refused(SelfEmployed, false, assessed()), None);
        let hours = EmploymentChange { minutes_per_week: Some(60), ..none() };
        assert_eq!(refused(Permanent, true, hours), None, "what is not the end can be put right afterwards");
    }
}
