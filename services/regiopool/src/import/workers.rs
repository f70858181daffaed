//! Rows of workers, each a worker with an employment and competences.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use proto::members::{
    Competence, CreateWorkerRequest, Employment, EmploymentKind, FunctionLevel, GetWorkerRequest, ListWorkersRequest, Worker,
};
use tonic::Status;

use super::{
    map::{Dialect, Map, WorkerColumns},
    notation::{codes, key},
    report::Problem,
    row::{Cells, Invitee, Kind, Outcome, Prepared, differences},
    table::{Row, Titles},
};
use crate::client::{Change, Client, is_judgement, reason};

/// The columns of a file, as the map names them.
struct Columns {
    personnel_number: usize,
    first_name: usize,
    last_name: usize,
    birth_date: usize,
    postcode: usize,
    function_level: usize,
    hours_per_week: usize,
    kind: usize,
    from: usize,
    until: Option<usize>,
    big_number: Option<usize>,
    big_valid_until: Option<usize>,
    competences: Option<usize>,
    remarks: Vec<usize>,
}

impl Columns {
    fn find(titles: &Titles, map: &WorkerColumns) -> Result<Self> {
        let name = |key: &str| format!("workers.columns.{key}");
        let column = |key: &str, title: &str| titles.column(&name(key), title);
        let optional = |key: &str, title: &Option<String>| titles.optional_column(&name(key), title.as_deref());
        Ok(Self {
            personnel_number: column("personnel_number", &map.personnel_number)?,
            first_name: column("first_name", &map.first_name)?,
            last_name: column("last_name", &map.last_name)?,
            birth_date: column("birth_date", &map.birth_date)?,
            postcode: column("postcode", &map.postcode)?,
            function_level: column("function_level", &map.function_level)?,
            hours_per_week: column("hours_per_week", &map.hours_per_week)?,
            kind: column("kind", &map.kind)?,
            from: column("from", &map.from)?,
            until: optional("until", &map.until)?,
            big_number: optional("big_number", &map.big_number)?,
            big_valid_until: optional("big_valid_until", &map.big_valid_until)?,
            competences: optional("competences", &map.competences)?,
            remarks: titles.columns(&name("remarks"), &map.remarks)?,
        })
    }
}

/// Reads and sends the rows of one file of workers.
pub(super) struct WorkerRows {
    titles: Titles,
    columns: Columns,
    dialect: Dialect,
    function_levels: BTreeMap<String, FunctionLevel>,
    employment_kinds: BTreeMap<String, EmploymentKind>,
    this_year: i32,
    organisation: String,
    /// The organisation's workers before the import, by personnel number.
    known: HashMap<String, String>,
}

impl WorkerRows {
    /// For a file with these titles. Errors: a column that the map names is not there.
    pub(super) fn new(titles: Titles, columns: &WorkerColumns, map: &Map, this_year: i32) -> Result<Self> {
        Ok(Self {
            columns: Columns::find(&titles, columns)?,
            titles,
            dialect: map.dialect.clone(),
            function_levels: map.function_levels.clone(),
            employment_kinds: map.employment_kinds.clone(),
            this_year,
            organisation: String::new(),
            known: HashMap::new(),
        })
    }

    /// The column of personnel numbers.
    pub(super) fn personnel_numbers(&self) -> usize {
        self.columns.personnel_number
    }

    /// The same for this organisation, with what the region knows of its workers.
    pub(super) async fn of(mut self, client: &Client, organisation: &str) -> Result<Self> {
        let request = ListWorkersRequest { organisation: organisation.to_owned(), ..Default::default() };
        let known = client.all(request).await.context("the workers")?;
        let number = |worker: &Worker| worker.employments.first().map(|employment| employment.personnel_number.clone());
        self.known = known.into_iter().filter_map(|worker| Some((number(&worker)?, worker.id))).collect();
        organisation.clone_into(&mut self.organisation);
        Ok(self)
    }

    /// How what was asked differs from the worker that has the number; nothing when it is the same.
    async fn compare(&self, client: &Client, worker: &str, asked: &CreateWorkerRequest) -> Result<Vec<Problem>, Status> {
        let stored = client.ask(GetWorkerRequest { id: worker.to_owned() }).await?.worker.unwrap_or_default();
        let (person, employment) = (asked.worker.clone().unwrap_or_default(), asked.employment.clone().unwrap_or_default());
        let same_number =
            |held: &&Employment| held.organisation == employment.organisation && held.personnel_number == employment.personnel_number;
        let held = stored.employments.iter().find(same_number).cloned().unwrap_or_default();
        let compact = |text: &str| text.replace(' ', "").to_uppercase();
        let sorted = |competences: &[Competence]| {
            let mut codes: Vec<String> = competences.iter().map(|competence| competence.code.clone()).collect();
            codes.sort();
            codes
        };
        let columns = &self.columns;
        Ok(differences(
            self,
            &[
                (Some(columns.first_name), stored.first_name == person.first_name),
                (Some(columns.last_name), stored.last_name == person.last_name),
                (Some(columns.birth_date), stored.birth_date == person.birth_date),
                (Some(columns.postcode), compact(&stored.postcode) == compact(&person.postcode)),
                (columns.big_number, stored.big_number == person.big_number),
                (columns.big_valid_until, stored.big_valid_until == person.big_valid_until),
                (Some(columns.function_level), held.function_level == employment.function_level),
                (Some(columns.kind), held.kind == employment.kind),
                (Some(columns.hours_per_week), held.minutes_per_week == employment.minutes_per_week),
                (Some(columns.from), held.from == employment.from),
                (columns.until, held.until == employment.until),
                (columns.competences, sorted(&stored.competences) == sorted(&asked.competences)),
            ],
        ))
    }
}

impl Kind for WorkerRows {
    type Request = CreateWorkerRequest;
    const ROWS_ARE: &'static str = "workers";

    fn titles(&self) -> &Titles {
        &self.titles
    }

    fn columns(&self) -> Vec<usize> {
        let c = &self.columns;
        let optional = [c.until, c.big_number, c.big_valid_until, c.competences];
        let required = [c.personnel_number, c.first_name, c.last_name, c.birth_date, c.postcode, c.function_level, c.hours_per_week];
        let more = [c.kind, c.from];
        required.into_iter().chain(more).chain(optional.into_iter().flatten()).chain(c.remarks.iter().copied()).collect()
    }

    fn read(&self, row: &Row) -> Result<Prepared<CreateWorkerRequest>, Vec<Problem>> {
        let (c, dialect) = (&self.columns, &self.dialect);
        let mut cells = Cells::new(row, &self.titles);
        // A year of two digits of a birth date lies in the past; others may lie ahead.
        let born = |cell: &str| dialect.date.parse(cell, self.this_year).map(|day| day.to_proto());
        let day = |cell: &str| dialect.date.parse(cell, self.this_year + 30).map(|day| day.to_proto());
        let function = |cell: &str| {
            let level = self.function_levels.get(&key(cell));
            level.copied().ok_or_else(|| "is an unknown function: the map's [function_levels] does not name it".to_owned())
        };
        let contract = |cell: &str| {
            let kind = self.employment_kinds.get(&key(cell));
            kind.copied().ok_or_else(|| "is an unknown contract: the map's [employment_kinds] does not name it".to_owned())
        };
        let worker = Worker {
            first_name: cells.text(c.first_name),
            last_name: cells.text(c.last_name),
            birth_date: cells.optional(Some(c.birth_date), born),
            postcode: cells.text(c.postcode),
            big_number: cells.optional_text(c.big_number),
            big_valid_until: cells.optional(c.big_valid_until, day),
            ..Worker::default()
        };
        let employment = Employment {
            organisation: self.organisation.clone(),
            personnel_number: cells.text(c.personnel_number),
            function_level: cells.value(c.function_level, function).unwrap_or_default().into(),
            kind: cells.value(c.kind, contract).unwrap_or_default().into(),
            minutes_per_week: cells.value(c.hours_per_week, |cell| dialect.decimal.minutes(cell)).unwrap_or_default(),
            from: cells.optional(Some(c.from), day),
            until: cells.optional(c.until, day),
            ..Employment::default()
        };
        let codes = codes(&cells.optional_text(c.competences), dialect.list);
        cells.free_text(&c.remarks);
        let problems = cells.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        let key = employment.personnel_number.clone();
        let request = CreateWorkerRequest {
            worker: Some(worker),
            employment: Some(employment),
            competences: codes.into_iter().map(|code| Competence { code, ..Competence::default() }).collect(),
            request_id: String::new(),
        };
        Ok(Prepared { key, request: request.with_request_id() })
    }

    fn column_of(&self, field: &str) -> Option<usize> {
        let c = &self.columns;
        match field {
            "worker.first_name" => Some(c.first_name),
            "worker.last_name" => Some(c.last_name),
            "worker.birth_date" => Some(c.birth_date),
            "worker.postcode" => Some(c.postcode),
            "worker.big_number" => c.big_number,
            "worker.big_valid_until" => c.big_valid_until,
            "employment.personnel_number" => Some(c.personnel_number),
            "employment.function_level" => Some(c.function_level),
            "employment.kind" => Some(c.kind),
            "employment.minutes_per_week" => Some(c.hours_per_week),
            "employment.from" => Some(c.from),
            "employment.until" => c.until,
            _ if field.starts_with("competences") => c.competences,
            _ => None,
        }
    }

    async fn send(&self, client: &Client, row: Prepared<CreateWorkerRequest>) -> Result<Outcome, Status> {
        let Prepared { key, request } = row;
        let known = self.known.get(&key);
        let person = request.worker.clone().unwrap_or_default();
        let invitee =
            |worker: String| Invitee { personnel_number: key.clone(), name: format!("{} {}", person.first_name, person.last_name), worker };
        match client.ask(request.clone()).await {
            Ok(answer) => {
                let invitee = answer.worker.map(|worker| invitee(worker.id));
                Ok(if known.is_some() { Outcome::Unchanged(invitee) } else { Outcome::Taken(invitee) })
            }
            // The number is taken: by this very row, in an import that is no longer remembered, or by other data.
            Err(status) if reason(&status) == "PERSONNEL_NUMBER_TAKEN" => {
                let Some(worker) = known else {
                    return Ok(Outcome::NotTaken(vec![self.problem(Some(self.columns.personnel_number), "is taken already")]));
                };
                let problems = self.compare(client, worker, &request).await?;
                Ok(if problems.is_empty() { Outcome::Unchanged(None) } else { Outcome::NotTaken(problems) })
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

    const TITLES: &str = "Personeelsnummer;Achternaam;Voornaam;Geboortedatum;Postcode;Functie;Uren per week;Contract;BIG;BIG t/m;Bekwaamheden;In dienst;Opmerking";

    fn rows(rows: &[&str]) -> (WorkerRows, Vec<Row>) {
        let map = Map::example();
        let text = format!("{TITLES}\n{}\n", rows.join("\n"));
        let bytes = map.dialect.encoding.0.encode(&text).0.into_owned();
        let mut table = Table::read("medewerkers.csv", bytes.as_slice(), &map.dialect).expect("titles");
        let columns = &map.workers.as_ref().expect("workers").columns;
        let kind = WorkerRows::new(table.titles.clone(), columns, &map, 2026).expect("every column");
        let rows = std::iter::from_fn(|| table.next().expect("readable")).collect();
        (kind, rows)
    }

    #[test]
    fn a_row_becomes_a_worker_with_employment_and_competences() {
        let row =
            "10001;Öztürk;Zoë;17-07-1979;6261EK;verpleegkundige hbo;20,50;tijdelijk;52002566630;01-06-2030;BHV|medicatie delen;01-04-2015;";
        let (kind, rows) = rows(&[row]);
        let request = kind.read(&rows[0]).unwrap_or_else(|problems| panic!("{problems:?}")).request;
        let (worker, employment) = (request.worker.expect("a worker"), request.employment.expect("an employment"));
        assert_eq!((worker.first_name.as_str(), worker.last_name.as_str()), ("Zoë", "Öztürk"));
        assert_eq!(worker.birth_date, Some(Date { year: 1979, month: 7, day: 17 }));
        assert_eq!((worker.big_number.as_str(), worker.big_valid_until), ("52002566630", Some(Date { year: 2030, month: 6, day: 1 })));
        assert_eq!((employment.function_level(), employment.kind()), (FunctionLevel::NurseBachelor, EmploymentKind::Temporary));
        assert_eq!((employment.personnel_number.as_str(), employment.minutes_per_week), ("10001", 20 * 60 + 30));
        let codes: Vec<&str> = request.competences.iter().map(|competence| competence.code.as_str()).collect();
        assert_eq!(codes, ["bhv", "medicatie-delen"]);
    }

    #[test]
    fn a_citizen_service_number_in_a_remark_refuses_the_row() {
        let row = |remark: &str| format!("10001;Bouts;Els;17-07-1979;6261EK;zorgassistent;20,00;vast;;;;01-04-2015;{remark}");
        let (kind, rows) = rows(&[&row("bsn 111222333"), &row("tel 0612345678"), &row("dossier 123456789")]);
        let problems = kind.read(&rows[0]).err().expect("refused");
        assert_eq!((problems.len(), problems[0].column.as_str()), (1, "Opmerking"));
        assert!(kind.read(&rows[1]).is_ok() && kind.read(&rows[2]).is_ok());
    }

    #[test]
    fn a_field_that_members_names_is_told_as_the_column_of_the_file() {
        let (kind, _) = rows(&[]);
        for (field, title) in [
            ("worker.birth_date", "Geboortedatum"),
            ("worker.big_valid_until", "BIG t/m"),
            ("employment.personnel_number", "Personeelsnummer"),
            ("employment.minutes_per_week", "Uren per week"),
            ("competences[3].code", "Bekwaamheden"),
        ] {
            assert_eq!(kind.column_of(field).map(|column| kind.titles.title(column)), Some(title), "{field}");
        }
        assert_eq!(kind.column_of("employment.organisation"), None);
    }
}
