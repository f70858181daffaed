//! What is wrong with a field. Services say it in English, as a part of a sentence that reads on from the field's name; programs read that.
//! People read a whole sentence in their own language.

use crate::Language;

/// The sentence for what a service expected of a field.
pub fn expected(language: Language, expected: &str) -> String {
    let (main, rule) = split_rule(expected);
    let text = known(language, main).unwrap_or_else(|| match language {
        Language::English => format!("This {main}."),
        Language::Dutch => "Dit klopt niet.".to_owned(),
    });
    match rule {
        Some(rule) => format!("{text} ({rule})"),
        None => text,
    }
}

/// Whether there is a sentence for this in both languages.
pub fn is_known(expected: &str) -> bool {
    known(Language::Dutch, split_rule(expected).0).is_some()
}

/// Cuts the cited rule off: `is not 8 digits (IDN-01)`. Decisions of the design, such as `(D12)`, are for programmers.
fn split_rule(expected: &str) -> (&str, Option<&str>) {
    match expected.trim().strip_suffix(')').and_then(|text| text.rsplit_once(" (")) {
        Some((main, rule)) if rule.contains('-') => (main, Some(rule)),
        Some((main, _)) => (main, None),
        None => (expected.trim(), None),
    }
}

fn known(language: Language, main: &str) -> Option<String> {
    let first_word = |text: &str| text.split_whitespace().next().unwrap_or_default().to_owned();
    if let Some(max) = main.strip_prefix("is longer than ").map(first_word) {
        return Some(
            language.two(format!("Dit is te lang: hoogstens {max} tekens."), format!("This is too long: at most {max} characters.")),
        );
    }
    if main == "is not between two years ago and five years ahead" {
        return Some(language.two("Dit ligt te ver weg.", "This is too far away.").to_owned());
    }
    if let Some(range) = main.strip_prefix("is not between ") {
        let dutch = range.replace(" and ", " en ").replace(" years ago", " jaar geleden");
        let named = ["1900", "the years"].iter().any(|start| range.starts_with(start));
        return Some(match (named, range.ends_with("years ago")) {
            (true, _) => language.two("Dit is geen dag op de kalender.", "This is no day of the calendar.").to_owned(),
            (_, true) => language.two(format!("Dit moet tussen {dutch} zijn."), format!("This must be between {range}.")),
            _ => language.two(format!("Vul een getal in tussen {dutch}."), format!("Fill in a number between {range}.")),
        });
    }
    if let Some(digits) = main.strip_prefix("is not ").and_then(|rest| rest.strip_suffix(" digits")) {
        return Some(language.two(format!("Dit moeten {digits} cijfers zijn."), format!("This must be {digits} digits.")));
    }
    // These name the time and the day first: `02:30 does not exist on 2027-03-28 in Europe/Amsterdam`.
    let about_clock = |start: &str| start.starts_with("does not") && main.contains(start);
    let found = SENTENCES.iter().find(|(start, _, _)| main.starts_with(start) || about_clock(start));
    found.map(|(_, dutch, english)| language.two(*dutch, *english).to_owned())
}

/// The beginnings of what services say, the longer of two alike first.
const SENTENCES: &[(&str, &str, &str)] = &[
    ("is required with big_valid_until", "Vul ook het BIG-nummer in.", "Fill in the BIG number too."),
    ("is required with a number", "Vul in tot wanneer de registratie geldig is.", "Fill in until when the registration is valid."),
    ("is required for this role", "Kies een organisatie voor deze rol.", "Choose an organisation for this role."),
    ("is required: at least one", "Kies er minstens één.", "Choose at least one."),
    ("is required", "Vul dit in.", "Fill this in."),
    ("is missing", "Vul dit in.", "Fill this in."),
    (
        "must be empty: this role",
        "Laat dit leeg: deze rol geldt voor de hele regio.",
        "Leave this empty: this role is for the whole region.",
    ),
    ("must be empty", "Laat dit leeg.", "Leave this empty."),
    ("is set by the service", "Laat dit leeg.", "Leave this empty."),
    ("has control characters", "Hier staan tekens in die niet mogen.", "There are characters in this that are not allowed."),
    (
        "holds what looks like a citizen service number",
        "Dit lijkt op een burgerservicenummer. Dat mag hier niet staan.",
        "This looks like a citizen service number, which may not stand here.",
    ),
    ("is not an RSIN", "Dit is geen RSIN: 9 cijfers die kloppen.", "This is no RSIN: 9 digits that add up."),
    ("is not a VAT number", "Dit is geen btw-nummer, zoals NL001234567B01.", "This is no VAT number, such as NL001234567B01."),
    ("is not of this organisation", "Dit hoort niet bij deze organisatie.", "This does not belong to this organisation."),
    ("is not a Dutch postcode", "Dit is geen Nederlandse postcode, zoals 5825 AB.", "This is no Dutch postcode, such as 5825 AB."),
    ("is not a day between", "Dit is geen dag op de kalender.", "This is no day of the calendar."),
    ("is not a time between", "Dit is geen tijd tussen 00:00 en 23:59.", "This is no time between 00:00 and 23:59."),
    (
        "does not exist on",
        "Deze tijd bestaat op die dag niet: de klok gaat vooruit.",
        "This time does not exist on that day: the clock goes forward.",
    ),
    ("does not come twice", "Deze tijd komt op die dag maar één keer voor.", "This time comes only once on that day."),
    ("is in the past", "Dit ligt in het verleden.", "This is in the past."),
    ("is more than 24 hours after", "Een dienst duurt hoogstens 24 uur.", "A shift lasts at most 24 hours."),
    ("is more than 72 hours after", "Dit duurt hoogstens 72 uur.", "This lasts at most 72 hours."),
    ("is more than 62 days after", "Hoogstens 62 dagen in één keer.", "At most 62 days at once."),
    ("is not in the window", "Dit ligt buiten de gekozen dagen.", "This is outside the chosen days."),
    ("is not shorter than the work", "De pauze moet korter zijn dan het werk.", "The break must be shorter than the work."),
    ("is not a known kind of work", "Kies een soort werk.", "Choose a kind of work."),
    ("is not after the start", "Dit moet later zijn dan het begin.", "This must be later than the start."),
    (
        "is earlier than for those who come first",
        "Wie later komt in de rij, wacht langer of even lang.",
        "Who comes later in the row waits longer or as long.",
    ),
    ("is the begin itself", "Begin en einde zijn gelijk.", "Begin and end are the same."),
    ("is before the notice is over", "Dit is voor het einde van de opzegtermijn.", "This is before the notice is over."),
    ("is after the last day that was agreed", "De overeenkomst eindigt al eerder.", "The agreement ends sooner already."),
    ("is in the future", "Dit ligt in de toekomst.", "This is in the future."),
    ("is before the first day", "Dit ligt voor de eerste dag.", "This is before the first day."),
    ("is not shorter than the shift", "De pauze moet korter zijn dan de dienst.", "The break must be shorter than the shift."),
    ("is negative", "Dit kan niet minder dan 0 zijn.", "This cannot be less than 0."),
    ("is not a code of", "Gebruik alleen kleine letters, cijfers en streepjes.", "Use only lower case letters, digits and hyphens."),
    ("is not lower case", "Gebruik alleen kleine letters, cijfers en streepjes.", "Use only lower case letters, digits and hyphens."),
    ("is not a known function level", "Kies een niveau.", "Choose a level."),
    ("is not a value of", "Kies iets uit de lijst.", "Choose something from the list."),
    ("is not an employment of yours", "Dit is geen dienstverband van jou.", "This is no employment of yours."),
    ("is not an id", "Kies iets uit de lijst.", "Choose something from the list."),
    ("is not for people", "Deze rol is niet voor mensen.", "This role is not for people."),
    ("is only for the self-employed", "Dit is alleen voor zzp'ers.", "This is only for the self-employed."),
    ("is in the future", "Dit ligt in de toekomst.", "This is in the future."),
    ("is only for the role worker", "Dit is alleen voor een medewerker.", "This is only for a worker."),
    ("is not known", "Dit is niet bekend.", "This is not known."),
    ("is there twice", "Dit staat er twee keer.", "This stands there twice."),
    ("stands there twice", "Dit staat er twee keer.", "This stands there twice."),
    ("are more than", "Dit zijn er te veel.", "These are too many."),
    ("has more than", "Dit zijn er te veel.", "These are too many."),
    ("would be one more than", "Dit zijn er te veel.", "These are too many."),
    ("is not a token of this list", "Deze bladzijde is er niet meer. Begin opnieuw.", "This page is no longer there. Begin again."),
    (
        "was used before",
        "Dit formulier is al verstuurd met iets anders erin. Kijk wat er staat en verstuur het opnieuw.",
        "This form was already sent with something else in it. Check it and send it again.",
    ),
    ("is not an e-mail address", "Dit is geen e-mailadres.", "This is no e-mail address."),
    ("is not of its type", "Dit klopt niet.", "This is not right."),
    ("is not a fact of this reason", "Dit hoort hier niet bij.", "This does not belong here."),
    ("is not a token of a mail", "Deze link klopt niet meer.", "This link is no longer right."),
    ("is not one of", "Kies iets uit de lijst.", "Choose something from the list."),
    ("is not a UUID", "Dit formulier is niet meer geldig. Verstuur het opnieuw.", "This form is no longer valid. Send it again."),
    // `is not 1 to 50 roles`, `is not 2 to 40 lower case letters`.
    ("is not ", "Het aantal klopt niet.", "The number is not right."),
];
