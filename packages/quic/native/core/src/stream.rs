//! One bidirectional stream, polled by its owner. No task, no promise: an operation either happens now, or a waker
//! that pushes an event stands where quinn will call it.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use quinn::{RecvStream, ResetError, SendStream, StoppedError, VarInt, WriteError};

use crate::events::{EventQueue, Wakes, waker};
use crate::reading::Reading;
use crate::unpoisoned::unwinding;
use crate::vital::{Vital, drop_or_forget};

/// What a read or a write came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// So many bytes; `more`: ask again at once (more bytes, the end, or an error are waiting).
    Bytes { count: usize, more: bool },
    /// Nothing now; an event follows.
    Blocked,
    /// The peer's FIN.
    End,
    /// RESET_STREAM (reading) or STOP_SENDING (writing) with the peer's code.
    Aborted(u64),
    /// The connection is gone; its own event says why.
    Lost,
    /// This direction was ended on this side.
    Closed,
}

type Stopped = Pin<Box<dyn Future<Output = Result<Option<VarInt>, StoppedError>> + Send>>;

pub struct Stream {
    pub connection: u32,
    pub opened_by_peer: bool,
    pub vital: Arc<Vital>,
    send: Option<SendStream>,
    recv: Option<RecvStream>,
    /// Kept for the stream's life: an idle writer learns of STOP_SENDING by nothing else.
    stopped: Option<Stopped>,
    read_waker: Waker,
    write_waker: Waker,
    stop_waker: Waker,
    /// Neither finished nor reset.
    sending: bool,
    finished: bool,
    reading: Reading,
}

impl Stream {
    pub fn new(
        number: u32,
        connection: u32,
        opened_by_peer: bool,
        vital: Arc<Vital>,
        queue: &Arc<EventQueue>,
        (send, recv): (SendStream, RecvStream),
    ) -> Self {
        Self {
            connection,
            opened_by_peer,
            vital,
            stopped: None,
            send: Some(send),
            recv: Some(recv),
            read_waker: waker(queue, number, Wakes::Readable),
            write_waker: waker(queue, number, Wakes::Writable),
            stop_waker: waker(queue, number, Wakes::Stopped),
            sending: true,
            finished: false,
            reading: Reading::new(),
        }
    }

    /// QUIC's number of the stream.
    pub fn id(&self) -> u64 {
        self.send.as_ref().map_or(0, |send| send.id().into())
    }

    /// Fills `buffer` as far as there is data.
    pub fn read(&mut self, buffer: &mut [u8]) -> Outcome {
        if self.vital.is_dead() {
            return Outcome::Lost;
        }
        if let Some(ended) = self.reading.untold() {
            return ended;
        }
        let Some(recv) = self.recv.as_mut().filter(|_| self.reading.is_open()) else {
            return Outcome::Closed;
        };
        let mut context = Context::from_waker(&self.read_waker);
        self.reading
            .fill(buffer, |rest| recv.poll_read(&mut context, rest))
    }

    /// Whether the peer reset what a paused reader does not read. Any arriving byte makes a `Readable`: call again.
    pub fn poll_reset(&mut self) -> Outcome {
        if self.vital.is_dead() {
            return Outcome::Lost;
        }
        if let Some(reset) = self.reading.untold_reset() {
            return reset;
        }
        let Some(recv) = self.recv.as_mut().filter(|_| self.reading.is_open()) else {
            return Outcome::Closed;
        };
        let mut context = Context::from_waker(&self.read_waker);
        let polled = pin!(recv.received_reset()).poll(&mut context);
        match polled {
            Poll::Pending => Outcome::Blocked,
            Poll::Ready(Ok(Some(code))) => {
                self.reading.close();
                Outcome::Aborted(code.into_inner())
            }
            // All has arrived and waits to be read: a reset is no longer possible.
            Poll::Ready(Ok(None)) => Outcome::End,
            Poll::Ready(Err(ResetError::ConnectionLost(_))) => Outcome::Lost,
            Poll::Ready(Err(_)) => Outcome::Closed,
        }
    }

    /// Hands over as much as flow control takes; less than all: a `Writable` follows.
    pub fn write(&mut self, bytes: &[u8]) -> Outcome {
        if self.vital.is_dead() {
            return Outcome::Lost;
        }
        let Some(send) = self.send.as_mut().filter(|_| self.sending) else {
            return Outcome::Closed;
        };
        let mut context = Context::from_waker(&self.write_waker);
        let mut count = 0;
        while count < bytes.len() {
            match Pin::new(&mut *send).poll_write(&mut context, &bytes[count..]) {
                Poll::Ready(Ok(written)) => count += written,
                Poll::Pending => return Outcome::Bytes { count, more: false },
                Poll::Ready(Err(WriteError::Stopped(code))) => {
                    return Outcome::Aborted(code.into_inner());
                }
                Poll::Ready(Err(WriteError::ConnectionLost(_))) => return Outcome::Lost,
                Poll::Ready(Err(_)) => return Outcome::Closed,
            }
        }
        Outcome::Bytes { count, more: true }
    }

    /// Whether the peer wants no more bytes. `End`: all that was sent up to FIN is acknowledged.
    pub fn poll_stopped(&mut self) -> Outcome {
        if self.vital.is_dead() {
            return Outcome::Lost;
        }
        let Some(send) = &self.send else {
            return Outcome::Closed;
        };
        let stopped = self.stopped.get_or_insert_with(|| Box::pin(send.stopped()));
        let mut context = Context::from_waker(&self.stop_waker);
        match stopped.as_mut().poll(&mut context) {
            Poll::Pending => Outcome::Blocked,
            Poll::Ready(outcome) => {
                self.stopped = None;
                match outcome {
                    Ok(Some(code)) => Outcome::Aborted(code.into_inner()),
                    Ok(None) => Outcome::End,
                    Err(_) => Outcome::Lost,
                }
            }
        }
    }

    /// FIN after what was written.
    pub fn finish(&mut self) {
        if let Some(send) = self.send.as_mut().filter(|_| !self.vital.is_dead()) {
            self.finished = send.finish().is_ok();
            self.sending = false;
        }
    }

    /// RESET_STREAM, also for bytes before a FIN that the peer has not acknowledged.
    pub fn reset(&mut self, code: VarInt) {
        if let Some(send) = self.send.as_mut().filter(|_| !self.vital.is_dead()) {
            self.sending = false;
            self.finished = false;
            let _ = send.reset(code);
        }
    }

    /// STOP_SENDING; what arrived and was not read is discarded.
    pub fn stop(&mut self, code: VarInt) {
        if let Some(recv) = self.recv.as_mut().filter(|_| !self.vital.is_dead()) {
            self.reading.close();
            let _ = recv.stop(code);
        }
    }

    /// The sending half where FIN was sent: its bytes may still be on their way.
    pub fn take_finished(&mut self) -> Option<SendStream> {
        let taken = self.finished && !self.vital.is_dead();
        self.send.take_if(|_| taken)
    }

    /// Resets and stops whatever is still open, since dropping would make it look like a clean end.
    pub fn abandon(&mut self, code: VarInt) {
        if self.sending {
            self.reset(code);
        }
        if self.reading.is_open() {
            self.stop(code);
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if !unwinding() {
            self.abandon(VarInt::from_u32(0));
        }
        let parts = (self.stopped.take(), self.send.take(), self.recv.take());
        drop_or_forget(parts, Some(&self.vital));
    }
}
