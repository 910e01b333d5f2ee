//! A socket that hands datagrams out one by one.
//!
//! The kernel gives up to 64 KiB of datagrams at once (GRO), and quinn keeps them in one allocation: as long as one of
//! them is unread, all stay in memory. A hundred tunnels whose readers stop at different places then hold three
//! times their windows. Each datagram in an allocation of its own costs a copy of it, and nothing is held beyond what
//! is counted.

use std::fmt;
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use quinn::udp::{RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, UdpPoller};

/// What one message of the kernel holds at most, bytes.
const MESSAGE_BYTES: usize = 1 << 16;

/// Messages that are taken at once.
const MESSAGES: usize = 8;

pub struct SingleSocket {
    inner: Arc<dyn AsyncUdpSocket>,
    arrived: Mutex<Arrived>,
}

/// Messages that were taken from the kernel, and how far they were handed out.
struct Arrived {
    buffer: Box<[u8]>,
    metas: [RecvMeta; MESSAGES],
    messages: usize,
    message: usize,
    offset: usize,
}

impl SingleSocket {
    pub fn new(inner: Arc<dyn AsyncUdpSocket>) -> Self {
        Self {
            inner,
            arrived: Mutex::new(Arrived {
                buffer: vec![0; MESSAGE_BYTES * MESSAGES].into(),
                metas: [RecvMeta::default(); MESSAGES],
                messages: 0,
                message: 0,
                offset: 0,
            }),
        }
    }
}

impl Arrived {
    fn receive(
        &mut self,
        socket: &dyn AsyncUdpSocket,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let mut parts = self.buffer.chunks_mut(MESSAGE_BYTES);
        let mut places: [IoSliceMut<'_>; MESSAGES] =
            std::array::from_fn(|_| IoSliceMut::new(parts.next().unwrap_or_default()));
        let received = ready!(socket.poll_recv(cx, &mut places, &mut self.metas));
        self.message = 0;
        self.offset = 0;
        Poll::Ready(received.map(|messages| self.messages = messages))
    }

    /// Copies as many datagrams as there are places.
    fn hand_out(&mut self, places: &mut [IoSliceMut<'_>], metas: &mut [RecvMeta]) -> usize {
        let mut count = 0;
        while count < places.len().min(metas.len()) && self.message < self.messages {
            let meta = &self.metas[self.message];
            let end = meta.len.min(self.offset + meta.stride.max(1));
            let datagram = &self.buffer[self.message * MESSAGE_BYTES..][self.offset..end];
            // One that is greater than we said we take is nothing of ours.
            if let Some(place) = places[count].get_mut(..datagram.len()) {
                place.copy_from_slice(datagram);
                metas[count] = *meta;
                metas[count].len = datagram.len();
                metas[count].stride = datagram.len();
                count += 1;
            }
            self.offset = end;
            if end >= meta.len {
                self.message += 1;
                self.offset = 0;
            }
        }
        count
    }
}

impl AsyncUdpSocket for SingleSocket {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        self.inner.clone().create_io_poller()
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        self.inner.try_send(transmit)
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        places: &mut [IoSliceMut<'_>],
        metas: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let mut arrived = self.arrived.lock().unwrap_or_else(|e| e.into_inner());
        loop {
            let count = arrived.hand_out(places, metas);
            if count > 0 {
                return Poll::Ready(Ok(count));
            }
            ready!(arrived.receive(&*self.inner, cx))?;
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }

    fn max_transmit_segments(&self) -> usize {
        self.inner.max_transmit_segments()
    }

    fn may_fragment(&self) -> bool {
        self.inner.may_fragment()
    }
}

impl fmt::Debug for SingleSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    /// Bytes of a message, and the length of its datagrams.
    type Message = (Vec<u8>, usize);

    /// Gives these messages, the last first.
    #[derive(Debug)]
    struct Scripted(Mutex<Vec<Vec<Message>>>);

    impl AsyncUdpSocket for Scripted {
        fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
            unreachable!("nothing is sent")
        }

        fn try_send(&self, _: &Transmit<'_>) -> io::Result<()> {
            unreachable!("nothing is sent")
        }

        fn poll_recv(
            &self,
            _: &mut Context<'_>,
            places: &mut [IoSliceMut<'_>],
            metas: &mut [RecvMeta],
        ) -> Poll<io::Result<usize>> {
            let Some(messages) = self.0.lock().unwrap().pop() else {
                return Poll::Pending;
            };
            for (at, (bytes, stride)) in messages.iter().enumerate() {
                places[at][..bytes.len()].copy_from_slice(bytes);
                metas[at].len = bytes.len();
                metas[at].stride = *stride;
            }
            Poll::Ready(Ok(messages.len()))
        }

        fn local_addr(&self) -> io::Result<SocketAddr> {
            Ok(([127, 0, 0, 1], 1).into())
        }
    }

    #[test]
    fn datagrams_come_one_by_one_in_order_and_those_too_great_do_not() {
        let bytes = |from: u8, length: usize| -> Vec<u8> {
            (0..length).map(|at| from.wrapping_add(at as u8)).collect()
        };
        let script = vec![
            vec![(bytes(0, 90), 100)],
            vec![
                (bytes(0, 250), 100),
                (bytes(7, 101), 101),
                (bytes(9, 100), 100),
            ],
        ];
        let socket = SingleSocket::new(Arc::new(Scripted(Mutex::new(script))));
        let mut got = Vec::new();
        loop {
            let mut buffer = [[0; 100]; 2];
            let mut places = buffer.each_mut().map(|place| IoSliceMut::new(place));
            let mut metas = [RecvMeta::default(); 2];
            let mut cx = Context::from_waker(Waker::noop());
            let Poll::Ready(received) = socket.poll_recv(&mut cx, &mut places, &mut metas) else {
                break;
            };
            for at in 0..received.unwrap() {
                assert_eq!(metas[at].stride, metas[at].len);
                got.push(buffer[at][..metas[at].len].to_vec());
            }
        }
        let whole = bytes(0, 250);
        let wanted = [
            &whole[..100],
            &whole[100..200],
            &whole[200..],
            &bytes(9, 100),
            &bytes(0, 90),
        ];
        assert_eq!(got, wanted);
        assert_eq!(socket.max_receive_segments(), 1);
    }
}
