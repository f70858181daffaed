//! The form of what is agreed, for a first and for another version.

use chassis::time::LocalDate;
use proto::members::{Agreement, Basis, FunctionLevel, LenderRegistration, Programme, SharingScope, Tariff, VatDecision, VatTreatment};
use wording::{Words, states};

use crate::forms::{Choice, Form, Input, Kind};

/// Names of the fields for tariffs, by the number of the level.
const TARIFFS: [&str; 11] =
    ["", "tariff_1", "tariff_2", "tariff_3", "tariff_4", "tariff_5", "tariff_6", "tariff_7", "tariff_8", "tariff_9", "tariff_10"];

/// Every level that has a field for its tariff.
fn levels() -> impl Iterator<Item = (FunctionLevel, &'static str)> {
    (1..).map_while(|number| FunctionLevel::try_from(number).ok()).filter_map(|level| Some((level, *TARIFFS.get(level as usize)?)))
}

fn choices<T: Copy + Into<i32> + TryFrom<i32>>(
    words: Words,
    name: fn(wording::Language, T) -> &'static str,
    chosen: &[i32],
) -> Vec<Choice> {
    let all = (1..).map_while(|number| T::try_from(number).ok());
    all.map(|value| Choice { chosen: chosen.contains(&value.into()), ..Choice::new(value.into().to_string(), name(words.0, value)) })
        .collect()
}

/// The fields of what is agreed, filled in as in `known`. The works council's day is asked for with the first version only: later ones
/// follow what is recorded.
fn content(words: Words, form: Form, known: &Agreement, is_first: bool) -> Form {
    let iso = |date: &Option<proto::Date>| date.as_ref().and_then(LocalDate::from_proto).map(|day| day.to_string()).unwrap_or_default();
    let vat = known.vat.clone().unwrap_or_default();
    let lender = known.lender_registration.clone().unwrap_or_default();
    let programmes = if known.programmes.is_empty() { vec![Programme::Flexpool.into()] } else { known.programmes.clone() };
    let scope = if known.scope == 0 { SharingScope::Both.into() } else { known.scope };
    let mut form = form
        .field("from", words.field_from(), Kind::Date)
        .value(iso(&known.from))
        .field("until", words.field_until(), Kind::Date)
        .value(iso(&known.until))
        .optional()
        .hint(words.hint_until())
        .field("programmes", words.field_programmes(), Kind::Checks(choices::<Programme>(words, states::programme, &programmes)))
        .field("bases", words.field_bases(), Kind::Checks(choices::<Basis>(words, states::basis, &known.bases)))
        .hint(words.hint_bases())
        .field("scope", words.field_scope(), Kind::Select(choices::<SharingScope>(words, states::sharing_scope, &[scope])))
        .field("notice_days", words.field_notice(), Kind::Number(0, 366))
        .value(known.notice_days.to_string())
        .field("treatment", words.field_vat(), Kind::Select(choices::<VatTreatment>(words, states::vat_treatment, &[vat.treatment])))
        .optional()
        .field("reason", words.field_vat_reason(), Kind::Text(500))
        .value(vat.reason)
        .optional()
        .field("decided_by", words.field_vat_decided_by(), Kind::Text(120))
        .value(vat.decided_by)
        .optional()
        .field("valid_from", words.field_vat_from(), Kind::Date)
        .value(iso(&vat.valid_from))
        .optional()
        .field("checked_on", words.field_lender_checked_on(), Kind::Date)
        .value(iso(&lender.checked_on))
        .optional()
        .hint(words.hint_lender())
        .field("checked_by", words.field_lender_checked_by(), Kind::Text(120))
        .value(lender.checked_by)
        .optional();
    if is_first {
        form = form.field("works_council_decided_on", words.field_works_council(), Kind::Date).optional().hint(words.hint_works_council());
    }
    for (level, name) in levels() {
        let tariff = known.tariffs.iter().find(|tariff| tariff.function_level() == level);
        let euros = tariff.map(|tariff| format!("{},{:02}", tariff.cents_per_hour / 100, tariff.cents_per_hour % 100));
        let label = format!("{}: {}", words.tariffs_title(), states::function_level(words.0, level));
        form = form.field(name, label, Kind::Text(8)).value(euros.unwrap_or_default()).optional();
    }
    form.hint(words.hint_tariff())
}

/// What was filled in.
pub(crate) fn content_of(input: &Input) -> Agreement {
    let has = |names: &[&str]| names.iter().any(|name| !input.text(name).is_empty());
    let numbers = |name: &str| input.all(name).iter().filter_map(|number| number.parse().ok()).collect();
    let tariff = |(level, name): (FunctionLevel, &str)| {
        let text = input.text(name);
        (!text.is_empty()).then(|| Tariff { function_level: level.into(), cents_per_hour: cents(text) })
    };
    Agreement {
        from: input.proto_date("from"),
        until: input.proto_date("until"),
        bases: numbers("bases"),
        works_council_decided_on: input.proto_date("works_council_decided_on"),
        programmes: numbers("programmes"),
        scope: input.text("scope").parse().unwrap_or(-1),
        tariffs: levels().filter_map(tariff).collect(),
        vat: has(&["treatment", "reason", "decided_by", "valid_from"]).then(|| VatDecision {
            treatment: input.text("treatment").parse().unwrap_or(0),
            reason: input.text("reason").to_owned(),
            decided_by: input.text("decided_by").to_owned(),
            valid_from: input.proto_date("valid_from"),
        }),
        lender_registration: has(&["checked_on", "checked_by"])
            .then(|| LenderRegistration { checked_on: input.proto_date("checked_on"), checked_by: input.text("checked_by").to_owned() }),
        notice_days: input.number("notice_days"),
        ..Agreement::default()
    }
}

/// Cents of an amount as people write it, `32`, `32,5` or `32.50`; what is none becomes one that is refused.
pub(crate) fn cents(euros: &str) -> i32 {
    let (whole, part) = euros.trim_start_matches(['€', ' ']).split_once([',', '.']).unwrap_or((euros, "0"));
    if part.len() > 2 {
        return -1;
    }
    let part: String = part.chars().chain("00".chars()).take(2).collect();
    match (whole.trim_start_matches(['€', ' ']).parse::<i32>(), part.parse::<i32>()) {
        (Ok(whole), Ok(part)) if (0..=100_000).contains(&whole) => whole * 100 + part,
        _ => -1,
    }
}

/// The form for a new agreement.
pub(crate) fn form(words: Words, path: &str, today: LocalDate) -> Form {
    let known = Agreement { from: Some(today.to_proto()), ..Agreement::default() };
    let form = Form::new("agreement", format!("{path}/agreements#agreement"), words.agreement_submit());
    content(words, form, &known, true)
        .field("association_on", words.field_signed_association(), Kind::Date)
        .optional()
        .hint(words.hint_signed())
        .field("organisation_on", words.field_signed_organisation(), Kind::Date)
        .optional()
}

/// A day so many days later.
pub(crate) fn after(day: LocalDate, days: i32) -> LocalDate {
    LocalDate(day.0 + chrono::Duration::days(i64::from(days)))
}

/// The form for another version, from tomorrow on.
pub(crate) fn amendment(words: Words, path: &str, before: &Agreement, today: LocalDate) -> Form {
    let form = Form::new("amend", format!("{path}/amend#amend"), words.agreement_amend());
    let form = form.field("etag", "", Kind::Hidden).value(&before.etag);
    let known = Agreement { from: Some(after(today, 1).to_proto()), ..before.clone() };
    content(words, form, &known, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, expected) in [("32", 3200), ("32,5", 3250), ("32.50", 3250), ("€ 32,50", 3250), ("0,05", 5), ("32,505", -1), ("x", -1)]
        {
            assert_eq!(cents(text), expected, "{text}");
        }
    }

    #[test]
    fn every_level_has_a_field_for_its_tariff() {
        assert_eq!(levels().count(), (1..).map_while(|number| FunctionLevel::try_from(number).ok()).count());
    }
}
