//! Why a connection ended, in numbers for programs and in words for people.

use quinn::ConnectionError;

/// Who or what ended a connection. The numbers are part of the boundary to JavaScript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum EndedBy {
    /// `close` on this side.
    Local = 0,
    /// The other application closed it; the code is its own.
    PeerApplication = 1,
    /// The other side's QUIC or TLS; the code is a transport code, 0x100 + alert for TLS.
    PeerTransport = 2,
    /// QUIC or TLS on this side; codes as above.
    LocalTransport = 3,
    /// Nothing was heard for the idle timeout, or a deadline passed.
    Timeout = 4,
    /// The other side has forgotten the connection (stateless reset).
    Reset = 5,
    /// A fault of this program.
    Fault = 6,
}

/// What quinn says to the connections of an endpoint whose driver is no more.
const ENDPOINT_GONE: &str = "endpoint driver future was dropped";

#[derive(Clone, Debug)]
pub struct CloseReason {
    pub by: EndedBy,
    pub code: u64,
    pub words: String,
}

impl CloseReason {
    pub fn new(by: EndedBy, code: u64, words: impl Into<String>) -> Self {
        Self {
            by,
            code,
            words: words.into(),
        }
    }

    pub fn fault(words: &str) -> Self {
        Self::new(EndedBy::Fault, 0, words)
    }

    pub fn endpoint_gone() -> Self {
        Self::fault("the connection's endpoint ended: its socket failed, or the QUIC library")
    }

    pub fn deadline() -> Self {
        Self::new(EndedBy::Timeout, 0, "the handshake took too long")
    }
}

impl From<ConnectionError> for CloseReason {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::LocallyClosed => Self::new(EndedBy::Local, 0, "closed on this side"),
            ConnectionError::ApplicationClosed(close) => Self::new(
                EndedBy::PeerApplication,
                close.error_code.into_inner(),
                String::from_utf8_lossy(&close.reason),
            ),
            ConnectionError::ConnectionClosed(close) => Self::new(
                EndedBy::PeerTransport,
                close.error_code.into(),
                if close.reason.is_empty() {
                    close.error_code.to_string()
                } else {
                    String::from_utf8_lossy(&close.reason).into_owned()
                },
            ),
            ConnectionError::TransportError(error) if error.reason == ENDPOINT_GONE => {
                Self::endpoint_gone()
            }
            ConnectionError::TransportError(error) => Self::new(
                EndedBy::LocalTransport,
                error.code.into(),
                if error.reason.is_empty() {
                    error.code.to_string()
                } else {
                    error.reason
                },
            ),
            ConnectionError::TimedOut => {
                Self::new(EndedBy::Timeout, 0, "the other side fell silent")
            }
            ConnectionError::Reset => Self::new(
                EndedBy::Reset,
                0,
                "the other side has forgotten the connection",
            ),
            ConnectionError::VersionMismatch => Self::new(
                EndedBy::LocalTransport,
                0,
                "the other side speaks another version of QUIC",
            ),
            ConnectionError::CidsExhausted => {
                Self::new(EndedBy::LocalTransport, 0, "no connection ids are left")
            }
        }
    }
}
