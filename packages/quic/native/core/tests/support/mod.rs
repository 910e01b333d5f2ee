//! Two owners on one thread, as two Node processes would be.
#![allow(dead_code)] // each test file uses its part

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use octo_quic_core::config::TransportSettings;
use octo_quic_core::endpoint::{BindSettings, ClientSettings, ServerSettings};
use octo_quic_core::engine::Engine;
use octo_quic_core::engine_streams::{Drained, kind};
use octo_quic_core::half_open::HalfOpenLimits;
use octo_quic_core::stream::Outcome;
use octo_quic_core::tls::TlsSettings;

/// Made for these tests alone; trusted as its own root.
const LEAF: &[u8] = include_bytes!("../certificates/leaf.der");
const KEY: &[u8] = include_bytes!("../certificates/leaf.key.der");

pub struct Owner {
    pub engine: Engine,
    woken: Receiver<()>,
    waiting: Vec<Drained>,
}

impl Owner {
    pub fn new() -> Self {
        let (wake, woken) = channel();
        let engine = Engine::new(Box::new(move || {
            let _ = wake.send(());
        }));
        Self {
            engine,
            woken,
            waiting: Vec::new(),
        }
    }

    /// The next event of `kind`; others are kept.
    pub fn expect(&mut self, kind: u32) -> Drained {
        let deadline = Instant::now() + Duration::from_secs(20);
        self.engine.end_turn();
        loop {
            if let Some(at) = self.waiting.iter().position(|event| event[0] == kind) {
                return self.waiting.remove(at);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            self.woken.recv_timeout(left).expect("an event in time");
            let waiting = &mut self.waiting;
            while self.engine.drain(256, |event| waiting.push(event)) {}
        }
    }
}

impl Owner {
    /// None of these kinds has come beside what was expected.
    pub fn nothing_more(&mut self, kinds: &[u32]) -> bool {
        let waiting = &mut self.waiting;
        while self.engine.drain(256, |event| waiting.push(event)) {}
        !self.waiting.iter().any(|event| kinds.contains(&event[0]))
    }
}

fn tls() -> TlsSettings {
    TlsSettings {
        chain: vec![LEAF.to_vec()],
        key: KEY.to_vec(),
        roots: vec![LEAF.to_vec()],
        alpn: vec![b"test".to_vec()],
        ..TlsSettings::default()
    }
}

pub fn bind(owner: &Owner, serve: bool) -> u32 {
    let transport = TransportSettings {
        max_streams: 100,
        ..TransportSettings::default()
    };
    let server = serve.then(|| ServerSettings::new(tls().server().unwrap(), &transport));
    let settings = BindSettings {
        address: "127.0.0.1:0".parse().unwrap(),
        ipv6_only: false,
        reset_key: None,
        largest_datagram: 1472,
        limits: HalfOpenLimits::default(),
        handshake_timeout: Duration::from_secs(10),
    };
    owner.engine.bind(settings, server.as_ref()).unwrap()
}

pub fn client_settings() -> ClientSettings {
    ClientSettings::new(tls().client().unwrap(), &TransportSettings::default())
}

pub fn local_address(owner: &Owner, endpoint: u32) -> SocketAddr {
    let address = owner
        .engine
        .with_endpoint(endpoint, |known| known.quinn().unwrap().local_addr());
    address.unwrap().unwrap()
}

pub fn connect(owner: &Owner, endpoint: u32, server: &Owner, server_endpoint: u32) -> u32 {
    let address = local_address(server, server_endpoint);
    owner
        .engine
        .connect(endpoint, &client_settings(), address, "localhost")
        .unwrap()
}

pub struct Pair {
    pub client: Owner,
    pub server: Owner,
    pub client_connection: u32,
    pub server_connection: u32,
    pub client_endpoint: u32,
    pub server_endpoint: u32,
}

pub fn pair() -> Pair {
    let (mut client, mut server) = (Owner::new(), Owner::new());
    let (client_endpoint, server_endpoint) = (bind(&client, false), bind(&server, true));
    let client_connection = connect(&client, client_endpoint, &server, server_endpoint);
    let server_connection = server.expect(kind::INCOMING)[2];
    assert_eq!(client.expect(kind::CONNECTED)[1], client_connection);
    Pair {
        client,
        server,
        client_connection,
        server_connection,
        client_endpoint,
        server_endpoint,
    }
}

impl Pair {
    /// A stream that both sides know, and the byte that made it known is read.
    pub fn stream(&mut self) -> (u32, u32) {
        let ours = self
            .client
            .engine
            .open(self.client_connection)
            .unwrap()
            .unwrap();
        self.client.engine.write(ours, b"x");
        let theirs = self.server.expect(kind::STREAM)[2];
        let mut byte = [0];
        while self.server.engine.read(theirs, &mut byte) == Outcome::Blocked {
            self.server.expect(kind::READABLE);
        }
        (ours, theirs)
    }
}
