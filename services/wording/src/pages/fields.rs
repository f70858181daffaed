//! Names and explanations of fields.

words! {
    field_date: "Dag", "Day";
    field_starts_at: "Van", "From";
    field_ends_at: "Tot", "To";
    hint_night: "Een nachtdienst? Kies de dag waarop hij begint.", "A night shift? Choose the day on which it starts.";
    field_starts_pass: "Het begin komt die nacht twee keer voor", "The start comes twice that night";
    field_ends_pass: "Het einde komt die nacht twee keer voor", "The end comes twice that night";
    first_pass: "De eerste keer (zomertijd)", "The first time (summer time)";
    second_pass: "De tweede keer (wintertijd)", "The second time (winter time)";
    which_pass: "De klok gaat die nacht een uur terug. Kies welk uur je bedoelt.",
        "The clock goes back an hour that night. Choose which hour you mean.";
    not_a_date: "Vul een dag in, zoals 24-11-2026.", "Fill in a day, such as 24-11-2026.";
    not_a_time: "Vul een tijd in, zoals 07:30.", "Fill in a time, such as 07:30.";
    field_break: "Pauze in minuten (onbetaald)", "Break in minutes (unpaid)";
    field_ward: "Afdeling", "Ward";
    field_pool: "Pool", "Pool";
    field_function_level: "Niveau", "Level";
    field_competences: "Bekwaamheden", "Competences";
    hint_competences: "Met komma's ertussen, zoals: medicatie delen, insuline prikken.",
        "Separated by commas, such as: medicatie delen, insuline prikken.";
    field_places: "Aantal plaatsen", "Number of places";
    field_reference: "Eigen nummer", "Own number";
    hint_reference: "Het nummer van deze dienst in je eigen rooster.", "The number of this shift in your own roster.";

    field_name: "Naam", "Name";
    field_kvk_number: "KvK-nummer", "KvK number";
    hint_kvk_number: "8 cijfers.", "8 digits.";
    field_branch: "Branche", "Branch";
    field_joined_on: "Doet mee vanaf", "Takes part from";
    field_ward_name: "Naam van de afdeling", "Name of the ward";
    field_postcode: "Postcode", "Postcode";
    field_from: "Eerste dag", "First day";
    field_until: "Laatste dag", "Last day";
    hint_until: "Laat leeg als er geen einde is.", "Leave empty when there is no end.";
    field_bases: "Op welke manieren", "In which ways";
    hint_bases: "Hoe medewerkers van deze organisatie elders werken, en anderen hier.",
        "How workers of this organisation work elsewhere, and others here.";
    field_works_council: "Besluit van de ondernemingsraad", "Decision of the works council";
    hint_works_council: "De dag waarop de ondernemingsraad over de flexpool besloot.",
        "The day on which the works council decided about the flexpool.";
    field_pool_name: "Naam van de pool", "Name of the pool";
    field_pool_organisations: "Organisaties die meedoen", "Organisations that take part";
    field_organisation: "Organisatie", "Organisation";
    field_first_name: "Voornaam", "Given name";
    field_last_name: "Achternaam", "Family name";
    field_birth_date: "Geboortedatum", "Date of birth";
    field_home_postcode: "Postcode thuis", "Postcode at home";
    field_personnel_number: "Personeelsnummer", "Personnel number";
    field_kind: "Soort contract", "Kind of contract";
    field_hours: "Uren per week", "Hours a week";
    field_employed_from: "In dienst vanaf", "Employed from";
    field_big_number: "BIG-nummer", "BIG number";
    hint_big_number: "11 cijfers, voor verpleegkundigen.", "11 digits, for nurses.";
    field_big_valid_until: "BIG geldig tot en met", "BIG valid until";
    field_display_name: "Hoe we deze persoon noemen", "What we call this person";
    field_role: "Rol", "Role";
    hint_role_organisation: "Niet nodig voor een beheerder van de regio.", "Not needed for an operator of the region.";
}
