//! A crate that denies every lint, with annotated functions of every kind.
//!
//! `cargo clippy -p whose-strict -- -D warnings` proves that no lint fires in the code of the
//! macros, and the tests prove that the functions run.

#![deny(warnings, missing_docs, unused)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::shadow_unrelated,
    clippy::shadow_reuse,
    clippy::shadow_same,
    clippy::let_underscore_untyped,
    clippy::let_underscore_must_use,
    clippy::wildcard_enum_match_arm,
    clippy::pattern_type_mismatch,
    clippy::min_ident_chars,
    clippy::absolute_paths,
    clippy::std_instead_of_core,
    clippy::ref_patterns,
    clippy::as_conversions,
    clippy::clone_on_ref_ptr,
    clippy::str_to_string,
    clippy::unneeded_field_pattern,
    clippy::impl_trait_in_params,
    clippy::multiple_unsafe_ops_per_block,
    clippy::undocumented_unsafe_blocks,
    clippy::missing_docs_in_private_items,
    clippy::single_call_fn,
    clippy::question_mark_used,
    clippy::if_then_some_else_none,
    clippy::else_if_without_else,
    clippy::default_numeric_fallback,
    clippy::redundant_type_annotations,
    clippy::used_underscore_binding,
    clippy::used_underscore_items,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason
)]
#![deny(
    future_incompatible,
    nonstandard_style,
    rust_2018_idioms,
    let_underscore,
    keyword_idents,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    macro_use_extern_crate,
    meta_variable_misuse,
    missing_debug_implementations,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unnameable_types,
    unreachable_pub,
    unused_import_braces,
    unused_lifetimes,
    unused_macro_rules,
    unused_qualifications,
    unused_results,
    variant_size_differences
)]
#![forbid(unsafe_code)]

pub mod functions;
pub mod methods;
pub mod users;
