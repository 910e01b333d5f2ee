//! What the QUIC thread tells the owner: a queue, and one call when it turns non-empty.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Wake, Waker};

use crate::close_reason::CloseReason;
use crate::serve::Refusal;
use crate::turns;

/// Something happened to an object that the owner knows by its number, or will know from now on.
pub enum Event {
    /// Our certificate was accepted and the server's was good.
    Connected {
        connection: u32,
        quinn: quinn::Connection,
    },
    /// A client was authenticated.
    Incoming {
        endpoint: u32,
        connection: crate::connection::Connection,
    },
    /// A client was turned away during its handshake.
    Refused {
        endpoint: u32,
        refusal: Refusal,
    },
    /// The last event of a connection.
    Closed {
        connection: u32,
        reason: CloseReason,
    },
    /// The peer opened a stream.
    Stream {
        connection: u32,
        send: quinn::SendStream,
        recv: quinn::RecvStream,
    },
    Readable(u32),
    Writable(u32),
    Stopped(u32),
    /// `open` of this connection may be called again.
    Openable(u32),
    /// A datagram can be read.
    Datagram(u32),
    /// All that was finished before `flush` has arrived.
    Flushed(u32),
    /// No connection of this endpoint is left.
    Idle(u32),
    /// The endpoint's socket or driver failed.
    EndpointLost {
        endpoint: u32,
        words: String,
    },
    /// Somewhere a panic was caught.
    Panicked(String),
}

/// Shared by the owner and everything that reports to it.
pub struct EventQueue {
    events: Mutex<VecDeque<Event>>,
    notify: Box<dyn Fn() + Send + Sync>,
    next_number: AtomicU32,
    closed: AtomicBool,
}

impl EventQueue {
    /// `notify` is called, from any thread, when the queue has turned non-empty; it must not block.
    pub fn new(notify: Box<dyn Fn() + Send + Sync>) -> Arc<Self> {
        Arc::new(Self {
            events: Mutex::new(VecDeque::new()),
            notify,
            next_number: AtomicU32::new(1),
            closed: AtomicBool::new(false),
        })
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Event>> {
        self.events.lock().unwrap_or_else(|e| e.into_inner())
    }

    pub fn push(self: &Arc<Self>, event: Event) {
        if self.closed.load(Ordering::Relaxed) {
            return;
        }
        let mut events = self.lock();
        events.push_back(event);
        let first = events.len() == 1;
        drop(events);
        if first {
            turns::announce(self);
        }
    }

    pub(crate) fn notify(&self) {
        (self.notify)();
    }

    /// Takes up to `limit` events; the second value says whether more are waiting (no call follows for those).
    pub fn take(&self, limit: usize) -> (Vec<Event>, bool) {
        let mut events = self.lock();
        let count = limit.min(events.len());
        let taken = events.drain(..count).collect();
        (taken, !events.is_empty())
    }

    /// A number for a new object. Numbers are not used again before four thousand million others were.
    pub fn number(&self) -> u32 {
        loop {
            let number = self.next_number.fetch_add(1, Ordering::Relaxed);
            if number != 0 {
                return number;
            }
        }
    }

    /// Nothing is queued or announced any more: the owner is gone.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        self.lock().clear();
    }
}

/// Which of an object's events a waker announces.
#[derive(Clone, Copy)]
pub enum Wakes {
    Readable,
    Writable,
    Stopped,
    Openable,
    Datagram,
}

struct Announcer {
    queue: Arc<EventQueue>,
    number: u32,
    wakes: Wakes,
}

impl Wake for Announcer {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.queue.push(match self.wakes {
            Wakes::Readable => Event::Readable(self.number),
            Wakes::Writable => Event::Writable(self.number),
            Wakes::Stopped => Event::Stopped(self.number),
            Wakes::Openable => Event::Openable(self.number),
            Wakes::Datagram => Event::Datagram(self.number),
        });
    }
}

/// A waker that pushes one event. quinn takes it out before it calls it, so an arming makes one event at most.
pub fn waker(queue: &Arc<EventQueue>, number: u32, wakes: Wakes) -> Waker {
    Waker::from(Arc::new(Announcer {
        queue: queue.clone(),
        number,
        wakes,
    }))
}
