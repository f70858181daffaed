//! Whether two workers may be one person, and what a confirmation leads to (D13).

use chassis::ids::{LinkProposalId, WorkerId};

use super::{numbered, worker::Person};

/// After so many wrong answers a match is closed.
pub const MAX_TRIES: i32 = 5;
/// So many answers about one worker are looked at, whoever gives them; then the person needs an invitation code.
pub const MAX_GUESSES: i32 = 15;
/// So many matches a worker may have: more people born on one day with such a name are no help.
pub const MAX_PROPOSALS: u64 = 20;

/// Names that are alike to this degree (Jaro-Winkler) can be one name, written twice.
const ALIKE: f64 = 0.9;

/// Whether two people may be one: born on the same day, with a family name and a given name that can be the same. One family name of two
/// that are joined is enough, since who marries may use either.
pub fn may_be_one(a: &Person, b: &Person) -> bool {
    a.birth_date == b.birth_date && alike_families(&a.last_name, &b.last_name) && alike_given(&a.first_name, &b.first_name)
}

fn alike_families(a: &str, b: &str) -> bool {
    let parts = |name: &str| -> Vec<String> { name.split('-').map(family).filter(|part| !part.is_empty()).collect() };
    let (a, b) = (parts(a), parts(b));
    a.iter().any(|a| b.iter().any(|b| strsim::jaro_winkler(a, b) >= ALIKE))
}

/// A family name without its prefixes: `van den Berg` is `berg`.
fn family(name: &str) -> String {
    const PREFIXES: &[&str] = &["van", "von", "de", "den", "der", "het", "t", "te", "ten", "ter", "in", "op", "la", "le", "el", "al"];
    let folded = folded(name);
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    let own: Vec<&str> = words.iter().copied().filter(|word| !PREFIXES.contains(word)).collect();
    // A name of nothing but prefixes is a name.
    if own.is_empty() { words.concat() } else { own.concat() }
}

fn alike_given(a: &str, b: &str) -> bool {
    let (a, b) = (folded(a), folded(b));
    let first = |name: &str| name.split(' ').find(|word| !word.is_empty()).unwrap_or_default().to_owned();
    let (a, b) = (first(&a), first(&b));
    // One employer may have only the initial, or what somebody is called for short.
    let short = a.len() <= 2 || b.len() <= 2 || a.starts_with(&b) || b.starts_with(&a);
    (short && a.chars().next() == b.chars().next()) || strsim::jaro_winkler(&a, &b) >= ALIKE
}

/// Lower case, without accents, everything that is no letter a blank.
fn folded(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for letter in name.to_lowercase().chars() {
        match letter {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ă' | 'ą' => text.push('a'),
            'ç' | 'ć' | 'č' => text.push('c'),
            'ď' | 'đ' => text.push('d'),
            'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' => text.push('e'),
            'ğ' => text.push('g'),
            'ì' | 'í' | 'î' | 'ï' | 'ı' => text.push('i'),
            'ł' => text.push('l'),
            'ñ' | 'ń' | 'ň' => text.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ő' => text.push('o'),
            'ř' => text.push('r'),
            'ś' | 'š' | 'ş' | 'ș' => text.push('s'),
            'ß' => text.push_str("ss"),
            'ť' | 'ț' => text.push('t'),
            'ù' | 'ú' | 'û' | 'ü' | 'ů' | 'ű' => text.push('u'),
            'ý' | 'ÿ' => text.push('y'),
            'ź' | 'ż' | 'ž' => text.push('z'),
            'æ' => text.push_str("ae"),
            letter if letter.is_alphabetic() => text.push(letter),
            _ => text.push(' '),
        }
    }
    text
}

numbered! {
    /// How far a match is.
    ProposalState {
        /// Waits for the people.
        Open = 1,
        /// Said to be somebody else, or given up after wrong numbers; never proposed again.
        Closed = 2,
    }
}

/// Two workers who may be one person. `first` has the lower id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Its id.
    pub id: LinkProposalId,
    /// One.
    pub first: WorkerId,
    /// The other.
    pub second: WorkerId,
    /// How far it is.
    pub state: ProposalState,
    /// Who confirmed so far.
    pub confirmed: Option<WorkerId>,
    /// Answers so far that were no proof.
    pub tries: i32,
}

impl Proposal {
    /// The other one of the two.
    pub fn other(&self, worker: WorkerId) -> WorkerId {
        if worker == self.first { self.second } else { self.first }
    }

    /// What it leads to that `by` proved to be the other worker, who may have an account of their own.
    pub fn proved(&self, by: WorkerId, other_has_account: bool) -> Outcome {
        if other_has_account && self.confirmed != Some(self.other(by)) { Outcome::Waiting } else { Outcome::Linked }
    }
}

/// What a confirmation leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The two are one worker.
    Linked,
    /// The other account must confirm, too.
    Waiting,
    /// No match has that personnel number.
    WrongNumber,
    /// Neither, once too often.
    Closed,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(first: &str, last: &str, born: &str) -> Person {
        Person {
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            birth_date: born.parse().expect("a day"),
            postcode: "6001AB".to_owned(),
            registration: None,
        }
    }

    #[test]
    fn the_same_day_and_names_that_can_be_one() {
        let own = |first, last| person(first, last, "1990-05-17");
        for (a, b, one) in [
            (("Sanne", "Willems"), ("Sanne", "Willems"), true),
            (("Sanne", "Willems"), ("S.", "Willems"), true),
            (("Sanne", "Willems"), ("Sanne Maria", "Willems-de Vries"), true),
            (("Sanne", "de Vries"), ("Sanne", "Willems-de Vries"), true),
            (("Mehmet", "Yılmaz"), ("mehmet", "Yilmaz"), true),
            (("Renée", "van den Berg"), ("Renee", "Berg"), true),
            (("Jo", "Jansen"), ("Johanna", "Janssen"), true),
            (("Kim", "de"), ("Kim", "De"), true),
            (("Sanne", "Willems"), ("Tom", "Willems"), false),
            (("Sanne", "Willems"), ("Sanne", "Peters"), false),
            (("Sanne", "Willems-Peters"), ("Sanne", "Jansen-Bakker"), false),
        ] {
            let (a, b) = (own(a.0, a.1), own(b.0, b.1));
            assert_eq!(may_be_one(&a, &b), one, "{a:?} {b:?}");
            assert_eq!(may_be_one(&b, &a), one, "{b:?} {a:?}");
        }
        assert!(!may_be_one(&own("Sanne", "Willems"), &person("Sanne", "Willems", "1990-05-18")));
    }

    #[test]
    fn where_both_have_an_account_both_confirm() {
        let (first, second) = (WorkerId::new(), WorkerId::new());
        let proposal = |confirmed| Proposal { id: LinkProposalId::new(), first, second, state: ProposalState::Open, confirmed, tries: 0 };
        for (confirmed, account, expected) in [
            (None, false, Outcome::Linked),
            (None, true, Outcome::Waiting),
            (Some(first), true, Outcome::Waiting),
            (Some(second), true, Outcome::Linked),
        ] {
            assert_eq!(proposal(confirmed).proved(first, account), expected, "{confirmed:?} {account}");
        }
        assert_eq!((proposal(None).other(first), proposal(None).other(second)), (second, first));
    }
}
