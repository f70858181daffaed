//! Texts about the employers of a worker.

use chassis::time::LocalDate;

use crate::{Words, clock};

words! {
    nav_employers: "Mijn werkgevers", "My employers";
    employers_title: "Mijn werkgevers", "My employers";
    link_title: "Nog een werkgever erbij", "Another employer";
    link_text: "Werk je ook bij een andere organisatie in de regio? Vraag daar een code aan. Dan zie je al je diensten op één plek en let Regiopool op je rusttijd. Dit kun je niet ongedaan maken.",
        "Do you also work at another organisation of the region? Ask for a code there. Then you see all your shifts in one place and Regiopool watches your rest. You cannot undo this.";
    hint_link_code: "De code die je andere werkgever je gaf.", "The code that your other employer gave you.";
    link_submit: "Koppel deze werkgever", "Link this employer";
    link_question_text: "We vragen dit omdat daar iemand met jouw geboortedag en een naam als de jouwe werkt. Niemand anders ziet deze vraag. Vul je personeelsnummer van die werkgever in, dan hoort hij bij je. Dit kun je niet ongedaan maken.",
        "We ask because somebody with your birthday and a name like yours works there. Nobody else sees this question. Fill in your personnel number at that employer and it is one of yours. You cannot undo this.";
    link_waiting: "Je hebt dit bevestigd. Log ook in met je andere account en bevestig het daar.",
        "You confirmed this. Sign in with your other account, too, and confirm it there.";
    field_their_number: "Personeelsnummer bij die werkgever", "Personnel number at that employer";
    link_confirm: "Ja, dat ben ik", "Yes, that is me";
    link_decline: "Nee, dat ben ik niet", "No, that is not me";
    link_declined_notice: "Goed, we vragen het niet meer.", "Fine, we will not ask again.";
    link_number_missing: "Vul je personeelsnummer in.", "Fill in your personnel number.";
}

impl Words {
    /// Whether somebody works at these employers, too.
    pub fn link_question(self, employers: &str) -> String {
        self.0.two(format!("Werk je ook bij {employers}?"), format!("Do you also work at {employers}?"))
    }

    /// Names as in a sentence: `A, B en C`.
    pub fn and_list(self, names: &[String]) -> String {
        match names.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} {} {last}", others.join(", "), self.0.two("en", "and")),
            None => String::new(),
        }
    }

    /// From when until when somebody is employed.
    pub fn employed(self, from: Option<&proto::Date>, until: Option<&proto::Date>) -> String {
        let day = |date: Option<&proto::Date>| date.and_then(LocalDate::from_proto).map(|day| clock::date(self.0, day));
        match (day(from), day(until)) {
            (Some(from), Some(until)) => self.0.two(format!("van {from} tot en met {until}"), format!("from {from} until {until}")),
            (Some(from), None) => self.0.two(format!("sinds {from}"), format!("since {from}")),
            _ => String::new(),
        }
    }
}
