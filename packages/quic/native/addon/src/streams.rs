//! Streams: the hot path. An outcome is one number (`outcome.rs`).

use napi::bindgen_prelude::{Error, Result, Uint8ArraySlice};
use napi_derive::napi;
use octo_quic_core::stream::Outcome;

use crate::engine::{NativeEngine, var_int};
use crate::outcome;

#[napi]
impl NativeEngine {
    /// A stream's number; 0: the peer allows no more now, an event follows.
    #[napi(catch_unwind)]
    pub fn open(&self, connection: u32) -> Result<u32> {
        match self.engine.open(connection) {
            Ok(opened) => Ok(opened.unwrap_or(0)),
            Err(reason) => Err(Error::from_reason(reason.words)),
        }
    }

    /// QUIC's number of the stream.
    #[napi(catch_unwind)]
    pub fn stream_id(&self, stream: u32) -> f64 {
        let id = self.engine.with_stream(stream, |known| known.id());
        id.unwrap_or(0) as f64
    }

    /// Reads into `slab` from `offset`, at most `length` bytes.
    #[napi(catch_unwind)]
    pub fn read(&self, stream: u32, mut slab: Uint8ArraySlice, offset: u32, length: u32) -> f64 {
        // SAFETY: JavaScript does not run while this call does, and hands out this part of the slab only afterwards.
        #[allow(unsafe_code)]
        let slab = unsafe { slab.as_mut() };
        let place = slab
            .get_mut(offset as usize..)
            .and_then(|rest| rest.get_mut(..length as usize));
        outcome::number(match place {
            Some(place) => self.engine.read(stream, place),
            None => Outcome::Closed,
        })
    }

    /// Hands over `chunk` from `offset` on, as far as flow control goes.
    #[napi(catch_unwind)]
    pub fn write(&self, stream: u32, chunk: Uint8ArraySlice, offset: u32) -> f64 {
        let bytes: &[u8] = &chunk;
        outcome::number(match bytes.get(offset as usize..) {
            Some(bytes) => self.engine.write(stream, bytes),
            None => Outcome::Closed,
        })
    }

    #[napi(catch_unwind)]
    pub fn poll_reset(&self, stream: u32) -> f64 {
        let polled = self.engine.with_stream(stream, |known| known.poll_reset());
        outcome::number(polled.unwrap_or(Outcome::Closed))
    }

    #[napi(catch_unwind)]
    pub fn poll_stopped(&self, stream: u32) -> f64 {
        let polled = self
            .engine
            .with_stream(stream, |known| known.poll_stopped());
        outcome::number(polled.unwrap_or(Outcome::Closed))
    }

    #[napi(catch_unwind)]
    pub fn finish(&self, stream: u32) {
        self.engine.with_stream(stream, |known| known.finish());
    }

    #[napi(catch_unwind)]
    pub fn reset(&self, stream: u32, code: f64) {
        self.engine
            .with_stream(stream, |known| known.reset(var_int(code)));
    }

    #[napi(catch_unwind)]
    pub fn stop(&self, stream: u32, code: f64) {
        self.engine
            .with_stream(stream, |known| known.stop(var_int(code)));
    }

    /// What the calls for streams since the last time have to send goes out only now.
    #[napi(catch_unwind)]
    pub fn end_turn(&self) {
        self.engine.end_turn();
    }

    #[napi(catch_unwind)]
    pub fn release_stream(&self, stream: u32, code: f64) {
        self.engine.release_stream(stream, var_int(code));
    }
}
