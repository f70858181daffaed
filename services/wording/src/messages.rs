//! What people are told, in the list of the portal and by mail (D34). A mail says no more than the list, and names nobody.

use std::collections::HashMap;

use proto::members::{MessageKind, MessageReason};

use crate::{Facts, Language, clock, reasons::competence_name};

/// What a mail about it is called.
pub fn subject(language: Language, reason: MessageReason) -> &'static str {
    use MessageReason::*;
    let (dutch, english) = match reason {
        ShiftCancelled => ("Je dienst gaat niet door", "Your shift is cancelled"),
        ClaimReleased => ("Je dienst is niet meer van jou", "Your shift is no longer yours"),
        ClaimConflict => ("Twee diensten zitten te dicht op elkaar", "Two shifts are too close"),
        PlaceOffered => ("Er is een plaats voor je", "There is a place for you"),
        ShiftOpen => ("Er staat een dienst open", "There is an open shift"),
        CompetenceEnds => ("Een bekwaamheid verloopt", "A competence ends"),
        RegistrationEnds => ("Je BIG-registratie verloopt", "Your BIG registration ends"),
        EmployerLinked => ("Er is een werkgever gekoppeld", "An employer was linked"),
        SomethingForYou | Unspecified => ("Er is een bericht voor je", "There is a message for you"),
        ClaimConfirmed => ("Je hebt een dienst", "You have a shift"),
        WaitEnded => ("Je wacht niet meer op een dienst", "You no longer wait for a shift"),
        ShiftNoLongerFits => ("Je dienst past niet meer", "Your shift no longer fits"),
        ClaimNoLongerFits => ("Iemand past niet meer op een dienst", "Somebody no longer fits a shift"),
        PlaceCameFree => ("Een plaats is weer vrij", "A place is free again"),
    };
    language.two(dutch, english)
}

/// The message in a sentence or two.
pub fn text(language: Language, reason: MessageReason, facts: Facts<'_>) -> String {
    use MessageReason::*;
    let shift = || facts.moments(language, "starts_at", "ends_at").unwrap_or_else(|| language.two("die dag", "that day").to_owned());
    let until = || {
        let until = facts.instant("until").map(|at| (clock::short_date(language, at.local_date()), clock::time(language, at)));
        until.map_or_else(|| language.two("de dienst", "the shift").to_owned(), |(day, time)| format!("{day} {time}"))
    };
    let day = || facts.day(language, "date").unwrap_or_else(|| language.two("binnenkort", "soon").to_owned());
    match reason {
        ShiftCancelled => language.two(
            format!("Je dienst {} is teruggetrokken. Je hoeft niet te komen.", shift()),
            format!("Your shift {} was cancelled. You need not come.", shift()),
        ),
        ClaimReleased => language.two(
            format!("Je dienst {} is teruggegeven. Hij is niet meer van jou.", shift()),
            format!("Your shift {} was given back. It is no longer yours.", shift()),
        ),
        ClaimConflict => language.two(
            format!("Je dienst {} zit te dicht op ander werk van je. Kijk in Regiopool wat je kunt doen.", shift()),
            format!("Your shift {} is too close to other work of yours. See in Regiopool what you can do.", shift()),
        ),
        ClaimConfirmed => language.two(format!("De dienst {} is van jou.", shift()), format!("The shift {} is yours.", shift())),
        WaitEnded => language.two(
            format!("Je wachtte op de dienst {}. Er is geen plaats meer voor je.", shift()),
            format!("You waited for the shift {}. There is no place for you any more.", shift()),
        ),
        ShiftNoLongerFits => language.two(
            format!("Je dienst {} past niet meer. Kijk voor {} in Regiopool wat je kunt doen.", shift(), until()),
            format!("Your shift {} no longer fits. See in Regiopool before {} what you can do.", shift(), until()),
        ),
        ClaimNoLongerFits => language.two(
            format!("Iemand met een plaats op de dienst {} past er niet meer op. Kijk voor {} bij ‘Past niet meer’.", shift(), until()),
            format!("Somebody with a place on the shift {} no longer fits it. Look at ‘No longer fits’ before {}.", shift(), until()),
        ),
        PlaceCameFree => language.two(
            format!("Op de dienst {} is een plaats vrij: iemand kan niet meer komen. Regiopool zoekt een ander.", shift()),
            format!("A place on the shift {} is free: somebody can no longer come. Regiopool looks for somebody else.", shift()),
        ),
        PlaceOffered => {
            let until = until();
            language.two(
                format!("Er is een plaats voor je op de dienst {}. Laat het voor {until} weten.", shift()),
                format!("There is a place for you on the shift {}. Answer before {until}.", shift()),
            )
        }
        ShiftOpen => language
            .two(format!("Een dienst die bij je past staat open: {}.", shift()), format!("A shift that fits you is open: {}.", shift())),
        CompetenceEnds => {
            let name = facts.text("competence").map(competence_name).unwrap_or_default();
            language.two(
                format!("Je bekwaamheid ‘{name}’ is geldig tot en met {}.", day()),
                format!("Your competence ‘{name}’ is valid until {}.", day()),
            )
        }
        RegistrationEnds => language
            .two(format!("Je BIG-registratie is geldig tot en met {}.", day()), format!("Your BIG registration is valid until {}.", day())),
        EmployerLinked => language
            .two(
                "Er is een werkgever aan je gekoppeld. Was jij dat niet? Meld het dan bij je organisatie.",
                "An employer was linked to you. Was it not you? Then tell your organisation.",
            )
            .to_owned(),
        SomethingForYou | Unspecified => {
            language.two("Er staat iets voor je klaar in Regiopool.", "There is something for you in Regiopool.").to_owned()
        }
    }
}

/// A kind of messages, for which mail can be stopped.
pub fn kind(language: Language, kind: MessageKind) -> &'static str {
    use MessageKind::*;
    let (dutch, english) = match kind {
        Shifts => ("mijn diensten", "my shifts"),
        Openings => ("open diensten", "open shifts"),
        Portfolio => ("mijn bekwaamheden en registratie", "my competences and registration"),
        Account => ("mijn account en werkgevers", "my account and employers"),
        Other => ("al het andere", "everything else"),
        Unspecified => ("onbekend", "unknown"),
    };
    language.two(dutch, english)
}

/// The whole text of a mail: the message, where to read on, and how to stop mail like it.
pub fn mail(language: Language, reason: MessageReason, facts: &HashMap<String, String>, read_on: &str, stop: &str) -> String {
    let said = text(language, reason, Facts(facts));
    let (greeting, on, no_more) = language.two(
        ("Hallo,", "Lees verder in Regiopool:", "Geen mail meer hierover? Zet het hier uit:"),
        ("Hello,", "Read on in Regiopool:", "No more mail about this? Turn it off here:"),
    );
    format!("{greeting}\n\n{said}\n\n{on}\n{read_on}\n\n--\n{no_more}\n{stop}\n")
}
