//! What somebody did who looked at data of people (D17), by service and method. A test fails on a method that is on record and has no words.

use crate::Language;

/// Service and method; in Dutch and English what an auditor reads, and what the person reads whom it was about.
type Row = (&'static str, &'static str, [&'static str; 2], [&'static str; 2]);

const ROWS: &[Row] = &[
    (
        "members",
        "WorkerService/GetWorker",
        ["Bekeek gegevens, dienstverband en bekwaamheden", "Looked at details, employment and competences"],
        ["Bekeek je gegevens, je dienstverband en je bekwaamheden", "Looked at your details, your employment and your competences"],
    ),
    (
        "members",
        "WorkerService/ListWorkers",
        ["Bekeek de lijst van medewerkers", "Looked at the list of workers"],
        ["Zag je in de lijst van medewerkers", "Saw you in the list of workers"],
    ),
    (
        "members",
        "WorkerService/ImportWorkers",
        ["Vergeleek een bestand met de gegevens van medewerkers", "Compared a file with the details of workers"],
        ["Vergeleek een bestand met je gegevens", "Compared a file with your details"],
    ),
    (
        "members",
        "WorkerService/ListWorkerFiles",
        ["Haalde de gegevens van medewerkers op voor een bestand", "Took the details of workers into a file"],
        ["Haalde je gegevens op voor een bestand", "Took your details into a file"],
    ),
    (
        "members",
        "WorkerService/ListExits",
        ["Bekeek wie er vertrokken en waarom", "Looked at who left and why"],
        ["Zag dat je vertrok en waarom", "Saw that you left and why"],
    ),
    (
        "members",
        "PortfolioService/ListPortfolio",
        ["Bekeek alle bekwaamheden van iemand", "Looked at all competences of somebody"],
        ["Zag al je bekwaamheden", "Saw all your competences"],
    ),
    (
        "members",
        "PortfolioService/ListUnverified",
        ["Bekeek welke bekwaamheden op controle wachten", "Looked at which competences wait to be verified"],
        ["Zag welke bekwaamheid van je op controle wacht", "Saw which competence of yours waits to be verified"],
    ),
    (
        "members",
        "ConsentService/ListConsents",
        ["Bekeek waarmee iemand akkoord ging", "Looked at what somebody agreed to"],
        ["Zag waarmee je akkoord ging", "Saw what you agreed to"],
    ),
    (
        "members",
        "UnavailabilityService/ListUnavailabilities",
        ["Bekeek wanneer iemand niet kan werken", "Looked at when somebody cannot work"],
        ["Zag wanneer je niet kunt werken", "Saw when you cannot work"],
    ),
    (
        "members",
        "ScheduleConstraintService/GetScheduleConstraints",
        ["Bekeek welke grenzen er voor een rooster gelden", "Looked at which limits hold for a roster"],
        ["Zag welke grenzen er voor jouw rooster gelden", "Saw which limits hold for your roster"],
    ),
    (
        "flexpool",
        "ClaimService/ListClaims",
        ["Bekeek wie op diensten staan", "Looked at who is on shifts"],
        ["Zag op welke diensten van de organisatie je staat", "Saw which of the organisation's shifts you are on"],
    ),
    (
        "flexpool",
        "ConflictService/ListConflicts",
        ["Bekeek welke geclaimde diensten niet meer passen", "Looked at which claimed shifts no longer fit"],
        ["Zag dat een dienst van je niet meer past", "Saw that a shift of yours no longer fits"],
    ),
    (
        "flexpool",
        "RosterService/ListRosterBlocks",
        ["Haalde het rooster van de organisatie op", "Took the organisation's roster into a file"],
        ["Haalde je rooster bij de organisatie op", "Took your roster at the organisation into a file"],
    ),
];

fn find(service: &str, method: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| (row.0, row.1) == (service, method))
}

/// What an auditor reads; `None` for a method without words.
pub fn looked(language: Language, service: &str, method: &str) -> Option<&'static str> {
    find(service, method).map(|row| language.two(row.2[0], row.2[1]))
}

/// What the person reads whom it was about; `None` for a method without words.
pub fn looked_at_you(language: Language, service: &str, method: &str) -> Option<&'static str> {
    find(service, method).map(|row| language.two(row.3[0], row.3[1]))
}
