//! Whether one more piece of work is lawful for a person, given all that the person works anywhere.
//!
//! The law counts working time per person, over all employers (ATW-17). So does this library: a [`Roster`] holds every known [`Block`] of
//! one [`Person`], and [`Roster::judge`] says of a candidate whether it may be added, under the [`Norms`] of the employment under which it
//! would be worked. Nothing here asks a clock, a database or a network, and nothing is random: the same question has the same answer.
//!
//! A [`Verdict`] is a difference (D9). The rules are asked twice, with the candidate and without it, and the candidate is refused only for
//! what is new or worse. What was broken before is told apart, for it is not the candidate's fault.
//!
//! Time is real time: instants are minutes in UTC, so a night over a clock change has seven or nine hours. Only where a rule speaks of days,
//! weeks or hours on the clock is Europe/Amsterdam asked (I12).
//!
//! The numbers of the rules (`ATW-05`) and of the definitions behind them stand in `services/rules.md`. What the collective agreements add
//! is data with dates ([`CaoTable`]). In reading order: what is worked ([`Block`], [`Kind`]), by whom ([`Person`]), under which values
//! ([`Norms`]), and what is found ([`Rule`], [`Measure`], [`Finding`], [`Verdict`]); inside, blocks become pieces, pieces merge into shifts of
//! the law (`dienst`), and the rules look at 31 weeks of them (`view`).
//!
//! ```
//! use chassis::time::LocalDate;
//! use working_time::{Block, Norms, Person, Roster, Rule};
//!
//! let day: LocalDate = "2026-05-04".parse()?;
//! let at = |minute| day.at_minute(minute, false);
//! let roster = Roster::new(Person::default(), vec![Block::new(at(7 * 60)?, at(15 * 60)?, 30)?]);
//! let long_evening = Block::new(at(16 * 60)?, at(23 * 60)?, 30)?;
//! let verdict = roster.judge(&long_evening, &Norms::LAW, at(0)?);
//! // 7.5 hours and 6.5 hours with an hour between are one shift of 14.
//! assert_eq!((verdict.refusals[0].rule, verdict.refusals[0].measured), (Rule::ShiftLength, 14 * 60));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod block;
mod cao;
mod norms;
mod person;
mod roster;
mod rule;
mod verdict;

mod breach;
mod dienst;
mod judge;
mod left;
mod next;
mod part;
mod piece;
mod rules;
mod view;
mod zone;

pub use block::{Block, InvalidBlock, Kind};
pub use cao::{CaoError, CaoTable};
pub use judge::Around;
pub use left::HoursLeft;
pub use norms::{NightCount, NoNights, Norms, WeeklyRest};
pub use person::{Consents, Constraint, Limit, Person, WeekRecord};
pub use roster::Roster;
pub use rule::{Measure, Rule, Unit, Weight};
pub use verdict::{Finding, Outcome, Verdict};

/// Version of the rules, stored with every verdict (D9). Raise it with every change of what they say.
pub const RULE_SET: i32 = 2;
