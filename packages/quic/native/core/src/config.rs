//! Transport settings as plain values, and what quinn makes of them.

use std::sync::Arc;
use std::time::Duration;

use quinn::congestion::{BbrConfig, CubicConfig, NewRenoConfig};
use quinn::{EndpointConfig, IdleTimeout, MtuDiscoveryConfig, TransportConfig, VarInt};

/// Streams that a peer may open before its certificate is verified: quinn-proto makes an entry for each at creation.
pub const UNVERIFIED_STREAMS: u32 = 64;

/// Anti-amplification reserves whole datagrams: with a greater first size no handshake completes.
const LARGEST_INITIAL_MTU: u16 = 1472;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Congestion {
    #[default]
    Cubic,
    Bbr,
    Reno,
}

/// Units are in the names; 0 turns a duration off.
#[derive(Clone, Debug)]
pub struct TransportSettings {
    pub stream_receive_window: u32,
    pub receive_window: u32,
    pub send_window: u32,
    pub max_idle_timeout_ms: u32,
    pub keep_alive_interval_ms: u32,
    pub initial_rtt_ms: u32,
    pub initial_mtu: u16,
    pub mtu_upper_bound: u16,
    /// Packets after it that must have arrived before one that has not is taken for lost.
    pub packet_threshold: u32,
    /// The same in time, in round trips.
    pub time_threshold: f32,
    pub congestion: Congestion,
    /// Streams that a verified peer may have open at once.
    pub max_streams: u32,
    /// Bytes of datagrams kept until they are read; 0 turns datagrams off.
    pub datagram_buffer: u32,
}

impl Default for TransportSettings {
    fn default() -> Self {
        Self {
            stream_receive_window: 1 << 20,
            receive_window: 16 << 20,
            send_window: 8 << 20,
            max_idle_timeout_ms: 30_000,
            keep_alive_interval_ms: 0,
            initial_rtt_ms: 333,
            initial_mtu: 1200,
            mtu_upper_bound: 1452,
            packet_threshold: 3,
            time_threshold: 9.0 / 8.0,
            congestion: Congestion::Cubic,
            max_streams: 0,
            datagram_buffer: 0,
        }
    }
}

impl TransportSettings {
    pub fn build(&self) -> Arc<TransportConfig> {
        let mut config = TransportConfig::default();
        let initial_mtu = self.initial_mtu.clamp(1200, LARGEST_INITIAL_MTU);
        config
            .max_concurrent_uni_streams(VarInt::from_u32(0))
            .max_concurrent_bidi_streams(VarInt::from_u32(self.max_streams.min(UNVERIFIED_STREAMS)))
            .stream_receive_window(VarInt::from_u32(self.stream_receive_window))
            .receive_window(VarInt::from_u32(self.receive_window))
            .send_window(self.send_window.into())
            .max_idle_timeout(
                duration(self.max_idle_timeout_ms)
                    .and_then(|time| IdleTimeout::try_from(time).ok()),
            )
            .keep_alive_interval(duration(self.keep_alive_interval_ms))
            .initial_mtu(initial_mtu)
            .packet_threshold(self.packet_threshold)
            .time_threshold(self.time_threshold)
            .datagram_receive_buffer_size(match self.datagram_buffer {
                0 => None,
                bytes => Some(bytes as usize),
            });
        if let Some(rtt) = duration(self.initial_rtt_ms) {
            config.initial_rtt(rtt);
        }
        if self.mtu_upper_bound > initial_mtu {
            let mut discovery = MtuDiscoveryConfig::default();
            discovery.upper_bound(self.mtu_upper_bound);
            config.mtu_discovery_config(Some(discovery));
        } else {
            config.mtu_discovery_config(None);
        }
        match self.congestion {
            Congestion::Cubic => {
                config.congestion_controller_factory(Arc::new(CubicConfig::default()))
            }
            Congestion::Bbr => config.congestion_controller_factory(Arc::new(BbrConfig::default())),
            Congestion::Reno => {
                config.congestion_controller_factory(Arc::new(NewRenoConfig::default()))
            }
        };
        Arc::new(config)
    }
}

fn duration(ms: u32) -> Option<Duration> {
    (ms > 0).then(|| Duration::from_millis(ms.into()))
}

/// What is fixed for all connections of a socket. With a `reset_key` of at least 32 bytes, the same after a restart,
/// peers of the former process learn at once that it is gone (stateless reset).
pub fn endpoint_config(
    reset_key: Option<&[u8]>,
    largest_datagram: u16,
) -> Result<EndpointConfig, String> {
    let mut config = match reset_key {
        None => EndpointConfig::default(),
        Some(key) => {
            let Some(id_key) = key.get(..8).filter(|_| key.len() >= 32) else {
                return Err("the reset key must have at least 32 bytes".into());
            };
            let id_key = u64::from_be_bytes(id_key.try_into().unwrap_or_default());
            let hmac = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &key[8..]);
            let mut config = EndpointConfig::new(Arc::new(hmac));
            config.cid_generator(move || {
                Box::new(quinn_proto::HashedConnectionIdGenerator::from_key(id_key))
            });
            config
        }
    };
    // Discovery probes only up to what the other side says it takes.
    config
        .max_udp_payload_size(largest_datagram.max(LARGEST_INITIAL_MTU))
        .map_err(|error| error.to_string())?;
    Ok(config)
}
