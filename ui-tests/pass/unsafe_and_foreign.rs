//! Annotated `unsafe fn`, foreign ABIs, `unsafe` blocks and traits allow no extra unsafe operation.
#![deny(unsafe_op_in_unsafe_fn, unused_unsafe)]
use std::ffi::{CStr, c_char};
use whose::{with_session, with_user};

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

/// # Safety
/// `at` must be valid.
#[with_user(user_id = id)]
unsafe fn read(id: u8, at: *const u8) -> (Option<String>, u8) {
    // SAFETY: the caller upholds the contract.
    (user(), unsafe { *at })
}

/// # Safety
/// `at` must be valid and unaliased.
#[whose::trace(user_id = "alice", session = unsafe { *at }, output)]
unsafe fn write<'a>(at: *mut u8) -> &'a mut u8 {
    assert_eq!(user().as_deref(), Some("alice"));
    assert_eq!(whose::current().session_id(), Some("1"));
    // SAFETY: the caller upholds the contract.
    let at = unsafe { &mut *at };
    *at += 1;
    at
}

/// # Safety
/// `at` must be valid until the future ends.
#[whose::trace(user_id = "alice")]
async unsafe fn read_later(at: *const u8) -> u8 {
    tokio::task::yield_now().await;
    assert_eq!(user().as_deref(), Some("alice"));
    // SAFETY: the caller upholds the contract.
    unsafe { at.read() }
}

#[with_user("alice")]
extern "C" fn called_from_c(n: i32) -> i32 {
    i32::from(user().as_deref() == Some("alice")) + n
}

#[with_session(n)]
extern "system" fn of_the_system(n: u32) -> usize {
    whose::current().session_id().map_or(0, str::len)
}

/// # Safety
/// `text` must be a C string.
#[unsafe(no_mangle)]
#[with_user(id = unsafe { CStr::from_ptr(text) }.to_string_lossy().as_ref())]
pub unsafe extern "C" fn whose_ui_length(text: *const c_char) -> usize {
    // SAFETY: the caller upholds the contract.
    let text = unsafe { CStr::from_ptr(text) };
    assert_eq!(user().as_deref(), text.to_str().ok());
    text.count_bytes()
}

/// # Safety
/// Implementations accept every index below their length.
unsafe trait Memory {
    /// # Safety
    /// `at` must be below the length.
    #[whose::trace(user_id = "default", input)]
    unsafe fn get(&self, at: usize) -> (Option<String>, u8) {
        // SAFETY: the caller upholds the contract.
        (user(), unsafe { self.raw(at) })
    }

    /// # Safety
    /// `at` must be below the length.
    unsafe fn raw(&self, at: usize) -> u8;
}

// SAFETY: the implementation accepts every index below the length.
unsafe impl Memory for [u8] {
    #[with_user(self.len())]
    unsafe fn raw(&self, at: usize) -> u8 {
        assert_eq!(user().as_deref(), Some("3"));
        // SAFETY: the caller upholds the contract.
        unsafe { *self.get_unchecked(at) }
    }
}

#[with_user("alice")]
fn blocks(list: &[u8]) -> u8 {
    assert_eq!(user().as_deref(), Some("alice"));
    // SAFETY: the list has two elements.
    let first = unsafe { list.get_unchecked(0) };
    unsafe {
        let second = list.get_unchecked(1);
        *first + *second
    }
}

#[whose::trace(user_id = "alice", output)]
async fn only_a_block(list: &[u8]) -> u8 {
    unsafe { *list.get_unchecked(0) }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut n = 1;
    // SAFETY: `n` is alive, and the list is long enough.
    unsafe {
        assert_eq!(read(7, &n), (Some("7".into()), 1));
        *write(&mut n) += 1;
        assert_eq!(read_later(&n).await, 3);
        assert_eq!(whose_ui_length(c"abc".as_ptr()), 3);
        assert_eq!([1, 2, 3].as_slice().get(1), Some(&2));
        assert_eq!(Memory::get([1, 2, 3].as_slice(), 1), (Some("default".into()), 2));
    }
    let pointers: (unsafe fn(u8, *const u8) -> _, extern "C" fn(i32) -> i32) =
        (read, called_from_c);
    // SAFETY: `n` is alive.
    assert_eq!(unsafe { pointers.0(8, &n) }, (Some("8".into()), 3));
    assert_eq!(pointers.1(1), 2);
    assert_eq!(of_the_system(12), 2);
    assert_eq!((blocks(&[1, 2]), only_a_block(&[3]).await), (3, 3));
    assert_eq!(user(), None);
}
