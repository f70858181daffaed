//! Texts about shifts, for workers and planners.

use proto::flexpool::DayPart;

use crate::Words;

words! {
    open_title: "Open diensten", "Open shifts";
    filter_all: "Alles", "All";
    filter_claimable: "Kan ik nemen", "I can take";
    needed: "Nodig", "Needed";
    claim: "Neem deze dienst", "Take this shift";
    is_yours: "Deze dienst is van jou", "This shift is yours";
    not_for_you: "Kan nu niet", "Not possible now";
    nothing_open: "Er zijn nu geen open diensten in jouw pools. Nieuwe diensten komen hier vanzelf bij.",
        "There are no open shifts in your pools now. New shifts appear here by themselves.";
    nothing_claimable: "Er is nu geen dienst die je kunt nemen. Kijk bij alle open diensten wat je tegenhoudt.",
        "There is no shift that you can take now. Look at all open shifts to see what holds you back.";
    to_claimable_shifts: "Wat ik kan nemen", "What I can take";
    to_my_shifts: "Mijn diensten", "My shifts";
    claim_refused_title: "Deze dienst kun je niet nemen", "You cannot take this shift";
    claim_unsure_title: "Nog niet zeker", "Not certain yet";
    claimed_notice: "Gelukt: deze dienst is van jou.", "Done: this shift is yours.";

    mine_title: "Mijn diensten", "My shifts";
    nothing_mine: "Je hebt nog geen diensten voor de komende tijd.", "You have no shifts ahead yet.";
    was_released: "Deze dienst is niet meer van jou: hij paste niet bij wat er later bekend werd, zoals je afwezigheid.",
        "This shift is no longer yours: it did not fit what became known later, such as your absence.";
    was_cancelled: "Deze dienst is teruggetrokken.", "This shift was cancelled.";

    give_back: "Dienst teruggeven", "Give the shift back";
    give_back_for_sure: "Geef de dienst terug", "Give this shift back";
    undo_explained: "Je nam deze dienst net. Je kunt dat nog ongedaan maken: het telt dan niet.",
        "You have just taken this shift. You can still undo that: then it does not count.";
    give_back_explained: "Iemand anders kan de dienst dan nemen: wie wacht krijgt als eerste de kans.",
        "Somebody else can take the shift then: who waits is asked first.";
    given_back_notice: "De dienst is teruggegeven.", "The shift was given back.";
    waiting_title: "Wachtlijst", "Waiting list";
    join_explained: "Alle plaatsen zijn bezet. Komt er een vrij, dan vragen we het op volgorde aan wie wacht.",
        "All places are taken. When one comes free, those who wait are asked in order.";
    join_at_once: "Geef me de plaats meteen, zonder het nog te vragen", "Give me the place at once, without asking again";
    join_submit: "Zet mij op de wachtlijst", "Put me on the waiting list";
    joined_notice: "Je staat op de wachtlijst.", "You are on the waiting list.";
    left_notice: "Je staat niet meer op de wachtlijst.", "You are no longer on the waiting list.";
    leave_submit: "Haal mij van de wachtlijst", "Take me off the waiting list";
    accept_submit: "Neem deze plaats", "Take this place";
    decline_submit: "Nee, dank je", "No, thank you";
    waits_at_once: "Komt er plaats, dan is die meteen van jou.", "When a place comes free, it is yours at once.";
    to_waiting_list: "Naar de wachtlijst", "To the waiting list";

    shift_title: "Dienst", "Shift";
    who_is_on_it: "Wie werkt er", "Who works it";
    nobody_on_it: "Nog niemand.", "Nobody yet.";
    wishes_title: "Wat ik wil", "What I want";
    wishes_text: "Kies wat je wilt. Andere diensten blijven te zien bij alles, en je kunt ze nemen. Niemand anders ziet wat je hier kiest.",
        "Choose what you want. Other shifts can still be seen among all, and you can take them. Nobody else sees what you choose here.";
    wishes_save: "Bewaar", "Save";
    wishes_saved: "Bewaard.", "Saved.";
    wishes_max_km: "Hoe ver van huis, in kilometers?", "How far from home, in kilometres?";
    wishes_max_km_hint: "Hemelsbreed. Laat leeg als de afstand niet uitmaakt.", "In a straight line. Leave empty when the distance does not matter.";
    wishes_day_parts: "Wanneer?", "When?";
    wishes_levels: "Welk werk?", "Which work?";
    wishes_organisations: "Waar?", "Where?";
    wishes_nothing_hint: "Kies je niets, dan is alles goed.", "When you choose none, everything is fine.";
    why_not: "Dit houdt je tegen", "This holds you back";
    to_who_could: "Wie kan deze dienst werken?", "Who could work this shift?";
    who_could_title: "Wie kan deze dienst werken", "Who could work this shift";
    who_could_text: "Mensen van je eigen organisatie, en van andere leden wie gezien wil worden. Dat je keek, staat in hun overzicht.",
        "People of your own organisation, and of other members who want to be seen. That you looked stands in their overview.";
    who_could_empty: "Niemand die we je kunnen laten zien.", "Nobody whom we can show you.";
    who_could_own: "eigen organisatie", "own organisation";
    cancel_shift: "Dienst terugtrekken", "Cancel the shift";
    cancel_explained: "De dienst verdwijnt uit de lijst van open diensten. Dit kun je niet ongedaan maken.",
        "The shift disappears from the list of open shifts. You cannot undo this.";
    cancel_for_sure: "Trek de dienst terug", "Cancel this shift";

    board_title: "Diensten", "Shifts";
    board_empty: "Er staan geen diensten. Plaats de eerste.", "There are no shifts. Publish the first one.";
    published_notice: "De dienst staat open.", "The shift is open.";
    cancelled_notice: "De dienst is teruggetrokken.", "The shift was cancelled.";

    publish_title: "Dienst plaatsen", "Publish a shift";
    publish_submit: "Plaats de dienst", "Publish the shift";
    publish_needs_ward: "Je organisatie heeft nog geen afdeling. Vraag de beheerder van de regio of personeelszaken om er een te maken.",
        "Your organisation has no ward yet. Ask the operator of the region or personnel to make one.";
    publish_needs_pool: "Je organisatie zit nog in geen pool. Vraag de beheerder van de regio om haar toe te voegen.",
        "Your organisation is in no pool yet. Ask the operator of the region to add it.";
}

impl Words {
    /// How many places are free: `2 van 3 plaatsen vrij`.
    pub fn places_free(self, free: i32, places: i32) -> String {
        match (free, places) {
            (..=0, 1) => self.0.two("Bezet", "Taken").to_owned(),
            (..=0, _) => self.0.two(format!("Alle {places} plaatsen bezet"), format!("All {places} places taken")),
            (1, 1) => self.0.two("1 plaats vrij", "1 place free").to_owned(),
            _ => self.0.two(format!("{free} van {places} plaatsen vrij"), format!("{free} of {places} places free")),
        }
    }

    /// A part of the day by the number of the proto.
    pub fn day_part(self, part: DayPart) -> &'static str {
        match part {
            DayPart::Unspecified => self.0.two("onbekend", "unknown"),
            DayPart::Day => self.0.two("Doordeweeks overdag (6 tot 14 uur)", "On weekdays by day (from 6 to 14)"),
            DayPart::Evening => self.0.two("Doordeweeks 's avonds (14 tot 20 uur)", "On weekdays in the evening (from 14 to 20)"),
            DayPart::Night => self.0.two("Doordeweeks 's nachts (20 tot 6 uur)", "On weekdays at night (from 20 to 6)"),
            DayPart::Weekend => self.0.two("In het weekend", "At the weekend"),
        }
    }

    /// How far a shift is from home.
    pub fn km_from_home(self, km: &i32) -> String {
        self.0.two(format!("{km} km van huis"), format!("{km} km from home"))
    }

    /// That one competence would be enough for a shift.
    pub fn one_course_away(self, competence: &str) -> String {
        self.0.two(
            format!("Alleen ‘{competence}’ ontbreekt. Met die ene bekwaamheid past deze dienst."),
            format!("Only ‘{competence}’ is missing. With that one competence this shift fits."),
        )
    }

    /// How many more could work a shift, who are not shown; in tens.
    pub fn others_could(self, number: &i32) -> String {
        self.0.two(
            format!("Nog minstens {number} anderen kunnen deze dienst werken. Zij kozen er niet voor om gezien te worden."),
            format!("At least {number} others could work this shift. They did not choose to be seen."),
        )
    }

    /// Until when a claim can be undone.
    pub fn undo_until(self, moment: &str) -> String {
        self.0.two(format!("Ongedaan maken kan tot {moment}."), format!("You can undo it until {moment}."))
    }

    /// Until when a shift can be given back.
    pub fn give_back_until(self, moment: &str) -> String {
        self.0.two(format!("Teruggeven kan tot {moment}."), format!("You can give it back until {moment}."))
    }

    /// That it is too late to give a shift back.
    pub fn give_back_was_until(self, moment: &str) -> String {
        self.0.two(
            format!("Teruggeven kon tot {moment}. Bel de planner van de afdeling als je niet kunt komen."),
            format!("You could give it back until {moment}. Call the ward's planner if you cannot come."),
        )
    }

    /// How many people stand before one who waits.
    pub fn waits_behind(self, before: &i32) -> String {
        match before {
            0 => self.0.two("Je staat op de wachtlijst, als eerste.", "You are on the waiting list, first in line.").to_owned(),
            1 => self.0.two("Je staat op de wachtlijst, na 1 ander.", "You are on the waiting list, after 1 other.").to_owned(),
            _ => self.0.two(
                format!("Je staat op de wachtlijst, na {before} anderen."),
                format!("You are on the waiting list, after {before} others."),
            ),
        }
    }

    /// Until when an offered place can be taken.
    pub fn offered_until(self, moment: &str) -> String {
        self.0.two(
            format!("Er is plaats voor je. Neem haar voor {moment}, daarna is de volgende aan de beurt."),
            format!("There is a place for you. Take it before {moment}; then it is the next one's turn."),
        )
    }

    /// How much more somebody may work.
    pub fn hours_left(self, week: i64, month: i64) -> String {
        let (week, month) = (crate::duration(self.0, week), crate::duration(self.0, month));
        self.0.two(
            format!("Volgens de regels kun je deze week nog {week} werken, en deze maand nog {month}."),
            format!("By the rules you can still work {week} this week, and {month} this month."),
        )
    }

    /// How much work it is, breaks off.
    pub fn work_of(self, work: &str) -> String {
        self.0.two(format!("{work} werk"), format!("{work} of work"))
    }

    /// On which basis a shift is worked.
    pub fn on_basis(self, basis: &str) -> String {
        self.0.two(format!("Je werkt dit als: {basis}"), format!("You work this as: {basis}"))
    }

    /// Under which employer a shift is worked.
    pub fn through_employer(self, employer: &str) -> String {
        self.0.two(format!("(in dienst van {employer})"), format!("(employed by {employer})"))
    }

    /// The planner's own number of a shift.
    pub fn reference(self, number: &str) -> String {
        self.0.two(format!("Eigen nummer: {number}"), format!("Own number: {number}"))
    }

    /// When a shift was claimed.
    pub fn claimed_at(self, moment: &str) -> String {
        self.0.two(format!("genomen {moment}"), format!("taken {moment}"))
    }

    /// People who are on a shift beside the named ones.
    pub fn more_people(self, number: &i32) -> String {
        self.0.two(format!("en nog {number}"), format!("and {number} more"))
    }
}
