//! A panic ends what it belongs to, and nothing else; nothing is printed. (A file of its own: silence hides failures.)

mod support;

use std::sync::{Mutex, MutexGuard};

use octo_quic_core::close_reason::EndedBy;
use octo_quic_core::engine_streams::kind;
use octo_quic_core::panics::silence;
use octo_quic_core::stream::Outcome;
use quinn::VarInt;
use support::{bind, connect, local_address, pair};

/// One test at a time: every owner hears of every panic.
fn quietly() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    silence();
    ALONE.lock().unwrap_or_else(|e| e.into_inner())
}

#[test]
fn a_panic_in_a_driver_ends_that_connection_alone() {
    let _alone = quietly();
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

#[test]
fn a_panic_in_an_endpoints_driver_ends_that_endpoint_and_its_connections_alone() {
    let _alone = quietly();
    let mut pair = pair();
    let (ours, theirs) = pair.stream();
    let second_server = bind(&pair.server, true);
    let second_client = bind(&pair.client, false);
    let healthy = connect(&pair.client, second_client, &pair.server, second_server);
    assert_eq!(pair.client.expect(kind::CONNECTED)[1], healthy);
    let on_the_broken = connect(
        &pair.client,
        second_client,
        &pair.server,
        pair.server_endpoint,
    );
    pair.server.expect(kind::INCOMING); // of the healthy one
    let other = pair.server.expect(kind::INCOMING)[2];
    assert_eq!(pair.client.expect(kind::CONNECTED)[1], on_the_broken);
    let address = local_address(&pair.server, pair.server_endpoint);

    pair.server.engine.make_faulty(pair.server_endpoint);
    pair.client.engine.write(ours, b"wakes the driver");
    let lost = pair.server.expect(kind::ENDPOINT_LOST);
    assert_eq!(lost[1], pair.server_endpoint);
    let mut ended = [
        closed_by_fault(&mut pair.server),
        closed_by_fault(&mut pair.server),
    ];
    ended.sort_unstable();
    assert_eq!(ended, [pair.server_connection, other]);
    assert_eq!(pair.server.engine.write(theirs, b"z"), Outcome::Lost);
    let gone = pair
        .server
        .engine
        .with_endpoint(pair.server_endpoint, |known| {
            known.close(VarInt::from_u32(0), b"");
            known.rebind(address)
        });
    assert_eq!(gone, Some(Err("the endpoint is gone".into())));

    // What belongs to it is released like anything else: its port is free again.
    let engine = &pair.server.engine;
    engine.release_stream(theirs, VarInt::from_u32(0));
    engine.release_connection(pair.server_connection);
    engine.release_connection(other);
    engine.release_endpoint(pair.server_endpoint);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while std::net::UdpSocket::bind(address).is_err() {
        assert!(
            std::time::Instant::now() < deadline,
            "{address} stays taken"
        );
        std::thread::yield_now();
    }

    pair.client_connection = healthy;
    pair.stream();
    assert!(
        pair.server
            .nothing_more(&[kind::CLOSED, kind::ENDPOINT_LOST])
    );
}

#[test]
fn a_panic_in_a_clients_endpoint_ends_its_attempts_too() {
    let _alone = quietly();
    let mut pair = pair();
    let nobody = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let attempt = pair
        .client
        .engine
        .connect(
            pair.client_endpoint,
            &support::client_settings(),
            nobody.local_addr().unwrap(),
            "localhost",
        )
        .unwrap();
    pair.client.engine.make_faulty(pair.client_endpoint);
    let server = &pair.server.engine;
    server.close_connection(
        pair.server_connection,
        VarInt::from_u32(0),
        b"wakes the driver",
    );
    let mut ended = [
        closed_by_fault(&mut pair.client),
        closed_by_fault(&mut pair.client),
    ];
    ended.sort_unstable();
    assert_eq!(ended, [pair.client_connection, attempt]);
    assert_eq!(
        pair.client.expect(kind::ENDPOINT_LOST)[1],
        pair.client_endpoint
    );
    let again = pair.client.engine.connect(
        pair.client_endpoint,
        &support::client_settings(),
        nobody.local_addr().unwrap(),
        "localhost",
    );
    assert_eq!(again, Err("the endpoint is gone".into()));
}

#[test]
fn a_panic_in_a_call_ends_what_it_was_for() {
    let _alone = quietly();
    let mut pair = pair();
    let (ours, _) = pair.stream();
    let panicking = std::panic::AssertUnwindSafe(|| {
        pair.client
            .engine
            .with_stream(ours, |_| panic!("provoked in a call"))
    });
    assert!(std::panic::catch_unwind(panicking).is_err());
    assert_eq!(closed_by_fault(&mut pair.client), pair.client_connection);
    let panicking = std::panic::AssertUnwindSafe(|| {
        pair.server
            .engine
            .with_endpoint(pair.server_endpoint, |_| panic!("provoked in a call"))
    });
    assert!(std::panic::catch_unwind(panicking).is_err());
    let lost = pair.server.expect(kind::ENDPOINT_LOST);
    assert_eq!(lost[1], pair.server_endpoint);
}

fn closed_by_fault(owner: &mut support::Owner) -> u32 {
    let closed = owner.expect(kind::CLOSED);
    let reason = owner.engine.take_note(closed[2]).unwrap().reason;
    assert_eq!(reason.by, EndedBy::Fault, "{reason:?} {closed:?}");
    closed[1]
}
