//! The one thread on which all QUIC of the process runs, and quinn's view of it.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use quinn::{AsyncTimer, AsyncUdpSocket, Runtime, TokioRuntime};
use tokio::runtime::{Builder, Handle};

use crate::single_socket::SingleSocket;
use crate::unpoisoned::unpoisoned;
use crate::vital::{self, Guarded, Vital};

static RUNTIME: OnceLock<Result<Handle, String>> = OnceLock::new();

/// The runtime, started at the first call: one thread, since several halve quinn's throughput.
pub fn handle() -> Result<&'static Handle, String> {
    RUNTIME
        .get_or_init(|| start().map_err(|error| format!("the QUIC thread did not start: {error}")))
        .as_ref()
        .map_err(Clone::clone)
}

fn start() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name("octo-quic".into())
        .spawn(move || unpoisoned(|| runtime.block_on(std::future::pending::<()>())))?;
    Ok(handle)
}

/// Runs a task of our own; its panic is the death of `vital`.
pub fn spawn(
    handle: &Handle,
    vital: Option<Arc<Vital>>,
    task: impl Future<Output = ()> + Send + 'static,
) -> tokio::task::JoinHandle<()> {
    handle.spawn(Guarded::task(Box::pin(task), vital))
}

/// tokio's runtime, except that a panic in one of quinn's drivers ends that driver alone.
#[derive(Debug)]
pub struct GuardedRuntime;

impl Runtime for GuardedRuntime {
    fn new_timer(&self, at: Instant) -> Pin<Box<dyn AsyncTimer>> {
        TokioRuntime.new_timer(at)
    }

    fn spawn(&self, driver: Pin<Box<dyn Future<Output = ()> + Send>>) {
        let vital = vital::next_driver();
        if let Ok(handle) = handle() {
            handle.spawn(Guarded::driver(driver, vital));
        }
    }

    fn wrap_udp_socket(&self, socket: std::net::UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        let socket = TokioRuntime.wrap_udp_socket(socket)?;
        Ok(Arc::new(SingleSocket::new(socket)))
    }

    fn now(&self) -> Instant {
        vital::fault_point();
        Instant::now()
    }
}
