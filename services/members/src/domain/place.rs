//! Where a postcode is: a point and, in Limburg, the municipality. From `data/postcodes.csv`, whose source stands in the README beside it.

use std::{collections::BTreeMap, sync::LazyLock};

const POSTCODES: &str = include_str!("../../data/postcodes.csv");
const MUNICIPALITIES: &str = include_str!("../../data/municipalities.csv");

/// Where the addresses of a four-digit postcode are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The town or village.
    pub town: &'static str,
    /// Degrees north, times a million (WGS 84).
    pub latitude: i32,
    /// Degrees east, times a million.
    pub longitude: i32,
    /// CBS code of the municipality (IDN-08), where it is known.
    pub municipality: Option<&'static str>,
}

static PLACES: LazyLock<BTreeMap<u16, Place>> = LazyLock::new(|| POSTCODES.lines().skip(1).filter_map(place).collect());
static NAMES: LazyLock<BTreeMap<&'static str, &'static str>> =
    LazyLock::new(|| MUNICIPALITIES.lines().skip(1).filter_map(|line| line.split_once(',')).collect());

fn place(line: &'static str) -> Option<(u16, Place)> {
    let mut columns = line.split(',');
    let (code, town) = (columns.next()?.parse().ok()?, columns.next()?);
    let (latitude, longitude) = (millionths(columns.next()?)?, millionths(columns.next()?)?);
    let municipality = columns.next().filter(|code| !code.is_empty());
    Some((code, Place { town, latitude, longitude, municipality }))
}

/// `50.85` as millionths.
fn millionths(text: &str) -> Option<i32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part: String = part.chars().chain(std::iter::repeat('0')).take(6).collect();
    Some(whole.parse::<i32>().ok()? * 1_000_000 + part.parse::<i32>().ok()?)
}

/// Where a postcode such as `5825AB` is; a code that is not in the table is where the nearest one is.
pub fn of_postcode(postcode: &str) -> Option<Place> {
    let code: u16 = postcode.get(..4)?.parse().ok()?;
    let below = PLACES.range(..=code).next_back();
    let above = PLACES.range(code..).next();
    let nearest = match (below, above) {
        (Some(below), Some(above)) if above.0 - code < code - below.0 => above,
        (below, above) => below.or(above)?,
    };
    // What is near is not in the same municipality for certain.
    let exact = *nearest.0 == code;
    Some(Place { municipality: nearest.1.municipality.filter(|_| exact), ..*nearest.1 })
}

/// What a location at a postcode is called when nobody said: `Overloon 5825AB`.
pub fn name_at(postcode: &str) -> String {
    of_postcode(postcode).map_or_else(|| postcode.to_owned(), |place| format!("{} {postcode}", place.town))
}

/// The name of a municipality by its code.
pub fn municipality_name(code: &str) -> Option<&'static str> {
    NAMES.get(code).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read_and_every_municipality_has_a_name() {
        assert_eq!(PLACES.len(), POSTCODES.lines().count() - 1);
        assert_eq!(NAMES.len(), 31);
        let mut codes: Vec<&str> = PLACES.values().filter_map(|place| place.municipality).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes, NAMES.keys().copied().collect::<Vec<_>>());
        // The Netherlands, with a margin.
        assert!(PLACES.values().all(|place| (50_700_000..53_600_000).contains(&place.latitude)));
        assert!(PLACES.values().all(|place| (3_300_000..7_300_000).contains(&place.longitude)));
    }

    #[test]
    fn a_postcode_is_somewhere() {
        let at = |postcode| of_postcode(postcode).expect("a place");
        let maastricht = at("6211AB");
        assert_eq!((maastricht.town, maastricht.municipality), ("Maastricht", Some("GM0935")));
        assert_eq!(municipality_name("GM0935"), Some("Maastricht"));
        assert_eq!((at("5825AB").town, at("5825AB").municipality), ("Overloon", None), "Brabant");
        assert_eq!(at("6077XY").town, "Sint Odiliënberg");
        // The table has 6245 and 6247.
        let between = at("6246AB");
        assert_eq!((between.town, between.municipality), ("Eijsden", None));
        assert!(of_postcode("9999ZZ").is_some() && of_postcode("x").is_none());
    }
}
