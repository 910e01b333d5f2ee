//! Everything of one owner: tables from numbers to endpoints, connections and streams, and the queue of events.
//! All methods are called on the owner's thread.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use quinn::VarInt;
use tokio::sync::Notify;

use crate::close_reason::CloseReason;
use crate::connect;
use crate::connection::Connection;
use crate::endpoint::{BindSettings, ClientSettings, Endpoint, ServerSettings};
use crate::events::{Event, EventQueue};
use crate::stream::Stream;
use crate::vital::{self, Vital};
use crate::{panics, runtime};

/// Numbers are handed out in order: spreading them is all the hashing they need.
#[derive(Default)]
pub struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32((*byte).into());
        }
    }
    fn write_u32(&mut self, number: u32) {
        self.0 = (self.0 ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

pub type Numbered<T> = HashMap<u32, T, BuildHasherDefault<NumberHasher>>;

/// What an event says beyond numbers; taken once by its own number.
pub struct Note {
    pub remote: Option<SocketAddr>,
    pub reason: CloseReason,
}

pub(crate) enum Slot {
    Attempt {
        vital: Arc<Vital>,
        given_up: Arc<Notify>,
        max_streams: u32,
    },
    Open(Connection),
}

pub struct Engine {
    pub queue: Arc<EventQueue>,
    pub(crate) endpoints: RefCell<Numbered<Endpoint>>,
    /// With the number of their endpoint.
    pub(crate) connections: RefCell<Numbered<(u32, Slot)>>,
    pub(crate) streams: RefCell<Numbered<Stream>>,
    pub(crate) notes: RefCell<Numbered<Note>>,
}

impl Engine {
    pub fn new(notify: Box<dyn Fn() + Send + Sync>) -> Self {
        let queue = EventQueue::new(notify);
        panics::report_to(&queue);
        Self {
            queue,
            endpoints: RefCell::default(),
            connections: RefCell::default(),
            streams: RefCell::default(),
            notes: RefCell::default(),
        }
    }

    pub fn bind(
        &self,
        settings: BindSettings,
        server: Option<&ServerSettings>,
    ) -> Result<u32, String> {
        let number = self.queue.number();
        let endpoint = Endpoint::bind(number, &self.queue, settings, server)?;
        self.endpoints.borrow_mut().insert(number, endpoint);
        Ok(number)
    }

    pub fn with_endpoint<T>(&self, number: u32, f: impl FnOnce(&Endpoint) -> T) -> Option<T> {
        self.endpoints.borrow().get(&number).map(f)
    }

    pub fn release_endpoint(&self, number: u32) {
        drop(self.endpoints.borrow_mut().remove(&number));
    }

    /// Begins a connection; `Connected` or `Closed` follows.
    pub fn connect(
        &self,
        endpoint: u32,
        settings: &ClientSettings,
        address: SocketAddr,
        server_name: &str,
    ) -> Result<u32, String> {
        let handle = runtime::handle()?;
        let endpoints = self.endpoints.borrow();
        let Some((quinn, deadline)) = endpoints
            .get(&endpoint)
            .and_then(|known| Some((known.quinn()?, known.handshake_timeout)))
        else {
            return Err("the endpoint is gone".into());
        };
        let number = self.queue.number();
        let queue = self.queue.clone();
        let vital = Vital::new(move || {
            let reason = CloseReason::fault("a fault in the QUIC library ended the connection");
            queue.push(Event::Closed {
                connection: number,
                reason,
            });
        });
        let _inside = handle.enter();
        let connecting = vital::driven_by(&vital, || {
            quinn.connect_with(settings.quinn.clone(), address, server_name)
        })
        .map_err(|error| error.to_string())?;
        let given_up = Arc::new(Notify::new());
        let task = connect::attempt(
            connecting,
            number,
            vital.clone(),
            given_up.clone(),
            self.queue.clone(),
            deadline,
        );
        runtime::spawn(handle, Some(vital.clone()), task);
        let slot = Slot::Attempt {
            vital,
            given_up,
            max_streams: settings.max_streams,
        };
        self.connections
            .borrow_mut()
            .insert(number, (endpoint, slot));
        Ok(number)
    }

    pub fn with_connection<T>(
        &self,
        number: u32,
        f: impl FnOnce(&mut Connection) -> T,
    ) -> Option<T> {
        match self.connections.borrow_mut().get_mut(&number) {
            Some((_, Slot::Open(connection))) => Some(f(connection)),
            _ => None,
        }
    }

    /// Closes, or gives an attempt up. `Closed` follows.
    pub fn close_connection(&self, number: u32, code: VarInt, words: &[u8]) {
        match self.connections.borrow().get(&number) {
            Some((_, Slot::Open(connection))) => connection.close(code, words),
            Some((_, Slot::Attempt { given_up, .. })) => given_up.notify_one(),
            None => {}
        }
    }

    /// Forgets the number; a connection that is still open is closed with code 0.
    pub fn release_connection(&self, number: u32) {
        let removed = self.connections.borrow_mut().remove(&number);
        match &removed {
            Some((_, Slot::Open(connection))) => connection.close(VarInt::from_u32(0), b""),
            Some((_, Slot::Attempt { given_up, .. })) => given_up.notify_one(),
            None => {}
        }
    }

    pub fn take_note(&self, number: u32) -> Option<Note> {
        self.notes.borrow_mut().remove(&number)
    }

    /// For tests: makes a connection's driver panic inside quinn. (A panic in an endpoint's driver cannot be survived:
    /// quinn's `EndpointDriver` locks its poisoned mutex in its drop, while it is unwound.)
    pub fn make_faulty(&self, connection: u32) {
        if let Some((_, slot)) = self.connections.borrow().get(&connection) {
            slot.vital().make_faulty();
        }
    }
}

impl Slot {
    pub(crate) fn vital(&self) -> &Arc<Vital> {
        match self {
            Slot::Attempt { vital, .. } => vital,
            Slot::Open(connection) => &connection.vital,
        }
    }
}

impl Engine {
    fn end(&self) {
        // Streams first: what is not finished is reset, since dropping would make it look complete.
        self.streams.borrow_mut().clear();
        let numbers: Vec<u32> = self.connections.borrow().keys().copied().collect();
        for number in numbers {
            self.release_connection(number);
        }
        self.endpoints.borrow_mut().clear();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // A finalizer is the one way into this library that no export guards.
        let _ = catch_unwind(AssertUnwindSafe(|| self.end()));
        self.queue.close();
    }
}
