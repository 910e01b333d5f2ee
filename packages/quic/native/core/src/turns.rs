//! Wakes that wait for the end of a turn.
//!
//! The owner and the QUIC thread share each connection's mutex. Whoever wakes the other in the middle of its turn has
//! it wait for that mutex at once: a driver sends while the owner writes to the next stream, the owner reads while the
//! driver still takes packets in. So both gather their wakes: the owner until it says that its turn is over, the QUIC
//! thread until the task is polled to its end.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Wake, Waker};

use crate::events::EventQueue;

thread_local! {
    /// The owner is inside a call for a stream.
    static IN_CALL: Cell<bool> = const { Cell::new(false) };
    static DRIVERS: RefCell<Vec<Arc<DriverWaker>>> = const { RefCell::new(Vec::new()) };
    /// A task is being polled.
    static IN_POLL: Cell<bool> = const { Cell::new(false) };
    static QUEUES: RefCell<Vec<Arc<EventQueue>>> = const { RefCell::new(Vec::new()) };
}

struct During(&'static std::thread::LocalKey<Cell<bool>>, bool);

impl During {
    fn new(flag: &'static std::thread::LocalKey<Cell<bool>>) -> Self {
        Self(flag, flag.replace(true))
    }
}

impl Drop for During {
    fn drop(&mut self) {
        self.0.set(self.1);
    }
}

/// What wakes one of quinn's drivers.
#[derive(Default)]
pub struct DriverWaker {
    /// Of its task; the same as long as the task lives.
    task: OnceLock<Waker>,
    gathered: AtomicBool,
}

impl DriverWaker {
    pub fn set(&self, task: &Waker) {
        self.task.get_or_init(|| task.clone());
    }

    fn wake_task(&self) {
        if let Some(task) = self.task.get() {
            task.wake_by_ref();
        }
    }
}

impl Wake for DriverWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !IN_CALL.get() {
            self.wake_task();
        } else if !self.gathered.swap(true, Ordering::AcqRel) {
            DRIVERS.with_borrow_mut(|drivers| drivers.push(self.clone()));
        }
    }
}

/// A call of the owner for a stream: the drivers that it wakes wait for `end_turn`.
pub fn in_turn<T>(call: impl FnOnce() -> T) -> T {
    let _during = During::new(&IN_CALL);
    call()
}

/// Wakes what was gathered on this thread.
pub fn end_turn() {
    for driver in DRIVERS.take() {
        driver.gathered.store(false, Ordering::Release);
        driver.wake_task();
    }
}

/// Polls a task: the owners that it has something for are told when it is done.
pub fn polling<T>(poll: impl FnOnce() -> T) -> T {
    let outcome = {
        let _during = During::new(&IN_POLL);
        poll()
    };
    for queue in QUEUES.take() {
        queue.notify();
    }
    outcome
}

/// `queue` has turned non-empty.
pub fn announce(queue: &Arc<EventQueue>) {
    if IN_POLL.get() {
        QUEUES.with_borrow_mut(|queues| queues.push(queue.clone()));
    } else {
        queue.notify();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::events::Event;

    struct Counter(AtomicUsize);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_driver_is_woken_once_at_the_end_of_the_owners_turn_and_at_once_by_others() {
        let counter = Arc::new(Counter(AtomicUsize::new(0)));
        let driver = Arc::new(DriverWaker::default());
        driver.set(&counter.clone().into());
        let waker = Waker::from(driver);
        in_turn(|| waker.wake_by_ref());
        in_turn(|| waker.wake_by_ref());
        assert_eq!(counter.0.load(Ordering::Relaxed), 0);
        end_turn();
        end_turn();
        assert_eq!(counter.0.load(Ordering::Relaxed), 1);
        waker.wake_by_ref();
        assert_eq!(counter.0.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn an_owner_is_told_once_when_the_task_is_polled_to_its_end() {
        let counter = Arc::new(Counter(AtomicUsize::new(0)));
        let told = counter.clone();
        let queue = EventQueue::new(Box::new(move || told.clone().wake()));
        polling(|| {
            queue.push(Event::Readable(1));
            queue.push(Event::Readable(2));
            assert_eq!(counter.0.load(Ordering::Relaxed), 0);
        });
        assert_eq!(counter.0.load(Ordering::Relaxed), 1);
        assert_eq!(queue.take(9).0.len(), 2);
        queue.push(Event::Readable(3));
        assert_eq!(counter.0.load(Ordering::Relaxed), 2);
    }
}
