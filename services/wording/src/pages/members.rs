//! Texts about organisations, their places and wards.

use crate::Words;

words! {
    organisation_facts: "Gegevens", "Facts";
    organisation_change: "Wijzig de gegevens", "Change the facts";
    save: "Bewaar", "Save";
    saved_notice: "Bewaard.", "Saved.";
    field_organisation_kind: "Soort organisatie", "Kind of organisation";
    field_establishments: "Vestigingsnummers", "Establishment numbers";
    hint_establishments: "12 cijfers elk, met komma's of op eigen regels.", "12 digits each, with commas or on lines of their own.";
    field_rsin: "RSIN", "RSIN";
    field_vat_number: "Btw-nummer", "VAT number";
    field_agb_codes: "AGB-codes", "AGB codes";
    hint_agb_codes: "8 cijfers elk, met komma's of op eigen regels.", "8 digits each, with commas or on lines of their own.";
    field_collective: "Nieuwe cao", "New collective agreement";
    hint_collective: "Wordt bewaard. De regels voor werktijd volgen nu nog de cao van de branche.",
        "It is kept. The rules of working time still follow that of the branch.";
    field_collective_from: "Cao geldt vanaf", "Collective agreement holds from";
    collective_title: "Cao", "Collective agreement";
    leave_title: "Deelname beëindigen", "End taking part";
    leave_text: "Open diensten die na deze dag eindigen, sluiten. Mensen van de organisatie nemen geen diensten die later eindigen. Wat tot dan is afgesproken, blijft staan.",
        "Open shifts that end after this day close. People of the organisation take no shifts that end later. What was agreed until then stands.";
    leave_last_day: "Laatste dag", "Last day";
    membership_submit: "Beëindig de deelname", "End taking part";
    leave_notice: "De laatste dag is vastgelegd.", "The last day was recorded.";

    locations_title: "Locaties", "Locations";
    no_locations: "Nog geen locaties.", "No locations yet.";
    new_location: "Nieuwe locatie", "New location";
    location_submit: "Voeg de locatie toe", "Add the location";
    location_notice: "De locatie is toegevoegd.", "The location was added.";
    field_location: "Locatie", "Location";
    field_location_name: "Naam van de locatie", "Name of the location";
    hint_ward_location: "Kies een locatie, of vul een postcode in.", "Choose a location, or fill in a postcode.";

    ward_card_title: "Voor het eerst hier", "Here for the first time";
    ward_card_empty: "Er staat nog niets op deze afdelingskaart.", "There is nothing on the card of this ward yet.";
    ward_change: "Wijzig de afdeling", "Change the ward";
    ward_lead: "Teamleider", "Ward lead";
    ward_lead_choose: "Kies wie teamleider is", "Choose who the ward lead is";
    hint_ward_lead: "Hier staan de eerste 200 medewerkers, op personeelsnummer. Staat iemand er niet bij? Vraag de vereniging.", "These are the first 200 workers, by personnel number. Is somebody missing? Ask the association.";
    ward_entrance: "Zo kom je binnen", "How you get in";
    ward_parking: "Parkeren", "Parking";
    ward_contact: "Wie je belt", "Whom you call";
    ward_tasks: "Wat je doet", "What you do";
    ward_buddy: "Wie je wegwijs maakt", "Who shows you around";
    hint_ward_card: "Geen namen van cliënten en geen burgerservicenummers.", "No names of clients and no citizen service numbers.";
    to_ward_card: "Over deze afdeling", "About this ward";
}

impl Words {
    /// A collective agreement and its first day.
    pub fn since(self, what: &str, day: &str) -> String {
        self.0.two(format!("{what}, vanaf {day}"), format!("{what}, from {day}"))
    }
}
