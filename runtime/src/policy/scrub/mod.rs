//! The search for secrets and personal data in free text.

mod authorization;
mod card;
mod email;
mod iban;
#[cfg(feature = "fmt")]
mod line;
mod pem;
mod scrubber;
mod secret;
mod text;

#[cfg(test)]
mod tests;

pub use scrubber::Scrubber;
