//! A stretch of days, open at either end.

use chassis::time::LocalDate;

/// From and until are both inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First day; absent when it always was.
    pub from: Option<LocalDate>,
    /// Last day; absent while there is no end.
    pub until: Option<LocalDate>,
}

impl Span {
    /// From a day on.
    pub fn from_day(from: LocalDate, until: Option<LocalDate>) -> Self {
        Self { from: Some(from), until }
    }

    /// Whether the last day is not before the first.
    pub fn is_forward(&self) -> bool {
        !matches!((self.from, self.until), (Some(from), Some(until)) if until < from)
    }

    /// Whether they share a day.
    pub fn overlaps(&self, other: &Self) -> bool {
        let starts_by_the_end = |a: &Self, b: &Self| !matches!((a.from, b.until), (Some(from), Some(until)) if from > until);
        starts_by_the_end(self, other) && starts_by_the_end(other, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, until: &str) -> Span {
        let day = |text: &str| (!text.is_empty()).then(|| text.parse().expect("a day"));
        Span { from: day(from), until: day(until) }
    }

    #[test]
    fn spans_overlap_when_they_share_a_day() {
        for (a, b, overlap) in [
            (span("2026-01-01", "2026-06-30"), span("2026-07-01", ""), false),
            (span("2026-01-01", "2026-07-01"), span("2026-07-01", ""), true),
            (span("2026-01-01", ""), span("2030-01-01", "2030-01-01"), true),
            (span("", "2025-12-31"), span("2026-01-01", ""), false),
            (span("", ""), span("2026-01-01", "2026-01-01"), true),
            (span("", "2026-01-01"), span("", "2020-01-01"), true),
        ] {
            assert_eq!(a.overlaps(&b), overlap, "{a:?} {b:?}");
            assert_eq!(b.overlaps(&a), overlap, "{b:?} {a:?}");
        }
    }

    #[test]
    fn a_span_never_ends_before_it_begins() {
        assert!(!span("2026-01-02", "2026-01-01").is_forward());
        assert!(span("2026-01-01", "2026-01-01").is_forward());
        assert!(span("", "2026-01-01").is_forward() && span("2026-01-01", "").is_forward());
    }
}
