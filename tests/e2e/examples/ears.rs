//! A library that the tests preload into the app and its web view: it writes down every name that a process looks up and
//! every internet address that it connects or sends to, with the process' own name, and then lets it happen.
//!
//! So no packet is missed that no listener of a test would hear, and no DNS server has to stand in the system's place.

#![expect(unsafe_code, reason = "stands in for functions of the C library")]
#![cfg(target_os = "linux")]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The file to write to.
const FILE: &str = "POSTROOM_TEST_EARS";
const INET: u16 = 2;
const INET6: u16 = 10;
/// `RTLD_NEXT`: the function that would have been called without this library.
const NEXT: *mut c_void = usize::MAX as *mut c_void;

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// `struct msghdr`'s beginning: all that is read of it.
#[repr(C)]
struct Message {
    name: *const u8,
    name_len: u32,
}

fn note(what: &str, value: &str) {
    let Some(file) = std::env::var_os(FILE) else { return };
    let process = std::fs::read_to_string("/proc/self/comm").unwrap_or_default();
    if let Ok(mut file) = std::fs::OpenOptions::new().create(true).append(true).open(file) {
        // One write a line, so that lines of several processes do not mix.
        drop(file.write_all(format!("{}\t{what}\t{value}\n", process.trim()).as_bytes()));
    }
}

/// The internet address in a `struct sockaddr`.
///
/// # Safety
/// `address` is null or points to `len` readable bytes.
unsafe fn internet(address: *const u8, len: u32) -> Option<SocketAddr> {
    if address.is_null() || len < 8 {
        return None;
    }
    // SAFETY: the caller's promise.
    let bytes = unsafe { std::slice::from_raw_parts(address, usize::try_from(len).ok()?) };
    let family = u16::from_ne_bytes(bytes.get(..2)?.try_into().ok()?);
    let port = u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?);
    let ip: IpAddr = match family {
        INET => Ipv4Addr::from(<[u8; 4]>::try_from(bytes.get(4..8)?).ok()?).into(),
        INET6 => Ipv6Addr::from(<[u8; 16]>::try_from(bytes.get(8..24)?).ok()?).into(),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

/// `getaddrinfo(3)`.
///
/// # Safety
/// As the C library's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn getaddrinfo(
    node: *const c_char,
    service: *const c_char,
    hints: *const c_void,
    found: *mut *mut c_void,
) -> c_int {
    type Real = unsafe extern "C" fn(*const c_char, *const c_char, *const c_void, *mut *mut c_void) -> c_int;
    if !node.is_null() {
        // SAFETY: a C string, by the function's contract.
        note("name", &unsafe { CStr::from_ptr(node) }.to_string_lossy());
    }
    // SAFETY: the C library has this function, of this type.
    unsafe {
        let real = dlsym(NEXT, c"getaddrinfo".as_ptr());
        std::mem::transmute::<*mut c_void, Real>(real)(node, service, hints, found)
    }
}

/// `connect(2)`.
///
/// # Safety
/// As the C library's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn connect(socket: c_int, address: *const u8, len: u32) -> c_int {
    type Real = unsafe extern "C" fn(c_int, *const u8, u32) -> c_int;
    // SAFETY: an address of this length, by the function's contract.
    if let Some(to) = unsafe { internet(address, len) } {
        note("connect", &to.to_string());
    }
    // SAFETY: as above.
    unsafe {
        let real = dlsym(NEXT, c"connect".as_ptr());
        std::mem::transmute::<*mut c_void, Real>(real)(socket, address, len)
    }
}

/// `sendto(2)`.
///
/// # Safety
/// As the C library's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sendto(
    socket: c_int,
    data: *const c_void,
    size: usize,
    flags: c_int,
    address: *const u8,
    len: u32,
) -> isize {
    type Real = unsafe extern "C" fn(c_int, *const c_void, usize, c_int, *const u8, u32) -> isize;
    // SAFETY: null or an address of this length.
    if let Some(to) = unsafe { internet(address, len) } {
        note("send", &to.to_string());
    }
    // SAFETY: as above.
    unsafe {
        let real = dlsym(NEXT, c"sendto".as_ptr());
        std::mem::transmute::<*mut c_void, Real>(real)(socket, data, size, flags, address, len)
    }
}

/// `sendmsg(2)`.
///
/// # Safety
/// As the C library's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sendmsg(socket: c_int, message: *const c_void, flags: c_int) -> isize {
    type Real = unsafe extern "C" fn(c_int, *const c_void, c_int) -> isize;
    // SAFETY: null or a message header, whose address is null or as long as it says.
    if let Some(header) = unsafe { message.cast::<Message>().as_ref() }
        && let Some(to) = unsafe { internet(header.name, header.name_len) }
    {
        note("send", &to.to_string());
    }
    // SAFETY: as above.
    unsafe {
        let real = dlsym(NEXT, c"sendmsg".as_ptr());
        std::mem::transmute::<*mut c_void, Real>(real)(socket, message, flags)
    }
}
