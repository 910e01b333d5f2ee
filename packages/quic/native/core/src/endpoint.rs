//! One UDP socket, for any number of connections in either role.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use quinn::VarInt;
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};

use crate::config::{TransportSettings, endpoint_config};
use crate::events::{Event, EventQueue};
use crate::half_open::HalfOpenLimits;
use crate::runtime::{self, GuardedRuntime};
use crate::serve::Acceptor;
use crate::socket;
use crate::vital::{self, Vital, drop_or_forget};

/// Bytes kept of handshakes that nobody has looked at yet: per handshake and in all.
const UNREAD_HANDSHAKE_BYTES: (u64, u64) = (64 << 10, 8 << 20);

pub struct ClientSettings {
    pub quinn: quinn::ClientConfig,
    pub max_streams: u32,
}

impl ClientSettings {
    pub fn new(tls: Arc<QuicClientConfig>, transport: &TransportSettings) -> Self {
        let mut quinn = quinn::ClientConfig::new(tls);
        quinn.transport_config(transport.build());
        Self {
            quinn,
            max_streams: transport.max_streams,
        }
    }
}

pub struct ServerSettings {
    pub quinn: quinn::ServerConfig,
    pub max_streams: u32,
}

impl ServerSettings {
    pub fn new(tls: Arc<QuicServerConfig>, transport: &TransportSettings) -> Self {
        let mut quinn = quinn::ServerConfig::with_crypto(tls);
        quinn
            .transport_config(transport.build())
            .max_incoming(1024)
            .incoming_buffer_size(UNREAD_HANDSHAKE_BYTES.0)
            .incoming_buffer_size_total(UNREAD_HANDSHAKE_BYTES.1);
        Self {
            quinn,
            max_streams: transport.max_streams,
        }
    }
}

pub struct BindSettings {
    pub address: SocketAddr,
    pub ipv6_only: bool,
    pub reset_key: Option<Vec<u8>>,
    /// Greatest datagram that any connection of this endpoint will discover, bytes.
    pub largest_datagram: u16,
    pub limits: HalfOpenLimits,
    pub handshake_timeout: Duration,
}

pub struct Endpoint {
    pub vital: Arc<Vital>,
    pub handshake_timeout: Duration,
    number: u32,
    queue: Arc<EventQueue>,
    quinn: Option<quinn::Endpoint>,
    acceptor: Arc<Acceptor>,
}

impl Endpoint {
    pub fn bind(
        number: u32,
        queue: &Arc<EventQueue>,
        settings: BindSettings,
        server: Option<&ServerSettings>,
    ) -> Result<Self, String> {
        let handle = runtime::handle()?;
        let config = endpoint_config(settings.reset_key.as_deref(), settings.largest_datagram)?;
        let _inside = handle.enter();
        let udp = socket::bind(settings.address, settings.ipv6_only)
            .map_err(|error| format!("{}: {error}", settings.address))?;
        let lost = queue.clone();
        let vital = Vital::new(move || {
            lost.push(Event::EndpointLost {
                endpoint: number,
                words: "a fault in the QUIC library ended the endpoint".into(),
            });
        });
        let quinn = vital::driven_by(&vital, || {
            let server = server.map(|server| server.quinn.clone());
            quinn::Endpoint::new(config, server, udp, Arc::new(GuardedRuntime))
        })
        .map_err(|error| format!("{}: {error}", settings.address))?;
        let acceptor = Acceptor::new(
            number,
            queue.clone(),
            settings.limits,
            settings.handshake_timeout,
            server.map_or(0, |server| server.max_streams),
        );
        runtime::spawn(
            handle,
            Some(vital.clone()),
            acceptor.clone().run(quinn.clone(), vital.clone()),
        );
        Ok(Self {
            vital,
            handshake_timeout: settings.handshake_timeout,
            number,
            queue: queue.clone(),
            quinn: Some(quinn),
            acceptor,
        })
    }

    pub fn quinn(&self) -> Option<&quinn::Endpoint> {
        self.quinn.as_ref().filter(|_| !self.vital.is_dead())
    }

    /// New connections get these settings, live ones keep theirs. `None` refuses new ones.
    pub fn set_server(&self, server: Option<&ServerSettings>) {
        if let Some(server) = server {
            self.acceptor
                .max_streams
                .store(server.max_streams, Ordering::Relaxed);
        }
        if let Some(quinn) = self.quinn() {
            quinn.set_server_config(server.map(|server| server.quinn.clone()));
        }
    }

    /// Goes on from another local address; live connections migrate.
    pub fn rebind(&self, address: SocketAddr) -> Result<(), String> {
        let _inside = runtime::handle()?.enter();
        let quinn = self.quinn().ok_or("the endpoint is gone")?;
        let words = |error: std::io::Error| format!("{address}: {error}");
        let udp = socket::bind(address, false).map_err(words)?;
        quinn.rebind(udp).map_err(words)
    }

    /// Closes every connection with `code`; an `Idle` follows when their peers know, or need not.
    pub fn close(&self, code: VarInt, words: &[u8]) {
        self.acceptor.closing.store(true, Ordering::Relaxed);
        let (Some(quinn), Ok(handle)) = (self.quinn(), runtime::handle()) else {
            return;
        };
        quinn.close(code, words);
        let (quinn, queue, number) = (quinn.clone(), self.queue.clone(), self.number);
        runtime::spawn(handle, Some(self.vital.clone()), async move {
            quinn.wait_idle().await;
            queue.push(Event::Idle(number));
        });
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        if let Some(quinn) = self.quinn() {
            self.acceptor.closing.store(true, Ordering::Relaxed);
            quinn.close(VarInt::from_u32(0), b"");
        }
        // Also where its driver died: dropped it frees its port (see `unpoisoned`).
        drop_or_forget(self.quinn.take(), None);
    }
}
