//! The values by which the work of one employment is judged: the law's own, changed by what its collective agreement says on a day.

/// Values of the law that a collective arrangement may change, and what only collective agreements have. [`Norms::LAW`] is the law alone;
/// [`CaoTable::norms`](crate::CaoTable::norms) gives those of an agreement on a day, and an employer's own arrangement with its works
/// council is set on top of them. Durations are minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Norms {
    /// Shifts in a row with a night shift among them (ATW-13): 7, collectively 8.
    pub series_max: i32,
    /// A rest as long as this ends a series of night shifts (ATW-12).
    pub series_break: i64,
    /// Night shifts of up to 12 hours are granted, 5 times in two weeks and 22 times in a year (ATW-02).
    pub night_extension: bool,
    /// A quarter of an hour is enough as break (ATW-09).
    pub short_breaks: bool,
    /// How many night shifts (ATW-14).
    pub night_count: NightCount,
    /// Whether the average over four weeks holds (ATW-04a).
    pub four_weeks: bool,
    /// The weeks over which work is at most 48 hours on average (ATW-04b): 16, collectively up to 52.
    pub period_weeks: i32,
    /// Presence duties are arranged collectively (ATB-02).
    pub presence: bool,
    /// Reachable duties are arranged collectively (ATB-01).
    pub reachable: bool,
    /// Free Sundays in 52 weeks (ATW-08).
    pub free_sundays: i32,

    /// Notice of the roster (CAO-03); absent: ATW-16.
    pub notice: Option<i64>,
    /// Work in one shift of this employment that is no night shift (CAO-04).
    pub shift: Option<i32>,
    /// Work in one night shift of this employment (CAO-04).
    pub night_shift: Option<i32>,
    /// Work in one block as planned, without overtime (CAO-04).
    pub planned: Option<i32>,
    /// The same of a block that is a night shift by itself (CAO-04).
    pub planned_night: Option<i32>,
    /// Work in a week (CAO-05).
    pub week: Option<i64>,
    /// Work in four weeks (CAO-05).
    pub four_week: Option<i64>,
    /// Work in sixteen weeks (CAO-05).
    pub sixteen_week: Option<i64>,
    /// Work in sixteen weeks with sixteen night shifts or more (CAO-05).
    pub sixteen_week_nights: Option<i64>,
    /// The rest to which the daily rest may be shortened (CAO-06).
    pub short_rest: Option<i64>,
    /// Weekly rest (CAO-07).
    pub weekly_rest: WeeklyRest,
    /// From which age on no nights (CAO-08).
    pub no_nights: Option<NoNights>,
    /// Night shifts in a row (CAO-09).
    pub nights_in_row: Option<i32>,
    /// The same when the worker asked for it.
    pub nights_in_row_asked: Option<i32>,
    /// Night shifts in sixteen weeks when the worker asked for longer series.
    pub nights_asked: Option<i32>,
    /// Free weekends in 52 weeks (CAO-10).
    pub free_weekends: Option<i32>,
    /// Free Sundays in 52 weeks, by the collective agreement (CAO-10).
    pub agreed_free_sundays: Option<i32>,
    /// The longest time between two parts of a shift that makes it no split shift (CAO-12); absent: split shifts are allowed.
    pub split: Option<i64>,
    /// Nobody under 18 between 23:00 and 07:00 (YTH-02).
    pub young_night: bool,
    /// Reachable duties in 7 x 24 hours (ATB-04).
    pub reachable_week: Option<i32>,
    /// Reachable duties in sixteen weeks (ATB-04).
    pub reachable_period: Option<i32>,
}

/// How many night shifts that end after 02:00 somebody may have (ATW-14).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NightCount {
    /// 36 in sixteen weeks: the law.
    Period,
    /// 140 in 52 weeks, by collective arrangement.
    Year,
    /// 38 hours between 00:00 and 06:00 in two weeks, by collective arrangement.
    Hours,
}

/// Weekly rest by collective agreement (CAO-07), over the work of the employment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeeklyRest {
    /// As ATW-06.
    Law,
    /// 36 hours in 7 x 24 hours, without the other way of the law.
    EveryWeek,
    /// 72 hours in 14 x 24 hours in parts of at least 32, one of them in every 9 x 24 hours.
    EveryFortnight,
}

/// From which age on somebody works no nights without the own consent (CAO-08).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoNights {
    /// From 55 on: no work and no duty between 23:00 and 07:00.
    HoursFrom55,
    /// From 57 on: no night shift.
    ShiftsFrom57,
}

impl Norms {
    /// The law without any collective agreement.
    pub const LAW: Self = Self {
        series_max: 7,
        series_break: 46 * 60,
        night_extension: false,
        short_breaks: false,
        night_count: NightCount::Period,
        four_weeks: true,
        period_weeks: 16,
        presence: false,
        reachable: false,
        free_sundays: 13,
        notice: None,
        shift: None,
        night_shift: None,
        planned: None,
        planned_night: None,
        week: None,
        four_week: None,
        sixteen_week: None,
        sixteen_week_nights: None,
        short_rest: None,
        weekly_rest: WeeklyRest::Law,
        no_nights: None,
        nights_in_row: None,
        nights_in_row_asked: None,
        nights_asked: None,
        free_weekends: None,
        agreed_free_sundays: None,
        split: None,
        young_night: false,
        reachable_week: None,
        reachable_period: None,
    };

    /// The weeks of reference of ATW-04b, within what the law allows.
    pub(crate) fn period(&self) -> usize {
        usize::try_from(self.period_weeks.clamp(16, 52)).unwrap_or(16)
    }

    /// Whether the work of the employment alone is looked at, for breaches or for a warning.
    pub(crate) fn needs_own(&self) -> bool {
        self.has_agreement() || self.free_weekends.is_some()
    }

    /// Whether anything is to be judged over the work of the employment alone.
    pub(crate) fn has_agreement(&self) -> bool {
        self.has_shift_limits()
            || self.has_averages()
            || self.weekly_rest != WeeklyRest::Law
            || self.short_rest.is_some()
            || self.no_nights.is_some()
            || self.nights_in_row.is_some()
            || self.young_night
    }

    fn has_shift_limits(&self) -> bool {
        self.shift.is_some() || self.night_shift.is_some() || self.planned.is_some() || self.planned_night.is_some() || self.split.is_some()
    }

    /// Whether the agreement has averages of its own.
    pub(crate) fn has_averages(&self) -> bool {
        self.week.is_some() || self.four_week.is_some() || self.sixteen_week.is_some() || self.sixteen_week_nights.is_some()
    }
}

impl Default for Norms {
    fn default() -> Self {
        Self::LAW
    }
}
