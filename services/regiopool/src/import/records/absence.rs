//! When workers cannot work; never why (D7).

use std::collections::HashMap;

use chassis::time::{LocalDate, Timestamp};
use proto::members::{CreateUnavailabilityRequest, Unavailability};
use tonic::Status;

use super::{Done, Field, FieldCells, Record, Shows};
use crate::{client::Client, import::files::Known};

/// Periods of an organisation's workers.
#[derive(Default)]
pub(crate) struct Absence {
    /// Ids and periods by personnel number; `None` when nothing is sent.
    known: Option<HashMap<String, (String, Vec<Unavailability>)>>,
}

impl Absence {
    /// With what the region knows.
    pub(crate) fn of(files: &Known) -> Self {
        let periods = |(number, file): (&String, &proto::members::WorkerFile)| {
            Some((number.clone(), (file.worker.as_ref()?.id.clone(), file.unavailabilities.clone())))
        };
        Self { known: Some(files.iter().filter_map(periods).collect()) }
    }
}

/// A moment as RFC 3339 writes it, or the beginning or the end of a day.
fn moment(cells: &FieldCells<'_>, cell: &str, ends: bool) -> Result<Timestamp, String> {
    if let Ok(moment) = chrono::DateTime::parse_from_rfc3339(cell) {
        return Ok(Timestamp::from_utc(moment.to_utc()));
    }
    let day = cells.parse_day(cell)?;
    let day = if ends { LocalDate(day.0.succ_opt().unwrap_or(day.0)) } else { day };
    day.at_minute(0, false).map_err(|_| "does not exist".to_owned())
}

impl Record for Absence {
    type Request = CreateUnavailabilityRequest;
    const SECTION: &'static str = "unavailability";
    const ROWS_ARE: &'static str = "periods";
    const FIELDS: &'static [Field] =
        &[("personnel_number", true, Shows::Nothing), ("from", true, Shows::Dates), ("until", false, Shows::Dates)];

    fn read(&self, cells: &mut FieldCells<'_>) -> (String, CreateUnavailabilityRequest) {
        let worker = cells.required("personnel_number", |number| match &self.known {
            None => Ok(number.to_owned()),
            Some(known) => {
                known.get(number).map(|(id, _)| id.clone()).ok_or_else(|| "is no personnel number of the organisation".to_owned())
            }
        });
        let [from, until] = [("from", false), ("until", true)].map(|(field, ends)| {
            let read = moment(cells, &cells.text(field), ends);
            cells.value(field, |_| read).map(Timestamp::to_proto)
        });
        let period = Unavailability { worker: worker.unwrap_or_default(), from, until, ..Unavailability::default() };
        (String::new(), CreateUnavailabilityRequest { unavailability: Some(period), request_id: String::new() })
    }

    async fn send(&self, client: &Client, request: CreateUnavailabilityRequest) -> Result<Done, Status> {
        let asked = request.unavailability.clone().unwrap_or_default();
        let own = self.known.iter().flat_map(HashMap::values).find(|(id, _)| *id == asked.worker);
        if own.is_some_and(|(_, periods)| periods.iter().any(|own| (own.from, own.until) == (asked.from, asked.until))) {
            return Ok(Done::Known(Vec::new()));
        }
        client.change(request).await.map(|_| Done::Made)
    }
}
