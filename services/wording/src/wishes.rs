//! What a worker's own wishes say against a shift.

use proto::flexpool;

use crate::{Facts, Language};

/// What a worker's own wishes and the way there say against a shift.
pub(crate) fn unwished(language: Language, reason: flexpool::Reason, facts: Facts<'_>) -> String {
    use flexpool::Reason::*;
    match reason {
        DayPartUnwished => day_part_unwished(language, facts),
        LevelUnwished => match facts.function_level(language, "required") {
            Some(level) => language.two(format!("Je wilt geen werk als {level}."), format!("You want no work as {level}.")),
            None => language.two("Je wilt ander werk.", "You want other work.").to_owned(),
        },
        OrganisationUnwished => language
            .two("Deze organisatie koos je niet bij wat je wilt.", "You did not choose this organisation among what you want.")
            .to_owned(),
        TooFar => match (facts.number("km"), facts.number("max_km")) {
            (Some(km), Some(max_km)) => language.two(
                format!("Het is {km} km van huis, hemelsbreed. Je wilt hooguit {max_km} km."),
                format!("It is {km} km from home in a straight line. You want {max_km} km at most."),
            ),
            _ => language.two("Het is verder dan je wilt.", "It is further than you want.").to_owned(),
        },
        // `TOO_LITTLE_TRAVEL_TIME`, the only other one.
        _ => match (facts.number("minutes"), facts.number("gap_minutes")) {
            (Some(minutes), Some(gap)) => language.two(
                format!("Reizen van of naar je andere dienst duurt naar schatting {minutes} minuten. Je hebt er {gap}."),
                format!("Travelling from or to your other shift takes about {minutes} minutes. You have {gap}."),
            ),
            _ => language.two("Je hebt weinig tijd om te reizen.", "You have little time to travel.").to_owned(),
        },
    }
}

fn day_part_unwished(language: Language, facts: Facts<'_>) -> String {
    let (dutch, english) = match facts.text("day_part") {
        Some("DAY") => ("overdag", "by day"),
        Some("EVENING") => ("'s avonds", "in the evening"),
        Some("NIGHT") => ("'s nachts", "at night"),
        Some("WEEKEND") => ("in het weekend", "at the weekend"),
        _ => ("op dat moment", "at that time"),
    };
    language.two(format!("Je wilt niet {dutch} werken."), format!("You do not want to work {english}."))
}
