//! Becoming a client connection: done only when the server has accepted our certificate.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::close_reason::{CloseReason, EndedBy};
use crate::events::{Event, EventQueue};
use crate::vital::{Vital, unless_dead};

/// Ends in `Connected` or `Closed`.
pub async fn attempt(
    connecting: quinn::Connecting,
    number: u32,
    vital: Arc<Vital>,
    endpoint: Arc<Vital>,
    given_up: Arc<Notify>,
    queue: Arc<EventQueue>,
    deadline: Duration,
) {
    let handshake = async {
        tokio::select! {
            () = given_up.notified() => Err(CloseReason::new(EndedBy::Local, 0, "given up")),
            ended = tokio::time::timeout(deadline, confirmed(connecting)) => match ended {
                Err(_) => Err(CloseReason::deadline()),
                Ok(ended) => ended,
            },
        }
    };
    let Some(ended) = unless_dead(&vital, handshake).await else {
        return;
    };
    queue.push(match ended {
        Ok(quinn) => Event::Connected {
            connection: number,
            quinn,
        },
        Err(reason) => Event::Closed {
            connection: number,
            reason: match endpoint.is_dead() {
                true => CloseReason::endpoint_gone(),
                false => reason,
            },
        },
    });
}

/// In TLS 1.3 the client is done first: its `Connecting` resolves although the server may refuse the certificate.
/// Only HANDSHAKE_DONE says yes, and quinn has no future for it; so it is looked for, racing the end.
async fn confirmed(connecting: quinn::Connecting) -> Result<quinn::Connection, CloseReason> {
    let connection = connecting.await?;
    let mut pause = Duration::from_millis(1);
    while connection.stats().frame_rx.handshake_done == 0 {
        tokio::select! {
            error = connection.closed() => return Err(error.into()),
            () = tokio::time::sleep(pause) => pause = (pause * 5 / 4).min(Duration::from_millis(5)),
        }
    }
    Ok(connection)
}
