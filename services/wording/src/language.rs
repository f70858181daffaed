//! The languages of the product and how one is chosen.

/// A language that a person reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// Dutch at level B1: the language of the sector, and the default.
    #[default]
    Dutch,
    /// English.
    English,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::Dutch, Self::English];

    /// The tag in `lang` attributes and cookies.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Dutch => "nl",
            Self::English => "en",
        }
    }

    /// The language with this tag, whatever its country part.
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.trim().split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "nl" => Some(Self::Dutch),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// The best language for an `Accept-Language` header: the highest weight that is known here, the first of equals, else Dutch.
    pub fn accepted(header: &str) -> Self {
        let mut best: Option<(u32, Self)> = None;
        for part in header.split(',') {
            let mut pieces = part.split(';');
            let Some(language) = pieces.next().and_then(Self::from_tag) else { continue };
            let weight = pieces.find_map(|piece| piece.trim().strip_prefix("q=")).map_or(1000, thousandths);
            if weight > 0 && best.is_none_or(|(heaviest, _)| weight > heaviest) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language).unwrap_or_default()
    }

    /// The one of two texts that is in this language.
    pub fn two<T>(self, dutch: T, english: T) -> T {
        match self {
            Self::Dutch => dutch,
            Self::English => english,
        }
    }
}

/// A weight such as `0.8` in thousandths; what is no weight counts as none.
fn thousandths(weight: &str) -> u32 {
    let (whole, part) = weight.trim().split_once('.').unwrap_or((weight.trim(), ""));
    let part: String = format!("{part:0<3}").chars().take(3).collect();
    match (whole.parse::<u32>(), part.parse::<u32>()) {
        (Ok(whole), Ok(part)) => whole.min(1) * 1000 + part,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_known_language_wins_and_dutch_is_the_default() {
        let cases = [
            ("", Language::Dutch),
            ("fr", Language::Dutch),
            ("en", Language::English),
            ("en-GB,en;q=0.9,nl;q=0.8", Language::English),
            ("nl-NL, en;q=0.5", Language::Dutch),
            ("en;q=0.5, nl-BE;q=0.7", Language::Dutch),
            ("de, en;q=0.3", Language::English),
            ("en;q=0, nl;q=0.1", Language::Dutch),
        ];
        for (header, expected) in cases {
            assert_eq!(Language::accepted(header), expected, "{header}");
        }
    }
}
