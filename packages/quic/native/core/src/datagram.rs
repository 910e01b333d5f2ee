//! Unreliable datagrams of a connection (RFC 9221).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use quinn::{ConnectionError, SendDatagramError};

use crate::connection::Connection;
use crate::events::{EventQueue, Wakes, waker};

type Reading = Pin<Box<dyn Future<Output = Result<Bytes, ConnectionError>> + Send>>;

pub(crate) struct Datagrams {
    reading: Option<Reading>,
    waker: Waker,
}

impl Datagrams {
    pub(crate) fn new(queue: &Arc<EventQueue>, number: u32) -> Self {
        Self {
            reading: None,
            waker: waker(queue, number, Wakes::Datagram),
        }
    }

    pub(crate) fn take_waiting(&mut self) -> Option<impl Sized + use<>> {
        self.reading.take()
    }
}

impl Connection {
    /// The next datagram; `None`: a `Datagram` event follows, or the connection is gone.
    pub fn read_datagram(&mut self) -> Option<Bytes> {
        let quinn = self.quinn()?.clone();
        let mut reading = self
            .datagrams
            .reading
            .take()
            .unwrap_or_else(|| Box::pin(async move { quinn.read_datagram().await }));
        let mut context = Context::from_waker(&self.datagrams.waker);
        match reading.as_mut().poll(&mut context) {
            Poll::Ready(read) => read.ok(),
            Poll::Pending => {
                self.datagrams.reading = Some(reading);
                None
            }
        }
    }

    /// Queues a datagram; older unsent ones go when the buffer is full.
    pub fn send_datagram(&self, data: &[u8]) -> Result<(), SendDatagramError> {
        match self.quinn() {
            None => Ok(()),
            Some(quinn) => quinn.send_datagram(Bytes::copy_from_slice(data)),
        }
    }

    /// Greatest datagram that fits now, bytes; `None` where the peer takes none.
    pub fn max_datagram_size(&self) -> Option<usize> {
        self.quinn()?.max_datagram_size()
    }
}
