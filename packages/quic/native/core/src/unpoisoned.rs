//! Work whose panics poison no mutex.
//!
//! The standard library poisons a mutex when a panic begins while it is held, unless the thread was unwinding already
//! when it took it. quinn locks an endpoint's mutex once more in the drop of that endpoint's driver, which runs while
//! the driver's panic unwinds: a poisoned mutex then means a second panic inside a drop, and the process aborts. So all
//! that takes an endpoint's mutex runs inside a destructor of a thread that unwinds: the QUIC thread its whole life,
//! the owner's thread for a call. quinn then ends the endpoint and its connections in its own orderly way.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread unwinds from a panic, other than the one that `unpoisoned` stages.
pub fn unwinding() -> bool {
    thread::panicking() && !INSIDE.get()
}

/// Runs `work` at once. Its panic, if any, goes on from here, and has poisoned nothing that `work` locked.
pub fn unpoisoned<T>(work: impl FnOnce() -> T) -> T {
    let mut done = None;
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let _inside = InDrop {
            work: Some(work),
            done: &mut done,
        };
        resume_unwind(Box::new(()));
    }));
    match done {
        Some(Ok(value)) => value,
        Some(Err(panic)) => resume_unwind(panic),
        None => unreachable!("the destructor ran"),
    }
}

struct InDrop<'a, T, F: FnOnce() -> T> {
    work: Option<F>,
    done: &'a mut Option<thread::Result<T>>,
}

impl<T, F: FnOnce() -> T> Drop for InDrop<'_, T, F> {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            let outside = INSIDE.replace(true);
            *self.done = Some(catch_unwind(AssertUnwindSafe(work)));
            INSIDE.set(outside);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn a_panic_inside_leaves_the_mutex_clean_and_goes_on_outside() {
        let mutex = Mutex::new(1);
        assert_eq!(unpoisoned(|| *mutex.lock().unwrap() + 1), 2);
        assert!(unpoisoned(|| thread::panicking() && !unwinding()));
        let caught = catch_unwind(AssertUnwindSafe(|| {
            unpoisoned(|| {
                let _held = mutex.lock().unwrap();
                resume_unwind(Box::new("broken"));
            })
        }));
        assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"broken"));
        assert!(!mutex.is_poisoned());
        assert!(!thread::panicking());
    }
}
