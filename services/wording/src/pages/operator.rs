//! Texts for who builds up a region.

use crate::{Words, clock};

words! {
    home_title: "De weg naar de eerste inschrijving", "The way to the first claim";
    home_text: "Doe deze stappen een keer, dan kan je regio beginnen.", "Do these steps once, and your region can start.";
    home_all_done: "Alles staat klaar en de eerste dienst is genomen. Je regio draait.",
        "Everything is in place and the first shift was taken. Your region is running.";
    step_done: "Klaar", "Done";
    step_next: "Nu", "Now";

    organisations_title: "Organisaties", "Organisations";
    no_organisations: "Er doet nog geen organisatie mee.", "No organisation takes part yet.";
    new_organisation: "Nieuwe organisatie", "New organisation";
    organisation_submit: "Voeg de organisatie toe", "Add the organisation";
    organisation_created_notice: "De organisatie doet mee. Voeg nu een afdeling en een overeenkomst toe.",
        "The organisation takes part. Now add a ward and an agreement.";
    wards_title: "Afdelingen", "Wards";
    no_wards: "Nog geen afdelingen.", "No wards yet.";
    new_ward: "Nieuwe afdeling", "New ward";
    ward_submit: "Voeg de afdeling toe", "Add the ward";
    ward_created_notice: "De afdeling is toegevoegd.", "The ward was added.";
    agreements_title: "Overeenkomsten", "Agreements";
    no_agreements: "Nog geen overeenkomst. Zonder overeenkomst kan niemand een dienst nemen.",
        "No agreement yet. Without one nobody can take a shift.";
    new_agreement: "Nieuwe overeenkomst", "New agreement";
    agreement_submit: "Leg de overeenkomst vast", "Record the agreement";
    agreement_created_notice: "De overeenkomst is vastgelegd.", "The agreement was recorded.";

    pools_title: "Pools", "Pools";
    pools_text: "In een pool delen organisaties hun open diensten.", "In a pool organisations share their open shifts.";
    no_pools: "Er is nog geen pool.", "There is no pool yet.";
    new_pool: "Nieuwe pool", "New pool";
    pool_submit: "Maak de pool", "Make the pool";
    pool_needs_organisation: "Voeg eerst een organisatie toe.", "Add an organisation first.";
    pool_created_notice: "De pool is gemaakt.", "The pool was made.";
    pool_added_notice: "De organisatie doet mee in de pool.", "The organisation takes part in the pool.";
    add_organisation: "Organisatie toevoegen", "Add an organisation";

    people_title: "Mensen", "People";
    no_workers: "Deze organisatie heeft nog geen medewerkers.", "This organisation has no workers yet.";
    new_worker: "Nieuwe medewerker", "New worker";
    worker_submit: "Voeg de medewerker toe", "Add the worker";
    worker_created_notice: "De medewerker is toegevoegd. Nodig hem of haar nu uit.", "The worker was added. Now invite them.";
    invite: "Nodig uit", "Invite";
    invite_title: "Iemand uitnodigen", "Invite somebody";
    invite_text: "Je krijgt een code die één keer werkt. Geef die aan de persoon zelf. Een medewerker nodig je uit bij Mensen.",
        "You get a code that works once. Give it to the person. Invite workers under People.";
    invite_submit: "Maak de uitnodiging", "Make the invitation";
    invited_title: "Uitnodiging gemaakt", "Invitation made";
    invited_link: "Of stuur deze link:", "Or send this link:";
    invited_once: "De code werkt één keer en is 30 dagen geldig. We tonen hem alleen hier.",
        "The code works once and is valid for 30 days. We show it only here.";
}

impl Words {
    /// The steps from an empty region to the first claim: title, explanation, and what to do.
    pub fn steps(self) -> [[&'static str; 3]; 8] {
        self.0.two(
            [
                ["Een organisatie", "Wie doet er mee? Begin met één organisatie.", "Organisaties"],
                ["Een afdeling", "Waar wordt gewerkt? Voeg een afdeling van de organisatie toe.", "Afdelingen"],
                ["Een overeenkomst", "Leg vast op welke manieren de organisatie meedoet, en sinds wanneer.", "Overeenkomst"],
                ["Een pool", "Maak een pool en laat de organisatie meedoen.", "Pools"],
                ["Een medewerker", "Voeg een medewerker toe en nodig hem of haar uit.", "Medewerkers"],
                ["Een planner", "Nodig een planner van de organisatie uit.", "Nodig een planner uit"],
                ["Een open dienst", "De planner logt in en plaatst een dienst.", "Diensten"],
                ["De eerste inschrijving", "De medewerker logt in en neemt de dienst.", "Diensten"],
            ],
            [
                ["An organisation", "Who takes part? Begin with one organisation.", "Organisations"],
                ["A ward", "Where is the work done? Add a ward of the organisation.", "Wards"],
                ["An agreement", "Record in which ways the organisation takes part, and since when.", "Agreement"],
                ["A pool", "Make a pool and let the organisation take part.", "Pools"],
                ["A worker", "Add a worker and invite them.", "Workers"],
                ["A planner", "Invite a planner of the organisation.", "Invite a planner"],
                ["An open shift", "The planner signs in and publishes a shift.", "Shifts"],
                ["The first claim", "The worker signs in and takes the shift.", "Shifts"],
            ],
        )
    }

    /// How far the steps are.
    pub fn steps_done(self, done: usize, all: usize) -> String {
        self.0.two(format!("{done} van {all} stappen klaar"), format!("{done} of {all} steps done"))
    }

    /// From when to when, or without an end.
    pub fn from_until(self, from: &str, until: Option<&str>) -> String {
        match until {
            Some(until) => self.0.two(format!("Van {from} tot en met {until}"), format!("From {from} until {until}")),
            None => self.0.two(format!("Vanaf {from}"), format!("From {from}")),
        }
    }

    /// The number in the trade register.
    pub fn kvk(self, number: &str) -> String {
        self.0.two(format!("KvK {number}"), format!("KvK {number}"))
    }

    /// Contract hours, in minutes a week.
    pub fn hours_a_week(self, minutes: i32) -> String {
        if minutes == 0 {
            return self.0.two("geen vaste uren", "no fixed hours").to_owned();
        }
        let hours = clock::hours(self.0, i64::from(minutes));
        self.0.two(format!("{hours} per week"), format!("{hours} a week"))
    }

    /// For whom an invitation is.
    pub fn invited_text(self, name: &str) -> String {
        self.0.two(format!("Geef deze code aan {name}:"), format!("Give this code to {name}:"))
    }
}
