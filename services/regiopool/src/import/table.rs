//! A file of an export, row by row: cells by the titles that the map names, each row with its line.

use std::{borrow::Cow, fs::File, io::Read, path::Path};

use anyhow::{Context, Result, bail, ensure};

use super::{dialect::Dialect, letters::Letters, map_value::Column, notation::key};

/// A quote that is never closed makes one cell of all that follows, so what a file may hold must fit in memory.
const MAX_BYTES: u64 = 256 << 20;

/// One row.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// The line of the file on which it begins, from 1; the titles stand on the first.
    pub(super) line: u64,
    cells: csv::StringRecord,
}

impl Row {
    /// The cell of a column, without blanks around it; empty when the row is too short.
    pub(super) fn cell(&self, column: usize) -> &str {
        self.cells.get(column).unwrap_or_default().trim()
    }

    /// How many cells it has.
    pub(super) fn width(&self) -> usize {
        self.cells.len()
    }

    /// Whether it holds bytes that are no letters in the map's encoding.
    pub(super) fn is_garbled(&self) -> bool {
        self.cells.iter().any(|cell| cell.contains(char::REPLACEMENT_CHARACTER))
    }
}

/// The titles of a file.
#[derive(Debug, Clone)]
pub(super) struct Titles {
    file: String,
    titles: Vec<String>,
}

impl Titles {
    /// How many columns there are.
    pub(super) fn width(&self) -> usize {
        self.titles.len()
    }

    /// The column that a key of the map names. Errors say which titles there are.
    pub(super) fn column(&self, map_key: &str, title: &str) -> Result<usize> {
        let found: Vec<usize> = (0..self.titles.len()).filter(|column| key(&self.titles[*column]) == key(title)).collect();
        match found.as_slice() {
            [column] => Ok(*column),
            [] => bail!("{} has no column {title:?}, which the map names as {map_key}: it has {}", self.file, self.titles.join(", ")),
            _ => bail!("{} has several columns {title:?}, which the map names as {map_key}", self.file),
        }
    }

    /// Where the value of a key of the map stands. Errors as [`Titles::column`].
    pub(super) fn source(&self, map_key: &str, column: &Column) -> Result<Source> {
        let columns = column.titles().iter().map(|title| self.column(map_key, title)).collect::<Result<_>>()?;
        let (before, after, always) = match column {
            Column::Part(part) => (part.before.clone(), part.after.clone(), None),
            Column::Always(always) => (None, None, Some(always.always.clone())),
            Column::One(_) | Column::Several(_) => (None, None, None),
        };
        Ok(Source { columns, before, after, always })
    }

    /// As [`Titles::source`], of a key that the map may leave out.
    pub(super) fn optional_source(&self, map_key: &str, column: Option<&Column>) -> Result<Option<Source>> {
        column.map(|column| self.source(map_key, column)).transpose()
    }

    /// As [`Titles::source`], of a key with several columns that have nothing to do with each other.
    pub(super) fn sources(&self, map_key: &str, columns: &[Column]) -> Result<Vec<Source>> {
        columns.iter().map(|column| self.source(map_key, column)).collect()
    }

    /// The titles that stand in none of these columns.
    pub(super) fn others(&self, used: &[usize]) -> Vec<String> {
        let others = self.titles.iter().enumerate().filter(|(column, title)| !used.contains(column) && !title.is_empty());
        others.map(|(_, title)| title.clone()).collect()
    }

    /// The title of the first column of a source; empty where nothing is read.
    pub(super) fn title(&self, source: &Source) -> &str {
        source.columns.first().and_then(|column| self.titles.get(*column)).map_or("", String::as_str)
    }

    /// How many of these titles there are.
    pub(super) fn has(&self, wanted: &[&str]) -> usize {
        wanted.iter().filter(|title| self.titles.iter().any(|own| key(own) == key(title))).count()
    }
}

/// Where a value of a row stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Source {
    /// The columns, in the order in which their texts are joined.
    pub(super) columns: Vec<usize>,
    before: Option<String>,
    after: Option<String>,
    always: Option<String>,
}

impl Source {
    /// One whole column.
    pub(super) fn column(column: usize) -> Self {
        Self { columns: vec![column], ..Self::default() }
    }

    /// The text of a row.
    pub(super) fn text<'a>(&'a self, row: &'a Row) -> Cow<'a, str> {
        if let Some(always) = &self.always {
            return Cow::Borrowed(always.as_str());
        }
        let mut text = match self.columns.as_slice() {
            [column] => row.cell(*column),
            columns => {
                let texts: Vec<&str> = columns.iter().map(|column| row.cell(*column)).filter(|text| !text.is_empty()).collect();
                return Cow::Owned(texts.join(" "));
            }
        };
        if let Some(sign) = &self.after {
            text = text.split_once(sign.as_str()).map_or("", |(_, after)| after);
        }
        if let Some(sign) = &self.before {
            text = text.split_once(sign.as_str()).map_or(text, |(before, _)| before);
        }
        Cow::Borrowed(text.trim())
    }

    /// The columns' texts one by one.
    pub(super) fn parts<'a>(&self, row: &'a Row) -> Vec<&'a str> {
        self.columns.iter().map(|column| row.cell(*column)).collect()
    }
}

/// A file that is being read.
pub(super) struct Table<R> {
    rows: csv::Reader<Letters<R>>,
    /// The titles.
    pub(super) titles: Titles,
}

impl Table<File> {
    /// Opens the file of this name in a folder.
    pub(super) fn open(folder: &Path, name: &str, dialect: &Dialect) -> Result<Self> {
        let file = File::open(folder.join(name)).with_context(|| format!("cannot read {}", folder.join(name).display()))?;
        let bytes = file.metadata().with_context(|| format!("cannot read {name}"))?.len();
        ensure!(bytes <= MAX_BYTES, "{name} has {bytes} bytes: expected at most {MAX_BYTES}");
        Self::read(name, file, dialect)
    }
}

impl<R: Read> Table<R> {
    /// Reads the titles; the rows follow with [`Table::next`].
    pub(super) fn read(name: &str, source: R, dialect: &Dialect) -> Result<Self> {
        let rows = csv::ReaderBuilder::new()
            .delimiter(dialect.separator.0)
            .flexible(true)
            .has_headers(false)
            .from_reader(Letters::new(source, dialect.encoding.0));
        let titles = Titles { file: name.to_owned(), titles: Vec::new() };
        let mut table = Self { rows, titles };
        for _ in 0..dialect.rows_before_titles {
            table.next()?;
        }
        let first = table.next()?.with_context(|| format!("{name} is empty: expected a line of titles"))?;
        table.titles.titles = (0..first.width()).map(|column| first.cell(column).to_owned()).collect();
        Ok(table)
    }

    /// The next row. Empty lines are none.
    pub(super) fn next(&mut self) -> Result<Option<Row>> {
        let mut cells = csv::StringRecord::new();
        if !self.rows.read_record(&mut cells).with_context(|| format!("cannot read {}", self.titles.file))? {
            return Ok(None);
        }
        // The reader's own position of a record counts the empty lines before it as part of it. Every line ends with one `\n`, so the
        // line follows from where the record ends.
        let within = cells.iter().map(|cell| cell.matches('\n').count()).sum::<usize>() + 1;
        let line = self.rows.position().line().saturating_sub(within as u64);
        Ok(Some(Row { line, cells }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::import::map_value::{Always, Encoding, Part, Separator};

    fn dialect(separator: char, encoding: &'static encoding_rs::Encoding) -> Dialect {
        Dialect { separator: Separator::try_from(separator).expect("a separator"), encoding: Encoding(encoding), ..Dialect::default() }
    }

    fn table(text: &[u8], separator: char) -> Table<&[u8]> {
        Table::read("file.csv", text, &dialect(separator, encoding_rs::UTF_8)).expect("titles")
    }

    fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
        let mut table = table(text.as_bytes(), ';');
        let mut rows = Vec::new();
        while let Some(row) = table.next().expect("a row") {
            rows.push((row.line, (0..row.width()).map(|column| row.cell(column).to_owned()).collect()));
        }
        rows
    }

    #[test]
    fn a_row_knows_its_line_whatever_ends_lines_and_whatever_is_empty_between() {
        let text = "a;b\n1;2\n\n3;4\n\n\n\"5\nx\";6\n7;8";
        let expected = [(2, ["1", "2"]), (4, ["3", "4"]), (7, ["5\nx", "6"]), (9, ["7", "8"])];
        let expected: Vec<(u64, Vec<String>)> = expected.iter().map(|(line, cells)| (*line, cells.map(str::to_owned).to_vec())).collect();
        for end in ["\n", "\r\n", "\r"] {
            assert_eq!(rows(&text.replace('\n', end)), expected, "{end:?}");
            assert_eq!(rows(&format!("{}{end}", text.replace('\n', end))), expected, "{end:?}");
        }
    }

    #[test]
    fn a_title_is_found_whatever_its_case_and_a_missing_one_is_named() {
        let table = table("Nr ; Achternaam;x;X\n".as_bytes(), ';');
        assert_eq!(table.titles.column("workers.columns.last_name", "achternaam").expect("a column"), 1);
        assert_eq!(table.titles.column("workers.columns.personnel_number", "Nr").expect("a column"), 0);
        let missing = table.titles.column("workers.columns.first_name", "Voornaam").expect_err("none").to_string();
        assert_eq!(
            missing,
            "file.csv has no column \"Voornaam\", which the map names as workers.columns.first_name: it has Nr, Achternaam, x, X"
        );
        assert!(table.titles.column("workers.columns.first_name", "x").expect_err("two").to_string().contains("several"));
        assert_eq!(table.titles.others(&[0, 1]), ["x", "X"]);
        let empty = Table::read("file.csv", &b""[..], &dialect(';', encoding_rs::UTF_8)).err().expect("no titles").to_string();
        assert!(empty.contains("expected a line of titles"), "{empty}");
    }

    #[test]
    fn a_value_may_be_a_part_of_a_column_several_of_them_or_always_the_same() {
        let mut table = table("naam;voorvoegsel;start\nBouts, Els;van den;7-12-2026 07:00\nBouts;;\n".as_bytes(), ';');
        let one = |text: &str| Column::One(text.to_owned());
        let part = |column: &str, before: Option<&str>, after: Option<&str>| {
            let sign = |sign: Option<&str>| sign.map(str::to_owned);
            Column::Part(Part { column: column.to_owned(), before: sign(before), after: sign(after) })
        };
        let columns = [
            one("naam"),
            part("naam", Some(","), None),
            part("naam", None, Some(",")),
            Column::Several(vec!["voorvoegsel".to_owned(), "naam".to_owned()]),
            part("start", Some(" "), None),
            part("start", Some(":"), Some(" ")),
            Column::Always(Always { always: "vast".to_owned() }),
        ];
        let sources = columns.map(|column| table.titles.source("map", &column).expect("a column"));
        let mut texts = || {
            let row = table.next().expect("a row").expect("a row");
            sources.each_ref().map(|source| source.text(&row).into_owned())
        };
        assert_eq!(texts(), ["Bouts, Els", "Bouts", "Els", "van den Bouts, Els", "7-12-2026", "07", "vast"]);
        assert_eq!(texts(), ["Bouts", "Bouts", "", "Bouts", "", "", "vast"]);
    }

    #[test]
    fn bytes_in_another_encoding_mark_the_row() {
        let mut table = table(b"a;b\n\xd6;1\n\xc3\x96;1\n", ';');
        assert!(table.next().expect("a row").expect("a row").is_garbled());
        assert!(!table.next().expect("a row").expect("a row").is_garbled());
    }

    proptest! {
        /// However a system orders its columns, quotes its cells and ends its lines: by title every cell is what was written.
        #[test]
        fn any_order_and_quoting_is_read_back(
            rows in prop::collection::vec(prop::collection::vec("[^\r\u{feff}\u{fffd}]{0,8}", 4), 1..8),
            order in Just(["a", "b", "c", "d"]).prop_shuffle(),
            separator in prop::sample::select(vec![';', ',', '\t', '|']),
            always in any::<bool>(),
            end in prop::sample::select(vec!["\n", "\r\n"]),
        ) {
            let style = if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
            let terminator = if end == "\n" { csv::Terminator::Any(b'\n') } else { csv::Terminator::CRLF };
            let byte = u8::try_from(separator).expect("ASCII");
            let mut writer = csv::WriterBuilder::new().delimiter(byte).quote_style(style).terminator(terminator).from_writer(Vec::new());
            writer.write_record(order).expect("titles");
            let index = |title: &str| ["a", "b", "c", "d"].iter().position(|t| *t == title).expect("a title");
            for row in &rows {
                writer.write_record(order.iter().map(|title| &row[index(title)])).expect("a row");
            }
            let bytes = writer.into_inner().expect("bytes");
            let mut table = table(&bytes, separator);
            let columns = ["a", "b", "c", "d"].map(|title| table.titles.column("map", title).expect("a column"));
            for row in &rows {
                let read = table.next().expect("readable").expect("a row");
                for (cell, column) in row.iter().zip(columns) {
                    prop_assert_eq!(cell.trim(), read.cell(column));
                }
            }
            prop_assert!(table.next().expect("the end").is_none());
        }
    }
}
