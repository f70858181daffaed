//! What handlers wrote down, and what must hold over it.

use chassis::db::Db;
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use crate::harness::SOURCE;

/// What a handler wrote down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Effect {
    pub(crate) id: Uuid,
    pub(crate) subject: Uuid,
    pub(crate) sequence: i64,
    pub(crate) partition: i32,
    pub(crate) position: i64,
}

pub(crate) async fn effects(db: &Db) -> Vec<Effect> {
    let sql = "SELECT id, subject, sequence, partition, position FROM effect ORDER BY taken";
    let rows = db.read().query_all_raw(Statement::from_string(db.backend(), sql)).await.expect("effects");
    rows.iter()
        .map(|row| Effect {
            id: row.try_get("", "id").expect("id"),
            subject: row.try_get("", "subject").expect("subject"),
            sequence: row.try_get("", "sequence").expect("sequence"),
            partition: row.try_get("", "partition").expect("partition"),
            position: row.try_get("", "position").expect("position"),
        })
        .collect()
}

/// Holds every promise about subjects against two databases and the effects in one of them, which it gives back.
pub(crate) async fn assert_sound(producer: &Db, consumer: &Db, effects: Vec<Effect>) -> Vec<Effect> {
    let mut findings = bus::check(producer, SOURCE).await.expect("checked");
    let heads = bus::heads(producer).await.expect("heads");
    findings.extend(bus::check_consumer(consumer, SOURCE, &heads).await.expect("checked"));
    assert_eq!(findings, []);
    let mut written = ids(producer, "SELECT id FROM event_log").await;
    let mut taken: Vec<Uuid> = effects.iter().map(|effect| effect.id).collect();
    written.sort();
    taken.sort();
    assert_eq!(taken, written, "every event once");
    let mut sequences = std::collections::HashMap::new();
    for effect in &effects {
        let sequence = sequences.entry(effect.subject).or_insert(0);
        *sequence += 1;
        assert_eq!(effect.sequence, *sequence, "the events of {} in order", effect.subject);
    }
    effects
}

/// Where nothing was parked, nothing overtook anything in its partition either.
pub(crate) fn assert_in_order_of_positions(effects: &[Effect]) {
    let mut positions = std::collections::HashMap::new();
    for effect in effects {
        let position = positions.entry(effect.partition).or_insert(0);
        *position += 1;
        assert_eq!(effect.position, *position, "the events of partition {} in order", effect.partition);
    }
}

async fn ids(db: &Db, sql: &str) -> Vec<Uuid> {
    let rows = db.read().query_all_raw(Statement::from_string(db.backend(), sql)).await.expect("ids");
    rows.iter().map(|row| row.try_get("", "id").expect("an id")).collect()
}
