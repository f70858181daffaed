//! How often one caller may call: a token bucket for each, so that one person, a looping program or somebody who guesses secrets takes
//! nothing from the others.
//!
//! A person is known by their user; who is not signed in, by the address of their machine, since that is all there is. Programs that hold
//! the installation's secret are not limited here: an import or another service may be as fast as the process can. Each process counts
//! for itself. What stands before it, such as a proxy or the portal, is one address with everybody behind it; the portal therefore counts
//! browsers itself, with the same [`Buckets`].

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tonic::Status;

use crate::{
    caller::{Caller, Subject},
    config::Settings,
    error::too_many_calls,
    ids::UserId,
};

/// At most so many callers are counted apart, of each kind.
const CALLERS: usize = 65_536;
/// Callers who rest are forgotten at most so often.
const SWEEP: Duration = Duration::from_secs(1);

/// The pace of all callers of a process.
#[derive(Debug)]
pub(crate) struct Pace {
    users: Buckets<UserId>,
    addresses: Buckets<IpAddr>,
}

impl Pace {
    pub(crate) fn new(settings: &Settings) -> Self {
        let (every, burst) = (Duration::from_secs(1) / settings.caller_rate_per_s, settings.caller_burst);
        Self { users: Buckets::new(every, burst, CALLERS), addresses: Buckets::new(every, burst, CALLERS) }
    }

    /// A call by who is signed in. Errors: `TOO_MANY_CALLS`.
    pub(crate) fn of_caller(&self, caller: &Caller) -> Result<(), Status> {
        match caller.subject {
            Subject::User(user) => self.users.take(user, Instant::now()).map_err(too_many_calls),
            Subject::Client(_) => Ok(()),
        }
    }

    /// A call by somebody unknown. Errors: `TOO_MANY_CALLS`.
    pub(crate) fn of_address(&self, address: IpAddr) -> Result<(), Status> {
        self.addresses.take(network(address), Instant::now()).map_err(too_many_calls)
    }
}

/// How often something that could be guessed may be tried, counted apart for each key. Each process counts for itself; clones are the same.
#[derive(Debug, Clone)]
pub struct Attempts<K>(Arc<Buckets<K>>);

impl<K: Eq + Hash> Attempts<K> {
    /// So many at once, and a further one is earned in each `every`.
    pub fn new(every: Duration, burst: u32) -> Self {
        Self(Arc::new(Buckets::new(every, burst, CALLERS)))
    }

    /// Counts one. Errors: `TOO_MANY_CALLS`, with when to try again.
    pub fn count(&self, key: K) -> Result<(), Status> {
        self.0.take(key, Instant::now()).map_err(too_many_calls)
    }
}

/// The network by which an address is counted: who has one IPv6 address has the 2^64 of its network.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

/// Token buckets by the generic cell rate algorithm: of each only the time is kept at which it is full again. A full one is the same as
/// none, and is forgotten. When more callers than fit are counted at once, the rest share one bucket: memory is bounded, and many
/// addresses buy nobody a faster pace.
#[derive(Debug)]
pub struct Buckets<K> {
    /// One call is earned in this time.
    every: Duration,
    /// So much of it is lent to who rested.
    lent: Duration,
    most: usize,
    full_at: Mutex<FullAt<K>>,
}

#[derive(Debug)]
struct FullAt<K> {
    of: HashMap<K, Instant>,
    of_the_rest: Option<Instant>,
    swept: Option<Instant>,
}

impl<K: Eq + Hash> Buckets<K> {
    /// One more is earned in each `every`, and so many may come at once, at least one; of at most so many callers apart.
    pub fn new(every: Duration, burst: u32, most: usize) -> Self {
        let full_at = FullAt { of: HashMap::new(), of_the_rest: None, swept: None };
        Self { every, lent: every * (burst - 1), most, full_at: Mutex::new(full_at) }
    }

    /// Takes a call from the bucket. Errors: how long to wait for the next one.
    pub fn take(&self, key: K, now: Instant) -> Result<(), Duration> {
        let mut all = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if all.of.len() >= self.most && !all.of.contains_key(&key) && all.swept.is_none_or(|swept| now >= swept + SWEEP) {
            all.swept = Some(now);
            all.of.retain(|_, full_at| *full_at > now);
        }
        let fits = all.of.len() < self.most || all.of.contains_key(&key);
        let full_at = if fits { all.of.entry(key).or_insert(now) } else { all.of_the_rest.get_or_insert(now) };
        let start = (*full_at).max(now);
        match (start - now).checked_sub(self.lent) {
            Some(wait) if wait > Duration::ZERO => Err(wait),
            _ => {
                *full_at = start + self.every;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn taken(buckets: &Buckets<u32>, key: u32, now: Instant) -> u32 {
        let mut count = 0;
        while buckets.take(key, now).is_ok() {
            count += 1;
        }
        count
    }

    #[test]
    fn a_burst_is_lent_and_earned_back_at_the_rate() {
        let (buckets, start) = (Buckets::new(SECOND / 2, 5, 10), Instant::now());
        assert_eq!(taken(&buckets, 1, start), 5);
        assert_eq!(buckets.take(1, start), Err(SECOND / 2));
        assert_eq!(taken(&buckets, 2, start), 5, "another caller has a bucket of their own");
        assert_eq!(taken(&buckets, 1, start + SECOND), 2);
        assert_eq!(taken(&buckets, 1, start + 100 * SECOND), 5, "never more than the burst");
    }

    #[test]
    fn without_a_burst_calls_come_one_by_one() {
        let (buckets, start) = (Buckets::new(SECOND, 1, 10), Instant::now());
        assert_eq!(taken(&buckets, 1, start), 1);
        assert_eq!(buckets.take(1, start), Err(SECOND));
        assert_eq!(taken(&buckets, 1, start + SECOND), 1);
    }

    #[test]
    fn memory_is_bounded_and_many_callers_at_once_share_what_is_left() {
        let (buckets, start) = (Buckets::new(SECOND, 5, 10), Instant::now());
        let count = |keys: std::ops::Range<u32>, now| keys.map(|key| taken(&buckets, key, now)).sum::<u32>();
        assert_eq!(count(0..1_000, start), 10 * 5 + 5);
        assert_eq!(buckets.full_at.lock().expect("no panic").of.len(), 10);
        // Who rested is forgotten, and others are counted in their place.
        assert_eq!(count(1_000..2_000, start + 5 * SECOND), 10 * 5 + 5);
        assert_eq!(buckets.full_at.lock().expect("no panic").of.len(), 10);
    }

    #[test]
    fn a_network_is_one_caller() {
        let of = |text: &str| network(text.parse().expect("an address"));
        assert_eq!(of("2001:db8:0:1::1"), of("2001:db8:0:1:ffff::2"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8:0:2::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.2"), of("192.0.2.1"));
    }
}
