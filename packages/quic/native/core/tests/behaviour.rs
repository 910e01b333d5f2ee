//! The core from outside: what an owner sees.

mod support;

use octo_quic_core::engine_streams::kind;
use octo_quic_core::stream::Outcome;
use quinn::VarInt;
use support::pair;

#[test]
fn bytes_arrive_and_fin_is_the_end() {
    let mut pair = pair();
    let (ours, theirs) = pair.stream();
    let sent = vec![7; 300_000];
    let taken = pair.client.engine.write(ours, &sent);
    assert_eq!(
        taken,
        Outcome::Bytes {
            count: sent.len(),
            more: true
        }
    );
    pair.client
        .engine
        .with_stream(ours, |stream| stream.finish());
    let (mut got, mut buffer) = (0, vec![0; 65_536]);
    loop {
        match pair.server.engine.read(theirs, &mut buffer) {
            Outcome::Bytes { count, more } => {
                got += count;
                if !more {
                    pair.server.expect(kind::READABLE);
                }
            }
            Outcome::Blocked => drop(pair.server.expect(kind::READABLE)),
            Outcome::End => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(got, sent.len());
}

#[test]
fn what_is_dropped_unfinished_is_reset_not_finished() {
    let mut pair = pair();
    let (ours, theirs) = pair.stream();
    pair.client
        .engine
        .release_stream(ours, VarInt::from_u32(77));
    let mut buffer = [0; 16];
    while pair.server.engine.read(theirs, &mut buffer) == Outcome::Blocked {
        pair.server.expect(kind::READABLE);
    }
    let stopped = loop {
        match pair.server.engine.write(theirs, b"y") {
            Outcome::Bytes { .. } => std::thread::yield_now(),
            other => break other,
        }
    };
    assert_eq!(stopped, Outcome::Aborted(77));
}
