//! UDP sockets with buffers that hold a burst.

use std::io;
use std::net::{SocketAddr, UdpSocket};

use socket2::{Domain, Protocol, Socket, Type};

/// Kernel buffer asked for in both directions, bytes; the kernel may give less (`net.core.rmem_max`).
const BUFFER_BYTES: usize = 2 << 20;

/// A bound, non-blocking socket. `[::]` takes IPv4 too unless `ipv6_only`.
pub fn bind(address: SocketAddr, ipv6_only: bool) -> io::Result<UdpSocket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(ipv6_only)?;
    }
    // Refused where a limit is lower: smaller buffers lose packets under load, they do not fail.
    let _ = socket.set_recv_buffer_size(BUFFER_BYTES);
    let _ = socket.set_send_buffer_size(BUFFER_BYTES);
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}
