//! Texts around every page, and what stops one.

words! {
    skip_to_content: "Naar de inhoud", "Skip to content";
    navigation: "Regiopool", "Regiopool";
    other_language: "English", "Nederlands";
    sign_out: "Uitloggen", "Sign out";
    sign_in: "Inloggen", "Sign in";
    to_home: "Naar het begin", "To the start";
    try_again: "Probeer opnieuw", "Try again";
    next_page: "Meer", "More";
    details: "Bekijk", "Details";
    choose: "Kies…", "Choose…";
    none: "Geen", "None";
    optional: "(mag leeg)", "(optional)";
    show: "Toon", "Show";
    add: "Voeg toe", "Add";
    filter: "Welke diensten", "Which shifts";
    live_updated: "De lijst is bijgewerkt.", "The list was updated.";
    demo_footer: "Dit is een demo. De mensen en organisaties bestaan niet.", "This is a demo. The people and organisations do not exist.";

    nav_home: "Begin", "Start";
    nav_open_shifts: "Open diensten", "Open shifts";
    nav_my_shifts: "Mijn diensten", "My shifts";
    nav_board: "Diensten", "Shifts";
    nav_organisations: "Organisaties", "Organisations";
    nav_pools: "Pools", "Pools";
    nav_people: "Mensen", "People";

    form_has_problems: "Niet alles is goed ingevuld.", "Not everything is filled in correctly.";
    not_found_title: "Niet gevonden", "Not found";
    not_found_text: "Deze bladzijde bestaat niet.", "This page does not exist.";
    forbidden_title: "Dat mag niet", "Not allowed";
    forbidden_text: "Deze bladzijde is niet voor jou. Vraag je organisatie om toegang als je die nodig hebt.",
        "This page is not for you. Ask your organisation for access if you need it.";
    other_site_text: "Dit formulier kwam niet van Regiopool zelf. Ga terug en probeer het opnieuw.",
        "This form did not come from Regiopool itself. Go back and try again.";
    unavailable_title: "Even niet bereikbaar", "Not reachable for a moment";
    unavailable_text: "Een deel van Regiopool is nu niet bereikbaar. Probeer het zo opnieuw.",
        "A part of Regiopool cannot be reached now. Try again in a moment.";
    refused_title: "Dat kan nu niet", "That is not possible now";
    broken_title: "Er ging iets mis", "Something went wrong";
    broken_text: "Er ging iets mis bij ons. Probeer het later opnieuw.", "Something went wrong on our side. Try again later.";
}
