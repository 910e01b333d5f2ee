//! Endpoints and connections, and the queue of events.

use napi::bindgen_prelude::{ClassInstance, Error, Function, Result, Uint8Array, Uint32ArraySlice};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;
use octo_quic_core::engine::Engine;
use quinn::VarInt;

use crate::settings::{NativeBind, NativeClient, NativeServer, address};

const EVENT_WORDS: usize = 4;

/// Set in the answer of `drain` when more events wait: no call follows for those.
const MORE: u32 = 1 << 31;

/// One per Node environment.
#[napi]
pub struct NativeEngine {
    pub(crate) engine: Engine,
}

#[napi]
impl NativeEngine {
    /// `notify` is called when the queue turns non-empty. It does not keep the process alive.
    #[napi(constructor, catch_unwind)]
    pub fn new(notify: Function<(), ()>) -> Result<Self> {
        octo_quic_core::panics::silence();
        let notify = notify
            .build_threadsafe_function::<()>()
            .weak::<true>()
            .callee_handled::<false>()
            .build_callback(|_| Ok(()))?;
        let call = Box::new(move || {
            notify.call((), ThreadsafeFunctionCallMode::NonBlocking);
        });
        Ok(Self {
            engine: Engine::new(call),
        })
    }

    /// Fills `events`, four words each; answers how many events, and whether more wait.
    #[napi(catch_unwind)]
    pub fn drain(&self, mut events: Uint32ArraySlice) -> u32 {
        // SAFETY: JavaScript does not run while this call does, and the array is used for nothing else.
        #[allow(unsafe_code)]
        let words = unsafe { events.as_mut() };
        let mut count = 0;
        let more = self.engine.drain(words.len() / EVENT_WORDS, |event| {
            words[count * EVENT_WORDS..][..EVENT_WORDS].copy_from_slice(&event);
            count += 1;
        });
        let count = u32::try_from(count).unwrap_or(0);
        if more { count | MORE } else { count }
    }

    #[napi(catch_unwind)]
    pub fn bind(
        &self,
        settings: NativeBind,
        server: Option<ClassInstance<NativeServer>>,
    ) -> Result<u32> {
        let server = server.as_ref().map(|server| &server.inner);
        self.engine
            .bind(settings.read()?, server)
            .map_err(Error::from_reason)
    }

    /// `ip:port` as bound.
    #[napi(catch_unwind)]
    pub fn local_address(&self, endpoint: u32) -> Option<String> {
        self.engine.with_endpoint(endpoint, |known| {
            let address = known.quinn()?.local_addr().ok()?;
            Some(address.to_string())
        })?
    }

    #[napi(catch_unwind)]
    pub fn set_server(&self, endpoint: u32, server: Option<ClassInstance<NativeServer>>) {
        let server = server.as_ref().map(|server| &server.inner);
        self.engine
            .with_endpoint(endpoint, |known| known.set_server(server));
    }

    #[napi(catch_unwind)]
    pub fn rebind(&self, endpoint: u32, to: String) -> Result<()> {
        let to = address(&to)?;
        self.engine
            .with_endpoint(endpoint, |known| known.rebind(to))
            .unwrap_or_else(|| Err("the endpoint is gone".into()))
            .map_err(Error::from_reason)
    }

    #[napi(catch_unwind)]
    pub fn close_endpoint(&self, endpoint: u32, code: f64, words: Uint8Array) {
        let code = var_int(code);
        self.engine
            .with_endpoint(endpoint, |known| known.close(code, &words));
    }

    #[napi(catch_unwind)]
    pub fn release_endpoint(&self, endpoint: u32) {
        self.engine.release_endpoint(endpoint);
    }

    #[napi(catch_unwind)]
    pub fn connect(
        &self,
        endpoint: u32,
        client: ClassInstance<NativeClient>,
        to: String,
        server_name: String,
    ) -> Result<u32> {
        self.engine
            .connect(endpoint, &client.inner, address(&to)?, &server_name)
            .map_err(Error::from_reason)
    }

    #[napi(catch_unwind)]
    pub fn close_connection(&self, connection: u32, code: f64, words: Uint8Array) {
        self.engine
            .close_connection(connection, var_int(code), &words);
    }

    #[napi(catch_unwind)]
    pub fn release_connection(&self, connection: u32) {
        self.engine.release_connection(connection);
    }

    /// An event follows when all streams that were finished and released have arrived.
    #[napi(catch_unwind)]
    pub fn flush(&self, connection: u32) {
        self.engine
            .with_connection(connection, |known| known.flush());
    }

    #[napi(catch_unwind)]
    pub fn set_max_streams(&self, connection: u32, count: u32) {
        self.engine
            .with_connection(connection, |known| known.set_max_streams(count));
    }

    /// A copy of the next datagram's bytes; nothing: an event follows.
    #[napi(catch_unwind)]
    pub fn read_datagram(&self, connection: u32) -> Option<Uint8Array> {
        self.engine
            .with_connection(connection, |known| known.read_datagram())?
            .map(|bytes| Uint8Array::from(bytes.to_vec()))
    }

    #[napi(catch_unwind)]
    pub fn send_datagram(&self, connection: u32, data: Uint8Array) -> Result<()> {
        self.engine
            .with_connection(connection, |known| known.send_datagram(&data))
            .unwrap_or(Ok(()))
            .map_err(|error| Error::from_reason(error.to_string()))
    }

    /// Bytes; 0 where the peer takes no datagrams.
    #[napi(catch_unwind)]
    pub fn max_datagram_size(&self, connection: u32) -> u32 {
        let size = self
            .engine
            .with_connection(connection, |known| known.max_datagram_size());
        u32::try_from(size.flatten().unwrap_or(0)).unwrap_or(u32::MAX)
    }

    /// For tests: panics here, or (`number` not 0) in the driver of that connection.
    #[napi(catch_unwind)]
    pub fn provoke_panic(&self, number: u32) {
        if number == 0 {
            panic!("provoked in a call");
        }
        self.engine.make_faulty(number);
    }

    /// For tests of leaks.
    #[napi(catch_unwind)]
    pub fn stream_count(&self) -> u32 {
        u32::try_from(self.engine.stream_count()).unwrap_or(u32::MAX)
    }
}

/// JavaScript has checked the range; what is out of it all the same becomes the greatest code.
pub fn var_int(code: f64) -> VarInt {
    VarInt::from_u64(code as u64).unwrap_or(VarInt::MAX)
}
