//! The rules by their numbers in `rules.md`, and what each of them measures.

/// How much a breach of a rule weighs (D9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// A claim that breaks it is refused.
    Hard,
    /// Told beside the verdict.
    Warning,
}

macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $name:ident $id:literal $weight:ident;)*) => {
        /// A rule about working time, in the order in which breaches are told: what a person can see at once comes first.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule { $($(#[doc = $doc])+ $name,)* }

        impl Rule {
            /// Every rule, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// As in `rules.md`.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// Whether a breach refuses or warns.
            pub fn weight(self) -> Weight {
                match self { $(Self::$name => Weight::$weight,)* }
            }
        }
    };
}

rules! {
    /// Two blocks at the same time, at whichever employers.
    Overlap "OVERLAP" Hard;
    /// What HR, the worker or an adviser set for a time: no nights, at most so many hours. Why it was set is known to nobody here, so
    /// PRG-01, PRG-02 and CAO-11 show as this.
    Constraint "CONSTRAINT" Hard;
    /// Daily rest.
    DailyRest "ATW-05" Hard;
    /// Rest after a night shift that ends after 02:00.
    RestAfterNight "ATW-11" Hard;
    /// Rest after three or more night shifts in a row.
    RestAfterNights "ATW-12" Hard;
    /// Weekly rest.
    WeeklyRest "ATW-06" Hard;
    /// Work in one shift that is no night shift.
    ShiftLength "ATW-01" Hard;
    /// Work in one night shift.
    NightLength "ATW-02" Hard;
    /// Breaks.
    Breaks "ATW-09" Hard;
    /// Work in one week.
    WeekLength "ATW-03" Hard;
    /// Average over four weeks.
    FourWeeks "ATW-04a" Hard;
    /// Average over sixteen weeks, or over the longer period of a collective arrangement.
    SixteenWeeks "ATW-04b" Hard;
    /// Shifts in a row with a night shift among them.
    Series "ATW-13" Hard;
    /// How many night shifts end after 02:00.
    NightCount "ATW-14" Hard;
    /// Average over sixteen weeks with sixteen night shifts or more.
    NightAverage "ATW-15" Hard;
    /// Under 18.
    Young "YTH-01" Hard;
    /// Under 18 in the evening and at night, where the collective agreement says so.
    YoungNight "YTH-02" Hard;
    /// Presence and sleep duty.
    Presence "ATB-02" Hard;
    /// Consignatie.
    OnCall "ATB-03" Hard;
    /// Reachable duty.
    Reachable "ATB-01" Hard;
    /// How many reachable duties.
    ReachableCount "ATB-04" Hard;
    /// Work in one shift, by collective agreement.
    AgreedShiftLength "CAO-04" Hard;
    /// Averages, by collective agreement.
    AgreedAverage "CAO-05" Hard;
    /// Daily rest, by collective agreement.
    AgreedDailyRest "CAO-06" Hard;
    /// Weekly rest, by collective agreement.
    AgreedWeeklyRest "CAO-07" Hard;
    /// Nights from an age on, by collective agreement; lifted by the worker's recorded consent.
    AgreedAge "CAO-08" Hard;
    /// Night shifts in a row, by collective agreement.
    AgreedNights "CAO-09" Hard;
    /// Split shifts, by collective agreement; lifted by the worker's recorded consent.
    AgreedSplit "CAO-12" Hard;
    /// Work on Sunday that was not agreed on.
    SundayWork "ATW-07" Warning;
    /// Free Sundays in 52 weeks.
    FreeSundays "ATW-08" Warning;
    /// How long before it begins the work is known.
    Notice "ATW-16" Warning;
    /// Night work before the health check was offered.
    FirstNight "ATW-20" Warning;
    /// How long before it begins the work is known, by collective agreement.
    AgreedNotice "CAO-03" Warning;
    /// Free weekends or Sundays, by collective agreement.
    AgreedWeekends "CAO-10" Warning;
}

impl Rule {
    /// Whether it looks at the work of one employment alone.
    pub(crate) fn is_agreed(self) -> bool {
        self.id().starts_with("CAO") || self == Self::YoungNight
    }

    /// The rule with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id() == id)
    }
}

/// In what something is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Minutes of real time.
    Minutes,
    /// How many times.
    Times,
    /// Calendar days.
    Days,
}

macro_rules! measures {
    ($($(#[doc = $doc:literal])+ $name:ident $unit:ident $bound:ident;)*) => {
        /// What of a rule was measured. A rule has several; two breaches are the same one only when they measure the same.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Measure { $($(#[doc = $doc])+ $name,)* }

        impl Measure {
            /// Every measure.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name, for what is stored and sent.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// The measure with this name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|measure| measure.name() == name)
            }

            /// In what it is measured.
            pub fn unit(self) -> Unit {
                match self { $(Self::$name => Unit::$unit,)* }
            }

            /// Whether the limit is the least that is needed, and not the most that is allowed.
            pub fn is_least(self) -> bool {
                match self { $(Self::$name => measures!(@ $bound),)* }
            }
        }
    };
    (@ least) => { true };
    (@ most) => { false };
}

measures! {
    /// Time in common of two blocks.
    Overlap Minutes most;
    /// Rest between two shifts.
    Rest Minutes least;
    /// Rest that was shortened again too soon after the time before.
    ShortRestAgain Minutes least;
    /// Rest that must make up for the shorter one before it.
    RestMadeUp Minutes least;
    /// Longest rest in the 24 hours from the start of a shift that spans too long.
    RestInShift Minutes least;
    /// Rest after a night shift that was made longer.
    RestAfterExtension Minutes least;
    /// Rest after a series of night shifts.
    RestAfterSeries Minutes least;
    /// Longest rest in the 7 x 24 hours from the first shift after the weekly rest before.
    WeeklyRest Minutes least;
    /// Rest in parts in 14 x 24 hours.
    FortnightRest Minutes least;
    /// Time from the first shift after a rest of 32 hours until the next such rest begins.
    TimeWithoutRest Minutes most;
    /// Rest in 7 x 24 hours with a presence duty.
    WeekRestTotal Minutes least;
    /// Time from the start to the end of a shift.
    Span Minutes most;
    /// Work in one shift.
    ShiftWork Minutes most;
    /// Work in one block.
    BlockWork Minutes most;
    /// Breaks in one shift.
    Breaks Minutes least;
    /// Time between two parts of one shift.
    Split Minutes most;
    /// Work in one week.
    WeekWork Minutes most;
    /// Work in four weeks.
    FourWeekWork Minutes most;
    /// Work in sixteen weeks, or in the longer period of a collective arrangement.
    PeriodWork Minutes most;
    /// Work in sixteen weeks with sixteen night shifts or more.
    PeriodWorkWithNights Minutes most;
    /// Work in 26 weeks with a presence duty.
    HalfYearWork Minutes most;
    /// Work in 24 hours around on-call duty.
    DayWork Minutes most;
    /// Shifts in a row.
    ShiftsInRow Times most;
    /// Night shifts in a row.
    NightsInRow Times most;
    /// Night shifts in sixteen weeks.
    Nights Times most;
    /// Night shifts in 52 weeks.
    NightsInYear Times most;
    /// Work between 00:00 and 06:00 in two weeks.
    NightHours Minutes most;
    /// Night shifts made longer, in 14 x 24 hours.
    Extensions Times most;
    /// Night shifts made longer, in 52 weeks.
    ExtensionsInYear Times most;
    /// Work, or duty, at hours at which there may be none.
    ForbiddenHours Minutes most;
    /// Work, or duty, of a kind that there may be none of.
    ForbiddenKind Minutes most;
    /// Presence duties in 26 weeks.
    PresenceDuties Times most;
    /// Reachable duties in 7 x 24 hours.
    ReachableInWeek Times most;
    /// Reachable duties in sixteen weeks.
    ReachableInPeriod Times most;
    /// Days with on-call duty in four weeks.
    OnCallDays Days most;
    /// Pairs of days free of work and on-call duty in four weeks.
    FreePairs Times least;
    /// Time between on-call duty and the night shift after it.
    OnCallBeforeNight Minutes least;
    /// Time between a night shift and the on-call duty after it.
    OnCallAfterNight Minutes least;
    /// Work on a Saturday before a Sunday on which somebody works.
    SaturdayWork Minutes most;
    /// Work on a Sunday.
    SundayWork Minutes most;
    /// Free Sundays in 52 weeks.
    FreeSundays Days least;
    /// Free weekends in 52 weeks.
    FreeWeekends Times least;
    /// Time from now to the start of the work.
    Notice Minutes least;
    /// Work in a first night shift.
    FirstNight Minutes most;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_one_rule_and_the_weights_are_those_of_the_decision() {
        for rule in Rule::ALL {
            assert_eq!(Rule::from_id(rule.id()), Some(*rule));
        }
        assert_eq!(Rule::from_id("ATW-10"), None);
        for measure in Measure::ALL {
            assert_eq!(Measure::from_name(measure.name()), Some(*measure));
        }
        assert_eq!((Measure::Rest.unit(), Measure::Rest.is_least(), Measure::from_name("rest")), (Unit::Minutes, true, None));
        let warnings: Vec<_> = Rule::ALL.iter().filter(|rule| rule.weight() == Weight::Warning).map(|rule| rule.id()).collect();
        assert_eq!(warnings, ["ATW-07", "ATW-08", "ATW-16", "ATW-20", "CAO-03", "CAO-10"]);
    }
}
