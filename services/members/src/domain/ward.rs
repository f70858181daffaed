//! Where work is done: locations, and the wards that belong to them.

use chassis::ids::{LocationId, OrganisationId, UserId, WardId, WorkerId};

/// What is said about a new location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLocation {
    /// The organisation it belongs to.
    pub organisation: OrganisationId,
    /// Its name, unique within the organisation whatever the case.
    pub name: String,
    /// Its postcode (IDN-06).
    pub postcode: String,
}

/// A building or place where an organisation works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Its id.
    pub id: LocationId,
    /// What is known of it.
    pub about: NewLocation,
    /// Raised by every change.
    pub version: i64,
}

/// Where a new ward is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Site {
    /// At a location of the organisation.
    Location(LocationId),
    /// At the organisation's location with this postcode, which is made when there is none.
    Postcode(String),
}

/// Who leads a ward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lead {
    /// Somebody who signs in.
    User(UserId),
    /// Somebody who works at the organisation.
    Worker(WorkerId),
}

/// What somebody who comes for the first time must know. Empty where nothing was said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WardCard {
    /// How one gets in.
    pub entrance: String,
    /// Where to leave car or bicycle.
    pub parking: String,
    /// Whom to call.
    pub contact: String,
    /// What the work is.
    pub tasks: String,
    /// Who shows one around.
    pub buddy: String,
}

/// What is said about a new ward.
#[derive(Debug, Clone)]
pub struct NewWard {
    /// The organisation it belongs to.
    pub organisation: OrganisationId,
    /// Its name, unique within the organisation whatever the case.
    pub name: String,
    /// Where it is.
    pub site: Site,
    /// What somebody who comes for the first time must know.
    pub card: WardCard,
}

/// A team or department where work is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ward {
    /// Its id.
    pub id: WardId,
    /// The organisation it belongs to.
    pub organisation: OrganisationId,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub location: LocationId,
    /// The postcode of the location.
    pub postcode: String,
    /// Who leads it.
    pub lead: Option<Lead>,
    /// What somebody who comes for the first time must know.
    pub card: WardCard,
    /// Raised by every change.
    pub version: i64,
}

/// What is to be otherwise about a ward; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct WardEdit {
    /// The name.
    pub name: Option<String>,
    /// The location.
    pub location: Option<LocationId>,
    /// Who leads it, or that nobody does.
    pub lead: Option<Option<Lead>>,
    /// What somebody who comes for the first time must know.
    pub card: Option<WardCard>,
}

impl WardEdit {
    /// Whether it is about nothing but the card, which a ward lead may change.
    pub fn is_of_card(&self) -> bool {
        self.name.is_none() && self.location.is_none() && self.lead.is_none()
    }
}

impl Ward {
    /// The ward after an edit; `None` when the edit changes nothing. The postcode of another location is not known here.
    #[must_use]
    pub fn edited(&self, edit: WardEdit) -> Option<Self> {
        let edited = Self {
            name: edit.name.unwrap_or_else(|| self.name.clone()),
            location: edit.location.unwrap_or(self.location),
            lead: edit.lead.unwrap_or(self.lead),
            card: edit.card.unwrap_or_else(|| self.card.clone()),
            ..self.clone()
        };
        (edited != *self).then(|| Self { version: self.version + 1, ..edited })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_changes_what_it_names_and_counts_when_something_changes() {
        let ward = Ward {
            id: WardId::new(),
            organisation: OrganisationId::new(),
            name: "De Linde".to_owned(),
            location: LocationId::new(),
            postcode: "5825AB".to_owned(),
            lead: Some(Lead::User(UserId::new())),
            card: WardCard::default(),
            version: 1,
        };
        assert_eq!(ward.edited(WardEdit::default()), None);
        assert_eq!(ward.edited(WardEdit { name: Some("De Linde".to_owned()), ..WardEdit::default() }), None);
        let card = WardCard { entrance: "Achterom".to_owned(), ..WardCard::default() };
        let edit = WardEdit { card: Some(card.clone()), ..WardEdit::default() };
        assert!(edit.is_of_card());
        let edited = ward.edited(edit).expect("a change");
        assert_eq!(edited, Ward { card, version: 2, ..ward.clone() });
        let edit = WardEdit { lead: Some(None), ..WardEdit::default() };
        assert!(!edit.is_of_card());
        assert_eq!(ward.edited(edit).expect("a change").lead, None);
    }
}
