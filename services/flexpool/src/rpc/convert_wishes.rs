//! Between messages and what workers want.

use chassis::{error::Result, ids::OrganisationId, validate::Fields};
use proto::flexpool as api;
use uuid::Uuid;

use crate::domain::{
    wishes::{DayPart, Preferences},
    worker::FunctionLevel,
};

const MAX_ORGANISATIONS: usize = 100;

/// What a worker wants.
pub(super) fn set_preferences(message: &api::SetPreferencesRequest) -> Result<(Preferences, Uuid)> {
    let mut fields = Fields::new();
    let none = api::Preferences::default();
    if message.preferences.is_none() {
        fields.violation("preferences", "is required");
    }
    let told = message.preferences.as_ref().unwrap_or(&none);
    let max_km = fields.number("preferences.max_km", told.max_km, 0, 300);
    let mut wanted = Preferences { max_km: max_km.filter(|km| *km > 0), ..Preferences::default() };
    for (at, number) in told.day_parts.iter().enumerate() {
        match DayPart::ALL.into_iter().find(|part| *part as i32 == *number) {
            Some(part) if wanted.day_parts.insert(part) => {}
            Some(_) => fields.violation(format!("preferences.day_parts[{at}]"), "stands there twice"),
            None => fields.violation(format!("preferences.day_parts[{at}]"), "is not a known part of the day"),
        }
    }
    for (at, number) in told.function_levels.iter().enumerate() {
        match FunctionLevel::from_number(*number) {
            Some(level) if !wanted.levels.contains(&level) => wanted.levels.push(level),
            Some(_) => fields.violation(format!("preferences.function_levels[{at}]"), "stands there twice"),
            None => fields.violation(format!("preferences.function_levels[{at}]"), "is not a known function level"),
        }
    }
    if told.organisations.len() > MAX_ORGANISATIONS {
        fields.violation("preferences.organisations", format!("has more than {MAX_ORGANISATIONS} ids"));
    } else {
        for (at, text) in told.organisations.iter().enumerate() {
            let id: Option<OrganisationId> = fields.id(&format!("preferences.organisations[{at}]"), text);
            wanted.organisations.extend(id.filter(|id| !wanted.organisations.contains(id)));
        }
    }
    let request_id = fields.request_id(&message.request_id);
    fields.finish_with(request_id.map(|id| (wanted, id)))
}

/// As shown to the worker.
pub(super) fn preferences(wanted: &Preferences) -> api::Preferences {
    api::Preferences {
        max_km: wanted.max_km.unwrap_or_default(),
        day_parts: wanted.day_parts.iter().map(|part| *part as i32).collect(),
        function_levels: wanted.levels.iter().map(|level| *level as i32).collect(),
        organisations: wanted.organisations.iter().map(ToString::to_string).collect(),
    }
}
