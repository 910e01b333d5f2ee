//! The engine's events and streams.

use std::task::Poll;

use quinn::VarInt;

use crate::close_reason::{CloseReason, EndedBy};
use crate::connection::Connection;
use crate::engine::{Engine, Note, Slot};
use crate::events::Event;
use crate::stream::{Outcome, Stream};
use crate::turns;
use crate::vital::or_die;

/// Words of a drained event: kind, number, and two that depend on the kind. Known to JavaScript as well.
pub type Drained = [u32; 4];

pub mod kind {
    pub const CONNECTED: u32 = 1;
    /// endpoint, connection
    pub const INCOMING: u32 = 2;
    /// endpoint, note
    pub const REFUSED: u32 = 3;
    /// connection, note
    pub const CLOSED: u32 = 4;
    /// connection, stream, its index among the peer's streams
    pub const STREAM: u32 = 5;
    pub const READABLE: u32 = 6;
    pub const WRITABLE: u32 = 7;
    pub const STOPPED: u32 = 8;
    pub const OPENABLE: u32 = 9;
    pub const DATAGRAM: u32 = 10;
    pub const IDLE: u32 = 11;
    /// endpoint, note
    pub const ENDPOINT_LOST: u32 = 12;
    /// 0, note
    pub const PANICKED: u32 = 13;
    pub const FLUSHED: u32 = 14;
}

impl Engine {
    /// Takes up to `limit` events; the second value says whether more are waiting.
    pub fn drain(&self, limit: usize, mut each: impl FnMut(Drained)) -> bool {
        let (events, more) = self.queue.take(limit);
        for event in events {
            each(self.arrived(event).unwrap_or_default());
        }
        more
    }

    /// `None` for what became meaningless while it waited.
    fn arrived(&self, event: Event) -> Option<Drained> {
        Some(match event {
            Event::Readable(number) => [kind::READABLE, number, 0, 0],
            Event::Writable(number) => [kind::WRITABLE, number, 0, 0],
            Event::Stopped(number) => [kind::STOPPED, number, 0, 0],
            Event::Openable(number) => [kind::OPENABLE, number, 0, 0],
            Event::Datagram(number) => [kind::DATAGRAM, number, 0, 0],
            Event::Flushed(number) => [kind::FLUSHED, number, 0, 0],
            Event::Idle(number) => [kind::IDLE, number, 0, 0],
            Event::Connected { connection, quinn } => self.connected(connection, quinn)?,
            Event::Incoming {
                endpoint,
                connection,
            } => {
                let number = connection.number;
                connection.watch();
                self.connections
                    .borrow_mut()
                    .insert(number, Slot::Open(connection));
                [kind::INCOMING, endpoint, number, 0]
            }
            Event::Stream {
                connection,
                send,
                recv,
            } => {
                let halves = (send, recv);
                let (stream, index) = self.peer_opened(connection, halves)?;
                [kind::STREAM, connection, stream, index]
            }
            Event::Closed { connection, reason } => {
                [kind::CLOSED, connection, self.note(None, reason), 0]
            }
            Event::Refused { endpoint, refusal } => {
                let note = self.note(Some(refusal.remote), refusal.reason.clone());
                [kind::REFUSED, endpoint, note, 0]
            }
            Event::EndpointLost { endpoint, words } => {
                let note = self.note(None, CloseReason::fault(&words));
                [kind::ENDPOINT_LOST, endpoint, note, 0]
            }
            Event::Panicked(words) => {
                let note = self.note(None, CloseReason::fault(&words));
                [kind::PANICKED, 0, note, 0]
            }
        })
    }

    fn note(&self, remote: Option<std::net::SocketAddr>, reason: CloseReason) -> u32 {
        let number = self.queue.number();
        let note = Note { remote, reason };
        self.notes.borrow_mut().insert(number, note);
        number
    }

    fn connected(&self, number: u32, quinn: quinn::Connection) -> Option<Drained> {
        let mut connections = self.connections.borrow_mut();
        let Some(slot) = connections.get_mut(&number) else {
            quinn.close(VarInt::from_u32(0), b"");
            return None;
        };
        if let Slot::Attempt {
            vital, max_streams, ..
        } = slot
        {
            let queue = self.queue.clone();
            let connection = Connection::new(number, quinn, vital.clone(), queue, *max_streams);
            connection.watch();
            *slot = Slot::Open(connection);
        }
        Some([kind::CONNECTED, number, 0, 0])
    }

    fn peer_opened(
        &self,
        connection: u32,
        (mut send, mut recv): (quinn::SendStream, quinn::RecvStream),
    ) -> Option<(u32, u32)> {
        let made = self.with_connection(connection, |known| {
            known.peer_opened();
            known.vital.clone()
        });
        let Some(vital) = made else {
            let _ = send.reset(VarInt::from_u32(0));
            let _ = recv.stop(VarInt::from_u32(0));
            return None;
        };
        let index = u32::try_from(send.id().index()).unwrap_or(u32::MAX);
        let number = self.queue.number();
        let stream = Stream::new(number, connection, true, vital, &self.queue, (send, recv));
        self.streams.borrow_mut().insert(number, stream);
        Some((number, index))
    }

    /// A new stream's number; `None`: the peer allows no more now, an `OPENABLE` follows.
    pub fn open(&self, connection: u32) -> Result<Option<u32>, CloseReason> {
        let opened =
            self.with_connection(connection, |known| (known.poll_open(), known.vital.clone()));
        match opened {
            None => Err(CloseReason::new(
                EndedBy::Local,
                0,
                "the connection is gone",
            )),
            Some((Poll::Pending, _)) => Ok(None),
            Some((Poll::Ready(Err(reason)), _)) => Err(reason),
            Some((Poll::Ready(Ok(halves)), vital)) => {
                let number = self.queue.number();
                let stream = Stream::new(number, connection, false, vital, &self.queue, halves);
                self.streams.borrow_mut().insert(number, stream);
                Ok(Some(number))
            }
        }
    }

    pub fn with_stream<T>(&self, number: u32, f: impl FnOnce(&mut Stream) -> T) -> Option<T> {
        let mut streams = self.streams.borrow_mut();
        let stream = streams.get_mut(&number)?;
        Some(turns::in_turn(|| or_die(stream, |stream| &stream.vital, f)))
    }

    pub fn read(&self, number: u32, buffer: &mut [u8]) -> Outcome {
        self.with_stream(number, |stream| stream.read(buffer))
            .unwrap_or(Outcome::Closed)
    }

    pub fn write(&self, number: u32, bytes: &[u8]) -> Outcome {
        self.with_stream(number, |stream| stream.write(bytes))
            .unwrap_or(Outcome::Closed)
    }

    /// Forgets the stream's number; what is still open is reset and stopped with `code`.
    pub fn release_stream(&self, number: u32, code: VarInt) {
        let removed = self.streams.borrow_mut().remove(&number);
        if let Some(stream) = removed {
            turns::in_turn(|| self.let_go(stream, code));
        }
    }

    fn let_go(&self, mut stream: Stream, code: VarInt) {
        stream.abandon(code);
        self.with_connection(stream.connection, |known| {
            if stream.opened_by_peer {
                known.peer_stream_released();
            }
            if let Some(send) = stream.take_finished() {
                known.linger(send);
            }
        });
    }

    /// The owner's turn is over: what its calls for streams have to send goes out.
    pub fn end_turn(&self) {
        turns::end_turn();
    }

    /// Streams that exist, for tests of leaks.
    pub fn stream_count(&self) -> usize {
        self.streams.borrow().len()
    }
}
