//! On what terms organisations share: their agreements, and the legal basis that follows for one employment at one host (D12).

use chassis::{ids::OrganisationId, time::LocalDate};

use super::{
    calendar::Validity,
    refused::ClaimRefused,
    worker::{Employment, EmploymentKind},
};

/// The legal basis on which somebody works a claimed shift. The numbers are those of members' proto and of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Basis {
    /// Extra hours at the own employer.
    OwnExtraHours = 1,
    /// Collegial lending without profit (LEN-04).
    CollegialLending = 2,
    /// Lending by a registered lender (LEN-02).
    RegisteredLending = 3,
    /// A second contract, with the host.
    SecondContract = 4,
    /// An assignment to a self-employed person (ZZP-05).
    SelfEmployed = 5,
}

impl Basis {
    /// Every basis.
    pub const ALL: &'static [Self] =
        &[Self::OwnExtraHours, Self::CollegialLending, Self::RegisteredLending, Self::SecondContract, Self::SelfEmployed];

    /// The basis with this number.
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL.iter().copied().find(|basis| *basis as i32 == number)
    }
}

/// A set of bases, kept as bits: basis number n is bit n.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bases(i64);

impl Bases {
    /// No basis.
    pub const NONE: Self = Self(0);
    /// Every basis.
    pub const ALL: Self = Self(0b11_1110);

    /// As stored.
    pub fn from_bits(bits: i64) -> Self {
        Self(bits)
    }

    /// For the database.
    pub fn bits(self) -> i64 {
        self.0
    }

    /// The set with one more.
    #[must_use]
    pub fn with(self, basis: Basis) -> Self {
        Self(self.0 | 1 << basis as i32)
    }

    /// Whether it is in the set.
    pub fn contains(self, basis: Basis) -> bool {
        self.0 & (1 << basis as i32) != 0
    }

    fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

/// What an organisation agreed to for a time, as employer and as host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The days on which it holds.
    pub validity: Validity,
    /// The bases that it accepts.
    pub bases: Bases,
    /// What it shares.
    pub scope: Scope,
}

/// What an organisation shares. The numbers are those of members' proto and of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Scope {
    /// Its people and its shifts.
    Both = 1,
    /// Its shifts only.
    Shifts = 2,
    /// Its people only.
    People = 3,
}

impl Scope {
    /// The scope with this number.
    pub fn from_number(number: i32) -> Option<Self> {
        [Self::Both, Self::Shifts, Self::People].into_iter().find(|scope| *scope as i32 == number)
    }
}

/// As whom an organisation takes part in a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// Its own people on its own shifts: nothing is shared.
    Own,
    /// It lends.
    Employer,
    /// It hires.
    Host,
}

impl Agreement {
    /// What it accepts on this side.
    fn accepts(&self, side: Side) -> Bases {
        match (side, self.scope) {
            (Side::Employer, Scope::Shifts) | (Side::Host, Scope::People) => Bases::NONE,
            _ => self.bases,
        }
    }
}

/// What an organisation accepts on every one of the days. Errors: `NoAgreement` with the first day that nothing covers.
fn accepted(agreements: &[Agreement], organisation: OrganisationId, side: Side, days: [LocalDate; 2]) -> Result<Bases, ClaimRefused> {
    days.into_iter().try_fold(Bases::ALL, |so_far, day| {
        agreements
            .iter()
            .filter(|agreement| agreement.organisation == organisation && agreement.validity.holds_on(day))
            .map(|agreement| agreement.accepts(side))
            .reduce(Bases::or)
            .map(|bases| so_far.and(bases))
            .ok_or(ClaimRefused::NoAgreement { organisation, date: day })
    })
}

/// The collective agreement (CAO) that holds in a branch of the sector, by its name in the table of the library `working_time`. The numbers
/// are those of members' proto; where there is no agreement in the table, the law alone holds.
pub fn collective(branch: i64) -> Option<&'static str> {
    match branch {
        2 => Some("ZKH"),
        3 => Some("GGZ"),
        5 => Some("VVT"),
        6 => Some("GHZ"),
        _ => None,
    }
}

/// The basis on which this employment may be worked at `host` on these days (D12): extra hours at the own employer, else collegial lending
/// or, where that is not accepted, lending by a registered lender; an assignment for who is self-employed.
///
/// Employer and host must both accept it on every day, by the same or by another agreement; of an assignment the host is the client, so
/// only the host must, and an assessment must say that it is no employment (ZZP-05). Errors: `NoAgreement`, `NoBasis` with the
/// organisation that does not accept, `NotAssessed` with the first day without.
pub fn basis(agreements: &[Agreement], employment: &Employment, host: OrganisationId, days: [LocalDate; 2]) -> Result<Basis, ClaimRefused> {
    let employer = employment.organisation;
    let own = employer == host;
    let of_employer = accepted(agreements, employer, if own { Side::Own } else { Side::Employer }, days)?;
    let of_host = accepted(agreements, host, if own { Side::Own } else { Side::Host }, days)?;
    let (fitting, by_employer): (&[Basis], Bases) = match (employment.kind, employer == host) {
        (EmploymentKind::SelfEmployed, _) => (&[Basis::SelfEmployed], Bases::ALL),
        (_, true) => (&[Basis::OwnExtraHours], of_employer),
        (_, false) => (&[Basis::CollegialLending, Basis::RegisteredLending], of_employer),
    };
    if employment.kind == EmploymentKind::SelfEmployed
        && let Some(date) = days.into_iter().find(|day| employment.assessed_until.is_none_or(|until| until < *day))
    {
        return Err(ClaimRefused::NotAssessed { date });
    }
    let both = by_employer.and(of_host);
    fitting.iter().copied().find(|basis| both.contains(*basis)).ok_or_else(|| {
        let employer_accepts_one = fitting.iter().any(|basis| by_employer.contains(*basis));
        ClaimRefused::NoBasis { organisation: if employer_accepts_one { host } else { employer } }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample::{day, employment, organisation};

    const OWN: u128 = 1;
    const OTHER: u128 = 2;

    fn agreement(of: u128, from: &str, until: Option<&str>, bases: &[Basis]) -> Agreement {
        Agreement {
            organisation: organisation(of),
            validity: Validity { from: Some(day(from)), until: until.map(day) },
            bases: bases.iter().fold(Bases::NONE, |set, basis| set.with(*basis)),
            scope: Scope::Both,
        }
    }

    #[test]
    fn the_basis_follows_from_the_employment_and_from_what_both_accept() {
        use Basis::{CollegialLending as Collegial, OwnExtraHours as Own, RegisteredLending as Registered, SelfEmployed as Zzp};
        use EmploymentKind::{OnCall, Permanent, SelfEmployed};
        let no_basis = |of| Err(ClaimRefused::NoBasis { organisation: organisation(of) });
        type Row<'a> = (EmploymentKind, u128, &'a [Basis], &'a [Basis], Result<Basis, ClaimRefused>);
        let rows: &[Row<'_>] = &[
            (Permanent, OWN, &[Own], &[], Ok(Own)),
            (OnCall, OWN, &[Own, Collegial], &[], Ok(Own)),
            (Permanent, OWN, &[Collegial], &[], no_basis(OWN)),
            (Permanent, OTHER, &[Collegial, Registered], &[Collegial, Registered], Ok(Collegial)),
            (Permanent, OTHER, &[Collegial, Registered], &[Registered], Ok(Registered)),
            (Permanent, OTHER, &[Own], &[Collegial], no_basis(OWN)),
            (Permanent, OTHER, &[Collegial], &[Own, Zzp], no_basis(OTHER)),
            (Permanent, OTHER, &[Collegial], &[Registered], no_basis(OTHER)),
            (SelfEmployed, OTHER, &[Own], &[Zzp], Ok(Zzp)),
            (SelfEmployed, OTHER, &[Zzp], &[Collegial], no_basis(OTHER)),
            (SelfEmployed, OWN, &[Zzp], &[], Ok(Zzp)),
            (SelfEmployed, OWN, &[Own], &[], no_basis(OWN)),
        ];
        for (kind, host, by_employer, by_host, expected) in rows {
            let mut agreements = vec![agreement(OWN, "2026-01-01", None, by_employer)];
            if *host == OTHER {
                agreements.push(agreement(OTHER, "2026-01-01", None, by_host));
            }
            let days = [day("2026-05-04"), day("2026-05-05")];
            assert_eq!(
                basis(&agreements, &employment(1, OWN, *kind), organisation(*host), days),
                *expected,
                "{kind:?} at {host}: {by_employer:?} {by_host:?}"
            );
        }
    }

    #[test]
    fn who_is_self_employed_needs_an_assessment_on_both_days() {
        let agreements = [agreement(OWN, "2026-01-01", None, Basis::ALL)];
        let days = [day("2026-05-04"), day("2026-05-05")];
        let ask = |kind, assessed_until| {
            let employment = Employment { assessed_until, ..employment(1, OWN, kind) };
            basis(&agreements, &employment, organisation(OWN), days)
        };
        let missing = |date| Err(ClaimRefused::NotAssessed { date: day(date) });
        assert_eq!(ask(EmploymentKind::SelfEmployed, None), missing("2026-05-04"));
        assert_eq!(ask(EmploymentKind::SelfEmployed, Some(day("2026-05-04"))), missing("2026-05-05"));
        assert_eq!(ask(EmploymentKind::SelfEmployed, Some(day("2026-05-05"))), Ok(Basis::SelfEmployed));
        assert_eq!(ask(EmploymentKind::Permanent, None), Ok(Basis::OwnExtraHours));
    }

    #[test]
    fn what_is_not_shared_is_lent_to_nobody_and_hired_from_nobody() {
        let days = [day("2026-05-04"), day("2026-05-04")];
        let ask = |employer: Scope, host: Scope, at: u128| {
            let own = Agreement { scope: employer, ..agreement(OWN, "2026-01-01", None, Basis::ALL) };
            let other = Agreement { scope: host, ..agreement(OTHER, "2026-01-01", None, Basis::ALL) };
            basis(&[own, other], &employment(1, OWN, EmploymentKind::Permanent), organisation(at), days)
        };
        let no_basis = |of| Err(ClaimRefused::NoBasis { organisation: organisation(of) });
        assert_eq!(ask(Scope::Both, Scope::Both, OTHER), Ok(Basis::CollegialLending));
        assert_eq!(ask(Scope::People, Scope::Shifts, OTHER), Ok(Basis::CollegialLending));
        assert_eq!(ask(Scope::Shifts, Scope::Both, OTHER), no_basis(OWN));
        assert_eq!(ask(Scope::Both, Scope::People, OTHER), no_basis(OTHER));
        assert_eq!(ask(Scope::Shifts, Scope::Both, OWN), Ok(Basis::OwnExtraHours));
        assert_eq!(ask(Scope::People, Scope::Both, OWN), Ok(Basis::OwnExtraHours));
    }

    #[test]
    fn both_days_need_an_agreement_of_both_and_two_that_follow_each_other_do() {
        let all = Basis::ALL;
        let year_end = [day("2026-12-31"), day("2027-01-01")];
        let ask =
            |agreements: &[Agreement]| basis(agreements, &employment(1, OWN, EmploymentKind::Permanent), organisation(OTHER), year_end);
        let old = agreement(OWN, "2026-01-01", Some("2026-12-31"), all);
        let new = agreement(OWN, "2027-01-01", None, all);
        let host = agreement(OTHER, "2026-01-01", None, all);
        let missing = |of, date| Err(ClaimRefused::NoAgreement { organisation: organisation(of), date: day(date) });
        assert_eq!(ask(&[old, host]), missing(OWN, "2027-01-01"));
        assert_eq!(ask(&[new, host]), missing(OWN, "2026-12-31"));
        assert_eq!(ask(&[old, new]), missing(OTHER, "2026-12-31"));
        assert_eq!(ask(&[old, new, host]), Ok(Basis::CollegialLending));
        // What only one of two agreements accepts does not carry a night over both.
        let stricter = agreement(OWN, "2027-01-01", None, &[Basis::RegisteredLending]);
        assert_eq!(ask(&[old, stricter, host]), Ok(Basis::RegisteredLending));
    }
}
