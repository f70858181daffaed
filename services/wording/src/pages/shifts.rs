//! Texts about shifts, for workers and planners.

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
    was_cancelled: "Deze dienst is teruggetrokken.", "This shift was cancelled.";

    shift_title: "Dienst", "Shift";
    who_is_on_it: "Wie werkt er", "Who works it";
    nobody_on_it: "Nog niemand.", "Nobody yet.";
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
