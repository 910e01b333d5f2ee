//! A panic ends what it belongs to, and nothing else; nothing is printed. (A file of its own: silence hides failures.)

mod support;

use octo_quic_core::close_reason::EndedBy;
use octo_quic_core::engine_streams::kind;
use octo_quic_core::panics::silence;
use octo_quic_core::stream::Outcome;
use quinn::VarInt;
use support::{bind, connect, pair};

#[test]
fn a_panic_in_a_driver_ends_that_connection_alone() {
    silence();
    let mut pair = pair();
    let (broken, _) = pair.stream();
    let endpoint = bind(&pair.client, false);
    let healthy = {
        let server_endpoint = bind(&pair.server, true);
        connect(&pair.client, endpoint, &pair.server, server_endpoint)
    };
    assert_eq!(pair.client.expect(kind::CONNECTED)[1], healthy);
    pair.client.engine.make_faulty(pair.client_connection);
    pair.client.engine.write(broken, b"wakes the driver");
    let panicked = pair.client.expect(kind::PANICKED);
    let words = pair
        .client
        .engine
        .take_note(panicked[2])
        .unwrap()
        .reason
        .words;
    assert!(words.starts_with("provoked inside a driver"), "{words}");
    assert!(!words.contains('/'), "{words}");
    let closed = pair.client.expect(kind::CLOSED);
    assert_eq!(closed[1], pair.client_connection);
    let reason = pair.client.engine.take_note(closed[2]).unwrap().reason;
    assert_eq!(reason.by, EndedBy::Fault);
    assert_eq!(pair.client.engine.write(broken, b"z"), Outcome::Lost);
    pair.client
        .engine
        .release_stream(broken, VarInt::from_u32(0));
    pair.client
        .engine
        .release_connection(pair.client_connection);
    pair.client_connection = healthy;
    pair.stream();
}
