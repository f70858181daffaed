//! Collective agreements as dated data (CAO-03 to CAO-12): read from text, so that an association corrects a value without a release.

use std::{fmt, sync::LazyLock};

use chassis::time::LocalDate;

use crate::norms::{NightCount, NoNights, Norms, WeeklyRest};

/// The agreements that come with Regiopool.
static SHIPPED: LazyLock<CaoTable> =
    LazyLock::new(|| CaoTable::parse(include_str!("../data/collective_agreements.csv")).expect("the file in the source tree is tested"));

/// A table of collective agreements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaoTable {
    version: String,
    rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    agreement: String,
    norm: &'static Norm,
    value: Value,
    from: LocalDate,
    until: Option<LocalDate>,
}

/// A line of a table that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaoError {
    /// Counted from 1; 0 when it is about the whole.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for CaoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

impl std::error::Error for CaoError {}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    Minutes(i64),
    Count(i32),
    Yes,
    Word(&'static str),
}

/// What a value has to look like.
#[derive(Debug, PartialEq, Eq)]
enum Shape {
    Duration,
    Number,
    Flag,
    Words(&'static [&'static str]),
}

#[derive(Debug)]
struct Norm {
    rule: &'static str,
    name: &'static str,
    shape: Shape,
    set: fn(&mut Norms, Value),
}

impl PartialEq for Norm {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Norm {}

impl Value {
    fn minutes(self) -> i64 {
        if let Self::Minutes(minutes) = self { minutes } else { 0 }
    }

    fn short(self) -> i32 {
        crate::zone::narrow(self.minutes())
    }

    fn count(self) -> i32 {
        if let Self::Count(count) = self { count } else { 0 }
    }
}

macro_rules! norms {
    ($($rule:literal $name:ident $shape:expr, |$norms:ident, $value:ident| $set:expr;)*) => {
        &[$(Norm { rule: $rule, name: stringify!($name), shape: $shape, set: |$norms, $value| $set },)*]
    };
}

/// Every norm that a table may set. The shape is checked before a value is set.
const NORMS: &[Norm] = norms! {
    "ATW-02" night_extension Shape::Flag, |norms, _value| norms.night_extension = true;
    "ATW-04a" four_weeks Shape::Words(&["not"]), |norms, _value| norms.four_weeks = false;
    "ATW-04b" period_weeks Shape::Number, |norms, value| norms.period_weeks = value.count().clamp(16, 52);
    "ATW-09" short_breaks Shape::Flag, |norms, _value| norms.short_breaks = true;
    "ATW-12" series_break Shape::Duration, |norms, value| norms.series_break = value.minutes();
    "ATW-13" series_max Shape::Number, |norms, value| norms.series_max = value.count();
    "ATW-14" night_count Shape::Words(&["year", "hours"]), |norms, value| {
        norms.night_count = if value == Value::Word("year") { NightCount::Year } else { NightCount::Hours };
    };
    "ATB-01" reachable Shape::Flag, |norms, _value| norms.reachable = true;
    "ATB-02" presence Shape::Flag, |norms, _value| norms.presence = true;
    "ATB-04" reachable_week Shape::Number, |norms, value| norms.reachable_week = Some(value.count());
    "ATB-04" reachable_period Shape::Number, |norms, value| norms.reachable_period = Some(value.count());
    "YTH-02" young_night Shape::Flag, |norms, _value| norms.young_night = true;
    "CAO-03" notice Shape::Duration, |norms, value| norms.notice = Some(value.minutes());
    "CAO-04" shift Shape::Duration, |norms, value| norms.shift = Some(value.short());
    "CAO-04" night_shift Shape::Duration, |norms, value| norms.night_shift = Some(value.short());
    "CAO-04" planned Shape::Duration, |norms, value| norms.planned = Some(value.short());
    "CAO-04" planned_night Shape::Duration, |norms, value| norms.planned_night = Some(value.short());
    "CAO-05" week Shape::Duration, |norms, value| norms.week = Some(value.minutes());
    "CAO-05" four_week Shape::Duration, |norms, value| norms.four_week = Some(value.minutes());
    "CAO-05" sixteen_week Shape::Duration, |norms, value| norms.sixteen_week = Some(value.minutes());
    "CAO-05" sixteen_week_nights Shape::Duration, |norms, value| norms.sixteen_week_nights = Some(value.minutes());
    "CAO-06" short_rest Shape::Duration, |norms, value| norms.short_rest = Some(value.minutes());
    "CAO-07" weekly_rest Shape::Words(&["every_week", "every_fortnight"]), |norms, value| {
        norms.weekly_rest = if value == Value::Word("every_week") { WeeklyRest::EveryWeek } else { WeeklyRest::EveryFortnight };
    };
    "CAO-08" no_nights Shape::Words(&["hours_from_55", "shifts_from_57"]), |norms, value| {
        norms.no_nights = Some(if value == Value::Word("hours_from_55") { NoNights::HoursFrom55 } else { NoNights::ShiftsFrom57 });
    };
    "CAO-09" nights_in_row Shape::Number, |norms, value| norms.nights_in_row = Some(value.count());
    "CAO-09" nights_in_row_asked Shape::Number, |norms, value| norms.nights_in_row_asked = Some(value.count());
    "CAO-09" nights_asked Shape::Number, |norms, value| norms.nights_asked = Some(value.count());
    "CAO-10" free_weekends Shape::Number, |norms, value| norms.free_weekends = Some(value.count());
    "CAO-10" free_sundays Shape::Number, |norms, value| norms.agreed_free_sundays = Some(value.count());
    "CAO-12" split Shape::Duration, |norms, value| norms.split = Some(value.minutes());
};

impl CaoTable {
    /// The agreements that come with Regiopool.
    pub fn shipped() -> &'static Self {
        &SHIPPED
    }

    /// Reads a table: lines of `agreement,rule,norm,value,from,until,source`, in which only the source may hold commas; one line
    /// `version,…`; `#` begins a remark. Errors: the first line that cannot be read, names an unknown norm or another rule than the
    /// norm's, or gives a norm a second value on the same day.
    pub fn parse(text: &str) -> Result<Self, CaoError> {
        let mut table = Self { version: String::new(), rows: Vec::new() };
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            let fail = |problem: String| CaoError { line: index + 1, problem };
            if line.is_empty() || line.starts_with('#') || line.starts_with("agreement,") {
                continue;
            }
            if let Some(version) = line.strip_prefix("version,") {
                table.version = version.trim().to_owned();
                continue;
            }
            let row = Row::parse(line).map_err(fail)?;
            if let Some(other) = table.rows.iter().find(|other| row.holds_with(other)) {
                let since = other.from;
                return Err(fail(format!("{} {} has another value on the same day, from {since}", row.agreement, row.norm.name)));
            }
            table.rows.push(row);
        }
        if table.version.is_empty() {
            return Err(CaoError { line: 0, problem: "there is no line version,…".to_owned() });
        }
        Ok(table)
    }

    /// Which edition this is: stored with a verdict beside [`RULE_SET`](crate::RULE_SET).
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The agreements in the table, each once, in order.
    pub fn agreements(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.rows.iter().map(|row| row.agreement.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The values that hold under an agreement for work that starts on this day. Under an agreement that is not in the table, and
    /// before its first line, the law alone.
    pub fn norms(&self, agreement: &str, day: LocalDate) -> Norms {
        let mut norms = Norms::LAW;
        for row in
            self.rows.iter().filter(|row| row.agreement == agreement && row.from <= day && row.until.is_none_or(|until| day <= until))
        {
            (row.norm.set)(&mut norms, row.value);
        }
        norms
    }
}

impl Row {
    fn parse(line: &str) -> Result<Self, String> {
        let fields: Vec<&str> = line.splitn(7, ',').map(str::trim).collect();
        let &[agreement, rule, name, value, from, until, _] = fields.as_slice() else {
            return Err("has fewer than seven fields".to_owned());
        };
        let norm = NORMS.iter().find(|norm| norm.name == name).ok_or_else(|| format!("no norm is called {name:?}"))?;
        if norm.rule != rule {
            return Err(format!("{name} belongs to {}, not to {rule:?}", norm.rule));
        }
        if agreement.is_empty() {
            return Err("names no agreement".to_owned());
        }
        let value = norm.shape.read(value).ok_or_else(|| format!("{value:?} is no value of {name}"))?;
        let day = |text: &str| text.parse::<LocalDate>().map_err(|_| format!("{text:?} is no day"));
        let from = day(from)?;
        let until = if until.is_empty() { None } else { Some(day(until)?) };
        if until.is_some_and(|until| until < from) {
            return Err("ends before it begins".to_owned());
        }
        Ok(Self { agreement: agreement.to_owned(), norm, value, from, until })
    }

    fn holds_with(&self, other: &Self) -> bool {
        let before = |row: &Self, day: LocalDate| row.until.is_some_and(|until| until < day);
        self.agreement == other.agreement && self.norm == other.norm && !before(self, other.from) && !before(other, self.from)
    }
}

impl Shape {
    fn read(&self, text: &str) -> Option<Value> {
        match self {
            Self::Duration => {
                let (hours, minutes) = text.split_once(':')?;
                let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
                ((0..=8784).contains(&hours) && (0..60).contains(&minutes)).then_some(Value::Minutes(hours * 60 + minutes))
            }
            Self::Number => text.parse().ok().filter(|count| (0..=1000).contains(count)).map(Value::Count),
            Self::Flag => (text == "yes").then_some(Value::Yes),
            Self::Words(words) => words.iter().find(|word| **word == text).map(|word| Value::Word(word)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> LocalDate {
        text.parse().expect("a date")
    }

    #[test]
    fn the_table_in_the_source_tree_has_the_four_agreements_of_care() {
        let table = CaoTable::shipped();
        assert_eq!(table.agreements(), ["GGZ", "GHZ", "VVT", "ZKH"]);
        assert_eq!(table.version(), "2026-11-22");
        let vvt = table.norms("VVT", day("2026-05-04"));
        assert_eq!((vvt.notice, vvt.shift, vvt.no_nights), (Some(28 * 24 * 60), Some(600), Some(NoNights::HoursFrom55)));
        let ggz = table.norms("GGZ", day("2026-05-04"));
        assert_eq!((ggz.short_rest, ggz.weekly_rest, ggz.four_week), (Some(600), WeeklyRest::EveryFortnight, Some(200 * 60)));
        assert_eq!(table.norms("ZKH", day("2025-01-31")), Norms::LAW);
        assert_eq!(table.norms("ZKH", day("2025-02-01")).nights_in_row, Some(5));
        assert_eq!(table.norms("nobody", day("2026-05-04")), Norms::LAW);
    }

    #[test]
    fn a_value_holds_from_its_first_to_its_last_day() {
        let table = CaoTable::parse(
            "version,1\nX,CAO-04,shift,10:00,2026-01-01,2026-03-31,a, b and c\nX,CAO-04,shift,9:30,2026-04-01,,new\nX,ATW-14,night_count,hours,2026-01-01,,",
        )
        .expect("a table");
        for (date, shift) in [("2025-12-31", None), ("2026-01-01", Some(600)), ("2026-03-31", Some(600)), ("2026-04-01", Some(570))] {
            assert_eq!(table.norms("X", day(date)).shift, shift, "{date}");
        }
        assert_eq!(table.norms("X", day("2026-02-01")).night_count, NightCount::Hours);
    }

    #[test]
    fn a_line_that_cannot_be_read_is_told_with_its_number() {
        for (line, problem) in [
            ("X,CAO-04,shift,10:00,2026-01-01", "has fewer than seven fields"),
            ("X,CAO-04,length,10:00,2026-01-01,,", "no norm is called \"length\""),
            ("X,CAO-05,shift,10:00,2026-01-01,,", "shift belongs to CAO-04, not to \"CAO-05\""),
            ("X,CAO-04,shift,10,2026-01-01,,", "\"10\" is no value of shift"),
            ("X,CAO-04,shift,10:60,2026-01-01,,", "\"10:60\" is no value of shift"),
            ("X,CAO-09,nights_in_row,-1,2026-01-01,,", "\"-1\" is no value of nights_in_row"),
            ("X,ATB-02,presence,no,2026-01-01,,", "\"no\" is no value of presence"),
            ("X,CAO-08,no_nights,never,2026-01-01,,", "\"never\" is no value of no_nights"),
            ("X,CAO-04,shift,10:00,2026-02-30,,", "\"2026-02-30\" is no day"),
            ("X,CAO-04,shift,10:00,2026-02-02,2026-02-01,", "ends before it begins"),
            (",CAO-04,shift,10:00,2026-02-02,,", "names no agreement"),
            ("A,CAO-04,shift,10:00,2026-02-02,,", "A shift has another value on the same day, from 2026-01-01"),
        ] {
            let text = format!("version,1\n\n# remark\nA,CAO-04,shift,9:00,2026-01-01,2026-02-02,\n{line}\n");
            assert_eq!(CaoTable::parse(&text), Err(CaoError { line: 5, problem: problem.to_owned() }), "{line}");
        }
        assert_eq!(CaoTable::parse("# nothing").map_err(|error| error.to_string()), Err("line 0: there is no line version,…".to_owned()));
    }
}
