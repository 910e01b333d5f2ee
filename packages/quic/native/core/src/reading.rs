//! The receiving half of a stream, as far as it can be said without quinn.

use std::task::Poll;

use quinn::ReadError;

use crate::stream::Outcome;

/// Remembers how reading ended, since bytes that came before go first and quinn tells of a reset only once: asked
/// again, it says FIN (0.11.12). A reset arrives at any time, also between two polls of one read.
pub struct Reading {
    /// Neither stopped nor read to its end.
    open: bool,
    /// How it ended, while nobody was told yet.
    untold: Option<Outcome>,
}

impl Reading {
    pub fn new() -> Self {
        Self {
            open: true,
            untold: None,
        }
    }

    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Nothing is read any more.
    pub fn close(&mut self) {
        self.open = false;
        self.untold = None;
    }

    /// What is to be told before anything is asked of quinn.
    pub fn untold(&mut self) -> Option<Outcome> {
        self.untold.take()
    }

    /// A reset that a reader who reads nothing now has to hear of; FIN waits until it reads.
    pub fn untold_reset(&mut self) -> Option<Outcome> {
        self.untold
            .take_if(|ended| matches!(ended, Outcome::Aborted(_)))
    }

    /// Fills `buffer` by `poll`, which reads into what is left of it.
    pub fn fill(
        &mut self,
        buffer: &mut [u8],
        mut poll: impl FnMut(&mut [u8]) -> Poll<Result<usize, ReadError>>,
    ) -> Outcome {
        let mut count = 0;
        while count < buffer.len() {
            let ended = match poll(&mut buffer[count..]) {
                Poll::Ready(Ok(0)) => Outcome::End,
                Poll::Ready(Ok(read)) => {
                    count += read;
                    continue;
                }
                Poll::Pending if count > 0 => return Outcome::Bytes { count, more: false },
                Poll::Pending => return Outcome::Blocked,
                Poll::Ready(Err(ReadError::Reset(code))) => Outcome::Aborted(code.into_inner()),
                Poll::Ready(Err(ReadError::ConnectionLost(_))) => Outcome::Lost,
                Poll::Ready(Err(_)) => Outcome::Closed,
            };
            if matches!(ended, Outcome::End | Outcome::Aborted(_)) {
                self.open = false;
            }
            if count == 0 {
                return ended;
            }
            self.untold = Some(ended);
            break;
        }
        Outcome::Bytes { count, more: true }
    }
}

#[cfg(test)]
mod tests {
    use quinn::VarInt;

    use super::*;

    /// What quinn says to one poll after the other; from a reset on it says FIN.
    fn script(
        answers: Vec<Poll<Result<usize, ReadError>>>,
    ) -> impl FnMut(&mut [u8]) -> Poll<Result<usize, ReadError>> {
        let mut answers = answers.into_iter();
        move |_| answers.next().unwrap_or(Poll::Ready(Ok(0)))
    }

    fn reset(code: u32) -> Poll<Result<usize, ReadError>> {
        Poll::Ready(Err(ReadError::Reset(VarInt::from_u32(code))))
    }

    const THREE_BYTES: Outcome = Outcome::Bytes {
        count: 3,
        more: true,
    };

    #[test]
    fn a_reset_between_two_polls_of_one_read_is_told_after_the_bytes() {
        let mut reading = Reading::new();
        let read = reading.fill(&mut [0; 8], script(vec![Poll::Ready(Ok(3)), reset(7)]));
        assert_eq!(read, THREE_BYTES);
        assert!(!reading.is_open());
        assert_eq!(reading.untold(), Some(Outcome::Aborted(7)));
        assert_eq!(reading.untold(), None);
    }

    #[test]
    fn a_reader_that_pauses_behind_the_bytes_hears_of_the_reset_and_not_of_fin() {
        let mut reading = Reading::new();
        reading.fill(&mut [0; 8], script(vec![Poll::Ready(Ok(3)), reset(7)]));
        assert_eq!(reading.untold_reset(), Some(Outcome::Aborted(7)));

        let mut reading = Reading::new();
        let read = reading.fill(
            &mut [0; 8],
            script(vec![Poll::Ready(Ok(3)), Poll::Ready(Ok(0))]),
        );
        assert_eq!(read, THREE_BYTES);
        assert_eq!(reading.untold_reset(), None);
        assert_eq!(reading.untold(), Some(Outcome::End));
    }

    #[test]
    fn without_bytes_the_end_is_the_answer() {
        assert_eq!(
            Reading::new().fill(&mut [0; 8], script(vec![reset(7)])),
            Outcome::Aborted(7)
        );
        assert_eq!(
            Reading::new().fill(&mut [0; 8], script(vec![])),
            Outcome::End
        );
        assert_eq!(
            Reading::new().fill(&mut [0; 8], script(vec![Poll::Pending])),
            Outcome::Blocked
        );
    }

    #[test]
    fn a_full_buffer_and_a_wait_leave_it_open() {
        let mut reading = Reading::new();
        let filled = reading.fill(
            &mut [0; 3],
            script(vec![Poll::Ready(Ok(1)), Poll::Ready(Ok(2))]),
        );
        assert_eq!(filled, THREE_BYTES);
        let waits = reading.fill(&mut [0; 8], script(vec![Poll::Ready(Ok(3)), Poll::Pending]));
        assert_eq!(
            waits,
            Outcome::Bytes {
                count: 3,
                more: false
            }
        );
        assert!(reading.is_open());
    }
}
