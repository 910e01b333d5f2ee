//! Panics are reported as events, never on stderr (where they would name files of the machine that built this).

use std::panic::PanicHookInfo;
use std::sync::{Arc, Mutex, Once, Weak};

use crate::events::{Event, EventQueue};

static INSTALL: Once = Once::new();
static QUEUES: Mutex<Vec<Weak<EventQueue>>> = Mutex::new(Vec::new());

/// From now on nothing is printed. In an addon the hook is that addon's alone: it brings its own standard library.
pub fn silence() {
    INSTALL.call_once(|| std::panic::set_hook(Box::new(hook)));
}

/// From now on `queue` hears of every panic in this library.
pub fn report_to(queue: &Arc<EventQueue>) {
    let mut queues = QUEUES.lock().unwrap_or_else(|e| e.into_inner());
    queues.retain(|known| known.strong_count() > 0);
    queues.push(Arc::downgrade(queue));
}

fn hook(info: &PanicHookInfo<'_>) {
    let words = describe(info);
    // A panic while the list is held must not wait for itself.
    let Ok(queues) = QUEUES.try_lock() else {
        return;
    };
    for queue in queues.iter().filter_map(Weak::upgrade) {
        queue.push(Event::Panicked(words.clone()));
    }
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let message = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    let Some(place) = info.location() else {
        return message.to_owned();
    };
    let file = place.file().rsplit(['/', '\\']).next().unwrap_or("");
    format!("{message} ({file}:{})", place.line())
}
