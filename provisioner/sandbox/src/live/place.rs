//! Addresses of this machine's own: where a task listens, and a listener.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

/// A loopback address on which a port is free: one of its own where the system has all of 127.0.0.0/8, else a free port of 127.0.0.1.
/// `number` counts, so that the next task gets the next address.
pub(super) fn of_task(number: &mut u16, port: u16) -> std::io::Result<SocketAddr> {
    if cfg!(target_os = "linux") {
        for _ in 0..1_000 {
            *number = number.wrapping_add(1);
            let [high, low] = number.to_be_bytes();
            let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 77, high, low)), port);
            if low != 0 && TcpListener::bind(address).is_ok() {
                return Ok(address);
            }
        }
    }
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// A listener of 127.0.0.1: at the first free port from one on, or at any.
pub(super) fn of_listener(first: u16) -> std::io::Result<TcpListener> {
    let ports = first..first.saturating_add(100);
    let free = ports
        .into_iter()
        .find_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok());
    let listener = match free {
        Some(listener) => listener,
        None => TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?,
    };
    listener.set_nonblocking(true)?;
    Ok(listener)
}
