//! Texts about pools and their terms.

use crate::{Words, clock};

words! {
    pool_terms_title: "Voorwaarden", "Terms";
    pool_members_title: "Deelnemers", "Members";
    pool_change: "Wijzig de pool", "Change the pool";
    pool_save: "Bewaar", "Save";
    pool_changed_notice: "De pool is gewijzigd. Diensten die er al staan, houden hun eigen openstelling.",
        "The pool was changed. Shifts that are already there keep their own release.";
    pool_removed_notice: "De organisatie doet niet meer mee in de pool. Haar open diensten in deze pool sluiten.",
        "The organisation takes part in the pool no more. Its open shifts in this pool close.";
    pool_limited_notice: "De grens is vastgelegd.", "The limit was recorded.";
    pool_remove: "Haal uit de pool", "Take out of the pool";
    pool_remove_explained: "Mensen van deze organisatie kunnen in deze pool niets meer nemen, en haar open diensten hier sluiten. Wie al een dienst heeft, houdt hem.",
        "People of this organisation can take nothing more in this pool, and its open shifts here close. Who has a shift keeps it.";
    pool_kind: "Soort pool", "Kind of pool";
    pool_mode: "Een dienst nemen", "Taking a shift";
    pool_mode_hint: "Kiezen door de planner wordt bewaard, maar werkt nog niet: wie het eerst komt, heeft de dienst.",
        "That the planner chooses is kept but not in force yet: who comes first has the shift.";
    cancellation_hint: "Wordt bewaard, maar geldt nog niet.", "It is kept but not in force yet.";
    release_title: "Wanneer een dienst opengaat", "When a shift opens";
    release_hint: "In uren na het plaatsen. 0 is meteen.", "In hours after publishing. 0 is at once.";
    release_own_team: "Het eigen team", "The own team";
    release_own_organisation: "De eigen organisatie", "The own organisation";
    release_pool: "De rest van de pool", "The rest of the pool";
    release_self_employed: "Zzp'ers", "The self-employed";
    release_self_employed_hint: "Laat leeg: nooit.", "Leave empty: never.";
    release_everybody: "Voor iedereen die erbij mag, zodra het nog maar zo veel uur is tot het begin",
        "For everybody who may ever take it, once so few hours are left before the start";
    release_everybody_hint: "0 is niet.", "0 is not at all.";
    own_gaps_first: "Eerst de gaten bij de eigen werkgever", "First the gaps at the own employer";
    own_gaps_first_yes: "Mensen vullen eerst de open diensten van hun eigen werkgever",
        "People fill the open shifts of their own employer first";
    cancellation_until: "Een planner kan een dienst terugtrekken tot zo veel uur voor het begin",
        "A planner can take back a shift until so many hours before the start";
    withdrawal_until: "Een medewerker kan zich terugtrekken tot zo veel uur voor het begin",
        "A worker can withdraw until so many hours before the start";
    withdraw_term: "Terugtrekken door de medewerker", "Withdrawing by the worker";
    offer_term: "Een aanbod geldt", "An offer holds";
    quiet_term: "Stille uren", "Quiet hours";
    offer_minutes: "Een aanbod is zo veel minuten geldig", "An offer holds so many minutes";
    quiet_from: "Stille uren van", "Quiet hours from";
    quiet_until: "tot", "until";
    elsewhere_title: "Uren elders", "Hours elsewhere";
    elsewhere_field: "Uren per week die iemand bij de andere deelnemers mag werken",
        "Hours a week that somebody may work at the other members";
    elsewhere_hint: "Laat leeg als er geen grens is. De grens wordt bewaard, maar geldt nog niet.",
        "Leave empty when there is no limit. The limit is kept but not in force yet.";
    elsewhere_submit: "Leg de grens vast", "Record the limit";
    elsewhere_none: "geen grens", "no limit";
    stage_title: "Opengesteld voor", "Open for";
    stage_open: "nu open", "open now";
    stage_never: "nooit", "never";
    all_pools: "Alle pools", "All pools";
    closed_because_left: "Deze dienst is gesloten omdat de organisatie niet meer meedoet. Wie er al op staat, houdt hem.",
        "This shift was closed because the organisation takes part no more. Who is on it keeps it.";
}

impl Words {
    /// So long after publishing; nothing after it is at once.
    pub fn after_publishing(self, minutes: i32) -> String {
        if minutes == 0 {
            return self.0.two("meteen", "at once").to_owned();
        }
        let time = clock::duration(self.0, i64::from(minutes));
        self.0.two(format!("{time} na het plaatsen"), format!("{time} after publishing"))
    }

    /// So long before the start.
    pub fn before_the_start(self, minutes: i32) -> String {
        if minutes == 0 {
            return self.0.two("tot het begin", "until the start").to_owned();
        }
        let time = clock::duration(self.0, i64::from(minutes));
        self.0.two(format!("tot {time} voor het begin"), format!("until {time} before the start"))
    }

    /// For everybody, once so little time is left.
    pub fn everybody_within(self, minutes: i32) -> String {
        let time = clock::duration(self.0, i64::from(minutes));
        self.0.two(format!("iedereen: {time} voor het begin"), format!("everybody: {time} before the start"))
    }

    /// From when on something is open.
    pub fn opens_on(self, moment: &str) -> String {
        self.0.two(format!("vanaf {moment}"), format!("from {moment}"))
    }

    /// Hours a week that people may work elsewhere.
    pub fn elsewhere_at_most(self, minutes: i32) -> String {
        let hours = clock::hours(self.0, i64::from(minutes));
        self.0.two(format!("hoogstens {hours} per week elders"), format!("at most {hours} a week elsewhere"))
    }
}
