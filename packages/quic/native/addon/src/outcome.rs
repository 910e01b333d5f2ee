//! What a stream operation came to, as one number.

use octo_quic_core::stream::Outcome;

/// Added to a count of bytes: nothing more is ready, an event follows.
const DRY: f64 = 0x1000_0000 as f64;

/// A count of bytes, `DRY` added where less than asked for was possible; negative words for the rest. A peer's code
/// is below `ABORTED`, since codes go up to 2^62 - 1 but JavaScript's exact integers to 2^53 - 1.
pub fn number(outcome: Outcome) -> f64 {
    match outcome {
        Outcome::Bytes { count, more: true } => count as f64,
        Outcome::Bytes { count, more: false } => count as f64 + DRY,
        Outcome::Blocked => DRY,
        Outcome::End => -1.0,
        Outcome::Lost => -2.0,
        Outcome::Closed => -3.0,
        Outcome::Aborted(code) => -4.0 - code as f64,
    }
}
