//! The rules themselves: each looks at the weeks around a piece of work and tells what it finds.

use crate::{breach::Found, view::View};

mod agreed;
mod constraint;
mod duty;
mod nights;
mod rest;
mod shift;
mod weekly_rest;
mod weeks;

pub(crate) mod warning;
pub(crate) use weeks::Cap;

/// Everything that the law says about all work of a person.
pub(crate) fn law(view: &View<'_>, found: &mut Found) {
    shift::law(view, found);
    rest::law(view, found);
    nights::law(view, found);
    weekly_rest::law(view, found);
    weeks::law(view, found);
    duty::law(view, found);
    constraint::all(view, found);
}

/// Everything that limits the work in weeks: of all work, and of the employment alone.
pub(crate) fn caps(all: &View<'_>, own: &View<'_>, mut each: impl FnMut(Cap)) {
    weeks::law_caps(all, &mut each);
    constraint::caps(all, &mut each);
    weeks::agreement_caps(own, &mut each);
}

/// Everything that the collective agreement says about the work of one employment.
pub(crate) fn agreement(view: &View<'_>, found: &mut Found) {
    agreed::shifts(view, found);
    agreed::hours(view, found);
    rest::agreement(view, found);
    nights::agreement(view, found);
    weekly_rest::agreement(view, found);
    weeks::agreement(view, found);
}
