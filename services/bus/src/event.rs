//! What travels: a fact, with what a consumer needs to take it once and in order.

use std::fmt;

use chassis::{
    error::{Error, Result},
    ids::{EventId, RegionId},
    time::Timestamp,
};
use prost::{Message, Name, bytes::Bytes};
use proto::bus::Envelope;
use uuid::Uuid;

/// Into so many partitions every log is cut. Fixed: a subject never moves to another one (D1).
pub const PARTITIONS: i32 = 16;

/// One number for each partition.
pub type Heads = [i64; PARTITIONS as usize];

/// The partition of a subject: the low 64 bits of its UUID modulo 16, which is what its last byte leaves modulo 16.
pub fn partition_of(subject: Uuid) -> i32 {
    i32::from(subject.as_bytes()[15]) % PARTITIONS
}

/// The place of a partition in [`Heads`].
pub(crate) fn index(partition: i32) -> usize {
    usize::try_from(partition.rem_euclid(PARTITIONS)).unwrap_or_default()
}

/// One event, as every consumer gets it. Its `Debug` leaves the payload out.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    /// Unique over all services.
    pub id: EventId,
    /// Full name of the payload's message: `regiopool.flexpool.v1.ShiftPublished`.
    pub kind: String,
    /// The service that wrote it.
    pub source: String,
    /// The aggregate it is about.
    pub subject: Uuid,
    /// Counts the events of the subject from 1 without gaps.
    pub sequence: i64,
    /// The subject's partition.
    pub partition: i32,
    /// Counts the events of the partition from 1 without gaps, in the order in which consumers take them.
    pub position: i64,
    /// When it happened, in business time.
    pub time: Timestamp,
    /// The region it belongs to.
    pub region: RegionId,
    /// W3C trace context of the work that wrote it.
    pub traceparent: Option<String>,
    /// The encoded message that `kind` names.
    pub payload: Bytes,
}

impl Event {
    /// Whether it is an `M`.
    pub fn is<M: Name>(&self) -> bool {
        self.kind.strip_prefix(M::PACKAGE).and_then(|rest| rest.strip_prefix('.')) == Some(M::NAME)
    }

    /// The payload. Errors: `Internal` when the event is not an `M`, or its bytes are no message.
    pub fn decode<M: Message + Default + Name>(&self) -> Result<M> {
        if !self.is::<M>() {
            return Err(Error::internal(format!("{} is a {}, not a {}", self.id, self.kind, M::full_name())));
        }
        Ok(M::decode(self.payload.clone())?)
    }

    /// For the arm of a handler that does not know the type: a later version's event moves the position like any other, and is counted.
    pub fn unknown(&self) -> Result<()> {
        crate::metrics::unknown(self);
        Ok(())
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, kind, source, subject, sequence, partition, position, .. } = self;
        write!(f, "{source}/{partition}/{position} {kind} {id} ({subject} #{sequence}, {} bytes)", self.payload.len())
    }
}

impl From<&Event> for Envelope {
    fn from(event: &Event) -> Self {
        Self {
            id: Bytes::copy_from_slice(event.id.0.as_bytes()),
            r#type: event.kind.clone(),
            source: event.source.clone(),
            subject: Bytes::copy_from_slice(event.subject.as_bytes()),
            sequence: event.sequence,
            partition: event.partition,
            position: event.position,
            time_us: event.time.0,
            region: Bytes::copy_from_slice(event.region.0.as_bytes()),
            traceparent: event.traceparent.clone().unwrap_or_default(),
            payload: event.payload.clone(),
        }
    }
}

/// Errors: `Internal` for an envelope that no relay writes.
impl TryFrom<Envelope> for Event {
    type Error = Error;

    fn try_from(envelope: Envelope) -> Result<Self> {
        let uuid = |bytes: &[u8]| Uuid::from_slice(bytes).map_err(|error| Error::Internal(Box::new(error)));
        if !(0..PARTITIONS).contains(&envelope.partition) || envelope.position < 1 {
            return Err(Error::internal("an envelope without a place in a log"));
        }
        Ok(Self {
            id: EventId(uuid(&envelope.id)?),
            kind: envelope.r#type,
            source: envelope.source,
            subject: uuid(&envelope.subject)?,
            sequence: envelope.sequence,
            partition: envelope.partition,
            position: envelope.position,
            time: Timestamp(envelope.time_us),
            region: RegionId(uuid(&envelope.region)?),
            traceparent: Some(envelope.traceparent).filter(|text| !text.is_empty()),
            payload: envelope.payload,
        })
    }
}

#[cfg(test)]
mod tests {
    use chassis::ids::random_uuid;
    use proto::flexpool::{ClaimConfirmed, ShiftCancelled};

    use super::*;

    fn event() -> Event {
        let message = ShiftCancelled { shift: "shf_1".to_owned() };
        let subject = random_uuid();
        Event {
            id: EventId::new(),
            kind: ShiftCancelled::full_name(),
            source: "flexpool".to_owned(),
            subject,
            sequence: 3,
            partition: partition_of(subject),
            position: 17,
            time: Timestamp(1_764_000_000_123_456),
            region: RegionId::new(),
            traceparent: None,
            payload: message.encode_to_vec().into(),
        }
    }

    #[test]
    fn an_event_survives_the_wire() {
        let event = event();
        let bytes = Envelope::from(&event).encode_to_vec();
        assert_eq!(Event::try_from(Envelope::decode(bytes.as_slice()).expect("an envelope")).expect("an event"), event);
    }

    #[test]
    fn an_event_is_read_only_as_what_it_is() {
        let event = event();
        assert_eq!(event.decode::<ShiftCancelled>().expect("what it is").shift, "shf_1");
        assert!(matches!(event.decode::<ClaimConfirmed>(), Err(Error::Internal(_))));
        assert!(event.is::<ShiftCancelled>() && !event.is::<ClaimConfirmed>());
    }

    #[test]
    fn the_partition_is_what_the_low_half_of_the_id_leaves() {
        for _ in 0..100 {
            let id = random_uuid();
            assert_eq!(u64::try_from(partition_of(id)).expect("not negative"), id.as_u64_pair().1 % 16);
        }
    }

    #[test]
    fn an_envelope_without_a_place_is_refused() {
        let good = Envelope::from(&event());
        for bad in [
            Envelope { partition: 16, ..good.clone() },
            Envelope { position: 0, ..good.clone() },
            Envelope { id: Bytes::from_static(b"short"), ..good.clone() },
        ] {
            assert!(Event::try_from(bad).is_err());
        }
    }
}
