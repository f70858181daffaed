//! Values that stand nowhere by chance.

use chassis::{ids::random_uuid, time::LocalDate};
use chrono::{Datelike, NaiveDate};
use prost::Message;

use super::haystacks::Haystack;

/// The values that were given away, and what each is.
pub(super) struct Canaries(Vec<Canary>);

/// A value in every way in which it may be written, in lower case.
struct Canary {
    what: String,
    forms: Vec<Vec<u8>>,
}

impl Canaries {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// A word for a field of text.
    pub(super) fn word(&mut self, what: &str) -> String {
        let letters = random_uuid().as_bytes()[..10].iter().map(|byte| char::from(b'a' + byte % 26)).collect::<String>();
        let word = format!("kanarie{letters}");
        self.keep(what, &word);
        word
    }

    /// So many digits.
    pub(super) fn digits(&mut self, what: &str, count: usize) -> String {
        let digits: String = random_uuid().as_bytes().iter().take(count).map(|byte| char::from(b'1' + byte % 9)).collect();
        self.keep(what, &digits);
        digits
    }

    /// A postcode. Its digits may be told, the letters may not.
    pub(super) fn postcode(&mut self) -> String {
        let random = random_uuid();
        let bytes = random.as_bytes();
        let letter = |byte: u8| char::from(b'G' + byte % 12);
        let (digits, letters) = (6000 + u16::from(bytes[0]) * 3, format!("{}{}", letter(bytes[1]), letter(bytes[2])));
        let forms = [format!("{digits}{letters}"), format!("{digits} {letters}")];
        self.add("a postcode", forms.map(String::into_bytes).to_vec());
        format!("{digits}{letters}")
    }

    /// A day so long ago that nobody came of age by then, in every way in which it may be written.
    pub(super) fn day(&mut self, what: &str) -> LocalDate {
        let random = random_uuid();
        let bytes = random.as_bytes();
        let (year, month, day) = (1930 + i32::from(bytes[0] % 16), u32::from(bytes[1] % 12) + 1, u32::from(bytes[2] % 28) + 1);
        let day = LocalDate(NaiveDate::from_ymd_opt(year, month, day).expect("a day"));
        let printed = format!("year: {}, month: {}, day: {} ", day.0.year(), day.0.month(), day.0.day());
        let written = [day.to_string(), day.0.format("%d-%m-%Y").to_string(), printed].map(String::into_bytes);
        self.add(what, written.into_iter().chain([day.to_proto().encode_to_vec()]).collect());
        day
    }

    /// Something that somebody else made up.
    pub(super) fn keep(&mut self, what: &str, text: &str) {
        self.add(what, vec![text.as_bytes().to_vec()]);
    }

    fn add(&mut self, what: &str, mut forms: Vec<Vec<u8>>) {
        forms.iter_mut().for_each(|form| form.make_ascii_lowercase());
        self.0.push(Canary { what: what.to_owned(), forms });
    }

    /// What stands in a place, each value once, with what is around it; but not what stands in `sent`, by whom it was told.
    pub(super) fn found_in(&self, hay: &Haystack, sent: &[u8]) -> Vec<String> {
        let forms = || self.0.iter().flat_map(|canary| canary.forms.iter().map(Vec::as_slice));
        let all: Vec<&[u8]> = forms().collect();
        let found = hay.find(&all);
        if found.is_empty() {
            return Vec::new();
        }
        let known = Haystack::new("what was sent", sent).find(&all);
        let told = |canary: &Canary| {
            let place = canary.forms.iter().find_map(|form| found.get(form.as_slice()))?;
            let is_own = canary.forms.iter().any(|form| known.contains_key(form.as_slice()));
            (!is_own).then(|| format!("{} in {}: {}", canary.what, hay.name, hay.around(*place)))
        };
        self.0.iter().filter_map(told).collect()
    }
}
