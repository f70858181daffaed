//! All that a person works, and the questions one can ask about it.

use std::sync::OnceLock;

use chassis::{ids::EmploymentId, time::LocalDate};

use crate::{
    block::Block,
    norms::Norms,
    part::Part,
    person::{Person, WeekRecord},
    zone,
};

/// All known work of one person, put in order once: make it once and judge many candidates.
#[derive(Debug, Clone)]
pub struct Roster {
    blocks: Vec<Block>,
    pub(crate) person: Person,
    pub(crate) adult_from: i32,
    pub(crate) all: Part,
    own: Own,
    nothing: Part,
}

/// The work of each employment.
#[derive(Debug, Clone)]
enum Own {
    /// All blocks are of this one.
    One(Option<EmploymentId>),
    /// Each by itself, put in order when it is asked for.
    Each(Vec<(EmploymentId, OnceLock<Part>)>),
}

impl Roster {
    /// Of everything that a person works or is planned to work, at every employer, in whatever order. A verdict looks 15 weeks back and
    /// forward from the week of its candidate; more than that does no harm.
    pub fn new(person: Person, blocks: Vec<Block>) -> Self {
        let adult_from = person.eighteen_on.map_or(i32::MIN, zone::day_number);
        let all = Part::new(&blocks, adult_from, |_| true);
        let first = blocks.first().and_then(|block| block.employment);
        let own = if blocks.iter().all(|block| block.employment == first) {
            Own::One(first)
        } else {
            let mut employments: Vec<EmploymentId> = blocks.iter().filter_map(|block| block.employment).collect();
            employments.sort_unstable();
            employments.dedup();
            Own::Each(employments.into_iter().map(|employment| (employment, OnceLock::new())).collect())
        };
        Self { blocks, person, adult_from, all, own, nothing: Part::default() }
    }

    /// Whose it is.
    pub fn person(&self) -> &Person {
        &self.person
    }

    /// What it was made of: a [`Finding`] names blocks by their place here.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// With one more block, behind the others.
    #[must_use]
    pub fn with(&self, block: Block) -> Self {
        let mut blocks = self.blocks.clone();
        blocks.push(block);
        Self::new(self.person.clone(), blocks)
    }

    /// Without the block at this place, such as a shift that is given away in a swap.
    #[must_use]
    pub fn without(&self, place: usize) -> Self {
        let blocks = self.blocks.iter().enumerate().filter(|(at, _)| *at != place).map(|(_, block)| *block);
        Self::new(self.person.clone(), blocks.collect())
    }

    /// Minutes of work in so many weeks from the one with this day on; weeks run from Sunday to Saturday (ATW-03).
    pub fn worked(&self, from: LocalDate, weeks: u16) -> i64 {
        let first = zone::week_of_day(zone::day_number(from));
        (first..first + i32::from(weeks)).map(|week| i64::from(self.all.weeks.get(week).work)).sum()
    }

    /// With what its blocks say of every week as records of the person, for rules that look back further than a verdict does otherwise.
    /// Records that were given stand where there is no block.
    #[must_use]
    pub fn with_own_records(mut self) -> Self {
        let weeks = &self.all.weeks;
        let number = |record: &WeekRecord| zone::week_of_day(zone::day_number(record.week));
        self.person.weeks.retain(|record| weeks.get(number(record)).is_empty());
        let own = (weeks.first..).zip(&weeks.counts).filter(|(_, week)| !week.is_empty());
        self.person.weeks.extend(own.map(|(number, week)| week.record(zone::date(zone::sunday(number)))));
        self
    }

    /// The work of an employment, where its agreement asks for it.
    pub(crate) fn own(&self, employment: Option<EmploymentId>, norms: &Norms) -> &Part {
        match &self.own {
            _ if !norms.needs_own() => &self.nothing,
            Own::One(only) if *only == employment && employment.is_some() => &self.all,
            Own::One(_) => &self.nothing,
            Own::Each(parts) => {
                let own = parts.binary_search_by_key(&employment, |(id, _)| Some(*id)).ok();
                own.map_or(&self.nothing, |at| {
                    parts[at].1.get_or_init(|| Part::new(&self.blocks, self.adult_from, |block| block.employment == employment))
                })
            }
        }
    }
}
