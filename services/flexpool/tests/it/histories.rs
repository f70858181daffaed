//! Random histories: claims, withdrawals, waits and promotions, imports of busy time, absence, lost competences, mergers and clock changes,
//! many at once, keep I1 to I6 and I12.
//!
//! A history comes from a seed ([`script`]) and has a region of its own (D32); a few share a service, with its timers and its bus. In rounds
//! everybody acts at once, then all settles, `check` looks at the databases, and business time moves on. Both modes:
//!
//! ```text
//! tests/run -E 'test(/^histories/)'                                             200 seeds in each mode, from a random one
//! REGIOPOOL_TEST_SEED=1234 tests/run -E 'test(/^histories/)'                    that one again: a failure names it
//! REGIOPOOL_TEST_SEEDS=5000 tests/run -E 'test(/^histories/)' --no-capture      thousands, and how far it is
//! ```
//!
//! That they would see a fault they prove themselves: without the check of the worker's version (D8) they find what must never be.

mod script;
mod world;

use std::collections::BTreeMap;

use bus::Finding;
use chassis::time::real_now;
use futures::future::join_all;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};
use testkit::{Testbed, servers::variable, wait_until};
use uuid::Uuid;

use self::{
    script::{LATER, Season},
    world::World,
};

const SEEDS: u64 = 200;
/// So many histories share a service.
const AT_ONCE: usize = 12;
/// A planted bug must be found within so many seeds.
const ENOUGH: u64 = 60;

#[expect(clippy::print_stderr, reason = "who wants to repeat a failure needs the seed")]
fn say(text: &str) {
    eprintln!("{text}");
}

fn number(name: &str) -> Option<u64> {
    variable(name).map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// What is wrong, by seed; what belongs to none of them is under nobody's.
type Wrong = BTreeMap<Option<u64>, Vec<String>>;

/// Some histories of a season on one service.
struct Wave {
    bed: Testbed,
    worlds: Vec<World>,
    wrong: Wrong,
}

impl Wave {
    async fn start(season: Season, seeds: &[u64], versions: bool) -> Self {
        let bed = Testbed::start().await;
        // From noon on, as if it were that day.
        let noon = season.day().at_minute(12 * 60, false).expect("noon");
        bed.set_clock((noon.0 - real_now().0) / 1_000_000);
        let worlds = join_all(seeds.iter().map(|seed| World::new(&bed, *seed))).await;
        if !versions {
            worlds.iter().for_each(|world| flexpool::planted::forget_versions(world.region.id));
        }
        bed.caught_up().await;
        Self { bed, worlds, wrong: Wrong::new() }
    }

    async fn play(mut self) -> Wrong {
        let season = self.worlds.first().map_or(Season::Plain, |world| world.script.season);
        let noon = season.day().at_minute(12 * 60, false).expect("noon");
        let ahead = (noon.0 - real_now().0) / 1_000_000;
        let mut minutes = 0;
        for (round, later) in LATER.into_iter().enumerate() {
            join_all(self.worlds.iter().map(|world| world.publish(round))).await;
            join_all(self.worlds.iter().map(|world| world.play(round))).await;
            self.settle().await;
            self.look(round).await;
            minutes += later;
            self.bed.set_clock(ahead + minutes * 60);
            self.settle().await;
        }
        self.look(LATER.len()).await;
        let claims = self.claims().await;
        for world in &self.worlds {
            let wrong = world.told_what_is_so(&claims).await;
            if !wrong.is_empty() {
                self.wrong.entry(Some(world.seed)).or_default().extend(wrong);
            }
        }
        self.wrong
    }

    /// Waits until flexpool knows what members told, and did what is due.
    async fn settle(&self) {
        self.bed.caught_up().await;
        let db = self.bed.db("flexpool");
        wait_until("timers", async || {
            let sql = "SELECT kind, key, tries FROM timer WHERE due <= $1";
            let query = Statement::from_sql_and_values(db.backend(), sql, [self.bed.now().0.into()]);
            let rows = db.read().query_all_raw(query).await.expect("a query");
            let timer = |row: &QueryResult| {
                let (kind, key, tries): (i32, Uuid, i32) = (row.try_get("", "kind")?, row.try_get("", "key")?, row.try_get("", "tries")?);
                Ok::<_, DbErr>(format!("kind {kind} of {key} was tried {tries} times"))
            };
            let due: Vec<String> = rows.iter().map(timer).collect::<Result<_, _>>().expect("timers");
            if due.is_empty() { Ok(()) } else { Err(format!("{due:#?}")) }
        })
        .await;
    }

    async fn look(&mut self, round: usize) {
        let (members, flexpool) = (self.bed.db("members"), self.bed.db("flexpool"));
        let mut findings = flexpool::check(&flexpool, self.bed.now()).await.expect("a check");
        for (db, service) in [(&members, "members"), (&flexpool, "flexpool")] {
            findings.extend(bus::check(db, service).await.expect("a check of the bus"));
        }
        let heads = bus::heads(&members).await.expect("heads");
        findings.extend(bus::check_consumer(&flexpool, "members", &heads).await.expect("a check of the consumer"));
        for Finding { invariant, subject, text } in findings {
            let seed = self.whose(&subject).await;
            self.wrong.entry(seed).or_default().push(format!("after round {round}: {invariant}: {subject} {text}"));
        }
    }

    /// In whose region the thing with this id is.
    async fn whose(&self, subject: &str) -> Option<u64> {
        let id = Uuid::parse_str(subject.rsplit('_').next()?).ok()?;
        let db = self.bed.db("flexpool");
        let of = |table| format!("SELECT region FROM {table} WHERE id = $1");
        let sql = ["shift", "claim", "worker", "wait", "claim_conflict"].map(of).join(" UNION ");
        let query = Statement::from_sql_and_values(db.backend(), sql, [id.into()]);
        let region: Uuid = db.read().query_one_raw(query).await.expect("a query")?.try_get("", "region").expect("a region");
        self.worlds.iter().find(|world| world.region.id.0 == region).map(|world| world.seed)
    }

    /// Every claim with its region.
    async fn claims(&self) -> BTreeMap<Uuid, Uuid> {
        let db = self.bed.db("flexpool");
        let rows = db.read().query_all_raw(Statement::from_string(db.backend(), "SELECT id, region FROM claim")).await.expect("claims");
        rows.iter().map(|row| (row.try_get("", "id").expect("an id"), row.try_get("", "region").expect("a region"))).collect()
    }
}

/// Plays these seeds; with `versions` all of them, without until something is wrong.
async fn play(first: u64, seeds: u64, versions: bool) -> Wrong {
    let (mut wrong, mut played) = (Wrong::new(), 0);
    let mut by_season: BTreeMap<Season, Vec<u64>> = BTreeMap::new();
    (0..seeds).map(|n| first.wrapping_add(n)).for_each(|seed| by_season.entry(Season::of(seed)).or_default().push(seed));
    for (season, seeds_of_it) in by_season {
        for some in seeds_of_it.chunks(AT_ONCE) {
            let found = Wave::start(season, some, versions).await.play().await;
            played += some.len();
            if !found.is_empty() && !versions {
                return found;
            }
            for (seed, texts) in found {
                let name = seed.map_or_else(|| format!("one of {some:?}"), |seed| seed.to_string());
                say(&format!("REGIOPOOL_TEST_SEED={name} fails: {texts:#?}"));
                wrong.entry(seed).or_default().extend(texts);
            }
            if versions && seeds > SEEDS {
                say(&format!("{played} of {seeds} seeds, {} failures", wrong.len()));
            }
        }
    }
    wrong
}

fn first_seed() -> u64 {
    number("REGIOPOOL_TEST_SEED").unwrap_or_else(|| rand::random::<u32>().into())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_histories_keep_what_must_always_hold() {
    let first = first_seed();
    let usual = if number("REGIOPOOL_TEST_SEED").is_some() { 1 } else { SEEDS };
    let seeds = number("REGIOPOOL_TEST_SEEDS").unwrap_or(usual);
    say(&format!("REGIOPOOL_TEST_SEED={first} REGIOPOOL_TEST_SEEDS={seeds}"));
    let wrong = play(first, seeds, true).await;
    assert!(wrong.is_empty(), "{} of {seeds} seeds failed: {wrong:#?}", wrong.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_check_of_the_workers_version_histories_find_what_must_never_be() {
    let wrong = play(first_seed(), ENOUGH, false).await;
    let broken: Vec<&String> = wrong.values().flatten().filter(|text| text.contains(": I2:") || text.contains(": I3:")).collect();
    assert!(!broken.is_empty(), "{ENOUGH} seeds found nothing: {wrong:#?}");
}
