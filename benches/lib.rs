//! The benchmarks are in `benches/`; run them with `cargo bench -p whose-benches`.
//!
//! What an attribute costs to compile: `cargo run --release -p whose-benches --bin compile_time`.
