//! Accepting connections: Retry under pressure, a deadline for each handshake, and a word about those refused.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use crate::close_reason::{CloseReason, EndedBy};
use crate::connection::Connection;
use crate::events::{Event, EventQueue};
use crate::half_open::{HalfOpen, HalfOpenLimits, Place};
use crate::runtime;
use crate::vital::{self, Vital, unless_dead};

/// Refusals that may wait for the owner; further ones are not reported (a flood must not fill the queue).
const MOST_UNREAD_REFUSALS: u32 = 256;

/// A client that did not become a connection.
pub struct Refusal {
    pub remote: SocketAddr,
    pub reason: CloseReason,
    unread: Arc<AtomicU32>,
}

impl Drop for Refusal {
    fn drop(&mut self) {
        self.unread.fetch_sub(1, Ordering::Relaxed);
    }
}

pub struct Acceptor {
    pub endpoint: u32,
    pub queue: Arc<EventQueue>,
    pub half_open: Arc<HalfOpen>,
    pub handshake_timeout: Duration,
    /// Streams that a verified client may have open.
    pub max_streams: AtomicU32,
    /// The end of the endpoint is wanted.
    pub closing: AtomicBool,
    unread_refusals: Arc<AtomicU32>,
}

impl Acceptor {
    pub fn new(
        endpoint: u32,
        queue: Arc<EventQueue>,
        limits: HalfOpenLimits,
        handshake_timeout: Duration,
        max_streams: u32,
    ) -> Arc<Self> {
        Arc::new(Self {
            endpoint,
            queue,
            half_open: HalfOpen::new(limits),
            handshake_timeout,
            max_streams: AtomicU32::new(max_streams),
            closing: AtomicBool::new(false),
            unread_refusals: Arc::default(),
        })
    }

    /// Runs until the endpoint is closed or its socket fails.
    pub async fn run(self: Arc<Self>, endpoint: quinn::Endpoint, vital: Arc<Vital>) {
        while let Some(incoming) = endpoint.accept().await {
            if self.half_open.wants_retry()
                && incoming.may_retry()
                && !incoming.remote_address_validated()
            {
                let _ = incoming.retry();
                continue;
            }
            let place = self.half_open.admit(incoming.remote_address().ip());
            self.begin(incoming, place);
        }
        if !self.closing.load(Ordering::Relaxed) && !vital.is_dead() {
            self.queue.push(Event::EndpointLost {
                endpoint: self.endpoint,
                words: "the UDP socket failed".into(),
            });
        }
    }

    fn begin(self: &Arc<Self>, incoming: quinn::Incoming, place: Place) {
        let Ok(handle) = runtime::handle() else {
            return;
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
        let task = self
            .clone()
            .handshake(incoming, place, number, vital.clone());
        runtime::spawn(handle, Some(vital), task);
    }

    async fn handshake(
        self: Arc<Self>,
        incoming: quinn::Incoming,
        place: Place,
        number: u32,
        vital: Arc<Vital>,
    ) {
        let remote = incoming.remote_address();
        let connecting = match vital::driven_by(&vital, || incoming.accept()) {
            Ok(connecting) => connecting,
            Err(error) => return self.refused(remote, error.into()),
        };
        let handshake = async {
            tokio::select! {
                () = place.dropped() => Err(CloseReason::new(
                    EndedBy::Local,
                    0,
                    "dropped for a newer handshake: too many were unfinished",
                )),
                ended = tokio::time::timeout(self.handshake_timeout, connecting) => match ended {
                    Err(_) => Err(CloseReason::deadline()),
                    Ok(Err(error)) => Err(error.into()),
                    Ok(Ok(connection)) => Ok(connection),
                },
            }
        };
        let Some(ended) = unless_dead(&vital, handshake).await else {
            return;
        };
        drop(place);
        match ended {
            Err(reason) => self.refused(remote, reason),
            Ok(quinn) => {
                let max_streams = self.max_streams.load(Ordering::Relaxed);
                let connection =
                    Connection::new(number, quinn, vital, self.queue.clone(), max_streams);
                self.queue.push(Event::Incoming {
                    endpoint: self.endpoint,
                    connection,
                });
            }
        }
    }

    fn refused(&self, remote: SocketAddr, reason: CloseReason) {
        let unread = self.unread_refusals.fetch_add(1, Ordering::Relaxed);
        let refusal = Refusal {
            remote,
            reason,
            unread: self.unread_refusals.clone(),
        };
        if unread < MOST_UNREAD_REFUSALS {
            self.queue.push(Event::Refused {
                endpoint: self.endpoint,
                refusal,
            });
        }
    }
}
