//! Requests about who could have which shift.

use proto::flexpool::{ExplainShiftRequest, GetPreferencesRequest, ListEligibleWorkersRequest, Preferences, SetPreferencesRequest};
use testkit::{matrix::Probe, request_id};

use super::Filled;

/// A right request of an organisation's own for each of the methods.
pub(super) fn probes(all: &Filled) -> Vec<Probe> {
    let shift = || all.shift.clone();
    let probes = probes! { "flexpool.v1.EligibilityService":
        "ExplainShift" ExplainShiftRequest { shift: shift() };
        "ListEligibleWorkers" ListEligibleWorkersRequest { shift: shift(), ..Default::default() };
        "GetPreferences" GetPreferencesRequest {};
        "SetPreferences" SetPreferencesRequest { preferences: Some(Preferences::default()), request_id: request_id() };
    };
    probes.into()
}
