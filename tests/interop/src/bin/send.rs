//! Makes visits of several users, and sends their spans the way that the first argument names.
fn main() {}
