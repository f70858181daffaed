//! Pools: organisations that share shifts, and on what terms.

use chassis::ids::{OrganisationId, PoolId};

use super::numbered;

/// How many organisations a pool may have.
pub const MAX_ORGANISATIONS: usize = 200;
/// The longest stretch of a release plan and of notice: 60 days, in minutes.
pub const MAX_NOTICE_MINUTES: i32 = 60 * 24 * 60;
/// How long an offer may be accepted, in minutes, when nothing is said.
pub const OFFER_MINUTES: i32 = 60;
/// The most that anybody may claim elsewhere in a week, in minutes: more than a full week's work limits nothing.
pub const MAX_ELSEWHERE_MINUTES: i32 = 40 * 60;

numbered! {
    /// What the members of a pool have in common.
    PoolKind {
        /// The whole region.
        Region = 1,
        /// A part of the region.
        SubRegion = 2,
        /// A branch of the sector.
        Branch = 3,
        /// A craft.
        Craft = 4,
    }
}

numbered! {
    /// What a worker's claim comes to.
    ClaimMode {
        /// It is confirmed at once.
        Claim = 1,
        /// It is an application: the planner chooses.
        Apply = 2,
    }
}

/// When a published shift opens for whom, in minutes of real time after publishing. Who comes later in this list never comes earlier in
/// time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReleasePlan {
    /// For the ward's own team.
    pub own_team: i32,
    /// For everybody else at the own organisation.
    pub own_organisation: i32,
    /// For employees of the other members.
    pub pool: i32,
    /// For the self-employed; absent: never.
    pub self_employed: Option<i32>,
    /// For everybody for whom it ever opens, once so little time is left before the start; 0: not so.
    pub everybody_within: i32,
}

impl ReleasePlan {
    /// Everybody at once.
    pub const AT_ONCE: Self = Self { own_team: 0, own_organisation: 0, pool: 0, self_employed: Some(0), everybody_within: 0 };

    /// The stretches that are earlier than the one before them, by the names of the contract.
    pub fn out_of_order(&self) -> Vec<&'static str> {
        let mut latest = self.own_team;
        let later = [
            ("own_organisation_minutes", Some(self.own_organisation)),
            ("pool_minutes", Some(self.pool)),
            ("self_employed_minutes", self.self_employed),
        ];
        let mut wrong = Vec::new();
        for (name, minutes) in later {
            let Some(minutes) = minutes else { continue };
            if minutes < latest {
                wrong.push(name);
            }
            latest = latest.max(minutes);
        }
        wrong
    }
}

/// Hours of the day at which people are left in peace, in minutes since midnight; over midnight when the end is before the begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// Begin.
    pub from: i32,
    /// End; not the begin itself.
    pub until: i32,
}

/// On what terms the members share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolTerms {
    /// What a claim comes to.
    pub mode: ClaimMode,
    /// Until so many minutes before the start a planner may take back a shift.
    pub cancellation_minutes: i32,
    /// Until so many minutes before the start a worker may withdraw.
    pub withdrawal_minutes: i32,
    /// So many minutes an offer may be accepted.
    pub offer_minutes: i32,
    /// When people are left in peace.
    pub quiet_hours: Option<QuietHours>,
    /// When a shift opens for whom.
    pub release: ReleasePlan,
    /// Whether people fill the gaps of their own employer first.
    pub own_gaps_first: bool,
}

impl Default for PoolTerms {
    fn default() -> Self {
        Self {
            mode: ClaimMode::Claim,
            cancellation_minutes: 0,
            withdrawal_minutes: 0,
            offer_minutes: OFFER_MINUTES,
            quiet_hours: None,
            release: ReleasePlan::AT_ONCE,
            own_gaps_first: false,
        }
    }
}

/// What is said about a new pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPool {
    /// Its name, unique within the region whatever the case.
    pub name: String,
    /// What its members have in common.
    pub kind: PoolKind,
    /// On what terms they share.
    pub terms: PoolTerms,
    /// Its members, each once.
    pub organisations: Vec<OrganisationId>,
}

/// Organisations that share shifts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// Its id.
    pub id: PoolId,
    /// Name, terms and members.
    pub about: NewPool,
    /// The members that limit what their people claim elsewhere, with minutes a week, in the order of the members.
    pub hours_elsewhere: Vec<(OrganisationId, i32)>,
    /// Raised by every change, of its members too.
    pub version: i64,
}

/// What somebody wants to be otherwise; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct PoolEdit {
    /// The name.
    pub name: Option<String>,
    /// What the members have in common.
    pub kind: Option<PoolKind>,
    /// The terms.
    pub terms: Option<PoolTerms>,
}

/// Why a pool stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolRefused {
    /// Somebody else changed it since it was read.
    Stale,
    /// It would have no member.
    NeedsMember,
}

impl Pool {
    /// The pool after an edit of what was read as `version`; `None` when the edit changes nothing.
    pub fn edited(&self, version: i64, edit: PoolEdit) -> Result<Option<Self>, PoolRefused> {
        if version != self.version {
            return Err(PoolRefused::Stale);
        }
        let mut about = self.about.clone();
        about.name = edit.name.unwrap_or(about.name);
        about.kind = edit.kind.unwrap_or(about.kind);
        about.terms = edit.terms.unwrap_or(about.terms);
        Ok((about != self.about).then(|| Self { about, ..self.next() }))
    }

    /// The pool without a member; `None` when it is none.
    pub fn without(&self, organisation: OrganisationId) -> Result<Option<Self>, PoolRefused> {
        if !self.about.organisations.contains(&organisation) {
            return Ok(None);
        }
        if self.about.organisations.len() == 1 {
            return Err(PoolRefused::NeedsMember);
        }
        let mut pool = self.next();
        pool.about.organisations.retain(|member| *member != organisation);
        pool.hours_elsewhere.retain(|(member, _)| *member != organisation);
        Ok(Some(pool))
    }

    /// The pool with a limit for one of its members, or without one; `None` when it is so already.
    pub fn limited(&self, organisation: OrganisationId, minutes: Option<i32>) -> Option<Self> {
        let limit = |member: &OrganisationId| {
            let known = self.hours_elsewhere.iter().find(|(limited, _)| limited == member).map(|(_, minutes)| *minutes);
            if *member == organisation { minutes } else { known }.map(|minutes| (*member, minutes))
        };
        let hours_elsewhere: Vec<_> = self.about.organisations.iter().filter_map(limit).collect();
        (hours_elsewhere != self.hours_elsewhere).then(|| Self { hours_elsewhere, ..self.next() })
    }

    fn next(&self) -> Self {
        Self { version: self.version + 1, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(members: usize) -> Pool {
        let organisations = (0..members).map(|_| OrganisationId::new()).collect();
        let about = NewPool { name: "Regio".to_owned(), kind: PoolKind::Region, terms: PoolTerms::default(), organisations };
        Pool { id: PoolId::new(), about, hours_elsewhere: Vec::new(), version: 3 }
    }

    #[test]
    fn who_stands_further_down_in_a_release_plan_never_comes_first() {
        let plan = |own_team, own_organisation, pool, self_employed| {
            let everybody_within = 0;
            ReleasePlan { own_team, own_organisation, pool, self_employed, everybody_within }.out_of_order()
        };
        assert_eq!(ReleasePlan::AT_ONCE.out_of_order(), Vec::<&str>::new());
        assert_eq!(plan(0, 60, 120, Some(240)), Vec::<&str>::new());
        assert_eq!(plan(60, 60, 60, None), Vec::<&str>::new());
        assert_eq!(plan(60, 30, 45, Some(50)), ["own_organisation_minutes", "pool_minutes", "self_employed_minutes"]);
        assert_eq!(plan(0, 60, 120, Some(119)), ["self_employed_minutes"]);
    }

    #[test]
    fn an_edit_of_what_somebody_else_changed_is_refused_and_one_that_changes_nothing_is_none() {
        let pool = pool(2);
        let rename = |name: &str| PoolEdit { name: Some(name.to_owned()), ..PoolEdit::default() };
        assert_eq!(pool.edited(2, rename("Noord")), Err(PoolRefused::Stale));
        assert_eq!(pool.edited(3, rename("Regio")), Ok(None));
        let renamed = pool.edited(3, rename("Noord")).expect("not stale").expect("a change");
        assert_eq!((renamed.about.name.as_str(), renamed.version), ("Noord", 4));
        assert_eq!(renamed.about.organisations, pool.about.organisations);
        let terms = PoolTerms { own_gaps_first: true, ..PoolTerms::default() };
        let edit = PoolEdit { terms: Some(terms), kind: Some(PoolKind::Craft), name: None };
        let edited = pool.edited(3, edit).expect("not stale").expect("a change");
        assert_eq!((edited.about.terms, edited.about.kind, edited.about.name.as_str()), (terms, PoolKind::Craft, "Regio"));
    }

    #[test]
    fn a_pool_keeps_one_member_and_a_limit_goes_with_its_member() {
        let pool = pool(2);
        let [first, second] = [pool.about.organisations[0], pool.about.organisations[1]];
        assert_eq!(pool.limited(OrganisationId::new(), Some(60)), None, "who is no member limits nothing");
        let limited = pool.limited(second, Some(480)).and_then(|pool| pool.limited(first, Some(0))).expect("two changes");
        assert_eq!((limited.hours_elsewhere.as_slice(), limited.version), ([(first, 0), (second, 480)].as_slice(), 5));
        assert_eq!(limited.limited(second, Some(480)), None);
        assert_eq!(limited.limited(first, None).expect("a change").hours_elsewhere, [(second, 480)]);
        let left = limited.without(second).expect("one stays").expect("a change");
        assert_eq!((left.about.organisations.as_slice(), left.hours_elsewhere.as_slice()), ([first].as_slice(), [(first, 0)].as_slice()));
        assert_eq!(left.without(second), Ok(None));
        assert_eq!(left.without(first), Err(PoolRefused::NeedsMember));
    }
}
