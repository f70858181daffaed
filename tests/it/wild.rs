//! Whatever somebody sends, each service answers at once and without a defect (D14): no text, list or number of the contract is without a
//! bound.

use std::collections::HashMap;

use chassis::config::Settings;
use futures::{StreamExt, stream};
use proto::bus::{GetHeadsRequest, ListEventsRequest};
use testkit::{
    Testbed,
    matrix::{self, Probe},
    region::Builder,
    wild::{self, wild},
};

use crate::access::{Filled, peer, probes, tables};

/// So many calls are made at once.
const AT_ONCE: usize = 4;

#[tokio::test]
async fn whatever_somebody_sends_is_refused_or_answered_but_never_a_defect() {
    // Guessing is slowed down elsewhere (`services/chassis/tests/it/pace.rs`).
    let fast = |settings: &mut Settings| (settings.caller_rate_per_s, settings.caller_burst) = (100_000, 100_000);
    let mut bed = Testbed::with(fast).await;
    let builder = Builder::new(&bed).await;
    let own = Filled::fill(&bed, &builder, &bed, "Zonnehof").await;
    let side = own.side(&bed);
    let mut right: HashMap<&str, Vec<u8>> = probes(&own, &bed).iter().flat_map(|(_, probes)| matrix::right(probes)).collect();
    right.extend(matrix::right(&[
        Probe::new("/regiopool.bus.v1.EventLogService/ListEvents", &ListEventsRequest { source: "members".into(), ..Default::default() }),
        Probe::new("/regiopool.bus.v1.EventLogService/GetHeads", &GetHeadsRequest { source: "members".into() }),
    ]));
    let peer = peer(&bed);
    for (package, table) in tables() {
        let calls = wild(package, &right);
        assert!(calls.len() > 10 * table.len(), "{package}: the walk over the contract is broken");
        let made = calls.iter().map(|call| async {
            let token = matrix::furthest(table, call.method, &side);
            wild::wrongly_answered(&peer, call, token.as_deref()).await
        });
        let mistakes: Vec<String> = stream::iter(made).buffered(AT_ONCE).filter_map(std::future::ready).collect().await;
        assert!(mistakes.is_empty(), "{package}: {} of {}: {mistakes:#?}", mistakes.len(), calls.len());
    }
    bed.stop().await;
}
