//! Rows of workers, each a worker with an employment and competences.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use proto::members::{
    AssessmentResult, Competence, CreateWorkerRequest, Employment, EmploymentKind, FunctionLevel, ImportWorkersRequest, ImportedWorker,
    NewWorker, SelfEmployedAssessment, Worker,
};
use tonic::Status;
use tonic_types::StatusExt;

use super::{
    columns::WorkerColumns,
    dialect::{Dialect, Shown},
    map::Map,
    map_value::{Column, Hours},
    notation::{Reason, codes, key},
    records::named,
    report::Problem,
    row::{Cells, Invitee, KNOWN_OTHERWISE, Kind, Outcome, Prepared},
    table::{Row, Source, Titles},
};
use crate::client::{Change, Client};

/// The columns of a file, as the map names them.
struct Columns {
    personnel_number: Source,
    first_name: Source,
    last_name: Source,
    birth_date: Source,
    postcode: Source,
    function_level: Source,
    hours_per_week: Source,
    kind: Source,
    from: Source,
    until: Option<Source>,
    big_number: Option<Source>,
    big_valid_until: Option<Source>,
    competences: Option<Source>,
    cost_centre: Option<Source>,
    assessment: Option<Source>,
    assessed_on: Option<Source>,
    remarks: Vec<Source>,
}

impl Columns {
    fn find(titles: &Titles, map: &WorkerColumns) -> Result<Self> {
        let name = |key: &str| format!("workers.columns.{key}");
        let column = |key: &str, column: &Column| titles.source(&name(key), column);
        let optional = |key: &str, column: &Option<Column>| titles.optional_source(&name(key), column.as_ref());
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
            cost_centre: optional("cost_centre", &map.cost_centre)?,
            assessment: optional("assessment", &map.assessment)?,
            assessed_on: optional("assessed_on", &map.assessed_on)?,
            remarks: titles.sources(&name("remarks"), &map.remarks)?,
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
    competences: BTreeMap<String, String>,
    this_year: i32,
    organisation: String,
}

impl WorkerRows {
    /// For a file with these titles. Errors: a column that the map names is not there.
    pub(super) fn new(titles: Titles, columns: &WorkerColumns, map: &Map, dialect: Dialect, this_year: i32) -> Result<Self> {
        Ok(Self {
            columns: Columns::find(&titles, columns)?,
            titles,
            dialect,
            function_levels: map.function_levels.clone(),
            employment_kinds: map.employment_kinds.clone(),
            competences: map.competence_codes.clone(),
            this_year,
            organisation: String::new(),
        })
    }

    /// The column of personnel numbers.
    pub(super) fn personnel_numbers(&self) -> &Source {
        &self.columns.personnel_number
    }

    /// Its title.
    pub(super) fn title_of_numbers(&self) -> &str {
        self.titles.title(&self.columns.personnel_number)
    }

    /// The columns that show how dates and the like are written.
    pub(super) fn shown(&self) -> Shown<'_> {
        let c = &self.columns;
        Shown {
            dates: [&c.birth_date, &c.from]
                .into_iter()
                .chain([&c.until, &c.big_valid_until, &c.assessed_on].into_iter().flatten())
                .collect(),
            times: Vec::new(),
            numbers: vec![&c.hours_per_week],
            lists: c.competences.iter().collect(),
        }
    }

    /// The same rows, written in this way.
    pub(super) fn written(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// How they are written.
    pub(super) fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// The same for this organisation.
    pub(super) fn of(self, organisation: &str) -> Self {
        Self { organisation: organisation.to_owned(), ..self }
    }

    /// The skills of a cell, each with the days on which it holds where the cell says them: `insuline@2026-01-01..2027-12-31`.
    fn skills(&self, cell: &str) -> Result<Vec<Competence>, Reason> {
        let mut skills: Vec<Competence> = Vec::new();
        for word in cell.split(self.dialect.list) {
            let (word, days) = word.split_once('@').unwrap_or((word, ".."));
            let (from, until) = days.split_once("..").ok_or_else(|| "has no two days with .. between after @".to_owned())?;
            let day = |day: &str| match day.trim() {
                "" => Ok(None),
                day => self.dialect.date.parse(day, self.this_year + 30).map(|day| Some(day.to_proto())),
            };
            let (valid_from, valid_until) = (day(from)?, day(until)?);
            let new = codes(word, self.dialect.list, &self.competences);
            let new = new.into_iter().map(|code| Competence { code, valid_from, valid_until, ..Competence::default() });
            skills.extend(new.filter(|new| !skills.contains(new)).collect::<Vec<_>>());
        }
        Ok(skills)
    }

    /// What became of a row, by the answer of members.
    fn outcome(&self, row: &Prepared<CreateWorkerRequest>, answer: ImportedWorker) -> Outcome {
        let person = row.request.worker.clone().unwrap_or_default();
        let name = format!("{} {}", person.first_name, person.last_name);
        let invitee = |worker: String| Some(Invitee { personnel_number: row.key.clone(), name, worker });
        if answer.created {
            return Outcome::Taken(invitee(answer.worker));
        }
        let mut problems: Vec<Problem> =
            answer.mistakes.iter().map(|mistake| self.field_problem(&mistake.field, &mistake.expected)).collect();
        // What the file does not say cannot differ from it.
        let differing = answer.differing.iter().filter_map(|field| self.column_of(field));
        problems.extend(differing.map(|column| self.problem(Some(column), KNOWN_OTHERWISE)));
        if problems.is_empty() { Outcome::Unchanged(invitee(answer.worker)) } else { Outcome::NotTaken(problems) }
    }

    /// The rows that members names as being too much of something, by their place.
    fn too_much(&self, status: &Status) -> HashMap<usize, Vec<Problem>> {
        let violations = status.get_details_bad_request().map(|details| details.field_violations).unwrap_or_default();
        let mut rows: HashMap<usize, Vec<Problem>> = HashMap::new();
        for violation in violations {
            let place = violation.field.strip_prefix("workers[").and_then(|rest| rest.strip_suffix(']')).and_then(|n| n.parse().ok());
            if let Some(place) = place {
                rows.entry(place).or_default().push(self.problem(None, &violation.description));
            }
        }
        rows
    }
}

/// The row as members takes many.
fn new_worker(request: &CreateWorkerRequest) -> NewWorker {
    let employment = request.employment.clone().map(|employment| Employment { organisation: String::new(), ..employment });
    NewWorker { worker: request.worker.clone(), employment, competences: request.competences.clone() }
}

/// Contract hours as minutes a week.
pub(super) fn hours(dialect: &Dialect, cell: &str) -> Result<i32, Reason> {
    match dialect.hours {
        Hours::AWeek => dialect.decimal.minutes(cell),
        Hours::Share => dialect.decimal.share(cell, dialect.full_week, 1),
        Hours::Percent => dialect.decimal.share(cell.trim_end_matches([' ', '%']), dialect.full_week, 100),
    }
}

impl Kind for WorkerRows {
    type Request = CreateWorkerRequest;
    const ROWS_ARE: &'static str = "workers";
    const AT_ONCE: usize = 500;
    const IN_FLIGHT: usize = 3;

    fn titles(&self) -> &Titles {
        &self.titles
    }

    fn columns(&self) -> Vec<usize> {
        let c = &self.columns;
        let optional = [&c.until, &c.big_number, &c.big_valid_until, &c.competences, &c.cost_centre, &c.assessment, &c.assessed_on];
        let required = [&c.personnel_number, &c.first_name, &c.last_name, &c.birth_date, &c.postcode, &c.function_level];
        let more = [&c.hours_per_week, &c.kind, &c.from];
        let all = required.into_iter().chain(more).chain(optional.into_iter().flatten()).chain(&c.remarks);
        all.flat_map(|source| source.columns.iter().copied()).collect()
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
            first_name: cells.text(&c.first_name),
            last_name: cells.text(&c.last_name),
            birth_date: cells.optional(Some(&c.birth_date), born),
            postcode: cells.text(&c.postcode),
            big_number: cells.optional_text(c.big_number.as_ref()),
            big_valid_until: cells.optional(c.big_valid_until.as_ref(), day),
            ..Worker::default()
        };
        let assessed_on = cells.optional(c.assessed_on.as_ref(), day);
        let assessment = cells.optional(c.assessment.as_ref(), named::<AssessmentResult>);
        let assessment = assessment.map(|result| SelfEmployedAssessment { result: result.into(), assessed_on, ..Default::default() });
        let employment = Employment {
            organisation: self.organisation.clone(),
            personnel_number: cells.text(&c.personnel_number),
            function_level: cells.value(&c.function_level, function).unwrap_or_default().into(),
            kind: cells.value(&c.kind, contract).unwrap_or_default().into(),
            minutes_per_week: cells.value(&c.hours_per_week, |cell| hours(dialect, cell)).unwrap_or_default(),
            from: cells.optional(Some(&c.from), day),
            until: cells.optional(c.until.as_ref(), day),
            cost_centre: cells.optional_text(c.cost_centre.as_ref()),
            assessment,
            ..Employment::default()
        };
        let competences = cells.optional(c.competences.as_ref(), |cell| self.skills(cell)).unwrap_or_default();
        cells.free_text(&c.remarks);
        let problems = cells.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        let key = employment.personnel_number.clone();
        let request = CreateWorkerRequest { worker: Some(worker), employment: Some(employment), competences, request_id: String::new() };
        Ok(Prepared { key, request: request.with_request_id() })
    }

    fn column_of(&self, field: &str) -> Option<&Source> {
        let c = &self.columns;
        match field {
            "worker.first_name" => Some(&c.first_name),
            "worker.last_name" => Some(&c.last_name),
            "worker.birth_date" => Some(&c.birth_date),
            "worker.postcode" => Some(&c.postcode),
            "worker.big_number" => c.big_number.as_ref(),
            "worker.big_valid_until" => c.big_valid_until.as_ref(),
            "employment.personnel_number" => Some(&c.personnel_number),
            "employment.function_level" => Some(&c.function_level),
            "employment.kind" => Some(&c.kind),
            "employment.minutes_per_week" => Some(&c.hours_per_week),
            "employment.from" => Some(&c.from),
            "employment.until" => c.until.as_ref(),
            "employment.cost_centre" => c.cost_centre.as_ref(),
            "employment.assessment.assessed_on" => c.assessed_on.as_ref(),
            _ if field.starts_with("employment.assessment") => c.assessment.as_ref(),
            _ if field.starts_with("competences") => c.competences.as_ref(),
            _ => None,
        }
    }

    async fn send(&self, client: &Client, rows: Vec<Prepared<CreateWorkerRequest>>) -> Result<Vec<Outcome>, Status> {
        let mut outcomes: Vec<Option<Outcome>> = rows.iter().map(|_| None).collect();
        loop {
            let left: Vec<usize> = (0..rows.len()).filter(|place| outcomes[*place].is_none()).collect();
            if left.is_empty() {
                return Ok(outcomes.into_iter().flatten().collect());
            }
            let request = ImportWorkersRequest {
                organisation: self.organisation.clone(),
                workers: left.iter().map(|place| new_worker(&rows[*place].request)).collect(),
                // What members answers says by itself which rows are new: the same file again is asked again.
                request_id: chassis::ids::random_uuid().to_string(),
            };
            match client.ask(request).await {
                Ok(answer) if answer.workers.len() == left.len() => {
                    for (place, answer) in left.into_iter().zip(answer.workers) {
                        outcomes[place] = Some(self.outcome(&rows[place], answer));
                    }
                }
                Ok(_) => return Err(Status::internal("members answered other rows than were asked")),
                Err(status) => {
                    let wrong = self.too_much(&status);
                    if wrong.is_empty() {
                        return Err(status);
                    }
                    for (place, problems) in wrong {
                        if let Some(place) = left.get(place) {
                            outcomes[*place] = Some(Outcome::NotTaken(problems));
                        }
                    }
                }
            }
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
        let dialect = Dialect::example();
        let bytes = dialect.encoding.0.encode(&text).0.into_owned();
        let mut table = Table::read("medewerkers.csv", bytes.as_slice(), &dialect).expect("titles");
        let columns = &map.workers.as_ref().expect("workers").columns;
        let kind = WorkerRows::new(table.titles.clone(), columns, &map, dialect, 2026).expect("every column");
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
        assert!(kind.column_of("employment.organisation").is_none());
    }
}
