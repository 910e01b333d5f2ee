//! The Node-API face of `octo-quic-core`: numbers in, numbers out. The typed face for people is in TypeScript.
//! Every export catches panics; `core` turns those of its tasks into events.

mod engine;
mod info;
mod outcome;
mod settings;
mod streams;
