//! Texts about work outside claimed shifts, and about claims that no longer fit.

use proto::flexpool::{Reason, conflict::Yields};

use crate::{Facts, Words, reasons};

words! {
    nav_work: "Ander werk", "Other work";
    work_title: "Ander werk", "Other work";
    work_text: "Het rooster van je werkgever en je werk elders tellen mee voor je rust en je uren. Wat je elders doet, ziet niemand anders.",
        "Your employer's roster and your work elsewhere count for your rest and your hours. What you do elsewhere nobody else sees.";
    work_empty: "Er staat nog geen ander werk.", "No other work is noted yet.";
    work_add_title: "Werk je ook ergens anders?", "Do you also work elsewhere?";
    work_add: "Zet erbij", "Add it";
    work_elsewhere: "Werk elders", "Work elsewhere";
    work_remove: "Haal weg", "Remove";
    field_work_kind: "Wat doe je dan?", "What do you do then?";
    hint_work_night: "Werk je door tot de volgende dag? Kies de dag waarop het begint.",
        "Does it go on to the next day? Choose the day on which it starts.";
    work_known_title: "Is dit alles?", "Is this all?";
    work_known_text: "Zeg tot welke dag al je andere werk hier staat, ook als je niets anders doet. Dan klopt wat Regiopool berekent.",
        "Say until which day all your other work stands here, also when you have none. Then what Regiopool works out is right.";
    work_known_until: "Alles staat hier tot en met", "All of it stands here until";
    work_known_save: "Dit is alles", "This is all";
    work_noted: "Het staat erbij.", "It was added.";
    work_removed: "Het is weg.", "It was removed.";
    work_known_noted: "Onthouden.", "Noted.";
    work_breaks: "Het staat erbij. Maar nu past een dienst die je hebt niet meer.",
        "It was added. But now a shift that you have no longer fits.";

    nav_conflicts: "Past niet meer", "No longer fits";
    conflicts_title: "Diensten die niet meer passen", "Shifts that no longer fit";
    conflicts_text: "Iets werd later bekend, en nu past een geclaimde dienst niet meer. De plaats blijft bezet tot iemand iets doet.",
        "Something became known later, and now a claimed shift no longer fits. The place stays taken until somebody acts.";
    conflicts_empty: "Alles past.", "Everything fits.";
    conflict_of_yours: "Deze dienst past niet meer.", "This shift no longer fits.";
    with_other_work: "Het gaat om werk bij een ander.", "It is about work for somebody else.";
}

impl Words {
    /// Until when all work elsewhere is known.
    pub fn work_known_so_far(self, day: &str) -> String {
        self.0.two(format!("Je zei: alles staat hier tot en met {day}."), format!("You said: all of it stands here until {day}."))
    }

    /// Until when a conflict has to be solved.
    pub fn solve_before(self, moment: &str) -> String {
        self.0.two(format!("Los dit op voor {moment}."), format!("Solve this before {moment}."))
    }

    /// Who gives way in a conflict.
    pub fn who_yields(self, yields: Yields) -> &'static str {
        match yields {
            Yields::Other => self.0.two(
                "Het rooster van de werkgever kwam later: dat wordt aangepast.",
                "The employer's roster came later: it is to be changed.",
            ),
            Yields::Claim | Yields::Unspecified => {
                self.0.two("De dienst moet naar iemand anders.", "The shift has to go to somebody else.")
            }
        }
    }

    /// Who works a shift at which host through which employer.
    pub fn works_at(self, host: &str) -> String {
        self.0.two(format!("Dienst bij {host}"), format!("Shift at {host}"))
    }

    /// Why somebody's claim no longer fits, for planners.
    pub fn no_longer_fits(self, reason: Reason, facts: Facts<'_>) -> String {
        let competence = || reasons::competence_name(facts.text("competence").unwrap_or("?"));
        let (dutch, english) = match reason {
            Reason::Overlap => ("Werkt op die tijd al.", "Works at that time already."),
            Reason::RestTooShort => ("Heeft dan te weinig rust.", "Has too little rest then."),
            Reason::WorkingTime => {
                ("Mag dan niet zo werken volgens de regels voor werktijd.", "May not work so by the rules of working time.")
            }
            Reason::NotAvailable => ("Kan dan niet komen.", "Cannot come then."),
            Reason::NotInPool => ("Het dienstverband geldt die dag niet.", "The employment does not hold on that day."),
            Reason::NoAgreement | Reason::NoBasis => {
                ("Er is voor die dag geen afspraak tussen de organisaties.", "The organisations have no agreement for that day.")
            }
            Reason::FunctionLevelTooLow => ("Het functieniveau is te laag.", "The function level is too low."),
            Reason::NotRegistered => ("De BIG-registratie geldt die dag niet.", "The BIG registration does not hold on that day."),
            Reason::CompetenceMissing => {
                return self.0.two(format!("Mist de bekwaamheid ‘{}’.", competence()), format!("Lacks the competence ‘{}’.", competence()));
            }
            _ => ("Past niet meer.", "No longer fits."),
        };
        self.0.two(dutch, english).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::Language;

    #[test]
    fn planners_read_about_somebody_and_never_are_addressed() {
        let facts = HashMap::from([("competence".to_owned(), "medicatie-delen".to_owned())]);
        for number in 0..64 {
            let Ok(reason) = Reason::try_from(number) else { continue };
            for language in Language::ALL {
                let text = Words(language).no_longer_fits(reason, Facts(&facts)).to_lowercase();
                assert!(!text.contains("you") && !text.contains("je ") && text.ends_with('.'), "{text}");
            }
        }
        let text = Words(Language::English).no_longer_fits(Reason::CompetenceMissing, Facts(&facts));
        assert_eq!(text, "Lacks the competence ‘medicatie delen’.");
    }
}
