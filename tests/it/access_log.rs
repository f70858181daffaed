//! Who looked is told in words (D17, D28).

use chassis::file_reads::{Answer, Kept};
use wording::{Language, reads};

/// The table of each service.
const TABLES: [(&str, &[Answer]); 2] = [("members", members::FILE_READS), ("flexpool", flexpool::FILE_READS)];

#[test]
fn everything_that_is_on_record_has_words_in_both_languages() {
    let mut seen = 0;
    for (service, table) in TABLES {
        for row in table.iter().filter(|row| row.kept == Kept::Recorded) {
            seen += 1;
            for says in [reads::looked, reads::looked_at_you] {
                let [dutch, english] = Language::ALL.map(|language| says(language, service, row.short()));
                assert!(dutch.is_some() && english.is_some() && dutch != english, "{}: {dutch:?}, {english:?}", row.method);
            }
        }
    }
    assert!(seen >= 3, "only {seen}: the tables are empty");
}
