//! Rows of open shifts.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use chassis::time::LocalDate;
use proto::{
    flexpool::{ListShiftsRequest, LocalTime, PublishShiftRequest, Shift},
    members::{FunctionLevel, ListPoolsRequest, ListWardsRequest},
};
use tonic::Status;

use super::{
    Place,
    columns::ShiftColumns,
    dialect::{Dialect, Shown},
    map::{Map, Ward},
    map_value::Column,
    notation::{Reason, codes, key},
    number::whole_number,
    report::Problem,
    row::{Cells, Kind, Outcome, Prepared, differences},
    table::{Row, Source, Titles},
};
use crate::client::{Change, Client, is_judgement, reason};

/// What flexpool learns by events, and may not know yet.
pub(crate) const ON_ITS_WAY: &[&str] = &["WARD_UNKNOWN", "POOL_UNKNOWN"];
pub(super) const DAY: u32 = 24 * 60;

/// The columns of a file, as the map names them.
struct Columns {
    external_reference: Source,
    ward: Source,
    pool: Option<Source>,
    date: Source,
    starts_at: Source,
    ends_on: Option<Source>,
    ends_at: Source,
    break_minutes: Option<Source>,
    function_level: Source,
    places: Source,
    competences: Option<Source>,
    remarks: Vec<Source>,
}

impl Columns {
    fn find(titles: &Titles, map: &ShiftColumns) -> Result<Self> {
        let name = |key: &str| format!("shifts.columns.{key}");
        let column = |key: &str, column: &Column| titles.source(&name(key), column);
        let optional = |key: &str, column: &Option<Column>| titles.optional_source(&name(key), column.as_ref());
        Ok(Self {
            external_reference: column("external_reference", &map.external_reference)?,
            ward: column("ward", &map.ward)?,
            pool: optional("pool", &map.pool)?,
            date: column("date", &map.date)?,
            starts_at: column("starts_at", &map.starts_at)?,
            ends_on: optional("ends_on", &map.ends_on)?,
            ends_at: column("ends_at", &map.ends_at)?,
            break_minutes: optional("break_minutes", &map.break_minutes)?,
            function_level: column("function_level", &map.function_level)?,
            places: column("places", &map.places)?,
            competences: optional("competences", &map.competences)?,
            remarks: titles.sources(&name("remarks"), &map.remarks)?,
        })
    }
}

/// Reads and sends the rows of one file of open shifts.
pub(super) struct ShiftRows {
    titles: Titles,
    columns: Columns,
    dialect: Dialect,
    function_levels: BTreeMap<String, FunctionLevel>,
    competences: BTreeMap<String, String>,
    this_year: i32,
    /// What the system calls wards too, with their own look-up keys.
    called: HashMap<String, String>,
    /// Ids of the wards by their look-up keys.
    wards: HashMap<String, String>,
    /// The pool of the map.
    pool: String,
    /// Ids of all pools by their look-up keys; `None` when nothing is sent.
    pools: Option<HashMap<String, String>>,
    /// The organisation's shifts before the import, by external reference.
    known: HashMap<String, Shift>,
}

impl ShiftRows {
    /// For a file with these titles. Errors: a column that the map names is not there.
    pub(super) fn new(titles: Titles, columns: &ShiftColumns, map: &Map, dialect: Dialect, this_year: i32) -> Result<Self> {
        Ok(Self {
            columns: Columns::find(&titles, columns)?,
            titles,
            dialect,
            function_levels: map.function_levels.clone(),
            competences: map.competence_codes.clone(),
            this_year,
            called: map.organisation.wards.iter().flat_map(also_called).collect(),
            wards: map.organisation.wards.iter().map(|ward| (key(&ward.name), String::new())).collect(),
            pool: String::new(),
            pools: None,
            known: HashMap::new(),
        })
    }

    /// The same where these wards are there too, for when nothing is sent.
    pub(super) fn with_wards(mut self, names: &[String]) -> Self {
        self.wards.extend(names.iter().map(|name| (key(name), String::new())));
        self
    }

    /// The same for this organisation with its wards and pool, and with what the region knows of its shifts.
    pub(super) async fn of(mut self, client: &Client, place: &Place) -> Result<Self> {
        let request = ListShiftsRequest { organisation: place.organisation.clone(), ..Default::default() };
        let known = client.all(request).await.context("the shifts")?;
        // A shift without a reference is known by its id, under which it is exported.
        let name = |shift: &Shift| if shift.external_reference.is_empty() { shift.id.clone() } else { shift.external_reference.clone() };
        self.known = known.into_iter().map(|shift| (name(&shift), shift)).collect();
        let request = ListWardsRequest { organisation: place.organisation.clone(), ..Default::default() };
        let wards = client.all(request).await.context("the wards")?;
        self.wards = wards.into_iter().map(|ward| (key(&ward.name), ward.id)).collect();
        let pools = client.all(ListPoolsRequest::default()).await.context("the pools")?;
        self.pools = Some(pools.into_iter().map(|pool| (key(&pool.name), pool.id)).collect());
        place.pool.clone_into(&mut self.pool);
        Ok(self)
    }

    /// The id of the pool that a cell names.
    fn pool(&self, cell: &str) -> Result<String, Reason> {
        match &self.pools {
            None => Ok(String::new()),
            Some(known) => known.get(&key(cell)).cloned().ok_or_else(|| "is an unknown pool".to_owned()),
        }
    }

    /// The columns that show how dates and the like are written.
    pub(super) fn shown(&self) -> Shown<'_> {
        let c = &self.columns;
        let dates = std::iter::once(&c.date).chain(&c.ends_on).collect();
        Shown { dates, times: vec![&c.starts_at, &c.ends_at], numbers: Vec::new(), lists: c.competences.iter().collect() }
    }

    /// The same rows, written in this way.
    pub(super) fn written(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// How they are written.
    pub(super) fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// The id of the ward that a cell names.
    fn ward(&self, cell: &str) -> Result<String, Reason> {
        let own = key(cell);
        let name = self.called.get(&own).unwrap_or(&own);
        self.wards.get(name).cloned().ok_or_else(|| "is an unknown ward".to_owned())
    }

    /// How what was asked differs from the shift that has the reference; nothing when it is the same.
    fn compare(&self, stored: &Shift, asked: &PublishShiftRequest) -> Vec<Problem> {
        let instant = |time: &Option<LocalTime>| {
            let time = time.as_ref()?;
            let date = LocalDate::from_proto(time.date.as_ref()?)?;
            date.at_minute(u32::try_from(time.minute).ok()?, time.second_pass).ok().map(chassis::time::Timestamp::to_proto)
        };
        let sorted = |codes: &[String]| {
            let mut codes = codes.to_vec();
            codes.sort();
            codes
        };
        let columns = &self.columns;
        differences(
            self,
            &[
                (Some(&columns.ward), stored.ward == asked.ward),
                (columns.pool.as_ref(), columns.pool.is_none() || stored.pool == asked.pool),
                (Some(&columns.starts_at), stored.starts_at == instant(&asked.starts_at)),
                (Some(&columns.ends_at), stored.ends_at == instant(&asked.ends_at)),
                (columns.break_minutes.as_ref(), stored.break_minutes == asked.break_minutes),
                (Some(&columns.function_level), stored.function_level == asked.function_level),
                (Some(&columns.places), stored.places == asked.places),
                (columns.competences.as_ref(), sorted(&stored.competences) == sorted(&asked.competences)),
            ],
        )
    }
}

fn also_called(ward: &Ward) -> impl Iterator<Item = (String, String)> + '_ {
    ward.called.iter().map(|name| (key(name), key(&ward.name)))
}

/// What ends at or before the time of its start ends on the next day; but in the night in which an hour is repeated.
pub(super) fn last_day(date: LocalDate, starts: (u32, bool), ends: (u32, bool)) -> LocalDate {
    if (ends.1, ends.0) <= (starts.1, starts.0) && ends.0 <= starts.0 { LocalDate(date.0.succ_opt().unwrap_or(date.0)) } else { date }
}

/// A time on the clock; 24:00 is the next day's first minute.
pub(super) fn local_time(date: LocalDate, (minute, second_pass): (u32, bool)) -> LocalTime {
    let date = if minute >= DAY { LocalDate(date.0.succ_opt().unwrap_or(date.0)) } else { date };
    LocalTime { date: Some(date.to_proto()), minute: i32::try_from(minute % DAY).unwrap_or_default(), second_pass }
}

impl Kind for ShiftRows {
    type Request = PublishShiftRequest;
    const ROWS_ARE: &'static str = "shifts";
    const AT_ONCE: usize = 1;
    const IN_FLIGHT: usize = 16;

    fn titles(&self) -> &Titles {
        &self.titles
    }

    fn columns(&self) -> Vec<usize> {
        let c = &self.columns;
        let required = [&c.external_reference, &c.ward, &c.date, &c.starts_at, &c.ends_at, &c.function_level, &c.places];
        let all = required.into_iter().chain(&c.pool).chain(&c.ends_on).chain(&c.break_minutes).chain(&c.competences).chain(&c.remarks);
        all.flat_map(|source| source.columns.iter().copied()).collect()
    }

    fn read(&self, row: &Row) -> Result<Prepared<PublishShiftRequest>, Vec<Problem>> {
        let (c, dialect) = (&self.columns, &self.dialect);
        let mut cells = Cells::new(row, &self.titles);
        let function = |cell: &str| {
            let level = self.function_levels.get(&key(cell));
            level.copied().ok_or_else(|| "is an unknown function: the map's [function_levels] does not name it".to_owned())
        };
        let start = |cell: &str| match dialect.time.clock(cell) {
            Ok((DAY, _)) => Err("is a time that does not exist: a shift begins at 00:00".to_owned()),
            other => other,
        };
        let ward = cells.value(&c.ward, |cell| self.ward(cell));
        let pool = cells.optional(c.pool.as_ref(), |cell| self.pool(cell));
        let date = cells.value(&c.date, |cell| dialect.date.parse(cell, self.this_year + 30));
        let starts = cells.value(&c.starts_at, start);
        let ends_on = cells.optional(c.ends_on.as_ref(), |cell| dialect.date.parse(cell, self.this_year + 30));
        let ends = cells.value(&c.ends_at, |cell| dialect.time.clock(cell));
        let break_minutes = cells.optional(c.break_minutes.as_ref(), whole_number);
        let function_level = cells.value(&c.function_level, function);
        let places = cells.value(&c.places, whole_number);
        let competences = codes(&cells.optional_text(c.competences.as_ref()), dialect.list, &self.competences);
        let reference = cells.name(&c.external_reference);
        cells.free_text(&c.remarks);
        let problems = cells.problems();
        let (Some(date), Some(starts), Some(ends), true) = (date, starts, ends, problems.is_empty()) else {
            return Err(problems);
        };
        let last_day = ends_on.unwrap_or_else(|| last_day(date, starts, ends));
        let request = PublishShiftRequest {
            ward: ward.unwrap_or_default(),
            pool: pool.unwrap_or_else(|| self.pool.clone()),
            starts_at: Some(local_time(date, starts)),
            ends_at: Some(local_time(last_day, ends)),
            break_minutes: break_minutes.unwrap_or_default(),
            function_level: function_level.unwrap_or_default().into(),
            competences,
            places: places.unwrap_or_default(),
            external_reference: reference,
            request_id: String::new(),
        };
        Ok(Prepared { key: request.external_reference.clone(), request: request.with_request_id() })
    }

    fn column_of(&self, field: &str) -> Option<&Source> {
        let c = &self.columns;
        match field.split('.').next().unwrap_or_default() {
            "ward" => Some(&c.ward),
            "pool" => c.pool.as_ref(),
            "starts_at" => Some(&c.starts_at),
            "ends_at" => Some(&c.ends_at),
            "break_minutes" => c.break_minutes.as_ref(),
            "function_level" => Some(&c.function_level),
            "places" => Some(&c.places),
            "external_reference" => Some(&c.external_reference),
            name if name.starts_with("competences") => c.competences.as_ref(),
            _ => None,
        }
    }

    async fn send(&self, client: &Client, rows: Vec<Prepared<PublishShiftRequest>>) -> Result<Vec<Outcome>, Status> {
        let mut outcomes = Vec::with_capacity(rows.len());
        for row in rows {
            outcomes.push(self.publish(client, row).await?);
        }
        Ok(outcomes)
    }
}

impl ShiftRows {
    async fn publish(&self, client: &Client, row: Prepared<PublishShiftRequest>) -> Result<Outcome, Status> {
        // What the region has already is not sent: it may have begun in the meantime, and is no less right for that.
        let differences = self.known.get(&row.key).map(|shift| self.compare(shift, &row.request));
        if differences.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Outcome::Unchanged(None));
        }
        match client.ask_when_known(row.request, ON_ITS_WAY).await {
            Ok(_) if differences.is_some() => Ok(Outcome::Unchanged(None)),
            Ok(_) => Ok(Outcome::Taken(None)),
            Err(status) if reason(&status) == "EXTERNAL_REFERENCE_TAKEN" => {
                let taken = || vec![self.problem(Some(&self.columns.external_reference), "is taken already")];
                Ok(Outcome::NotTaken(differences.unwrap_or_else(taken)))
            }
            Err(status) if is_judgement(&status) => Ok(Outcome::NotTaken(self.judgement(&status))),
            Err(status) => Err(status),
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::Date;

    use super::*;
    use crate::import::table::Table;

    /// What becomes of rows under the titles of Zonnehof.
    fn read(rows: &[&str]) -> Vec<Result<PublishShiftRequest, Vec<(String, String)>>> {
        let map = Map::example();
        let text = format!("Dienstnr;Afdeling;Datum;Van;Tot;Pauze;Functie;Aantal;Bekwaamheid\n{}\n", rows.join("\n"));
        let mut table = Table::read("openstaand.csv", text.as_bytes(), &Dialect::example()).expect("titles");
        let columns = &map.shifts.as_ref().expect("shifts").columns;
        let kind = ShiftRows::new(table.titles.clone(), columns, &map, Dialect::example(), 2026).expect("every column");
        let problems = |problems: Vec<Problem>| problems.into_iter().map(|problem| (problem.column, problem.reason)).collect();
        let mut read = Vec::new();
        while let Some(row) = table.next().expect("readable") {
            read.push(kind.read(&row).map(|row| row.request).map_err(problems));
        }
        read
    }

    fn request(row: &str) -> PublishShiftRequest {
        read(&[row]).pop().expect("a row").expect("a good row")
    }

    #[test]
    fn a_shift_that_ends_no_later_than_it_starts_ends_on_the_next_day() {
        let (first, next) = (Date { year: 2026, month: 12, day: 31 }, Date { year: 2027, month: 1, day: 1 });
        for (from, to, ends_on, minute) in [
            ("07:00", "15:00", first, 15 * 60),
            ("23:00", "07:00", next, 7 * 60),
            ("07:00", "07:00", next, 7 * 60),
            ("15:00", "24:00", next, 0),
            ("15:00", "00:00", next, 0),
        ] {
            let request = request(&format!("G1;De Linde 1;31-12-2026;{from};{to};30;verzorgende IG;2;medicatie delen"));
            assert_eq!(request.starts_at.and_then(|time| time.date), Some(first), "{from}-{to}");
            assert_eq!(request.ends_at, Some(LocalTime { date: Some(ends_on), minute, second_pass: false }), "{from}-{to}");
            assert_eq!(request.function_level(), FunctionLevel::Carer);
            assert_eq!((request.competences, request.places, request.break_minutes), (vec!["medicatie-delen".to_owned()], 2, 30));
            assert_eq!(request.external_reference, "G1 31-12-2026");
        }
    }

    #[test]
    fn everything_that_is_wrong_with_a_row_is_told_at_once() {
        let told = read(&["G1;Nergens;31-11-2026;24:00;;x;astronaut;;"]).pop().expect("a row").expect_err("a bad row");
        let columns: Vec<&str> = told.iter().map(|(column, _)| column.as_str()).collect();
        assert_eq!(columns, ["Afdeling", "Datum", "Van", "Tot", "Pauze", "Functie", "Aantal"]);
        let short = read(&["G1;De Linde 1"]).pop().expect("a row").expect_err("a short row");
        assert_eq!(short[0], (String::new(), "has 2 cells where the titles are 9".to_owned()));
        let nameless = read(&[";De Linde 1;31-12-2026;07:00;15:00;30;verzorgende IG;1;"]).pop().expect("a row").expect_err("no number");
        assert_eq!(nameless, [("Dienstnr".to_owned(), "is empty".to_owned())]);
    }

    #[test]
    fn what_only_flexpool_knows_is_left_to_it() {
        let request = request("G1;de linde 1;28-03-2027;02:30;07:00;600;Verzorgende IG;0;");
        assert_eq!((request.starts_at.map(|time| time.minute), request.break_minutes, request.places), (Some(150), 600, 0));
    }
}
