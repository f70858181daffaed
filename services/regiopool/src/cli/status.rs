//! `regiopool status`: where every event is, from the databases.

use std::fmt::Write as _;

use bus::status::{ConsumerPartition, Holder, LogPartition, consumer, log};
use chassis::{
    config::Settings,
    time::{Timestamp, real_now},
};
use serde_json::{Value, json};

use super::migrate;

/// How to print.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Opens the databases directly, reads only, and may run beside the services or without them.
pub(crate) async fn run(settings: &Settings, args: &Args) -> anyhow::Result<()> {
    let members = migrate::open(settings, "members").await?;
    let flexpool = migrate::open(settings, "flexpool").await?;
    let logs = [("members", log(&members).await?), ("flexpool", log(&flexpool).await?)];
    let source = flexpool::COPY.source;
    let consumers = [
        ("flexpool", source, consumer(&members, &flexpool, source).await?),
        ("flexpool", flexpool::OWN_LOG, consumer(&flexpool, &flexpool, flexpool::OWN_LOG).await?),
    ];
    members.close().await?;
    flexpool.close().await?;
    let now = real_now();
    if args.json {
        let logs = logs.map(|(service, log)| json!({"service": service, "partitions": log.iter().map(log_json).collect::<Vec<_>>()}));
        let consumers = consumers.map(|(service, source, partitions)| {
            let partitions: Vec<Value> = partitions.iter().map(consumer_json).collect();
            json!({"service": service, "source": source, "partitions": partitions})
        });
        println!("{}", serde_json::to_string_pretty(&json!({"at_us": now.0, "logs": logs, "consumers": consumers}))?);
        return Ok(());
    }
    for (service, log) in &logs {
        println!("{}", log_text(service, log, now));
    }
    for (service, source, partitions) in &consumers {
        println!("{}", consumer_text(service, source, partitions, now));
    }
    Ok(())
}

fn log_json(own: &LogPartition) -> Value {
    let LogPartition { partition, head, published, waiting, oldest, holder } = own;
    json!({"partition": partition, "head": head, "published": published, "waiting": waiting,
           "oldest_us": oldest.map(|oldest| oldest.0), "holder": holder.map(holder_json)})
}

fn consumer_json(own: &ConsumerPartition) -> Value {
    let ConsumerPartition { partition, head, position, oldest, parked_subjects, parked_events, holder } = own;
    json!({"partition": partition, "head": head, "position": position, "behind": own.behind(), "oldest_us": oldest.map(|oldest| oldest.0),
           "parked_subjects": parked_subjects, "parked_events": parked_events, "holder": holder.map(holder_json)})
}

fn holder_json(holder: Holder) -> Value {
    json!({"replica": holder.replica, "until_us": holder.until.0})
}

fn log_text(service: &str, log: &[LogPartition], now: Timestamp) -> String {
    let mut text =
        format!("Log of {service}\n{:>9} {:>10} {:>10} {:>8} {:>9}  held by\n", "partition", "head", "published", "waiting", "oldest");
    for own in log {
        let (oldest, held) = (age(own.oldest, now), held(own.holder, now));
        let _ = writeln!(text, "{:>9} {:>10} {:>10} {:>8} {oldest:>9}  {held}", own.partition, own.head, own.published, own.waiting);
    }
    text
}

fn consumer_text(service: &str, source: &str, partitions: &[ConsumerPartition], now: Timestamp) -> String {
    let head = ["partition", "head", "position", "behind", "oldest", "parked"];
    let [partition, head, position, behind, oldest, parked] = head;
    let mut text = format!("{service} takes the events of {source}\n");
    let _ = writeln!(text, "{partition:>9} {head:>10} {position:>10} {behind:>8} {oldest:>9} {parked:>8}  held by");
    for own in partitions {
        let (oldest, held) = (age(own.oldest, now), held(own.holder, now));
        let (behind, parked) = (own.behind(), own.parked_events);
        let _ = writeln!(text, "{:>9} {:>10} {:>10} {behind:>8} {oldest:>9} {parked:>8}  {held}", own.partition, own.head, own.position);
    }
    let subjects: i64 = partitions.iter().map(|own| own.parked_subjects).sum();
    if subjects > 0 {
        let _ = writeln!(text, "{subjects} subjects are parked: `regiopool replay --parked` tries them again");
    }
    text
}

/// How long ago, in seconds.
fn age(oldest: Option<Timestamp>, now: Timestamp) -> String {
    oldest.map_or_else(|| "-".to_owned(), |oldest| format!("{:.1} s", (now.0 - oldest.0) as f64 / 1e6))
}

fn held(holder: Option<Holder>, now: Timestamp) -> String {
    match holder {
        None => "nobody".to_owned(),
        Some(Holder { replica, until }) if until < now => format!("nobody; {replica} did until its lease ended"),
        Some(Holder { replica, .. }) => replica.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use chassis::ids::random_uuid;

    use super::*;

    #[test]
    fn what_waits_and_who_works_on_it_stands_in_the_line_of_its_partition() {
        let now = Timestamp(10_000_000);
        let replica = random_uuid();
        let holder = |until| Some(Holder { replica, until: Timestamp(until) });
        let log = [LogPartition { partition: 3, head: 12, published: 10, waiting: 4, oldest: Some(Timestamp(8_500_000)), holder: None }];
        let text = log_text("members", &log, now);
        assert_eq!(text.lines().last().expect("a line"), "        3         12         10        4     1.5 s  nobody");
        let row = |until| ConsumerPartition {
            partition: 3,
            head: 12,
            position: 9,
            oldest: None,
            parked_subjects: 1,
            parked_events: 2,
            holder: holder(until),
        };
        let text = consumer_text("flexpool", "members", &[row(11_000_000), row(9_000_000)], now);
        let lines: Vec<&str> = text.lines().skip(2).collect();
        let same = "        3         12          9        3         -        2  ";
        assert_eq!(lines[0], format!("{same}{replica}"));
        assert_eq!(lines[1], format!("{same}nobody; {replica} did until its lease ended"));
        assert!(lines[2].starts_with("2 subjects are parked"));
    }
}
