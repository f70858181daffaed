//! Texts about who looked at whose file.

use crate::Words;

words! {
    nav_access_log: "Inzage", "Access log";
    nav_who_looked: "Wie keek?", "Who looked?";

    access_log_title: "Wie keek waar in", "Who looked at what";
    access_log_text: "Elke keer dat iemand gegevens van een ander te zien krijgt, staat hier. Wat mensen van zichzelf bekijken niet.",
        "Every time that somebody is shown data of somebody else stands here. What people see of themselves does not.";
    access_log_empty: "Niemand keek, met deze keuze.", "Nobody looked, with this choice.";
    access_log_any: "Alle organisaties en de regio", "All organisations and the region";
    access_log_organisation: "Namens organisatie", "For organisation";
    access_log_from: "Vanaf", "From";
    access_log_until: "Tot en met", "Until";
    access_log_person: "Over", "About";
    access_log_reader: "Door", "By";
    access_log_clear: "Weghalen", "Remove";
    access_log_csv: "Download als CSV", "Download as CSV";
    access_log_csv_hint: "In het bestand staan medewerkers met hun nummer, zonder naam.",
        "In the file workers stand with their number, without a name.";
    access_log_missing: "Een deel van Regiopool is nu niet bereikbaar. Wat daar bekeken is, ontbreekt.",
        "A part of Regiopool cannot be reached now. What was looked at there is missing.";
    for_the_region: "voor de regio", "for the region";
    no_user_any_more: "Iemand die geen account meer heeft", "Somebody who has no account any more";

    who_looked_title: "Wie keek in mijn dossier", "Who looked at my file";
    who_looked_text: "Hier zie je wie jouw gegevens heeft gezien, en wanneer. Wat je zelf bekijkt staat er niet bij. We bewaren dit minstens vijf jaar.",
        "Here you see who saw your data, and when. What you look at yourself is not here. We keep this for at least five years.";
    who_looked_empty: "Nog niemand heeft jouw gegevens bekeken.", "Nobody has looked at your data yet.";
    who_looked_question: "Klopt er iets niet? Vraag het aan personeelszaken van je werkgever.",
        "Is something not right? Ask personnel of your employer.";
    looked_somehow: "Zag iets uit je dossier", "Saw something in your file";
}

impl Words {
    /// A program with the key of the installation.
    pub fn reader_program(self, name: &str) -> String {
        self.0.two(format!("Programma {name}"), format!("Program {name}"))
    }

    /// How often, and when last.
    pub fn times_last_at(self, times: usize, last: &str) -> String {
        self.0.two(format!("{times} keer, het laatst om {last}"), format!("{times} times, last at {last}"))
    }
}
