//! The way of a file's rows: read by one thread, judged in order, sent with several at once.

use std::{collections::HashSet, fs::File, io::Read, pin::pin};

use anyhow::{Context, Result, bail};
use futures::{StreamExt, TryStreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use members::domain::text::has_citizen_number;
use tokio::sync::mpsc;

use super::{
    report::{FileReport, NotTaken},
    row::{Invitee, Kind, Outcome, Prepared},
    table::{Row, Source, Table},
};
use crate::client::Client;

/// So many rows are read ahead.
const READ_AHEAD: usize = 1_000;

/// What one look over a file shows before anything is sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Survey {
    /// How many rows it has.
    pub(super) rows: u64,
    nine_digits: u64,
    citizen_numbers: u64,
}

impl Survey {
    /// Reads a file to its end. In the column of personnel numbers, if it is given, it looks for citizen service numbers.
    pub(super) fn of<R: Read>(mut table: Table<R>, personnel_numbers: Option<&Source>) -> Result<Self> {
        let mut survey = Self::default();
        while let Some(row) = table.next()? {
            survey.rows += 1;
            let number = personnel_numbers.map(|column| column.text(&row)).unwrap_or_default();
            if number.len() == 9 && number.bytes().all(|byte| byte.is_ascii_digit()) {
                survey.nine_digits += 1;
                survey.citizen_numbers += u64::from(has_citizen_number(&number));
            }
        }
        Ok(survey)
    }

    /// What is to be said of the column of personnel numbers (D20): some numbers of nine digits pass the test of a citizen service number
    /// by chance, about one in eleven; when most do, they are such numbers and the file is refused.
    pub(super) fn judge(&self, file: &str, title: &str) -> Result<Option<String>> {
        if self.citizen_numbers * 2 > self.nine_digits {
            bail!(
                "{file} is refused: {} of the {} numbers of nine digits under {title:?} look like citizen service numbers (D20)",
                self.citizen_numbers,
                self.nine_digits
            );
        }
        let warning = || format!("{} numbers under {title:?} look like citizen service numbers (D20)", self.citizen_numbers);
        Ok((self.citizen_numbers > 0).then(warning))
    }
}

/// Takes every row of a file, or without a client says which would be sent. Errors: the file cannot be read any more, or a service stopped
/// judging; rows that were taken until then stay.
pub(super) async fn take<K: Kind>(
    client: Option<&Client>,
    kind: &K,
    table: Table<File>,
    (name, survey): (&str, &Survey),
    bar: &ProgressBar,
) -> Result<(FileReport, Vec<Invitee>)> {
    let mut report = FileReport {
        file: name.to_owned(),
        rows_are: K::ROWS_ARE,
        written: String::new(),
        rows: 0,
        taken: 0,
        unchanged: 0,
        not_taken: Vec::new(),
        columns_not_read: kind.titles().others(&kind.columns()),
        warnings: Vec::new(),
    };
    bar.set_length(survey.rows);
    bar.set_message(name.to_owned());
    let mut judge = Judge { kind, seen: HashSet::new() };
    let mut rows = reader(table);
    let rows = stream::poll_fn(move |context| rows.poll_recv(context));
    let judged = rows.map(move |row| row.map(|row| (row.line, judge.judge(&row))));
    let parts = judged.chunks(K::AT_ONCE).map(|part| send(client, kind, part));
    let mut outcomes = pin!(parts.buffer_unordered(K::IN_FLIGHT));
    let mut invitees = Vec::new();
    while let Some(part) = outcomes.try_next().await? {
        bar.inc(part.len() as u64);
        report.rows += part.len() as u64;
        for (line, outcome) in part {
            match outcome {
                Outcome::Taken(invitee) => {
                    report.taken += 1;
                    invitees.extend(invitee.map(|invitee| (line, invitee)));
                }
                Outcome::Unchanged(invitee) => {
                    report.unchanged += 1;
                    invitees.extend(invitee.map(|invitee| (line, invitee)));
                }
                Outcome::NotTaken(problems) => report.not_taken.push(NotTaken { line, problems }),
            }
        }
    }
    report.not_taken.sort_by_key(|row| row.line);
    invitees.sort_by_key(|(line, _)| *line);
    Ok((report, invitees.into_iter().map(|(_, invitee)| invitee).collect()))
}

fn stopped(line: u64) -> String {
    format!("stopped at line {line}; rows that were taken stay, and the same import goes on from there")
}

async fn send<K: Kind>(client: Option<&Client>, kind: &K, part: Vec<Result<(u64, Judged<K::Request>)>>) -> Result<Vec<(u64, Outcome)>> {
    let mut outcomes = Vec::with_capacity(part.len());
    let (mut lines, mut good) = (Vec::new(), Vec::new());
    for row in part {
        match row? {
            (line, Judged::Known(outcome)) => outcomes.push((line, outcome)),
            (line, Judged::Good(_)) if client.is_none() => outcomes.push((line, Outcome::Taken(None))),
            (line, Judged::Good(row)) => {
                lines.push(line);
                good.push(row);
            }
        }
    }
    if let (Some(client), Some(first)) = (client, lines.first().copied()) {
        let sent = kind.send(client, good).await.with_context(|| stopped(first))?;
        outcomes.extend(lines.into_iter().zip(sent));
    }
    Ok(outcomes)
}

/// What is known of a row before it is sent.
enum Judged<M> {
    Known(Outcome),
    Good(Prepared<M>),
}

/// Judges the rows of a file in their order. Of two rows with one name the service takes the one that is right: here nobody knows which.
struct Judge<'a, K> {
    kind: &'a K,
    /// The request ids, which follow from all that a row says.
    seen: HashSet<String>,
}

impl<K: Kind> Judge<'_, K> {
    fn judge(&mut self, row: &Row) -> Judged<K::Request> {
        use crate::client::Change;

        let mut prepared = match self.kind.read(row) {
            Ok(prepared) => prepared,
            Err(problems) => return Judged::Known(Outcome::NotTaken(problems)),
        };
        if self.seen.insert(prepared.request.request_id().clone()) {
            return Judged::Good(prepared);
        }
        Judged::Known(Outcome::NotTaken(vec![self.kind.problem(None, "same row twice: nothing changes")]))
    }
}

/// Reads a file on a thread of its own, a bounded number of rows ahead.
fn reader(mut table: Table<File>) -> mpsc::Receiver<Result<Row>> {
    let (sender, receiver) = mpsc::channel(READ_AHEAD);
    tokio::task::spawn_blocking(move || {
        while let Some(row) = table.next().transpose() {
            let failed = row.is_err();
            if sender.blocking_send(row).is_err() || failed {
                return;
            }
        }
    });
    receiver
}

/// A progress bar, on a terminal and if it is wanted.
pub(crate) fn progress(wanted: bool) -> ProgressBar {
    if !wanted {
        return ProgressBar::hidden();
    }
    // A bar on stderr hides itself when nobody looks.
    let style = ProgressStyle::with_template("{msg:20} {wide_bar} {pos}/{len} {eta}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey(numbers: &[&str]) -> Survey {
        let text = format!("nr;x\n{}", numbers.iter().map(|number| format!("{number};y\n")).collect::<String>());
        let table = Table::read("file.csv", text.as_bytes(), &crate::import::dialect::Dialect::example()).expect("titles");
        Survey::of(table, Some(&Source::column(0))).expect("readable")
    }

    #[test]
    fn a_column_of_citizen_service_numbers_is_refused_and_a_few_are_warned_about() {
        // 111222333 and 123456782 pass the test, 123456789 does not; other lengths do not count.
        let judge = |numbers: &[&str]| survey(numbers).judge("file.csv", "nr").map_err(|e| e.to_string());
        assert_eq!(judge(&["10000", "MO-10001", "", "52002566630"]), Ok(None));
        assert_eq!(judge(&["123456789", "100"]), Ok(None));
        assert!(judge(&["111222333", "123456789"]).expect("half is not most").expect("a warning").contains("1 numbers"));
        assert!(judge(&["111222333", "123456782", "123456789"]).expect_err("most").contains("2 of the 3 numbers"));
        assert!(judge(&["111222333", "10000", "10001"]).expect_err("all of nine digits").contains("1 of the 1 numbers"));
        assert_eq!(survey(&["1", "2"]).rows, 2);
    }
}
