//! Blocks of an organisation's own roster, from whatever file. They are sent some days at a time, so that the service sees which blocks the
//! file no longer has.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use chassis::time::LocalDate;
use indicatif::ProgressBar;
use proto::{
    flexpool::{PutRosterBlocksRequest, PutRosterBlocksResponse, RosterBlock},
    members::ListWorkersRequest,
};
use tokio::time::{Instant, sleep};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::report::{FileReport, NotTaken, Problem};
use crate::client::Client;

/// So many blocks are sent at once, unless one day has more.
const AT_ONCE: usize = 2_000;
/// The service takes no more at once, and no longer window.
const MOST: usize = 5_000;
const MOST_CHARACTERS: usize = 120;
const MOST_DAYS: i64 = 31;
/// How long the news of employments may take from one service to the other.
const UNTIL_KNOWN: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(200);

/// The organisation's employments by personnel number, as the region knows them.
pub(super) async fn employments(client: &Client, organisation: &str) -> Result<HashMap<String, String>> {
    let request = ListWorkersRequest { organisation: organisation.to_owned(), ..Default::default() };
    let known = client.all(request).await.context("the workers")?;
    let employments = known.into_iter().flat_map(|worker| worker.employments);
    Ok(employments.map(|employment| (employment.personnel_number, employment.id)).collect())
}

/// A block that can be sent, with the line that it is from.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) line: u64,
    pub(super) day: LocalDate,
    pub(super) block: RosterBlock,
}

/// A block that cannot be read.
#[derive(Debug)]
pub(super) struct Unread {
    /// What names it, where that can be read: what the region keeps of it then stays.
    pub(super) external_reference: String,
    pub(super) problems: Vec<Problem>,
}

/// What a file has of each day, and what of it is not right.
#[derive(Debug, Default)]
pub(super) struct Days {
    rows: u64,
    days: BTreeMap<LocalDate, Vec<Planned>>,
    not_taken: Vec<NotTaken>,
    lines: HashMap<String, u64>,
    unread: HashSet<String>,
}

/// Whether the region can keep something under this reference.
fn can_be_kept(external_reference: &str) -> bool {
    (1..=MOST_CHARACTERS).contains(&external_reference.chars().count()) && !external_reference.chars().any(char::is_control)
}

impl Days {
    /// One more row of the file. The same reference again is not taken.
    pub(super) fn add(&mut self, line: u64, read: Result<Planned, Unread>) {
        self.rows += 1;
        let problems = match read {
            Err(Unread { external_reference, problems }) => {
                if can_be_kept(&external_reference) {
                    self.unread.insert(external_reference);
                }
                problems
            }
            Ok(planned) => match self.lines.get(&planned.block.external_reference) {
                Some(first) => vec![Problem { column: String::new(), reason: format!("stands on line {first} too") }],
                None => {
                    self.lines.insert(planned.block.external_reference.clone(), line);
                    self.days.entry(planned.day).or_default().push(planned);
                    return;
                }
            },
        };
        self.not_taken.push(NotTaken { line, problems });
    }
}

/// Sends the blocks of one file.
pub(super) struct Sender {
    /// `org_…`.
    pub(super) organisation: String,
    /// What the file calls the fields of a block.
    pub(super) titles: HashMap<&'static str, String>,
}

impl Sender {
    /// Sends what a file has as the whole roster of its days; without a client says what would be sent. Errors: the service stopped
    /// judging; days that were sent until then stay.
    pub(super) async fn send_all(&self, client: Option<&Client>, name: &str, days: Days, bar: &ProgressBar) -> Result<FileReport> {
        let mut report = FileReport {
            file: name.to_owned(),
            rows_are: "blocks",
            written: String::new(),
            rows: days.rows,
            taken: 0,
            unchanged: 0,
            not_taken: days.not_taken,
            columns_not_read: Vec::new(),
            warnings: Vec::new(),
        };
        bar.set_length(days.rows);
        bar.set_message(name.to_owned());
        let (mut removed, mut conflicts) = (0, 0);
        let mut unread: Vec<String> = days.unread.into_iter().filter(|reference| !days.lines.contains_key(reference)).collect();
        ensure!(unread.len() <= MOST, "{} blocks cannot be read: expected at most {MOST}, see the first with --dry-run", unread.len());
        unread.sort_unstable();
        for (from, until, blocks) in windows(days.days)? {
            bar.inc(blocks.len() as u64);
            let Some(client) = client else {
                report.taken += blocks.len() as u64;
                continue;
            };
            let first_line = blocks.first().map_or(0, |block| block.line);
            let done = self.send(client, (from, until), (blocks, unread.clone()), &mut report);
            let done = done.await.with_context(|| format!("stopped at line {first_line}; days that were taken stay"))?;
            removed += done.removed;
            conflicts += done.conflicts;
        }
        report.not_taken.sort_by_key(|row| row.line);
        let told = |count: i32, text: &str| (count > 0).then(|| format!("{count} {text}"));
        report.warnings.extend(told(removed, "blocks of these days that the file no longer has were removed"));
        report.warnings.extend(told(conflicts, "claims do not fit this roster: they are listed as conflicts"));
        Ok(report)
    }

    /// Sends the blocks of some days, again without those that the service judges to be wrong, and again while the organisation or
    /// employments are on their way.
    async fn send(
        &self,
        client: &Client,
        (from, until): (LocalDate, LocalDate),
        (mut blocks, mut unread): (Vec<Planned>, Vec<String>),
        report: &mut FileReport,
    ) -> Result<PutRosterBlocksResponse> {
        let give_up = Instant::now() + UNTIL_KNOWN;
        let (mut changed, mut removed, mut conflicts) = (0, 0, 0);
        loop {
            let request = PutRosterBlocksRequest {
                organisation: self.organisation.clone(),
                from: Some(from.to_proto()),
                until: Some(until.to_proto()),
                employments: Vec::new(),
                blocks: blocks.iter().map(|planned| planned.block.clone()).collect(),
                // What a roster is now can be what it was some days ago: the same request again is meant again.
                request_id: chassis::ids::random_uuid().to_string(),
                unread: unread.clone(),
            };
            match client.ask(request).await {
                Err(status) if status.code() == Code::InvalidArgument => {
                    let wrong = self.wrong(&status);
                    if wrong.is_empty() {
                        return Err(status.into());
                    }
                    let mut place = 0;
                    blocks.retain(|planned| {
                        let problems = wrong.get(&place);
                        place += 1;
                        let Some(problems) = problems else { return true };
                        report.not_taken.push(NotTaken { line: planned.line, problems: problems.clone() });
                        unread.extend(Some(&planned.block.external_reference).filter(|reference| can_be_kept(reference)).cloned());
                        false
                    });
                }
                // An organisation that was made a moment ago is on its way to flexpool.
                Err(status) if status.code() == Code::NotFound && Instant::now() < give_up => sleep(PAUSE).await,
                Err(status) => return Err(status.into()),
                Ok(mut done) => {
                    changed += done.added + done.changed;
                    removed += done.removed;
                    conflicts += done.conflicts;
                    if done.not_taken.is_empty() || Instant::now() > give_up {
                        let left: HashSet<&String> = done.not_taken.iter().collect();
                        let unknown = blocks.iter().filter(|planned| left.contains(&planned.block.external_reference));
                        let problem = || vec![self.problem("employment", "has no employment that flexpool knows yet")];
                        report.not_taken.extend(unknown.map(|planned| NotTaken { line: planned.line, problems: problem() }));
                        let taken = u64::try_from(changed).unwrap_or_default();
                        report.taken += taken;
                        report.unchanged += ((blocks.len() - left.len()) as u64).saturating_sub(taken);
                        (done.removed, done.conflicts) = (removed, conflicts);
                        return Ok(done);
                    }
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// What a service's judgement says, by the place of the block.
    fn wrong(&self, status: &Status) -> HashMap<usize, Vec<Problem>> {
        let violations = status.get_details_bad_request().map(|details| details.field_violations).unwrap_or_default();
        let mut wrong: HashMap<usize, Vec<Problem>> = HashMap::new();
        for violation in violations {
            let Some((place, field)) = violation.field.strip_prefix("blocks[").and_then(|rest| rest.split_once("].")) else { continue };
            let Ok(place) = place.parse() else { continue };
            let field = field.split('.').next().unwrap_or_default();
            wrong.entry(place).or_default().push(self.problem(field, &violation.description));
        }
        wrong
    }

    fn problem(&self, field: &str, reason: &str) -> Problem {
        Problem { column: self.titles.get(field).cloned().unwrap_or_default(), reason: reason.to_owned() }
    }
}

type Window = (LocalDate, LocalDate, Vec<Planned>);

/// Days in a row from the first to the last, so that no day between is left out, together as long as there is room.
fn windows(days: BTreeMap<LocalDate, Vec<Planned>>) -> Result<Vec<Window>> {
    let mut windows: Vec<Window> = Vec::new();
    for (day, blocks) in days {
        if blocks.len() > MOST {
            bail!("{day} has {} blocks: expected at most {MOST}", blocks.len());
        }
        let next = |until: LocalDate| LocalDate(until.0.succ_opt().unwrap_or(until.0));
        // The days between belong to the window that follows; a long time without any is many windows.
        let mut from = windows.last().map_or(day, |(_, until, _)| next(*until));
        while (day.0 - from.0).num_days() > MOST_DAYS {
            let until = LocalDate(from.0 + chrono::Duration::days(MOST_DAYS - 1));
            windows.push((from, until, Vec::new()));
            from = next(until);
        }
        match windows.last_mut() {
            Some((first, until, more)) if more.len() + blocks.len() <= AT_ONCE && (day.0 - first.0).num_days() < MOST_DAYS => {
                *until = day;
                more.extend(blocks);
            }
            _ => windows.push((from, day, blocks)),
        }
    }
    Ok(windows)
}
