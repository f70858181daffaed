//! How far apart two four-digit postcodes are, and how long the way takes: an estimate, said to be one wherever it is shown.
//!
//! The distance is the great circle between the points of `data/postcodes.csv`, whose source stands in the README beside it. The way by
//! road is taken to be 1.3 times as long and driven at 45 km an hour on average, with ten minutes for leaving and arriving. Nobody's
//! address is known here, only the four digits (D6).

use std::{collections::BTreeMap, sync::LazyLock};

const POSTCODES: &str = include_str!("../../data/postcodes.csv");
/// Mean radius of the earth.
const EARTH_KM: f64 = 6_371.0;
/// How much longer roads are than the line between two points.
const DETOUR: f64 = 1.3;
const KM_AN_HOUR: f64 = 45.0;
/// To leave and to arrive.
const AROUND_MINUTES: i64 = 10;

/// Where the addresses of a four-digit postcode are, in radians.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    latitude: f64,
    longitude: f64,
}

static POINTS: LazyLock<BTreeMap<u16, Point>> = LazyLock::new(|| POSTCODES.lines().skip(1).filter_map(point).collect());

fn point(line: &str) -> Option<(u16, Point)> {
    let mut columns = line.split(',');
    let code = columns.next()?.parse().ok()?;
    let mut radians = || Some(columns.next()?.parse::<f64>().ok()?.to_radians());
    Some((code, Point { latitude: radians()?, longitude: radians()? }))
}

impl Point {
    /// Where a postcode that begins with four digits is; one that is not in the table is where the nearest one is.
    pub fn of(postcode: &str) -> Option<Self> {
        let code: u16 = postcode.get(..4)?.parse().ok()?;
        let below = POINTS.range(..=code).next_back();
        let above = POINTS.range(code..).next();
        match (below, above) {
            (Some(below), Some(above)) if above.0 - code < code - below.0 => Some(*above.1),
            (below, above) => below.or(above).map(|(_, point)| *point),
        }
    }

    fn line_km(self, other: Self) -> f64 {
        let half = |one: f64, other: f64| ((one - other) / 2.0).sin().powi(2);
        let cosines = self.latitude.cos() * other.latitude.cos();
        let part = half(self.latitude, other.latitude) + cosines * half(self.longitude, other.longitude);
        2.0 * EARTH_KM * part.sqrt().min(1.0).asin()
    }

    /// The distance in a straight line, in whole kilometres.
    pub fn km(self, other: Self) -> i64 {
        whole(self.line_km(other))
    }

    /// How long the way takes, in minutes.
    pub fn minutes(self, other: Self) -> i64 {
        AROUND_MINUTES + whole(self.line_km(other) * DETOUR / KM_AN_HOUR * 60.0)
    }
}

/// The nearest whole number. Distances on earth are small and not negative.
#[expect(clippy::cast_possible_truncation, reason = "a distance on earth is a small number")]
fn whole(number: f64) -> i64 {
    number.round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(postcode: &str) -> Point {
        Point::of(postcode).expect("a place")
    }

    #[test]
    fn every_line_of_the_table_is_read() {
        assert_eq!(POINTS.len(), POSTCODES.lines().count() - 1);
        let in_country =
            |point: &Point| (50.7..53.6).contains(&point.latitude.to_degrees()) && (3.3..7.3).contains(&point.longitude.to_degrees());
        assert!(POINTS.values().all(in_country));
    }

    #[test]
    fn distances_are_those_of_the_map_and_the_same_in_both_directions() {
        for (from, to, km, minutes) in [
            ("6211AB", "6411", 17, 40),
            ("6041", "5911", 24, 51),
            ("6585", "6291", 109, 200),
            ("6411", "6461", 10, 27),
            ("6411", "6411ZZ", 0, 10),
        ] {
            let (from, to) = (at(from), at(to));
            assert_eq!((from.km(to), from.minutes(to)), (km, minutes));
            assert_eq!((to.km(from), to.minutes(from)), (km, minutes));
        }
    }

    #[test]
    fn what_is_no_postcode_is_nowhere_and_one_that_is_missing_is_near_its_neighbour() {
        for text in ["", "62", "AB12", "-621", "é211"] {
            assert_eq!(Point::of(text), None, "{text}");
        }
        assert_eq!(Point::of("0001"), Point::of("1000"));
        assert_eq!(at("9999"), *POINTS.values().next_back().expect("some"));
    }
}
