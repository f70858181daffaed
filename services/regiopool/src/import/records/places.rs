//! Locations and wards of one organisation.

use std::collections::HashMap;

use anyhow::{Context, Result};
use proto::members::{CreateLocationRequest, CreateWardRequest, ListLocationsRequest, ListWardsRequest, Location, Ward, WardCard};
use tonic::Status;

use super::{Done, Field, FieldCells, Record, Shows, known};
use crate::{client::Client, import::notation::key};

/// Locations by their names.
#[derive(Default)]
pub(crate) struct Locations {
    organisation: String,
    known: HashMap<String, Location>,
}

impl Locations {
    /// Of an organisation, with what the region knows.
    pub(crate) async fn of(client: &Client, organisation: &str) -> Result<Self> {
        let request = ListLocationsRequest { organisation: organisation.to_owned(), ..Default::default() };
        let known = client.all(request).await.context("the locations")?;
        Ok(Self { organisation: organisation.to_owned(), known: known.into_iter().map(|one| (key(&one.name), one)).collect() })
    }
}

/// A postcode however it is written.
fn compact(postcode: &str) -> String {
    postcode.replace(' ', "").to_uppercase()
}

impl Record for Locations {
    type Request = CreateLocationRequest;
    const SECTION: &'static str = "locations";
    const ROWS_ARE: &'static str = "locations";
    const FIELDS: &'static [Field] = &[("name", true, Shows::Nothing), ("postcode", true, Shows::Nothing)];

    fn read(&self, cells: &mut FieldCells<'_>) -> (String, CreateLocationRequest) {
        let (name, postcode) = (cells.text("name"), cells.text("postcode"));
        let location = Location { organisation: self.organisation.clone(), name, postcode, ..Location::default() };
        (key(&location.name), CreateLocationRequest { location: Some(location), request_id: String::new() })
    }

    async fn send(&self, client: &Client, request: CreateLocationRequest) -> Result<Done, Status> {
        let asked = request.location.clone().unwrap_or_default();
        match self.known.get(&key(&asked.name)) {
            Some(own) => Ok(known(&[("name", own.name == asked.name), ("postcode", compact(&own.postcode) == compact(&asked.postcode))])),
            None => client.change(request).await.map(|_| Done::Made),
        }
    }
}

/// Wards by their names.
#[derive(Default)]
pub(crate) struct Wards {
    organisation: String,
    locations: Option<HashMap<String, String>>,
    known: HashMap<String, Ward>,
}

impl Wards {
    /// Of an organisation, with what the region knows.
    pub(crate) async fn of(client: &Client, organisation: &str) -> Result<Self> {
        let locations = Locations::of(client, organisation).await?.known.into_iter().map(|(name, one)| (name, one.id)).collect();
        let request = ListWardsRequest { organisation: organisation.to_owned(), ..Default::default() };
        let known = client.all(request).await.context("the wards")?.into_iter().map(|ward| (key(&ward.name), ward)).collect();
        Ok(Self { organisation: organisation.to_owned(), locations: Some(locations), known })
    }
}

impl Record for Wards {
    type Request = CreateWardRequest;
    const SECTION: &'static str = "wards";
    const ROWS_ARE: &'static str = "wards";
    const FIELDS: &'static [Field] = &[
        ("name", true, Shows::Nothing),
        ("location", false, Shows::Nothing),
        ("postcode", false, Shows::Nothing),
        ("entrance", false, Shows::Nothing),
        ("parking", false, Shows::Nothing),
        ("contact", false, Shows::Nothing),
        ("tasks", false, Shows::Nothing),
        ("buddy", false, Shows::Nothing),
    ];

    fn read(&self, cells: &mut FieldCells<'_>) -> (String, CreateWardRequest) {
        let location = cells.value("location", |cell| match &self.locations {
            None => Ok(String::new()),
            Some(known) => known.get(&key(cell)).cloned().ok_or_else(|| "is no location of the organisation".to_owned()),
        });
        // A ward with a location has its postcode.
        let postcode = if location.is_some() { String::new() } else { cells.text("postcode") };
        let text = |field: &str| cells.text(field);
        let card = WardCard {
            entrance: text("entrance"),
            parking: text("parking"),
            contact: text("contact"),
            tasks: text("tasks"),
            buddy: text("buddy"),
        };
        let ward = Ward {
            organisation: self.organisation.clone(),
            name: text("name"),
            postcode,
            location: location.unwrap_or_default(),
            card: (card != WardCard::default()).then_some(card),
            ..Ward::default()
        };
        (key(&ward.name), CreateWardRequest { ward: Some(ward), request_id: String::new() })
    }

    async fn send(&self, client: &Client, request: CreateWardRequest) -> Result<Done, Status> {
        let asked = request.ward.clone().unwrap_or_default();
        let Some(own) = self.known.get(&key(&asked.name)) else { return client.change(request).await.map(|_| Done::Made) };
        let (card, own_card) = (asked.card.unwrap_or_default(), own.card.clone().unwrap_or_default());
        Ok(known(&[
            ("name", own.name == asked.name),
            ("location", asked.location.is_empty() || own.location == asked.location),
            ("postcode", asked.postcode.is_empty() || compact(&own.postcode) == compact(&asked.postcode)),
            ("entrance", card.entrance == own_card.entrance),
            ("parking", card.parking == own_card.parking),
            ("contact", card.contact == own_card.contact),
            ("tasks", card.tasks == own_card.tasks),
            ("buddy", card.buddy == own_card.buddy),
        ]))
    }
}
