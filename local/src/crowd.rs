//! How many connections each address has: nobody takes up the room of all.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ipnet::IpNet;

/// The connections of every address that has any. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Crowd {
    per_address_max: usize,
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One connection, which counts for as long as this is kept.
#[derive(Debug)]
pub(crate) struct Place {
    crowd: Crowd,
    address: IpAddr,
}

impl Crowd {
    pub(crate) fn new(per_address_max: usize) -> Self {
        Self { per_address_max, counts: Arc::default() }
    }

    /// A place for one more connection of an address; none where it has too many.
    pub(crate) fn enter(&self, address: IpAddr) -> Option<Place> {
        let address = household(address);
        let mut counts = self.counts();
        let count = counts.entry(address).or_default();
        if *count >= self.per_address_max {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(Place { crowd: self.clone(), address })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.crowd.counts();
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

/// What one customer of a provider has: an address of IPv4, or the 64 bits of IPv6 behind which each of their machines has
/// addresses without end (RFC 6177).
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address @ IpAddr::V4(_) => address,
    }
}

/// Whether an address is in one of these networks.
pub(crate) fn is_among(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address.to_canonical()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_so_many_places_and_others_feel_nothing() {
        let crowd = Crowd::new(2);
        let first = crowd.enter(address("192.0.2.1")).unwrap();
        let _second = crowd.enter(address("::ffff:192.0.2.1")).unwrap();
        assert!(crowd.enter(address("192.0.2.1")).is_none());
        assert!(crowd.enter(address("192.0.2.2")).is_some());
        drop(first);
        assert!(crowd.enter(address("192.0.2.1")).is_some());
    }

    #[test]
    fn a_household_is_one_address_of_ipv6() {
        let crowd = Crowd::new(1);
        let _first = crowd.enter(address("2001:db8:1:2::1")).unwrap();
        assert!(crowd.enter(address("2001:db8:1:2:ffff::9")).is_none());
        assert!(crowd.enter(address("2001:db8:1:3::1")).is_some());
    }

    #[test]
    fn an_address_without_connections_takes_up_no_memory() {
        let crowd = Crowd::new(1);
        for number in 0..100 {
            drop(crowd.enter(IpAddr::from([192, 0, 2, number])));
        }
        assert!(crowd.counts().is_empty());
    }
}
