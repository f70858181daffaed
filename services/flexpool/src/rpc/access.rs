//! Who may call what (D14), and how far each role reaches with it (D15).

use chassis::{
    auth::{
        Access,
        Reach::{Own, Person, Region},
        Who,
    },
    caller::Role::{Auditor, Hr, Operator, Planner, WardLead, Worker},
};

const PLANNER: Who = Who::Roles(&[(Planner, Own)]);
const STAFF: Who = Who::Roles(&[(Planner, Own), (WardLead, Own), (Operator, Region)]);
const PLANNING: Who = Who::Roles(&[(Planner, Own), (WardLead, Own)]);
const ROSTER: Who = Who::Roles(&[(Planner, Own), (Hr, Own)]);
const CONFLICTS: Who = Who::Roles(&[(Planner, Own), (WardLead, Own), (Hr, Own), (Operator, Region)]);
const WORKER: Who = Who::Roles(&[(Worker, Person)]);
const ANY: Who = Who::Roles(&[(Planner, Own), (WardLead, Own), (Operator, Region), (Worker, Person)]);
const READER: Who = Who::Roles(&[(Auditor, Region), (Worker, Person)]);

/// The RPCs of flexpool.
pub(crate) const OWN: &[Access] = &[
    Access { method: "/regiopool.flexpool.v1.ShiftService/PublishShift", who: PLANNER },
    Access { method: "/regiopool.flexpool.v1.ShiftService/CancelShift", who: PLANNER },
    Access { method: "/regiopool.flexpool.v1.ShiftService/GetShift", who: ANY },
    Access { method: "/regiopool.flexpool.v1.ShiftService/ListShifts", who: STAFF },
    Access { method: "/regiopool.flexpool.v1.ShiftService/ListOpenShifts", who: WORKER },
    Access { method: "/regiopool.flexpool.v1.ShiftService/WatchShifts", who: ANY },
    Access { method: "/regiopool.flexpool.v1.ClaimService/ClaimShift", who: WORKER },
    Access { method: "/regiopool.flexpool.v1.ClaimService/WithdrawClaim", who: WORKER },
    Access { method: "/regiopool.flexpool.v1.ClaimService/ListMyClaims", who: WORKER },
    Access { method: "/regiopool.flexpool.v1.ClaimService/ListClaims", who: STAFF },
    Access { method: "/regiopool.flexpool.v1.WaitService/JoinWaitlist", who: WORKER },
    Access { method: "/regiopool.flexpool.v1.WaitService/LeaveWaitlist", who: WORKER },
    Access { method: "/regiopool.flexpool.v1.WaitService/AcceptOffer", who: WORKER },
    Access { method: "/regiopool.flexpool.v1.WaitService/ListMyWaits", who: WORKER },
    Access { method: "/regiopool.flexpool.v1.AccessLogService/ListFileReads", who: READER },
    Access { method: "/regiopool.flexpool.v1.RosterService/PutRosterBlocks", who: ROSTER },
    Access { method: "/regiopool.flexpool.v1.RosterService/ListRosterBlocks", who: ROSTER },
    Access { method: "/regiopool.flexpool.v1.RosterService/DeclareWork", who: WORKER },
    Access { method: "/regiopool.flexpool.v1.RosterService/RemoveDeclaredWork", who: WORKER },
    Access { method: "/regiopool.flexpool.v1.RosterService/ConfirmWorkKnown", who: WORKER },
    Access { method: "/regiopool.flexpool.v1.RosterService/ListMyWork", who: WORKER },
    Access { method: "/regiopool.flexpool.v1.EligibilityService/ExplainShift", who: WORKER },
    Access { method: "/regiopool.flexpool.v1.EligibilityService/ListEligibleWorkers", who: PLANNING },
    Access { method: "/regiopool.flexpool.v1.EligibilityService/GetPreferences", who: WORKER },
    Access { method: "/regiopool.flexpool.v1.EligibilityService/SetPreferences", who: WORKER },
    Access { method: "/regiopool.flexpool.v1.ConflictService/ListMyConflicts", who: WORKER },
    Access { method: "/regiopool.flexpool.v1.ConflictService/ListConflicts", who: CONFLICTS },
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_lists_exactly_the_methods_of_the_contract() {
        assert_eq!(chassis::auth::mistakes("regiopool.flexpool.v1", super::OWN), Vec::<String>::new());
        let mut methods: Vec<&str> = super::OWN.iter().map(|row| row.method).collect();
        methods.sort_unstable();
        methods.dedup();
        assert_eq!(methods.len(), super::OWN.len(), "a method stands there twice");
    }
}
