//! How far a call reaches (I9, D15): which organisations, which person, or all of the region.
//!
//! A row of an access table says for each role how far it reaches. The gate makes a [`Scope`] of that row and of what the token grants,
//! and every [`Call`](crate::caller::Call) carries it. A use case names the organisation or the worker to which a thing belongs, and the
//! scope says whether the caller may know of it; what they may not is `NotFound`. Store functions that show what belongs to an
//! organisation take a [`Reached`] or a [`Within`], which only a scope gives: who forgets to ask has nothing to call them with.

use std::ops::Deref;

use crate::{
    auth::Who,
    caller::Caller,
    error::{Error, Result},
    ids::{OrganisationId, WorkerId},
};

/// How far a role reaches with an RPC. Another region is beyond all but the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reach {
    /// Themselves: the worker that the token names, with what that worker takes part in.
    Person,
    /// What belongs to the organisations for which the role was granted; a grant without one is for the region.
    Own,
    /// Everything of the region.
    Region,
    /// Everything of the installation, or nothing of any region: for its programs and its admins.
    Installation,
}

/// Something of which a [`Scope`] said that the caller may know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached<T>(T);

impl<T> Deref for Reached<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// The organisations of whose things a list may tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Within(Option<Vec<OrganisationId>>);

impl Within {
    /// Only these; `None` is all of the region.
    pub fn ids(&self) -> Option<&[OrganisationId]> {
        self.0.as_deref()
    }
}

/// How far one call reaches: all that the caller's roles give together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    everywhere: bool,
    organisations: Vec<OrganisationId>,
    person: Option<WorkerId>,
}

impl Scope {
    /// How far the caller reaches with an RPC of which `who` says who may call it; `None` for who may not call it at all.
    pub fn new(caller: &Caller, who: Who) -> Option<Self> {
        let mut scope = Self { everywhere: false, organisations: Vec::new(), person: None };
        let everybody = match who {
            Who::Open => return None,
            Who::Roles(_) => None,
            Who::SignedIn => Some(Reach::Region),
            Who::Themselves(_) => Some(Reach::Person),
        };
        if let Some(reach) = everybody {
            scope.add(caller, reach, None);
        }
        let mut admitted = everybody.is_some();
        for grant in &caller.grants {
            if let Some(reach) = who.reach(grant.role) {
                admitted = true;
                scope.add(caller, reach, grant.organisation);
            }
        }
        admitted.then_some(scope)
    }

    fn add(&mut self, caller: &Caller, reach: Reach, granted_for: Option<OrganisationId>) {
        match (reach, granted_for) {
            (Reach::Person, _) => self.person = caller.worker,
            (Reach::Own, Some(organisation)) if self.organisations.contains(&organisation) => {}
            (Reach::Own, Some(organisation)) => self.organisations.push(organisation),
            (Reach::Own, None) | (Reach::Region | Reach::Installation, _) => self.everywhere = true,
        }
    }

    /// Whether it is all of the region.
    pub fn is_everywhere(&self) -> bool {
        self.everywhere
    }

    /// Whether the caller may know of what belongs to this organisation.
    pub fn reaches(&self, organisation: OrganisationId) -> bool {
        self.everywhere || self.organisations.contains(&organisation)
    }

    /// The organisation, if the caller may know of what belongs to it. Errors: `NotFound`, of what is asked for: `shift`.
    pub fn organisation(&self, id: OrganisationId, what: &'static str) -> Result<Reached<OrganisationId>> {
        if self.reaches(id) { Ok(Reached(id)) } else { Err(Error::NotFound(what)) }
    }

    /// For a list: the one organisation that is asked for, as [`Scope::organisation`], or else all that the caller may know of.
    pub fn within(&self, asked: Option<OrganisationId>, what: &'static str) -> Result<Within> {
        Ok(Within(match asked {
            Some(id) => Some(vec![*self.organisation(id, what)?]),
            None if self.everywhere => None,
            None => Some(self.organisations.clone()),
        }))
    }

    /// The worker, if it is the caller or the caller may know of everybody. Errors: `NotFound`.
    pub fn worker(&self, id: WorkerId) -> Result<Reached<WorkerId>> {
        if self.everywhere || self.person == Some(id) { Ok(Reached(id)) } else { Err(Error::NotFound("worker")) }
    }

    /// The worker that the caller is, where the call reaches what is the caller's own.
    pub fn person(&self) -> Option<WorkerId> {
        self.person
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        caller::{Grant, Role, Subject},
        ids::{RegionId, UserId},
    };

    const WHO: Who = Who::Roles(&[(Role::Operator, Reach::Region), (Role::Hr, Reach::Own), (Role::Worker, Reach::Person)]);

    fn caller(grants: &[(Role, Option<OrganisationId>)], worker: Option<WorkerId>) -> Caller {
        let grants = grants.iter().map(|(role, organisation)| Grant { role: *role, organisation: *organisation }).collect();
        Caller { subject: Subject::User(UserId::new()), region: Some(RegionId::new()), grants, worker }
    }

    fn scope(grants: &[(Role, Option<OrganisationId>)], worker: Option<WorkerId>) -> Scope {
        Scope::new(&caller(grants, worker), WHO).expect("a role of the row")
    }

    #[test]
    fn a_role_reaches_as_far_as_its_row_says() {
        let (own, other, me, somebody) = (OrganisationId::new(), OrganisationId::new(), WorkerId::new(), WorkerId::new());
        let reached = |scope: &Scope| {
            let organisations = [own, other].map(|id| scope.organisation(id, "ward").is_ok());
            (organisations, [me, somebody].map(|id| scope.worker(id).is_ok()), scope.person().is_some())
        };
        for (grants, worker, expected) in [
            (vec![(Role::Operator, None)], None, ([true, true], [true, true], false)),
            (vec![(Role::Hr, Some(own))], None, ([true, false], [false, false], false)),
            (vec![(Role::Hr, Some(own)), (Role::Hr, Some(other))], None, ([true, true], [false, false], false)),
            (vec![(Role::Worker, None)], Some(me), ([false, false], [true, false], true)),
            (vec![(Role::Worker, None), (Role::Hr, Some(own))], Some(me), ([true, false], [true, false], true)),
            (vec![(Role::Worker, None)], None, ([false, false], [false, false], false)),
        ] {
            assert_eq!(reached(&scope(&grants, worker)), expected, "{grants:?}");
        }
    }

    #[test]
    fn a_role_that_the_row_does_not_name_adds_nothing() {
        let (own, me) = (OrganisationId::new(), WorkerId::new());
        assert_eq!(Scope::new(&caller(&[(Role::Planner, Some(own)), (Role::Auditor, None)], Some(me)), WHO), None);
        let as_worker = scope(&[(Role::Planner, Some(own)), (Role::Worker, None)], Some(me));
        assert!(!as_worker.reaches(own), "a planner of it, but not in this row");
        // The token of hr names a worker, too; only the role makes the call one of their own.
        assert_eq!(scope(&[(Role::Hr, Some(own))], Some(me)).person(), None);
    }

    #[test]
    fn a_list_is_of_one_organisation_or_of_all_that_are_reached() {
        let (own, other) = (OrganisationId::new(), OrganisationId::new());
        let hr = scope(&[(Role::Hr, Some(own))], None);
        assert_eq!(hr.within(None, "ward").expect("own").ids(), Some(&[own][..]));
        assert_eq!(hr.within(Some(own), "ward").expect("own").ids(), Some(&[own][..]));
        assert!(matches!(hr.within(Some(other), "ward"), Err(Error::NotFound("ward"))));
        let operator = scope(&[(Role::Operator, None)], None);
        assert_eq!(operator.within(None, "ward").expect("all").ids(), None);
        assert_eq!(operator.within(Some(other), "ward").expect("that").ids(), Some(&[other][..]));
    }

    #[test]
    fn who_comes_for_themselves_reaches_further_only_with_a_role_that_does() {
        let (own, me) = (OrganisationId::new(), WorkerId::new());
        let who = Who::Themselves(&[(Role::Hr, Reach::Own)]);
        let scope = |grants: &[_]| Scope::new(&caller(grants, Some(me)), who).expect("everybody may");
        assert_eq!((scope(&[]).person(), scope(&[]).reaches(own)), (Some(me), false));
        assert!(scope(&[(Role::Hr, Some(own))]).reaches(own));
        assert!(Scope::new(&caller(&[], None), Who::SignedIn).expect("everybody may").is_everywhere());
    }
}
