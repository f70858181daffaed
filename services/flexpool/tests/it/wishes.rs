//! What workers want: it decides what is proposed to them and for what they are proposed, and refuses nothing.

use chassis::ids::OrganisationId;
use proto::{
    flexpool::{
        DayPart, ExplainShiftRequest, GetPreferencesRequest, ListEligibleWorkersRequest, ListOpenShiftsRequest, Preferences, Reason,
        Refusal, SetPreferencesRequest, Shift,
    },
    members::{ConsentKind, FunctionLevel},
};
use testkit::{
    as_token,
    region::{Colleague, Opening},
    request_id,
};
use tonic::Status;

use crate::scene::{Scene, assert_wrong};

impl Scene {
    async fn want(&self, worker: &Colleague, preferences: Preferences) -> Result<Preferences, Status> {
        let request = SetPreferencesRequest { preferences: Some(preferences), request_id: request_id() };
        let answer = self.bed.eligibility().set_preferences(as_token(request, &worker.token)).await?;
        Ok(answer.into_inner().preferences.expect("as stored"))
    }

    async fn wanted(&self, worker: &Colleague) -> Preferences {
        let request = as_token(GetPreferencesRequest {}, &worker.token);
        self.bed.eligibility().get_preferences(request).await.expect("own").into_inner().preferences.expect("some")
    }

    /// What of the worker's wishes speaks against a shift.
    async fn unwished(&self, shift: &Shift, worker: &Colleague) -> Vec<Reason> {
        let request = ExplainShiftRequest { shift: shift.id.clone() };
        let told = self.bed.eligibility().explain_shift(as_token(request, &worker.token)).await.expect("why").into_inner();
        told.unwished.iter().map(Refusal::reason).collect()
    }

    /// Whether the planner of Zonnehof is shown the worker for a shift.
    async fn is_proposed(&self, shift: &Shift, worker: &Colleague) -> bool {
        let request = ListEligibleWorkersRequest { shift: shift.id.clone(), page_token: String::new() };
        let answer = self.bed.eligibility().list_eligible_workers(as_token(request, &self.zonnehof.planner)).await.expect("who could");
        answer.into_inner().workers.iter().any(|could| could.worker == worker.id)
    }

    /// The shifts in the worker's list without what is unwished.
    async fn wished(&self, worker: &Colleague) -> Vec<String> {
        let request = ListOpenShiftsRequest { wished_only: true, ..ListOpenShiftsRequest::default() };
        let answer = self.bed.shifts().list_open_shifts(as_token(request, &worker.token)).await.expect("open shifts").into_inner();
        answer.shifts.into_iter().filter_map(|open| open.shift).map(|shift| shift.id).collect()
    }
}

fn parts(parts: &[DayPart]) -> Preferences {
    Preferences { day_parts: parts.iter().map(|part| (*part).into()).collect(), ..Preferences::default() }
}

#[tokio::test]
async fn what_a_worker_does_not_want_is_not_proposed_and_can_be_claimed() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let shift = scene.shift(7, 7, 15).await;
    assert_eq!(scene.wanted(&worker).await, Preferences::default());
    assert!(scene.is_proposed(&shift, &worker).await);
    let every: Vec<DayPart> = (1..).map_while(|number| DayPart::try_from(number).ok()).collect();

    // It begins in one part of the day; who wants the others does not want it.
    let mut begins_in = Vec::new();
    for part in &every {
        let others: Vec<DayPart> = every.iter().copied().filter(|one| one != part).collect();
        scene.want(&worker, parts(&others)).await.expect("set");
        if scene.unwished(&shift, &worker).await == [Reason::DayPartUnwished] {
            begins_in.push(*part);
            assert!(!scene.is_proposed(&shift, &worker).await);
            assert_eq!(scene.wished(&worker).await, [] as [&str; 0]);
            assert_eq!(scene.open_shifts(&worker.token).await.len(), 1, "among all it is still shown");
        } else {
            assert!(scene.is_proposed(&shift, &worker).await);
            assert_eq!(scene.wished(&worker).await, [shift.id.as_str()]);
        }
    }
    assert!(begins_in == [DayPart::Day] || begins_in == [DayPart::Weekend], "{begins_in:?}");

    let none = Preferences {
        function_levels: vec![FunctionLevel::Helper.into()],
        organisations: vec![scene.beekdal.id.clone()],
        ..Preferences::default()
    };
    assert_eq!(scene.want(&worker, none.clone()).await.expect("set"), none);
    assert_eq!(scene.wanted(&worker).await, none);
    assert_eq!(scene.unwished(&shift, &worker).await, [Reason::LevelUnwished, Reason::OrganisationUnwished]);
    scene.claim(&shift, &worker).await.expect("an own choice");
    scene.assert_clean().await;
}

#[tokio::test]
async fn how_far_it_is_and_whether_there_is_time_for_the_way_follow_from_where_people_live_and_work() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let postcodes = [("worker", "pc4", "6411"), ("ward", "postcode", "6211AB"), ("ward", "location", "")];
    for (table, column, value) in postcodes {
        let value = if value.is_empty() { "NULL".to_owned() } else { format!("'{value}'") };
        scene.execute(&format!("UPDATE {table} SET {column} = {value}")).await;
    }
    let elsewhere = scene.literal(scene.beekdal.ward.parse::<chassis::ids::WardId>().expect("an id").0);
    scene.execute(&format!("UPDATE ward SET postcode = '6461' WHERE id = {elsewhere}")).await;
    let shift = scene.opening(&Opening { start: 11 * 60 + 30, ..Opening::on(scene.bed.day(7)) }).await;
    let open = scene.open_shifts(&worker.token).await;
    assert_eq!((open[0].distance_km, open[0].unwished.len()), (Some(17), 0));
    for (max_km, expected) in [(16, vec![Reason::TooFar]), (17, vec![])] {
        scene.want(&worker, Preferences { max_km, ..Preferences::default() }).await.expect("set");
        assert_eq!(scene.unwished(&shift, &worker).await, expected, "at most {max_km} km");
    }
    let before = scene.builder.shift(&scene.beekdal, &scene.pool, &Opening::on(scene.bed.day(7)).hours(8, 11)).await;
    scene.claim(&before, &worker).await.expect("a place");
    assert_eq!(scene.unwished(&shift, &worker).await, [Reason::TooLittleTravelTime]);
    let open = scene.open_shifts(&worker.token).await;
    let later = open.last().expect("the list is by start");
    assert_eq!(later.unwished.iter().map(Refusal::reason).collect::<Vec<_>>(), [Reason::TooLittleTravelTime]);
    assert!(!scene.is_proposed(&shift, &worker).await);
    scene.execute("UPDATE ward SET postcode = '6211'").await;
    assert_eq!(scene.unwished(&shift, &worker).await, [], "at the same place nobody travels");
}

#[tokio::test]
async fn what_is_wrong_with_wishes_is_told_field_by_field() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let wrong = Preferences {
        max_km: 301,
        day_parts: vec![1, 1, 9],
        function_levels: vec![0],
        organisations: vec![scene.zonnehof.id.clone(), "x".to_owned()],
    };
    let expected = [
        ("preferences.max_km", "is not between 0 and 300"),
        ("preferences.day_parts[1]", "stands there twice"),
        ("preferences.day_parts[2]", "is not a known part of the day"),
        ("preferences.function_levels[0]", "is not a known function level"),
        ("preferences.organisations[1]", "is not an id of this kind: expected org_ followed by 32 hexadecimal digits"),
    ];
    assert_wrong(&scene.want(&worker, wrong).await.expect_err("wrong"), &expected, "wishes");
    let many = Preferences { organisations: (0..101).map(|_| OrganisationId::new().to_string()).collect(), ..Preferences::default() };
    assert_wrong(&scene.want(&worker, many).await.expect_err("many"), &[("preferences.organisations", "has more than 100 ids")], "many");
    let nothing = SetPreferencesRequest { preferences: None, request_id: request_id() };
    let status = scene.bed.eligibility().set_preferences(as_token(nothing, &worker.token)).await.expect_err("nothing");
    assert_wrong(&status, &[("preferences", "is required")], "nothing");
    assert_eq!(scene.wanted(&worker).await, Preferences::default());
}

#[tokio::test]
async fn two_who_are_one_want_what_the_kept_one_wants_and_else_what_the_other_wanted() {
    let scene = Scene::start().await;
    let (kept, merged) = (scene.carer().await, scene.carer().await);
    let wanted = parts(&[DayPart::Night]);
    scene.want(&merged, wanted.clone()).await.expect("set");
    scene.give_consent(&merged, ConsentKind::SeenByPlanners).await;
    scene.merge(&kept, &merged).await;
    assert_eq!(scene.wanted(&kept).await, wanted);
    let third = scene.carer().await;
    scene.want(&third, parts(&[DayPart::Weekend])).await.expect("set");
    scene.merge(&kept, &third).await;
    assert_eq!(scene.wanted(&kept).await, wanted);
    assert_eq!(scene.number("SELECT COUNT(*) FROM preference").await, 1);
}
