//! What a worker agreed to, and what follows from it for the rules of working time (D9): recorded, never assumed, and revocable.

use ::working_time::Consents;
use chassis::time::Timestamp;

/// What a worker can agree to that is decided on here. The numbers are those of members' proto and of the database; of the others
/// nothing is asked yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum ConsentKind {
    /// Nights at an age that is exempt from them (CAO-08).
    NightsAtAge = 1,
    /// Work on more Sundays than the law has free, so on Sundays too (ATW-07).
    FewerFreeSundays = 2,
    /// Shifts in two parts (CAO-12).
    SplitShifts = 3,
    /// Irregular hours where the roster is limited to regular ones (CAO-11).
    IrregularHours = 4,
    /// Longer series of nights (CAO-09).
    LongerNightSeries = 5,
    /// On average 60 hours a week with presence duties (ATB-02).
    SixtyHoursWithPresence = 6,
    /// To be seen by planners of other organisations as somebody who could work there (D15).
    SeenByPlanners = 7,
}

/// What a worker agreed to, since when, and until when if it was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consent {
    /// The number of what it is; there may be some that are not decided on here.
    pub kind: i32,
    /// Since when.
    pub given_at: Timestamp,
    /// When it was revoked; absent while it holds.
    pub revoked_at: Option<Timestamp>,
}

impl Consent {
    /// Whether it held then.
    pub fn held_at(&self, time: Timestamp) -> bool {
        self.given_at <= time && self.revoked_at.is_none_or(|revoked_at| time < revoked_at)
    }

    /// Whether it has not been revoked.
    pub fn holds(&self) -> bool {
        self.revoked_at.is_none()
    }
}

/// The given consents of which `counts` is true, as the rules ask for them.
pub fn for_rules(given: &[Consent], counts: impl Fn(&Consent) -> bool) -> Consents {
    let has = |kind: ConsentKind| given.iter().any(|consent| consent.kind == kind as i32 && counts(consent));
    Consents {
        nights_at_age: has(ConsentKind::NightsAtAge),
        irregular_hours: has(ConsentKind::IrregularHours),
        split_shifts: has(ConsentKind::SplitShifts),
        longer_night_series: has(ConsentKind::LongerNightSeries),
        sixty_hours_with_presence: has(ConsentKind::SixtyHoursWithPresence),
        sunday_work: has(ConsentKind::FewerFreeSundays),
        // Whether a health check was offered is not a consent and known to nobody here.
        night_work: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consent(kind: ConsentKind, given: i64, revoked: Option<i64>) -> Consent {
        Consent { kind: kind as i32, given_at: Timestamp(given), revoked_at: revoked.map(Timestamp) }
    }

    #[test]
    fn each_consent_lifts_its_own_rule_while_it_holds() {
        use ConsentKind::*;
        let none = Consents::default();
        for (kind, expected) in [
            (NightsAtAge, Consents { nights_at_age: true, ..none }),
            (FewerFreeSundays, Consents { sunday_work: true, ..none }),
            (SplitShifts, Consents { split_shifts: true, ..none }),
            (IrregularHours, Consents { irregular_hours: true, ..none }),
            (LongerNightSeries, Consents { longer_night_series: true, ..none }),
            (SixtyHoursWithPresence, Consents { sixty_hours_with_presence: true, ..none }),
        ] {
            assert_eq!(for_rules(&[consent(kind, 1, None)], Consent::holds), expected, "{kind:?}");
            assert_eq!(for_rules(&[consent(kind, 1, Some(2))], Consent::holds), none, "{kind:?} revoked");
            // Given again, it holds again.
            assert_eq!(for_rules(&[consent(kind, 1, Some(2)), consent(kind, 3, None)], Consent::holds), expected, "{kind:?} again");
        }
        let of_no_rule = Consent { kind: 9, given_at: Timestamp(1), revoked_at: None };
        assert_eq!(for_rules(&[of_no_rule], Consent::holds), none);
    }

    #[test]
    fn a_consent_holds_from_when_it_was_given_until_it_is_revoked() {
        let revoked = consent(ConsentKind::SplitShifts, 10, Some(20));
        let held: Vec<bool> = [9, 10, 19, 20].map(|time| revoked.held_at(Timestamp(time))).into();
        assert_eq!(held, [false, true, true, false]);
        assert!(consent(ConsentKind::SplitShifts, 10, None).held_at(Timestamp(i64::MAX)));
    }
}
