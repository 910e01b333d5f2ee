//! Whether what quinn holds for an endpoint or a connection can still be touched.
//!
//! A panic inside quinn leaves a connection half changed and may poison its mutex; then every call on it panics, and
//! dropping its streams panics inside a drop, which aborts. So each connection has a mark: once set, everything that
//! belongs to it is forgotten (leaked) instead of dropped, and the owner hears one `Closed`. An endpoint has one too,
//! but is dropped all the same (see `unpoisoned`): otherwise its port would stay taken.

use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use tokio::sync::Notify;

use crate::turns::{self, DriverWaker};
use crate::unpoisoned::unwinding;

/// One endpoint's or connection's sign of life.
pub struct Vital {
    dead: AtomicBool,
    /// For tests: the next look at the clock inside quinn panics.
    faulty: AtomicBool,
    died: Notify,
    /// Called once, by whoever finds the panic.
    on_death: Box<dyn Fn() + Send + Sync>,
}

impl Vital {
    pub fn new(on_death: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            dead: AtomicBool::new(false),
            faulty: AtomicBool::new(false),
            died: Notify::new(),
            on_death: Box::new(on_death),
        })
    }

    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Acquire)
    }

    pub fn die(&self) {
        if self.dead.swap(true, Ordering::AcqRel) {
            return;
        }
        self.died.notify_waiters();
        self.died.notify_one();
        (self.on_death)();
    }

    pub async fn died(&self) {
        while !self.is_dead() {
            self.died.notified().await;
        }
    }

    pub fn make_faulty(&self) {
        self.faulty.store(true, Ordering::Relaxed);
    }
}

thread_local! {
    /// The vital of the driver that quinn is about to spawn: it spawns inside `connect`, `accept` and `Endpoint::new`.
    static NEXT_DRIVER: Cell<Option<Arc<Vital>>> = const { Cell::new(None) };
    static FAULTY: Cell<bool> = const { Cell::new(false) };
}

/// Runs `make`; the driver that quinn spawns in it belongs to `vital`.
pub fn driven_by<T>(vital: &Arc<Vital>, make: impl FnOnce() -> T) -> T {
    NEXT_DRIVER.set(Some(vital.clone()));
    let made = make();
    NEXT_DRIVER.take();
    made
}

pub fn next_driver() -> Option<Arc<Vital>> {
    NEXT_DRIVER.take()
}

/// Panics where a test asked for it. Called where quinn looks at the clock, with its mutex held.
pub fn fault_point() {
    if FAULTY.get() {
        FAULTY.set(false);
        panic!("provoked inside a driver");
    }
}

/// A task whose panic is the death of its vital. The future that panicked is forgotten.
pub struct Guarded<F: ?Sized> {
    future: Option<Pin<Box<F>>>,
    vital: Option<Arc<Vital>>,
    /// Where it is one of quinn's drivers: those wait for the end of the owner's turn, and in them tests provoke panics.
    driver: Option<Arc<DriverWaker>>,
}

impl<F: ?Sized> Guarded<F> {
    pub fn task(future: Pin<Box<F>>, vital: Option<Arc<Vital>>) -> Self {
        Self {
            future: Some(future),
            vital,
            driver: None,
        }
    }

    pub fn driver(future: Pin<Box<F>>, vital: Option<Arc<Vital>>) -> Self {
        let mut guarded = Self::task(future, vital);
        guarded.driver = Some(Arc::default());
        guarded
    }
}

impl<F: Future<Output = ()> + ?Sized> Future for Guarded<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let Some(future) = this.future.as_mut() else {
            return Poll::Ready(());
        };
        let waker = this.driver.as_ref().map(|driver| {
            driver.set(cx.waker());
            Waker::from(driver.clone())
        });
        if let (Some(vital), true) = (&this.vital, waker.is_some()) {
            FAULTY.set(vital.faulty.swap(false, Ordering::Relaxed));
        }
        let mut context = Context::from_waker(waker.as_ref().unwrap_or(cx.waker()));
        let polled = turns::polling(|| {
            catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut context)))
        });
        FAULTY.set(false);
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(())) => {
                this.release();
                Poll::Ready(())
            }
            Err(_) => {
                std::mem::forget(this.future.take());
                if let Some(vital) = &this.vital {
                    vital.die();
                }
                Poll::Ready(())
            }
        }
    }
}

impl<F: ?Sized> Guarded<F> {
    fn release(&mut self) {
        if let Some(future) = self.future.take() {
            drop_or_forget(future, self.vital.as_deref());
        }
    }
}

impl<F: ?Sized> Drop for Guarded<F> {
    fn drop(&mut self) {
        self.release();
    }
}

/// Awaits what holds something of quinn's; `None`, and the future is forgotten, when its connection dies.
pub async fn unless_dead<T>(vital: &Vital, future: impl Future<Output = T>) -> Option<T> {
    let mut future = Box::pin(future);
    tokio::select! {
        biased;
        () = vital.died() => {
            std::mem::forget(future);
            None
        }
        output = &mut future => Some(output),
    }
}

/// Lends `owned` to a call into quinn; a panic in it is the death of its vital, and goes on.
pub fn or_die<O, T>(
    owned: &mut O,
    vital: impl Fn(&O) -> &Vital,
    call: impl FnOnce(&mut O) -> T,
) -> T {
    match catch_unwind(AssertUnwindSafe(|| call(owned))) {
        Ok(value) => value,
        Err(panic) => {
            vital(owned).die();
            resume_unwind(panic)
        }
    }
}

/// Drops what is quinn's, or forgets it where dropping could abort the process.
pub fn drop_or_forget<T>(value: T, vital: Option<&Vital>) {
    if unwinding() || vital.is_some_and(Vital::is_dead) {
        std::mem::forget(value);
        return;
    }
    if catch_unwind(AssertUnwindSafe(|| drop(value))).is_err()
        && let Some(vital) = vital
    {
        vital.die();
    }
}
