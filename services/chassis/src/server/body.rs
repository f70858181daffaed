//! Bodies with a limit on the way in and an orderly end on the way out.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures::future::BoxFuture;
use http_body::{Body as HttpBody, Frame};
use proto::chassis::Reason;
use tokio::sync::OwnedSemaphorePermit;
use tonic::{
    Code, Status,
    body::Body,
    codegen::{Bytes, http::HeaderMap},
};

use super::record::Record;
use crate::{carried::Carried, error::plain};

/// A request that may not be longer than so many bytes.
pub(super) struct Limited {
    inner: Body,
    left: usize,
}

impl Limited {
    pub(super) fn new(inner: Body, limit: usize) -> Self {
        Self { inner, left: limit }
    }
}

impl HttpBody for Limited {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        let length = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref().map(Bytes::len)).unwrap_or(0);
        match self.left.checked_sub(length) {
            Some(left) => {
                self.left = left;
                Poll::Ready(frame)
            }
            None => Poll::Ready(Some(Err(plain(Code::ResourceExhausted, Reason::RequestTooLarge, "the request is too large")))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }
}

/// A stream on its way to the client. It ends by itself, with the process, with the token that opened it, or when its handler panics;
/// always with a status.
pub(super) struct Streaming {
    inner: Body,
    record: Record,
    stop: BoxFuture<'static, Status>,
    carried: Carried,
    ended: bool,
    _permit: OwnedSemaphorePermit,
}

impl Streaming {
    /// `stop` gives the status with which the stream must end.
    pub(super) fn new(
        inner: Body,
        record: Record,
        stop: BoxFuture<'static, Status>,
        carried: Carried,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        Self { inner, record, stop, carried, ended: false, _permit: permit }
    }

    fn end(&mut self, status: &Status) -> Frame<Bytes> {
        self.ended = true;
        self.record.end(status.code());
        let mut trailers = HeaderMap::new();
        // The status is our own: its message and details fit into headers.
        let _ = status.add_header(&mut trailers);
        Frame::trailers(trailers)
    }
}

impl HttpBody for Streaming {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        if let Poll::Ready(status) = self.stop.as_mut().poll(cx) {
            return Poll::Ready(Some(Ok(self.end(&status))));
        }
        let (span, carried) = (self.record.span().clone(), self.carried.clone());
        let poll = || carried.sync_scope(|| span.in_scope(|| Pin::new(&mut self.inner).poll_frame(cx)));
        let polled = catch_unwind(AssertUnwindSafe(poll));
        let Ok(polled) = polled else { return Poll::Ready(Some(Ok(self.end(&panicked())))) };
        let frame = ready!(polled);
        match &frame {
            Some(Ok(frame)) => {
                if let Some(trailers) = frame.trailers_ref() {
                    self.record.end_as(trailers);
                }
            }
            Some(Err(status)) => self.record.end(status.code()),
            None => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }
}

/// The process stops; another one answers.
pub(super) fn stopping() -> Status {
    plain(Code::Unavailable, Reason::Stopping, "the process is stopping; ask again")
}

/// A handler had a defect. Where, the panic's own log line says.
pub(super) fn panicked() -> Status {
    plain(Code::Internal, Reason::Internal, "internal error")
}
