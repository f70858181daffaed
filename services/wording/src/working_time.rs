//! What the rules of working time found, in a sentence that says how much was measured and how much may or must be.
//!
//! The sentence belongs to what was measured; the rule's number stands behind it, so that people can look it up. Work at another employer
//! is never more than "other work" (D15).

use proto::flexpool as api;
use working_time::{Measure, Rule, Unit};

use crate::{Facts, Language, clock};

/// A finding with its facts as metadata: what `WORKING_TIME` was refused for.
pub(crate) fn refusal(language: Language, facts: Facts<'_>) -> String {
    let found = facts.text("measure").and_then(Measure::from_name).zip(facts.number("measured").zip(facts.number("limit")));
    let Some((measure, (measured, limit))) = found else {
        let rule = facts.text("rule").unwrap_or("ATW");
        return language
            .two(format!("Dit past niet bij je werktijden ({rule})."), format!("This does not fit your working time ({rule})."));
    };
    let rule = facts.text("rule").unwrap_or_default();
    let mut text = sentence(language, rule, measure, measured, limit);
    if facts.is_true("other_work") {
        text.push_str(language.two(" Je andere werk telt mee.", " Your other work counts too."));
    }
    text + &next(language, facts)
}

/// From when on it would be possible, where that is known.
pub(crate) fn next(language: Language, facts: Facts<'_>) -> String {
    let Some(time) = facts.instant("next_allowed") else { return String::new() };
    let (day, clock) = (clock::short_date(language, time.local_date()), clock::time(language, time));
    language.two(format!(" Vanaf {day} {clock} zou het wel kunnen."), format!(" From {day} {clock} on it would be possible."))
}

/// Something that is only allowed now and then, or by consent.
pub fn exception(language: Language, found: &api::Finding) -> String {
    let text = warning(language, found);
    format!("{text} {}", language.two("Dat mag deze keer.", "That is allowed this time."))
}

/// Something to know about a shift.
pub fn warning(language: Language, found: &api::Finding) -> String {
    match Measure::from_name(&found.measure) {
        Some(measure) => sentence(language, &found.rule, measure, found.measured, found.limit),
        None => language.two(format!("Let op je werktijden ({}).", found.rule), format!("Mind your working time ({}).", found.rule)),
    }
}

fn sentence(language: Language, rule: &str, measure: Measure, measured: i64, limit: i64) -> String {
    let amount = |number: i64| match (measure, measure.unit()) {
        (Measure::Notice, _) if number >= 2 * 24 * 60 => {
            let days = number / (24 * 60);
            language.two(format!("{days} dagen"), format!("{days} days"))
        }
        (_, Unit::Minutes) => clock::duration(language, number.max(0)),
        (_, Unit::Times | Unit::Days) => number.to_string(),
    };
    let (dutch, english) = words(measure);
    let text = language.two(dutch, english).replace("{m}", &amount(measured)).replace("{l}", &amount(limit));
    let source = if rule == Rule::Constraint.id() {
        language.two("grens op je rooster", "limit on your roster").to_owned()
    } else {
        rule.to_owned()
    };
    format!("{text} ({source}).")
}

/// Dutch and English, with `{m}` for what was measured and `{l}` for the limit.
fn words(measure: Measure) -> (&'static str, &'static str) {
    use Measure::*;
    match measure {
        Overlap => ("Je werkt dan al {m} op hetzelfde moment", "You already work {m} at the same time"),
        Rest => ("Tussen twee diensten zit {m} rust, en nodig is {l}", "Between two shifts there is {m} of rest, and {l} is needed"),
        ShortRestAgain => (
            "De rust tussen twee diensten is {m}, en korter dan {l} mag maar één keer in 7 dagen",
            "The rest between two shifts is {m}, and shorter than {l} is allowed only once in 7 days",
        ),
        RestMadeUp => (
            "Na een korte rust moet de volgende rust {l} zijn, en die is {m}",
            "After a short rest the next one must be {l}, and it is {m}",
        ),
        RestInShift => (
            "Binnen 24 uur is er hoogstens {m} rust achter elkaar, en nodig is {l}",
            "Within 24 hours there is at most {m} of rest in one go, and {l} is needed",
        ),
        RestAfterExtension => {
            ("Na een lange nachtdienst is {l} rust nodig, en er is {m}", "After a long night shift {l} of rest is needed, and there is {m}")
        }
        RestAfterSeries => (
            "Na een reeks nachtdiensten is {l} rust nodig, en er is {m}",
            "After a series of night shifts {l} of rest is needed, and there is {m}",
        ),
        rest => words_of_weeks(rest),
    }
}

/// Longer rest, and work in a shift and in weeks.
fn words_of_weeks(measure: Measure) -> (&'static str, &'static str) {
    use Measure::*;
    match measure {
        WeeklyRest => (
            "In 7 dagen is er hoogstens {m} rust achter elkaar, en nodig is {l}",
            "In 7 days there is at most {m} of rest in one go, and {l} is needed",
        ),
        FortnightRest => ("In 14 dagen is er {m} lange rust, en nodig is {l}", "In 14 days there is {m} of long rest, and {l} is needed"),
        TimeWithoutRest => {
            ("Je werkt {m} zonder lange rust, en dat mag hoogstens {l}", "You work {m} without a long rest, and at most {l} is allowed")
        }
        WeekRestTotal => ("In 7 dagen heb je {m} rust, en nodig is {l}", "In 7 days you have {m} of rest, and {l} is needed"),
        Span => (
            "Van begin tot eind duurt de dienst {m}, en dat mag hoogstens {l}",
            "From start to end the shift lasts {m}, and at most {l} is allowed",
        ),
        ShiftWork => (
            "Met wat er dichtbij ligt werk je {m} in één dienst, en dat mag hoogstens {l}",
            "With what is close to it you work {m} in one shift, and at most {l} is allowed",
        ),
        BlockWork => ("De dienst is {m} werk, en dat mag hoogstens {l}", "The shift is {m} of work, and at most {l} is allowed"),
        Breaks => ("De dienst heeft {m} pauze, en nodig is {l}", "The shift has {m} of breaks, and {l} is needed"),
        Split => (
            "Tussen twee delen van de dienst zit {m}, en dat mag hoogstens {l}",
            "Between two parts of the shift there is {m}, and at most {l} is allowed",
        ),
        WeekWork => {
            ("Je werkt dan {m} in die week, en dat mag hoogstens {l}", "You would work {m} in that week, and at most {l} is allowed")
        }
        FourWeekWork => {
            ("Je werkt dan {m} in vier weken, en dat mag hoogstens {l}", "You would work {m} in four weeks, and at most {l} is allowed")
        }
        PeriodWork => (
            "Je werkt dan {m} in zestien weken of langer, en dat mag hoogstens {l}",
            "You would work {m} in sixteen weeks or more, and at most {l} is allowed",
        ),
        PeriodWorkWithNights => (
            "Met zoveel nachtdiensten werk je {m} in zestien weken, en dat mag hoogstens {l}",
            "With so many night shifts you would work {m} in sixteen weeks, and at most {l} is allowed",
        ),
        HalfYearWork => {
            ("Je werkt dan {m} in 26 weken, en dat mag hoogstens {l}", "You would work {m} in 26 weeks, and at most {l} is allowed")
        }
        DayWork => ("Je werkt dan {m} in 24 uur, en dat mag hoogstens {l}", "You would work {m} in 24 hours, and at most {l} is allowed"),
        rest => words_of_numbers(rest),
    }
}

/// How many of something.
fn words_of_numbers(measure: Measure) -> (&'static str, &'static str) {
    use Measure::*;
    match measure {
        ShiftsInRow => (
            "Dit zijn {m} diensten achter elkaar met nachten erbij, en dat mogen er {l} zijn",
            "These are {m} shifts in a row with nights among them, and {l} are allowed",
        ),
        NightsInRow => (
            "Dit zijn {m} nachtdiensten achter elkaar, en dat mogen er {l} zijn",
            "These are {m} night shifts in a row, and {l} are allowed",
        ),
        Nights => (
            "Je hebt dan {m} nachtdiensten in zestien weken, en dat mogen er {l} zijn",
            "You would have {m} night shifts in sixteen weeks, and {l} are allowed",
        ),
        NightsInYear => (
            "Je hebt dan {m} nachtdiensten in een jaar, en dat mogen er {l} zijn",
            "You would have {m} night shifts in a year, and {l} are allowed",
        ),
        NightHours => (
            "Je werkt dan {m} tussen 00:00 en 06:00 in twee weken, en dat mag hoogstens {l}",
            "You would work {m} between 00:00 and 06:00 in two weeks, and at most {l} is allowed",
        ),
        Extensions => (
            "Je hebt dan {m} lange nachtdiensten in twee weken, en dat mogen er {l} zijn",
            "You would have {m} long night shifts in two weeks, and {l} are allowed",
        ),
        ExtensionsInYear => (
            "Je hebt dan {m} lange nachtdiensten in een jaar, en dat mogen er {l} zijn",
            "You would have {m} long night shifts in a year, and {l} are allowed",
        ),
        ForbiddenHours => ("De dienst valt {m} in uren waarin jij niet werkt", "{m} of the shift are in hours at which you do not work"),
        ForbiddenKind => ("Dit soort dienst is niet voor jou", "This kind of shift is not for you"),
        PresenceDuties => (
            "Je hebt dan {m} aanwezigheidsdiensten in 26 weken, en dat mogen er {l} zijn",
            "You would have {m} presence duties in 26 weeks, and {l} are allowed",
        ),
        ReachableInWeek => (
            "Je hebt dan {m} bereikbaarheidsdiensten in 7 dagen, en dat mogen er {l} zijn",
            "You would have {m} reachable duties in 7 days, and {l} are allowed",
        ),
        ReachableInPeriod => (
            "Je hebt dan {m} bereikbaarheidsdiensten in zestien weken, en dat mogen er {l} zijn",
            "You would have {m} reachable duties in sixteen weeks, and {l} are allowed",
        ),
        OnCallDays => (
            "Je hebt dan op {m} dagen in vier weken oproepdienst, en dat mogen er {l} zijn",
            "You would be on call on {m} days in four weeks, and {l} are allowed",
        ),
        FreePairs => (
            "Je hebt in vier weken {m} keer twee dagen achter elkaar vrij, en nodig is {l} keer",
            "In four weeks you have two days off in a row {m} times, and {l} times are needed",
        ),
        rest => words_of_days(rest),
    }
}

/// What is about nights, days off and how early people know.
fn words_of_days(measure: Measure) -> (&'static str, &'static str) {
    use Measure::*;
    match measure {
        OnCallBeforeNight => (
            "Tussen oproepdienst en nachtdienst zit {m}, en nodig is {l}",
            "Between on-call duty and the night shift there is {m}, and {l} is needed",
        ),
        OnCallAfterNight => (
            "Tussen nachtdienst en oproepdienst zit {m}, en nodig is {l}",
            "Between the night shift and on-call duty there is {m}, and {l} is needed",
        ),
        SaturdayWork => (
            "Wie onder de 18 op zondag werkt, is op de zaterdag ervoor vrij",
            "Who is under 18 and works on Sunday has the Saturday before off",
        ),
        SundayWork => {
            ("Je werkt dan op een zondag, en daarover is niets afgesproken", "You would work on a Sunday, which was not agreed on")
        }
        FreeSundays => (
            "Je hebt dan nog {m} vrije zondagen in een jaar, en dat zijn er minstens {l}",
            "You would have {m} free Sundays left in a year, and at least {l} are meant",
        ),
        FreeWeekends => (
            "Je hebt dan nog {m} vrije weekenden in een jaar, en dat zijn er minstens {l}",
            "You would have {m} free weekends left in a year, and at least {l} are meant",
        ),
        Notice => (
            "De dienst begint over {m}, en een rooster is meestal {l} ervoor bekend",
            "The shift begins in {m}, and a roster is usually known {l} before",
        ),
        FirstNight => (
            "Dit is je eerste nachtdienst, en je mag eerst een gezondheidskeuring",
            "This is your first night shift, and you may have a health check first",
        ),
        _ => ("Dit past niet bij je werktijden", "This does not fit your working time"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn every_measure_has_words_of_its_own_in_both_languages() {
        let mut seen = std::collections::HashSet::new();
        for measure in Measure::ALL {
            let (dutch, english) = words(*measure);
            assert!(!dutch.starts_with("Dit past niet"), "{measure:?} has no words");
            assert!(seen.insert(dutch) && seen.insert(english), "{measure:?} says the same as another one");
            for language in Language::ALL {
                let text = sentence(language, "ATW-05", *measure, 480, 660);
                assert!(text.ends_with("(ATW-05).") && !text.contains(['{', '}']), "{text}");
            }
        }
    }

    #[test]
    fn a_refusal_says_what_was_measured_and_from_when_on_it_would_be_possible() {
        let facts: HashMap<String, String> = [
            ("rule", "ATW-03"),
            ("measure", "WeekWork"),
            ("measured", "3660"),
            ("limit", "3600"),
            ("unit", "MINUTES"),
            ("other_work", "true"),
            ("next_allowed", "2026-05-05T08:00:00Z"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
        assert_eq!(
            refusal(Language::Dutch, Facts(&facts)),
            "Je werkt dan 61 uur in die week, en dat mag hoogstens 60 uur (ATW-03). Je andere werk telt mee. Vanaf di 5 mei 10:00 zou het wel kunnen."
        );
        assert_eq!(
            refusal(Language::English, Facts(&facts)),
            "You would work 61 hours in that week, and at most 60 hours is allowed (ATW-03). Your other work counts too. From Tue 5 May 10:00 on it would be possible."
        );
        assert_eq!(refusal(Language::English, Facts(&HashMap::new())), "This does not fit your working time (ATW).");
    }

    #[test]
    fn a_limit_on_the_roster_says_nothing_of_its_cause() {
        let text = sentence(Language::Dutch, "CONSTRAINT", Measure::ForbiddenHours, 480, 0);
        assert_eq!(text, "De dienst valt 8 uur in uren waarin jij niet werkt (grens op je rooster).");
    }

    #[test]
    fn what_is_beside_a_shift_is_a_warning_or_an_exception() {
        let found = |rule: &str, measure: Measure, measured, limit| api::Finding {
            rule: rule.to_owned(),
            measure: measure.name().to_owned(),
            measured,
            limit,
            ..api::Finding::default()
        };
        assert_eq!(
            exception(Language::English, &found("ATW-05", Measure::Rest, 480, 660)),
            "Between two shifts there is 8 hours of rest, and 11 hours is needed (ATW-05). That is allowed this time."
        );
        assert_eq!(
            warning(Language::Dutch, &found("ATW-16", Measure::Notice, 5 * 24 * 60 + 7, 28 * 24 * 60)),
            "De dienst begint over 5 dagen, en een rooster is meestal 28 dagen ervoor bekend (ATW-16)."
        );
        let later = api::Finding { rule: "ATW-99".to_owned(), measure: "Unheard".to_owned(), ..api::Finding::default() };
        assert_eq!(warning(Language::English, &later), "Mind your working time (ATW-99).");
    }
}
