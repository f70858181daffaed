//! What an import did, and every row that it did not take with the reason.

use std::fmt;

use serde::Serialize;

/// Why a row was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    /// Title of the column; empty when it is the whole row.
    pub(crate) column: String,
    /// What is wrong with it: reads on from the column. Never the value, which may say something about a person.
    pub(crate) reason: String,
}

/// A row that was not taken. It changed nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct NotTaken {
    /// Line of the file, from 1.
    pub(crate) line: u64,
    /// Everything that is wrong with it.
    pub(crate) problems: Vec<Problem>,
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct FileReport {
    /// Its name.
    pub(crate) file: String,
    /// What its rows are: `workers` or `shifts`.
    pub(crate) rows_are: &'static str,
    /// How it is written, with what was found in it.
    pub(crate) written: String,
    /// How many rows it has.
    pub(crate) rows: u64,
    /// How many are new in the region; in a dry run, how many would be sent.
    pub(crate) taken: u64,
    /// How many were there already.
    pub(crate) unchanged: u64,
    /// The others, in the order of the file.
    pub(crate) not_taken: Vec<NotTaken>,
    /// Columns that the map does not name.
    pub(crate) columns_not_read: Vec<String>,
    /// What somebody should look at although rows were taken.
    pub(crate) warnings: Vec<String>,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    /// Name of the organisation.
    pub(crate) organisation: String,
    /// Nothing was sent: rows that only a service can judge count as taken.
    pub(crate) dry_run: bool,
    /// What was made besides the rows: the organisation, wards, a pool, an agreement.
    pub(crate) made: Vec<String>,
    /// The files.
    pub(crate) files: Vec<FileReport>,
    /// How many invitations were written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) invitations: Option<u64>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let taken = if self.dry_run { "would be sent" } else { "taken" };
        writeln!(f, "{}", self.organisation)?;
        for made in &self.made {
            writeln!(f, "  {}{made}", if self.dry_run { "would see to " } else { "new: " })?;
        }
        for file in &self.files {
            let not_taken = file.not_taken.len();
            write!(f, "  {}: {} {}, {} {taken}", file.file, file.rows, file.rows_are, file.taken)?;
            if !self.dry_run {
                write!(f, ", {} unchanged", file.unchanged)?;
            }
            writeln!(f, ", {not_taken} not taken")?;
            for row in &file.not_taken {
                for problem in &row.problems {
                    let column = if problem.column.is_empty() { String::new() } else { format!(" {}", problem.column) };
                    writeln!(f, "    {} line {}:{column} {}", file.file, row.line, problem.reason)?;
                }
            }
            if self.dry_run && !file.written.is_empty() {
                writeln!(f, "    written with {}", file.written)?;
            }
            if !file.columns_not_read.is_empty() {
                writeln!(f, "    columns not read: {}", file.columns_not_read.join(", "))?;
            }
            for warning in &file.warnings {
                writeln!(f, "    warning: {warning}")?;
            }
        }
        if let Some(invitations) = self.invitations {
            writeln!(f, "  {invitations} invitations written")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(dry_run: bool) -> Report {
        let problem = |column: &str, reason: &str| Problem { column: column.to_owned(), reason: reason.to_owned() };
        Report {
            organisation: "Zorggroep Zonnehof".to_owned(),
            dry_run,
            made: vec!["the ward \"De Linde 1\"".to_owned()],
            files: vec![FileReport {
                file: "medewerkers.csv".to_owned(),
                rows_are: "workers",
                written: "separator ;".to_owned(),
                rows: 4,
                taken: 2,
                unchanged: 0,
                not_taken: vec![
                    NotTaken { line: 3, problems: vec![problem("Postcode", "is wrong"), problem("Contract", "is wrong too")] },
                    NotTaken { line: 5, problems: vec![problem("", "same row twice: nothing changes")] },
                ],
                columns_not_read: vec!["Telefoon".to_owned()],
                warnings: vec!["look at this".to_owned()],
            }],
            invitations: (!dry_run).then_some(2),
        }
    }

    #[test]
    fn every_row_that_was_not_taken_is_told_with_file_line_column_and_reason() {
        assert_eq!(
            report(false).to_string(),
            "Zorggroep Zonnehof\n  new: the ward \"De Linde 1\"\n  medewerkers.csv: 4 workers, 2 taken, 0 unchanged, 2 not taken\n    \
             medewerkers.csv line 3: Postcode is wrong\n    medewerkers.csv line 3: Contract is wrong too\n    \
             medewerkers.csv line 5: same row twice: nothing changes\n    columns not read: Telefoon\n    warning: look at this\n  \
             2 invitations written\n"
        );
        assert!(
            report(true).to_string().contains("would see to the ward \"De Linde 1\"\n  medewerkers.csv: 4 workers, 2 would be sent, 2 not")
        );
    }

    #[test]
    fn the_report_is_json_for_scripts() {
        let json = serde_json::to_value(report(true)).expect("JSON");
        assert_eq!(json["files"][0]["not_taken"][0]["line"], 3);
        assert_eq!(json["files"][0]["not_taken"][0]["problems"][1]["column"], "Contract");
        assert_eq!(json.get("invitations"), None);
    }
}
