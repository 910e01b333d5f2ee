//! Settings as JavaScript gives them, checked there, and turned into rustls' and quinn's once.

use std::time::Duration;

use napi::bindgen_prelude::{Error, Result, Uint8Array};
use napi_derive::napi;
use octo_quic_core::config::{Congestion, TransportSettings};
use octo_quic_core::endpoint::{BindSettings, ClientSettings, ServerSettings};
use octo_quic_core::half_open::HalfOpenLimits;
use octo_quic_core::tls::TlsSettings;

#[napi(object, object_to_js = false)]
pub struct NativeTls {
    pub chain: Vec<Uint8Array>,
    pub key: Uint8Array,
    pub roots: Vec<Uint8Array>,
    pub crls: Vec<Uint8Array>,
    pub enforce_crl_expiry: bool,
    pub alpn: Vec<String>,
    pub any_client: bool,
}

#[napi(object, object_to_js = false)]
pub struct NativeTransport {
    pub stream_receive_window: u32,
    pub receive_window: u32,
    pub send_window: u32,
    pub max_idle_timeout_ms: u32,
    pub keep_alive_interval_ms: u32,
    pub initial_rtt_ms: u32,
    pub initial_mtu: u32,
    pub mtu_upper_bound: u32,
    pub packet_threshold: u32,
    pub time_threshold: f64,
    /// `cubic`, `bbr` or `reno`.
    pub congestion: String,
    pub max_streams: u32,
    pub datagram_buffer: u32,
}

#[napi(object, object_to_js = false)]
pub struct NativeBind {
    pub address: String,
    pub ipv6_only: bool,
    pub reset_key: Option<Uint8Array>,
    pub largest_datagram: u32,
    pub retry_above: u32,
    pub max_half_open: u32,
    pub max_half_open_per_address: u32,
    pub handshake_timeout_ms: u32,
}

impl From<NativeTls> for TlsSettings {
    fn from(tls: NativeTls) -> Self {
        Self {
            chain: vectors(&tls.chain),
            key: tls.key.to_vec(),
            roots: vectors(&tls.roots),
            crls: vectors(&tls.crls),
            enforce_crl_expiry: tls.enforce_crl_expiry,
            alpn: tls.alpn.into_iter().map(String::into_bytes).collect(),
            any_client: tls.any_client,
        }
    }
}

fn vectors(arrays: &[Uint8Array]) -> Vec<Vec<u8>> {
    arrays.iter().map(|array| array.to_vec()).collect()
}

impl From<NativeTransport> for TransportSettings {
    fn from(transport: NativeTransport) -> Self {
        Self {
            stream_receive_window: transport.stream_receive_window,
            receive_window: transport.receive_window,
            send_window: transport.send_window,
            max_idle_timeout_ms: transport.max_idle_timeout_ms,
            keep_alive_interval_ms: transport.keep_alive_interval_ms,
            initial_rtt_ms: transport.initial_rtt_ms,
            initial_mtu: datagram_size(transport.initial_mtu),
            mtu_upper_bound: datagram_size(transport.mtu_upper_bound),
            packet_threshold: transport.packet_threshold,
            time_threshold: transport.time_threshold as f32,
            congestion: match transport.congestion.as_str() {
                "bbr" => Congestion::Bbr,
                "reno" => Congestion::Reno,
                _ => Congestion::Cubic,
            },
            max_streams: transport.max_streams,
            datagram_buffer: transport.datagram_buffer,
        }
    }
}

fn datagram_size(bytes: u32) -> u16 {
    u16::try_from(bytes).unwrap_or(u16::MAX)
}

impl NativeBind {
    pub fn read(self) -> Result<BindSettings> {
        Ok(BindSettings {
            address: address(&self.address)?,
            ipv6_only: self.ipv6_only,
            reset_key: self.reset_key.map(|key| key.to_vec()),
            largest_datagram: datagram_size(self.largest_datagram),
            limits: HalfOpenLimits {
                retry_above: self.retry_above as usize,
                total: self.max_half_open as usize,
                per_address: self.max_half_open_per_address as usize,
            },
            handshake_timeout: Duration::from_millis(self.handshake_timeout_ms.into()),
        })
    }
}

pub fn address(text: &str) -> Result<std::net::SocketAddr> {
    text.parse()
        .map_err(|_| Error::from_reason(format!("{text} is not ip:port")))
}

/// A client's certificate, trust and transport, read once and used for any number of connections.
#[napi]
pub struct NativeClient {
    pub(crate) inner: ClientSettings,
}

#[napi]
impl NativeClient {
    #[napi(constructor, catch_unwind)]
    pub fn new(tls: NativeTls, transport: NativeTransport) -> Result<Self> {
        let tls = TlsSettings::from(tls)
            .client()
            .map_err(Error::from_reason)?;
        Ok(Self {
            inner: ClientSettings::new(tls, &transport.into()),
        })
    }
}

/// The same for a server.
#[napi]
pub struct NativeServer {
    pub(crate) inner: ServerSettings,
}

#[napi]
impl NativeServer {
    #[napi(constructor, catch_unwind)]
    pub fn new(tls: NativeTls, transport: NativeTransport) -> Result<Self> {
        let tls = TlsSettings::from(tls)
            .server()
            .map_err(Error::from_reason)?;
        Ok(Self {
            inner: ServerSettings::new(tls, &transport.into()),
        })
    }
}
