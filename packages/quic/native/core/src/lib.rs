//! QUIC for one single-threaded owner: quinn's connections run on a thread of their own, the owner polls streams with
//! wakers that only push events. Nothing here knows Node-API, so that `cargo test` runs without Node.

pub mod close_reason;
pub mod config;
pub mod connect;
pub mod connection;
pub mod datagram;
pub mod endpoint;
pub mod engine;
pub mod engine_streams;
pub mod events;
pub mod half_open;
pub mod panics;
mod reading;
pub mod runtime;
pub mod serve;
pub mod single_socket;
pub mod socket;
pub mod stream;
pub mod tls;
pub mod turns;
pub mod unpoisoned;
pub mod vital;
