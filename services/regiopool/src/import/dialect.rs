//! How a file is written: as its map says, and where the map is silent as the file itself shows.
//!
//! The map names titles, and columns of dates, times and numbers. That is enough to find the separator (the one under which every title
//! stands in one row), and the notation (the one in which most cells of such columns are right). What a file leaves open, as `01-02-2027`
//! alone does, is asked for rather than guessed.

use std::{fmt, fs::File, io::Read, path::Path};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::{
    map_value::{Encoding, Hours, Separator},
    notation::{DateNotation, TimeNotation},
    number::Decimal,
    table::{Row, Source, Table},
};

/// So many rows show how dates, times and numbers are written.
const SAMPLE: usize = 2_000;
/// The titles are looked for in so many rows.
const ROWS_BEFORE_TITLES: usize = 20;
const CHUNK: usize = 64 << 10;
const SEPARATORS: &[u8] = b";,\t|^~";
const LISTS: &[char] = &['|', ';', '/', '+', ','];
const DATES: &[&str] = &[
    "yyyy-mm-dd",
    "dd-mm-yyyy",
    "dd/mm/yyyy",
    "dd.mm.yyyy",
    "mm/dd/yyyy",
    "mm-dd-yyyy",
    "yyyy/mm/dd",
    "yyyymmdd",
    "ddmmyyyy",
    "dd-mm-yy",
    "dd/mm/yy",
    "dd.mm.yy",
    "mm/dd/yy",
    "yy-mm-dd",
    "yymmdd",
    "ddmmyy",
    "dd mmm yyyy",
    "dd-mmm-yyyy",
    "dd mmm yy",
    "dd-mmm-yy",
];
const TIMES: &[&str] = &["hh:mm", "hh:mm:ss", "hhmm", "hh.mm", "hhumm", "hhhmm"];

/// What a map says of the notations; the rest is found.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    pub(super) separator: Option<Separator>,
    pub(super) encoding: Option<Encoding>,
    pub(super) date: Option<DateNotation>,
    pub(super) time: Option<TimeNotation>,
    pub(super) decimal: Option<Decimal>,
    /// What stands between the skills of one cell.
    pub(super) list: Option<char>,
    /// What contract hours are written as, and the hours of a full week where they are a part of it.
    pub(super) hours: Option<Hours>,
    pub(super) full_week: Option<u16>,
}

impl Wish {
    /// What one file's own wish says, and else this one.
    pub(super) fn or(&self, own: &Self) -> Self {
        Self {
            separator: own.separator.or(self.separator),
            encoding: own.encoding.or(self.encoding),
            date: own.date.clone().or_else(|| self.date.clone()),
            time: own.time.clone().or_else(|| self.time.clone()),
            decimal: own.decimal.or(self.decimal),
            list: own.list.or(self.list),
            hours: own.hours.or(self.hours),
            full_week: own.full_week.or(self.full_week),
        }
    }
}

/// The notations of one file.
#[derive(Debug, Clone)]
pub(super) struct Dialect {
    pub(super) separator: Separator,
    pub(super) encoding: Encoding,
    pub(super) date: DateNotation,
    pub(super) time: TimeNotation,
    pub(super) decimal: Decimal,
    pub(super) list: char,
    pub(super) hours: Hours,
    /// Minutes of a full week.
    pub(super) full_week: i32,
    /// So many rows stand before the titles.
    pub(super) rows_before_titles: usize,
}

impl Default for Dialect {
    /// As this program itself writes.
    fn default() -> Self {
        let separator = Separator(b',');
        let (date, time) = (DateNotation::default(), TimeNotation::default());
        Self {
            separator,
            encoding: Encoding(encoding_rs::UTF_8),
            date,
            time,
            decimal: Decimal::Point,
            list: '|',
            hours: Hours::AWeek,
            full_week: 36 * 60,
            rows_before_titles: 0,
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { date, time, list, .. } = self;
        let separator = char::from(self.separator.0).escape_default();
        let (encoding, decimal) = (self.encoding.0.name().to_lowercase(), self.decimal.sign());
        write!(f, "separator {separator} encoding {encoding} date {date} time {time} decimal {decimal} list {list}")
    }
}

/// What a map says of a file's columns, by their titles.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shape<'a> {
    /// Every title that the map names.
    pub(super) titles: &'a [&'a str],
}

/// Columns whose cells show how something is written.
#[derive(Debug, Default)]
pub(super) struct Shown<'a> {
    pub(super) dates: Vec<&'a Source>,
    pub(super) times: Vec<&'a Source>,
    pub(super) numbers: Vec<&'a Source>,
    pub(super) lists: Vec<&'a Source>,
}

/// Where the rows of a file are: encoding, separator and the place of its titles. The rest is as wished, or as this program writes.
pub(super) fn frame(folder: &Path, name: &str, wish: &Wish, shape: Shape<'_>) -> Result<Dialect> {
    let own = Dialect::default();
    let mut dialect = Dialect {
        encoding: match wish.encoding {
            Some(encoding) => encoding,
            None => encoding(folder, name)?,
        },
        date: wish.date.clone().unwrap_or(own.date),
        time: wish.time.clone().unwrap_or(own.time),
        decimal: wish.decimal.unwrap_or(own.decimal),
        list: wish.list.unwrap_or(own.list),
        hours: wish.hours.unwrap_or(own.hours),
        full_week: wish.full_week.map_or(own.full_week, |hours| i32::from(hours) * 60),
        ..own
    };
    let wished = wish.separator.map(|separator| separator.0);
    let separators: Vec<u8> = wished.map_or_else(|| SEPARATORS.to_vec(), |separator| vec![separator]);
    let mut best = (0, separators[0], 0);
    for separator in separators {
        dialect.separator = Separator(separator);
        // A file in which nothing can be found is told of when its columns are looked for.
        for (row, titles) in first_rows(folder, name, &dialect)?.into_iter().enumerate() {
            let found = titles.has(shape.titles);
            if found > best.0 {
                best = (found, separator, row);
            }
        }
    }
    (_, dialect.separator, dialect.rows_before_titles) = (best.0, Separator(best.1), best.2);
    ensure!(
        dialect.list != char::from(dialect.separator.0) || wish.list.is_none(),
        "dialect.list: is the separator of the cells of {name} too"
    );
    Ok(dialect)
}

/// The first rows of a file, each as if it were the titles.
fn first_rows(folder: &Path, name: &str, dialect: &Dialect) -> Result<Vec<super::table::Titles>> {
    let mut rows = Vec::new();
    for before in 0..ROWS_BEFORE_TITLES {
        let dialect = Dialect { rows_before_titles: before, ..dialect.clone() };
        match Table::open(folder, name, &dialect) {
            Ok(table) => rows.push(table.titles),
            Err(error) if before == 0 => return Err(error),
            // The file has no more rows.
            Err(_) => break,
        }
        if before == 0 && rows.iter().all(|titles| titles.width() == 0) {
            break;
        }
    }
    Ok(rows)
}

/// The same dialect with the notations that the map is silent about, as most cells show them. Errors: two notations fit equally well and
/// mean something else.
pub(super) fn notations(folder: &Path, name: &str, wish: &Wish, dialect: Dialect, shown: &Shown<'_>, this_year: i32) -> Result<Dialect> {
    let mut dialect = dialect;
    let mut table = Table::open(folder, name, &dialect)?;
    let mut rows = Vec::new();
    while let Some(row) = table.next()? {
        rows.push(row);
        if rows.len() == SAMPLE {
            break;
        }
    }
    let cells = |sources: &[&Source]| -> Vec<String> {
        let texts = sources.iter().flat_map(|source| rows.iter().map(|row: &Row| source.text(row).into_owned()));
        texts.filter(|text| !text.is_empty()).collect()
    };
    if wish.date.is_none() {
        let known = DATES.iter().map(|text| DateNotation::try_from((*text).to_owned()).map_err(anyhow::Error::msg));
        let known: Vec<DateNotation> = known.collect::<Result<_>>()?;
        let days = cells(&shown.dates);
        let reads = |notation: &DateNotation, cell: &str| notation.parse(cell, this_year + 30).ok();
        if let Some(found) = fitting(&known, &days, reads).with_context(|| format!("{name}: give dialect.date"))? {
            dialect.date = found;
        }
    }
    if wish.time.is_none() {
        let known = TIMES.iter().map(|text| TimeNotation::try_from((*text).to_owned()).map_err(anyhow::Error::msg));
        let known: Vec<TimeNotation> = known.collect::<Result<_>>()?;
        let times = cells(&shown.times);
        let reads = |notation: &TimeNotation, cell: &str| notation.parse(cell).ok();
        if let Some(found) = fitting(&known, &times, reads).with_context(|| format!("{name}: give dialect.time"))? {
            dialect.time = found;
        }
    }
    if wish.decimal.is_none() {
        let numbers = cells(&shown.numbers);
        let with = |sign: char| numbers.iter().filter(|cell| cell.contains(sign)).count();
        dialect.decimal = if with(',') > with('.') { Decimal::Comma } else { Decimal::Point };
    }
    if wish.list.is_none() {
        let lists = cells(&shown.lists);
        let with = |sign: char| lists.iter().filter(|cell| cell.contains(sign)).count();
        let usable = LISTS.iter().copied().filter(|sign| *sign != char::from(dialect.separator.0));
        // Of equals the first: the last one that is not behind when they are gone through from the end.
        dialect.list = usable.rev().max_by_key(|sign| with(*sign)).unwrap_or(dialect.list);
    }
    Ok(dialect)
}

/// The notation in which most cells are right; `None` without cells, or when none fits any. Errors: another one fits as many, and reads
/// some of them otherwise.
fn fitting<N: Clone + fmt::Display, V: PartialEq>(
    known: &[N],
    cells: &[String],
    reads: impl Fn(&N, &str) -> Option<V>,
) -> Result<Option<N>> {
    let right = |notation: &N| cells.iter().filter(|cell| reads(notation, cell).is_some()).count();
    let fits: Vec<usize> = known.iter().map(right).collect();
    let most = fits.iter().copied().max().unwrap_or(0);
    if most == 0 {
        return Ok(None);
    }
    let mut best = known.iter().zip(fits).filter(|(_, fits)| *fits == most).map(|(notation, _)| notation);
    let Some(first) = best.next() else { return Ok(None) };
    if let Some(other) = best.find(|other| cells.iter().any(|cell| reads(first, cell) != reads(other, cell))) {
        anyhow::bail!("what it has can be {first} or {other}");
    }
    Ok(Some(first.clone()))
}

/// The encoding of a file: by its byte order mark, UTF-8 where all of it is, UTF-16 where every second byte is zero, else the usual one of
/// Windows.
fn encoding(folder: &Path, name: &str) -> Result<Encoding> {
    let mut file = File::open(folder.join(name)).with_context(|| format!("cannot read {}", folder.join(name).display()))?;
    let mut decoder = encoding_rs::UTF_8.new_decoder_without_bom_handling();
    let (mut chunk, mut text) = (vec![0; CHUNK], String::new());
    let mut is_first = true;
    loop {
        let read = file.read(&mut chunk).with_context(|| format!("cannot read {name}"))?;
        let bytes = &chunk[..read];
        if is_first {
            if let Some((marked, _)) = encoding_rs::Encoding::for_bom(bytes) {
                return Ok(Encoding(marked));
            }
            let zeros = |odd: usize| bytes.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count() * 4 > read;
            match (zeros(0), zeros(1)) {
                (false, true) => return Ok(Encoding(encoding_rs::UTF_16LE)),
                (true, false) => return Ok(Encoding(encoding_rs::UTF_16BE)),
                _ => is_first = false,
            }
        }
        text.clear();
        text.reserve(decoder.max_utf8_buffer_length_without_replacement(read).unwrap_or(4 * CHUNK));
        let (result, _) = decoder.decode_to_string_without_replacement(bytes, &mut text, read == 0);
        if matches!(result, encoding_rs::DecoderResult::Malformed(..)) {
            return Ok(Encoding(encoding_rs::WINDOWS_1252));
        }
        if read == 0 {
            return Ok(Encoding(encoding_rs::UTF_8));
        }
    }
}

#[cfg(test)]
impl Dialect {
    /// As Zonnehof writes.
    pub(super) fn example() -> Self {
        let separator = Separator(b';');
        let date = "dd-mm-yyyy".to_owned().try_into().expect("a notation");
        let encoding = Encoding(encoding_rs::WINDOWS_1252);
        Self { separator, encoding, date, decimal: Decimal::Comma, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::map_value::Column;

    fn folder(bytes: &[u8]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("file.csv"), bytes).expect("a file");
        folder
    }

    /// What is found of a file with titles for a day, a time, a number and a list.
    fn found(bytes: &[u8], wish: &Wish) -> Result<String> {
        let folder = folder(bytes);
        let dialect = frame(folder.path(), "file.csv", wish, Shape { titles: &["dag", "van", "uren", "kan"] })?;
        let titles = Table::open(folder.path(), "file.csv", &dialect)?.titles;
        let source = |title: &str| titles.source("map", &Column::One(title.to_owned())).expect("a column");
        let (day, time, number, list) = (source("dag"), source("van"), source("uren"), source("kan"));
        let shown = Shown { dates: vec![&day], times: vec![&time], numbers: vec![&number], lists: vec![&list] };
        notations(folder.path(), "file.csv", wish, dialect, &shown, 2026).map(|dialect| dialect.to_string())
    }

    #[test]
    fn what_a_map_does_not_say_the_file_shows() {
        let text = "dag;van;uren;kan\n07-12-2026;07:00;24,5;a|b\n31-12-2026;08:30;8;c\n";
        let expected = "separator ; encoding utf-8 date dd-mm-yyyy time hh:mm decimal , list |";
        assert_eq!(found(text.as_bytes(), &Wish::default()).expect("found"), expected);
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(found(&utf16, &Wish::default()).expect("found"), expected.replace("utf-8", "utf-16le"));
        let other = "Uitdraai van gisteren\n\nkan|uren|van|dag|naam\na+b|24.5|0700|20261207|\u{e9}\nc|1|2330|20261231|x\n";
        let latin: Vec<u8> = other.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin 1")).collect();
        let expected = "separator | encoding windows-1252 date yyyymmdd time hhmm decimal . list +";
        assert_eq!(found(&latin, &Wish::default()).expect("found"), expected);
        let tabs = "dag\tvan\turen\tkan\n7 dec 2026\t7u00\t1\ta, b\n\"31 dec 2026\"\t7u30\t1,5\ta\n";
        let expected = "separator \\t encoding utf-8 date dd mmm yyyy time hhumm decimal , list ,";
        assert_eq!(found(tabs.as_bytes(), &Wish::default()).expect("found"), expected);
    }

    #[test]
    fn a_few_wrong_cells_do_not_hide_how_the_others_are_written() {
        let text = "dag,van,uren,kan\n12/25/2026,07:00,1,\n13/01/2026,25:00,2,\nmorgen,07:00:00,x,\n12/31/2026,8:00,3,\n";
        let expected = "separator , encoding utf-8 date mm/dd/yyyy time hh:mm decimal . list |";
        assert_eq!(found(text.as_bytes(), &Wish::default()).expect("found"), expected);
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_asked_for() {
        let text = "dag;van;uren;kan\n01/02/2027;07:00;1;\n03/04/2027;07:00;1;\n";
        let error = format!("{:#}", found(text.as_bytes(), &Wish::default()).expect_err("two ways"));
        assert_eq!(error, "file.csv: give dialect.date: what it has can be dd/mm/yyyy or mm/dd/yyyy");
        let date = Some("mm/dd/yyyy".to_owned().try_into().expect("a notation"));
        assert!(found(text.as_bytes(), &Wish { date, ..Wish::default() }).expect("given").contains("mm/dd/yyyy"));
        // Read alike in both, it is the same.
        let alike = text.replace("01/02", "02/02").replace("03/04", "03/03");
        assert!(found(alike.as_bytes(), &Wish::default()).is_ok());
    }

    #[test]
    fn a_file_without_the_titles_is_left_to_who_looks_for_columns() {
        assert!(frame(folder(b"x;y\n1;2\n").path(), "file.csv", &Wish::default(), Shape { titles: &["dag"] }).is_ok());
        assert!(frame(folder(b"").path(), "file.csv", &Wish::default(), Shape { titles: &["dag"] }).is_err());
    }
}
