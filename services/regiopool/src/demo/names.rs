//! What the demo region calls people and places. All of it is made up; only the postcodes' digits are those of real places.

/// Given names.
pub(super) const FIRST: &[&str] = &[
    "Sanne", "Lotte", "Mehmet", "Ilse", "Joost", "Els", "Karin", "Nadia", "Quinten", "Xandra", "Yara", "Olaf", "Vera", "André", "Fatima",
    "Ria", "Petra", "José", "Bart", "Zoë", "Carola", "Gijs", "Hanneke", "Thijs", "Noor", "Daan", "Emma", "Lars", "Amina", "Wout",
    "Marieke", "Koen", "Anouk", "Ruud", "Esra", "Jolanda", "Piet", "Femke", "Hassan", "Lieke", "Sjef", "Truus", "Milan", "Iris", "Bram",
    "Samira", "Ger", "Wilma", "Jens", "Maud",
];

/// Family names.
pub(super) const LAST: &[&str] = &[
    "Bouts",
    "de Groot",
    "Janssen",
    "Öztürk",
    "Nelissen",
    "Cremers",
    "Smeets",
    "Vaessen",
    "Peeters",
    "van der Heijden",
    "Schröder",
    "Maassen",
    "Dirks",
    "Hendriks",
    "Thijssen",
    "Geurts",
    "Reinders",
    "L'Ortye",
    "Wouters",
    "Willems",
    "Houben",
    "Franssen",
    "Kuipers",
    "van den Berg",
    "Yılmaz",
    "El Amrani",
    "Claessens",
    "Verstappen",
    "Bovens",
    "Gielen",
    "Ramaekers",
    "Schoenmakers",
    "Coenen",
    "Heijnen",
    "Lemmens",
    "Penders",
    "Quaedvlieg",
    "Ruijters",
    "Simons",
    "Timmermans",
];

/// Digits of the postcodes where workers live.
pub(super) const HOMES: &[&str] = &[
    "5801", "5911", "5915", "5921", "5953", "5961", "5981", "6001", "6031", "6041", "6045", "6051", "6061", "6093", "6101", "6121", "6131",
    "6136", "6151", "6171", "6191", "6211", "6221", "6229", "6231", "6245", "6301", "6351", "6371", "6411", "6419", "6431", "6441", "6461",
];

/// Letters of postcodes; `SA`, `SD` and `SS` cannot come from them (IDN-06).
pub(super) const LETTERS: &[u8] = b"BCEGHJKLNPRTVWXZ";

/// The people who can sign in at the demo issuer besides the workers: planner and hr of each organisation, in the order of the profiles.
pub(super) const STAFF: &[[&str; 2]] = &[
    ["Marloes Penders", "Rob Coenen"],
    ["Jolien Houben", "Ad Franssen"],
    ["Kim Verstappen", "Suzan Heijnen"],
    ["Tom Gielen", "Nicole Bovens"],
    ["Ingrid Lemmens", "Bas Kuipers"],
    ["Ralf Simons", "Yvonne Timmermans"],
];

/// The operator of the association.
pub(super) const OPERATOR: &str = "Mia Claessens";

/// Who checks who saw what.
pub(super) const AUDITOR: &str = "Wim Geurts";

/// The worker who can sign in of each organisation, in the order of the profiles.
pub(super) const WORKERS: &[[&str; 2]] =
    &[["Sanne", "Willems"], ["Hassan", "El Amrani"], ["Lieke", "Janssen"], ["Bram", "Vaessen"], ["Esra", "Öztürk"], ["Jens", "Ruijters"]];
