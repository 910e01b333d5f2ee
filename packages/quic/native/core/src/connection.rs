//! One verified connection, as its owner holds it.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use quinn::VarInt;
use quinn::congestion::{Bbr, Cubic};

use crate::close_reason::CloseReason;
use crate::config::UNVERIFIED_STREAMS;
use crate::events::{Event, EventQueue, Wakes, waker};
use crate::runtime;
use crate::vital::{Vital, drop_or_forget};

type Opening = Pin<
    Box<
        dyn Future<Output = Result<(quinn::SendStream, quinn::RecvStream), quinn::ConnectionError>>
            + Send,
    >,
>;

/// quinn announces freed stream slots only when more than an eighth of the limit is free.
const SLACK_DENOMINATOR: u32 = 7;

/// Finished streams kept before those that have arrived are looked for.
const LEAST_SWEEP: usize = 64;

pub struct Connection {
    pub number: u32,
    pub vital: Arc<Vital>,
    quinn: Option<quinn::Connection>,
    queue: Arc<EventQueue>,
    opening: Option<Opening>,
    open_waker: Waker,
    pub(crate) datagrams: crate::datagram::Datagrams,
    max_streams: u32,
    announced_streams: u32,
    /// Streams of the peer that the owner has not released.
    peer_streams: u32,
    /// Finished streams whose bytes may still be on their way.
    lingering: Vec<quinn::SendStream>,
    sweep_at: usize,
}

impl Connection {
    pub fn new(
        number: u32,
        quinn: quinn::Connection,
        vital: Arc<Vital>,
        queue: Arc<EventQueue>,
        max_streams: u32,
    ) -> Self {
        let mut connection = Self {
            number,
            vital,
            open_waker: waker(&queue, number, Wakes::Openable),
            datagrams: crate::datagram::Datagrams::new(&queue, number),
            quinn: Some(quinn),
            queue,
            opening: None,
            max_streams: max_streams.saturating_add(max_streams.div_ceil(SLACK_DENOMINATOR)),
            announced_streams: max_streams.min(UNVERIFIED_STREAMS),
            peer_streams: 0,
            lingering: Vec::new(),
            sweep_at: LEAST_SWEEP,
        };
        connection.announce_more();
        connection
    }

    /// Begins to report the peer's streams and the end.
    pub fn watch(&self) {
        let (Some(quinn), Ok(handle)) = (self.quinn(), runtime::handle()) else {
            return;
        };
        let task = watch(
            quinn.clone(),
            self.number,
            self.queue.clone(),
            self.vital.clone(),
        );
        runtime::spawn(handle, Some(self.vital.clone()), task);
    }

    /// quinn's connection, unless it must not be touched any more.
    pub fn quinn(&self) -> Option<&quinn::Connection> {
        self.quinn.as_ref().filter(|_| !self.vital.is_dead())
    }

    /// One more stream of the peer; more are allowed, fourfold, when half of what was announced is in use: each costs
    /// an entry whether used or not.
    pub fn peer_opened(&mut self) {
        self.peer_streams += 1;
        if self.peer_streams > self.announced_streams / 2 {
            self.announce_more();
        }
    }

    pub fn peer_stream_released(&mut self) {
        self.peer_streams = self.peer_streams.saturating_sub(1);
    }

    pub fn set_max_streams(&mut self, max_streams: u32) {
        self.max_streams = max_streams.saturating_add(max_streams.div_ceil(SLACK_DENOMINATOR));
        self.announce_more();
    }

    fn announce_more(&mut self) {
        let next = self
            .announced_streams
            .saturating_mul(4)
            .min(self.max_streams);
        if next <= self.announced_streams {
            return;
        }
        self.announced_streams = next;
        if let Some(quinn) = self.quinn() {
            quinn.set_max_concurrent_bi_streams(VarInt::from_u32(next));
        }
    }

    /// A new stream; `Pending`: the peer allows no more now, an `Openable` will follow.
    pub fn poll_open(
        &mut self,
    ) -> Poll<Result<(quinn::SendStream, quinn::RecvStream), CloseReason>> {
        let Some(quinn) = self.quinn().cloned() else {
            return Poll::Ready(Err(CloseReason::fault("the connection is gone")));
        };
        let mut context = Context::from_waker(&self.open_waker);
        let mut opening = match self.opening.take() {
            Some(opening) => opening,
            None => {
                // Most often there is room, and nothing need be allocated.
                let mut noop = Context::from_waker(Waker::noop());
                if let Poll::Ready(opened) = pin!(quinn.open_bi()).poll(&mut noop) {
                    return Poll::Ready(opened.map_err(CloseReason::from));
                }
                Box::pin(async move { quinn.open_bi().await })
            }
        };
        match opening.as_mut().poll(&mut context) {
            Poll::Pending => {
                self.opening = Some(opening);
                Poll::Pending
            }
            Poll::Ready(opened) => Poll::Ready(opened.map_err(CloseReason::from)),
        }
    }

    /// Keeps a finished stream until its bytes have arrived, or until it is swept with others that have.
    pub fn linger(&mut self, send: quinn::SendStream) {
        self.lingering.push(send);
        if self.lingering.len() >= self.sweep_at && !self.vital.is_dead() {
            // quinn forgets a stream when all of it is acknowledged.
            self.lingering.retain(|send| send.priority().is_ok());
            self.sweep_at = LEAST_SWEEP.max(self.lingering.len() * 2);
        }
    }

    /// A `Flushed` follows when all finished streams have arrived.
    pub fn flush(&mut self) {
        let lingering = std::mem::take(&mut self.lingering);
        let (Some(_), Ok(handle)) = (self.quinn(), runtime::handle()) else {
            return drop_or_forget(lingering, Some(&self.vital));
        };
        let (queue, number) = (self.queue.clone(), self.number);
        runtime::spawn(handle, Some(self.vital.clone()), async move {
            for send in &lingering {
                let _ = send.stopped().await;
            }
            queue.push(Event::Flushed(number));
        });
    }

    /// The name of the congestion control that is at work.
    pub fn congestion(&self) -> Option<&'static str> {
        let controller = self.quinn()?.congestion_state().into_any();
        Some(if controller.is::<Cubic>() {
            "cubic"
        } else if controller.is::<Bbr>() {
            "bbr"
        } else {
            "reno"
        })
    }

    pub fn close(&self, code: VarInt, words: &[u8]) {
        if let Some(quinn) = self.quinn() {
            quinn.close(code, words);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let (quinn, opening) = (self.quinn.take(), self.opening.take());
        let datagrams = self.datagrams.take_waiting();
        let lingering = std::mem::take(&mut self.lingering);
        drop_or_forget((opening, datagrams, lingering, quinn), Some(&self.vital));
    }
}

async fn watch(quinn: quinn::Connection, number: u32, queue: Arc<EventQueue>, vital: Arc<Vital>) {
    let mut quinn = Some(quinn);
    loop {
        let Some(connection) = quinn.as_ref() else {
            return;
        };
        let accepted = tokio::select! {
            () = vital.died() => None,
            accepted = connection.accept_bi() => Some(accepted),
        };
        match accepted {
            // What belongs to a dead connection is never dropped.
            None => return std::mem::forget(quinn.take()),
            Some(Ok((send, recv))) => queue.push(Event::Stream {
                connection: number,
                send,
                recv,
            }),
            Some(Err(error)) => {
                return queue.push(Event::Closed {
                    connection: number,
                    reason: error.into(),
                });
            }
        }
    }
}
