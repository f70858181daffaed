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
    link_question: "Werk je ook bij een andere organisatie?", "Do you also work at another organisation?";
    link_question_text: "We vragen dit omdat iemand met jouw geboortedag en een naam als de jouwe ook ergens anders in de regio werkt. Dat kun jij zijn, of iemand anders. Niemand anders ziet deze vraag. Zeg waar je nog meer werkt en wat daar je personeelsnummer is, dan hoort die werkgever bij je. Dit kun je niet ongedaan maken.",
        "We ask because somebody with your birthday and a name like yours works somewhere else in the region, too. That may be you, or somebody else. Nobody else sees this question. Say where else you work and what your personnel number is there, and that employer is one of yours. You cannot undo this.";
    link_waiting: "Je hebt dit bevestigd. Log ook in met je andere account en bevestig het daar.",
        "You confirmed this. Sign in with your other account, too, and confirm it there.";
    field_other_employer: "Waar werk je nog meer?", "Where else do you work?";
    field_their_number: "Je personeelsnummer daar", "Your personnel number there";
    link_confirm: "Koppel deze werkgever", "Link this employer";
    link_decline: "Nee, ik werk nergens anders", "No, I work nowhere else";
    link_declined_notice: "Goed, we vragen het niet meer.", "Fine, we will not ask again.";
}

impl Words {
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
