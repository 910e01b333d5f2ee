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
use crate::unpoisoned::unpoisoned;
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

const GONE: &str = "the endpoint is gone";

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
    pub(crate) connections: RefCell<Numbered<Slot>>,
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
        let endpoints = self.endpoints.borrow();
        let mut endpoint = endpoints.get(&number)?;
        Some(vital::or_die(
            &mut endpoint,
            |known| &known.vital,
            |known| unpoisoned(|| f(known)),
        ))
    }

    pub fn release_endpoint(&self, number: u32) {
        let removed = self.endpoints.borrow_mut().remove(&number);
        unpoisoned(|| drop(removed));
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
        let known = self.with_endpoint(endpoint, |known| {
            (known.handshake_timeout, known.vital.clone())
        });
        let (deadline, endpoint_vital) = known.ok_or(GONE)?;
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
        let begun = self.with_endpoint(endpoint, |known| {
            let quinn = known.quinn().ok_or(GONE)?;
            vital::driven_by(&vital, || {
                quinn.connect_with(settings.quinn.clone(), address, server_name)
            })
            .map_err(|error| error.to_string())
        });
        let connecting = begun.unwrap_or(Err(GONE.into()))?;
        let given_up = Arc::new(Notify::new());
        let task = connect::attempt(
            connecting,
            number,
            vital.clone(),
            endpoint_vital,
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
        self.connections.borrow_mut().insert(number, slot);
        Ok(number)
    }

    pub fn with_connection<T>(
        &self,
        number: u32,
        f: impl FnOnce(&mut Connection) -> T,
    ) -> Option<T> {
        match self.connections.borrow_mut().get_mut(&number) {
            Some(Slot::Open(connection)) => {
                Some(vital::or_die(connection, |known| &known.vital, f))
            }
            _ => None,
        }
    }

    /// Closes, or gives an attempt up. `Closed` follows.
    pub fn close_connection(&self, number: u32, code: VarInt, words: &[u8]) {
        match self.connections.borrow().get(&number) {
            Some(Slot::Open(connection)) => connection.close(code, words),
            Some(Slot::Attempt { given_up, .. }) => given_up.notify_one(),
            None => {}
        }
    }

    /// Forgets the number; a connection that is still open is closed with code 0.
    pub fn release_connection(&self, number: u32) {
        let removed = self.connections.borrow_mut().remove(&number);
        match &removed {
            Some(Slot::Open(connection)) => connection.close(VarInt::from_u32(0), b""),
            Some(Slot::Attempt { given_up, .. }) => given_up.notify_one(),
            None => {}
        }
    }

    pub fn take_note(&self, number: u32) -> Option<Note> {
        self.notes.borrow_mut().remove(&number)
    }

    /// For tests: makes the driver of a connection or an endpoint panic inside quinn.
    pub fn make_faulty(&self, number: u32) {
        if let Some(slot) = self.connections.borrow().get(&number) {
            slot.vital().make_faulty();
        }
        if let Some(endpoint) = self.endpoints.borrow().get(&number) {
            endpoint.vital.make_faulty();
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
        unpoisoned(|| self.endpoints.borrow_mut().clear());
        self.end_turn();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // A finalizer is the one way into this library that no export guards.
        let _ = catch_unwind(AssertUnwindSafe(|| self.end()));
        self.queue.close();
    }
}
