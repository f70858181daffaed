//! What collective agreements say about single shifts (CAO-04, CAO-08, CAO-12, YTH-02).

use crate::{
    breach::Found,
    norms::NoNights,
    piece::Piece,
    rule::{Measure, Rule},
    view::View,
    zone,
};

use super::shift::at_hours;

/// CAO-04 and CAO-12.
pub(super) fn shifts(view: &View<'_>, found: &mut Found) {
    let norms = view.norms;
    for dienst in view.diensten.iter().filter(|dienst| !dienst.presence) {
        let window = (dienst.start, dienst.end);
        if let Some(limit) = if dienst.is_night() { norms.night_shift } else { norms.shift } {
            found.most(Rule::AgreedShiftLength, Measure::ShiftWork, dienst.work, limit, window);
        }
        if let Some(limit) = norms.split
            && i64::from(dienst.gap) > limit
        {
            if view.person.consents.split_shifts {
                found.used(Rule::AgreedSplit, Measure::Split, dienst.gap, limit, window);
            } else {
                found.most(Rule::AgreedSplit, Measure::Split, dienst.gap, limit, window);
            }
        }
    }
    if norms.planned.is_none() && norms.planned_night.is_none() {
        return;
    }
    for piece in view.work().filter(|piece| piece.kind != crate::Kind::Presence) {
        if let Some(limit) = if piece.night > 60 { norms.planned_night } else { norms.planned } {
            found.most(Rule::AgreedShiftLength, Measure::BlockWork, piece.work, limit, (piece.start, piece.end));
        }
    }
}

/// CAO-08 and YTH-02.
pub(super) fn hours(view: &View<'_>, found: &mut Found) {
    let birthday = |date: Option<chassis::time::LocalDate>| date.map_or(i32::MAX, zone::day_number);
    let mut exempt = |minutes: i32, window| {
        if view.person.consents.nights_at_age && minutes > 0 {
            found.used(Rule::AgreedAge, Measure::ForbiddenHours, minutes, 0, window);
        } else {
            found.most(Rule::AgreedAge, Measure::ForbiddenHours, minutes, 0, window);
        }
    };
    match view.norms.no_nights {
        Some(NoNights::HoursFrom55) => {
            let from = birthday(view.person.fifty_five_on);
            if from < i32::MAX {
                let pieces = view.work().chain(view.duties()).chain(view.calls());
                pieces.filter(|piece| piece.day >= from).for_each(|piece| exempt(late(piece), (piece.start, piece.end)));
            }
        }
        Some(NoNights::ShiftsFrom57) => {
            let from = birthday(view.person.fifty_seven_on);
            for dienst in view.diensten.iter().filter(|dienst| dienst.day >= from && dienst.is_night()) {
                exempt(dienst.night, (dienst.start, dienst.end));
            }
        }
        None => {}
    }
    if view.norms.young_night && view.adult_from > i32::MIN {
        for piece in view.work().chain(view.duties()).chain(view.calls()).filter(|piece| view.is_young(piece.day)) {
            found.most(Rule::YoungNight, Measure::ForbiddenHours, late(piece), 0, (piece.start, piece.end));
        }
    }
}

/// Minutes between 23:00 and 07:00.
fn late(piece: &Piece) -> i32 {
    at_hours(piece.from, piece.end, 23 * 60, 7 * 60)
}
