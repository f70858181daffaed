//! The numbers by which an organisation is known elsewhere. Each has a field of its own, so that what looks like a citizen service number
//! may stand there (D20): an RSIN has the same shape.

/// Whether a number of nine digits passes the test of eleven, as an RSIN does (IDN-03).
pub fn is_rsin(text: &str) -> bool {
    let weights = [9, 8, 7, 6, 5, 4, 3, 2, -1];
    is_digits(text, 9)
        && text.bytes().zip(weights).map(|(digit, weight)| i32::from(digit - b'0') * weight).sum::<i32>() % 11 == 0
        && text.bytes().any(|digit| digit != b'0')
}

/// Whether this is a VAT number such as `NL001234567B01` (IDN-04): of an organisation, whose RSIN is in it, or of somebody who works on
/// their own account, which passes the test of 97.
pub fn is_vat_number(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("NL") else { return false };
    let Some((number, branch)) = rest.split_once('B') else { return false };
    is_digits(number, 9) && is_digits(branch, 2) && (is_rsin(number) || remainder_97(number, branch) == 1)
}

/// With N as 23, L as 21 and B as 11.
fn remainder_97(number: &str, branch: &str) -> u32 {
    format!("2321{number}11{branch}").bytes().fold(0, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97)
}

/// Whether the text is so many digits.
pub fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rsin_passes_the_test_of_eleven() {
        for (text, good) in [
            ("111222333", true),
            ("123456782", true),
            ("123456783", false),
            ("000000000", false),
            ("12345678", false),
            ("12345678x", false),
        ] {
            assert_eq!(is_rsin(text), good, "{text}");
        }
    }

    #[test]
    fn a_vat_number_holds_an_rsin_or_passes_the_test_of_97() {
        for (text, good) in [
            ("NL123456782B01", true),
            ("NL123456783B01", false),
            // Published by the tax authority as an example of a number of somebody on their own account.
            ("NL000099998B57", true),
            ("NL000099998B58", false),
            ("nl123456782b01", false),
            ("NL123456782B1", false),
            ("BE123456782B01", false),
            ("", false),
        ] {
            assert_eq!(is_vat_number(text), good, "{text}");
        }
    }
}
