//! Why something was refused, in a sentence that says what was measured and against what. The reader is the person who asked.

use std::collections::HashMap;

use proto::{chassis, flexpool, members};

use crate::{Facts, Language, working_time};

/// The sentence for a reason as it comes in an `ErrorInfo`: domain `flexpool.regiopool`, reason `SHIFT_FULL`. An unknown reason gets a
/// sentence that names it, so that people can ask about it.
pub fn of(language: Language, domain: &str, reason: &str, metadata: &HashMap<String, String>) -> String {
    let facts = Facts(metadata);
    let full_name = format!("REASON_{reason}");
    let known = match domain.split('.').next().unwrap_or_default() {
        "flexpool" => flexpool::Reason::from_str_name(&full_name).map(|reason| of_flexpool(language, reason, facts)),
        "members" => members::Reason::from_str_name(&full_name).map(|reason| of_members(language, reason, facts)),
        "chassis" => chassis::Reason::from_str_name(&full_name).map(|reason| of_chassis(language, reason, facts)),
        _ => None,
    };
    known.unwrap_or_else(|| unknown(language, reason))
}

fn unknown(language: Language, reason: &str) -> String {
    language.two(format!("Dit kan nu niet ({reason})."), format!("This is not possible now ({reason})."))
}

/// The reasons of flexpool.
pub fn of_flexpool(language: Language, reason: flexpool::Reason, facts: Facts<'_>) -> String {
    use flexpool::Reason::*;
    let fixed = match reason {
        ShiftCancelled => ("De dienst is teruggetrokken.", "The shift was cancelled."),
        ShiftClosed => {
            ("De dienst is gesloten: de organisatie doet niet meer mee.", "The shift was closed: the organisation takes part no more.")
        }
        NotForSelfEmployed => ("Deze dienst is niet voor zzp'ers.", "This shift is not for the self-employed."),
        ShiftStarted => ("De dienst is al begonnen.", "The shift has already begun."),
        ShiftFull => ("Alle plaatsen zijn bezet.", "All places are taken."),
        AlreadyClaimed => ("Deze dienst is al van jou.", "This shift is already yours."),
        NotInPool => (
            "Je hebt op die dag geen dienstverband bij een organisatie in deze pool.",
            "On that day you have no employment with an organisation in this pool.",
        ),
        NoBasis => (
            "Je werkgever en deze organisatie hebben voor jouw dienstverband geen afspraak over hoe je hier werkt.",
            "Your employer and this organisation have not agreed on how you can work here under your employment.",
        ),
        WardUnknown => ("Deze afdeling hoort niet bij de organisatie.", "This ward does not belong to the organisation."),
        PoolUnknown => ("De organisatie doet niet mee in deze pool.", "The organisation does not take part in this pool."),
        WorkerUnknown => (
            "Je bent hier nog niet bekend. Je gegevens zijn onderweg. Probeer het over een minuut opnieuw.",
            "You are not known here yet. Your data are on their way. Try again in a minute.",
        ),
        Busy => (
            "Er gebeurde te veel tegelijk. Probeer het opnieuw: je aanvraag telt maar één keer.",
            "Too much happened at once. Try again: your request counts only once.",
        ),
        TooMuchWork => {
            ("Je hebt al te veel ander werk opgegeven. Haal eerst iets weg.", "You told of too much other work. Remove some of it first.")
        }
        NotAvailable => ("Je bent dan niet beschikbaar.", "You are not available then."),
        PlacesFree => ("Er is nog plaats. Je kunt deze dienst nu nemen.", "There is a place. You can take this shift now."),
        AlreadyWaiting => ("Je staat al op de wachtlijst van deze dienst.", "You are on the waiting list of this shift already."),
        WaitlistFull => ("De wachtlijst van deze dienst is vol.", "The waiting list of this shift is full."),
        NoOffer => (
            "Deze plaats wordt je nu niet aangeboden: de tijd om te kiezen is voorbij, of je hebt al gekozen.",
            "This place is not offered to you now: the time to choose is over, or you have chosen already.",
        ),
        Unspecified => return unknown(language, "UNSPECIFIED"),
        WorkingTime
        | NoAgreement
        | FunctionLevelTooLow
        | NotRegistered
        | NotAssessed
        | CompetenceMissing
        | Overlap
        | RestTooShort
        | ExternalReferenceTaken
        | NotYetOpen
        | WithdrawalTooLate
        | OrganisationLeaves
        | ShiftHasClaims => return measured_by_flexpool(language, reason, facts),
    };
    language.two(fixed.0, fixed.1).to_owned()
}

/// The reasons that say what they were measured on.
fn measured_by_flexpool(language: Language, reason: flexpool::Reason, facts: Facts<'_>) -> String {
    use flexpool::Reason::*;
    match reason {
        NoAgreement => match facts.day(language, "date") {
            Some(day) => language.two(
                format!("Je werkgever of deze organisatie heeft op {day} geen overeenkomst met de regio."),
                format!("On {day} your employer or this organisation has no agreement with the region."),
            ),
            None => language
                .two(
                    "Je werkgever of deze organisatie heeft op die dag geen overeenkomst met de regio.",
                    "On that day your employer or this organisation has no agreement with the region.",
                )
                .to_owned(),
        },
        FunctionLevelTooLow => match (facts.function_level(language, "required"), facts.function_level(language, "held")) {
            (Some(required), Some(held)) => language.two(
                format!("Voor deze dienst is het niveau {required} nodig. Jij werkt als {held}."),
                format!("This shift needs the level {required}. You work as {held}."),
            ),
            (Some(required), None) => {
                language.two(format!("Voor deze dienst is het niveau {required} nodig."), format!("This shift needs the level {required}."))
            }
            _ => language.two("Voor deze dienst is een ander niveau nodig.", "This shift needs another level.").to_owned(),
        },
        NotRegistered => {
            let day = facts.day(language, "date").unwrap_or_else(|| language.two("die dag", "that day").to_owned());
            language.two(
                format!("Voor dit werk is op {day} een geldige BIG-registratie nodig."),
                format!("This work needs a valid BIG registration on {day}."),
            )
        }
        NotAssessed => {
            let day = facts.day(language, "date").unwrap_or_else(|| language.two("die dag", "that day").to_owned());
            language.two(
                format!("Als zzp'er heb je op {day} een beoordeling nodig die zegt dat dit geen dienstbetrekking is (ZZP-05)."),
                format!("As self-employed you need on {day} an assessment which says that this is no employment (ZZP-05)."),
            )
        }
        CompetenceMissing => missing_competence(language, facts),
        Overlap => overlap(language, facts),
        NotYetOpen => match facts.moment(language, "opens_at") {
            Some(moment) => language.two(
                format!("Deze dienst gaat voor jou open op {moment}. Je kunt hem dan nemen als hij nog vrij is."),
                format!("This shift opens for you on {moment}. You can take it then if it is still free."),
            ),
            None => language.two("Deze dienst gaat later voor jou open.", "This shift opens for you later.").to_owned(),
        },
        WithdrawalTooLate => withdrawal_too_late(language, facts),
        RestTooShort => rest_too_short(language, facts) + &working_time::next(language, facts),
        WorkingTime => working_time::refusal(language, facts),
        OrganisationLeaves => organisation_leaves(language, facts),
        ExternalReferenceTaken => {
            let number = facts.text("external_reference").unwrap_or_default();
            language.two(
                format!("Je organisatie heeft al een dienst met nummer {number}."),
                format!("Your organisation already has a shift with number {number}."),
            )
        }
        ShiftHasClaims => match facts.number("claims") {
            Some(1) => language.two("Er werkt al 1 medewerker op deze dienst.", "1 worker is already on this shift.").to_owned(),
            Some(claims) => language
                .two(format!("Er werken al {claims} medewerkers op deze dienst."), format!("{claims} workers are already on this shift.")),
            None => language.two("Er werkt al iemand op deze dienst.", "Somebody is already on this shift.").to_owned(),
        },
        _ => unknown(language, reason.as_str_name()),
    }
}

fn withdrawal_too_late(language: Language, facts: Facts<'_>) -> String {
    match facts.moment(language, "until") {
        Some(moment) => language.two(
            format!("Teruggeven kon tot {moment}. Bel de planner van de afdeling als je niet kunt komen."),
            format!("You could give it back until {moment}. Call the ward's planner if you cannot come."),
        ),
        None => language
            .two("Teruggeven kan niet meer. Bel de planner van de afdeling.", "It is too late to give it back. Call the ward's planner.")
            .to_owned(),
    }
}

fn missing_competence(language: Language, facts: Facts<'_>) -> String {
    let competence = facts.text("competence").map(competence_name);
    let day = facts.day(language, "date");
    match (competence, day) {
        (Some(name), Some(day)) => language.two(
            format!("Je hebt op {day} geen geldige bekwaamheid ‘{name}’."),
            format!("On {day} you do not hold a valid competence ‘{name}’."),
        ),
        (Some(name), None) => {
            language.two(format!("Je mist de bekwaamheid ‘{name}’."), format!("You do not hold the competence ‘{name}’."))
        }
        _ => language.two("Je mist een bekwaamheid.", "You do not hold a competence that is needed.").to_owned(),
    }
}

/// Work at another employer is never more than "other work" (D15).
fn overlap(language: Language, facts: Facts<'_>) -> String {
    if facts.is_true("other_work") {
        return language.two("Je hebt dan ander werk.", "You have other work then.").to_owned();
    }
    match facts.moments(language, "starts_at", "ends_at") {
        Some(moments) => language.two(format!("Je werkt dan al: {moments}."), format!("You already work then: {moments}.")),
        None => language.two("Je werkt dan al.", "You already work then.").to_owned(),
    }
}

fn organisation_leaves(language: Language, facts: Facts<'_>) -> String {
    match facts.day(language, "on") {
        Some(day) => language.two(
            format!("De organisatie doet mee tot en met {day}. Daarna kan ze geen diensten plaatsen."),
            format!("The organisation takes part until {day}. After that it cannot publish shifts."),
        ),
        None => language.two("De organisatie doet dan niet meer mee.", "The organisation takes part no more by then.").to_owned(),
    }
}

/// ATW-05, with what was measured. Work at another employer is never more than "other work" (D15).
fn rest_too_short(language: Language, facts: Facts<'_>) -> String {
    let limit = facts.duration(language, "limit_minutes").unwrap_or_else(|| crate::duration(language, 660));
    let mut rule = match facts.text("measure") {
        Some("RestInShift") => language.two(
            format!("In 24 uur moet {limit} rust achter elkaar zitten (ATW-05)."),
            format!("In 24 hours there must be {limit} of rest in one go (ATW-05)."),
        ),
        _ => language.two(
            format!("Tussen twee diensten moet {limit} rust zitten (ATW-05)."),
            format!("There must be {limit} of rest between two shifts (ATW-05)."),
        ),
    };
    if facts.text("measure") == Some("ShortRestAgain") {
        rule.push_str(language.two(" Korter mag maar één keer in 7 dagen.", " Shorter is allowed only once in 7 days."));
    }
    if facts.is_true("other_work") {
        return format!("{rule} {}", language.two("Je andere werk is te dichtbij.", "Your other work is too close."));
    }
    let Some(measured) = facts.duration(language, "measured_minutes") else { return rule };
    let work = match facts.moments(language, "starts_at", "ends_at") {
        Some(moments) => language.two(format!("je dienst {moments}"), format!("your shift {moments}")),
        None => language.two("je andere dienst".to_owned(), "your other shift".to_owned()),
    };
    let found = language
        .two(format!("Tussen deze dienst en {work} zit {measured}."), format!("Between this shift and {work} there is {measured}."));
    format!("{rule} {found}")
}

/// A competence code as words: `medicatie-delen` is `medicatie delen`.
pub fn competence_name(code: &str) -> String {
    code.replace('-', " ")
}

const KIND_FIXED: (&str, &str) = (
    "Wie in dienst komt of zzp'er wordt, krijgt een nieuw dienstverband. Beëindig dit dienstverband en maak een nieuw.",
    "Who becomes employed or self-employed gets a new employment. End this one and make a new one.",
);
const ENDED: (&str, &str) = (
    "Dit dienstverband is beëindigd. Beëindig het opnieuw om de laatste dag te veranderen.",
    "This employment was ended. End it again to change the last day.",
);
const BIRTH_DATES_DIFFER: (&str, &str) = (
    "Bij deze werkgever staat een andere geboortedatum. Is de code van jou? Vraag de werkgever om het na te kijken.",
    "This employer has another birth date on file. Is the code yours? Ask the employer to check it.",
);

const LOCATION_TAKEN: (&str, &str) = ("Deze organisatie heeft al een locatie {}.", "This organisation already has a location {}.");

/// The reasons of members.
pub fn of_members(language: Language, reason: members::Reason, facts: Facts<'_>) -> String {
    use members::Reason::*;
    let named = |key: &str, dutch: &str, english: &str| {
        let value = facts.text(key).unwrap_or("?");
        language.two(dutch, english).replace("{}", value)
    };
    let fixed = match reason {
        PersonnelNumberTaken => {
            return named(
                "personnel_number",
                "Deze organisatie heeft al een medewerker met personeelsnummer {}.",
                "This organisation already has a worker with personnel number {}.",
            );
        }
        KvkNumberTaken => {
            return named(
                "kvk_number",
                "Een andere organisatie in de regio heeft al KvK-nummer {}.",
                "Another organisation of the region already has KvK number {}.",
            );
        }
        WardNameTaken => return named("name", "Deze organisatie heeft al een afdeling {}.", "This organisation already has a ward {}."),
        PoolNameTaken => return named("name", "De regio heeft al een pool {}.", "The region already has a pool {}."),
        RegionExists => return named("slug", "Er is al een regio {}.", "There is already a region {}."),
        CompetenceOverlaps => {
            return named(
                "code",
                "Deze medewerker heeft de bekwaamheid {} al in die tijd.",
                "This worker already has the competence {} in that time.",
            );
        }
        AgreementOverlaps => {
            ("De organisatie heeft in deze tijd al een overeenkomst.", "The organisation already has an agreement in this period.")
        }
        WorksCouncilDecisionMissing => (
            "De ondernemingsraad moet eerst een besluit nemen over de flexpool. Vul de datum van dat besluit in.",
            "The works council must first decide about the flexpool. Fill in the date of that decision.",
        ),
        IdentityUnknown => {
            ("We kennen je hier nog niet. Je hebt een uitnodiging nodig.", "We do not know you here yet. You need an invitation.")
        }
        InvitationInvalid => (
            "Deze code is onbekend, al gebruikt of verlopen. Vraag om een nieuwe.",
            "This code is unknown, already used or expired. Ask for a new one.",
        ),
        IdentityTaken => ("Deze inlog hoort al bij iemand anders.", "This sign-in already belongs to somebody else."),
        IdentityInvalid => ("Het inloggen is niet gelukt. Probeer het opnieuw.", "Signing in failed. Try again."),
        SessionEnded => ("Je bent uitgelogd. Log opnieuw in.", "You have been signed out. Sign in again."),
        WorkerHasUser => ("Deze medewerker is al uitgenodigd.", "This worker was invited before."),
        UserLinked => {
            ("Deze persoon is al een keer ingelogd en heeft geen code nodig.", "This person has signed in before and needs no code.")
        }
        LocationNameTaken => return named("name", LOCATION_TAKEN.0, LOCATION_TAKEN.1),
        OrganisationLeft => ("Deze organisatie doet niet meer mee.", "This organisation takes part no more."),
        EmploymentKindFixed => KIND_FIXED,
        CompetenceDecided => {
            ("Over deze bekwaamheid is al besloten. Kijk wat er nu staat.", "This competence was decided on before. See how it is now.")
        }
        CompetenceOwn => ("Over je eigen bekwaamheid beslist een ander.", "Somebody else decides on a competence of your own."),
        EmploymentEnded => ENDED,
        BirthDatesDiffer => BIRTH_DATES_DIFFER,
        ChangedMeanwhile => (
            "Iemand anders heeft dit intussen veranderd. Kijk wat er nu staat en probeer het opnieuw.",
            "Somebody else changed this meanwhile. See how it is now and try again.",
        ),
        TooMany => return named("limit", "Er mogen er hoogstens {} zijn.", "There may be at most {}."),
        PoolNeedsMember => (
            "Een pool heeft altijd minstens één organisatie. Deze is de laatste.",
            "A pool always has at least one organisation. This is the last one.",
        ),
        SecretInvalid => ("Het wachtwoord van deze installatie klopt niet.", "The secret of this installation is wrong."),
        Unspecified => return unknown(language, "UNSPECIFIED"),
    };
    language.two(fixed.0, fixed.1).to_owned()
}

/// The reasons that every service can give, by the process frame.
pub fn of_chassis(language: Language, reason: chassis::Reason, facts: Facts<'_>) -> String {
    use chassis::Reason::*;
    let texts = match reason {
        NotFound => return not_found(language, facts.text("resource").unwrap_or_default()),
        TooManyCalls => return too_many_calls(language, facts.number("retry_s")),
        InvalidRequest => ("Niet alles is goed ingevuld.", "Not everything is filled in correctly."),
        Forbidden | MethodNotListed | RoleMissing => ("Je mag dit niet doen of zien.", "You may not do or see this."),
        Unavailable | Stopping => (
            "Een deel van Regiopool is nu niet bereikbaar. Probeer het zo opnieuw.",
            "A part of Regiopool cannot be reached now. Try again in a moment.",
        ),
        Busy => (
            "Er gebeurde te veel tegelijk. Probeer het opnieuw: je aanvraag telt maar één keer.",
            "Too much happened at once. Try again: your request counts only once.",
        ),
        Internal | NoSuchMethod => {
            ("Er ging iets mis bij ons. Probeer het later opnieuw.", "Something went wrong on our side. Try again later.")
        }
        TokenMissing | TokenInvalid | TokenIssuer | TokenAudience | TokenExpired | TokenNotYetValid | TokenKeyUnknown => {
            ("Je bent niet ingelogd. Log opnieuw in.", "You are not signed in. Sign in again.")
        }
        SessionEnded => ("Je bent uitgelogd. Log opnieuw in.", "You have been signed out. Sign in again."),
        DeadlineExceeded => ("Het duurde te lang. Probeer het opnieuw.", "It took too long. Try again."),
        TooBusy => ("Het is nu erg druk. Probeer het zo opnieuw.", "It is very busy now. Try again in a moment."),
        RequestTooLarge => ("Dit is te veel in één keer.", "This is too much at once."),
        Unspecified => return unknown(language, "UNSPECIFIED"),
    };
    language.two(texts.0, texts.1).to_owned()
}

fn too_many_calls(language: Language, retry_s: Option<i64>) -> String {
    match retry_s.filter(|seconds| *seconds > 0) {
        Some(1) => {
            language.two("Je gaat te snel. Probeer het over 1 seconde opnieuw.", "You go too fast. Try again in 1 second.").to_owned()
        }
        Some(seconds) => language.two(
            format!("Je gaat te snel. Probeer het over {seconds} seconden opnieuw."),
            format!("You go too fast. Try again in {seconds} seconds."),
        ),
        None => language.two("Je gaat te snel. Probeer het zo opnieuw.", "You go too fast. Try again in a moment.").to_owned(),
    }
}

fn not_found(language: Language, resource: &str) -> String {
    let (dutch, english) = match resource {
        "shift" => ("Deze dienst bestaat niet, of je mag hem niet zien.", "This shift does not exist, or you may not see it."),
        "claim" => ("Deze inschrijving bestaat niet.", "This claim does not exist."),
        "organisation" => ("Deze organisatie bestaat niet.", "This organisation does not exist."),
        "ward" => ("Deze afdeling bestaat niet.", "This ward does not exist."),
        "location" => ("Deze locatie bestaat niet.", "This location does not exist."),
        "pool" => ("Deze pool bestaat niet.", "This pool does not exist."),
        "worker" => ("Deze medewerker bestaat niet, of je mag hem niet zien.", "This worker does not exist, or you may not see them."),
        "region" => ("Deze regio bestaat niet.", "This region does not exist."),
        "proposal" => ("Deze vraag is al beantwoord.", "This question was answered before."),
        "competence" => ("Deze bekwaamheid bestaat niet, of je mag hem niet zien.", "This competence does not exist, or you may not see it."),
        "consent" => ("Deze toestemming bestaat niet.", "This consent does not exist."),
        "employment" => {
            ("Dit dienstverband bestaat niet, of je mag het niet zien.", "This employment does not exist, or you may not see it.")
        }
        "unavailability" => ("Deze periode bestaat niet, of je mag hem niet zien.", "This period does not exist, or you may not see it."),
        "user" => ("Deze gebruiker bestaat niet.", "This user does not exist."),
        _ => ("Dit bestaat niet, of je mag het niet zien.", "This does not exist, or you may not see it."),
    };
    language.two(dutch, english).to_owned()
}
