//! Forms as data: which fields they have, what was filled in, what is wrong with it. One template shows them all.

use axum::{
    extract::{FromRequest, Request},
    http::StatusCode,
};
use chassis::{ids::random_uuid, time::LocalDate};
use chrono::NaiveDate;
use wording::Words;

use crate::failure::{Failure, Problems};

/// What somebody filled in, in the order of the form.
#[derive(Debug, Default, Clone)]
pub(crate) struct Input(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Input {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let form = axum::Form::<Vec<(String, String)>>::from_request(request, state).await;
        form.map(|axum::Form(pairs)| Self(pairs)).map_err(|_| Failure::NotFound)
    }
}

impl Input {
    /// The text in a field, without blanks around it; empty when it is absent.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.trim()).unwrap_or_default()
    }

    /// Every value of a field that may be chosen several times.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(field, value)| field == name && !value.trim().is_empty()).map(|(_, value)| value.trim().to_owned()).collect()
    }

    /// The same for another try, where the first one was taken and its request id with it (D25).
    #[must_use]
    pub(crate) fn afresh(mut self) -> Self {
        self.0.retain(|(field, _)| field != "request_id");
        self
    }

    /// A whole number; what is none becomes one that every service refuses.
    pub(crate) fn number(&self, name: &str) -> i32 {
        self.text(name).parse().unwrap_or(-1)
    }

    /// The day in a field, as browsers send it or as people write it.
    pub(crate) fn date(&self, name: &str) -> Option<LocalDate> {
        let text = self.text(name);
        let written = ["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"];
        written.iter().find_map(|format| NaiveDate::parse_from_str(text, format).ok()).map(LocalDate)
    }

    /// As [`Input::date`], for a message.
    pub(crate) fn proto_date(&self, name: &str) -> Option<proto::Date> {
        self.date(name).map(LocalDate::to_proto)
    }

    /// Minutes since midnight of a time such as `07:30` or `730`.
    pub(crate) fn minute(&self, name: &str) -> Option<u32> {
        let digits: String = self.text(name).chars().filter(char::is_ascii_digit).collect();
        let digits = if digits.len() > 4 { digits.get(..4)?.to_owned() } else { digits };
        if !(3..=4).contains(&digits.len()) {
            return None;
        }
        let (hours, minutes) = digits.split_at(digits.len() - 2);
        let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
        (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
    }

    /// Numbers between commas, blanks or line ends.
    pub(crate) fn numbers(&self, name: &str) -> Vec<String> {
        let parts = self.text(name).split([',', ';', '\n', '\r', ' ']);
        parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// Words between commas or line ends.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        self.text(name)
            .split([',', ';', '\n'])
            .map(|word| word.trim().to_lowercase().replace(' ', "-"))
            .filter(|word| !word.is_empty())
            .collect()
    }
}

/// How a field is shown.
pub(crate) enum Kind {
    /// One line of text, at most so long.
    Text(usize),
    /// Several lines of text, together at most so long.
    Lines(usize),
    Date,
    Time,
    /// A whole number between two bounds.
    Number(i32, i32),
    /// One of these.
    Select(Vec<Choice>),
    /// Any of these.
    Checks(Vec<Choice>),
    /// Not shown.
    Hidden,
}

/// Something to choose.
#[derive(Clone)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) chosen: bool,
}

impl Choice {
    /// Not chosen yet.
    pub(crate) fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), chosen: false }
    }
}

/// A field of a form.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: String,
    pub(crate) hint: Option<String>,
    pub(crate) kind: Kind,
    pub(crate) value: String,
    pub(crate) required: bool,
    pub(crate) errors: Vec<String>,
    pub(crate) autocomplete: &'static str,
}

impl Field {
    /// Unique on the page, for labels.
    pub(crate) fn id(&self, form: &str) -> String {
        format!("{form}-{}", self.name)
    }

    /// Whether a list to choose from also offers nothing: while nothing is chosen, and always where it may stay so.
    pub(crate) fn offers_nothing(&self) -> bool {
        !self.required || !matches!(&self.kind, Kind::Select(choices) if choices.iter().any(|choice| choice.chosen))
    }

    /// Whether two such fields stand side by side.
    pub(crate) fn is_short(&self) -> bool {
        matches!(self.kind, Kind::Time)
    }

    fn takes(&self, path: &str) -> bool {
        let plain = path.split('[').next().unwrap_or_default();
        plain == self.name || path.split('.').any(|part| part.split('[').next() == Some(self.name))
    }
}

/// A form.
pub(crate) struct Form {
    pub(crate) id: &'static str,
    pub(crate) action: String,
    pub(crate) submit: &'static str,
    pub(crate) request_id: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) problems: Vec<String>,
    pub(crate) status: StatusCode,
}

impl Form {
    /// A form without fields. Its request id makes sending it twice harmless (D25).
    pub(crate) fn new(id: &'static str, action: impl Into<String>, submit: &'static str) -> Self {
        Self {
            id,
            action: action.into(),
            submit,
            request_id: random_uuid().to_string(),
            fields: Vec::new(),
            problems: Vec::new(),
            status: StatusCode::OK,
        }
    }

    /// The form with one more field, required.
    #[must_use]
    pub(crate) fn field(mut self, name: &'static str, label: impl Into<String>, kind: Kind) -> Self {
        let (value, errors) = (String::new(), Vec::new());
        let required = !matches!(kind, Kind::Checks(_) | Kind::Hidden);
        self.fields.push(Field { name, label: label.into(), hint: None, kind, value, required, errors, autocomplete: "off" });
        self
    }

    fn last(mut self, change: impl FnOnce(&mut Field)) -> Self {
        if let Some(field) = self.fields.last_mut() {
            change(field);
        }
        self
    }

    /// The last field may be empty.
    #[must_use]
    pub(crate) fn optional(self) -> Self {
        self.last(|field| field.required = false)
    }

    /// The last field is explained.
    #[must_use]
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        self.last(|field| field.hint = Some(hint.into()))
    }

    /// The last field begins with this value.
    #[must_use]
    pub(crate) fn value(self, value: impl Into<String>) -> Self {
        self.last(|field| field.set(vec![value.into()]))
    }

    /// The form as it was filled in, with the same request id.
    #[must_use]
    pub(crate) fn filled(mut self, input: &Input) -> Self {
        for field in &mut self.fields {
            field.set(input.all(field.name));
        }
        let id = input.text("request_id");
        if !id.is_empty() {
            self.request_id = id.to_owned();
        }
        self
    }

    /// The form with what is wrong at its fields; what has no field stands on top. It keeps its request id, for only successes are kept
    /// under one (D25): so nothing happens twice when the answer to a success was lost.
    #[must_use]
    pub(crate) fn blamed(mut self, words: Words, problems: Problems) -> Self {
        self.status = problems.status;
        self.problems.extend(problems.general);
        for (path, text) in problems.fields {
            if path == "request_id" {
                self.request_id = random_uuid().to_string();
            }
            match self.fields.iter_mut().find(|field| field.takes(&path)) {
                Some(field) if !field.errors.contains(&text) => field.errors.push(text),
                Some(_) => {}
                None => self.problems.push(format!("{path}: {text}")),
            }
        }
        if self.problems.is_empty() {
            self.problems.push(words.form_has_problems().to_owned());
        }
        self
    }
}

impl Field {
    fn set(&mut self, values: Vec<String>) {
        match &mut self.kind {
            Kind::Select(choices) | Kind::Checks(choices) => {
                for choice in choices {
                    choice.chosen = values.contains(&choice.value);
                }
            }
            _ => self.value = values.into_iter().next().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(pairs: &[(&str, &str)]) -> Input {
        Input(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn times_and_days_are_read_as_people_write_them() {
        for (text, minute) in
            [("07:30", Some(450)), ("7.30", Some(450)), ("0730", Some(450)), ("23:59:00", Some(1439)), ("24:00", None), ("x", None)]
        {
            assert_eq!(input(&[("t", text)]).minute("t"), minute, "{text}");
        }
        for text in ["2026-11-24", "24-11-2026", "24/11/2026"] {
            assert_eq!(input(&[("d", text)]).date("d").map(|date| date.to_string()).as_deref(), Some("2026-11-24"), "{text}");
        }
        assert_eq!(input(&[("d", "2026-02-31")]).date("d"), None);
    }

    #[test]
    fn what_is_wrong_stands_at_its_field() {
        let words = Words(wording::Language::English);
        let form = Form::new("ward", "/x", "Save").field("name", "Name", Kind::Text(120)).field("postcode", "Postcode", Kind::Text(7));
        let given = input(&[("name", "Zonnehof"), ("postcode", "12"), ("request_id", "one")]);
        let problems = Problems {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            general: None,
            fields: vec![("ward.postcode".to_owned(), "Wrong.".to_owned()), ("elsewhere".to_owned(), "Odd.".to_owned())],
        };
        let form = form.filled(&given).blamed(words, problems);
        assert_eq!(form.fields[0].value, "Zonnehof");
        assert_eq!(form.fields[1].errors, ["Wrong."]);
        assert_eq!(form.problems, ["elsewhere: Odd."]);
        assert_eq!(form.request_id, "one");
        let used = Problems { fields: vec![("request_id".to_owned(), "Used.".to_owned())], ..Problems::default() };
        assert_ne!(form.blamed(words, used).request_id, "one");
    }
}
