//! Texts and numbers as people type them.

use chassis::validate::Fields;

/// Whether nine digits stand alone in the text and pass the test of a citizen service number (IDN-07). Such a number has no place here
/// (AVG-01), so free text that holds one is refused (D20).
pub fn has_citizen_number(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() == 9).any(is_citizen_number)
}

fn is_citizen_number(digits: &str) -> bool {
    let weights = [9, 8, 7, 6, 5, 4, 3, 2, -1];
    let sum: i32 = digits.bytes().zip(weights).map(|(digit, weight)| i32::from(digit - b'0') * weight).sum();
    sum % 11 == 0 && digits.bytes().any(|digit| digit != b'0')
}

/// Free text of `1..=max` characters without a citizen service number.
pub fn open_text(fields: &mut Fields, field: &str, text: &str, max: usize) -> Option<String> {
    let text = fields.text(field, text, max)?;
    if has_citizen_number(&text) {
        fields.violation(field, "holds what looks like a citizen service number (IDN-07)");
        return None;
    }
    Some(text)
}

/// Free text of several lines, at most `max` characters, that may be empty, without a citizen service number.
pub fn open_lines(fields: &mut Fields, field: &str, text: &str, max: usize) -> Option<String> {
    let text = text.replace("\r\n", "\n").trim().to_owned();
    let expected = if text.chars().count() > max {
        format!("is longer than {max} characters")
    } else if text.chars().any(|c| c.is_control() && c != '\n') {
        "has control characters".to_owned()
    } else if has_citizen_number(&text) {
        "holds what looks like a citizen service number (IDN-07)".to_owned()
    } else {
        return Some(text);
    };
    fields.violation(field, expected);
    None
}

/// The number of an organisation in the trade register.
pub fn kvk_number(fields: &mut Fields, field: &str, text: &str) -> Option<String> {
    digits(fields, field, text, 8, "is not 8 digits (IDN-01)")
}

/// The number of a registration in the BIG register.
pub fn big_number(fields: &mut Fields, field: &str, text: &str) -> Option<String> {
    digits(fields, field, text, 11, "is not 11 digits (QUA-02)")
}

fn digits(fields: &mut Fields, field: &str, text: &str, length: usize, expected: &str) -> Option<String> {
    let text = fields.text(field, text, 40)?;
    if text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Some(text)
    } else {
        fields.violation(field, expected);
        None
    }
}

/// A code of `min..=max` lower-case letters, hyphens and, unless `letters_only`, digits.
pub fn code(fields: &mut Fields, field: &str, text: &str, (min, max): (usize, usize), letters_only: bool) -> Option<String> {
    if text.is_empty() {
        fields.violation(field, "is required");
        return None;
    }
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte == b'-' || (!letters_only && byte.is_ascii_digit());
    if (min..=max).contains(&text.len()) && text.bytes().all(allowed) {
        return Some(text.to_owned());
    }
    let letters = if letters_only { "lower case letters and hyphens" } else { "lower case letters, digits and hyphens" };
    fields.violation(field, format!("is not {min} to {max} {letters}"));
    None
}

/// What a name is compared and sorted by: without regard to case.
pub fn name_key(name: &str) -> String {
    name.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_citizen_number_is_found_only_where_nine_digits_stand_alone_and_pass() {
        for (text, found) in [
            ("111222333", true),
            ("bsn 123456782.", true),
            ("BSN123456782", true),
            ("Jan (123456782)", true),
            ("ë123456782ë", true),
            ("123456783", false),
            ("0123456782", false),
            ("1234567821", false),
            ("12345678 2", false),
            ("000000000", false),
            ("52002566630", false),
            ("", false),
        ] {
            assert_eq!(has_citizen_number(text), found, "{text}");
        }
    }

    #[test]
    fn numbers_have_their_length_and_codes_their_letters() {
        let violations = |take: &dyn Fn(&mut Fields) -> bool| {
            let mut fields = Fields::new();
            let taken = take(&mut fields);
            assert_eq!(fields.finish().is_ok(), taken);
            taken
        };
        for (text, good) in
            [("12345678", true), (" 12345678 ", true), ("1234567", false), ("1234567x", false), ("", false), ("１２３４５６７８", false)]
        {
            assert_eq!(violations(&|f| kvk_number(f, "kvk_number", text).is_some()), good, "{text}");
        }
        for (text, good) in [("52002566630", true), ("5200256663", false), ("5200256663a", false)] {
            assert_eq!(violations(&|f| big_number(f, "big_number", text).is_some()), good, "{text}");
        }
        for (text, good) in [("a1-b", true), ("A", false), ("a b", false), ("é", false), ("", false), (&"a".repeat(61), false)] {
            assert_eq!(violations(&|f| code(f, "code", text, (1, 60), false).is_some()), good, "{text}");
        }
        assert!(!violations(&|f| code(f, "client", "a1", (1, 40), true).is_some()));
    }
}
