//! What is wrong with a field. Services say it in English, as a part of a sentence that reads on from the field's name; programs read that.
//! People read a whole sentence in their own language.

use crate::Language;

/// The sentence for what a service expected of a field.
pub fn expected(language: Language, expected: &str) -> String {
    let (main, rule) = split_rule(expected);
    let text = match language {
        Language::English => sentence(&format!("This {main}")),
        Language::Dutch => dutch(main),
    };
    match rule {
        Some(rule) => format!("{text} ({rule})"),
        None => text,
    }
}

/// Cuts the cited rule or decision off: `is required (D12)`.
fn split_rule(expected: &str) -> (&str, Option<&str>) {
    match expected.trim().strip_suffix(')').and_then(|text| text.rsplit_once(" (")) {
        Some((main, rule)) if rule.chars().any(|c| c.is_ascii_digit()) && rule.len() <= 12 => (main, Some(rule)),
        _ => (expected.trim(), None),
    }
}

fn sentence(text: &str) -> String {
    if text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

fn dutch(main: &str) -> String {
    let number_after = |prefix: &str| main.strip_prefix(prefix).map(|rest| rest.split_whitespace().next().unwrap_or_default());
    if let Some(max) = number_after("is longer than ") {
        return format!("Dit is te lang: hoogstens {max} tekens.");
    }
    if let Some(range) = main.strip_prefix("is not between ") {
        return format!("Dit moet liggen tussen {}.", range.replace(" and ", " en "));
    }
    for (english, dutch) in KNOWN {
        if main.starts_with(english) {
            return (*dutch).to_owned();
        }
    }
    "Dit klopt niet.".to_owned()
}

/// The beginnings of what services expect, the longer of two alike first.
const KNOWN: &[(&str, &str)] = &[
    ("is required", "Vul dit in."),
    ("has control characters", "Hier staan tekens in die niet mogen."),
    ("is not a Dutch postcode", "Dit is geen Nederlandse postcode, zoals 5825 AB."),
    ("is not a day between", "Dit is geen dag op de kalender."),
    ("is not a time between", "Dit is geen tijd tussen 00:00 en 23:59."),
    ("does not exist on that day", "Deze tijd bestaat op die dag niet: de klok gaat vooruit."),
    ("does not come twice", "Deze tijd komt op die dag maar één keer voor."),
    ("is in the past", "Dit ligt in het verleden."),
    ("lies in the past", "Dit ligt in het verleden."),
    ("is not after", "Dit moet later zijn dan het begin."),
    ("is before", "Dit ligt voor de eerste dag."),
    ("is not an id", "Kies iets uit de lijst."),
    ("is unknown", "Kies iets uit de lijst."),
    ("is not a page token", "Deze bladzijde is er niet meer. Begin opnieuw."),
    ("is not a token of this list", "Deze bladzijde is er niet meer. Begin opnieuw."),
    ("was used before", "Dit formulier is al gebruikt voor iets anders. Laad de bladzijde opnieuw."),
    ("is not a UUID", "Dit formulier is niet meer geldig. Laad de bladzijde opnieuw."),
    ("is set by the service", "Laat dit leeg."),
];
