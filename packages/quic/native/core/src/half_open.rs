//! Handshakes that are not finished: how many, from where, and which one goes when there are too many.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Notify;

#[derive(Clone, Copy, Debug)]
pub struct HalfOpenLimits {
    /// Above this many a client must prove its address with a Retry token.
    pub retry_above: usize,
    /// In all; the oldest is dropped for a new one.
    pub total: usize,
    /// From one address; its oldest is dropped for a new one.
    pub per_address: usize,
}

impl Default for HalfOpenLimits {
    fn default() -> Self {
        Self {
            retry_above: 64,
            total: 256,
            per_address: 64,
        }
    }
}

#[derive(Default)]
struct Book {
    next: u64,
    entries: BTreeMap<u64, (IpAddr, Arc<Notify>)>,
    addresses: HashMap<IpAddr, usize>,
}

impl Book {
    fn drop_oldest(&mut self, of: impl Fn(IpAddr) -> bool) {
        let oldest = self.entries.iter().find(|(_, (address, _))| of(*address));
        if let Some(number) = oldest.map(|(number, _)| *number)
            && let Some(dropped) = self.remove(number)
        {
            dropped.notify_one();
        }
    }

    fn remove(&mut self, number: u64) -> Option<Arc<Notify>> {
        let (address, dropped) = self.entries.remove(&number)?;
        if let Some(count) = self.addresses.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                self.addresses.remove(&address);
            }
        }
        Some(dropped)
    }
}

pub struct HalfOpen {
    limits: HalfOpenLimits,
    book: Mutex<Book>,
}

impl HalfOpen {
    pub fn new(limits: HalfOpenLimits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            book: Mutex::default(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(|e| e.into_inner())
    }

    pub fn wants_retry(&self) -> bool {
        self.lock().entries.len() >= self.limits.retry_above
    }

    /// A place for one more handshake. Where its address, or all together, have too many, the oldest goes: when it
    /// matters, a new one has proved its address by Retry, and the old ones may not have.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Place {
        let mut book = self.lock();
        let count = book.addresses.get(&address).copied().unwrap_or(0);
        if count >= self.limits.per_address {
            book.drop_oldest(|from| from == address);
        } else if book.entries.len() >= self.limits.total {
            book.drop_oldest(|_| true);
        }
        let number = book.next;
        book.next += 1;
        *book.addresses.entry(address).or_default() += 1;
        let dropped = Arc::new(Notify::new());
        book.entries.insert(number, (address, dropped.clone()));
        Place {
            half_open: self.clone(),
            number,
            dropped,
        }
    }
}

/// Held while a handshake runs.
pub struct Place {
    half_open: Arc<HalfOpen>,
    number: u64,
    dropped: Arc<Notify>,
}

impl Place {
    /// Resolves when the place is needed for a newer handshake.
    pub async fn dropped(&self) {
        self.dropped.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.half_open.lock().remove(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const AWAY: IpAddr = IpAddr::V6(std::net::Ipv6Addr::LOCALHOST);

    #[tokio::test]
    async fn the_oldest_goes_and_an_address_has_its_share() {
        let half_open = HalfOpen::new(HalfOpenLimits {
            retry_above: 2,
            total: 3,
            per_address: 2,
        });
        let first = half_open.admit(HOME);
        let second = half_open.admit(HOME);
        assert!(half_open.wants_retry());
        let third = half_open.admit(HOME);
        first.dropped().await;
        let fourth = half_open.admit(AWAY);
        let fifth = half_open.admit(AWAY);
        second.dropped().await;
        drop((first, second, third, fourth, fifth));
        assert!(!half_open.wants_retry());
        assert!(half_open.lock().addresses.is_empty());
    }
}
