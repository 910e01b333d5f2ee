//! What can be asked of a connection, and what events say beyond numbers.

use napi::bindgen_prelude::{Buffer, Result};
use napi_derive::napi;
use octo_quic_core::engine::Note;
use quinn::crypto::rustls::HandshakeData;
use rustls::pki_types::CertificateDer;

use crate::engine::NativeEngine;

#[napi(object, object_from_js = false)]
pub struct NativeInfo {
    pub remote_address: String,
    /// The name that the client asked for (server side only).
    pub server_name: Option<String>,
    pub alpn: Option<String>,
    /// DER, leaf first.
    pub certificates: Vec<Buffer>,
}

#[napi(object, object_from_js = false)]
pub struct NativeStats {
    pub remote_address: String,
    pub rtt_ms: f64,
    pub min_rtt_ms: f64,
    pub congestion_window: f64,
    pub congestion_events: f64,
    pub sent_packets: f64,
    pub lost_packets: f64,
    pub lost_bytes: f64,
    pub sent_bytes: f64,
    pub received_bytes: f64,
    pub mtu: u32,
    pub black_holes: f64,
}

#[napi(object, object_from_js = false)]
pub struct NativeNote {
    pub remote_address: Option<String>,
    /// `EndedBy` of the core.
    pub ended_by: u32,
    pub code: f64,
    pub words: String,
}

impl From<Note> for NativeNote {
    fn from(note: Note) -> Self {
        Self {
            remote_address: note.remote.map(|address| address.to_string()),
            ended_by: note.reason.by as u32,
            code: note.reason.code as f64,
            words: note.reason.words,
        }
    }
}

#[napi]
impl NativeEngine {
    #[napi(catch_unwind)]
    pub fn take_note(&self, note: u32) -> Option<NativeNote> {
        self.engine.take_note(note).map(NativeNote::from)
    }

    #[napi(catch_unwind)]
    pub fn info(&self, connection: u32) -> Result<Option<NativeInfo>> {
        let info = self.engine.with_connection(connection, |known| {
            let quinn = known.quinn()?;
            let handshake = quinn
                .handshake_data()
                .and_then(|data| data.downcast::<HandshakeData>().ok());
            let certificates = quinn
                .peer_identity()
                .and_then(|identity| identity.downcast::<Vec<CertificateDer<'static>>>().ok())
                .map(|chain| chain.iter().map(|der| Buffer::from(der.to_vec())).collect());
            let (alpn, server_name) = match handshake {
                None => (None, None),
                Some(data) => (data.protocol, data.server_name),
            };
            Some(NativeInfo {
                remote_address: quinn.remote_address().to_string(),
                server_name,
                alpn: alpn.map(|name| String::from_utf8_lossy(&name).into_owned()),
                certificates: certificates.unwrap_or_default(),
            })
        });
        Ok(info.flatten())
    }

    /// `cubic`, `bbr` or `reno`.
    #[napi(catch_unwind)]
    pub fn congestion(&self, connection: u32) -> Option<String> {
        let name = self
            .engine
            .with_connection(connection, |known| known.congestion());
        name.flatten().map(str::to_owned)
    }

    #[napi(catch_unwind)]
    pub fn stats(&self, connection: u32) -> Option<NativeStats> {
        self.engine.with_connection(connection, |known| {
            let quinn = known.quinn()?;
            let stats = quinn.stats();
            Some(NativeStats {
                remote_address: quinn.remote_address().to_string(),
                rtt_ms: stats.path.rtt.as_secs_f64() * 1e3,
                min_rtt_ms: stats.path.min_rtt.as_secs_f64() * 1e3,
                congestion_window: stats.path.cwnd as f64,
                congestion_events: stats.path.congestion_events as f64,
                sent_packets: stats.path.sent_packets as f64,
                lost_packets: stats.path.lost_packets as f64,
                lost_bytes: stats.path.lost_bytes as f64,
                sent_bytes: stats.udp_tx.bytes as f64,
                received_bytes: stats.udp_rx.bytes as f64,
                mtu: stats.path.current_mtu.into(),
                black_holes: stats.path.black_holes_detected as f64,
            })
        })?
    }
}
